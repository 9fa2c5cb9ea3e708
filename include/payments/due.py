"""What Coupa is to be told of an invoice's payments: the difference between both sides, by payment."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from include.payments.invoice import PaidInvoice, PaymentDraft, notes_of
from include.payments.ports import DocumentPayments


@dataclass(frozen=True)
class Due:
    """One write to one invoice.

    :param drafts: payments to add; those that take one back among them.
    :param payment_date: the day of the payment that settled it; ``None`` while it is not settled.
    """

    drafts: tuple[PaymentDraft, ...]
    paid: bool
    payment_date: datetime.date | None


def is_told_by_others(invoice: PaidInvoice, document: DocumentPayments, erp_name: str) -> bool:
    """Whether somebody else says in Coupa how the invoice is paid: a person, Coupa Pay, another integration.

    What they say is theirs to correct, and beside it each payment would stand twice.

    :param invoice: as Coupa shows it.
    :param document: as the ERP has it.
    :param erp_name: how our own payments are known.
    """
    if any(payment.payment_id(erp_name) is None for payment in invoice.payments):
        return True
    return bool(invoice.paid) and not invoice.payments and not document.settled


def payments_due(
    invoice: PaidInvoice, document: DocumentPayments, erp_name: str, today: datetime.date
) -> Due | None:
    """What must be written so that Coupa tells what the ERP has; ``None`` where it does already.

    A payment is known by the ERP's id. Told with another amount, or gone from the ERP, it gets a second
    entry of the difference: in Coupa nothing is ever deleted.

    :param invoice: as Coupa shows it.
    :param document: as the ERP has it.
    :param erp_name: how our own payments are known.
    :param today: dates what is taken back: the ERP does not keep when it forgot a payment.
    """
    told = _net(
        (payment.payment_id(erp_name), payment.amount_paid or Decimal(0)) for payment in invoice.payments
    )
    made = _net((payment.payment_id, invoice.side * payment.amount) for payment in document.payments)
    by_id = {payment.payment_id: payment for payment in document.payments}
    drafts = []
    for payment_id in {**told, **made}:
        amount = made.get(payment_id, Decimal(0)) - told.get(payment_id, Decimal(0))
        if payment_id and amount:
            payment = by_id.get(payment_id)
            takes_back = invoice.side * amount < 0
            reference = payment.reference if payment else None
            notes = notes_of(erp_name, payment_id, takes_back=takes_back, reference=reference)
            date = payment.date if payment and not takes_back else today
            drafts.append(PaymentDraft(amount=amount, date=date, notes=notes))
    if not drafts and bool(invoice.paid) == document.settled:
        return None
    last = max((payment.date for payment in document.payments), default=None)
    return Due(
        drafts=tuple(sorted(drafts, key=lambda draft: (draft.date, draft.notes))),
        paid=document.settled,
        payment_date=last if document.settled else None,
    )


def _net(amounts: Iterable[tuple[str | None, Decimal]]) -> dict[str | None, Decimal]:
    sums: dict[str | None, Decimal] = {}
    for name, amount in amounts:
        sums[name] = sums.get(name, Decimal(0)) + amount
    return sums
