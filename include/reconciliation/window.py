"""What a reconciliation was asked for: params and conf, checked before anything is read."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.errors import ConfigurationError
from include.models.bill import Frozen

DAYS = 35
LONGEST_WINDOW_DAYS = 400


class Window(Frozen):
    """Days, both ends included."""

    first: datetime.date
    last: datetime.date

    def holds(self, day: datetime.date | None) -> bool:
        """Whether a day lies in it."""
        return day is not None and self.first <= day <= self.last


class ReconciliationRequest(BaseModel):
    """The params of one reconciliation.

    :param days: how many days the window has, where its first day is not named.
    :param window_from: its first day.
    :param window_to: its last day, included; today by default.
    :param repair: write ERP numbers that Coupa lacks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(default=DAYS, ge=1, le=LONGEST_WINDOW_DAYS)
    window_from: datetime.date | None = None
    window_to: datetime.date | None = None
    repair: bool = False

    def window(self, today: datetime.date) -> Window:
        """The days to look at.

        :param today: the last day where none was named.
        :raises ConfigurationError: the window ends before it begins, or is too long.
        """
        last = self.window_to or today
        first = self.window_from or last - datetime.timedelta(days=self.days - 1)
        if first > last:
            raise ConfigurationError(f"Param window_from: {first} is after the window's last day, {last}.")
        if (last - first).days >= LONGEST_WINDOW_DAYS:
            raise ConfigurationError(
                f"Param window_from: {first} to {last} is more than {LONGEST_WINDOW_DAYS} days; reconcile "
                "them in parts."
            )
        return Window(first=first, last=last)


def read_request(params: Mapping[str, Any], conf: Mapping[str, Any] | None) -> ReconciliationRequest:
    """Check what a reconciliation was asked for.

    :param params: Airflow's params, the form's defaults and conf already merged.
    :param conf: the conf as it was sent: a key that we do not know must not be ignored silently.
    :raises ConfigurationError: naming the param that cannot be used.
    """
    asked = {name: value for name, value in {**params, **(conf or {})}.items() if value is not None}
    try:
        return ReconciliationRequest.model_validate(asked)
    except ValidationError as unusable:
        fault = unusable.errors()[0]
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = ", ".join(ReconciliationRequest.model_fields)
        raise ConfigurationError(f"Param {name} is not known; this DAG takes {known}.")
    raise ConfigurationError(f"Param {name}: {fault['msg']} (it was {fault['input']!r}).")
