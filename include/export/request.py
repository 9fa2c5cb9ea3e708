"""What a run was asked for: params and conf, checked before anything is created in Coupa."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from include.errors import ConfigurationError
from include.options import MOST_INVOICES_A_RUN, read_options

Status = Literal["approved", "voided"]
ResponseCode = Annotated[str, Field(max_length=255, pattern=r"^[A-Za-z0-9_.-]+$")]

#: In ``retry_rejected``: whatever the response code.
ALL = "all"


class RunRequest(BaseModel):
    """The params of one run; what it was not asked for is as in the form, whose defaults no task is given.

    :param invoice_ids: only these invoices, exported or not, whatever ``go_live_from`` says.
    :param statuses: which of Coupa's statuses are taken.
    :param updated_since: only invoices changed since then.
    :param window_from: only invoices whose date (the option ``window_on``) is not before it.
    :param window_to: likewise, and before it.
    :param max_invoices: how many invoices this run takes.
    :param dry_run: read both sides, write to neither, and report what would be done.
    :param include_exported: take what was exported already, too.
    :param retry_rejected: take again, too, what stands under an open error of ours with one of these response
        codes, or :data:`ALL`.
    :param after_id: the cursor of a follow-up run: only ids above it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    invoice_ids: list[int] = Field(default_factory=list, max_length=MOST_INVOICES_A_RUN)
    statuses: list[Status] = Field(default=["approved", "voided"], min_length=1)
    updated_since: datetime.datetime | None = None
    window_from: datetime.datetime | None = None
    window_to: datetime.datetime | None = None
    max_invoices: int = Field(
        default_factory=lambda: read_options().max_invoices, ge=1, le=MOST_INVOICES_A_RUN
    )
    dry_run: bool = False
    include_exported: bool = False
    retry_rejected: list[ResponseCode] = Field(default_factory=list, max_length=100)
    after_id: int = Field(default=0, ge=0)

    @field_validator("retry_rejected", mode="before")
    @classmethod
    def _one_code_or_several(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [value]
        # The form sends an empty line as an empty code.
        return [code for code in value if code != ""] if isinstance(value, list) else value

    @field_validator("updated_since", "window_from", "window_to")
    @classmethod
    def _utc_unless_said(cls, value: datetime.datetime | None) -> datetime.datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=datetime.UTC)
        return value

    @model_validator(mode="after")
    def _window_is_a_span(self) -> RunRequest:
        if self.window_from and self.window_to and self.window_from >= self.window_to:
            raise ValueError("window_from must be before window_to")
        return self

    @property
    def takes_everything(self) -> bool:
        """Whether the run takes all that waits: no ids, no window and no moment limit it."""
        return not (self.invoice_ids or self.has_window or self.updated_since)

    @property
    def has_window(self) -> bool:
        """Whether a span of time limits the run, as each run of a backfill."""
        return bool(self.window_from or self.window_to)

    @property
    def looks_for_voids(self) -> bool:
        """Whether exported voids are looked for beside what waits; ``include_exported`` lists them anyway."""
        limited = self.invoice_ids or self.updated_since or self.include_exported
        return "voided" in self.statuses and not limited

    def retries(self, codes: Iterable[str | None]) -> bool:
        """Whether an error with these response codes is one of those whose invoices are taken again.

        :param codes: of its responses.
        """
        wanted = {code.casefold() for code in self.retry_rejected}
        return ALL in wanted or any(code and code.casefold() in wanted for code in codes)


def read_request(
    params: Mapping[str, Any],
    conf: Mapping[str, Any] | None,
    *,
    interval: tuple[datetime.datetime, datetime.datetime] | None = None,
) -> RunRequest:
    """Check what a run was asked for.

    :param params: Airflow's params, the form's defaults and conf already merged.
    :param conf: the conf as it was sent: a key that we do not know must not be ignored silently.
    :param interval: the data interval of a backfill's run; it limits the run unless a window was named.
    :return: the request.
    :raises ConfigurationError: naming the param that cannot be used.
    """
    asked = {name: value for name, value in {**params, **(conf or {})}.items() if value is not None}
    if interval and not (asked.get("window_from") or asked.get("window_to")):
        asked["window_from"], asked["window_to"] = interval
    try:
        return RunRequest.model_validate(asked)
    except ValidationError as unusable:
        fault = unusable.errors()[0]
        name = ".".join(str(part) for part in fault["loc"]) or "the params"
        if fault["type"] == "extra_forbidden":
            known = ", ".join(RunRequest.model_fields)
            raise ConfigurationError(f"Param {name} is not known; this DAG takes {known}.") from None
        raise ConfigurationError(f"Param {name}: {fault['msg']} (it was {fault['input']!r}).") from None
