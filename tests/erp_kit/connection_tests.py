"""The connection: what it says of itself, and what the Test button says of it."""

from __future__ import annotations

from include.erp_port import ErpPort
from include.soak.proxy import FaultProxy


def test_the_hook_says_what_it_is_and_by_what_it_enters_at_most_once(world):
    hook = world.open_hook()
    assert isinstance(hook, ErpPort)
    assert hook.erp_name.strip()
    assert len(hook.uniqueness) > 40, "one sentence at least: which guarantee of the ERP it is"
    assert hook.limits.number_length is None or hook.limits.number_length > 0
    assert hook.sandbox is True, "the connection of the kit says that it is for trying out"


def test_a_hook_opens_nothing_until_it_is_used(world):
    with FaultProxy(world.address) as proxy:
        world.open_hook(proxy.url)
        assert proxy.journal == []


def test_a_connection_that_serves_is_called_so_and_nothing_is_written(world):
    with FaultProxy(world.address, path_of=world.path_of) as proxy:
        hook = world.open_hook(proxy.url)
        hook.check_reachable()
        served, says = hook.test_connection()
        assert served, says
        assert world.secret not in says
        assert [entry for entry in proxy.journal if world.writes(entry.method, entry.path)] == []


def test_the_test_button_says_what_is_wrong_in_a_sentence(world):
    wrong = "c0ffee" * 8
    with FaultProxy(world.address) as proxy:
        away = world.open_hook(proxy.url, impatient=True)
        proxy.down()
        for hook in (world.open_hook(secret=wrong), away):
            served, says = hook.test_connection()
            assert served is False
            assert says.endswith(".")
            assert "\n" not in says
            assert wrong not in says
            assert world.secret not in says


def test_the_address_of_a_document_is_one_that_a_browser_opens_or_none(world):
    hook = world.open_hook()
    address = hook.document_url(hook.create(world.bill()))
    assert address is None or address.startswith(("https://", "http://"))
