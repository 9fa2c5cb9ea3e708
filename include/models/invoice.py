"""A Coupa invoice as its API answers it, with every amount a Decimal.

Field names are those of Coupa's Swagger (R39), the nesting is that of its answers. Every model is lenient
as :class:`~include.models.reading.FromCoupa` says: ``CoupaInvoice.model_validate`` fails only for a missing
id; ``model_dump(mode="json", by_alias=True)`` travels between tasks and reads back as the same invoice.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from include.models.kept import custom_fields, json_value
from include.models.reading import (
    LONGEST_TEXT,
    Amount,
    CustomFields,
    Flag,
    FromCoupa,
    Identity,
    Integer,
    OpenRecords,
    Presence,
    Text,
    Words,
)
from include.models.records import hyphenated
from include.models.text import clean

__all__ = [
    "Account",
    "Allocation",
    "Approval",
    "Coded",
    "CoupaInvoice",
    "Currency",
    "FromCoupa",
    "InvoiceCharge",
    "InvoiceLabel",
    "InvoiceLine",
    "Supplier",
    "TaxLine",
]


class Coded(FromCoupa):
    """A reference with a code: payment term, unit, supplier site."""

    text_stands_for: ClassVar[str | None] = "code"

    id: Integer = None
    code: Text = None


class Currency(Coded):
    """A currency.

    :param decimals: the places of its smallest coin: USD 2, JPY 0, KWD 3.
    """

    decimals: Integer = None


class TaxCode(Coded):
    """A tax code of Coupa's setup.

    :param percentage: the rate, 19 for 19 %.
    """

    percentage: Amount = None


class AccountType(FromCoupa):
    """A chart of accounts."""

    text_stands_for: ClassVar[str | None] = "name"

    id: Integer = None
    name: Text = None


class Account(FromCoupa):
    """A coding combination: ``3004-6400-CA234``, with its segments ``segment-1`` to ``segment-20``."""

    text_stands_for: ClassVar[str | None] = "code"

    id: Integer = None
    code: Text = None
    account_type_id: Integer = None
    account_type: AccountType | None = None

    def segment(self, number: int, separator: str = "-") -> str | None:
        """One segment, from its own field or, where Coupa leaves that out, from the code.

        The code is "all segments concatenated with a hyphen" (Swagger). It is not cut where the segments
        that are there contradict it, for then a segment has a hyphen of its own.

        :param number: 1 to 20.
        :param separator: what joins the segments in the code.
        """
        own = self._own_segment(number)
        if own:
            return own
        pieces = (self.code or "").split(separator)
        for position, piece in enumerate(pieces, start=1):
            if (self._own_segment(position) or piece.strip()) != piece.strip():
                return None
        return (pieces[number - 1].strip() or None) if number <= len(pieces) else None

    @classmethod
    def _kept(cls, name: str, value: Any) -> Any:
        if not name.startswith("segment-") or isinstance(value, bool) or not isinstance(value, str | int):
            return None
        return None if len(str(value)) > LONGEST_TEXT else json_value(value)

    def _own_segment(self, number: int) -> str | None:
        value = (self.model_extra or {}).get(f"segment-{number}")
        return (str(value).strip() or None) if isinstance(value, str | int) else None


class Supplier(FromCoupa):
    """The supplier; ``number`` may be null."""

    text_stands_for: ClassVar[str | None] = "name"

    id: Integer = None
    number: Text = None
    name: Words = None


class RemitTo(FromCoupa):
    """Where the money goes."""

    text_stands_for: ClassVar[str | None] = "remit-to-code"

    id: Integer = None
    remit_to_code: Text = None


class TaxLine(FromCoupa):
    """One tax, withheld tax or tax collected at source.

    :param amount: Coupa's amount, never computed anew.
    :param rate: percent.
    :param taxable_amount: what the tax is on; null where it is the whole line.
    """

    holds_money: ClassVar[bool] = True

    id: Integer = None
    type: Text = None
    code: Text = None
    rate: Amount = None
    amount: Amount = None
    taxable_amount: Amount = None
    base: Amount = None
    withholding_amount: Amount = None
    tax_code: TaxCode | None = None


class Allocation(FromCoupa):
    """A share of a split line or charge."""

    holds_money: ClassVar[bool] = True

    id: Integer = None
    pct: Amount = None
    amount: Amount = None
    account: Account | None = None


class InvoiceLine(FromCoupa):
    """A line: quantity times price, or an amount (``quantity`` null)."""

    holds_money: ClassVar[bool] = True

    id: Integer = None
    line_num: Integer = None
    type: Text = None
    description: Words = None
    quantity: Amount = None
    total: Amount = None
    uom: Coded | None = None
    po_number: Text = None
    order_header_num: Text = None
    order_line_num: Text = None
    discount_amount: Amount = None
    tax_amount: Amount = None
    tax_rate: Amount = None
    tax_code: TaxCode | None = None
    tax_lines: list[TaxLine] = Field(default_factory=list)
    withholding_tax_lines: list[TaxLine] = Field(default_factory=list)
    account: Account | None = None
    account_allocations: list[Allocation] = Field(default_factory=list)
    custom_fields: CustomFields = Field(default_factory=dict)


class InvoiceCharge(FromCoupa):
    """Shipping, handling or miscellaneous, by ``type``."""

    holds_money: ClassVar[bool] = True

    id: Integer = None
    type: Text = None
    description: Words = None
    total: Amount = None
    pct: Amount = None
    tax_lines: list[TaxLine] = Field(default_factory=list)
    account: Account | None = None
    account_allocations: list[Allocation] = Field(default_factory=list)


class Approval(FromCoupa):
    """One approval of an approval chain; Coupa dates those that were given."""

    approval_date: Text = None


class InvoiceLabel(FromCoupa):
    """What a listing asks for: an id and a few labels, never the content."""

    id: Identity
    invoice_number: Text = None
    status: Text = None
    exported: Flag = None
    last_exported_at: Text = None
    updated_at: Text = None
    lock_version_key: Text = None

    @property
    def shown_number(self) -> str:
        """The invoice number for logs, labels and summaries: one harmless line of at most 80 characters."""
        return clean(self.invoice_number, 80) or f"id {self.id}"


class CoupaInvoice(InvoiceLabel):
    """The invoice itself, as the answer to mark-exported shows it.

    :param current_integration_history_records: ids of its open history records at the moment of the answer;
        ``None`` where the answer does not tell.
    :param attachments: whether files, links or notes hang on it; ``None`` where the answer does not tell.
    :param image_scan: whether it has a scan, or the address of one.
    :param absent: keys that the export needs and Coupa's answer did not have; null is not absent
        (:mod:`include.models.absence`).
    """

    holds_money: ClassVar[bool] = True

    document_type: Text = None
    is_credit_note: Flag = None
    original_invoice_number: Text = None
    invoice_date: Text = None
    net_due_date: Text = None
    currency: Currency | None = None
    payment_term: Coded | None = None
    supplier: Supplier | None = None
    remit_to_address: RemitTo | None = None
    supplier_remit_to: RemitTo | None = None
    account_type: AccountType | None = None
    paid: Flag = None
    line_level_taxation: Flag = None
    gross_total: Amount = None
    total_with_taxes: Amount = None
    amount_due: Amount = None
    tax_amount: Amount = None
    tax_rate: Amount = None
    tax_code: TaxCode | None = None
    customer_accounting_tax: Amount = None
    withholding_tax_override: Amount = None
    shipping_amount: Amount = None
    handling_amount: Amount = None
    misc_amount: Amount = None
    discount_amount: Amount = None
    amount_of_advance_payment: Amount = None
    advance_payment_received_amount: Amount = None
    tax_lines: list[TaxLine] = Field(default_factory=list)
    withholding_tax_lines: list[TaxLine] = Field(default_factory=list)
    tcs_tax_lines: list[TaxLine] = Field(default_factory=list)
    approvals: list[Approval] = Field(default_factory=list)
    invoice_charges: list[InvoiceCharge] = Field(default_factory=list)
    invoice_lines: list[InvoiceLine] = Field(default_factory=list)
    custom_fields: CustomFields = Field(default_factory=dict)
    current_integration_history_records: OpenRecords = None
    attachments: Presence = None
    image_scan: Presence = None
    image_scan_url: Presence = None
    absent: list[str] = Field(default_factory=list)

    @classmethod
    def _kept(cls, name: str, value: Any) -> Any:
        if name.startswith("cf-"):
            return custom_fields({name: value}).get(name)
        return super()._kept(name, value)

    def custom_field(self, name: str) -> Any:
        """A custom field's raw value, wherever Coupa keeps it.

        Older custom fields lie at the top level of the invoice instead of under ``custom-fields``: there they
        are known by the prefix ``cf-``, or gathered by name (:func:`~include.models.kept.with_older_fields`).

        :param name: as in Coupa's setup: ``cf-erp-invoice-number``.
        :return: text, a lookup's object, a list; ``None`` where it is empty or not there.
        """
        for fields in (self.custom_fields, self.model_extra or {}):
            for spelling in (name, hyphenated(name), name.replace("-", "_")):
                value = fields.get(spelling)
                if value not in (None, "", {}, []):
                    return value
        return None

    def approved_at(self) -> datetime.datetime | None:
        """When its last approval was given, as far as Coupa says; ``None`` where nobody had to approve it."""
        dates = (_moment(approval.approval_date) for approval in self.approvals)
        return max((date for date in dates if date), default=None)

    @property
    def may_have_files(self) -> bool:
        """Whether anything hangs on it, or whether the answer does not tell."""
        return self.attachments is None or bool(self.attachments or self.image_scan or self.image_scan_url)

    def gross(self) -> Decimal | None:
        """What it comes to: ``gross-total``, or ``total-with-taxes`` where an API filter left that out."""
        return self.gross_total if self.gross_total is not None else self.total_with_taxes


def _moment(text: str | None) -> datetime.datetime | None:
    """A moment with its zone, in UTC; ``None`` for anything else."""
    try:
        read = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read.astimezone(datetime.UTC) if read.tzinfo else None
