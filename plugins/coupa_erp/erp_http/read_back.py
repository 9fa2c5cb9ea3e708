"""What an ERP made of a bill, compared with what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from include.erp_port import ErpDocument
from include.errors import Refusal
from include.models.bill import Bill


def differences(
    bill: Bill,
    stands: ErpDocument,
    *,
    erp: str,
    remedy: str = "it was taken back",
    accounts: bool = True,
    spelled: Callable[[str], str] = str,
) -> list[Refusal]:
    """Every figure of the posted document that is not the bill's.

    :param bill: what was sent.
    :param stands: the document as it was read back, with its sums.
    :param erp: for the messages.
    :param remedy: what became of the document.
    :param accounts: whether the accounts are the bill's; a line that is matched with its purchase order
        goes to the account that the order names.
    :param spelled: the ERP's spelling of accounts and suppliers.
    """
    pairs: list[tuple[str, object, object]] = [
        ("state", "posted", stands.state),
        ("document date", bill.invoice_date, stands.invoice_date),
        ("posting date", bill.posting_date or stands.posting_date, stands.posting_date),
        ("company", bill.company, stands.company),
        ("supplier", spelled(bill.supplier), stands.supplier),
        ("supplier's number", bill.number.upper(), (stands.supplier_number or "").upper()),
        ("currency", bill.currency, stands.currency),
        ("total", bill.total, stands.total),
        ("tax", bill.tax, stands.tax),
        *_sums("tax", _added((tax.code, tax.amount) for tax in bill.taxes), stands.tax_sums),
    ]
    if accounts:
        lines = _added((spelled(line.account), line.amount) for line in bill.lines)
        pairs += _sums("amount on account", lines, stands.line_sums)
    if bill.total:
        pairs.append(("kind", bill.kind, stands.kind))
    return [
        Refusal(
            "READ_BACK_DIFFERS",
            f"{erp} made {stands.number} with {what} {found} where Coupa has {wanted}; {remedy}. "
            f"Ask {erp}'s administrators what changes invoices there.",
        )
        for what, wanted, found in pairs
        if wanted != found
    ]


def _added(parts: Iterator[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in parts:
        sums[name] = sums.get(name, Decimal(0)) + amount
    return sums


def _sums(
    what: str, wanted: Mapping[str, Decimal], found: Mapping[str, Decimal]
) -> Iterator[tuple[str, object, object]]:
    for name in sorted({*wanted, *found}):
        yield f"{what} {name}", wanted.get(name, Decimal(0)), found.get(name, Decimal(0))
