"""REST calls to Tryton's models: one session, a few verbs, and repeats where a repeat cannot harm.

Source: ``trytond/protocols/rest.py`` of Tryton 8.2.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from coupa_erp.bounded import LARGEST_ANSWER, AnswerTooLarge, body_of, bounded, is_shallow
from coupa_erp.channel import unreached
from coupa_erp.metrics import timed
from coupa_erp.tryton import answers
from coupa_erp.tryton.connection import TrytonSettings
from coupa_erp.tryton.reads import Domain
from coupa_erp.tryton.wire import Row, decode, encode, encode_for_url
from include.errors import ConfigurationError, OutcomeUnknown, TransientError
from include.models.kept import without_ibans

log = logging.getLogger(__name__)

#: Names in one query: a server or proxy in front of Tryton may take no more than 4,096 bytes of address.
_NAMES_IN_A_QUERY = 20
_READ_TRIES = 3
#: What Tryton takes for a line of a bill at most: 200 lines were posted in 6 s alone, in 17 s on a busy
#: machine.
_SECONDS_A_LINE = 0.3


class BearerKey(AuthBase):
    """Adds the application key; given as ``auth``, so that no ``.netrc`` replaces it.

    :param settings: the validated connection.
    """

    def __init__(self, settings: TrytonSettings) -> None:
        self._settings = settings

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the key where Tryton looks for it."""
        request.headers["Authorization"] = f"Bearer {self._settings.key.get_secret_value()}"
        return request


class TrytonTransport:
    """One Tryton database.

    :param settings: the validated connection.
    :param session: tests may bring their own.
    """

    def __init__(self, settings: TrytonSettings, session: requests.Session | None = None) -> None:
        self.settings = settings
        self._own = session

    @functools.cached_property
    def session(self) -> requests.Session:
        """Opened at the first call; one pool of connections for the hook's life."""
        session = bounded(self._own or requests.Session())
        self.settings.channel.warn(log)
        session.auth = BearerKey(self.settings)
        session.headers["Accept-Language"] = self.settings.extra.language
        return session

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        company: int | None = None,
        inactive: bool = False,
        order: list[tuple[str, str]] | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """The records that a domain names, with these fields; ``id`` is always among them.

        :param fields: with dots through relations: ``party.code``.
        :param company: the company in whose name Tryton reads.
        :param inactive: whether to find what was deactivated or has ended, too.
        """
        query: list[tuple[str, str]] = [("d", encode_for_url(domain)), *(("f", field) for field in fields)]
        if order is not None:
            query.append(("o", encode_for_url(order)))
        if limit is not None:
            query.append(("s", str(limit)))
        context = self._context(company, {"active_test": False} if inactive else {})
        found = self._send("GET", model, query=query, context=context)
        if not isinstance(found, list):
            raise _another_server(f"GET {model}")
        return cast("list[Row]", found)

    def search_names(
        self,
        model: str,
        field: str,
        names: Iterable[str],
        domain: Domain,
        fields: Sequence[str],
        *,
        company: int | None = None,
        inactive: bool = False,
    ) -> list[Row]:
        """The records whose field is one of many names, in as few calls as addresses of fair length allow.

        :param domain: further conditions.
        """
        wanted = sorted(set(names))
        return [
            row
            for start in range(0, len(wanted), _NAMES_IN_A_QUERY)
            for row in self.search(
                model,
                [[field, "in", wanted[start : start + _NAMES_IN_A_QUERY]], *domain],
                fields,
                company=company,
                inactive=inactive,
            )
        ]

    def create(self, model: str, values: Row, *, company: int | None = None, lines: int = 0) -> int:
        """Create one record and answer its id.

        :param lines: how many lines come with it: so much longer may it take.
        """
        answer = self._send(
            "POST", model, query=[("f", "id")], body=values, context=self._context(company), lines=lines
        )
        try:
            return int(answer["id"])
        except (TypeError, KeyError, ValueError):
            raise _unreadable(f"POST {model}") from None

    def write(self, model: str, record: int, values: Row, *, company: int | None = None) -> None:
        """Change a record."""
        self._send(
            "PUT", f"{model}/{record}", query=[("f", "id")], body=values, context=self._context(company)
        )

    def delete(self, model: str, record: int, *, company: int | None = None) -> bool:
        """Delete a record; whether it was there."""
        try:
            self._send("DELETE", f"{model}/{record}", context=self._context(company))
        except answers.NotInTryton:
            return False
        return True

    def press(
        self, model: str, record: int, button: str, *, company: int | None = None, lines: int = 0
    ) -> bool:
        """Press a record's button, ``post``; whether the record was there.

        A record in a state that the button does not fit is passed over by Tryton's workflow, or refused
        like a breach of a business rule: who presses must look at the state afterwards.
        """
        try:
            self._send(
                "POST",
                f"{model}/{record}/{button}",
                query=[("f", "id")],
                body={},
                context=self._context(company),
                lines=lines,
            )
        except answers.NotInTryton:
            return False
        return True

    def call(self, model: str, method: str, arguments: Row) -> Any:
        """Call a method of the model itself."""
        return self._send("POST", f"{model}/{method}", body=arguments)

    def _context(self, company: int | None, more: Mapping[str, Any] | None = None) -> Row:
        return {**({} if company is None else {"company": company}), **(more or {})}

    def _send(
        self,
        verb: str,
        path: str,
        *,
        query: list[tuple[str, str]] | None = None,
        body: Row | None = None,
        context: Row | None = None,
        lines: int = 0,
    ) -> Any:
        """One call, repeated while Tryton is busy, and a read also over a broken line.

        A write is repeated only where Tryton said that it did nothing, or was not reached.
        """
        retrying = Retrying(
            stop=functools.partial(_enough, lock_seconds=self.settings.extra.lock_seconds),
            wait=_wait,
            retry=retry_if_exception_type((answers.Busy, _Unreached if verb != "GET" else TransientError)),
            before_sleep=_note,
            reraise=True,
        )
        call = f"{verb} {path}"
        headers = {"X-Tryton-Context": encode_for_url(context)} if context else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        seconds = self.settings.extra.timeout_seconds + lines * _SECONDS_A_LINE
        request = functools.partial(
            self.session.request,
            verb,
            f"{self.settings.models_url}/{path}",
            params=query,
            data=None if body is None else encode(body).encode(),
            headers=headers,
            timeout=seconds,
            allow_redirects=False,
            stream=True,
            **self.settings.channel.for_requests,
        )
        exchange = functools.partial(_exchange, request, seconds, self.settings.key.get_secret_value())
        return retrying(_send_once, exchange, call)


