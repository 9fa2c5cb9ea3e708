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
    """

    what: str
    exceptions: tuple[type[BaseException], ...]
    hook: str
    retry: Retry
    kind: TroubleKind
    airflow: str
    coupa: str
    told: str


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
    ),
)


def treatment_of(fault: BaseException) -> Treatment:
    """The row that holds for an exception.

    :param fault: what a step raised.
    """
    return next(row for row in TREATMENTS if isinstance(fault, row.exceptions))
