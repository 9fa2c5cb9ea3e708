"""What S/4HANA made of a bill, compared with what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from coupa_erp.s4hana.connection import S4HanaSettings
from coupa_erp.s4hana.entry import matched
from coupa_erp.s4hana.wire import without_zeros
from include.erp_port import ErpDocument
from include.errors import Refusal
from include.models.bill import Bill


def differences(bill: Bill, stands: ErpDocument, settings: S4HanaSettings) -> list[Refusal]:
    """Every figure of the posted document that is not the bill's.

    The sum of an account is compared where the bill names the account; a line that is matched with its
    purchase order goes to the account that the order names.

    :param bill: what was sent.
    :param stands: the document as it was read back, with its sums.
    """
    pairs: list[tuple[str, object, object]] = [
        ("state", "posted", stands.state),
        ("document date", bill.invoice_date, stands.invoice_date),
        ("posting date", bill.posting_date, stands.posting_date),
        ("company code", bill.company, stands.company),
        ("supplier", without_zeros(bill.supplier), stands.supplier),
        ("supplier's number", bill.number.upper(), (stands.supplier_number or "").upper()),
        ("currency", bill.currency, stands.currency),
        ("total", bill.total, stands.total),
        ("tax", bill.tax, stands.tax),
        *_sums("tax", _by_tax(bill), stands.tax_sums),
    ]
    if not any(matched(line, settings) for line in bill.lines):
        pairs += _sums("amount on account", _by_account(bill), stands.line_sums)
    if bill.total:
        pairs.append(("kind", bill.kind, stands.kind))
    return [
        Refusal(
            "READ_BACK_DIFFERS",
            f"S/4HANA made {stands.number} with {what} {found} where Coupa has {wanted}; it was cancelled "
            "again. Ask S/4HANA's administrators what changes invoices there.",
        )
        for what, wanted, found in pairs
        if wanted != found
    ]


def _by_account(bill: Bill) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for line in bill.lines:
        account = without_zeros(line.account)
        sums[account] = sums.get(account, Decimal(0)) + line.amount
    return sums


def _by_tax(bill: Bill) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for tax in bill.taxes:
        sums[tax.code] = sums.get(tax.code, Decimal(0)) + tax.amount
    return sums


def _sums(
    what: str, wanted: Mapping[str, Decimal], found: Mapping[str, Decimal]
) -> Iterator[tuple[str, object, object]]:
    for name in sorted({*wanted, *found}):
        yield f"{what} {name}", wanted.get(name, Decimal(0)), found.get(name, Decimal(0))
