"""What is wrong with a bill, gathered while its records are looked up: a person hears all of it at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from include.errors import Refusal


@dataclass
class Findings:
    """The refusals so far."""

    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, code: str, message: str, place: str = "Header") -> None:
        """Add one."""
        self.refusals.append(Refusal(code, message, place))