def _exchange(request: Callable[[], requests.Response], seconds: float, key: str) -> requests.Response:
    """An answer with its body read, within bounds; an error page shows neither the key nor an IBAN."""
    with request() as response:
        body = body_of(response, seconds=seconds, largest=LARGEST_ANSWER)
    if not response.ok:
        body = without_ibans(body.decode(errors="replace").replace(key, "***")).encode()
    response._content = body  # where requests keeps it; it offers no way to read a part of a stream into it
    response.encoding = response.encoding or "utf-8"  # nor to keep it from guessing by all the bytes
    return response


def _send_once(exchange: Callable[[], requests.Response], call: str) -> Any:
    failure: Exception | None = None
    try:
        with timed("tryton", call):
            response = exchange()
    except requests.RequestException as fault:
        failure = _line_error(fault, call)
    if failure is not None:
        raise failure  # out here, so that the fault, which carries the request and its key, is no part of it
    reads = call.startswith("GET ")
    answers.check(response, call, writes=not reads)
    if not response.content and not reads:
        return None
    try:
        decoded = decode(response.text)
        if is_shallow(decoded):
            return decoded
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        pass  # told below, without the fault: it quotes what was answered
    if "json" in response.headers.get("Content-Type", ""):
        raise _unreadable(call)
    raise _another_server(call)


def _another_server(call: str) -> ConfigurationError:
    return ConfigurationError(
        f"What answers {call} is not Tryton: the connection's host names another server."
    )


def _unreadable(call: str) -> TransientError:
    """Tryton, or something between, broke the answer off or spoilt it: a write may have done its work."""
    if call.startswith("GET "):
        return TransientError(f"Tryton answered {call} well, but with what cannot be read.")
    return OutcomeUnknown(
        f"Tryton answered {call} well, but with what cannot be read: whether it did its work is not known."
    )


class _Unreached(TransientError):
    """The request never left: nothing can have happened."""


def _line_error(failure: requests.RequestException, call: str) -> Exception:
    """The exception for a line that broke; it quotes nothing of the failure."""
    if isinstance(failure, AnswerTooLarge):
        return ConfigurationError(
            f"What answers {call} is not Tryton, or sends more than {LARGEST_ANSWER >> 20} MB: check the "
            "connection's host."
        )
    if isinstance(failure, requests.exceptions.SSLError):
        return ConfigurationError(
            "Tryton's TLS certificate cannot be verified: mend the certificate, or name the file of its "
            "authority in ca_file of the connection's extra (or in REQUESTS_CA_BUNDLE)."
        )
    if isinstance(failure, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return ConfigurationError(
            "Tryton's address is not usable: put a valid address into the connection's host."
        )
    if (why := unreached(failure)) is not None:
        return _Unreached(f"Tryton cannot be reached at {call}: {why}.")
    what = "did not answer in time" if isinstance(failure, requests.Timeout) else "closed the connection"
    if call.startswith("GET "):
        return TransientError(f"Tryton {what} at {call}.")
    return OutcomeUnknown(f"Tryton {what} at {call}: whether it did its work is not known.")


_jitter = wait_random_exponential(multiplier=0.1, max=3)


def _wait(state: RetryCallState) -> float:
    """Full jitter, so that those who lost one lock together part; Tryton's own wish comes first."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.retry_after if isinstance(failure, TransientError) else None
    return asked if asked is not None else _jitter(state)


def _enough(state: RetryCallState, *, lock_seconds: float) -> bool:
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, answers.Busy):
        return (state.seconds_since_start or 0.0) + state.upcoming_sleep > lock_seconds
    return state.attempt_number >= _READ_TRIES


def _note(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    log.info("%s Trying again in %.1f s.", failure, state.upcoming_sleep)
