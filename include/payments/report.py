"""What one look at the ERP's payments came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from include.payments.due import Due
from include.payments.invoice import PaidInvoice

#: So many troubles go into the XCom, and so many characters of each.
_MOST = 20
_LONGEST = 500


@dataclass
class PaymentReport:
    """Counts and totals.

    :param looked_at: invoices whose document moved in the window.
    :param settled: invoices that became paid in Coupa.
    :param reopened: invoices that were paid in Coupa, and are not any more.
    :param told: payments added in Coupa, by currency; what was taken back counts below zero.
    :param payments: how many entries that were.
    :param told_by_others: invoices whose payments somebody else enters in Coupa.
    :param trouble: a sentence for each invoice that Coupa or the books would not let us tell.
    """

    erp_name: str
    dry_run: bool
    looked_at: int = 0
    settled: int = 0
    reopened: int = 0
    payments: int = 0
    told: dict[str, Decimal] = field(default_factory=dict)
    told_by_others: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def count(self, invoice: PaidInvoice, currency: str, due: Due) -> None:
        """Count one write.

        :param invoice: as it stood before.
        """
        self.payments += len(due.drafts)
        for draft in due.drafts:
            told = self.told.get(currency, Decimal(0))
            self.told[currency] = told + invoice.side * draft.amount
        self.settled += due.paid and not invoice.paid
        self.reopened += bool(invoice.paid) and not due.paid

    @property
    def failure(self) -> str | None:
        """Why the task is red, in one sentence; ``None`` where each invoice tells what the ERP has."""
        if not self.trouble:
            return None
        untold = _many(len(self.trouble), "invoice")
        return f"What {self.erp_name} has paid of {untold} could not be told in Coupa."

    def lines(self) -> Iterator[str]:
        """The report for the log."""
        would = "would be " if self.dry_run else ""
        looked_at, payments = _many(self.looked_at, "invoice"), _many(self.payments, "payment")
        yield (
            f"{looked_at} looked at: {payments} {would}added in Coupa ({self._totals()}), "
            f"{_many(self.settled, 'invoice')} {would}paid, {self.reopened} {would}open again."
        )
        if self.told_by_others:
            yield (
                f"{len(self.told_by_others)} left alone, because somebody else enters their payments in "
                f"Coupa: {', '.join(self.told_by_others[:_MOST])}."
            )

    def summary(self) -> dict[str, Any]:
        """The report as a small XCom."""
        return {
            "dry_run": self.dry_run,
            "looked_at": self.looked_at,
            "settled": self.settled,
            "reopened": self.reopened,
            "payments": self.payments,
            "told": {currency: str(amount) for currency, amount in sorted(self.told.items())},
            "told_by_others": len(self.told_by_others),
            "trouble": [sentence[:_LONGEST] for sentence in self.trouble[:_MOST]],
            "failure": self.failure,
        }

    def _totals(self) -> str:
        return ", ".join(f"{amount} {currency}" for currency, amount in sorted(self.told.items())) or "none"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
