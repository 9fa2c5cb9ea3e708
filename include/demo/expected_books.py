"""What an invoice must come to in the books, from Coupa's JSON alone.

An accountant's second opinion: it knows the demo's world (accounts, tax codes) and nothing of the mapping,
its settings file or its models, so that an error of theirs cannot hide on both sides of the comparison. It
covers what the sandbox's invoices hold, for each account in the document's currency.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]
Books = dict[str, Decimal]

PAYABLE = "2100"
_PREPAYMENTS, _INPUT_TAX, _REVERSE_TAX, _WITHHOLDING = "1300", "1410", "2410", "2420"
_DISCOUNT, _ROUNDING = "6880", "6890"
_CHARGES = {"Shipping": "6850", "Handling": "6860", "Misc": "6870"}
_RENAMED = {"6999": "6870"}
_TOLERANCE = Decimal("0.02")

#: The part of a tax that is no cost of ours; what is missing is recoverable in full.
_DEDUCTIBLE = {"ST825": Decimal(0), "ND50": Decimal("0.5")}
_REVERSE_CHARGE = ("RC19",)


def expected_books(invoice: Json) -> Books:
    """Debits (positive) and credits (negative) by account, with what is owed to the supplier.

    :param invoice: an invoice of Coupa's API, amounts as strings or Decimals.
    """
    cent = Decimal(1).scaleb(-int(invoice["currency"]["decimals"]))
    books: Books = defaultdict(Decimal)
    gross = _amount(invoice["gross-total"])
    lines = [_Part(line, None, cent) for line in invoice["invoice-lines"]]
    charges = [_charge(charge, cent) for charge in invoice["invoice-charges"]]
    for part in [*lines, *charges]:
        part.book(books)
    _book_header_taxes(invoice, lines, books, cent)
    _book_charges_of_the_header(invoice, books)
    withheld = _book_withholding(invoice, books)
    _book_discount(invoice, books, gross + withheld)
    advance = _amount(invoice.get("amount-of-advance-payment"))
    books[_PREPAYMENTS] -= advance
    owed = gross + withheld - advance
    rest = owed - sum(books.values())
    if abs(rest) <= _TOLERANCE:
        books[_ROUNDING] += rest
    books[PAYABLE] -= owed
    sign = -1 if invoice.get("document-type") == "Credit Note" or invoice.get("is-credit-note") else 1
    return {account: sign * amount for account, amount in books.items() if amount}


class _Part:
    """A line or a charge: its shares by account, and its taxes."""

    def __init__(self, part: Json, default: str | None, cent: Decimal) -> None:
        self.total = _rounded(_amount(part["total"]), cent)
        self._taxes = part.get("tax-lines") or []
        self._cent = cent
        self.shares = self._shares(part, default)

    def book(self, books: Books) -> None:
        for account, amount in self.shares:
            books[account] += amount
        for tax in self._taxes:
            _book_tax(tax, self.shares, books, self._cent)

    def _shares(self, part: Json, default: str | None) -> list[tuple[str, Decimal]]:
        allocations = part.get("account-allocations") or []
        if not allocations:
            return [(_account(part.get("account"), default), self.total)]
        amounts = [
            _amount(one["amount"])
            if one.get("amount") not in (None, "")
            else _rounded(self.total * _amount(one["pct"]) / 100, self._cent)
            for one in allocations
        ]
        if all(one.get("amount") in (None, "") for one in allocations):
            amounts[-1] = self.total - sum(amounts[:-1])  # percentages of an odd cent leave a rest
        accounts = [_account(one["account"], default) for one in allocations]
        return list(zip(accounts, amounts, strict=True))


def _charge(charge: Json, cent: Decimal) -> _Part:
    kind = charge["type"].removeprefix("Invoice").removesuffix("Charge")
    return _Part(charge, _CHARGES[kind], cent)


def _book_tax(tax: Json, shares: list[tuple[str, Decimal]], books: Books, cent: Decimal) -> None:
    code, amount = tax.get("code"), _amount(tax.get("amount"))
    if code in _REVERSE_CHARGE:
        due = amount or _rounded(_amount(tax["taxable-amount"]) * _amount(tax["rate"]) / 100, cent)
        books[_INPUT_TAX] += due
        books[_REVERSE_TAX] -= due
        return
    recoverable = _rounded(amount * _DEDUCTIBLE.get(code or "", Decimal(1)), cent)
    books[_INPUT_TAX] += recoverable
    _spread(amount - recoverable, shares, books, cent)


def _spread(cost: Decimal, shares: list[tuple[str, Decimal]], books: Books, cent: Decimal) -> None:
    """Give each share its part of a cost; what rounding leaves goes to the greatest one."""
    total = sum((amount for _, amount in shares), Decimal(0))
    if not cost or not total:
        return
    parts = [(account, _rounded(cost * amount / total, cent)) for account, amount in shares]
    for account, part in parts:
        books[account] += part
    greatest = max(shares, key=lambda share: abs(share[1]))[0]
    books[greatest] += cost - sum((part for _, part in parts), Decimal(0))


def _book_header_taxes(invoice: Json, lines: list[_Part], books: Books, cent: Decimal) -> None:
    taxes = invoice.get("tax-lines") or []
    on_parts = any(part.get("tax-lines") for part in invoice["invoice-lines"] + invoice["invoice-charges"])
    if not taxes and not on_parts and _amount(invoice.get("tax-amount")):
        taxes = [{"code": invoice["tax-code"]["code"], "amount": invoice["tax-amount"]}]
    shares = [share for line in lines for share in line.shares]
    for tax in taxes:
        _book_tax(tax, shares, books, cent)


def _book_charges_of_the_header(invoice: Json, books: Books) -> None:
    for kind, account in _CHARGES.items():
        if not any(charge["type"] == f"Invoice{kind}Charge" for charge in invoice["invoice-charges"]):
            books[account] += _amount(invoice.get(f"{kind.lower()}-amount"))


def _book_withholding(invoice: Json, books: Books) -> Decimal:
    """Book what is kept for the tax office.

    :return: the same, negative.
    """
    parts = [invoice, *invoice["invoice-lines"]]
    kept = sum(
        (_amount(tax["amount"]) for part in parts for tax in part.get("withholding-tax-lines") or []),
        Decimal(0),
    )
    books[_WITHHOLDING] -= kept
    return -kept


def _book_discount(invoice: Json, books: Books, net_of_withholding: Decimal) -> None:
    """Only where the total has deducted it already; else it is an offer for paying early."""
    discount = _amount(invoice.get("discount-amount"))
    if discount and abs(sum(books.values()) - discount - net_of_withholding) <= _TOLERANCE:
        books[_DISCOUNT] -= discount


def _account(account: Json | None, default: str | None) -> str:
    if account is None:
        if default is None:
            raise ValueError("a line without an account has no place in the books")
        return default
    code = str(account["segment-2"])
    return _RENAMED.get(code, code)


def _amount(value: Any) -> Decimal:
    return Decimal(0) if value in (None, "") else Decimal(str(value))


def _rounded(amount: Decimal, cent: Decimal) -> Decimal:
    return amount.quantize(cent, ROUND_HALF_UP)
