"""Odoo 17 and 18 over ``/jsonrpc``: failures with 200, a login, and other names of fields."""

from __future__ import annotations

import datetime

import pytest

from include.errors import ConfigurationError, ErpRejection
from include.models.bill import Bill
from tests.erp_kit.connection_tests import (  # noqa: F401
    test_a_connection_that_serves_is_called_so_and_nothing_is_written,
)
from tests.erp_kit.crash_tests import (  # noqa: F401
    test_a_create_that_ended_after_any_write_is_finished_by_the_next,
    test_an_amendment_that_ended_after_any_write_is_carried_on,
)
from tests.odoo.stand_in import server
from tests.odoo.world import StandInWorld, connection_to, open_hook

DAY = datetime.date(2026, 6, 5)


@pytest.fixture(scope="module", params=[17, 18])
def odoo(request):
    with server.serving(request.param) as served:
        yield served


@pytest.fixture(scope="module")
def world(odoo):
    return StandInWorld(*odoo)


def hook_at(address, key=server.KEY, **fields):
    connection = connection_to(address, server.DATABASE, key)
    return open_hook(type(connection)(**{**vars(connection), **fields}))


def bill(number, account="6400", day=DAY, **fields):
    tax = {"code": "V18", "base": "100", "amount": "17.98", "place": "Line 1"}
    line = {"account": account, "amount": "100.00", "description": "Paper", "place": "Line 1"}
    values = {
        "key": f"old/InvoiceHeader/{number}", "kind": "invoice", "company": "US01", "supplier": "V000311",
        "supplier_name": "Acme", "number": f"N-{number}", "invoice_date": day, "posting_date": day,
        "currency": "USD", "payment_term": "Net 30", "lines": [line], "taxes": [tax], "total": "117.98",
    }  # fmt: skip
    return Bill.model_validate({**values, **fields})


def test_a_bill_is_entered_amended_and_voided(odoo):
    _, address = odoo
    hook = hook_at(address)
    assert hook.test_connection()[0]
    created = hook.create(bill(1))
    assert (created.state, str(created.total), str(created.tax)) == ("posted", "117.98", "17.98")
    amended = hook.amend(bill(1, "6405"), created)
    assert (amended.number, amended.account_sums["6405"]) == (created.number, 100)
    assert hook.void(amended, None).state == "cancelled"
    assert hook.create(bill(1)).state == "posted"


def test_a_failure_that_comes_with_200_is_none_the_less_one(odoo):
    served, address = odoo
    hook = hook_at(address)
    created = hook.create(bill(2))
    served.moves.pay(int(created.erp_id), created.total)
    with pytest.raises(ErpRejection, match="is paid"):
        hook.void(created, None)
    with pytest.raises(ErpRejection, match="must be in draft"):
        hook.transport.call("account.move", "action_post", [int(created.erp_id)])


def test_a_locked_period_is_known_by_the_older_fields_too(odoo):
    served, address = odoo
    company = served.tables["res.company"][0]
    names = server.seed.LOCKS[served.version >= 18]
    before, company[names[0]] = company[names[0]], "2026-05-31"
    with pytest.raises(ErpRejection, match="locked up to 2026-05-31"):
        hook_at(address).create(bill(3, day=datetime.date(2026, 5, 5)))
    company[names[0]] = before


def test_the_login_is_needed_and_a_wrong_key_is_the_operators(odoo):
    _, address = odoo
    for fields, told in (
        ({"login": None}, "needs the login"),
        ({"key": "c0ffee"}, "does not take the login"),
    ):
        with pytest.raises(ConfigurationError, match=told):
            hook_at(address, **fields).check_reachable()


def test_a_payment_is_told_and_taken_back(odoo):
    served, address = odoo
    hook = hook_at(address)
    created = hook.create(bill(4))
    today = datetime.datetime.now(datetime.UTC).date()
    served.moves.pay(int(created.erp_id), created.total)
    (told,) = hook.list_payments("old/InvoiceHeader/4", today, today)
    assert (told.settled, [str(one.amount) for one in told.payments]) == (True, ["117.98"])
    served.moves.matching.undo(list(served.moves.matching.partials))
    (told,) = hook.list_payments("old/InvoiceHeader/4", today, today)
    assert (told.settled, told.payments) == (False, ())


def test_matching_wants_a_mail_address_of_the_user_before_a_run_claims_anything(odoo):
    """*Purchase* notes each bill in the user's name, and Odoo enters none for a user without an address."""
    served, address = odoo
    hook = hook_at(address, extra='{"sandbox": true, "po_backed": "match"}')
    assert hook.test_connection()[0]
    (user,) = served.tables["res.users"]
    before, user["email"] = user["email"], False
    with pytest.raises(ConfigurationError, match="give the user coupa one in Odoo"):
        hook.check_reachable()
    hook_at(address).check_reachable()
    user["email"] = before


def test_an_order_is_billed_to_the_cent_though_odoo_rounds_the_price(odoo):
    """To two decimals here: what that loses is a line of its own."""
    served, address = odoo
    buy, context = served.purchasing.call, {"allowed_company_ids": [1]}
    (paper,) = buy("product.product", "create", [], context, vals_list=[{"purchase_method": "purchase"}])
    line = {"product_id": paper, "product_qty": 1000, "price_unit": 0.01}
    order = {"name": "4711", "partner_id": 12, "currency_id": 1, "order_line": [[0, 0, line]]}
    buy(
        "purchase.order",
        "button_confirm",
        buy("purchase.order", "create", [], context, vals_list=[order]),
        {},
    )
    hook = hook_at(address, extra='{"sandbox": true, "po_backed": "match"}')
    ordered = {
        "account": "6400", "amount": "10.00", "description": "Paper", "place": "Line 1", "quantity": "7",
        "purchase_order": "4711", "purchase_order_line": "1",
    }  # fmt: skip
    created = hook.create(bill(5, lines=[ordered], taxes=[], total="10.00"))
    assert (created.total, hook.find_by_keys([created.key])[0].line_sums) == (10, {"6400": 10})

    def billed():
        return [row["qty_invoiced"] for row in served.purchasing.tables()["purchase.order.line"]()][-1]

    assert billed() == 7
    assert hook.void(created, None).state == "cancelled"
    assert billed() == 0
