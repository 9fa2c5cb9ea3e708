"""The one line that an invoice's status field holds: words for people, and behind them what the export reads.

``Rejected: PERIOD_CLOSED: Period 2026-03 is closed. [rejected 9c1a2b3c4d5e a1b2c3d4e5.2 -1764111111 0]``

In the brackets: the outcome, the content that Coupa showed, the attempt, the run, and how many technical
failures in a row there were; a ``~`` at the end says that the invoice is being exported again since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from include.export.records import SUCCESSES, WHERE
from include.failure_policy import LAST_STRIKE
from include.models.records import RecordDraft, Response
from include.models.text import clean

#: Coupa's text fields hold no more.
LONGEST = 255

_AGAIN = "Being exported again. Before: "
_BEHIND = re.compile(r"^(.*) \[(\w+) (\S+) (\S+) (-?\d+) (\d+)( ~)?\]$")
_BEGINNINGS = {
    "rejected": "Rejected: ",
    "failed": f"Error {{strikes}} of {LAST_STRIKE}: ",
    "stopped": "Stopped at error {strikes}: ",
    "kept": "Not given back: ",
    "unnumbered": "Number not written: ",
}


@dataclass(frozen=True)
class StatusText:
    """What the field tells of an invoice.

    :param words: for people, with their beginning.
    :param outcome: ``created``, ``rejected``, ``failed``, …
    :param content: what Coupa showed then; ``None`` where that is not known.
    :param attempt: which attempt it was.
    :param run_id: the run's number.
    :param strikes: technical failures in a row, this one included.
    :param resolved: whether the invoice was taken again since.
    """

    words: str
    outcome: str
    content: str | None
    attempt: str
    run_id: int
    strikes: int = 0
    resolved: bool = False

    def __str__(self) -> str:
        again = " ~" if self.resolved else ""
        behind = f" [{self.outcome} {self.content or '-'} {self.attempt} {self.run_id} {self.strikes}{again}]"
        return clean(self.words, LONGEST - len(behind)) + behind

    @classmethod
    def read(cls, text: object) -> StatusText | None:
        """What a field's text says, or ``None`` where it is empty or somebody else's.

        :param text: as Coupa has it.
        """
        found = _BEHIND.match(text) if isinstance(text, str) else None
        if found is None:
            return None
        words, outcome, content, attempt, run_id, strikes, again = found.groups()
        if outcome not in SUCCESSES and outcome not in _BEGINNINGS:
            return None
        return cls(
            words,
            outcome,
            None if content == "-" else content,
            attempt,
            int(run_id),
            int(strikes),
            bool(again),
        )

    @property
    def is_error(self) -> bool:
        """Whether it tells of an invoice that did not reach the ERP as it should."""
        return self.outcome not in SUCCESSES

    @property
    def responses(self) -> list[Response]:
        """The response codes that it names, each with the whole text: no two are taken for the same."""
        told = self.words.removeprefix(_AGAIN)
        codes = told.split(": ", 2)[1].split(", ") if self.is_error and told.count(": ") > 1 else []
        return [Response(response_code=code, response_message=told) for code in codes]

    def turned(self, *, resolved: bool) -> StatusText:
        """The same, being exported again, or standing as it did.

        :param resolved: which of the two.
        """
        told = self.words.removeprefix(_AGAIN)
        return replace(self, words=_AGAIN + told if resolved else told, resolved=resolved)


def written(draft: RecordDraft, outcome: str, content: str | None, attempt: str, strikes: int) -> StatusText:
    """The text in the place of a record.

    :param draft: the record.
    :param outcome: as its name says it.
    :param content: likewise.
    :param attempt: likewise.
    :param strikes: technical failures in a row, this one included.
    """
    told = [response for response in draft.responses if response.response_code != WHERE]
    words = " | ".join((response.response_message or "").removeprefix("Header: ") for response in told)
    if outcome in SUCCESSES:
        beginning = "Exported: "
    else:
        codes = ", ".join(dict.fromkeys(response.response_code or "" for response in told))
        beginning = f"{_BEGINNINGS[outcome].format(strikes=strikes)}{codes}: "
    return StatusText(beginning + words, outcome, content, attempt, draft.integration_run_id or 0, strikes)
