"""Steps 4 to 6: claim an invoice, and resolve what earlier attempts left open."""

from __future__ import annotations

from include.coupa_port import CoupaPort
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
        invoice_number=invoice.invoice_number or f"id {invoice.id}",
        status=invoice.status,
        currency=invoice.currency.code if invoice.currency else None,
        total=invoice.gross(),
        erp_number_in_coupa=str(number) if number else None,
    )


def mark_exported(coupa: CoupaPort, invoice_id: int) -> tuple[CoupaInvoice, bool]:
    """Claim the invoice: mark first, read second. What the answer shows is what may be posted.

    :param coupa: the instance.
    :param invoice_id: Coupa's id.
    :return: the invoice, and whether it is ours to export. Where it is not (no longer approved or voided)
        the mark has been taken away again.
    """
    invoice = coupa.mark_exported(invoice_id)
    if invoice.status in EXPORTABLE:
        return invoice, True
    coupa.unmark_exported(invoice_id)
    return invoice, False


def resolve_previous(coupa: CoupaPort, invoice_id: int) -> int:
    """Resolve open history records and integration errors that earlier attempts left.

    :param coupa: the instance.
    :param invoice_id: Coupa's id.
    :return: how many records and errors were resolved.
    """
    records = coupa.find_history_records(invoice_id)
    for record in records:
        coupa.resolve_history_record(record.id)
    errors = coupa.find_integration_errors(invoice_id)
    for error in errors:
        coupa.resolve_integration_error(error.id)
    return len(records) + len(errors)
