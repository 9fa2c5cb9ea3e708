"""Coupa's totals beside the ledger's, by currency and account; equal to the cent or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from include.demo.expected_books import expected_books
from include.demo.ledger import LedgerLine
from include.demo.outcomes import InvoiceOutcome

ACCOUNT_NAMES = {
    "1300": "Prepayments to suppliers",
    "1410": "Input VAT",
    "2100": "Accounts payable",
    "2410": "VAT due (reverse charge)",
    "2420": "Withholding tax payable",
    "6400": "IT hardware",
    "6500": "Services",
    "6600": "Travel",
    "6700": "Office supplies",
    "6710": "Rent",
    "6800": "Marketing",
    "6850": "Freight",
    "6860": "Handling",
    "6870": "Other charges",
    "6880": "Discounts received",
    "6890": "Rounding differences",
}


@dataclass(frozen=True)
class Row:
    """One sum on both sides; debits are positive.

    :param decimals: of the currency.
    """

    currency: str
    account: str
    coupa: Decimal
    ledger: Decimal
    decimals: int

    @property
    def difference(self) -> Decimal:
        """Zero, or something is wrong."""
        return self.ledger - self.coupa


@dataclass(frozen=True)
class Comparison:
    """Both sides.

    :param documents: by currency, how many invoices Coupa has as posted, and how many documents the ledger.
    :param quarrels: what does not fit, one sentence each; empty when the books agree.
    :param others: documents of the ledger that are not this Coupa's.
    """

    rows: list[Row]
    documents: dict[str, tuple[int, int]]
    quarrels: list[str] = field(default_factory=list)
    others: int = 0

    @property
    def agrees(self) -> bool:
        """Whether everything is equal."""
        return not self.quarrels


def compare(
    outcomes: Iterable[InvoiceOutcome], ledger: Iterable[LedgerLine], instance_key: str
) -> Comparison:
    """Put Coupa's posted invoices beside the ledger's live documents.

    :param outcomes: every invoice of Coupa.
    :param ledger: every move line of a live supplier document.
    :param instance_key: this Coupa's name, with which the keys of its documents begin.
    """
    lines = list(ledger)
    ours = [line for line in lines if line.key.startswith(f"{instance_key}/")]
    expected = [outcome for outcome in outcomes if outcome.in_the_books]
    decimals = {outcome.currency: int(outcome.invoice["currency"]["decimals"]) for outcome in expected}
    coupa_sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for outcome in expected:
        for account, amount in expected_books(outcome.invoice).items():
            coupa_sums[outcome.currency, account] += amount
    ledger_sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in ours:
        if line.amount:  # a line in the company's currency alone is no part of the document
            ledger_sums[line.currency, line.account] += line.amount
    rows = [
        Row(
            currency,
            account,
            coupa_sums[currency, account],
            ledger_sums[currency, account],
            decimals.get(currency, 2),
        )
        for currency, account in sorted(coupa_sums.keys() | ledger_sums.keys())
    ]
    numbers = {line.number: line for line in ours}
    return Comparison(
        rows=rows,
        documents=_documents(expected, numbers),
        quarrels=[*_sums_that_differ(rows), *_documents_that_differ(expected, numbers, instance_key)],
        others=len({line.number for line in lines} - numbers.keys()),
    )


def _documents(
    expected: list[InvoiceOutcome], ledger: Mapping[str, LedgerLine]
) -> dict[str, tuple[int, int]]:
    currencies = sorted({one.currency for one in expected} | {line.currency for line in ledger.values()})
    return {
        currency: (
            sum(one.currency == currency for one in expected),
            sum(line.currency == currency for line in ledger.values()),
        )
        for currency in currencies
    }


def _sums_that_differ(rows: list[Row]) -> list[str]:
    return [
        f"{row.currency}, account {row.account}: Coupa {row.coupa}, ledger {row.ledger}, "
        f"a difference of {row.difference}."
        for row in rows
        if row.difference
    ]


def _documents_that_differ(
    expected: list[InvoiceOutcome], ledger: Mapping[str, LedgerLine], instance_key: str
) -> list[str]:
    quarrels = []
    in_coupa = {f"{instance_key}/InvoiceHeader/{one.invoice['id']}": one for one in expected}
    by_key: dict[str, list[str]] = defaultdict(list)
    for line in ledger.values():
        by_key[line.key].append(line.number)
    for key, one in in_coupa.items():
        numbers = by_key.pop(key, [])
        if len(numbers) > 1:
            quarrels.append(f"{one.number} stands in the ledger {len(numbers)} times: {', '.join(numbers)}.")
        elif numbers != [one.erp_number]:
            stands = f"as {numbers[0]}" if numbers else "not at all"
            quarrels.append(f"{one.number} is {one.erp_number} in Coupa and stands in the ledger {stands}.")
    quarrels += [
        f"{', '.join(numbers)} ({key}) is live in the ledger, in Coupa it is not posted."
        for key, numbers in by_key.items()
    ]
    return quarrels
