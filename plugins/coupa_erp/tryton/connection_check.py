"""The answer of Airflow's Test button: all that can be told of a connection without writing.

In this order, and the first that is wrong is the answer: the connection itself; the host; the key; the
database; the rights of the key's user, to write among them, as Tryton itself tells them; its companies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coupa_erp.form import listed
from coupa_erp.tryton.answers import NotInTryton
from coupa_erp.tryton.documents import INVOICE
from coupa_erp.tryton.orders import PURCHASE
from coupa_erp.tryton.transport import TrytonTransport
from coupa_erp.tryton.wire import Row
from include.errors import ConfigurationError, ErpRejection, ExportError, TransientError

#: What the application's user must be allowed to do, by model and right.
_RIGHTS = {
    INVOICE: ("read", "write", "create", "delete"),
    "account.move": ("read", "create"),
    "account.move.reconciliation": ("read", "create", "delete"),
    "ir.model.data": ("read", "create", "delete"),
    "res.user.warning": ("read", "write", "create", "delete"),
}
#: And where lines are booked against purchase orders.
_RIGHTS_ON_ORDERS = {PURCHASE: ("read", "write"), "purchase.line": ("read",)}


def check_connection(transport: TrytonTransport) -> str:
    """What was found, where all is well.

    :raises ExportError: in one sentence, for the first thing that is not.
    """
    settings = transport.settings
    companies = read_companies(transport, ["party.code"])
    if settings.extra.po_backed == "match":
        require_orders(transport)
        if missing := _missing_rights(transport, _RIGHTS_ON_ORDERS):
            raise ConfigurationError(
                f"The user of Tryton's application key has no right to {listed(missing)}: give it the group "
                "Purchase, or set po_backed to gl."
            )
    if missing := _missing_rights(transport, _RIGHTS):
        raise ConfigurationError(
            f"The user of Tryton's application key has no right to {listed(missing)}: give it the group "
            "Accounting and the further rights that docs/configuring.md lists."
        )
    if not companies:
        raise ConfigurationError(
            "The user of Tryton's application key sees no company: give it those it books for."
        )
    preferences = transport.call("res.user", "get_preferences", {"context_only": True})
    if len(companies) > 1 and preferences.get("company_filter") != "all":
        raise ConfigurationError(
            "Set the company filter of the application key's user to All, so that it sees them all."
        )
    codes = sorted(row["party"]["code"] or "?" for row in companies)
    kind = "a sandbox" if settings.extra.sandbox else "production"
    return f"Tryton's database {settings.database} answers as {kind}: companies {listed(codes)}."


def read_companies(transport: TrytonTransport, fields: list[str], *, limit: int | None = None) -> list[Row]:
    """The companies, through HTTP, the application key and PostgreSQL.

    :raises ConfigurationError: there is no such database.
    """
    try:
        return transport.search("company.company", [], fields, limit=limit)
    except NotInTryton:
        raise ConfigurationError(
            f"Tryton has no database {transport.settings.database} at {transport.settings.base_url}."
        ) from None


def require_orders(transport: TrytonTransport) -> None:
    """:raises ConfigurationError: this database has no purchase orders."""
    try:
        transport.search(PURCHASE, [], ["id"], limit=1)
    except (TransientError, ConfigurationError, ErpRejection):
        raise
    except ExportError:  # as Tryton answers for a model that it does not have
        raise ConfigurationError(
            "po_backed of the Tryton connection is match, and the module purchase is not activated in "
            f"Tryton's database {transport.settings.database}: activate it there, or set po_backed to gl."
        ) from None


def _missing_rights(transport: TrytonTransport, wanted: Mapping[str, tuple[str, ...]]) -> list[str]:
    access: dict[str, Any] = transport.call("ir.model.access", "get_access", {"models": list(wanted)})
    return [
        f"{right} {model}" for model, rights in wanted.items() for right in rights if not access[model][right]
    ]
