"""Steps 4 to 6: claim an invoice, and resolve what earlier attempts left open."""

from __future__ import annotations

from collections.abc import Iterable

from include.coupa_port import CoupaPort
from include.errors import NotExportable, NotInCoupa
from include.export.breaker import require_erp
from include.export.content import content_of, version_of
from include.export.listing import Label
from include.export.ports import Ports
from include.models.invoice import CoupaInvoice
from include.models.outcome import InvoiceFacts
from include.scope import CoupaScope

EXPORTABLE = ("approved", "voided")


def facts_of(invoice: CoupaInvoice, scope: CoupaScope) -> InvoiceFacts:
    """What the outcome of this invoice needs of it.

    :param invoice: as Coupa showed it.
    :param scope: the connection's settings, for the name of the ERP number's custom field.
    """
    number = invoice.custom_field(scope.erp_number_field)
    return InvoiceFacts(
        invoice_id=invoice.id,
        invoice_number=invoice.shown_number,
        status=invoice.status,
        currency=invoice.currency.code if invoice.currency else None,
        total=invoice.gross(),
        erp_number_in_coupa=str(number) if number else None,
        content=content_of(invoice, scope),
        version=version_of(invoice),
        approved_at=invoice.approved_at(),
    )


def facts_of_label(label: Label) -> InvoiceFacts:
    """What is known of an invoice that was only listed."""
    return InvoiceFacts(invoice_id=label.id, invoice_number=label.number)


def mark_exported(ports: Ports, invoice_id: int) -> CoupaInvoice:
    """Claim the invoice: mark first, read second. What the answer shows is what may be posted.

    :param invoice_id: Coupa's id.
    :return: the invoice as the mark's own answer shows it.
    :raises ErpUnavailable: the ERP serves nobody now; nothing was claimed.
    :raises NotExportable: it is no longer approved or voided; the mark has been taken away again.
    """
    require_erp(ports.erp)
    try:
        invoice = ports.coupa.mark_exported(invoice_id)
    except NotInCoupa:
        raise NotExportable(f"Coupa has no invoice with the id {invoice_id} any more.") from None
    return require_exportable(ports.coupa, invoice)


def read_again(ports: Ports, invoice_id: int) -> CoupaInvoice:
    """The invoice as Coupa shows it now: the point of a retry is that somebody has mended it.

    :param invoice_id: Coupa's id.
    :raises NotExportable: it is no longer approved or voided; the mark has been taken away.
    """
    try:
        invoice = ports.coupa.read_invoice(invoice_id)
    except NotInCoupa:
        raise NotExportable(f"Coupa has no invoice with the id {invoice_id} any more.") from None
    return require_exportable(ports.coupa, invoice)


def require_exportable(coupa: CoupaPort, invoice: CoupaInvoice) -> CoupaInvoice:
    """The invoice, where its status is one that is exported; else the mark is taken away.

    :raises NotExportable: with the status.
    """
    if invoice.status in EXPORTABLE or not invoice.status:
        return invoice  # a status that Coupa does not show is the mapping's to refuse, by name
    coupa.unmark_exported(invoice.id)
    raise NotExportable(
        f"The invoice is {invoice.status} in Coupa now; only approved and voided ones are exported."
    )


def resolve_previous(
    coupa: CoupaPort,
    invoice_id: int,
    *,
    history: Iterable[int] | None = None,
    errors: Iterable[int] | None = None,
) -> int:
    """Resolve open history records and integration errors that earlier attempts left.

    :param coupa: the instance.
    :param invoice_id: Coupa's id.
    :param history: ids of its open history records, where an answer of this moment has shown them, as that of
        the mark does; ``None`` asks Coupa.
    :param errors: ids of its open errors, where they were asked for ahead; ``None`` asks Coupa.
    :return: how many records and errors were resolved.
    """
    if history is None:
        history = [record.id for record in coupa.find_history_records(invoice_id)]
    records = [coupa.resolve_history_record(record_id) for record_id in history]
    if errors is None:
        errors = [error.id for error in coupa.find_integration_errors(invoice_id)]
    resolved = [coupa.resolve_integration_error(error_id) for error_id in errors]
    return len(records) + len(resolved)
