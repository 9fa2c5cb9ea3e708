"""A Coupa invoice as far as it tells of payments."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from pydantic import Field

from include.models.bill import Frozen
from include.models.invoice import Currency
from include.models.reading import Amount, Flag, FromCoupa, Identity, Integer, Text, Words
from include.models.text import clean

#: How a payment that this package wrote names the ERP's payment: Coupa's payment has no field for ids.
_NOTES = re.compile(r"(?P<erp>.+?) payment (?P<id>[\w.:/-]+)(?: reversed)?(?: \(.*\))?", re.ASCII | re.DOTALL)
_LONGEST_NOTES = 255


class PaymentInCoupa(FromCoupa):
    """A payment as Coupa has it."""

    id: Integer = None
    amount_paid: Amount = None
    payment_date: Text = None
    notes: Words = None

    def payment_id(self, erp_name: str) -> str | None:
        """The ERP's payment that it tells of; ``None`` where somebody else entered it."""
        told = _NOTES.fullmatch((self.notes or "").strip())
        return told["id"] if told and told["erp"] == erp_name else None


class PaidInvoice(FromCoupa):
    """An invoice and its payments."""

    id: Identity
    invoice_number: Text = None
    status: Text = None
    gross_total: Amount = None
    total_with_taxes: Amount = None
    currency: Currency | None = None
    paid: Flag = None
    payment_date: Text = None
    payments: list[PaymentInCoupa] = Field(default_factory=list)

    @property
    def shown_number(self) -> str:
        """The invoice number for logs: one harmless line of at most 80 characters."""
        return clean(self.invoice_number, 80) or f"id {self.id}"

    @property
    def side(self) -> int:
        """-1 where Coupa's amounts are below zero, so that a payment has the sign of what it pays."""
        gross = self.gross_total if self.gross_total is not None else self.total_with_taxes
        return -1 if (gross or 0) < 0 else 1


class PaymentDraft(Frozen):
    """A payment to be added in Coupa.

    :param amount: signed as Coupa's invoice; below zero (for an invoice above) it takes one back.
    :param notes: names the ERP's payment.
    """

    amount: Decimal
    date: datetime.date
    notes: str

    def body(self) -> dict[str, str]:
        """As Coupa's API takes it; the amount is a string."""
        return {
            "amount-paid": format(self.amount, "f"),
            "payment-date": self.date.isoformat(),
            "notes": self.notes,
        }


def notes_of(erp_name: str, payment_id: str, *, takes_back: bool, reference: str | None) -> str:
    """The notes of a payment, which :meth:`PaymentInCoupa.payment_id` reads back.

    :param takes_back: whether it reverses what was told before.
    :param reference: by which a person finds it in the ERP.
    """
    named = f"{erp_name} payment {payment_id}" + (" reversed" if takes_back else "")
    shown = clean(reference, 80)
    return (f"{named} ({shown})" if shown else named)[:_LONGEST_NOTES]
