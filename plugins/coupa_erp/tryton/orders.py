"""Tryton's purchase orders, as far as bills are booked against them: ordered, received, billed.

What counts as billed is Tryton's own rule (module ``purchase``): every bill line whose origin is the order
line, whatever the bill's state, save those of bills that the order names as recreated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from coupa_erp.tryton.reads import Domain, TrytonReads
from coupa_erp.tryton.receipts import Receipt, decimal, in_unit, receipts, received
from coupa_erp.tryton.remark import read_remark
from coupa_erp.tryton.wire import Row

PURCHASE = "purchase.purchase"
_UNIT = ("id", "name", "digits", "factor")
_FIELDS = (
    "number",
    "state",
    "invoice_method",
    "invoices_ignored",
    "invoices_recreated",
    "company.party.code",
    "party.code",
    "invoice_party.code",
    "currency.code",
    "currency.digits",
    "lines.type",
    "lines.sequence",
    "lines.quantity",
    "lines.unit_price",
    "lines.product.type",
    *(f"lines.unit.{field}" for field in _UNIT),
    "lines.moves.state",
    "lines.moves.quantity",
    *(f"lines.moves.unit.{field}" for field in _UNIT),
    "lines.moves.from_location.type",
    "lines.moves.to_location.type",
    "lines.invoice_lines.type",
    "lines.invoice_lines.quantity",
    *(f"lines.invoice_lines.unit.{field}" for field in _UNIT),
    "lines.invoice_lines.stock_moves",
    "lines.invoice_lines.invoice.number",
    "lines.invoice_lines.invoice.state",
    "lines.invoice_lines.invoice.reference",
    "lines.invoice_lines.invoice.description",
    "lines.invoice_lines.invoice.comment",
    "lines.invoice_lines.invoice.lines",
    "lines.invoice_lines.invoice.create_date",
    "lines.invoice_lines.invoice.write_date",
)


@dataclass(frozen=True)
class BilledLine:
    """A bill line that is booked against an order line.

    :param bill: the id of its bill; ``None`` for a line that waits for one.
    :param key: what the bill's description says: the business key on one of ours.
    :param exported: whether the bill is one of the export's, under any key.
    :param waiting: whether the bill is the draft that Tryton itself keeps ready for what is not billed yet,
        and nobody has touched it.
    :param cancelled: whether the bill is one of the export's that was cancelled, and the order does not say
        whether it waits for its quantity again: it does.
    :param quantity: in the order line's unit.
    """

    id: int
    bill: int | None
    name: str
    key: str | None
    state: str
    exported: bool
    waiting: bool
    cancelled: bool
    quantity: Decimal


@dataclass(frozen=True)
class OrderLine:
    """A line of an order, with everything that was billed of it and still counts.

    :param sequence: Tryton's own number of it, where it has one.
    :param limit: how much may be billed: what was ordered, or what was received.
    :param by_receipt: whether it is the latter.
    :param receipts: the stock moves that a further bill may be for.
    """

    id: int
    sequence: int | None
    ordered: Decimal
    limit: Decimal
    by_receipt: bool
    price: Decimal
    unit: int | None
    unit_name: str
    digits: int
    product: int | None
    billed: tuple[BilledLine, ...]
    receipts: tuple[Receipt, ...]

    @property
    def direction(self) -> int:
        """-1 for what is ordered to be sent back."""
        return -1 if self.ordered < 0 else 1

    @property
    def out_of_balance(self) -> bool:
        """Whether Tryton's waiting drafts and what was billed are more than may be billed."""
        return self._beyond > 0 or any(
            line.waiting and self.direction * line.quantity < 0 for line in self.billed
        )

    @property
    def forgotten(self) -> bool:
        """Whether they are less."""
        return self._beyond < 0

    @property
    def _beyond(self) -> Decimal:
        together = sum((line.quantity for line in self.billed), Decimal(0))
        return self.direction * (together - self.limit)


@dataclass(frozen=True)
class Order:
    """A purchase order.

    :param suppliers: the codes of whom it was placed with and of whom it is billed by.
    :param digits: the decimals of its currency.
    :param waits: whether Tryton keeps drafts ready for it: by any invoice method but *Manual*.
    :param lines: what is ordered, in Tryton's order of lines, titles and comments left out.
    """

    id: int
    number: str
    state: str
    company: int
    company_code: str
    suppliers: tuple[str, ...]
    currency: str
    digits: int
    waits: bool
    lines: tuple[OrderLine, ...]

    @property
    def cancelled(self) -> set[int]:
        """Cancelled bills of which the order has to be told that it waits for their quantities again."""
        return {line.bill for own in self.lines for line in own.billed if line.cancelled and line.bill}

    @property
    def forgotten(self) -> bool:
        """Whether Tryton does not wait for all that is left: who told it of a cancelled bill ended there."""
        return self.waits and any(line.forgotten for line in self.lines)

    @property
    def superfluous(self) -> set[int]:
        """Tryton's waiting drafts of the order, where they no longer fit what was billed."""
        if not any(line.out_of_balance for line in self.lines):
            return set()
        return {line.bill for own in self.lines for line in own.billed if line.waiting and line.bill}


