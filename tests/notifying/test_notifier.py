from __future__ import annotations

import pytest
from airflow.sdk.bases.notifier import BaseNotifier

from coupa_erp.notifying import notify_of_failure, open_notifier
from include.errors import ConfigurationError
from include.options import Options, read_options

HERE = f"{__name__}.Noting"
told: list[tuple[str, str]] = []


class Noting(BaseNotifier):
    """Writes down what it was told, and of which run."""

    template_fields = ("text",)

    def __init__(self, *, text: str) -> None:
        super().__init__()
        self.text = text

    def notify(self, context):
        told.append((self.text, context["run_id"]))


def test_a_failed_run_is_told_by_the_notifier_of_the_settings():
    told.clear()
    options = Options(notifier=HERE, notifier_kwargs={"text": "The export {{ run_id }} failed."})
    notify_of_failure({"run_id": "hourly", "dag": None}, options)
    assert told == [("The export hourly failed.", "hourly")]


def test_without_a_notifier_nobody_is_told():
    assert open_notifier(Options()) is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"notifier": "nowhere.Notifier"}, "COUPA_ERP_NOTIFIER names nowhere.Notifier, which cannot be"),
        ({"notifier": "Notifier"}, "which cannot be imported"),
        ({"notifier": "decimal.Decimal"}, "is no notifier of Airflow's"),
        ({"notifier": HERE, "notifier_kwargs": {"txt": "x"}}, "COUPA_ERP_NOTIFIER_KWARGS does not fit"),
    ],
)
def test_a_notifier_that_cannot_be_used_is_refused_in_one_sentence(settings, says):
    with pytest.raises(ConfigurationError, match=says) as refused:
        open_notifier(Options(**settings))
    assert str(refused.value).count("\n") == 0


def test_arguments_that_are_no_json_object_name_their_variable(monkeypatch):
    monkeypatch.setenv("COUPA_ERP_NOTIFIER_KWARGS", "text=hello")
    read_options.cache_clear()
    with pytest.raises(ConfigurationError, match="COUPA_ERP_NOTIFIER_KWARGS: write a JSON object"):
        read_options()
    read_options.cache_clear()
