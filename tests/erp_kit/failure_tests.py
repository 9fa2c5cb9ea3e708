"""Each kind of failure is the exception that says what to do about it; none is taken for an answer."""

from __future__ import annotations

import pytest

from include.errors import ConfigurationError, ExportError, TransientError
from include.soak.proxy import FaultProxy
from tests.erp_kit.line import line
from tests.erp_kit.standing import done_or_unknown, is_of, live_states, nothing_stands, stands_once

#: Nothing was done, and a repeat may go through.
BEFORE = ("unavailable", "too_many_wait", "internal_error", "html_page", "cut")
#: Whether it was done is not known.
AFTER = ("half_after", "garbage_after", "bad_gateway_after", "slow_after")


def sentence(world, fault):
    """What a failure says: one line for an operator, without the secret."""
    said = str(fault)
    assert "\n" not in said
    assert len(said) < 3000
    assert world.secret not in said
    return said


@pytest.mark.parametrize("fault", BEFORE)
def test_a_server_in_trouble_is_transient_for_reads_and_writes(world, fault):
    sent = world.bill()
    for reads in (True, False):
        with line(world, 0, fault, reads=reads) as troubled:
            with pytest.raises(TransientError) as told:
                troubled.hook(impatient=True).create(sent)
            sentence(world, told.value)
            if fault == "too_many_wait":
                assert told.value.retry_after in (None, 1)
    nothing_stands(world, sent.key)


@pytest.mark.parametrize("fault", ["unavailable", "internal_error", "cut"])
def test_no_trouble_is_taken_for_a_document_that_is_not_there(world, fault):
    sent = world.bill()
    created = world.open_hook().create(sent)
    with line(world, 0, fault, reads=True) as troubled:
        hook = troubled.hook(impatient=True)
        for call in (
            lambda: hook.find_by_key(sent.key),
            lambda: hook.live_keys([sent.key]),
            lambda: hook.find_by_keys([sent.key]),
            lambda: list(hook.list_documents(sent.key, sent.invoice_date, sent.invoice_date)),
            lambda: hook.find_by_supplier_number(sent.company, sent.supplier, sent.number),
            lambda: hook.void(created, None),
            hook.check_reachable,
        ):
            with pytest.raises(TransientError):
                call()
    stands_once(world, sent)


@pytest.mark.parametrize("fault", AFTER)
def test_an_answer_that_cannot_be_read_or_comes_too_late_is_unknown(world, fault):
    sent = world.bill()
    with line(world, 1, fault) as lossy:
        sentence(world, done_or_unknown(lambda: lossy.hook(impatient=True).create(sent)))
        assert lossy.struck
    is_of(world.open_hook().create(sent), sent)
    stands_once(world, sent)


@pytest.mark.parametrize("fault", ["unauthorized", "forbidden"])
def test_a_credential_or_a_right_that_is_refused_is_the_operators(world, fault):
    sent = world.bill()
    for reads in (True, False):
        with line(world, 0, fault, reads=reads) as barred:
            with pytest.raises(ConfigurationError) as told:
                barred.hook(impatient=True).create(sent)
            sentence(world, told.value)
    assert "posted" not in live_states(world, sent.key)
    world.open_hook().discard_drafts(sent.key)
    nothing_stands(world, sent.key)


def test_a_wrong_secret_is_the_operators_and_is_never_shown(world):
    wrong = "c0ffee" * 8
    with pytest.raises(ConfigurationError) as told:
        world.open_hook(secret=wrong).create(world.bill())
    assert wrong not in sentence(world, told.value)


def test_an_erp_that_nobody_serves_is_transient_and_comes_back(world):
    sent = world.bill()
    with FaultProxy(world.address) as proxy:
        hook = world.open_hook(proxy.url, impatient=True)
        proxy.down()
        for call in (hook.check_reachable, lambda: hook.create(sent), lambda: hook.find_by_key(sent.key)):
            with pytest.raises(TransientError) as told:
                call()
            sentence(world, told.value)
        proxy.up()
        hook.check_reachable()
        hook.create(sent)
    stands_once(world, sent)


def test_a_page_that_is_not_the_erps_is_an_error_whatever_its_status(world):
    """A login page of a proxy, a parked domain: 200, and nothing that the hook asked for."""
    from tests.security.servers import saying, serving

    for body in (b"<html>Welcome</html>", b"[]", b"", b'{"unexpected": 1}'):
        with serving(saying(body)) as elsewhere:
            hook = world.open_hook(elsewhere.url, impatient=True)
            with pytest.raises(ExportError) as told:
                hook.create(world.bill())
            sentence(world, told.value)
