"""Calls to the API over HTTP, and what its answers mean.

======== ==================================== ===========================================================
Status   What it must mean                    Raised
======== ==================================== ===========================================================
2xx      done                                 nothing
3xx      never                                ConfigurationError: the address is another
400, 422 refused, with the reasons            :class:`RefusedByApi`; without any: ExportError
401, 403 the credential, or a right           ConfigurationError
409, 412 it does not stand as was thought     :class:`Overtaken`: look again
429, 503 nothing was done                     TransientError
4xx      the call is none of the API's        a question: ConfigurationError; a write: ExportError
5xx      a bug there, or a proxy's trouble    a question: TransientError; a write: OutcomeUnknown
======== ==================================== ===========================================================
"""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import requests

from coupa_erp.bounded import AnswerTooLarge, body_of, bounded, is_shallow
from coupa_erp.channel import in_chain, unreached
from coupa_erp.metrics import timed
from coupa_erp.rest.connection import RestSettings
from include.errors import ConfigurationError, ExportError, OutcomeUnknown, TransientError
from include.models.kept import without_ibans

log = logging.getLogger(__name__)

LARGEST = 20 * 1024 * 1024


class Overtaken(Exception):
    """409 or 412: the look before the call was old."""


class RefusedByApi(Exception):
    """The ERP refuses, for reasons that the answer names.

    :param answer: its JSON.
    """

    def __init__(self, call: str, answer: Any) -> None:
        super().__init__(call)
        self.call, self.answer = call, answer


class RestLine:
    """One session with one API.

    :param settings: the validated connection.
    """

    def __init__(self, settings: RestSettings) -> None:
        self._settings = settings

    @functools.cached_property
    def _session(self) -> requests.Session:
        self._settings.channel.warn(log)
        session = bounded(requests.Session())
        session.auth = self._settings.authorize  # as auth, so that no .netrc replaces it
        return session

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The JSON of a good answer, amounts as decimals; whatever else comes is an exception.

        :param operation: the name in the settings file, for messages.
        """
        name, call = self._settings.api.name, f"{operation} ({method} {path.partition('?')[0]})"
        lost = TransientError if method == "GET" else OutcomeUnknown
        seconds = self._settings.extra.timeout_seconds
        failure: ExportError | None = None
        try:
            with (
                timed("erp_rest", operation),
                self._session.request(
                    method,
                    f"{self._settings.base_url}{path}",
                    params=list(query),
                    json=body,
                    headers={"Accept": "application/json", **(headers or {})},
                    timeout=seconds,
                    allow_redirects=False,
                    stream=True,
                    **self._settings.channel.for_requests,
                ) as answer,
            ):
                content = body_of(answer, seconds=seconds, largest=LARGEST)
        except requests.RequestException as fault:
            failure = _line_error(fault, name, call, lost)
        if failure is not None:
            raise failure  # out here: the fault carries the request and its secret
        _check(answer, name, call, lost)
        if not answer.ok:  # it may repeat what it was sent
            secret = self._settings.secret.get_secret_value()
            content = without_ibans(content.decode(errors="replace").replace(secret, "***")).encode()
        told = _json_of(content)
        if answer.status_code in (400, 422):
            if told is None:
                raise ExportError(f"{name} does not understand {call} ({answer.status_code}).")
            raise RefusedByApi(call, told)
        if told is None:
            raise lost(f"{name}'s answer to {call} cannot be read.")
        return told


def _json_of(content: bytes) -> Any:
    """The JSON; ``None`` where there is none that can be read."""
    try:
        told = json.loads(content or b"{}", parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return told if is_shallow(told) else None


def _line_error(
    fault: requests.RequestException, name: str, call: str, lost: type[TransientError]
) -> ExportError:
    """The exception for a line that broke; it quotes nothing of the fault."""
    if isinstance(fault, AnswerTooLarge):
        return ConfigurationError(
            f"What answers {call} is not {name}, or sends more than {LARGEST >> 20} MB: check the "
            "connection's host."
        )
    if isinstance(fault, requests.exceptions.SSLError):
        return ConfigurationError(
            f"{name}'s TLS certificate cannot be verified: mend the certificate, or name the file of its "
            "authority in ca_file of the connection's extra."
        )
    if isinstance(fault, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return ConfigurationError(f"{name}'s address is not usable: mend the connection's host.")
    if (why := unreached(fault)) is not None:
        return TransientError(f"{name} cannot be reached: {why}.")
    late = isinstance(fault, requests.Timeout) or in_chain(fault, TimeoutError)
    return lost(f"{name} {'did not answer in time' if late else 'closed the connection'} at {call}.")


def _check(answer: requests.Response, name: str, call: str, lost: type[TransientError]) -> None:
    status = answer.status_code
    if status in (409, 412):
        raise Overtaken
    if 300 <= status < 400:
        raise ConfigurationError(
            f"{name}'s address redirects elsewhere ({status} at {call}): put the address itself into the "
            "connection."
        )
    if status in (401, 403):
        raise ConfigurationError(
            f"{name} refuses the connection's credential at {call} ({status}): mend login and password, or "
            "the rights of that user."
        )
    if status in (429, 503):
        waits = answer.headers.get("Retry-After", "")
        raise TransientError(
            f"{name} serves nobody now ({status} at {call}).",
            retry_after=float(waits) if re.fullmatch(r"[0-9]{1,4}", waits) else None,
        )
    if status >= 500:
        raise lost(f"{name} or a proxy before it failed with {status} at {call}.")
    if status >= 400 and status not in (400, 422):
        # A question is the same for every invoice: where it is not understood, the settings are wrong.
        misfit = ConfigurationError if lost is TransientError else ExportError
        raise misfit(f"{name} does not understand {call} ({status}): compare it with the settings file.")
