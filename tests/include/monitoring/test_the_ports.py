from __future__ import annotations

import pytest

from include.coupa_port import CoupaPort
from include.errors import ExportError
from include.monitoring import SCOPES, in_coupa
from include.monitoring.custom_field import FieldMonitoring
from include.monitoring.history import HistoryMonitoring
from include.monitoring.without_runs import PASSED_ON
from include.options import Options
from tests.include.export.test_rehearsing import offered


class Silent:
    """A Coupa that takes down what is asked of it."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        self.asked.append(name)
        return lambda *_, **__: None


LEVELS = {"history": HistoryMonitoring, "custom_field": lambda coupa: FieldMonitoring(coupa, 30)}


@pytest.mark.parametrize("level", [HistoryMonitoring, FieldMonitoring])
def test_each_method_of_the_port_is_there_at_each_level(level):
    # What a level alone asks for is not asked of it.
    assert offered(CoupaPort) - PASSED_ON - {name for name in dir(level) if not name.startswith("_")} == {
        "list_history_records",
        "require_integration",
    }


@pytest.mark.parametrize("level", LEVELS)
def test_a_call_that_is_not_the_levels_is_refused_and_not_passed_on(level):
    coupa = Silent()
    with pytest.raises(ExportError, match="list_integrations"):
        LEVELS[level](coupa).list_integrations  # noqa: B018
    assert not coupa.asked


@pytest.mark.parametrize("level", LEVELS)
def test_a_run_has_a_number_that_no_run_of_coupas_has(level):
    coupa = Silent()
    port = LEVELS[level](coupa)
    run = port.create_integration_run()
    assert in_coupa(run.id) is None
    for move in (port.succeed_integration_run, port.fail_integration_run, port.read_integration_run):
        assert move(run.id).id == run.id
    assert port.start_integration_run(run.id, 3).end_time is None
    assert set(coupa.asked) <= {"require_integration"}


def test_each_level_has_its_scopes_and_option_3_is_the_default():
    assert Options().monitoring == "runs"
    assert {level: len(scopes.split()) for level, scopes in SCOPES.items()} == {
        "runs": 4,
        "history": 4,
        "custom_field": 2,
    }
