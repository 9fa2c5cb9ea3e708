"""One run with invoices that nobody expects beside clean ones."""

from __future__ import annotations

import copy
from decimal import Decimal

from include.sandbox.invoices import load

CLEAN, CREDIT = 104201, 104231
TEMPLATE = {"invoice-number": "{{ 7 * 7 }}{% raise %}"}
FIRST_ID = 190_001


def changed(document, changes):
    for path, value in changes.items():
        target = document
        *outer, last = path if isinstance(path, tuple) else (path,)
        for step in outer:
            target = target[step]
        target[last] = value
    return document


#: Posted, though odd: what differs from a clean invoice, and what the supplier is owed.
POSTED = [
    (TEMPLATE, "1180.00"),
    (
        {
            "invoice-number": "<b>\u6f22\u5b57</b>",
            ("invoice-lines", 0, "description"): "\u202e \x00 {{ x }} \u05e9\u05dc\u05d5\u05dd",
            ("supplier", "name"): "Acme\x1b[31m \U0001f469\u200d\U0001f4bb",
            ("custom-fields", "cf-gl-note"): "${x}\x00\n" + "z" * 20_000,
        },
        "1180.00",
    ),
    ({"invoice-number": "CENT", "gross-total": "1180.01", "total-with-taxes": "1180.01"}, "1180.01"),
]

#: Refused by name: what differs, and the code in Coupa.
REFUSED = [
    ({"invoice-number": "INV\x00-1"}, "NUMBER_ILLEGIBLE"),
    ({"invoice-number": "INV\n\x1b[31mERROR all is lost"}, "NUMBER_ILLEGIBLE"),
    ({"invoice-number": "9" * 300}, "NUMBER_TOO_LONG"),
    ({"invoice-number": "INV-1\u200b"}, "NUMBER_ILLEGIBLE"),
    ({"invoice-number": "LIST", "supplier": [{"id": 311}]}, "INVOICE_UNREADABLE"),
    ({"invoice-number": "DAY", "invoice-date": "2026-02-30T00:00:00-08:00"}, "DATE_UNREADABLE"),
    ({"invoice-number": "AMOUNT", "gross-total": "1,180.00"}, "INVOICE_UNREADABLE"),
    ({"invoice-number": "COIN", "currency": {"code": "ZZZ", "decimals": 2}}, "CURRENCY_UNKNOWN"),
]


def test_odd_invoices_are_posted_right_or_refused_by_name_and_the_others_notice_nothing(
    run_dag, sandbox, take, books
):
    (plain,) = [invoice for invoice in load() if invoice["id"] == CLEAN]
    cases = [*POSTED, *REFUSED]
    odd = {
        FIRST_ID + number: changed(copy.deepcopy(plain) | {"id": FIRST_ID + number}, changes)
        for number, (changes, _) in enumerate(cases)
    }
    bare = dict.fromkeys(plain) | {"id": FIRST_ID + 900, "status": "approved", "exported": False}
    bare["updated-at"] = plain["updated-at"]
    take(CLEAN, CREDIT)
    sandbox.control.add_invoices([*odd.values(), bare])

    ended = run_dag()

    assert ended.state == "success"
    posted = {FIRST_ID + number: Decimal(owed) for number, (_, owed) in enumerate(POSTED)}
    assert books.totals() == {CLEAN: Decimal("1180.00"), CREDIT: Decimal("-492.00")} | posted
    errors = {row["document-id"]: row for row in sandbox.control.rows("errors")}
    told = {
        invoice_id: [one["response-code"] for one in row["responses"]] for invoice_id, row in errors.items()
    }
    assert set(told) == {*list(odd)[len(POSTED) :], bare["id"]}
    assert "NUMBER_MISSING" in told.pop(bare["id"])
    assert {invoice_id: codes[0] for invoice_id, codes in told.items()} == {
        FIRST_ID + len(POSTED) + number: code for number, (_, code) in enumerate(REFUSED)
    }
    assert all(row["contact-alert-type"] == "Functional" and not row["resolved"] for row in errors.values())
    for row in errors.values():
        for response in row["responses"]:
            assert response["response-message"].isprintable()
            assert len(response["response-message"]) < 300
    assert ended.labels["invoice.post_to_erp", 2].startswith("{{ 7 * 7 }}"), "it is not rendered"
