"""What became of each invoice, as Coupa itself tells it: marks, numbers, history records, open errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["posted", "voided", "refused", "failed", "waiting", "unaccounted", "not taken"]

#: With one of these the work is not done.
UNSETTLED: tuple[Kind, ...] = ("waiting", "unaccounted", "failed")
_TAKEN = ("approved", "voided")


@dataclass(frozen=True)
class InvoiceOutcome:
    """One row of the table.

    :param erp_number: the number that stands in Coupa's custom field.
    :param why: the refusal, or why nothing was done.
    """

    invoice: Json
    kind: Kind
    erp_number: str | None = None
    why: str = ""

    @property
    def number(self) -> str:
        """The supplier's invoice number."""
        return str(self.invoice["invoice-number"])

    @property
    def currency(self) -> str:
        """The document's currency."""
        return str(self.invoice["currency"]["code"])

    @property
    def total(self) -> Decimal:
        """Coupa's gross total."""
        return Decimal(str(self.invoice["gross-total"] or 0))

    @property
    def in_the_books(self) -> bool:
        """Whether the ERP must hold it now."""
        return self.kind == "posted" and self.invoice["status"] == "approved"


def outcomes_of(
    invoices: Iterable[Json], history: Iterable[Json], open_errors: Iterable[Json]
) -> list[InvoiceOutcome]:
    """Judge every invoice by what stands beside it in Coupa.

    :param invoices: all of them.
    :param history: every integration history record.
    :param open_errors: the integration errors that nobody has resolved.
    """
    succeeded = {
        record["document-id"]: record for record in history if str(record.get("status")).lower() == "success"
    }
    errors = {error["document-id"]: error for error in open_errors}
    return [
        _outcome(invoice, succeeded.get(invoice["id"]), errors.get(invoice["id"]))
        for invoice in sorted(invoices, key=lambda one: int(one["id"]))
    ]


def _outcome(invoice: Json, success: Json | None, error: Json | None) -> InvoiceOutcome:
    number = (invoice.get("custom-fields") or {}).get("cf-erp-invoice-number") or None
    if error is not None:
        technical = error.get("contact-alert-type") == "Technical"
        return InvoiceOutcome(invoice, "failed" if technical else "refused", number, _messages(error))
    if invoice["status"] not in _TAKEN:
        return InvoiceOutcome(invoice, "not taken", number, f"status {invoice['status']}")
    return _taken(invoice, number, success)


def _taken(invoice: Json, number: str | None, success: Json | None) -> InvoiceOutcome:
    if not invoice["exported"]:
        return InvoiceOutcome(invoice, "waiting", number, "not exported yet")
    if success is None:
        return _without_record(invoice, number)
    if invoice["status"] == "voided":
        return InvoiceOutcome(invoice, "voided", number, _messages(success))
    if not number:
        return InvoiceOutcome(invoice, "unaccounted", None, "a success is recorded, but no number of the ERP")
    return InvoiceOutcome(invoice, "posted", number)


def _without_record(invoice: Json, number: str | None) -> InvoiceOutcome:
    """Exported, and not by this export, or it would have left a record."""
    if number:
        return InvoiceOutcome(invoice, "not taken", number, f"exported earlier, as {number}")
    if invoice.get("paid"):
        return InvoiceOutcome(invoice, "not taken", None, "exported and paid earlier")
    return InvoiceOutcome(invoice, "unaccounted", None, "exported, and Coupa shows no outcome")


def _messages(record: Json) -> str:
    said = [str(response.get("response-message") or "") for response in record.get("responses") or []]
    return "; ".join(message for message in said if message)
