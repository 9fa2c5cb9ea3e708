"""The process dies before and after each call: two ordinary runs later everything stands as it must.

A death after one call is a death before the next: nothing happens in between. What comes after the last call
of a task is a moment of its own.
"""

from __future__ import annotations

import pytest

from tests.reliability.driver import END, After
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import EVERY_MOMENT, GRAINS, KINDS

AFTER: tuple[After, ...] = ("restarted", "no try left", "no record either", "run lost")
#: So many invoices share a run: an eleventh alert of one code would be capped.
AT_ONCE = 10


#: What is chosen in each grain. A lost run is the hardest: only the next run's sweep is left. Of one task
#: an invoice no other is there to record what it left behind.
CHOSEN: dict[tuple[str, After], tuple[str, ...]] = {
    ("steps", "restarted"): ("clean", "refused again after an edit"),
    ("steps", "no try left"): ("void of a live one", "number refused"),
    ("steps", "no record either"): ("clean", "number refused"),
    ("steps", "run lost"): (
        *("clean", "changed, unpaid", "changed, paid", "void of a paid one", "refused by the mapping"),
        *("posted, made unmappable, put right", "failing in the ERP", "number refused"),
    ),
    ("invoice", "restarted"): ("void of a live one", "void of nothing"),
    ("invoice", "no try left"): ("clean", "changed, unpaid", "number refused"),
    ("invoice", "run lost"): ("credit note", "refused by the ERP", "posted, then made unmappable"),
}
CASES = [
    (grain, kind, after)
    for grain in GRAINS
    for kind in KINDS
    for after in AFTER
    if (grain, after) != ("invoice", "no record either") and (EVERY_MOMENT or kind in CHOSEN[grain, after])
]


#: At the lesser monitoring levels a sample, unless every moment is asked for.
SAMPLE = {
    "history": ("changed, unpaid", "void of a live one", "number refused"),
    "custom_field": ("clean", "changed, unpaid", "refused again after an edit"),
}
AT_LEVELS = [
    (level, kind, after)
    for level in ("history", "custom_field")
    for kind in KINDS
    for after in AFTER
    if EVERY_MOMENT or (after == "run lost" and kind in SAMPLE[level])
]


@pytest.mark.parametrize(("grain", "kind", "after"), CASES)
def test_a_crash_at_any_call_of_an_invoice_comes_to_rest(world, kind, after):
    _crash_at_each_call(world, kind, after)


@pytest.mark.parametrize(("level", "kind", "after"), AT_LEVELS)
def test_a_crash_at_any_call_comes_to_rest_at_each_monitoring_level(world, level, kind, after):
    world.level = level
    _crash_at_each_call(world, kind, after)


def _crash_at_each_call(world, kind, after):
    first = world.snapshot()

    def begin(count):
        world.restore(first)
        world.a_day_ago()
        ids = KINDS[kind].prepare(world, count)
        world.watch()
        world.airflow.after = after
        return ids

    (invoice_id,) = begin(1)
    world.run_watched()
    points = world.points(invoice_id)
    found = rest(world) + faults(world, invoice_id, strikes=KINDS[kind].strikes)
    assert not found, "\n" + "\n".join(["without any crash", *found])
    for start in range(0, len(points), AT_ONCE):
        some = points[start : start + AT_ONCE]
        ids = begin(len(some))
        for one, point in zip(ids, some, strict=True):
            world.plans[one] = (point.number, point.when, world.kill)
        world.run_watched()
        assert not world.plans
        found += rest(world)
        for one, point in zip(ids, some, strict=True):
            found += [f"{point}: {fault}" for fault in faults(world, one, strikes=1)]
    assert not found, "\n" + "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("grain", ["invoice"])
def test_what_the_erp_had_before_the_only_task_died_for_good_is_a_success_and_no_mail(world):
    world.a_day_ago()
    (invoice_id,) = KINDS["clean"].prepare(world)
    world.watch()
    world.dying[invoice_id] = ("erp.create",)
    world.airflow.after = "no try left"
    run = world.run_watched()
    assert run.row("invoice", 0).state == "failed"
    assert run.told(END)["counts"]["unchanged"] == 1
    assert world.rows("errors") == world.rows("alerts") == []
    assert world.row(invoice_id)["custom-fields"]["cf-erp-invoice-number"]
    assert not [*rest(world), *faults(world, invoice_id)]
