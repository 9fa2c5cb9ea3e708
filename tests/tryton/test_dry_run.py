"""A dry run writes nothing into Tryton, and foretells what the run after it then does."""

from __future__ import annotations

import datetime
import json
from contextlib import nullcontext

import pytest

from coupa_erp.coupa import fields
from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from include.errors import ErpRejection
from include.export import claim
from include.export.delivery import deliver
from include.export.ports import Ports
from include.export.rehearsing import rehearsing
from include.mapping.settings import load_mapping
from include.sandbox.invoices import load
from include.sandbox.running import running_sandbox
from include.sandbox.settings import API_FILTERS
from tests.tryton.bills import bill, line

AMENDED, REFUSED_NOW, CLOSED_NOW, PAID = 104201, 104202, 104213, 104208
VOIDED, VOIDED_PAID, UNCHANGED = 104209, 104205, 104204
POSTED = (AMENDED, REFUSED_NOW, CLOSED_NOW, PAID, VOIDED, VOIDED_PAID, UNCHANGED, 104231)
NOT_POSTED = (104237, 104261, 104271, 104272, 104273)
NO_PERIOD, NO_RATE = datetime.date(2031, 1, 15), datetime.date(2001, 1, 15)
CLOSING_DAY = datetime.date(2026, 2, 1)


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(invoices=load()) as running:
        yield running


@pytest.fixture(scope="module")
def ports(sandbox, open_hook, tmp_path_factory):
    connection = {
        "conn_type": "coupa",
        "host": sandbox.url,
        "login": sandbox.client_id,
        "password": sandbox.client_secret,
        "extra": {
            "integration_code": "INVOICES_TO_ERP",
            "instance_key": "coupa-sandbox",
            "sandbox": True,
            "requests_per_second": 0,
            # The export's own choice of fields under a short name: no URL of kilobytes to be taken apart.
            "api_filter": "chosen_by_the_export",
        },
    }
    erp, mapping = open_hook(), load_mapping()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(API_FILTERS, "chosen_by_the_export", ("InvoiceHeader", fields.invoice(())))
        patch.setenv(DIRECTORY_VARIABLE, str(tmp_path_factory.mktemp("state")))
        patch.setenv("AIRFLOW_CONN_COUPA_DEFAULT", json.dumps(connection))
        yield Ports(
            coupa=CoupaHook(),
            open_erp=lambda: erp,
            read_mapping=lambda: mapping,
            today=datetime.date(2026, 11, 22),
            alert_turn=nullcontext,
        )


def told(ports, invoice_id):
    """What becomes of an invoice: an action, or every refusal with its place and words."""
    try:
        verdict = deliver(ports, claim.mark_exported(ports, invoice_id), attempt="1")
    except ErpRejection as refused:
        return [(refusal.code, refusal.place, refusal.message) for refusal in refused.refusals]
    return verdict.action


def everything(ledger):
    """Each table of the database, as a digest of all its rows."""
    tables = ledger.rows("select tablename from pg_tables where schemaname = 'public' order by 1")
    digests = " union all ".join(
        f"select '{table}', md5(string_agg(t::text, '|' order by t::text)) from \"{table}\" t"  # noqa: S608 - names from the catalogue
        for (table,) in tables
    )
    return dict(ledger.rows(digests))


def rehearsed_and_done(ports, sandbox, ledger, ids):
    """What the dry run foretells and what the real one does; nothing moves in between."""
    sandbox.control.forget_calls()
    before = everything(ledger)
    foretold = {invoice_id: told(rehearsing(ports), invoice_id) for invoice_id in ids}
    assert everything(ledger) == before
    assert {call["method"] for call in sandbox.control.calls() if "/oauth2/" not in call["path"]} == {"GET"}
    return foretold, {invoice_id: told(ports, invoice_id) for invoice_id in ids}


def test_what_a_dry_run_foretells_is_what_the_run_then_does(ports, sandbox, ledger):
    foretold, done = rehearsed_and_done(ports, sandbox, ledger, [*POSTED, *NOT_POSTED])
    assert foretold == done
    assert [what for what in done.values() if what == "created"] == ["created"] * len(POSTED)
    assert {what if isinstance(what, str) else what[0][0] for what in done.values()} == {
        *("created", "nothing_to_void"),
        *("TAX_CODE_UNMAPPED", "PERIOD_CLOSED", "SUPPLIER_UNKNOWN", "ACCOUNT_CLOSED"),
    }


