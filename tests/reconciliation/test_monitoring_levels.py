"""The reconciliation reads what the export has told, whatever the level at which it told it."""

from __future__ import annotations

import pytest

from include.monitoring.level import monitored
from include.options import Options
from tests.reconciliation.carrying import kinds
from tests.reconciliation.test_over_the_sandbox import CLEAN, CREDIT, ELSEWHERE, OTHER, REFUSED


@pytest.fixture(params=["history", "custom_field"])
def carried(request, world):
    world.coupa = monitored(world.coupa, Options(monitoring=request.param))
    world.run_id = world.coupa.create_integration_run().id
    world.carry(CLEAN, OTHER, CREDIT, REFUSED)
    return world


def test_what_was_refused_stands_under_its_error_and_the_rest_agrees(carried):
    report = carried.look()
    assert report.failure is None
    assert kinds(report, "under_open_error") == {REFUSED: "orphan"}
    assert kinds(report, "carried_elsewhere")[ELSEWHERE] == "orphan"
    (told,) = [finding for finding in report.findings if finding.standing == "under_open_error"]
    assert "TAX_CODE_UNMAPPED" in told.because or "X99" in told.because


def test_a_number_that_is_missing_is_written_and_an_orphan_given_back(carried):
    carried.lose_number(CLEAN)
    carried.erp.documents = [one for one in carried.erp.documents if one.key != carried.key(OTHER)]
    assert kinds(carried.look()) == {CLEAN: "number_missing", OTHER: "orphan"}
    assert not carried.exported(OTHER)
    assert kinds(carried.look(repair=True), "mended") == {CLEAN: "number_missing"}
    assert carried.number(CLEAN) == carried.erp.find_by_key(carried.key(CLEAN)).number
    assert carried.exported(CLEAN)
