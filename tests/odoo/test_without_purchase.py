"""An Odoo without the app Purchase."""

from __future__ import annotations

import pytest

from include.errors import ConfigurationError
from tests.erp_kit.standing import is_of, stands_once
from tests.odoo.stand_in import server
from tests.odoo.world import StandInWorld

SAYS = "po_backed of the Odoo connection is match, and the app Purchase is not installed in Odoo"


@pytest.fixture
def world():
    with server.serving(purchase=False) as (odoo, address):
        yield StandInWorld(odoo, address)


def test_match_is_refused_by_the_test_button_and_before_a_run_claims_anything(world):
    hook = world.open_hook(po_backed="match")
    served, says = hook.test_connection()
    assert not served
    assert says.startswith(SAYS)
    with pytest.raises(ConfigurationError, match=SAYS):
        hook.check_reachable()
    line = world.line("100.00", purchase_order="P00001", purchase_order_line="1")
    with pytest.raises(ConfigurationError, match=SAYS):
        hook.create(world.bill(line))


def test_gl_enters_amends_and_voids_all_the_same(world):
    hook = world.open_hook()
    assert hook.test_connection()[0]
    first = world.bill(world.line("100.00", purchase_order="P00001", purchase_order_line="1"))
    created = hook.create(first)
    second = world.changed(first)
    amended = hook.amend(second, created)
    is_of(amended, second)
    stands_once(world, second)
    assert hook.void(amended, None).state == "cancelled"
