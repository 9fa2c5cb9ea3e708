"""Calls to Ledger over HTTP, and what its answers mean."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import requests

from coupa_erp.bounded import AnswerTooLarge, body_of, bounded
from coupa_erp.channel import Channel, unreached
from include.errors import ConfigurationError, ExportError, OutcomeUnknown, TransientError

LARGEST = 10 * 1024 * 1024


class Overtaken(Exception):
    """412: the document does not stand as it did when it was read."""


class RefusedByLedger(Exception):
    """422: what is wrong, each with code, field and message."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors


class LedgerLine:
    """One session with one Ledger.

    :param channel: how it is reached.
    :param secret: its bearer token.
    :param seconds: how long an answer may take.
    """

    def __init__(self, channel: Channel, secret: str, seconds: float) -> None:
        self._channel, self._secret, self._seconds = channel, secret, seconds
        self._session = bounded(requests.Session())

    def call(self, method: str, path: str, body: Any = None, *, query: Any = None, **headers: str) -> Any:
        """The JSON of a good answer; whatever else comes is an exception.

        :param headers: with underscores in the place of hyphens: ``If_Match="3"``.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lost = TransientError if method == "GET" else OutcomeUnknown
        fault: ExportError | None = None
        try:
            with self._session.request(
                method,
                f"{self._channel.base_url}{path}",
                params=query,
                json=body,
                headers={"Authorization": f"Bearer {self._secret}", **named},
                timeout=self._seconds,
                allow_redirects=False,
                stream=True,
                **self._channel.for_requests,
            ) as answer:
                status, waits = answer.status_code, answer.headers.get("Retry-After", "")
                content = body_of(answer, seconds=self._seconds, largest=LARGEST)
        except AnswerTooLarge:
            fault = ConfigurationError("What answers is not Ledger: check the connection's host.")
        except requests.RequestException as broken:
            why = unreached(broken)
            if why is not None:  # it never left this machine, so nothing was done
                fault = TransientError(f"Ledger cannot be reached: {why}.")
            else:
                fault = lost(f"Ledger broke the line, or did not answer in time, at {method} {path}.")
        if fault is not None:
            raise fault  # out here: the fault of requests carries the token
        self._check(status, waits, f"{method} {path}", lost)
        try:
            told = json.loads(content, parse_float=Decimal)
        except ValueError:
            raise lost(f"Ledger's answer to {method} {path} cannot be read.") from None
        if status == 422:
            raise RefusedByLedger(told["errors"])
        return told

    @staticmethod
    def _check(status: int, waits: str, call: str, lost: type[TransientError]) -> None:
        if status in (401, 403):
            raise ConfigurationError(
                f"Ledger refuses {call} ({status}): put a token with the right to enter bills into the "
                "connection's password."
            )
        if status == 412:
            raise Overtaken
        if status in (429, 503):  # Ledger promises that it did nothing then
            raise TransientError(
                f"Ledger is busy ({status} at {call}).",
                retry_after=float(waits) if waits.isdecimal() else None,
            )
        if status >= 500:
            raise lost(f"Ledger, or a proxy before it, failed with {status} at {call}.")
        if status >= 300 and status != 422:
            raise ExportError(f"Ledger does not understand {call} ({status}).")
