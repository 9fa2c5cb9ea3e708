"""Plays people, and trouble, in a running sandbox: a client of its calls under ``/_sandbox``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import requests

from include.sandbox.faults import Fault
from include.sandbox.settings import Settings

Kind = Literal["invoices", "runs", "history", "errors", "alerts", "integrations", "contacts"]
Json = dict[str, Any]


class SandboxRefused(Exception):
    """The sandbox did not do what it was asked; the message is its own."""


class SandboxControl:
    """One running sandbox, from the outside.

    :param url: where it listens: ``http://127.0.0.1:8090``.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()

    def overview(self) -> Json:
        """How many objects of each kind there are, and how many calls came in: all, api, token."""
        overview: Json = self._call("GET", "")
        return overview

    def rows(self, kind: Kind) -> list[Json]:
        """Every object of a kind, as it stands."""
        rows: list[Json] = self._call("GET", f"/{kind}")
        return rows

    def row(self, kind: Kind, identity: int) -> Json:
        """One object, as it stands."""
        row: Json = self._call("GET", f"/{kind}/{identity}")
        return row

    def add_invoices(self, invoices: Iterable[Mapping[str, Any]]) -> list[Json]:
        """Take in invoices, written as Coupa shows them; one without ``id`` gets the next."""
        added: list[Json] = self._call("POST", "/invoices", [dict(invoice) for invoice in invoices])
        return added

    def edit_in_ui(
        self, invoice_id: int, changes: Mapping[str, Any], *, reset_mark: bool | None = None
    ) -> Json:
        """A person edits the invoice in Coupa's UI: this resets the export mark, as the settings say.

        :param changes: merged into the invoice; elements of a list are named by ``id``, or by their position:
            ``{"invoice-lines": {"0": {"account": {"segment-3": "CA200"}}}}``.
        :param reset_mark: overrules the setting.
        """
        body = {"changes": dict(changes), "reset_mark": reset_mark}
        edited: Json = self._call("POST", f"/invoices/{invoice_id}/edit", body)
        return edited

    def void_in_ui(self, invoice_id: int, *, reset_mark: bool = False) -> Json:
        """A person voids the invoice in Coupa's UI: the mark stays."""
        voided: Json = self._call("POST", f"/invoices/{invoice_id}/void", {"reset_mark": reset_mark})
        return voided

    def calls(self, *, after: int = 0) -> list[Json]:
        """The calls that came in: number, at, method, path, query, body, status (null: cut), fault.

        :param after: only those with a higher number.
        """
        calls: list[Json] = self._call("GET", f"/calls?after={after}")
        return calls

    def forget_calls(self) -> None:
        """Empty the log of calls, and the counts."""
        self._call("DELETE", "/calls")

    def settings(self) -> Settings:
        """The settings as they are."""
        return Settings.model_validate(self._call("GET", "/settings"))

    def change_settings(self, **changes: Any) -> Settings:
        """Change settings by name: ``limiter=False, create_method="PUT"``."""
        return Settings.model_validate(self._call("PATCH", "/settings", changes))

    def order(self, fault: Fault) -> Fault:
        """Order a misbehaviour; the answer carries its id."""
        return Fault.model_validate(self._call("POST", "/faults", fault.model_dump()))

    def faults(self) -> list[Fault]:
        """What was ordered, and how often it struck."""
        return [Fault.model_validate(fault) for fault in self._call("GET", "/faults")]

    def behave(self) -> None:
        """Take back every fault."""
        self._call("DELETE", "/faults")

    def revoke_tokens(self) -> int:
        """Refuse every token issued so far; answers how many were alive."""
        return int(self._call("POST", "/tokens/revoke")["revoked"])

    def reset(self, settings: Settings | None = None) -> None:
        """Back to the beginning.

        :param settings: other settings to begin with than those that it was started with.
        """
        self._call("POST", "/reset", settings.model_dump() if settings else None)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        response = self._session.request(method, f"{self.url}/_sandbox{path}", json=body, timeout=30)
        if not response.ok:
            raise SandboxRefused(f"{method} /_sandbox{path}: {response.text[:500]}")
        return response.json()
