"""The answer of Airflow's Test button: all that can be told of a connection without writing.

In this order, and the first that is wrong is the answer: the connection itself; the host; client, certificate
and role; that the role may query; its subsidiaries; the content field; the accounts that the extra names.
"""

from __future__ import annotations

from coupa_erp.form import listed
from coupa_erp.netsuite.answers import Refused
from coupa_erp.netsuite.transport import NetSuiteTransport
from coupa_erp.netsuite.wire import any_of
from include.errors import ConfigurationError


def reach(transport: NetSuiteTransport) -> None:
    """One cheap query, with the connection's own credentials."""
    list(transport.query("SELECT COUNT(*) AS found FROM currency"))


def check_connection(transport: NetSuiteTransport) -> str:
    """What was found, where all is well.

    :raises ExportError: in one sentence, for the first thing that is not.
    """
    extra = transport.settings.extra
    reach(transport)
    rows = transport.query("SELECT name FROM subsidiary WHERE isinactive = 'F' ORDER BY id")
    companies = [str(row["name"]) for row in rows if row.get("name")]
    if not companies:
        raise ConfigurationError(
            "The role of the connection's mapping sees no subsidiary: give it those that it books for."
        )
    field = extra.content_field
    try:
        list(transport.query(f"SELECT {field} FROM transaction WHERE id = 0"))  # noqa: S608 - by a pattern
    except Refused:
        raise ConfigurationError(
            f"content_field: NetSuite's transactions have no field {field}, or the role may not see it."
        ) from None
    wanted = {*extra.accounts_of_taxes.values(), *([extra.payable_account] if extra.payable_account else [])}
    if wanted:
        known = transport.query(
            f"SELECT acctnumber FROM account WHERE {any_of('acctnumber', sorted(wanted))}"  # noqa: S608
        )
        missing = sorted(wanted - {str(row.get("acctnumber")) for row in known})
        if missing:
            raise ConfigurationError(f"NetSuite has no account {listed(missing)}, which the extra names.")
    kind = "a sandbox" if extra.sandbox else "production"
    return (
        f"NetSuite at {transport.settings.base_url} answers as {kind}: subsidiaries {listed(companies)}. "
        "Whether its role may enter bills shows at the first one."
    )
