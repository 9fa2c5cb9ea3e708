"""The answer of Airflow's Test button: all that can be told of a connection without writing.

In this order, and the first that is wrong is the answer: the connection itself; the host; the user; the two
services and what their descriptions must have; that both may be read. That the user may enter invoices shows
at the first one: S/4HANA tells no rights.
"""

from __future__ import annotations

import re

from coupa_erp.form import listed
from coupa_erp.s4hana import books, documents, keys
from coupa_erp.s4hana.answers import NotInS4Hana
from coupa_erp.s4hana.transport import BOOKS, INVOICES, S4HanaTransport
from include.errors import ConfigurationError

_FINGERPRINT_LENGTH = 32
_FUNCTIONS = ("Post", "Cancel")


def check_connection(transport: S4HanaTransport) -> str:
    """What was found, where all is well.

    :raises ExportError: in one sentence, for the first thing that is not.
    """
    extra = transport.settings.extra
    transport.reach()
    described = transport.metadata(INVOICES)
    missing = [name for name in _FUNCTIONS if f'<FunctionImport Name="{name}"' not in described]
    if missing:
        raise ConfigurationError(
            f"{INVOICES} of this S/4HANA has no {listed(missing)}: its release is too old for this export, "
            "which parks an invoice and posts it then."
        )
    for name, field, length in (
        ("key_field", extra.key_field, keys.LENGTH),
        ("fingerprint_field", extra.fingerprint_field, _FINGERPRINT_LENGTH),
    ):
        _check_field(described, name, field, length)
    for service, entity, select in (
        (INVOICES, documents.ENTITY, "SupplierInvoice"),
        (BOOKS, books.ENTITY, "AccountingDocument"),
    ):
        _check_readable(transport, service, entity, select)
    kind = "a sandbox" if extra.sandbox else "production"
    return (
        f"S/4HANA at {transport.settings.base_url} answers as {kind}; the key lies in {extra.key_field}. "
        "Whether its user may enter invoices shows at the first one."
    )


def _check_readable(transport: S4HanaTransport, service: str, entity: str, select: str) -> None:
    try:
        next(transport.rows(service, entity, "FiscalYear eq '1900'", select=select, order=select), None)
    except NotInS4Hana:
        raise ConfigurationError(
            f"There is no service {service} at {transport.settings.base_url}: activate it, or add its "
            "communication scenario to the user (docs/s4hana.md)."
        ) from None


def _check_field(described: str, name: str, field: str, length: int) -> None:
    """Whether the header has a text field that can be written, searched, and holds what goes into it."""
    header = described.partition('EntityType Name="A_SupplierInvoiceType"')[2].partition("</EntityType>")[0]
    found = re.search(rf'<Property Name="{re.escape(field)}"[^>]*>', header)
    if found is None:
        raise ConfigurationError(f"{name}: S/4HANA's supplier invoice has no field {field}.")
    told = dict(re.findall(r'([\w:]+)="([^"]*)"', found.group(0)))
    if told.get("Type") != "Edm.String" or int(told.get("MaxLength", "0")) < length:
        raise ConfigurationError(f"{name}: {field} cannot hold a text of {length} characters.")
    if "false" in (told.get("sap:creatable"), told.get("sap:filterable")):
        raise ConfigurationError(f"{name}: {field} cannot be written and searched in S/4HANA.")
    if told.get("sap:display-format") == "UpperCase" and name == "fingerprint_field":
        raise ConfigurationError(f"{name}: {field} is kept in capitals, which would change what lies in it.")
