"""One call to Coupa: sent within the budget, repeated where that is safe, its failure named."""

from __future__ import annotations

import datetime
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import requests

from coupa_erp.bounded import LARGEST_ANSWER, body_of, bounded
from coupa_erp.coupa.answers import json_of, many, messages_of
from coupa_erp.coupa.connection import CoupaSettings
from coupa_erp.coupa.failures import NotDone, failure_of_network, failure_of_status, on_repeat
from coupa_erp.coupa.oauth import ClientCredentials
from coupa_erp.coupa.rate import RateBudget
from coupa_erp.coupa.retry import (
    RetryPolicy,
    certainly_not_done,
    http_date,
    repeatable,
    retry_after_seconds,
)
from coupa_erp.metrics import timed
from include.errors import ConfigurationError, ExportError, NotInCoupa, RefusedByCoupa, TransientError

log = logging.getLogger(__name__)

#: What a slow line carries in a second: a file may take so much longer than an answer.
_BYTES_A_SECOND = 1 << 20
JSON_HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}


@dataclass(frozen=True)
class Call:
    """A request, before it is sent.

    :param path: below the host: ``/api/invoices/7``.
    :param query: not encoded.
    :param body: what becomes the JSON body; amounts as strings.
    :param largest: the answer is a file of so many bytes at most, and no JSON.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    largest: int | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """A successful answer.

    :param content: its JSON, or the bytes of a file.
    :param at: when, by Coupa's own clock where it says so.
    :param media_type: as Coupa says it.
    """

    content: Any
    at: datetime.datetime
    media_type: str = ""


@dataclass(frozen=True)
class Page:
    """A page of a listing.

    :param at: when, by Coupa's own clock where it says so.
    """

    objects: list[dict[str, Any]]
    at: datetime.datetime


class CoupaTransport:
    """Sends calls to one instance.

    :param settings: the connection.
    :param session: authenticated by ``auth``.
    :param policy: how long a call is repeated.
    :param sleep: waits between attempts and for the budget's turn.
    """

    def __init__(
        self,
        settings: CoupaSettings,
        session: requests.Session,
        auth: ClientCredentials,
        policy: RetryPolicy,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._session = bounded(session)
        settings.channel.warn(log)
        self._auth = auth
        self._policy = policy
        self._sleep = sleep
        self._budget = RateBudget(settings.base_url, settings.calls.requests_per_second, sleep=sleep)

    def repeat(self, call: Call) -> Answer:
        """A GET or an idempotent PUT: repeated whatever became of the attempt before.

        :raises RefusedOnRepeat: refused, but an attempt whose answer was lost may have done it.
        """
        return self._in_loop(call, repeatable)

    def fetch(self, call: Call, largest: int) -> tuple[bytes, str]:
        """A file and its media type, by a GET that is repeated like any other.

        :param largest: so many bytes at most.
        :raises BeyondBounds: there are more.
        """
        answer = self._in_loop(replace(call, largest=largest), repeatable)
        return answer.content, answer.media_type

    def create(self, call: Call) -> Answer:
        """A create: repeated only where the attempt before was certainly not carried out."""
        return self._in_loop(call, certainly_not_done)

    def listing(self, path: str, query: Mapping[str, str], asked: str | Mapping[str, str]) -> Page:
        """One page of a listing.

        :param query: conditions, order and limit.
        :param asked: the fields, or another parameter that shapes the answer, such as an API filter.
        :raises ConfigurationError: 404: a listing names no id, so it is the address that is not there.
        """
        shape = {"fields": asked} if isinstance(asked, str) else asked
        call = Call("GET", path, {**query, **shape})
        try:
            answer = self.repeat(call)
        except NotInCoupa:
            failure = ConfigurationError(
                f"{call} was answered with 404: no Coupa API is at the host of the connection."
            )
        else:
            return Page(many(answer.content, str(call)), answer.at)
        raise failure

    def pause(self, attempt: int, fault: TransientError) -> bool:
        """Wait as before another attempt.

        :return: whether it was worth it: not where Coupa asked for more time than a call has.
        """
        wait = self._policy.wait_for(attempt, fault)
        if wait > self._policy.patience:
            return False
        self._sleep(wait)
        return True

    def _in_loop(self, call: Call, again: Callable[[BaseException], bool]) -> Answer:
        lost = False

        def attempt() -> Answer:
            nonlocal lost
            try:
                return self._once(call)
            except RefusedByCoupa as refusal:
                if lost:
                    raise on_repeat(refusal) from None
                raise
            except TransientError as fault:
                lost = lost or not isinstance(fault, NotDone)
                log.info("%s", fault)
                raise

        return self._policy.retrying(again, self._sleep)(attempt)

    def _once(self, call: Call) -> Answer:
        self._budget.take()
        started = time.monotonic()
        failure: ExportError | None = None
        try:
            with timed("coupa", str(call)):
                response, body = self._exchange(call)
        except requests.RequestException as fault:
            failure = failure_of_network(fault, str(call))
        if failure is not None:
            raise failure  # out here, so that the fault with its query is no part of it
        log.debug("%s: %s after %.2f s", call, response.status_code, time.monotonic() - started)
        now = http_date(response.headers.get("Date")) or datetime.datetime.now(datetime.UTC)
        if 200 <= response.status_code < 300:
            content = json_of(body, str(call)) if call.largest is None else body
            return Answer(content, now, response.headers.get("Content-Type", "").lower())
        raise failure_of_status(
            str(call),
            response.status_code,
            messages_of(body, hide=self._auth.known_secrets),
            retry_after=retry_after_seconds(response.headers.get("Retry-After"), now),
        )

    def _exchange(self, call: Call) -> tuple[requests.Response, bytes]:
        query = urlencode(call.query, safe=",", quote_via=quote)  # RFC 3986 lets commas stand
        with self._session.request(
            call.method,
            self._settings.base_url + call.path + (f"?{query}" if query else ""),
            data=None if call.body is None else json.dumps(call.body, default=_as_text).encode(),
            headers=JSON_HEADERS,
            timeout=self._settings.calls.timeout_seconds,
            allow_redirects=False,
            stream=True,
            **self._settings.channel.for_requests,
        ) as response:
            seconds, largest = self._settings.calls.timeout_seconds, LARGEST_ANSWER
            if call.largest is not None:
                seconds, largest = seconds + call.largest / _BYTES_A_SECOND, call.largest
            return response, body_of(response, seconds=seconds, largest=largest)


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be sent to Coupa")
