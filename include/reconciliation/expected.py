"""A Coupa invoice as the ERP should hold it, cut down to what is compared: ten thousand of them fit."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal

from include.errors import ErpRejection
from include.export.claim import facts_of
from include.mapping.bill import map_invoice
from include.mapping.settings import Mapping
from include.mapping.sign import orientation
from include.models.bill import Bill, BillKind, Frozen
from include.models.invoice import CoupaInvoice
from include.scope import CoupaScope


class ExpectedBill(Frozen):
    """What the mapping makes of an approved invoice.

    :param line_sums: what its lines add to each account.
    :param tax_sums: its taxes by the ERP's tax code.
    :param fingerprints: what a document with this content may carry.
    """

    company: str
    supplier: str
    number: str
    kind: BillKind
    invoice_date: datetime.date
    currency: str
    total: Decimal
    tax: Decimal
    line_sums: dict[str, Decimal]
    tax_sums: dict[str, Decimal]
    fingerprints: tuple[str, str]


class Expected(Frozen):
    """One invoice, as Coupa shows it.

    :param erp_number: the ERP's number as Coupa holds it.
    :param total: what is owed, below zero for a credit; ``None`` where Coupa shows no total.
    :param bill: ``None`` where it is not approved, or the mapping refuses it.
    :param refusal: why the mapping refuses it now.
    """

    id: int
    number: str
    status: str | None
    exported: bool
    updated_at: datetime.datetime | None
    erp_number: str | None
    currency: str | None
    total: Decimal | None
    bill: ExpectedBill | None = None
    refusal: str | None = None

    @property
    def approved(self) -> bool:
        """Whether the ERP is to hold it."""
        return self.status == "approved"


def expected_of(invoice: CoupaInvoice, scope: CoupaScope, mapping: Mapping, today: datetime.date) -> Expected:
    """The invoice through the mapping, as the export would send it now.

    :param invoice: as Coupa shows it, whole.
    :param scope: the connection's settings.
    :param mapping: the mapping settings.
    :param today: for the posting date policy ``today``, which is not compared.
    """
    facts = facts_of(invoice, scope)
    gross = invoice.gross()
    bill, refusal = None, None
    if invoice.status == "approved":
        try:
            bill = map_invoice(invoice, mapping, scope.key(invoice.id), today)
        except ErpRejection as refused:
            refusal = str(refused)
    credit = (bill.kind if bill else orientation(invoice).kind) == "credit_note"
    owed = bill.total if bill else abs(gross) if gross is not None else None
    return Expected(
        id=invoice.id,
        number=facts.invoice_number,
        status=invoice.status,
        exported=bool(invoice.exported),
        updated_at=moment(invoice.updated_at),
        erp_number=facts.erp_number_in_coupa,
        currency=bill.currency if bill else facts.currency,
        total=-owed if owed is not None and credit else owed,
        bill=_reduced(bill) if bill else None,
        refusal=refusal,
    )


def moment(text: str | None) -> datetime.datetime | None:
    """A point in time as Coupa writes it, in UTC where it names no zone; ``None`` where it is none.

    :param text: ``2026-03-05T16:40:22-08:00``.
    """
    try:
        read = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=datetime.UTC)


def _reduced(bill: Bill) -> ExpectedBill:
    return ExpectedBill(
        company=bill.company,
        supplier=bill.supplier,
        number=bill.number,
        kind=bill.kind,
        invoice_date=bill.invoice_date,
        currency=bill.currency,
        total=bill.total,
        tax=bill.tax,
        line_sums=_sums((line.account, line.amount) for line in bill.lines),
        tax_sums=_sums((tax.code, tax.amount) for tax in bill.taxes),
        fingerprints=bill.fingerprints,
    )


def _sums(parts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in parts:
        sums[name] = sums.get(name, Decimal(0)) + amount
    return {name: amount for name, amount in sums.items() if amount}
