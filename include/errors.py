"""What can go wrong, named by what to do about it.

::

    ExportError
    ├── ErpRejection          a person in accounts payable decides; never retried (Coupa: Functional)
    ├── NotExportable         no longer approved or voided, or gone: passed over
    ├── TransientError        the same call may go through later; retried with back-off
    │   ├── OutcomeUnknown    sent, answer lost: look before sending again
    │   └── ErpUnavailable    the ERP serves nobody now: nothing is claimed
    ├── ConfigurationError    an operator mends a setting, a credential or a right; never retried
    ├── RefusedByCoupa        Coupa refused this one request for what it says; never retried
    │   └── NotInCoupa        the id that the request names does not exist
    └── NumberNotWritten      the ERP has the document, Coupa refuses its number; retried, then red

What becomes of each, in Airflow and in Coupa, is the table of ``include/failure_policy.py``.

Every message is one clear sentence: what is wrong and what to do. None carries a secret or a payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.models.outcome import Outcome


class ExportError(Exception):
    """Anything of ours that stops an invoice or a run."""


@dataclass(frozen=True)
class Refusal:
    """One reason why an invoice cannot go into the books, in an accountant's words.

    :param code: a short stable name in capitals, ``PERIOD_CLOSED``; becomes Coupa's ``response-code``.
    :param message: what is wrong and what to do, without the place.
    :param place: where, as Coupa's article writes it: ``Header``, ``Line 1``, ``Charge 2``.
    """

    code: str
    message: str
    place: str = "Header"

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ErpRejection(ExportError):
    """The ERP's rules, or the mapping, refuse the invoice: a person must decide.

    :param refusals: one or more reasons; every one of them is shown to the accountant.
    """

    def __init__(self, *refusals: Refusal) -> None:
        if not refusals:
            raise ValueError("an ErpRejection needs at least one Refusal")
        self.refusals = refusals
        super().__init__("; ".join(str(refusal) for refusal in refusals))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.refusals


class NotExportable(ExportError):
    """Coupa shows the invoice as neither approved nor voided by now: it is passed over."""


class TransientError(ExportError):
    """The network, a 5xx, a lock or a 429: the same call may go through later.

    :param message: one sentence.
    :param retry_after: seconds that the other side asked to wait, if it did.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(TransientError):
    """A write was sent and its answer lost: whoever repeats it must look for its work first."""


class ErpUnavailable(TransientError):
    """The ERP cannot be reached or serves nobody: what is not claimed stays unclaimed."""


class ConfigurationError(ExportError):
    """A setting, a credential or a right is wrong: an operator must mend it, a retry cannot."""


class RefusedByCoupa(ExportError):
    """Coupa understood one request and refused it.

    :param call: the verb and path, without query and host: ``PUT /api/invoices/104217``.
    :param status: the HTTP status.
    :param messages: Coupa's own sentences.
    """

    def __init__(self, call: str, status: int, messages: list[str]) -> None:
        self.call = call
        self.status = status
        self.messages = messages
        said = "; ".join(messages) or "no reason given"
        super().__init__(f"Coupa refused {call} with {status}: {said}")


class NotInCoupa(RefusedByCoupa):
    """The id that the request names is not in Coupa (404)."""


class NumberNotWritten(ExportError):
    """The ERP has the document and Coupa refuses its number: tried again, then red.

    :param outcome: what became of the invoice all the same.
    """

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome
