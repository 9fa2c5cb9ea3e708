"""What carrying payments back was asked for: params and conf, checked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.errors import ConfigurationError
from include.options import LONGEST_LOOK_AT_PAYMENTS


class PaymentsRequest(BaseModel):
    """The params of one look.

    :param days: how many days it goes back, today included.
    :param dry_run: write nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(ge=1, le=LONGEST_LOOK_AT_PAYMENTS)
    dry_run: bool = False


def read_request(params: Mapping[str, Any], conf: Mapping[str, Any] | None) -> PaymentsRequest:
    """Check what was asked for.

    :param params: Airflow's params, the form's defaults and conf already merged.
    :param conf: the conf as it was sent: a key that we do not know must not be ignored silently.
    :raises ConfigurationError: naming the param that cannot be used.
    """
    try:
        return PaymentsRequest.model_validate({**params, **(conf or {})})
    except ValidationError as unusable:
        fault = unusable.errors()[0]
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = ", ".join(PaymentsRequest.model_fields)
        raise ConfigurationError(f"Param {name} is not known; this DAG takes {known}.")
    raise ConfigurationError(f"Param {name}: {fault['msg']} (it was {fault['input']!r}).")
