"""Scan and files go along in every grain and at every level, and each hangs on its document once."""

from __future__ import annotations

import pytest

from include.erp_port import ErpPort
from include.options import read_options
from include.sandbox.faults import Fault
from tests.reliability.driver import CREATE, END, FETCH
from tests.reliability.judge import faults, rest
from tests.reliability.kinds import EVERY_MOMENT, GRAINS, KINDS
from tests.reliability.test_a_dry_run import dry_run, report_of

STATUS = "cf-integration-status"
#: The scan and two files hang on the invoice that the kind "clean" copies.
ALL = 3
CRASHES = [
    (grain, after)
    for grain in GRAINS
    for after in ("restarted", "no try left", "run lost")
    if EVERY_MOMENT
    or (grain, after) in {("steps", "restarted"), ("steps", "run lost"), ("invoice", "no try left")}
]

pytestmark = pytest.mark.usefixtures("with_files")


@pytest.fixture
def with_files(world, monkeypatch):
    monkeypatch.setenv("COUPA_ERP_ATTACHMENTS", "true")
    read_options.cache_clear()
    world.a_day_ago()
    yield
    world.sandbox.control.behave()


def files(world, invoice_id):
    return world.erp.files_of(world.key(invoice_id))


def told(world, invoice_id):
    """Whether what lacks is told with the open success."""
    open_ones = [row for row in world.told("history", invoice_id) if not row["resolved"]]
    return ["NOT_ATTACHED" in [one["response-code"] for one in row["responses"]] for row in open_ones]


@pytest.mark.parametrize("grain", GRAINS)
def test_each_file_goes_along_once_however_often_the_invoice_is_sent(world):
    ids = KINDS["clean"].prepare(world, 2)
    run = world.airflow.whole()
    assert (run.told(END)["counts"]["posted"], run.told(END)["not_attached"]) == (2, [])
    world.airflow.whole(include_exported=True)
    world.edit(ids[0], reset=True)
    assert world.airflow.whole().told(END)["counts"]["posted"] == 1
    assert [len(files(world, one)) for one in ids] == [ALL, ALL]
    assert [told(world, one) for one in ids] == [[False], [False]]
    # What was handed from task to task holds neither bytes nor names of them.
    handed = "".join(value for one in world.airflow.runs.values() for value in one.xcoms.values())
    assert "PDF" not in handed
    assert "delivery-note" not in handed


@pytest.mark.parametrize(("grain", "after"), CRASHES)
def test_a_crash_at_any_call_leaves_each_file_there_once_or_told_as_lacking(world, after):
    first = world.snapshot()
    (invoice_id,) = KINDS["clean"].prepare(world)
    world.watch()
    world.run_watched()
    points = world.points(invoice_id)
    assert sum("fetch_file" in point.call for point in points) == ALL
    world.restore(first)
    world.a_day_ago()
    ids = KINDS["clean"].prepare(world, len(points))
    world.watch()
    world.airflow.after = after
    for one, point in zip(ids, points, strict=True):
        world.plans[one] = (point.number, point.when, world.kill)
    world.run_watched()
    assert not world.plans
    found = rest(world)
    for one, point in zip(ids, points, strict=True):
        found += [f"{point}: {fault}" for fault in faults(world, one, strikes=1) if "alert" not in fault]
        there = files(world, one)
        if len(set(there)) != len(there):
            found.append(f"{point}: twice: {there}")
        if len(there) < ALL and told(world, one) != [True]:
            found.append(f"{point}: {ALL - len(there)} lack and nobody is told")
    assert not found, "\n" + "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("grain", GRAINS)
def test_a_file_that_lacks_is_in_the_summary_and_clearing_the_square_brings_it(world):
    (invoice_id,) = KINDS["clean"].prepare(world)
    world.sandbox.control.order(Fault(path="attachments/4501$", times=None, status=404))
    run = world.airflow.whole()
    assert run.state == "success"
    assert run.told(END)["counts"]["posted"] == 1
    (lacking,) = run.told(END)["not_attached"]
    assert "inv.pdf" in lacking["messages"][0]
    assert told(world, invoice_id) == [True]
    world.sandbox.control.behave()
    square = "post_to_erp" if world.airflow.shape.steps[0] == "mark_exported" else "invoice"
    world.airflow.clear_step(run, square, 0, downstream=square == "post_to_erp")
    world.airflow.play(run)
    assert run.state == "success"
    assert run.told(END)["not_attached"] == []
    assert len(files(world, invoice_id)) == ALL
    assert told(world, invoice_id) == [False]
    assert not [*rest(world), *faults(world, invoice_id)]


@pytest.mark.parametrize("level", ["history", "custom_field"])
def test_it_is_told_at_each_monitoring_level(world, level):
    world.level = level
    (invoice_id,) = KINDS["clean"].prepare(world)
    world.sandbox.control.order(Fault(path="retrieve_image_scan$", times=None, status=404))
    world.airflow.whole()
    assert len(files(world, invoice_id)) == ALL - 1
    if level == "history":
        assert told(world, invoice_id) == [True]
    else:
        status = world.row(invoice_id)["custom-fields"][STATUS]
        assert status.startswith("Exported: Posted in the ERP as ")
        assert "Not attached to Memory's document" in status
        assert "scan.pdf" in status
    world.sandbox.control.behave()
    assert not [*rest(world), *faults(world, invoice_id)]


@pytest.mark.parametrize("dry", [False, True])
def test_a_hook_that_cannot_attach_refuses_the_setting_before_anything_is_claimed(world, monkeypatch, dry):
    monkeypatch.setattr(type(world.erp), "files", ErpPort.files)
    (invoice_id,) = KINDS["clean"].prepare(world)
    run = world.airflow.trigger(dry_run=dry)
    world.airflow.play(run)
    assert run.row(FETCH).state == "failed"
    assert run.state == "failed"
    trouble = run.told(FETCH, key="trouble")
    assert "The hook for Memory attaches no files" in trouble["messages"][0]["text"]
    assert "COUPA_ERP_ATTACHMENTS" in trouble["messages"][0]["text"]
    assert world.row(invoice_id)["exported"] is False
    assert world.erp.documents == []
    assert (run.told(CREATE) is None) is dry


def test_a_dry_run_attaches_nothing(world):
    (invoice_id,) = KINDS["clean"].prepare(world)
    run = dry_run(world)
    assert report_of(run)[invoice_id]["would"] == "create"
    assert world.erp.attached == {}
