"""The answer of Airflow's Test button: all that can be told of a connection without writing.

In this order, and the first that is wrong is the answer: the connection itself; the host and Odoo's version;
the key and the database; the app Purchase, where lines are matched with orders, and before 19 the user's mail
address; the rights of the key's user; its companies and their References.
"""

from __future__ import annotations

from coupa_erp.form import listed
from coupa_erp.odoo.documents import MOVE
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.orders import refuse_without_purchase
from coupa_erp.odoo.transport import OdooTransport, Row
from include.errors import ConfigurationError

_SERVED = range(17, 20)
_ANYBODY_NOTES = 19
#: What the key's user must be allowed to do.
_RIGHTS = {
    MOVE: ("read", "write", "create", "unlink"),
    "account.move.line": ("read", "write", "create"),
    "account.tax": ("read",),
    "account.analytic.account": ("read",),
}
_ORDER_RIGHTS = {"purchase.order": ("read",), "purchase.order.line": ("read",)}


def check_connection(transport: OdooTransport, names: Names) -> str:
    """What was found, where all is well.

    :raises ExportError: in one sentence, for the first thing that is not.
    """
    settings = transport.settings
    if transport.version not in _SERVED:
        raise ConfigurationError(f"Odoo {transport.version} is not served by this export: 17, 18 and 19 are.")
    check_reachable(transport, names)
    if missing := _missing_rights(transport):
        raise ConfigurationError(
            f"The user of Odoo's API key has no right to {listed(missing)}: give it the right Invoicing "
            "(Accounting: Billing)."
        )
    codes = sorted(names.companies.values())
    if not all(codes):
        raise ConfigurationError(
            "A company of Odoo has no Reference in its own contact: the export knows companies by it."
        )
    kind = "a sandbox" if settings.extra.sandbox else "production"
    return (
        f"Odoo {transport.version}, database {settings.database}, answers as {kind}: companies "
        f"{listed(codes)}."
    )


def check_reachable(transport: OdooTransport, names: Names) -> None:
    """One cheap call with the key: through HTTP, the key and PostgreSQL; and what no run can do without."""
    transport.search("res.company", [], ["id"], limit=1)
    refuse_without_purchase(transport, names)
    _refuse_without_sender(transport)


def _refuse_without_sender(transport: OdooTransport) -> None:
    """Before 19 Purchase notes each bill of an order in the user's name, for which Odoo wants an address."""
    settings = transport.settings
    if settings.extra.po_backed != "match" or transport.version >= _ANYBODY_NOTES:
        return
    users = transport.search("res.users", [["login", "=", settings.login]], ["email"], limit=1)
    if users and not users[0]["email"]:
        raise ConfigurationError(
            f"po_backed of the Odoo connection is match, and Odoo {transport.version} enters no bill of an "
            f"order for a user without a mail address: give the user {settings.login} one in Odoo, or set "
            "po_backed to gl."
        )


def _missing_rights(transport: OdooTransport) -> list[str]:
    wanted = _RIGHTS | (_ORDER_RIGHTS if transport.settings.extra.po_backed == "match" else {})
    new = transport.version >= 18
    asked = "has_access" if new else "check_access_rights"
    # Since 18 a method of records, and over /jsonrpc Odoo wants to be given some: none will do.
    of: list[int] | None = [] if new else None
    quietly: Row = {} if new else {"raise_exception": False}
    return [
        f"{right} {model}"
        for model, rights in wanted.items()
        for right in rights
        if transport.call(model, asked, of, reads=True, operation=right, **quietly) is not True
    ]
