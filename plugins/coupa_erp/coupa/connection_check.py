"""The answer of Airflow's Test button: all that can be told of a connection without writing.

In this order, and the first that is wrong is the answer: the connection itself; the host; client and secret,
by a token asked for now; each scope by its name; the integration; every listing that the export reads.

Whether Coupa will take a write is known by the scopes it grants. What only a write shows (a custom field that
the API may not edit) is left to the first invoice.
"""

from __future__ import annotations

from collections.abc import Mapping

from coupa_erp.coupa import fields
from coupa_erp.coupa.connection import OAUTH_SCOPE, CoupaSettings
from coupa_erp.coupa.oauth import ClientCredentials, ScopeRefused
from coupa_erp.coupa.runs import Runs, unknown_code
from coupa_erp.coupa.transport import CoupaTransport
from coupa_erp.form import listed
from include.errors import ConfigurationError, RefusedByCoupa
from include.models.absence import absent_keys

#: What else the export reads, by the scope that it needs.
_LISTINGS = {
    "/api/integration_runs": fields.RUN,
    "/api/integration_history_records": fields.RECORD,
    "/api/integration_errors": fields.RECORD,
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

    def told(self) -> str:
        """What was found, where all is well.

        :raises ExportError: in one sentence, for the first thing that is not.
        """
        self._check_scopes()
        code = self._settings.business.integration_code
        integration = Runs(self._transport, code).integration()
        if integration is None:
            raise ConfigurationError(unknown_code(code))
        remark = self._check_invoices()
        for path, asked in _LISTINGS.items():
            self._transport.listing(path, {"limit": "1"}, asked)
        kind = "a sandbox" if self._settings.business.sandbox else "production"
        return (
            f"Coupa answers as {kind}: the integration {integration.get('name') or code} is there, invoices "
            f"and integration records can be read, and the scopes to write both are granted.{remark}"
        )

    def _check_scopes(self) -> None:
        asked = self._settings.calls.scope.split()
        if forgotten := [scope for scope in OAUTH_SCOPE.split() if scope not in asked]:
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
        api_filter = self._settings.calls.api_filter
        hidden = sorted({key for raw in found for key in absent_keys(raw, filtered=bool(api_filter))})
        if not hidden:
            return ""
        shaped = f"The API filter {api_filter}" if api_filter else "Coupa's answer"
        if len(hidden) > _MOST_NAMED:
            hidden = [*hidden[:_MOST_NAMED], f"{len(hidden) - _MOST_NAMED} more keys"]
        return f" {shaped} leaves out {listed(hidden)}: invoices that need them will be refused."


def _named(scopes: list[str]) -> str:
    return f"Scope {scopes[0]} is" if len(scopes) == 1 else f"Scopes {listed(scopes)} are"
