"""Debits and credits: as written down by hand, and as a bill's lines and taxes stand for them."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple, cast

from include.models.bill import Bill, BillKind

PAYABLE = "2100"
#: Where the ERP books each tax; the tax code alone decides.
TAX_ACCOUNTS = {
    "V18": "1410",
    "VST19": "1410",
    "VST7": "1410",
    "JCT10": "1410",
    "KWV5": "1410",
    "ND50": "1410",
    "RC19-IN": "1410",
    "RC19-OUT": "2410",
    "WHT10": "2420",
}


class Entry(NamedTuple):
    """One line of a move, in the document's currency, and in the company's where that is another one."""

    side: Literal["Dr", "Cr"]
    account: str
    amount: Decimal
    cost_center: str | None = None
    tax: str | None = None
    party: str | None = None
    local: Decimal | None = None


@dataclass(frozen=True)
class Books:
    """A document in the books: its head, and how often each entry stands there."""

    company: str
    supplier: str
    kind: BillKind
    number: str
    invoice_date: datetime.date
    move_date: datetime.date
    currency: str
    entries: Counter[Entry]

    def in_its_currency(self) -> Books:
        """Without the company's currency, and without what stands in that one alone."""
        plain: Counter[Entry] = Counter()
        for line, times in self.entries.items():
            if line.amount:
                plain[line._replace(local=None)] += times
        return replace(self, entries=plain)


def by_hand() -> dict[int, Books]:
    """What ``expected.txt`` says, by Coupa's id."""
    text = (Path(__file__).parent / "expected.txt").read_text(encoding="utf-8")
    paragraphs: list[list[list[str]]] = []
    for words in (line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")):
        if words[0] in ("Dr", "Cr"):
            paragraphs[-1].append(words)
        else:
            paragraphs.append([words])
    books = {int(head[0]): _document(head[1:], lines) for head, *lines in paragraphs}
    assert len(books) == len(paragraphs), "an invoice stands twice in expected.txt"
    return books


def of_bill(bill: Bill) -> Books:
    """What the bill stands for: costs and taxes against what is owed, turned round on a credit note."""
    sign = 1 if bill.kind == "invoice" else -1
    entries = [
        _entry(sign * line.amount, line.account, cost_center=line.dimensions.get("cost_center"))
        for line in bill.lines
    ]
    entries += [_entry(sign * tax.amount, TAX_ACCOUNTS[tax.code], tax=tax.code) for tax in bill.taxes]
    entries.append(_entry(-sign * bill.total, PAYABLE, party=bill.supplier))
    assert bill.posting_date is not None
    return Books(
        company=bill.company,
        supplier=bill.supplier,
        kind=bill.kind,
        number=bill.number,
        invoice_date=bill.invoice_date,
        move_date=bill.posting_date,
        currency=bill.currency,
        entries=Counter(entry for entry in entries if entry.amount),
    )


def _entry(
    amount: Decimal,
    account: str,
    *,
    cost_center: str | None = None,
    tax: str | None = None,
    party: str | None = None,
) -> Entry:
    return Entry("Dr" if amount > 0 else "Cr", account, abs(amount), cost_center, tax, party)


def _document(head: list[str], lines: list[list[str]]) -> Books:
    company, supplier, kind, number, invoice_date, move_date, currency = head
    return Books(
        company,
        supplier,
        cast(BillKind, kind),
        number,
        datetime.date.fromisoformat(invoice_date),
        datetime.date.fromisoformat(move_date),
        currency,
        Counter(_line(words) for words in lines),
    )


def _line(words: list[str]) -> Entry:
    side, account, amount, *more = words
    said = dict(zip(more[::2], more[1::2], strict=True))
    local = said.pop("local", None)
    entry = Entry(
        cast(Literal["Dr", "Cr"], side),
        account,
        Decimal(amount),
        said.pop("cc", None),
        said.pop("tax", None),
        said.pop("party", None),
        Decimal(local) if local else None,
    )
    assert not said, f"expected.txt has words that nobody reads: {said}"
    return entry
