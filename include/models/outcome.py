"""What became of one invoice: between the tasks of its index, and in the run's summary."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from include.models.bill import Frozen

Action = Literal["created", "amended", "unchanged", "voided", "nothing_to_void"]
TroubleKind = Literal["rejected", "failed", "outage", "skipped"]
OutcomeKind = Literal["posted", "unchanged", "voided", "rejected", "given_back", "stopped", "skipped"]
#: Whether people were told: a new alert, none because they know, none because of the many, none at all.
Alert = Literal["sent", "known", "capped", "none"]

#: What the summary counts each action as.
KIND_OF_ACTION: dict[Action, OutcomeKind] = {
    "created": "posted",
    "amended": "posted",
    "unchanged": "unchanged",
    "voided": "voided",
    "nothing_to_void": "voided",
}


#: The code of what tells that a file of the invoice is not in the ERP.
NOT_ATTACHED = "NOT_ATTACHED"


class InvoiceFacts(Frozen):
    """The little of an invoice that its outcome needs.

    :param status: Coupa's status at the moment that the ERP was served.
    :param total: Coupa's ``gross-total``; ``None`` where it could not be read.
    :param content: what Coupa showed, as :func:`include.export.content.content_of` names it.
    :param version: the same moment, as :func:`include.export.content.version_of` names it.
    :param approved_at: when its last approval in Coupa was given; ``None`` where Coupa shows none.
    """

    invoice_id: int
    invoice_number: str
    status: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    erp_number_in_coupa: str | None = None
    content: str | None = None
    version: str | None = None
    approved_at: datetime.datetime | None = None


class Message(Frozen):
    """One refusal or fault, as it is shown in Coupa."""

    code: str
    text: str


class Verdict(Frozen):
    """What the ERP holds now, as ``post_to_erp`` found or made it.

    :param erp_id: the ERP's internal id of the document; ``None`` for a void.
    :param erp_number: the ERP's document number; ``None`` where there is nothing to void.
    :param fingerprint: the content that stands in the ERP; ``None`` for a void.
    :param document_url: where a person opens that document, if the ERP has such an address.
    :param remark: what an accountant should know besides.
    :param notes: likewise, each under its own code.
    :param attempt: tells this outcome from an earlier one with the same content.
    :param posted_at: when this step posted it; ``None`` where it stood there already.
    """

    facts: InvoiceFacts
    action: Action
    erp_id: str | None = None
    erp_number: str | None = None
    fingerprint: str | None = None
    document_url: str | None = None
    remark: str | None = None
    notes: list[Message] = Field(default_factory=list)
    attempt: str
    posted_at: datetime.datetime | None = None


class Trouble(Frozen):
    """Why a step of an index did not end well; left behind for ``record_outcome``.

    :param kind: ``rejected`` by a rule, ``failed`` technically, ``outage`` because nobody is served now,
        ``skipped`` because it is not to be taken.
    :param where: where the Airflow team finds it: run, index and step.
    :param facts: the invoice as the step saw it, where it saw it.
    :param ask_erp: the ERP may be away: find out before the failure counts against the invoice.
    """

    kind: TroubleKind
    step: str
    messages: list[Message] = Field(min_length=1)
    where: str | None = None
    facts: InvoiceFacts | None = None
    ask_erp: bool = False
    attempt: str


class Outcome(Frozen):
    """One invoice's line in the run's summary.

    :param document_url: where a person opens the ERP's document.
    :param alert: whether people were told of its trouble.
    :param outage: it came back because nobody was served, not because of itself.
    :param posted_at: when this run posted it.
    """

    kind: OutcomeKind
    facts: InvoiceFacts
    action: Action | None = None
    erp_number: str | None = None
    document_url: str | None = None
    messages: list[Message] = Field(default_factory=list)
    alert: Alert = "none"
    outage: bool = False
    posted_at: datetime.datetime | None = None

    @property
    def seconds_to_erp(self) -> int | None:
        """From the last approval to the posting of a new document; ``None`` where one is not known."""
        approved, posted = self.facts.approved_at, self.posted_at
        if self.action != "created" or approved is None or posted is None:
            return None
        return max(0, round((posted - approved).total_seconds()))


class Recorded(Outcome):
    """An outcome, as ``record_outcome`` of an index returns it.

    :param coupa_url: where a person opens the invoice.
    :param map_index: which index: Airflow hands the outcomes of a run on as a list with gaps, and keeps those
        of indexes that are no more.
    :param integration_run_id: the run in Coupa that its records belong to: an index that is cleared later
        gets a new one.
    """

    coupa_url: str | None = None
    map_index: int
    integration_run_id: int | None = None
