"""What becomes of each kind of failure: the one table that code, tests and documentation share.

The rows are asked from the top; the first that names the exception's class decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from include.errors import (
    ConfigurationError,
    ErpRejection,
    ErpUnavailable,
    NotExportable,
    NumberNotWritten,
    OutcomeUnknown,
    RefusedByCoupa,
    TransientError,
)
from include.models.outcome import TroubleKind

Retry = Literal["never", "briefly", "fully"]

#: Which technical failure in a row is not given back any more.
LAST_STRIKE = 3

#: After so many alerts of one code in one run the rest are summed up in one.
MOST_ALERTS_A_CODE = 10

#: Waits of a hook's own attempts at one call, in seconds for all of them together.
HOOK_PATIENCE_SECONDS = 60

#: The longest wait between two tries of a task.
LONGEST_WAIT_SECONDS = 240

#: Tries of a task that found the ERP away before it claimed anything.
BRIEF_TRIES = 3


@dataclass(frozen=True)
class Treatment:
    """One row of the table.

    :param what: what happened, in words.
    :param exceptions: the classes that say so; empty for what no exception tells (a killed process).
    :param hook: what the hook does by itself before it raises.
    :param retry: whether Airflow starts the task again: ``fully`` up to the option ``retries``, ``briefly``
        up to :data:`BRIEF_TRIES` tries.
    :param kind: how ``record_outcome`` treats it.
    :param airflow: what an operator sees.
    :param coupa: what Coupa gets.
    :param told: who hears of it, and how often.
    :param headline: how the line begins that the log of a red task shows first.
    :param remedy: what an operator can do once it is red: the line after it.
    """

    what: str
    exceptions: tuple[type[BaseException], ...]
    hook: str
    retry: Retry
    kind: TroubleKind
    airflow: str
    coupa: str
    told: str
    headline: str
    remedy: str


TREATMENTS = (
    Treatment(
        what="the ERP refuses by its rules, or the mapping cannot serve the invoice",
        exceptions=(ErpRejection,),
        hook="raises at once",
        retry="never",
        kind="rejected",
        airflow="post_to_erp red, no retry; the run goes on and succeeds",
        coupa="integration error, Functional, one response a message; stays exported",
        told="accounts payable, once: the same codes and messages again reopen the error without an alert",
        headline="Refused",
        remedy="mend the invoice in Coupa (an edit in its UI brings it back), or mend the ERP or the mapping "
        "and then resolve the error in Coupa or clear this task",
    ),
    Treatment(
        what="the invoice is no longer approved or voided, or gone from Coupa",
        exceptions=(NotExportable,),
        hook="raises at once",
        retry="never",
        kind="skipped",
        airflow="the rest of the index is skipped",
        coupa="the export mark is taken away again",
        told="nobody",
        headline="Passed over",
        remedy="nothing; once it is approved again the next run takes it",
    ),
    Treatment(
        what="the ERP cannot be reached, or serves nobody, before the listing or before a claim",
        exceptions=(ErpUnavailable,),
        hook="reads are repeated for some seconds",
        retry="briefly",
        kind="outage",
        airflow="fetch_invoices or mark_exported red; the run fails and says why; no follow-up run",
        coupa="nothing is claimed; one integration error about the run, open until a run meets no outage",
        told="the Technical contacts, once an outage; no strike",
        headline="Nobody is served",
        remedy="bring the ERP back; nothing was claimed, and the next run goes on",
    ),
    Treatment(
        what="a setting, a credential or a right is wrong (401 with a fresh token, 403, unknown code)",
        exceptions=(ConfigurationError,),
        hook="a 401 is tried once more with a fresh token",
        retry="never",
        kind="outage",
        airflow="red at once; the run fails and says why; no follow-up run",
        coupa="what was claimed is given back; one integration error about the run",
        told="the Technical contacts, once until a run goes well; no strike",
        headline="A setting is wrong",
        remedy="mend the connection, setting or right that is named; what was claimed goes back, and the "
        "next run goes on",
    ),
    Treatment(
        what="sent, answer lost",
        exceptions=(OutcomeUnknown,),
        hook="looks for its work before it sends again",
        retry="fully",
        kind="failed",
        airflow="retried with back-off; each retry looks the business key up before it writes",
        coupa="nothing, until retries are used up",
        told="nobody, until retries are used up",
        headline="The answer was lost",
        remedy="nothing at first; the next run looks for the document before it sends again. Does it "
        "last, look at the line to the server that is named",
    ),
    Treatment(
        what="network, 5xx, lock, 429",
        exceptions=(TransientError,),
        hook=f"repeats what is safe to repeat for up to {HOOK_PATIENCE_SECONDS} s, honours Retry-After",
        retry="fully",
        kind="failed",
        airflow="retried with back-off for 15 minutes at most in all",
        coupa="nothing, until retries are used up; then as a technical failure",
        told="nobody, until retries are used up",
        headline="No success in all tries",
        remedy="nothing at first; the next run takes the invoice again. Does it last, look at the server "
        "that is named",
    ),
    Treatment(
        what="Coupa refuses one request for what it says",
        exceptions=(RefusedByCoupa,),
        hook="raises at once",
        retry="never",
        kind="failed",
        airflow="red; record_outcome reports it",
        coupa="as a technical failure",
        told="as a technical failure",
        headline="Refused by Coupa",
        remedy="mend in Coupa what it names, then clear this task; the invoice itself goes to the next run",
    ),
    Treatment(
        what="the ERP has the document, and Coupa refuses its number",
        exceptions=(NumberNotWritten,),
        hook="raises at once",
        retry="fully",
        kind="failed",
        airflow="record_outcome retried, then red",
        coupa="history record with the number, and an integration error, Technical, that names it",
        told="the Technical contacts, once: the same words again reopen the error without an alert",
        headline="The number is not in Coupa",
        remedy="enter the number in Coupa by hand, or mend the custom field and clear this task",
    ),
    Treatment(
        what="a technical failure: a bug of ours, a task timed out or killed, transient with retries used up",
        exceptions=(BaseException,),
        hook="",
        retry="fully",
        kind="failed",
        airflow="red",
        coupa=f"integration error, Technical; given back, from failure {LAST_STRIKE} in a row on no more",
        told=f"the Technical contacts at failure 1 and {LAST_STRIKE} in a row",
        headline="A technical failure",
        remedy="read the traceback and mend the cause; the invoice goes to the next run. One that is stopped "
        f"after {LAST_STRIKE} failures comes back once its error is resolved in Coupa or this task cleared",
    ),
)


def treatment_of(fault: BaseException) -> Treatment:
    """The row that holds for an exception.

    :param fault: what a step raised.
    """
    return next(row for row in TREATMENTS if isinstance(fault, row.exceptions))
