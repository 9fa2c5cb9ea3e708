"""What the export writes into a bill's terms (``narration``), and reads back from it.

The first paragraph is for the export, the rest for people. It carries, in the same write as the content, the
fingerprint of what was last sent, and the tax amounts: Odoo computes them anew whenever a bill goes back to
draft. A note in the bill's chatter, which nobody edits, keeps the fingerprint once more, for when somebody
takes the paragraph out.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from decimal import Decimal

from include.models.bill import Bill

NOTE = "Coupa export, content"
_NOTE = re.compile(rf"^{NOTE} ([0-9a-f]{{32}})$")
_TAG = re.compile(r"<[^>]*>")
_OURS = re.compile(r"Coupa export: ([0-9a-f]{32}), total ([0-9.]+), taxes((?: \d+=-?[0-9.]+)*) \(")


@dataclass(frozen=True)
class Remark:
    """What the first paragraph says.

    :param taxes: the id of Odoo's tax to its amount.
    """

    fingerprint: str
    total: Decimal
    taxes: dict[int, Decimal]


def remark_of(bill: Bill, taxes: dict[int, Decimal]) -> str:
    """The terms of a bill's document, in HTML."""
    amounts = "".join(f" {tax}={amount:f}" for tax, amount in sorted(taxes.items()))
    lines = [
        f"Coupa export: {bill.fingerprint}, total {bill.total:f}, taxes{amounts} (do not change this line)"
    ]
    if bill.purchase_orders:
        lines.append(f"Purchase orders: {', '.join(bill.purchase_orders)}")
    if bill.original_number:
        lines.append(f"Credits invoice: {bill.original_number}")
    if bill.remit_to:
        lines.append(f"Remit to: {bill.remit_to}")
    lines += [f"{name}: {value}" for name, value in sorted(bill.custom_fields.items()) if value]
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)


def read_remark(narration: str | None) -> Remark | None:
    """What the terms carry; ``None`` where somebody took it out, or the document is not ours."""
    found = _OURS.search(html.unescape(_TAG.sub("\n", narration or "")))
    if found is None:
        return None
    taxes = dict(part.split("=") for part in found.group(3).split())
    return Remark(
        found.group(1), Decimal(found.group(2)), {int(tax): Decimal(amount) for tax, amount in taxes.items()}
    )


def note_of(fingerprint: str) -> str:
    """What the note says."""
    return f"{NOTE} {fingerprint}"


def read_note(body: str | None) -> str | None:
    """The fingerprint that a message of the chatter keeps, if it does."""
    found = _NOTE.search(_TAG.sub("", body or ""))
    return found.group(1) if found else None
