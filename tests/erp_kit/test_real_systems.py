"""The way to a real system, walked with the stand-ins: processes of their own that the environment names.

A few tests of the kit go over it here, so that it stays passable; ``make test-slow`` sends all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from tests.erp_kit import all_tests as kit
from tests.erp_kit.needs import skip_unless
from tests.erp_kit.real import BOOKS, NotForTests, Variables
from tests.erp_kit.served import served
from tests.erp_kit.tests_of_attaching import a_file
from tests.erp_rest.real_world import RealRestWorld
from tests.netsuite.real_world import RealNetSuiteWorld
from tests.s4hana.real_world import RealS4HanaOrderWorld, RealS4HanaWorld
from tests.security.servers import saying, serving

ROOT = Path(__file__).parents[2]
#: The ERP of the variables to the world, and to the folder of its tests.
REAL = {
    "S4HANA": (RealS4HanaWorld, "s4hana"),
    "NETSUITE": (RealNetSuiteWorld, "netsuite"),
    "REST": (RealRestWorld, "erp_rest"),
}
A_FEW = (
    kit.test_a_bill_stands_in_the_books_as_it_was_sent,
    kit.test_a_credit_note_is_booked_the_other_way_round,
    kit.test_new_content_that_the_erp_refuses_leaves_the_old_document,
    kit.test_an_amended_bill_stands_once_with_its_new_content,
    kit.test_voiding_twice_changes_nothing,
    kit.test_a_live_document_of_the_same_supplier_and_number_is_found_whoever_entered_it,
    kit.test_an_answer_lost_at_any_write_of_a_create_is_unknown_and_its_repeat_posts_nothing_twice,
    kit.test_a_connection_that_serves_is_called_so_and_nothing_is_written,
)


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DIRECTORY_VARIABLE, str(tmp_path_factory.mktemp("real") / "state"))
        yield


@pytest.fixture(scope="module")
def systems():
    """Each ERP to the variables of its process, which is started when it is first asked for."""
    with ExitStack() as stack:
        started: dict[str, dict[str, str]] = {}

        def variables(erp):
            if erp not in started:
                started[erp] = stack.enter_context(served(f"tests.{REAL[erp][1]}.served"))
            return dict(started[erp])

        yield variables


@pytest.mark.parametrize("erp", REAL)
def test_a_few_of_the_kits_tests_pass_and_nothing_of_them_stays(systems, erp):
    variables = Variables(erp, systems(erp))
    assert variables.named
    with REAL[erp][0](variables) as world:
        for test in A_FEW:
            test(world)
        bills = [world.bill(), world.bill(kind="credit_note")]
        for bill in bills:
            world.open_hook().create(bill)
        typed = world.enter(world.books.suppliers[0], world.bill().number)
    assert [world.states(bill.key) for bill in bills] == [["cancelled"], ["cancelled"]]
    assert [world.balances(bill.key) for bill in bills] == [{}, {}]
    assert typed not in world._typed


@pytest.mark.parametrize("erp", ["NETSUITE", "REST"])
def test_what_is_paid_there_is_told_and_stays(systems, erp):
    with (
        pytest.warns(UserWarning, match=r"These stay in .*: PAID\)"),
        REAL[erp][0](Variables(erp, systems(erp))) as world,
    ):
        kit.test_what_is_paid_is_neither_amended_nor_voided(world, whole=False)


@pytest.mark.parametrize("erp", ["S4HANA", "REST"])
def test_a_file_of_the_hooks_and_one_by_hand_are_read_back(systems, erp):
    with REAL[erp][0](Variables(erp, systems(erp))) as world:
        hook, file = world.open_hook(), a_file("scan.pdf", b"%PDF real")
        document = hook.create(world.bill())
        hook.files().attach(document.erp_id, file)
        world.attach_by_hand(document, "by-hand.pdf", b"%PDF typed")
        assert sorted(world.files(document)) == sorted(
            [(world.file_name(file), b"%PDF real"), ("by-hand.pdf", b"%PDF typed")]
        )


def test_without_its_service_for_files_those_tests_are_skipped(systems, monkeypatch):
    monkeypatch.setattr("tests.s4hana.real_world.FILES", "API_NOT_ACTIVE_SRV")
    world = RealS4HanaWorld(Variables("S4HANA", systems("S4HANA")))
    world.check()
    with pytest.raises(pytest.skip.Exception, match="files: API_NOT_ACTIVE_SRV is not active"):
        skip_unless(world, "files")


def test_an_order_is_made_and_billed_by_its_service(systems):
    with RealS4HanaOrderWorld(Variables("S4HANA", systems("S4HANA"))) as world:
        order = world.purchase_order("10", "5")
        bill = world.order_bill(world.ordered(order, "4"), world.ordered(order, "5", line=1))
        world.open_hook().create(bill)
        assert [world.billed(order, line) for line in ("10", "20")] == [4, 5]
        credit = world.order_bill(world.ordered(order, "1"), kind="credit_note")
        world.open_hook().create(credit)
        assert world.billed(order, "10") == 3


def test_a_period_that_a_test_closes_is_open_again_at_the_end(systems):
    with RealRestWorld(Variables("REST", systems("REST"))) as world:
        kit.test_a_void_after_the_period_was_closed_is_reversed_or_refused_as_declared(world)
        day = world.books.closing_day
    bill = world.bill(invoice_date=day, posting_date=day)
    assert world.open_hook().create(bill).posting_date == day
    world.clear()


@pytest.mark.parametrize("erp", REAL)
def test_what_a_real_one_cannot_do_is_skipped_in_a_sentence(systems, erp):
    world = REAL[erp][0](Variables(erp, systems(erp)))
    with pytest.raises(pytest.skip.Exception, match=r"altering: .* (administrator|behind the API)"):
        skip_unless(world, "altering")


@pytest.mark.parametrize("erp", REAL)
def test_without_its_variable_nothing_real_is_touched(erp):
    assert not Variables(erp, {}).named
    assert not Variables(erp, {f"COUPA_ERP_KIT_{erp}_COMPANY": "US01"}).named


@pytest.mark.parametrize("erp", REAL)
def test_each_variable_that_is_missing_is_named_in_one_sentence(systems, erp):
    told = systems(erp)
    prefix = f"COUPA_ERP_KIT_{erp}_"
    for name in ("COMPANY", "SUPPLIERS", "TAX", "CURRENCY", "CLOSED_DAY", "URL"):
        with pytest.raises(NotForTests, match=f"^{prefix}{name} is missing: .*") as refused:
            REAL[erp][0](Variables(erp, {**told, prefix + name: " "}))
        assert "\n" not in str(refused.value)
    with pytest.raises(NotForTests) as refused:
        REAL[erp][0](Variables(erp, {prefix + "URL": told[prefix + "URL"]}))
    assert all(f"_{name}" in str(refused.value) for name in BOOKS)


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("SUPPLIERS", "17300001", "2 different codes"),
        ("ACCOUNTS", "400000,400000,420000", "3 different codes"),
        ("TAX", "V1", "V1=154000"),
        ("DIMENSION", "cost_center=CA100,project=P1", "an axis and a code of it"),
        ("CURRENCIES", "JPY=none", "further currencies with their decimals"),
        ("OPEN_DAY", "5.3.2026", "a day, 2026-03-05"),
        ("FIRST_OPEN_DAY", "2025-12-01", "after CLOSED_DAY"),
        ("EXTRA", "untaxed_code=V0", "a JSON object"),
        ("PATIENCE", "long", "seconds"),
    ],
)
def test_a_variable_that_is_written_otherwise_is_named_with_its_form(systems, name, written, told):
    with pytest.raises(NotForTests, match=f"^COUPA_ERP_KIT_S4HANA_{name} should be .*{told}"):
        RealS4HanaWorld(Variables("S4HANA", {**systems("S4HANA"), f"COUPA_ERP_KIT_S4HANA_{name}": written}))


@pytest.mark.parametrize("erp", REAL)
@pytest.mark.parametrize("page", [b"<html>Welcome</html>", b'{"d": {"results": []}, "access_token": "x"}'])
def test_what_answers_and_is_not_what_the_url_says_gets_no_document(systems, erp, page):
    with serving(saying(page)) as elsewhere:
        variables = {**systems(erp), f"COUPA_ERP_KIT_{erp}_URL": elsewhere.url}
        with pytest.raises(NotForTests, match=r"[Nn]othing is booked") as refused:
            REAL[erp][0](Variables(erp, variables)).check()
        assert "\n" not in str(refused.value)
        writes = [asked for asked in elsewhere.asked if not asked.head.startswith("GET ")]
        assert [
            asked.path for asked in writes if "/token" not in asked.path and "/suiteql" not in asked.path
        ] == []


def test_a_netsuite_account_that_is_not_for_tests_by_its_name_is_not_even_called(systems):
    for host, taken in (
        ("1234567", False),
        ("1234567-sb1", True),
        ("tstdrv1234567", True),
        ("td-rent-a-car", False),
    ):
        url = f"https://{host}.suitetalk.api.netsuite.com"
        variables = Variables("NETSUITE", {**systems("NETSUITE"), "COUPA_ERP_KIT_NETSUITE_URL": url})
        if taken:
            RealNetSuiteWorld(variables)
            continue
        with pytest.raises(NotForTests, match="is no sandbox, release preview or development account"):
            RealNetSuiteWorld(variables)


def test_codes_that_netsuite_does_not_have_are_named_before_the_first_bill(systems):
    variables = {**systems("NETSUITE"), "COUPA_ERP_KIT_NETSUITE_PAYMENT_TERM": "Net 4711"}
    variables["COUPA_ERP_KIT_NETSUITE_ACCOUNTS"] = "6500,6800,9999"
    with pytest.raises(NotForTests, match="has no account 9999, no term Net 4711: nothing is booked there"):
        RealNetSuiteWorld(Variables("NETSUITE", variables)).check()


@pytest.mark.slow
@pytest.mark.parametrize("erp", REAL)
def test_the_whole_kit_passes_over_it_twice_in_one_system(systems, erp):
    """Twice: what the first run left must not stand in the way of the second."""
    folder = f"tests/{REAL[erp][1]}"
    files = [
        f"{folder}/{name}" for name in ("test_kit.py", "test_orders.py") if (ROOT / folder / name).exists()
    ]
    for _ in range(2):
        ended = subprocess.run(  # noqa: S603 - our own tests
            [sys.executable, "-m", "pytest", "-v", "-rs", "-p", "no:cacheprovider", *files],
            cwd=ROOT,
            env={**os.environ, **systems(erp)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[-4000:]
        assert " passed" in ended.stdout
