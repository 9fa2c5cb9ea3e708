"""Carry the ERP's payments back onto Coupa's invoices: each once, whatever is repeated or killed.

Nothing is remembered between two looks. A look reads what the ERP has of each document and what Coupa tells
of its invoice, and writes the difference.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from itertools import islice

from include.errors import ExportError, RefusedByCoupa
from include.payments.due import Due, is_told_by_others, payments_due
from include.payments.invoice import PaidInvoice
from include.payments.ports import DocumentPayments, PaymentsInCoupa, PaymentSource
from include.payments.report import PaymentReport

#: Invoices that are read in one call.
_PAGE = 50


def carry_payments_back(
    coupa: PaymentsInCoupa,
    erp: PaymentSource,
    *,
    first: datetime.date,
    today: datetime.date,
    dry_run: bool = False,
) -> PaymentReport:
    """Tell in Coupa what the ERP has paid, and taken back, of the documents that moved since a day.

    An invoice that Coupa refuses does not keep the others from being told.

    :param coupa: the instance.
    :param erp: the ERP.
    :param first: the first day that is looked at (UTC).
    :param today: the last one; it dates what is taken back.
    :param dry_run: read alone.
    :raises TransientError: a system does not serve; what is told already stays, and a repeat carries on.
    """
    look = _Look(coupa, erp, today, PaymentReport(erp_name=erp.erp_name, dry_run=dry_run))
    prefix = coupa.scope.key_prefix
    listed = erp.list_payments(prefix, first, today)
    while documents := list(islice(listed, _PAGE)):
        by_id = {_invoice_id(document.key, prefix): document for document in documents}
        wanted = [invoice_id for invoice_id in by_id if invoice_id is not None]
        for invoice in coupa.read_paid_invoices(wanted):
            look.tell(invoice, by_id[invoice.id])
    return look.report


class _Untold(ExportError):
    """This one invoice cannot be told; the others can."""


@dataclass(frozen=True)
class _Look:
    coupa: PaymentsInCoupa
    erp: PaymentSource
    today: datetime.date
    report: PaymentReport

    def tell(self, invoice: PaidInvoice, document: DocumentPayments) -> None:
        self.report.looked_at += 1
        try:
            _require_readable(invoice, document)
            if is_told_by_others(invoice, document, self.erp.erp_name):
                self.report.told_by_others.append(invoice.shown_number)
                return
            due = payments_due(invoice, document, self.erp.erp_name, self.today)
            if due is None:
                return
            if not self.report.dry_run:
                self._write(invoice, document, due)
        except (_Untold, RefusedByCoupa) as why:
            self.report.trouble.append(f"{invoice.shown_number}: {why}")
        else:
            self.report.count(invoice, document.currency, due)

    def _write(self, invoice: PaidInvoice, document: DocumentPayments, due: Due) -> None:
        """Coupa's answer is read as the next look would read it: a 200 is no proof."""
        told = self.coupa.record_payments(invoice, due.drafts, paid=due.paid, payment_date=due.payment_date)
        if payments_due(told, document, self.erp.erp_name, self.today) is not None:
            raise _Untold(
                "Coupa answered well and shows other payments than it was sent: check that the API user may "
                "edit payments of invoices, and look at the invoice in Coupa."
            )


def _require_readable(invoice: PaidInvoice, document: DocumentPayments) -> None:
    unreadable = {*invoice.unreadable, *(name for one in invoice.payments for name in one.unreadable)}
    if unreadable:
        raise _Untold(f"Coupa shows values that cannot be read in {', '.join(sorted(unreadable))}.")
    code = invoice.currency.code if invoice.currency else None
    if code and code != document.currency:
        raise _Untold(
            f"Coupa's invoice is in {code}, the ERP's document {document.number} in {document.currency}: "
            "correct the document, or enter the payment in Coupa by hand."
        )


def _invoice_id(key: str, prefix: str) -> int | None:
    """The invoice that a key names; ``None`` where somebody typed what is no key of ours."""
    digits = key.removeprefix(prefix)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
