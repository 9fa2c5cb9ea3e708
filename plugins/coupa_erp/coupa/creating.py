"""Creates, each of which must leave one record: a POST whose answer was lost is never sent again blindly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from coupa_erp.coupa.failures import NotDone, PerhapsStillRunning
from coupa_erp.coupa.transport import Answer, Call, CoupaTransport
from include.errors import OutcomeUnknown, RefusedByCoupa, TransientError

T = TypeVar("T")
_MOST_SENDS = 3
Verb = Literal["POST", "PUT"]
_OTHER_VERB: dict[Verb, Verb] = {"POST": "PUT", "PUT": "POST"}


class Creator:
    """Sends creates with the verb that the instance takes.

    Coupa's Swagger creates with POST, its article with PUT. ``auto`` begins with POST and takes PUT where
    Coupa answers 404 or 405, which is no second create: the first was not one.

    :param method: the connection's ``create_method``.
    """

    def __init__(self, transport: CoupaTransport, method: Literal["auto", "POST", "PUT"]) -> None:
        self._transport = transport
        self._is_settled = method != "auto"
        self._verb: Verb = "POST" if method == "auto" else method

    def create(
        self,
        call: Call,
        read: Callable[[Answer], T],
        find: Callable[[], T | None],
        *,
        look_first: bool = False,
    ) -> T:
        """Create one record.

        :param call: its verb is replaced.
        :param read: makes the record of the answer.
        :param find: looks for the record that an earlier attempt made.
        :param look_first: look before the first attempt, too.
        :raises OutcomeUnknown: the answer was lost, and the record may yet appear.
        """
        if look_first and (found := find()) is not None:
            return found
        for attempt in range(1, _MOST_SENDS + 1):
            try:
                return read(self._send(call))
            except NotDone:
                raise
            except TransientError as fault:
                lost = fault
            unknown = OutcomeUnknown(
                f"{call.path}: whether Coupa made the record is not known, so look first ({lost})",
                retry_after=lost.retry_after,
            )
            if not self._transport.pause(attempt, lost):
                raise unknown
            try:
                found = find()
            except TransientError:
                raise unknown from None
            if found is not None:
                return found
            if isinstance(lost, PerhapsStillRunning):
                raise unknown
        raise unknown

    def _send(self, call: Call) -> Answer:
        try:
            return self._transport.create(Call(self._verb, call.path, call.query, call.body))
        except RefusedByCoupa as refusal:
            if self._is_settled or refusal.status not in (404, 405):
                raise
            first = refusal
        other = _OTHER_VERB[self._verb]
        try:
            answer = self._transport.create(Call(other, call.path, call.query, call.body))
        except RefusedByCoupa as refusal:
            if refusal.status in (404, 405):
                raise first from None  # neither verb is taken: the path or what the body names is wrong
            self._settle(other)
            raise
        self._settle(other)
        return answer

    def _settle(self, verb: Verb) -> None:
        """Remember the verb, for the hook's life."""
        self._verb = verb
        self._is_settled = True
