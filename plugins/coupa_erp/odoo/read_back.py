"""What Odoo made of a bill, compared with what was sent."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from coupa_erp.odoo.content import Content
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.names import Names
from include.errors import Refusal


def differences(wanted: Content, stands: Content, found: Found, names: Names) -> list[Refusal]:
    """Every figure of a document that is not the bill's.

    :param wanted: what was sent.
    :param stands: what was read back, with the document that was read.
    :param names: tells what the ids are called.
    """
    pairs = wanted.header_differences(stands)
    for account in sorted({line.account for line in (*wanted.lines, *stands.lines)}):
        sums = [_on_account(content, account) for content in (wanted, stands)]
        if sums[0] != sums[1]:
            code = names.accounts([account], wanted.company)[account]
            pairs.append((f"amount on account {code}", sums[0], sums[1]))
    for tax in sorted({*wanted.taxes, *stands.taxes}):
        amounts = [content.taxes.get(tax, Decimal(0)) for content in (wanted, stands)]
        if amounts[0] != amounts[1]:
            pairs.append((f"tax {names.taxes([tax])[tax]}", amounts[0], amounts[1]))
    if not pairs and not wanted.same_lines(stands):
        pairs.append(("lines", _told(wanted), _told(stands)))
    if found.document.total != wanted.total:
        pairs.append(("total", wanted.total, found.document.total))
    if found.document.tax != sum(wanted.taxes.values(), Decimal(0)):
        pairs.append(("tax", sum(wanted.taxes.values(), Decimal(0)), found.document.tax))
    return [
        Refusal(
            "READ_BACK_DIFFERS",
            f"Odoo made {found.document.number or 'a draft'} with {what} {_shown(other)} where Coupa has "
            f"{_shown(own)}; it was taken back. Ask Odoo's administrators what changes bills there.",
        )
        for what, own, other in pairs
    ]


def _on_account(content: Content, account: int) -> Decimal:
    return sum((line.amount for line in content.lines if line.account == account), Decimal(0))


def _told(content: Content) -> str:
    """Lines with equal sums differ by how they are split, by taxes or by analytic accounts."""
    lines = Counter((_shown(line.amount), len(line.taxes), len(line.analytic)) for line in content.lines)
    return ", ".join(
        f"{times} of {amount} with {taxes} taxes and {analytic} analytic"
        for (amount, taxes, analytic), times in sorted(lines.items())
    )


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        text = f"{value.normalize() + Decimal(0):f}"
        return text if "." in text and len(text.partition(".")[2]) > 1 else f"{value:.2f}"
    return str(value)
