"""The answer of Airflow's Test button: all that can be told of a connection without writing.

In this order, and the first that is wrong is the answer: the connection itself; the host; client and secret,
by a token asked for now; each scope by its name; the integration; every listing that the export reads. What
the monitoring level does not need is not asked for.

Whether Coupa will take a write is known by the scopes it grants. What only a write shows (a custom field that
the API may not edit) is left to the first invoice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coupa_erp.coupa import fields
from coupa_erp.coupa.connection import CoupaSettings
from coupa_erp.coupa.oauth import ClientCredentials, ScopeRefused
from coupa_erp.coupa.runs import Runs
from coupa_erp.coupa.transport import CoupaTransport
from coupa_erp.form import listed
from include.errors import ConfigurationError, RefusedByCoupa
from include.models.absence import absent_keys
from include.monitoring import SCOPES
from include.options import Monitoring, read_options

_HISTORY = {"/api/integration_history_records": fields.RECORD}
#: What else the export reads, by the monitoring level.
_LISTINGS: dict[Monitoring, dict[str, str]] = {
    "runs": {"/api/integration_runs": fields.RUN, **_HISTORY, "/api/integration_errors": fields.RECORD},
    "history": _HISTORY,
    "custom_field": {},
}
_MOST_NAMED = 5


class ConnectionCheck:
    """Asks one Coupa instance.

    :param auth: of the same settings; its token is renewed.
    :param transport: sends each call once.
    :param invoice_answer: the query parameters that shape an invoice's answer.
    """

    def __init__(
        self,
        settings: CoupaSettings,
        auth: ClientCredentials,
        transport: CoupaTransport,
        invoice_answer: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._auth = auth
        self._transport = transport
        self._invoice_answer = invoice_answer
        self._level = read_options().monitoring

    def told(self) -> str:
        """What was found, where all is well.

        :raises ExportError: in one sentence, for the first thing that is not.
        """
        self._check_scopes()
        kind = "a sandbox" if self._settings.business.sandbox else "production"
        if self._level == "custom_field":
            remark = self._check_invoices()
            return (
                f"Coupa answers as {kind}: invoices can be read, with the field "
                f"{self._settings.business.status_field} for their status, and the scope to write them is "
                f"granted.{remark}"
            )
        code = self._settings.business.integration_code
        integration = Runs(self._transport, code).require_integration()
        remark = self._check_invoices()
        for path, asked in _LISTINGS[self._level].items():
            self._transport.listing(path, {"limit": "1"}, asked)
        return (
            f"Coupa answers as {kind}: the integration {integration.get('name') or code} is there, invoices "
            f"and integration records can be read, and the scopes to write both are granted.{remark}"
        )

    def _check_scopes(self) -> None:
        asked = self._settings.calls.scope.split()
        if forgotten := [scope for scope in SCOPES[self._level].split() if scope not in asked]:
            raise ConfigurationError(
                f"{_named(forgotten)} not asked for: add what is missing to scope in the connection's extra, "
                "or leave scope empty."
            )
        try:
            granted = self._auth.renew().scope
        except ScopeRefused:
            refused = [scope for scope in asked if self._is_refused(scope)]
            if not refused:
                raise
        else:
            refused = [] if not granted else [scope for scope in asked if scope not in granted.split()]
        if refused:
            raise ConfigurationError(
                f"{_named(refused)} not granted: add what is missing to the OAuth2 client in Coupa's Setup."
            )

    def _is_refused(self, scope: str) -> bool:
        try:
            self._auth.ask(scope)
        except ScopeRefused:
            return True
        return False

    def _check_invoices(self) -> str:
        """Read one invoice as the export does.

        :return: a remark on what the API filter hides.
        """
        query = {"status[in]": "approved,voided", **self._settings.business.selection_query, "limit": "1"}
        try:
            found = self._transport.listing("/api/invoices", query, self._invoice_answer).objects
        except RefusedByCoupa as refusal:
            given = {
                "selection": self._settings.business.selection,
                "api_filter": self._settings.calls.api_filter,
            }
            doubtful = " and ".join(name for name, value in given.items() if value)
            if not doubtful:
                raise
            said = str(refusal).rstrip(".")
            raise ConfigurationError(f"{said}. Check {doubtful} in the connection's extra.") from None
        if self._level == "custom_field":
            self._check_status_field(found)
        api_filter = self._settings.calls.api_filter
        hidden = sorted({key for raw in found for key in absent_keys(raw, filtered=bool(api_filter))})
        if not hidden:
            return ""
        shaped = f"The API filter {api_filter}" if api_filter else "Coupa's answer"
        if len(hidden) > _MOST_NAMED:
            hidden = [*hidden[:_MOST_NAMED], f"{len(hidden) - _MOST_NAMED} more keys"]
        return f" {shaped} leaves out {listed(hidden)}: invoices that need them will be refused."

    def _check_status_field(self, found: list[dict[str, Any]]) -> None:
        """Make sure that an invoice has the field that everything is told by, where there is any invoice."""
        field = self._settings.business.status_field
        spellings = {field, field.replace("_", "-"), field.replace("-", "_")}
        for raw in found:
            shown = {*(raw.get("custom-fields") or raw.get("custom_fields") or {}), *raw}
            if not shown & spellings:
                raise ConfigurationError(
                    f"Coupa shows no custom field {field} on its invoices, and at the monitoring level "
                    "custom_field all outcomes stand there: create it on the invoice header, or mend "
                    "status_field in the connection's extra."
                )


def _named(scopes: list[str]) -> str:
    return f"Scope {scopes[0]} is" if len(scopes) == 1 else f"Scopes {listed(scopes)} are"
