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
CHOSEN = {
    "steps": lambda kind, after: kind in ("clean", "number refused") or after == "run lost",
    "invoice": lambda kind, after: (
        (after == "no try left" and kind in ("clean", "changed, unpaid", "number refused"))
        or (after == "restarted" and kind in ("refused by the mapping", "void of a live one"))
        or (after == "run lost" and kind == "refused by the ERP")
    ),
}
CASES = [
    (grain, kind, after)
    for grain in GRAINS
    for kind in KINDS
    for after in AFTER
    if (EVERY_MOMENT or CHOSEN[grain](kind, after)) and (grain, after) != ("invoice", "no record either")
]


@pytest.mark.parametrize(("grain", "kind", "after"), CASES)
def test_a_crash_at_any_call_of_an_invoice_comes_to_rest(world, kind, after):
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
