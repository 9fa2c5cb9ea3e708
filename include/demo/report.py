"""The end of ``make run``: each invoice and what became of it, both sides' totals, and a verdict."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Callable, Collection
from decimal import Decimal

from include.demo.comparison import ACCOUNT_NAMES, Comparison, Row
from include.demo.outcomes import UNSETTLED, InvoiceOutcome

Say = Callable[[str], None]

_NARROWEST, _WIDEST = 88, 132
_NUMBER, _AMOUNT, _KIND = 16, 15, 9
_INDENT = 2 + _NUMBER + 1 + 3 + 1 + _AMOUNT + 2 + _KIND + 2


def print_report(
    outcomes: list[InvoiceOutcome], comparison: Comparison, meant_for_the_books: Collection[int], say: Say
) -> bool:
    """Print everything.

    :param meant_for_the_books: ids of invoices that nothing speaks against.
    :param say: takes one line.
    :return: whether every invoice has its outcome and the books agree.
    """
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((110, 24)).columns))
    objections = [f"{one.number}: {one.why}." for one in outcomes if one.kind in UNSETTLED]
    objections += [
        f"{one.number} is refused, and is not one of those made to be refused."
        for one in outcomes
        if one.kind == "refused" and one.invoice["id"] in meant_for_the_books
    ]
    objections += comparison.quarrels
    for line in [
        *invoice_lines(outcomes, width),
        "",
        *book_lines(comparison, width),
        "",
        *verdict_lines(outcomes, comparison, objections),
    ]:
        say(line)
    return not objections


def invoice_lines(outcomes: list[InvoiceOutcome], width: int) -> list[str]:
    """The table of invoices.

    :param width: columns of the terminal.
    """
    title = f"  {'Invoice':<{_NUMBER}} {'Coupa: gross total':>{_AMOUNT + 4}}  {'':<{_KIND}}  "
    lines = [title + "Number in the ERP, or why not", "  " + "-" * (width - 2)]
    for one in outcomes:
        start = (
            f"  {_cut(one.number, _NUMBER):<{_NUMBER}} {one.currency} "
            f"{money(one.total, int(one.invoice['currency']['decimals'])):>{_AMOUNT}}  {one.kind:<{_KIND}}  "
        )
        said = one.erp_number if one.kind == "posted" else one.why
        wrapped = textwrap.wrap(said or "", width - _INDENT) or [""]
        lines.append((start + wrapped[0]).rstrip())
        lines += [" " * _INDENT + more for more in wrapped[1:]]
    return lines


def book_lines(comparison: Comparison, width: int) -> list[str]:
    """The totals by currency and account.

    :param width: columns of the terminal.
    """
    head = f"  {'Account':<34} {'Coupa':>18} {'Tryton ledger':>18} {'difference':>12}"
    lines = [head, "  " + "-" * (min(width, len(head)) - 2)]
    for currency, (in_coupa, in_ledger) in comparison.documents.items():
        lines.append(f"  {currency}: {in_coupa} invoices in Coupa, {in_ledger} documents in the ledger")
        rows = [row for row in comparison.rows if row.currency == currency]
        lines += [_book_line(row) for row in rows]
        debits = Row(
            currency,
            "all debits",
            sum((row.coupa for row in rows if row.coupa > 0), Decimal(0)),
            sum((row.ledger for row in rows if row.ledger > 0), Decimal(0)),
            rows[0].decimals if rows else 2,
        )
        lines.append(_book_line(debits))
    return lines


def verdict_lines(outcomes: list[InvoiceOutcome], comparison: Comparison, objections: list[str]) -> list[str]:
    """The last word.

    :param objections: what is not as it should be, one sentence each.
    """
    counts = Counter(one.kind for one in outcomes)
    told = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    lines = [f"{len(outcomes)} invoices in Coupa: {told}."]
    if comparison.others:
        lines.append(
            f"{comparison.others} documents in the ledger are not this Coupa's; they were left aside."
        )
    lines += [f"  {objection}" for objection in objections]
    if not comparison.agrees:
        lines.append("THE BOOKS DO NOT AGREE: see the differences above.")
    elif objections:
        lines.append("THE BOOKS AGREE, but not every invoice came to its end: see above.")
    else:
        lines.append("THE BOOKS AGREE: Coupa and Tryton's ledger are equal to the cent, account by account.")
    return lines


def money(amount: Decimal, decimals: int) -> str:
    """An amount as it is read.

    :param decimals: at least so many; never fewer than the amount has.
    """
    exponent = amount.normalize().as_tuple().exponent
    places = max(decimals, -exponent if isinstance(exponent, int) else 0)
    return f"{amount:,.{places}f}"


def _book_line(row: Row) -> str:
    name = f"{row.account} {ACCOUNT_NAMES.get(row.account, '')}".strip()
    difference = money(row.difference, row.decimals) if row.difference else "0"
    return (
        f"    {_cut(name, 32):<32} {money(row.coupa, row.decimals):>18} "
        f"{money(row.ledger, row.decimals):>18} {difference:>12}"
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