def test_what_it_foretells_of_changes_voids_and_payments_is_what_the_run_does(
    ports, sandbox, ledger, by_hand, as_administrator
):
    def erp_id(invoice_id):
        return ports.erp.find_by_key(ports.coupa.scope.key(invoice_id)).erp_id

    def recode(invoice_id, code):
        company, account, _ = code.split("-")
        coded = {"code": code, "segment-1": company, "segment-2": account}
        sandbox.control.edit_in_ui(invoice_id, {"invoice-lines": {"0": {"account": coded}}})

    for invoice_id in (AMENDED, CLOSED_NOW, PAID):
        recode(invoice_id, "3004-6710-CA100")
    recode(REFUSED_NOW, "3004-6950-CA100")
    for invoice_id in (VOIDED, VOIDED_PAID):
        sandbox.control.void_in_ui(invoice_id)
    for invoice_id in (PAID, VOIDED_PAID):
        by_hand("pay", erp_id(invoice_id), "1.00")
    closing = datetime.date(2026, 4, 14)
    (period,) = as_administrator.search(
        "account.period",
        [
            ["start_date", "<=", closing],
            ["end_date", ">=", closing],
            ["fiscalyear.company.party.code", "=", "US01"],
        ],
        ["id"],
    )
    as_administrator.press("account.period", period["id"], "close")

    ids = [AMENDED, REFUSED_NOW, CLOSED_NOW, PAID, VOIDED, VOIDED_PAID, UNCHANGED]
    foretold, done = rehearsed_and_done(ports, sandbox, ledger, ids)
    assert foretold == done
    codes = {one: what if isinstance(what, str) else what[0][0] for one, what in done.items()}
    assert codes == {
        AMENDED: "amended",
        REFUSED_NOW: "ACCOUNT_CLOSED",
        CLOSED_NOW: "PERIOD_CLOSED",
        PAID: "CHANGED_AFTER_PAYMENT",
        VOIDED: "voided",
        VOIDED_PAID: "VOIDED_AFTER_PAYMENT",
        UNCHANGED: "unchanged",
    }


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (bill(invoice_date=NO_PERIOD, posting_date=NO_PERIOD), "PERIOD_MISSING"),
        (bill(invoice_date=NO_PERIOD, posting_date=None), "PERIOD_CLOSED"),
        (bill(currency="EUR", invoice_date=NO_RATE), "CURRENCY_RATE_MISSING"),
        (bill(line("1.00", "6990"), line("1.00", "6950", "Line 2"), supplier="V000999"), "SUPPLIER_UNKNOWN"),
    ],
    ids=["no period", "no open day", "no rate", "several at once"],
)
def test_a_refusal_is_foretold_in_the_words_of_tryton(hook, ledger, sent, code):
    def refusals(ask):
        with pytest.raises(ErpRejection) as refused:
            ask()
        return [(refusal.code, refusal.place, refusal.message) for refusal in refused.value.refusals]

    before = everything(ledger)
    foretold = refusals(lambda: hook.foresee(sent, None))
    assert everything(ledger) == before
    assert foretold == refusals(lambda: hook.create(sent))
    assert foretold[0][0] == code


def test_a_reversal_that_must_bear_the_date_of_a_closed_period_is_foretold(hook, as_administrator):
    document = hook.create(bill(invoice_date=CLOSING_DAY, posting_date=CLOSING_DAY))
    hook.foresee_void(document, CLOSING_DAY)
    (period,) = as_administrator.search(
        "account.period",
        [["start_date", "=", CLOSING_DAY], ["fiscalyear.company.party.code", "=", "US01"]],
        ["id"],
    )
    as_administrator.press("account.period", period["id"], "close")
    hook.foresee_void(document, None)
    for ask in (hook.foresee_void, hook.void):
        with pytest.raises(ErpRejection, match="reopen the period in Tryton, or let the export date"):
            ask(document, CLOSING_DAY)
