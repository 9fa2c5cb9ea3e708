"""Integration runs: opened, started and ended, each once, also where an answer is lost."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable
from typing import Any, NoReturn

from coupa_erp.coupa import fields
from coupa_erp.coupa.answers import one
from coupa_erp.coupa.creating import Creator
from coupa_erp.coupa.failures import RefusedOnRepeat
from coupa_erp.coupa.paging import pages
from coupa_erp.coupa.reading import adoptable_run, read_as
from coupa_erp.coupa.transport import Answer, Call, CoupaTransport
from include.errors import ConfigurationError, ExportError, RefusedByCoupa
from include.models.records import IntegrationRun

log = logging.getLogger(__name__)

PATH = "/api/integration_runs"
_NEWEST = {"order_by": "id", "dir": "desc", "limit": "10"}


class Runs:
    """The runs of one integration.

    :param transport: sends.
    :param integration_code: the integration's code in Coupa.
    """

    def __init__(self, transport: CoupaTransport, integration_code: str) -> None:
        self._transport = transport
        self._code = integration_code
        # All sources create runs with POST, so the connection's create_method pins nothing here.
        self._creator = Creator(transport, "auto")

    def integration(self) -> dict[str, Any] | None:
        """The integration itself, or ``None`` where Coupa has none with this code."""
        found = self._transport.listing(
            "/api/integrations", {"code": self._code, "limit": "50"}, fields.INTEGRATION
        )
        # Coupa may pass over a condition that it does not know.
        return next((raw for raw in found.objects if raw.get("code") == self._code), None)

    def require_integration(self) -> dict[str, Any]:
        """The integration itself.

        :raises ConfigurationError: Coupa has none with this code.
        """
        found = self.integration()
        if found is None:
            raise self._unknown_code()
        return found

    def create(self, *, may_adopt: Callable[[], bool]) -> IntegrationRun:
        """Open a run.

        :param may_adopt: whether, where the answer is lost, the one new run that nobody has started is ours.
        :raises OutcomeUnknown: the answer was lost, and no run or several could be the one.
        """
        call = Call("POST", PATH, {"fields": fields.RUN}, {"integration": {"code": self._code}})
        started = time.monotonic()

        def find() -> IntegrationRun | None:
            newest = self._transport.listing(PATH, {"integration[code]": self._code, **_NEWEST}, fields.RUN)
            elapsed = time.monotonic() - started
            if not may_adopt():
                return None
            return adoptable_run(newest.objects, newest.at, elapsed, str(call))

        return self._creator.create(call, lambda answer: self._read(answer, call), find)

    def open_since_before(self, created_before: datetime.datetime) -> list[IntegrationRun]:
        """Runs without an end that were created before a moment."""
        query = {
            "integration[code]": self._code,
            "created-at[lt]": created_before.astimezone(datetime.UTC).isoformat(timespec="seconds"),
            "end-time[blank]": "true",
        }
        listed = pages(lambda page: self._transport.listing(PATH, page, fields.RUN_OF_WHOM).objects, query)
        # Coupa may pass over a condition that it does not know: a run that is young, ended or another
        # integration's is none of these.
        runs = [
            read_as(IntegrationRun, raw, f"GET {PATH}", ("id", "created-at", "end-time"))
            for raw in listed
            if (raw.get("integration") or {}).get("code") == self._code
        ]
        return [run for run in runs if not run.end_time and _is_before(run.created_at, created_before)]

    def move(
        self,
        run_id: int,
        action: str,
        is_done: Callable[[IntegrationRun], object],
        body: dict[str, Any] | None = None,
    ) -> IntegrationRun:
        """Start or end a run.

        :param action: ``run``, ``success`` or ``fail``.
        :param is_done: whether a run shows that it was done already.
        """
        call = Call("PUT", f"{PATH}/{run_id}/{action}", {"fields": fields.RUN}, body)
        try:
            return self._read(self._transport.repeat(call), call)
        except RefusedOnRepeat:
            # The attempt whose answer was lost may have done it: that is a success, not a refusal.
            run = self.read(run_id)
            if is_done(run):
                return run
            raise

    def read(self, run_id: int) -> IntegrationRun:
        """The run as Coupa shows it now."""
        call = Call("GET", f"{PATH}/{run_id}", {"fields": fields.RUN})
        return self._read(self._transport.repeat(call), call)

    def blame_code(self, refusal: RefusedByCoupa) -> NoReturn:
        """A refusal because of an unknown integration code is an operator's business: find out.

        :raises ConfigurationError: Coupa does not know the code.
        :raises RefusedByCoupa: it does; the refusal as it was.
        """
        try:
            is_unknown = refusal.status in (400, 404, 422) and self.integration() is None
        except ExportError as silence:
            log.info("Whether the integration code is to blame cannot be found out: %s", silence)
            is_unknown = False
        if is_unknown:
            raise self._unknown_code() from None
        raise refusal

    def _unknown_code(self) -> ConfigurationError:
        return ConfigurationError(
            f"Coupa has no integration with the code {self._code}: create it in Coupa's Setup, or mend "
            "integration_code in the extra of the connection."
        )

    @staticmethod
    def _read(answer: Answer, call: Call) -> IntegrationRun:
        return read_as(IntegrationRun, one(answer.content, str(call)), str(call))


def _is_before(created_at: str | None, moment: datetime.datetime) -> bool:
    try:
        created = datetime.datetime.fromisoformat(created_at or "")
    except ValueError:
        return False
    return (created if created.tzinfo else created.replace(tzinfo=datetime.UTC)) < moment
