"""One call to an ERP: sent within bounds, its failures named, repeated only where a repeat cannot harm."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urlencode

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from coupa_erp.bounded import LARGEST_ANSWER, AnswerTooLarge, body_of, bounded
from coupa_erp.channel import Channel, unreached
from coupa_erp.coupa.retry import http_date, retry_after_seconds
from coupa_erp.metrics import timed
from include.errors import ConfigurationError, ExportError, OutcomeUnknown, TransientError
from include.models.kept import without_ibans

log = logging.getLogger(__name__)

_READ_TRIES = 3
T = TypeVar("T")


class NotDone(TransientError):
    """Never sent, or turned away unread: also a write may be sent again."""


class Busy(NotDone):
    """Too many calls at once, or a lock: turned away unread."""


@dataclass(frozen=True)
class Call:
    """A request.

    :param name: verb and operation without any value, for messages and metrics: ``POST A_SupplierInvoice``.
    :param url: without the query.
    :param query: not encoded.
    :param writes: whether it may change something.
    :param more_seconds: how much longer than any other its answer may take.
    :param told: how messages name it, where its verb says nothing, because it is always the same.
    """

    name: str
    url: str
    query: Mapping[str, str] | Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    writes: bool = False
    more_seconds: float = 0
    told: str = ""

    def __str__(self) -> str:
        return self.told or self.name

    @property
    def verb(self) -> str:
        """The HTTP method."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True)
class Server:
    """The other side.

    :param name: for messages: ``S/4HANA``.
    :param metric: for metrics: ``s4hana``.
    :param timeout_seconds: for one answer.
    :param busy_seconds: how long a call is repeated while the server turns it away.
    """

    name: str
    metric: str
    channel: Channel
    timeout_seconds: float
    busy_seconds: float


class Calls:
    """Sends calls to one server.

    :param server: the server.
    :param session: with its authentication; tests may bring their own.
    :param secrets: what no error page may show.
    """

    def __init__(
        self, server: Server, session: requests.Session, secrets: Callable[[], tuple[str, ...]]
    ) -> None:
        self.server = server
        self.session = bounded(session)
        self._secrets = secrets
        server.channel.warn(log)

    def once(self, call: Call) -> requests.Response:
        """The answer with its body read, whatever its status.

        :raises NotDone: the call never left.
        :raises TransientError: no answer; ``OutcomeUnknown`` where the call writes.
        :raises ConfigurationError: the address or its certificate is wrong.
        """
        failure: ExportError | None = None
        try:
            with timed(self.server.metric, call.name):
                return self._exchange(call)
        except requests.RequestException as fault:
            failure = line_failure(self.server, fault, call)
        raise failure  # out here, so that the fault, which carries the request, is no part of it

    def repeated(self, attempt: Callable[[], T], *, writes: bool) -> T:
        """Run an attempt again while the server is busy, and a read also after a broken line.

        :param attempt: one call, its answer checked.
        """

        def again(fault: BaseException) -> bool:
            return isinstance(fault, NotDone if writes else TransientError)

        return Retrying(
            stop=self._enough,
            wait=_wait,
            retry=retry_if_exception(again),
            before_sleep=_note,
            reraise=True,
        )(attempt)

    def hidden(self, text: str) -> str:
        """What the server says of a failure, which may repeat what it was sent: without secrets and IBANs."""
        for secret in self._secrets():
            text = text.replace(secret, "***")
        return without_ibans(text)

    def _exchange(self, call: Call) -> requests.Response:
        seconds = self.server.timeout_seconds + call.more_seconds
        # A blank as %20, not as a plus: not every server reads a filter otherwise.
        query = urlencode(call.query, safe="$,()':", quote_via=quote)
        with self.session.request(
            call.verb,
            call.url + (f"?{query}" if query else ""),
            data=call.body,
            headers=dict(call.headers),
            timeout=seconds,
            allow_redirects=False,
            stream=True,
            **self.server.channel.for_requests,
        ) as response:
            body = body_of(response, seconds=seconds, largest=LARGEST_ANSWER)
        if not response.ok:
            body = self.hidden(body.decode(errors="replace")).encode()
            response.encoding = "utf-8"
        response._content = body  # where requests keeps it; it cannot read a part of a stream into it
        response.encoding = response.encoding or "utf-8"
        return response

    def _enough(self, state: RetryCallState) -> bool:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, Busy):
            waited = (state.seconds_since_start or 0.0) + state.upcoming_sleep
            return waited > self.server.busy_seconds
        return state.attempt_number >= _READ_TRIES


def line_failure(server: Server, fault: requests.RequestException, call: Call) -> ExportError:
    """The failure of a call without an answer; it quotes nothing of the fault, which holds the query."""
    name = server.name
    if isinstance(fault, AnswerTooLarge):
        return ConfigurationError(
            f"What answers {call} is not {name}, or sends more than {LARGEST_ANSWER >> 20} MB: check "
            "the connection's host."
        )
    if isinstance(fault, requests.exceptions.SSLError):
        return ConfigurationError(
            f"{name}'s TLS certificate cannot be verified: mend the certificate, or name the file of its "
            "authority in ca_file of the connection's extra (or in REQUESTS_CA_BUNDLE)."
        )
    if isinstance(fault, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return ConfigurationError(f"{name}'s address is not usable: put a valid address into the connection.")
    if isinstance(fault, ValueError):  # InvalidHeader and the like
        return ConfigurationError(f"{call} cannot be sent to {name}: check the connection.")
    if (why := unreached(fault)) is not None:
        return NotDone(f"{name} cannot be reached at {call}: {why}.")
    what = "did not answer in time" if isinstance(fault, requests.Timeout) else "closed the connection"
    return lost(server, call, what)


def lost(server: Server, call: Call, what: str) -> TransientError:
    """The failure of a call that was sent and whose effect nobody knows, or of a read.

    :param what: what happened, as the end of a sentence.
    """
    if not call.writes:
        return TransientError(f"{server.name} {what} at {call}.")
    return OutcomeUnknown(f"{server.name} {what} at {call}: whether it did its work is not known.")


def asked_to_wait(response: requests.Response) -> float | None:
    """The seconds of a ``Retry-After``, from its seconds or its date."""
    now = http_date(response.headers.get("Date")) or datetime.datetime.now(datetime.UTC)
    return retry_after_seconds(response.headers.get("Retry-After"), now)


_jitter = wait_random_exponential(multiplier=0.1, max=3)


def _wait(state: RetryCallState) -> float:
    """Full jitter, so that those who lost one lock together part; the server's own wish comes first."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.retry_after if isinstance(failure, TransientError) else None
    return asked if asked is not None else _jitter(state)


def _note(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    log.info("%s Trying again in %.1f s.", failure, state.upcoming_sleep)