class Orders:
    """Reads orders.

    :param reads: the database.
    """

    def __init__(self, reads: TrytonReads) -> None:
        self._reads = reads

    def numbered(self, numbers: Iterable[str]) -> list[Order]:
        """The orders of some numbers, of all companies."""
        rows = self._reads.search_names(PURCHASE, "number", numbers, [], _FIELDS, inactive=True)
        return [_order(row) for row in rows]

    def by_ids(self, ids: set[int]) -> list[Order]:
        """Orders as they stand now."""
        domain: Domain = [["id", "in", sorted(ids)]]
        rows = self._reads.search(PURCHASE, domain, _FIELDS, inactive=True) if ids else []
        return [_order(row) for row in rows]

    def ids_of_key(self, key: str) -> set[int]:
        """The orders that the bills of a key, in any state, are booked against."""
        rows = self._reads.search(
            "account.invoice", [["type", "=", "in"], ["description", "=", key]], ["purchases"]
        )
        return {order for row in rows for order in row["purchases"]}


def _order(row: Row) -> Order:
    own_lines = {line["id"] for ordered in row["lines"] for line in ordered["invoice_lines"]}
    lines = [line for line in row["lines"] if line["type"] == "line"]
    parties = (row["party"], row["invoice_party"])
    return Order(
        id=row["id"],
        number=row["number"],
        state=row["state"],
        company=row["company"]["id"],
        company_code=row["company"]["party"]["code"],
        suppliers=tuple(party["code"] for party in parties if party),
        currency=row["currency"]["code"],
        digits=row["currency"]["digits"],
        waits=row["invoice_method"] != "manual",
        lines=tuple(_line(line, row, own_lines) for line in sorted(lines, key=_place)),
    )


def _place(line: Row) -> tuple[bool, int, int]:
    """Tryton's order of lines: those without a number first."""
    return line["sequence"] is not None, line["sequence"] or 0, line["id"]


def _line(row: Row, order: Row, own_lines: set[int]) -> OrderLine:
    unit, product, method = row["unit"], row["product"], order["invoice_method"]
    ignored, recreated = set(order["invoices_ignored"]), set(order["invoices_recreated"])
    ordered = decimal(row["quantity"])
    by_receipt = method == "fulfillment" and bool(product) and product["type"] != "service"
    billed = [line for line in row["invoice_lines"] if not _is_recreated(line, recreated)]
    return OrderLine(
        id=row["id"],
        sequence=row["sequence"],
        ordered=ordered,
        limit=received(row) if by_receipt else ordered,
        by_receipt=by_receipt,
        price=decimal(row["unit_price"]),
        unit=unit["id"] if unit else None,
        unit_name=unit["name"] if unit else "",
        # Without a unit Tryton takes any quantity.
        digits=unit["digits"] if unit else 6,
        product=product["id"] if product else None,
        billed=tuple(_billed(line, unit, own_lines, ignored) for line in billed if line["type"] == "line"),
        receipts=tuple(receipts(row, method, lambda bill: _is_waiting(bill, own_lines))),
    )


def _is_recreated(line: Row, recreated: set[int]) -> bool:
    return bool(line["invoice"]) and line["invoice"]["id"] in recreated


def _billed(row: Row, unit: Row | None, own_lines: set[int], ignored: set[int]) -> BilledLine:
    bill = row["invoice"]
    if not bill:
        named = "a line without a bill"
        return BilledLine(row["id"], None, named, None, "draft", False, False, False, in_unit(row, unit))
    exported = read_remark(bill["comment"]) is not None
    return BilledLine(
        id=row["id"],
        bill=bill["id"],
        name=bill["number"] or f"draft {bill['id']}",
        key=bill["description"],
        state=bill["state"],
        exported=exported,
        waiting=_is_waiting(bill, own_lines),
        cancelled=exported and bill["state"] == "cancelled" and bill["id"] not in ignored,
        quantity=in_unit(row, unit),
    )


def _is_waiting(bill: Row, own_lines: set[int]) -> bool:
    """Whether Tryton made the draft, for this order alone, and nobody began to make a bill of it."""
    return (
        bill["state"] == "draft"
        and not bill["number"]
        and not bill["reference"]
        and read_remark(bill["comment"]) is None
        # Tryton computes taxes after creating: in one transaction, so with one time.
        and bill["write_date"] in (None, bill["create_date"])
        and own_lines.issuperset(bill["lines"])
    )
