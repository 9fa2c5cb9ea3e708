"""Misbehaviour on order: at the n-th call that fits, do this."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from include.sandbox.calls import Call

Shape = Literal[
    "errors_dict", "errors_list", "errors_string", "error", "xml", "html", "garbage", "empty", "unchanged"
]


class Fault(BaseModel):
    r"""When it strikes, and what it does then.

    :param method: the verb, any when left out.
    :param path: a regular expression that is searched in the path: ``/integration_runs/\\d+/success$``.
    :param invoice_id: only calls about this invoice: in the path, or as the document in query or body.
    :param nth: the first fitting call that is struck, counted from 1.
    :param times: how many from then on; ``None``: every one.
    :param after_work: do the call's work first and misbehave then: the caller cannot know that it was done.
    :param delay_seconds: wait before going on.
    :param cut: cut the connection without an answer.
    :param status: answer this instead.
    :param shape: the body of that answer, ``errors_dict`` when only a status is given; ``unchanged`` keeps
        the body that the work made; ``garbage`` and ``empty`` come with 200 unless a status says otherwise.
    :param message: what its error says.
    :param headers: further headers, ``{"Retry-After": "3"}``.
    :param keep_values: answer well and do not take the values sent.
    """

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str = ""
    invoice_id: int | None = None
    nth: int = Field(default=1, ge=1)
    times: int | None = Field(default=1, ge=1)
    after_work: bool = False
    delay_seconds: float = Field(default=0, ge=0)
    cut: bool = False
    status: int | None = Field(default=None, ge=100, le=599)
    shape: Shape | None = None
    message: str = "Something went wrong, as ordered"
    headers: dict[str, str] = Field(default_factory=dict)
    keep_values: bool = False
    #: Kept by the sandbox: its number, how many calls fitted, how many it struck.
    id: int = 0
    fitted: int = 0
    struck: int = 0

    @field_validator("path")
    @classmethod
    def _path_is_a_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"the path is not a regular expression: {error}") from None
        return value

    @property
    def replaces_answer(self) -> bool:
        """Whether it stands in the place of the call's own answer; one that only waits does not."""
        return self.cut or self.status is not None or self.shape not in (None, "unchanged")

    def fits(self, call: Call) -> bool:
        """Whether the call is one of those that this fault counts."""
        return (
            (self.method is None or self.method.upper() == call.method)
            and re.search(self.path, call.path) is not None
            and (self.invoice_id is None or call.concerns_invoice(self.invoice_id))
        )

    @property
    def strikes_now(self) -> bool:
        """Whether the call counted last is in its range."""
        return self.fitted >= self.nth and (self.times is None or self.fitted < self.nth + self.times)


class Faults:
    """The faults that were ordered; every one counts for itself, and the oldest that strikes has the word."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []
        self._numbered = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._ordered)

    def order(self, fault: Fault) -> Fault:
        """Add a fault."""
        self._numbered += 1
        ordered = fault.model_copy(update={"id": self._numbered, "fitted": 0, "struck": 0})
        self._ordered.append(ordered)
        return ordered

    def clear(self) -> None:
        """Behave again."""
        self._ordered.clear()

    def strike(self, call: Call) -> Fault | None:
        """Count the call, and say which fault it meets."""
        met = None
        for fault in self._ordered:
            if fault.fits(call):
                fault.fitted += 1
                if met is None and fault.strikes_now:
                    fault.struck += 1
                    met = fault
        return met
