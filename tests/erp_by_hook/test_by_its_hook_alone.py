"""What can be tried at an ERP with nothing but its hook: at the stand-ins, and at real ones if offered.

See ``real.py`` for how a real one is offered.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from include.errors import TransientError
from tests.erp_by_hook.real import RealErp, named_in_the_environment
from tests.erp_kit.standing import is_of
from tests.netsuite.stand_in import CERTIFICATE, CLIENT, key_pair
from tests.netsuite.world import NetSuiteWorld
from tests.s4hana.stand_in import PASSWORD, USER
from tests.s4hana.world import S4HanaWorld

REAL = named_in_the_environment()


def connection(conn_type, world, login, password, **extra):
    return SimpleNamespace(
        conn_id="erp_default", conn_type=conn_type, host=world.address, port=None, schema=None, login=login,
        password=password, extra={"sandbox": True, **extra},
    )  # fmt: skip


def codes(world):
    books = world.books
    return {
        "company": books.company, "suppliers": books.suppliers, "currency": books.currency,
        "accounts": books.accounts, "tax": books.tax.code, "tax_amount": "18.00",
        "payment_term": books.payment_term, "dimension": books.dimension,
        "open_day": books.open_day.isoformat(),
    }  # fmt: skip


@pytest.fixture(scope="module", params=["s4hana stand-in", "netsuite stand-in", *REAL])
def erp(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DIRECTORY_VARIABLE, str(tmp_path_factory.mktemp("erp") / "state"))
        if request.param == "s4hana stand-in":
            with S4HanaWorld() as world:
                yield RealErp(connection("s4hana", world, USER, PASSWORD), codes(world))
        elif request.param == "netsuite stand-in":
            with NetSuiteWorld() as world:
                made = connection("netsuite", world, CLIENT, key_pair()[0], certificate_id=CERTIFICATE)
                yield RealErp(made, codes(world))
        else:
            yield REAL[request.param]


def test_the_connection_serves(erp):
    served, says = erp.open_hook().test_connection()
    assert served, says


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_an_invoice_is_entered_found_amended_and_voided_once_each(erp, kind):
    hook, sent = erp.open_hook(), erp.bill(kind=kind)
    assert hook.find_by_key(sent.key) is None
    created = hook.create(sent)
    is_of(created, sent)
    assert hook.create(sent).number == created.number
    (same,) = hook.find_by_supplier_number(sent.company, sent.supplier, sent.number)
    assert same.key == sent.key
    second = erp.changed(sent)
    amended = erp.open_hook().amend(second, created)
    is_of(amended, second)
    found = erp.open_hook().find_by_key(sent.key)
    assert found is not None
    assert (found.number, found.line_sums) == (amended.number, {second.lines[0].account: second.total})
    day = sent.invoice_date
    listed = {document.key for document in hook.list_documents(f"{sent.key}", day, day)}
    assert listed == {sent.key}
    assert hook.void(amended, None).state == "cancelled"
    assert hook.void(amended, None).state == "cancelled"
    assert hook.live_keys([sent.key]) == set()


def test_four_workers_with_one_invoice_leave_one_document(erp):
    sent = erp.bill()

    def enter(_):
        try:
            return erp.open_hook().create(sent).number
        except TransientError:
            return None

    with ThreadPoolExecutor(4) as pool:
        numbers = {number for number in pool.map(enter, range(4)) if number}
    hook = erp.open_hook()
    document = hook.create(sent)
    assert numbers <= {document.number}
    live = [one for one in hook.find_by_keys([sent.key]) if one.live]
    assert [one.number for one in live] == [document.number]
    hook.void(document, None)
