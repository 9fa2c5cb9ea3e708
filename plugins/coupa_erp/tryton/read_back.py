"""What Tryton made of a bill, compared with what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from coupa_erp.tryton.entry import tax_account
from coupa_erp.tryton.references import References
from include.erp_port import ErpDocument
from include.errors import Refusal
from include.models.bill import Bill


def differences(bill: Bill, references: References, stands: ErpDocument) -> list[Refusal]:
    """Every figure of the posted document that is not the bill's.

    :param bill: what was sent.
    :param references: the records that it named.
    :param stands: the document as it was read back, with its account sums.
    """
    pairs: list[tuple[str, object, object]] = [
        ("state", "posted", stands.state),
        ("document date", bill.invoice_date, stands.invoice_date),
        ("posting date", references.posting_date, stands.posting_date),
        ("company", bill.company, stands.company),
        ("supplier", bill.supplier, stands.supplier),
        ("supplier's number", bill.number, stands.supplier_number),
        ("currency", bill.currency, stands.currency),
        ("total", bill.total, stands.total),
        ("tax", bill.tax, stands.tax),
        *_sums(expected_sums(bill, references), stands.account_sums),
    ]
    if bill.total:
        pairs.append(("kind", bill.kind, stands.kind))
    refusals = [
        Refusal(
            "READ_BACK_DIFFERS",
            f"Tryton made {stands.number} with {what} {found} where Coupa has {wanted}; it was cancelled "
            "again. Ask Tryton's administrators what changes bills there.",
        )
        for what, wanted, found in pairs
        if wanted != found
    ]
    if stands.number is None:
        refusals.append(
            Refusal("READ_BACK_DIFFERS", "Tryton posted the bill without a number; it was cancelled again.")
        )
    return refusals


def expected_sums(bill: Bill, references: References) -> dict[str, Decimal]:
    """What the bill adds to each account, the taxes' own accounts included."""
    sums: dict[str, Decimal] = {}
    for line in bill.lines:
        sums[line.account] = sums.get(line.account, Decimal(0)) + line.amount
    for tax in bill.taxes:
        code = tax_account(tax, bill, references.taxes[tax.code])["code"]
        sums[code] = sums.get(code, Decimal(0)) + tax.amount
    return {code: amount for code, amount in sums.items() if amount}


def _sums(
    wanted: Mapping[str, Decimal], found: Mapping[str, Decimal]
) -> Iterator[tuple[str, object, object]]:
    for code in sorted({*wanted, *found}):
        yield f"amount on account {code}", wanted.get(code, Decimal(0)), found.get(code, Decimal(0))
