"""What holds for every invoice, not only for the ones that somebody thought of."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from include.errors import ErpRejection
from include.mapping.amounts import apportion
from include.mapping.bill import map_invoice
from include.models.invoice import CoupaInvoice
from tests.include.mapping.documents import (
    KEY,
    MAPPING,
    TODAY,
    Json,
    account,
    charge,
    invoice,
    line,
    mapped,
    tax,
)

#: The same examples on every machine, however slow it is.
PROPERTY = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

ACCOUNTS = ["3004-6400-CA100", "3004-6400-CA200", "3004-6500-CA100", "3004-6600-", "3004-6999-CA234"]
CURRENCIES = {"USD": 2, "JPY": 0, "KWD": 3}


@st.composite
def consistent_invoices(draw: st.DrawFn) -> tuple[Json, Counter[str], Decimal]:
    """An invoice that adds up, its costs by ERP account and its gross total, computed beside the mapping."""
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    coin = Decimal(1).scaleb(-CURRENCIES[currency])
    coins = st.integers(-50_000, 500_000)
    costs: Counter[str] = Counter()
    lines, gross, taxes = [], Decimal(0), Decimal(0)
    for _ in range(draw(st.integers(1, 5))):
        net = draw(coins) * coin
        gross += net
        coded, amounts = _coding(draw, net, coin)
        for code, amount in amounts:
            costs[code] += amount
        kind = draw(st.sampled_from([None, "V18", "ST825", "RC19"]))
        if kind == "RC19":
            coded["tax-lines"] = [tax("RC19", "0.00", "19.0")]
        elif kind:
            amount = draw(st.integers(0, 50_000)) * coin
            coded["tax-lines"], coded["tax-amount"] = [tax(kind, str(amount))], str(amount)
            gross, taxes = gross + amount, taxes + amount
            if kind == "ST825":
                costs["not deductible"] += amount
        lines.append(line(str(net), None, **coded))
    shipping = draw(st.integers(0, 9_000)) * coin
    gross += shipping
    costs["6850"] += shipping
    others: Json = {"currency": {"code": currency}, "tax-amount": str(taxes)}
    if draw(st.booleans()):
        others["invoice-charges"] = [charge("Shipping", str(shipping))]
    if "invoice-charges" not in others or draw(st.booleans()):
        others["shipping-amount"] = str(shipping)
    return invoice(lines, str(gross), **others), costs, gross


def _coding(draw: st.DrawFn, net: Decimal, coin: Decimal) -> tuple[Json, list[tuple[str, Decimal]]]:
    erp = {code: code.split("-")[1].replace("6999", "6870") for code in ACCOUNTS}
    if draw(st.booleans()):
        code = draw(st.sampled_from(ACCOUNTS))
        return {"account": account(code)}, [(erp[code], net)]
    codes = draw(st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=4))
    shares = [draw(st.integers(-9_000, 90_000)) * coin for _ in codes[1:]]
    shares.append(net - sum(shares, Decimal(0)))
    allocations = [
        {"amount": str(share), "account": account(code)} for code, share in zip(codes, shares, strict=True)
    ]
    amounts = [(erp[code], share) for code, share in zip(codes, shares, strict=True)]
    return {"account": None, "account-allocations": allocations}, amounts


@PROPERTY
@given(consistent_invoices())
def test_every_consistent_invoice_balances_and_its_accounts_hold_what_coupa_holds(
    made: tuple[Json, Counter[str], Decimal],
) -> None:
    document, costs, gross = made
    bill = mapped(document)
    sign = -1 if bill.kind == "credit_note" else 1
    assert (bill.total * sign, bill.total >= 0) == (gross, True)
    hidden = costs.pop("not deductible", Decimal(0))
    sums: Counter[str] = Counter()
    for posting in bill.lines:
        sums[posting.account] += posting.amount * sign
    assert sum(sums.values()) == sum(costs.values()) + hidden
    if not hidden:
        assert {code: amount for code, amount in sums.items() if amount} == {
            code: amount for code, amount in costs.items() if amount
        }
    assert sum(part.amount for part in bill.taxes) * sign == gross - sum(costs.values()) - hidden


def negated(value: Any) -> Any:
    """The document with the sign of every amount turned."""
    if isinstance(value, list):
        return [negated(item) for item in value]
    if not isinstance(value, dict):
        return value
    amounts = ("total", "amount", "gross-total", "tax-amount", "shipping-amount")
    return {
        key: str(-Decimal(item)) if key in amounts and item is not None else negated(item)
        for key, item in value.items()
    }


@PROPERTY
@given(consistent_invoices())
def test_an_invoice_turned_over_is_the_credit_note_of_the_same_amounts(
    made: tuple[Json, Counter[str], Decimal],
) -> None:
    document, _, gross = made
    assume(gross)  # a total of zero has no side to turn to
    straight, turned = mapped(document), mapped(negated(document))
    financial = {"lines", "taxes", "total", "company", "supplier", "currency"}
    assert straight.model_dump(include=financial) == turned.model_dump(include=financial)
    assert {straight.kind, turned.kind} == {"invoice", "credit_note"}


@PROPERTY
@given(consistent_invoices(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_no_part_of_the_content(
    made: tuple[Json, Counter[str], Decimal], chance: random.Random
) -> None:
    document = made[0]
    document["tax-lines"] = [tax("ST825", "7.00")]
    document["tax-amount"] = None
    document["gross-total"] = str(Decimal(document["gross-total"]) + 7)
    shuffled = copy.deepcopy(document)
    chance.shuffle(shuffled["invoice-lines"])
    try:
        bill = mapped(document)
    except ErpRejection:
        return
    assert mapped(shuffled).fingerprint == bill.fingerprint


@PROPERTY
@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=12),
    st.integers(0, 4),
)
def test_shares_add_up_exactly_and_none_is_off_by_a_coin(
    coins: int, weights: list[int], decimals: int
) -> None:
    coin = Decimal(1).scaleb(-decimals)
    total = coins * coin
    shares = apportion(total, [Decimal(weight) for weight in weights], decimals)
    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        assert all(
            abs(share - total * weight / whole) < coin for share, weight in zip(shares, weights, strict=True)
        )


JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(),
        st.decimals(),
        st.text(max_size=20),
        st.sampled_from(["", " ", "NaN", "Infinity", "1e400", "1E+3", "-0.00", "1,5", "٣", "\ud800", "\x00"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=6,
)

RICH = invoice(
    [
        line(
            "100.00",
            **{
                "tax-lines": [tax("V18", "18.00")],
                "tax-amount": "18.00",
                "uom": {"code": "EA"},
                "quantity": "1",
            },
        ),
        line(
            "50.00",
            None,
            **{
                "account-allocations": [
                    {"pct": "50", "amount": "25.00", "account": account("3004-6400-CA100")},
                    {"pct": "50", "amount": "25.00", "account": account("3004-6500-CA100")},
                ],
                "withholding-tax-lines": [tax("WHT10", "5.00", "10.0")],
            },
        ),
    ],
    "178.00",
    **{
        "tax-amount": "18.00",
        "total-with-taxes": "178.00",
        "amount-due": "173.00",
        "shipping-amount": "10.00",
        "invoice-charges": [charge("Shipping", "10.00", "3004-6850-CA100")],
        "remit-to-address": {"id": 77, "remit-to-code": "RT-77"},
        "custom-fields": {"cf-project": {"id": 1, "external-ref-code": "P"}},
        "discount-amount": "1.00",
        "tcs-tax-lines": [],
    },
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document, but the id."""
    inner: list[tuple[Any, ...]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        inner += paths(item, (*path, key))
    return [path, *inner] if path and path != ("id",) else inner


@PROPERTY
@given(st.lists(st.tuples(st.sampled_from(paths(RICH)), JSON_VALUES), min_size=1, max_size=4))
def test_a_weird_invoice_is_read_travels_between_tasks_and_is_at_worst_rejected(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    document = copy.deepcopy(RICH)
    for path, value in changes:
        target: Any = document
        with contextlib.suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = value
    received = CoupaInvoice.model_validate(document)
    wire = json.dumps(received.model_dump(mode="json", by_alias=True), allow_nan=False)
    assert CoupaInvoice.model_validate(json.loads(wire)) == received
    with contextlib.suppress(ErpRejection):
        bill = map_invoice(received, MAPPING, KEY, TODAY)
        assert bill.total == bill.net + bill.tax >= 0
        assert bill.fingerprint


def test_the_rich_invoice_itself_is_accepted() -> None:
    assert mapped(RICH).total == Decimal("173.00")
