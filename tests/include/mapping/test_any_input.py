"""Whatever stands in an answer: a bill that agrees with Coupa, or a refusal that an accountant can read."""

from __future__ import annotations

import copy
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coupa_erp.coupa.failures import BeyondBounds
from include.errors import ErpRejection, Refusal
from include.mapping.case import MOST_REFUSALS
from include.models.bill import Bill
from tests.include.mapping.answers import Path, answer, bill_of, ids, paths, received
from tests.include.mapping.documents import Json, account, invoice, line, mapped, message, refusals

#: The same examples on every machine, however slow it is.
PROPERTY = settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

PLACE = r"Header|Shipping|Handling|Miscellaneous|(Line -?|Charge )\d+(, allocation \d+)?"

NASTY_TEXTS = [
    "",
    "   ",
    "\x00",
    "INV\x00-1",
    "\ud800",
    "a\udfffb",
    "\u202e1-VNI",
    "INV-1\u200b",
    "INV\u00ad1",
    "INV-1\n\x1b[31mERROR forged line",
    "{{ 7 * 7 }}",
    "{% raise %}",
    "${jndi:ldap://x}",
    "{segment-2}",
    "{0.__class__}",
    "%s %(x)s",
    "<script>alert(1)</script>",
    "'; DROP TABLE account_invoice; --",
    "👩\u200d💻 漢字 שלום",
    "x" * 300,
    "y" * 20_000,
]
NASTY_AMOUNTS = [
    "1,234.56",
    " 100.00 ",
    "100.00 USD",
    "-0.00",
    "100.00000000000000000000",
    "0.12345678901234567891",
    "1E400",
    "NaN",
    "Infinity",
    "1e2",
    "0x10",
    "٣",
    "--5",
    "1.180,00",
    "100.01",
    "-18.00",
    1180,
    10**30,
    -1,
]
NASTY_DATES = [
    "2026-03-01",
    "2026-03-01T00:00:00Z",
    "2026-03-01T23:30:00+14:00",
    "2026-02-30T00:00:00-08:00",
    "2026-03-01 to 2026-04-01",
    "0206-03-01",
    "01.03.2026",
    "2026-13-01",
]
NASTY_SHAPES: list[Any] = [
    None,
    True,
    False,
    {},
    [],
    [[]],
    [None],
    {"id": 1},
    [{"id": 1}, {"id": 2}],
    {"": ""},
]
DEEP: Any = "x"
for _ in range(40):
    DEEP = {"amount": [DEEP]}

VALUES = st.one_of(
    st.sampled_from([*NASTY_TEXTS, *NASTY_AMOUNTS, *NASTY_DATES, *NASTY_SHAPES, DEEP]),
    st.decimals(-(10**9), 10**9, places=2).map(str),
    st.text(max_size=30),
    st.integers(),
)


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """One of the sixty with up to four places changed, cut out or doubled."""
    document = answer(draw(st.sampled_from(ids())))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list(paths(document))))
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        kind = draw(st.sampled_from(["value", "value", "value", "cut", "twice", "other"]))
        if kind == "cut":
            del target[path[-1]]
        elif kind == "twice" and isinstance(target, list):
            target.append(copy.deepcopy(target[path[-1]]))
        elif kind == "other":
            other = draw(st.sampled_from(list(paths(document))))
            target[path[-1]] = copy.deepcopy(at(document, other))
        else:
            # A copy: a value that is drawn twice must not come to lie within itself.
            target[path[-1]] = copy.deepcopy(draw(VALUES))
    return document


def at(document: Json, path: Path) -> Any:
    found: Any = document
    for step in path:
        found = found[step]
    return found


@PROPERTY
@given(mutated())
def test_a_mutated_invoice_is_a_bill_that_agrees_with_coupa_or_a_refusal(document: Json) -> None:
    try:
        bill = bill_of(document)
    except ErpRejection as rejection:
        assert_readable(rejection.refusals)
    except BeyondBounds:
        return  # the hook refuses such an answer by name
    else:
        assert_agrees(bill, document)


def assert_agrees(bill: Bill, document: Json) -> None:
    assert bill.total == bill.net + bill.tax >= 0
    gross = Decimal(str(document.get("gross-total") or document["total-with-taxes"]).strip())
    kept_back = [-tax.amount for tax in bill.taxes if tax.code == "WHT10"]
    shifted = [tax.amount for tax in bill.taxes if tax.code == "RC19-IN"]
    advance = [-posting.amount for posting in bill.lines if posting.place == "Advance payment"]
    beside = [sum(amounts, Decimal(0)) for amounts in (kept_back, shifted, advance)]
    owed = {
        abs(gross) - sum(itertools.compress(beside, used), Decimal(0))
        for used in itertools.product((0, 1), repeat=3)
    }
    assert bill.total in owed
    assert bill.kind == "credit_note" or gross >= 0
    assert bill.number == str(document["invoice-number"]).strip()
    assert bill.invoice_date.isoformat() == str(document["invoice-date"]).strip()[:10]
    dumped = bill.model_dump()
    assert not [value for value in values_of(dumped) if isinstance(value, float)]
    for text in values_of(dumped):
        assert not isinstance(text, str) or (len(text) <= 1000 and is_harmless(text)), text


def assert_readable(told: tuple[Refusal, ...]) -> None:
    assert len(told) <= MOST_REFUSALS + 1
    for refusal in told:
        assert re.fullmatch(r"[A-Z_]{3,40}", refusal.code)
        assert re.fullmatch(
            r"Header|Line -?\d+(, allocation \d+)?|Charge \d+(, allocation \d+)?", refusal.place
        ) or (refusal.place in ("Shipping", "Handling", "Miscellaneous")), refusal.place
        assert 20 < len(refusal.message) <= 1000
        assert is_harmless(refusal.message)
        assert refusal.message.endswith((".", "…"))


