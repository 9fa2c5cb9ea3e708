"""What earlier attempts at an invoice left in Coupa: counted from Coupa's own records, never from Airflow."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from include.coupa_port import CoupaPort
from include.errors import TransientError
from include.export.records import WHERE, RecordName
from include.models.records import IntegrationRecord, RecordDraft, Response

log = logging.getLogger(__name__)

#: Technical failures; what is none of them ends the row of failures.
FAILURES = frozenset({"failed", "stopped", "kept"})


@dataclass(frozen=True)
class Event:
    """One record of ours about the invoice, an error or a success."""

    name: RecordName
    record: IntegrationRecord
    is_error: bool


class Past:
    """The records of one invoice, the oldest first, resolved ones included.

    :param events: in any order.
    :param known: whether Coupa could be asked at all.
    """

    def __init__(self, events: Iterable[Event], *, known: bool = True) -> None:
        self.known = known
        # Errors and successes are numbered apart, so time decides; in one second a success ends a failure.
        self.events = sorted(
            events, key=lambda event: (_moment(event.record.created_at), not event.is_error, event.record.id)
        )

    @classmethod
    def of(cls, coupa: CoupaPort, invoice_id: int, *, last_try: bool = False) -> Past:
        """Ask Coupa for everything about the invoice.

        :param coupa: the instance.
        :param invoice_id: Coupa's id.
        :param last_try: no further try follows: what cannot be read counts as a blank page, because an
            outcome that is told once too often beats one that is never told.
        """
        key = coupa.scope.key(invoice_id)
        try:
            errors = coupa.find_integration_errors(invoice_id, resolved=None)
            history = coupa.find_history_records(invoice_id, resolved=None)
        except TransientError as unreadable:
            if not last_try:
                raise
            log.warning("The earlier records of invoice %s cannot be read: %s", invoice_id, unreadable)
            return cls([], known=False)
        named = [
            (RecordName.read(record.external_id, key), record, is_error)
            for records, is_error in ((errors, True), (history, False))
            for record in records
        ]
        return cls(Event(name, record, is_error) for name, record, is_error in named if name)

    def error_of(self, outcome: str, attempt: str) -> Event | None:
        """The error that an earlier try of this very attempt has written."""
        return self._last(
            lambda event: event.is_error and (event.name.outcome, event.name.attempt) == (outcome, attempt)
        )

    def same_again(self, draft: RecordDraft) -> Event | None:
        """The newest record of other attempts, where it is an error with the words of this draft.

        :param draft: what would be written.
        """
        newest = self._last(lambda event: not _is_own(event, draft))
        return newest if newest and newest.is_error and _is_told(newest, draft) else None

    def same_number_trouble(self, draft: RecordDraft) -> Event | None:
        """The error of a number that Coupa refused, in these words; a success stands beside it by nature.

        :param draft: what would be written.
        """
        return self._last(
            lambda event: (
                event.name.outcome == "unnumbered" and not _is_own(event, draft) and _is_told(event, draft)
            )
        )

    def told_meanwhile(self, coupa: CoupaPort, draft: RecordDraft) -> Event | None:
        """The open error that another process has written since, in the words of this draft.

        :param coupa: the instance.
        :param draft: what would be written.
        """
        if draft.document_id is None:
            return None
        known = {event.record.id for event in self.events if event.is_error}
        for record in coupa.find_integration_errors(draft.document_id):
            name = RecordName.read(record.external_id, coupa.scope.key(draft.document_id))
            if name and record.id not in known and _told(record.responses) == _told(draft.responses):
                return Event(name, record, is_error=True)
        return None

    def strikes_before(self, attempt: str) -> int:
        """Technical failures in a row, up to now, without this attempt's own.

        :param attempt: the attempt that failed just now.
        """
        struck: set[str] = set()
        for event in reversed(self.events):
            if not event.is_error:
                break
            if event.name.outcome in FAILURES:
                struck.add(event.name.attempt)
            elif event.name.outcome == "rejected":
                break
        return len(struck - {attempt})

    def since(self, moment: str) -> bool:
        """Whether any outcome was written, or opened again, since then.

        :param moment: Coupa's time, as Coupa writes it.
        """
        return any(
            _moment(event.record.created_at) >= _moment(moment)
            or (not event.record.resolved and _moment(event.record.updated_at) >= _moment(moment))
            for event in self.events
        )

    def _last(self, is_it: Callable[[Event], bool]) -> Event | None:
        return next((event for event in reversed(self.events) if is_it(event)), None)


def _is_own(event: Event, draft: RecordDraft) -> bool:
    """Whether the record is of the draft's own attempt."""
    own = RecordName.read(draft.external_id, event.name.key)
    return own is not None and own.attempt == event.name.attempt


def _is_told(event: Event, draft: RecordDraft) -> bool:
    return _told(event.record.responses) == _told(draft.responses)


def _told(responses: list[Response]) -> list[tuple[str, str]]:
    return sorted(
        (response.response_code or "", response.response_message or "")
        for response in responses
        if response.response_code != WHERE
    )


def _moment(text: str | None) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
