"""Settings of the environment: read once, each wrong one named."""

from __future__ import annotations

import pytest

from include.errors import ConfigurationError
from include.options import MOST_INVOICES_A_RUN, Options, read_options


@pytest.fixture
def read(monkeypatch):
    def read_from(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        read_options.cache_clear()
        return read_options()

    yield read_from
    read_options.cache_clear()


@pytest.mark.parametrize(("grain", "most"), [("steps", 75), ("invoice", MOST_INVOICES_A_RUN)])
def test_how_many_invoices_a_run_takes_follows_the_grain(read, grain, most):
    assert read(COUPA_ERP_GRAIN=grain).max_invoices == most
    assert read(COUPA_ERP_MAX_INVOICES="50").max_invoices == 50


def test_each_variable_is_read_in_its_own_type(read):
    options = read(
        COUPA_ERP_ERRORS_AHEAD="true",
        COUPA_ERP_ATTACHMENT_MEGABYTES="3",
        COUPA_ERP_TASK_MINUTES="2.5",
        COUPA_ERP_MAPPING="here.yaml",
        COUPA_ERP_NOTIFIER_KWARGS='{"text": "down"}',
    )
    assert (options.errors_ahead, options.task_minutes) == (True, 2.5)
    assert (str(options.mapping), options.notifier_kwargs) == ("here.yaml", {"text": "down"})
    assert options.schedule == Options().schedule
    assert options.largest_file is Options().largest_file is None
    assert read(COUPA_ERP_ATTACHMENTS="true").largest_file == 3 << 20


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COUPA_ERP_GRAIN", "task"),
        ("COUPA_ERP_MAX_INVOICES", "0"),
        ("COUPA_ERP_RETRIES", "many"),
        ("COUPA_ERP_ATTACHMENTS", "files"),
        ("COUPA_ERP_ATTACHMENT_MEGABYTES", "0"),
        ("COUPA_ERP_WINDOW_ON", "due-date"),
        ("COUPA_ERP_NOTIFIER_KWARGS", "text=down"),
        ("COUPA_ERP_NOTIFIER_KWARGS", "[1]"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_by_its_variable(read, name, value):
    with pytest.raises(ConfigurationError, match=name):
        read(**{name: value})