def is_harmless(text: str) -> bool:
    """Whether a database, a log and an eye can take it: one line, nothing that turns it around."""
    odd = {unicodedata.category(sign) for sign in text} & {"Cc", "Cs", "Cn", "Zl", "Zp"}
    return not odd and not re.search("[\u202a-\u202e\u2066-\u2069]", text)


def values_of(value: Any) -> Iterator[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    for each in inner or ():
        yield from values_of(each)


@pytest.mark.parametrize("text", NASTY_TEXTS)
def test_no_text_anywhere_changes_what_is_posted(text: str) -> None:
    document = answer(104201)
    plain = bill_of(document)
    document["supplier"]["name"] = document["invoice-lines"][0]["description"] = text
    document["custom-fields"] = {"cf-gl-note": text, "cf-project": {"external-ref-code": text}, text: text}
    bill = bill_of(document)
    assert bill.fingerprint == plain.fingerprint
    assert all(is_harmless(value) for value in values_of(bill.model_dump()) if isinstance(value, str))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (None, "NUMBER_MISSING"),
        ("", "NUMBER_MISSING"),
        (" \t\u00a0", "NUMBER_MISSING"),
        ("\u200b\u202e", "NUMBER_MISSING"),
        ("INV\x00-1", "NUMBER_ILLEGIBLE"),
        ("INV-\ud8001", "NUMBER_ILLEGIBLE"),
        ("INV\n-1", "NUMBER_ILLEGIBLE"),
        ("\u202eINV-1", "NUMBER_ILLEGIBLE"),
        ("INV-1\u200b", "NUMBER_ILLEGIBLE"),
        ("x" * 300, "NUMBER_TOO_LONG"),
        ({"id": 1}, "INVOICE_UNREADABLE"),
        (True, "INVOICE_UNREADABLE"),
    ],
)
def test_an_invoice_number_that_cannot_be_sent_as_it_is_is_refused(number: Any, code: str) -> None:
    document = invoice([line("1.00")], "1.00", **{"invoice-number": number})
    assert refusals(document) == [(code, "Header")]


@pytest.mark.parametrize("number", ["{{ 7*7 }}", "№ 5/2026", "漢字-1", "A  1", "<b>1</b>", "${X}", 4711])
def test_any_number_that_can_be_seen_is_sent_as_it_is(number: Any) -> None:
    assert mapped(invoice([line("1.00")], "1.00", **{"invoice-number": number})).number == str(number)


def test_the_character_that_cannot_be_seen_is_named_with_its_place() -> None:
    document = invoice([line("1.00")], "1.00", **{"invoice-number": "INV\u200b-1"})
    assert message(document) == (
        'Header: The invoice number "INV-1" holds a character that cannot be seen, at place 4 (zero '
        "width space), and would not match the supplier's: type the number anew in Coupa."
    )


@pytest.mark.parametrize(
    ("shown", "day"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T00:00:00Z", "2026-03-01"),
        ("2026-03-01T00:00:00+14:00", "2026-03-01"),
        ("2026-03-01T23:59:59.999-1100", "2026-03-01"),
        (" 2026-03-01 00:00:00 UTC ", "2026-03-01"),
        ("2026-02-30T00:00:00Z", None),
        ("0206-03-01", None),
        ("2026-03-01 to 2026-04-01", None),
        ("20260301", None),
        (20260301, None),
    ],
)
def test_a_date_is_the_day_that_coupa_shows_or_refused(shown: Any, day: str | None) -> None:
    document = invoice([line("1.00")], "1.00", **{"invoice-date": shown})
    if day is None:
        assert refusals(document) == [("DATE_UNREADABLE", "Header")]
    else:
        assert mapped(document).invoice_date.isoformat() == day


@pytest.mark.parametrize("amount", ["100.00", " 100.00 ", 100, "1e2", "+100.0", "100.00000000000000000000"])
def test_an_amount_in_any_clear_spelling_is_that_amount(amount: Any) -> None:
    assert mapped(invoice([line(amount)], amount)).total == 100


@pytest.mark.parametrize(
    "amount",
    ["1,234.56", "100.00 USD", "NaN", "1E400", True, [100], {"amount": "100"}, "1.180,00", "٣", 10**30],
)
def test_an_amount_that_is_not_clear_is_refused_by_name(amount: Any) -> None:
    assert ("INVOICE_UNREADABLE", "Line 1") in refusals(invoice([line(amount)], "100.00"))
    assert ("INVOICE_UNREADABLE", "Header") in refusals(invoice([line("100.00")], amount))


def test_an_amount_that_stands_twice_is_refused_and_not_guessed() -> None:
    body = json.dumps(invoice([line("100.00")], "100.00"))[:-1] + ', "gross-total": "200.00"}'
    assert received(body.encode()).unreadable == {"gross-total": "a list of 2"}


def test_a_placeholder_in_a_segment_is_a_text_and_not_filled_in() -> None:
    coded = account("3004-6400-CA100") | {"segment-2": "{segment-3}", "code": None}
    assert mapped(invoice([line("1.00", None, account=coded)], "1.00")).lines[0].account == "{segment-3}"


def test_two_thousand_wrong_lines_are_told_as_fifty_and_a_number() -> None:
    document = invoice([line("x") for _ in range(2000)], "100.00")
    told = refusals(document)
    assert len(told) == MOST_REFUSALS + 1
    assert told[-1] == ("MORE_REASONS", "Header")
    assert "There are 1950 more reasons like these" in message(document)
