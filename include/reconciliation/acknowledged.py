"""Known differences that a person has acknowledged, with a reason: a YAML file that an operator keeps.

::

    - invoice: 104201
      kind: amounts_differ
      difference: D3f2a9c01b77
      reason: Settled with the supplier by hand, see ticket FIN-311 (J. Doe, 2026-11-02)

Each entry names exactly one difference: the log of the reconciliation shows these lines ready to be copied. A
further change of the same invoice is another difference, and is reported anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import Field, ValidationError, field_validator

from include.errors import ConfigurationError
from include.mapping.yaml_file import read_yaml
from include.models.bill import Frozen
from include.reconciliation.differences import Difference, Kind


class Acknowledgement(Frozen):
    """One entry.

    :param invoice: Coupa's id.
    :param difference: the code of the one difference that is meant.
    :param reason: why it may stay, and who decided that.
    """

    invoice: int = Field(ge=1)
    kind: Kind
    difference: str = Field(pattern=r"^D[0-9a-f]{11}$")
    reason: str = Field(min_length=1)

    @field_validator("reason")
    @classmethod
    def _reason_says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("say why the difference may stay")
        return " ".join(value.split())

    def covers(self, difference: Difference) -> bool:
        """Whether it is this difference that was acknowledged."""
        named = (difference.invoice_id, difference.kind, difference.code)
        return named == (self.invoice, self.kind, self.difference)


def read_acknowledged(path: Path | None) -> list[Acknowledgement]:
    """The file's entries; without a file none.

    :raises ConfigurationError: naming the entry and what is wrong with it.
    """
    if path is None:
        return []
    content = read_yaml(path).content
    if content is None:
        return []
    if not isinstance(content, list):
        raise ConfigurationError(f"{path}: expected a list of entries with {_fields()}.")
    return [_entry(path, number, raw) for number, raw in enumerate(content, start=1)]


def entry_for(difference: Difference) -> str:
    """The lines that acknowledge a difference, ready for the file."""
    return (
        f"- invoice: {difference.invoice_id}\n  kind: {difference.kind}\n"
        f"  difference: {difference.code}\n  reason: "
    )


def _entry(path: Path, number: int, raw: object) -> Acknowledgement:
    try:
        return Acknowledgement.model_validate(raw)
    except ValidationError as unusable:
        fault = unusable.errors(include_url=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    said = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "literal_error":
        said = f"should be one of {', '.join(get_args(Kind))}"
    elif fault["type"] == "extra_forbidden":
        said = f"is not known; an entry has {_fields()}"
    raise ConfigurationError(f"{path}: entry {number}, {name or 'the whole entry'}: {said}.")


def _fields() -> str:
    return ", ".join(Acknowledgement.model_fields)
