"""All that this Coupa instance knows."""

from __future__ import annotations

import copy
import datetime
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from include.sandbox.calls import Json
from include.sandbox.faults import Faults
from include.sandbox.journal import Journal
from include.sandbox.limiter import Limiter
from include.sandbox.settings import Client, Settings
from include.sandbox.tables import Table

#: The company's time zone; fixed, so that a sandbox behaves the same in summer and in winter.
COMPANY_ZONE = datetime.timezone(datetime.timedelta(hours=-8))
CALLS_KEPT = 50_000
#: The integration's contacts, by the kind of alert that they want.
MAILBOXES = {"Functional": "ap.team@example.com", "Technical": "integration.team@example.com"}


class CoupaState:
    """The objects, the settings, and what happened so far.

    Whoever reads or changes it holds :attr:`lock`; the server does so for the length of each call's work.

    :param invoices: what the instance starts with, unless the file has something already.
    :param file: the SQLite file that outlives a restart.
    :param integration_code: the integration that an administrator made for the export.
    """

    def __init__(
        self,
        client: Client,
        *,
        invoices: Iterable[Mapping[str, Any]] = (),
        settings: Settings | None = None,
        file: Path | None = None,
        integration_code: str = "INVOICES_TO_ERP",
    ) -> None:
        self.lock = threading.RLock()
        self.client = client
        self._first_settings = settings or Settings()
        self.settings = self._first_settings.model_copy(deep=True)
        self.integration_code = integration_code
        self.journal = Journal(file)
        self.invoices = Table(self.journal, "invoices", "InvoiceHeader", "invoice-header")
        self.runs = Table(self.journal, "runs", "IntegrationRun", "integration-run")
        self.history = Table(
            self.journal, "history", "IntegrationHistoryRecord", "integration-history-record", "document-id"
        )
        self.errors = Table(self.journal, "errors", "IntegrationError", "integration-error", "document-id")
        self.integrations = Table(self.journal, "integrations", "Integration", "integration")
        self.contacts = Table(self.journal, "contacts", "IntegrationContact", "integration-contact")
        self.alerts = Table(self.journal, "alerts", "Alert", "alert")
        self.tokens: dict[str, Json] = {token["jti"]: token for token in self.journal.read("tokens")}
        self.faults = Faults()
        self.limiter = Limiter(self.settings.requests_per_second, self.settings.burst_queue)
        self.calls: deque[Json] = deque(maxlen=CALLS_KEPT)
        self.counts: Counter[str] = Counter()
        #: Bytes of files that are others than the ones made up for them, by invoice and attachment (scan: 0).
        self.file_contents: dict[tuple[int, int], bytes] = {}
        self._numbered = 0
        self._first_invoices = [dict(invoice) for invoice in invoices]
        if not len(self.integrations):
            self._set_up()

    @property
    def tables(self) -> dict[str, Table]:
        """Every table by its name."""
        return {
            table.kind: table
            for table in (
                self.invoices,
                self.runs,
                self.history,
                self.errors,
                self.integrations,
                self.contacts,
                self.alerts,
            )
        }

    def now(self) -> str:
        """The time as Coupa writes it."""
        return datetime.datetime.now(COMPANY_ZONE).replace(microsecond=0).isoformat()

    def stamps(self) -> Json:
        """What Coupa itself notes on a new object."""
        who = {"id": 1, "login": self.client.client_id}
        return {"created-at": self.now(), "updated-at": self.now(), "created-by": who, "updated-by": who}

    def touch(self, row: Json, login: str | None = None) -> None:
        """Note a change: ``updated-at``, who, and the version where the object has one."""
        row["updated-at"] = self.now()
        row["updated-by"] = {"id": 1, "login": login or self.client.client_id}
        if "lock-version-key" in row:
            row["lock-version-key"] += 1

    def load_invoice(self, invoice: Mapping[str, Any]) -> Json:
        """Take in an invoice as a Coupa would show it, with what every invoice has."""
        row = copy.deepcopy(dict(invoice))
        row["last-exported-at"] = row.get("last-exported-at") or (
            row.get("updated-at") or self.now() if row.get("exported") else None
        )
        row["exported"] = row["last-exported-at"] is not None
        row["lock-version-key"] = row.get("lock-version-key") or 0
        row["custom-fields"] = {
            **dict.fromkeys(self.settings.custom_fields),
            **(row.get("custom-fields") or {}),
        }
        row.pop("current-integration-history-records", None)
        for stamp in ("created-at", "updated-at"):
            row[stamp] = row.get(stamp) or self.now()
        return self.invoices.save(row) if "id" in row else self.invoices.add(row)

    def set_mark(self, invoice: Json, exported: bool) -> None:
        """Mark the invoice exported, now, or take the mark away."""
        invoice["last-exported-at"] = self.now() if exported else None
        invoice["exported"] = exported

    def open_history(self, invoice_id: int) -> list[Json]:
        """The history records of an invoice that nobody resolved: Coupa shows them on the invoice itself."""
        return [
            record
            for record in self.history.with_value(str(invoice_id))
            if not record["resolved"] and record["document-type"] == "InvoiceHeader"
        ]

    def next_call_number(self) -> int:
        """The number of the call that came in now, from 1."""
        self._numbered += 1
        return self._numbered

    def log(self, entry: Json) -> None:
        """Remember a call and count it."""
        self.calls.append(entry)
        self.counts["all"] += 1
        self.counts["token" if entry["path"] == "/oauth2/token" else "api"] += 1

    def change_settings(self, changes: Mapping[str, Any]) -> Settings:
        """Change some settings; all of them are validated before any is taken."""
        self.settings = Settings.model_validate({**self.settings.model_dump(), **changes})
        self.limiter = Limiter(self.settings.requests_per_second, self.settings.burst_queue)
        return self.settings

    def reset(self, settings: Settings | None = None) -> None:
        """Back to the beginning: the first invoices, no runs, records, alerts, tokens, faults or calls.

        :param settings: other settings to begin with than those that it was started with.
        """
        for table in self.tables.values():
            table.clear()
        self.journal.clear()
        self.tokens.clear()
        self.file_contents.clear()
        self.faults.clear()
        self.calls.clear()
        self.counts.clear()
        self.settings = settings or self._first_settings.model_copy(deep=True)
        self.limiter = Limiter(self.settings.requests_per_second, self.settings.burst_queue)
        self._set_up()

    def _set_up(self) -> None:
        integration = self.integrations.add(
            {
                "code": self.integration_code,
                "name": "Invoices to ERP",
                "business-object": "Invoice",
                "direction": "from_coupa",
                "end-system": "ERP",
                "end-system-type": "erp",
                "integration-type": "api",
                **self.stamps(),
            }
        )
        for kind in MAILBOXES:
            self.contacts.add(
                {
                    "contact-alert-type": kind,
                    "contactable-type": "User",
                    "contactable-id": 100 + len(self.contacts),
                    "integration": {"id": integration["id"], "code": integration["code"]},
                    **self.stamps(),
                }
            )
        for invoice in self._first_invoices:
            self.load_invoice(invoice)
