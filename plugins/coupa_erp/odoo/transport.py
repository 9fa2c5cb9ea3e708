"""Calls of Odoo's methods: ``/json/2`` where the server has it (from 19), else ``/jsonrpc``.

Sources: ``addons/rpc/controllers/json2.py`` of Odoo 19, ``odoo/service/model.py`` of 17.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, cast

import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from coupa_erp.bounded import LARGEST_ANSWER, AnswerTooLarge, body_of, bounded, is_shallow
from coupa_erp.channel import unreached
from coupa_erp.metrics import timed
from coupa_erp.odoo import answers
from coupa_erp.odoo.connection import OdooSettings
from include.errors import ConfigurationError, OutcomeUnknown, TransientError
from include.models.kept import without_ibans

log = logging.getLogger(__name__)

Row = dict[str, Any]
Domain = list[Any]

_READ_TRIES = 3
#: What Odoo takes for a line of a bill at most, on a busy machine.
_SECONDS_A_LINE = 0.5
#: Odoo's sentences are told apart in English; without a time zone of its own a user's would move today.
_CONTEXT = {"lang": "en_US", "tz": "UTC"}
_FIRST_JSON_2 = 19


class BearerKey(AuthBase):
    """Adds the API key; given as ``auth``, so that no ``.netrc`` replaces it.

    :param settings: the validated connection.
    """

    def __init__(self, settings: OdooSettings) -> None:
        self._settings = settings

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the key where ``/json/2`` looks for it."""
        if "/json/2/" in (request.url or ""):
            request.headers["Authorization"] = f"bearer {self._settings.key.get_secret_value()}"
        return request


class OdooTransport:
    """One Odoo database.

    :param settings: the validated connection.
    :param session: tests may bring their own.
    """

    def __init__(self, settings: OdooSettings, session: requests.Session | None = None) -> None:
        self.settings = settings
        self._own = session

    @functools.cached_property
    def session(self) -> requests.Session:
        """Opened at the first call; one pool of connections for the hook's life."""
        session = bounded(self._own or requests.Session())
        self.settings.channel.warn(log)
        session.auth = BearerKey(self.settings)
        session.headers["X-Odoo-Database"] = self.settings.database
        return session

    @functools.cached_property
    def version(self) -> int:
        """Odoo's major version; before 19 it has no address that tells it to a GET."""
        found = self._retried("web/version", self._get_version, writes=False)
        if found is None:
            body = _rpc("common", "version", [])
            found = self._retried("common/version", functools.partial(self._post_rpc, body), writes=False)
        told = (
            found.get("version_info", found.get("server_version_info")) if isinstance(found, dict) else None
        )
        major = str(told[0]) if isinstance(told, list) and told else ""
        major = major.rpartition("~")[2].partition(".")[0]  # Odoo Online says saas~18
        if not major.isdigit():
            raise ConfigurationError(_not_odoo("web/version"))
        return int(major)

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        *,
        company: int | None = None,
        companies: Sequence[int] = (),
        context: Row | None = None,
        reads: bool = False,
        lines: int = 0,
        **arguments: Any,
    ) -> Any:
        """Call a method, with arguments by name.

        :param ids: the records that it is called on; ``None`` for a method of the model itself.
        :param company: the company in whose name Odoo works.
        :param companies: those whose records it sees, where it is not one.
        :param reads: it changes nothing, so that it may be repeated over a broken line.
        :param lines: how many lines it concerns: so much longer may it take.
        """
        call = f"{model}/{method}"
        allowed = list(companies) if company is None else [company]
        whole = {**_CONTEXT, **({"allowed_company_ids": allowed} if allowed else {}), **(context or {})}
        seconds = self.settings.extra.timeout_seconds + lines * _SECONDS_A_LINE
        if self.version >= _FIRST_JSON_2:
            body = {**({} if ids is None else {"ids": list(ids)}), "context": whole, **arguments}
            send = functools.partial(self._post, f"json/2/{call}", body, call, seconds, writes=not reads)
        else:
            positional: list[Any] = [] if ids is None else [list(ids)]
            if "vals_list" in arguments:  # before 19 ``create`` takes its values by their place alone
                positional.append(arguments.pop("vals_list"))
            rpc = _rpc("object", "execute_kw", [
                self.settings.database, self._uid, self.settings.key.get_secret_value(),
                model, method, positional, {**arguments, "context": whole},
            ])  # fmt: skip
            send = functools.partial(self._post_rpc, rpc, call, seconds, writes=not reads)
        return self._retried(call, send, writes=not reads)

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        company: int | None = None,
        companies: Sequence[int] = (),
        inactive: bool = False,
        order: str | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """The records that a domain names, with these fields; ``id`` is always among them.

        :param inactive: whether to find what was archived, too.
        """
        arguments: Row = {"domain": domain, "fields": list(fields)}
        if order is not None:
            arguments["order"] = order
        if limit is not None:
            arguments["limit"] = limit
        found = self.call(
            model,
            "search_read",
            company=company,
            companies=companies,
            context={"active_test": False} if inactive else None,
            reads=True,
            **arguments,
        )
        wanted = {"id", *fields}
        if not isinstance(found, list) or not all(
            isinstance(row, dict) and wanted <= row.keys() for row in found
        ):
            raise ConfigurationError(_not_odoo(f"{model}/search_read"))
        return cast("list[Row]", found)

    def search_names(
        self, model: str, field: str, names: Iterable[Any], domain: Domain, fields: Sequence[str], **more: Any
    ) -> list[Row]:
        """The records whose field is one of many names; none are asked for where there are none."""
        wanted = sorted(set(names))
        return self.search(model, [[field, "in", wanted], *domain], fields, **more) if wanted else []

    def load(
        self, model: str, fields: list[str], rows: list[list[str]], *, company: int | None, lines: int = 0
    ) -> int:
        """Import one record with all that belongs to it, unless its external id is there already.

        ``mode`` and ``noupdate`` keep Odoo from touching a record that is there.

        :return: the id of the record under the external id, whoever entered it.
        """
        context = {"mode": "update", "noupdate": True}
        call = f"{model}/load"

        def once() -> int:
            # Several rounds of this are made by one Retrying: a lost race comes with 200.
            answer = self.call(
                model, "load", company=company, context=context, lines=lines, fields=fields, data=rows
            )
            if not isinstance(answer, dict) or "ids" not in answer:
                raise _unreadable(call, writes=True)
            ids = answer["ids"]
            if isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], int):
                return ids[0]
            raise answers.refused_load(answer.get("messages") or [], call)

        return cast("int", self._retried(call, once, writes=True))

    @functools.cached_property
    def _uid(self) -> int:
        """The id of the key's user, as ``/jsonrpc`` wants it with each call."""
        if not self.settings.login:
            raise ConfigurationError(
                f"Odoo {self.version} needs the login of the API key's user: put it into the connection's "
                "login."
            )
        key = self.settings.key.get_secret_value()
        body = _rpc("common", "authenticate", [self.settings.database, self.settings.login, key, {}])
        send = functools.partial(self._post_rpc, body, "common/authenticate")
        uid = self._retried("common/authenticate", send, writes=False)
        if not isinstance(uid, int) or isinstance(uid, bool):
            raise ConfigurationError(
                "Odoo does not take the login and API key: put the login of the export's user into the "
                "connection's login and a key of that user into its password."
            )
        return uid

    def _retried(self, call: str, send: Any, *, writes: bool) -> Any:
        """One call, repeated while Odoo is busy, and a read also over a broken line.

        A write is repeated only where Odoo said that it did nothing, or was not reached.
        """
        retrying = Retrying(
            stop=functools.partial(_enough, lock_seconds=self.settings.extra.lock_seconds),
            wait=_wait,
            retry=retry_if_exception_type((answers.Busy, _Unreached if writes else TransientError)),
            before_sleep=_note,
            reraise=True,
        )
        return retrying(send)

    def _get_version(self) -> Any:
        seconds = self.settings.extra.timeout_seconds
        response = self._exchange("GET", "web/version", None, "web/version", seconds, writes=False)
        if response.status_code == 404:
            return None
        answers.check_status(response, "web/version", writes=False)
        return _decoded(response, "web/version", writes=False)

    def _post(self, path: str, body: Row, call: str, seconds: float, *, writes: bool) -> Any:
        response = self._exchange("POST", path, body, call, seconds, writes=writes)
        if not response.ok and _is_json(response):
            said = _decoded(response, call, writes=writes)
            if isinstance(said, dict) and isinstance(said.get("name"), str):
                answers.check_failure(said, call, writes=writes)
        answers.check_status(response, call, writes=writes)
        return _decoded(response, call, writes=writes)

    def _post_rpc(
        self, body: Row, call: str = "common/version", seconds: float = 60, *, writes: bool = False
    ) -> Any:
        response = self._exchange("POST", "jsonrpc", body, call, seconds, writes=writes)
        answers.check_status(response, call, writes=writes)
        said = _decoded(response, call, writes=writes)
        if not isinstance(said, dict) or "jsonrpc" not in said:
            raise ConfigurationError(_not_odoo(call))
        if (error := said.get("error")) is not None:
            data = error.get("data") if isinstance(error, dict) else None
            answers.check_failure(data if isinstance(data, dict) else {}, call, writes=writes)
        return said.get("result")

    def _exchange(
        self, verb: str, path: str, body: Row | None, call: str, seconds: float, *, writes: bool
    ) -> requests.Response:
        """An answer with its body read, within bounds; an error shows neither the key nor an IBAN."""
        key = self.settings.key.get_secret_value()
        failure: Exception | None = None
        try:
            with (
                timed("odoo", f"{verb} {call}"),
                self.session.request(
                    verb,
                    f"{self.settings.base_url}/{path}",
                    data=None
                    if body is None
                    else json.dumps(body, default=_number, separators=(",", ":")).encode(),
                    headers={} if body is None else {"Content-Type": "application/json"},
                    timeout=seconds,
                    allow_redirects=False,
                    stream=True,
                    **self.settings.channel.for_requests,
                ) as response,
            ):
                read = body_of(response, seconds=seconds, largest=LARGEST_ANSWER)
        except requests.RequestException as fault:
            failure = _line_error(fault, call, writes=writes)
        if failure is not None:
            raise failure  # out here, so that the fault, which carries the key, is no part of it
        if not response.ok or b'"error"' in read[:400]:
            read = without_ibans(read.decode(errors="replace").replace(key, "***")).encode()
        response._content = (
            read  # where requests keeps it; it offers no way to read a part of a stream into it
        )
        response.encoding = response.encoding or "utf-8"  # nor to keep it from guessing by all the bytes
        return response


def _rpc(service: str, method: str, arguments: list[Any]) -> Row:
    params = {"service": service, "method": method, "args": arguments}
    return {"jsonrpc": "2.0", "method": "call", "params": params}


def _number(value: Any) -> Any:
    """An amount as a JSON number: Odoo's own are floats, and the shortest text of one is the amount."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Odoo has no JSON for {type(value).__name__}")


def _is_json(response: requests.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _decoded(response: requests.Response, call: str, *, writes: bool) -> Any:
    try:
        decoded = json.loads(response.text, parse_float=Decimal)
        if is_shallow(decoded):
            return decoded
    except (ValueError, ArithmeticError, RecursionError):
        pass  # told below, without the fault: it quotes what was answered
    if _is_json(response):
        raise _unreadable(call, writes=writes)
    raise ConfigurationError(_not_odoo(call))


def _unreadable(call: str, *, writes: bool) -> TransientError:
    """Odoo, or something between, broke the answer off or spoilt it: a write may have done its work."""
    if not writes:
        return TransientError(f"Odoo answered {call} well, but with what cannot be read.")
    return OutcomeUnknown(
        f"Odoo answered {call} well, but with what cannot be read: whether it did its work is not known."
    )


def _not_odoo(call: str) -> str:
    return f"What answers {call} is not Odoo: the connection's host names another server."


class _Unreached(TransientError):
    """The request never left: nothing can have happened."""


def _line_error(failure: requests.RequestException, call: str, *, writes: bool) -> Exception:
    """The exception for a line that broke; it quotes nothing of the failure."""
    if isinstance(failure, AnswerTooLarge):
        return ConfigurationError(
            f"What answers {call} is not Odoo, or sends more than {LARGEST_ANSWER >> 20} MB: check the "
            "connection's host."
        )
    if isinstance(failure, requests.exceptions.SSLError):
        return ConfigurationError(
            "Odoo's TLS certificate cannot be verified: mend the certificate, or name the file of its "
            "authority in ca_file of the connection's extra (or in REQUESTS_CA_BUNDLE)."
        )
    if isinstance(failure, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return ConfigurationError(
            "Odoo's address is not usable: put a valid address into the connection's host."
        )
    if (why := unreached(failure)) is not None:
        return _Unreached(f"Odoo cannot be reached at {call}: {why}.")
    what = "did not answer in time" if isinstance(failure, requests.Timeout) else "closed the connection"
    if not writes:
        return TransientError(f"Odoo {what} at {call}.")
    return OutcomeUnknown(f"Odoo {what} at {call}: whether it did its work is not known.")


_jitter = wait_random_exponential(multiplier=0.1, max=3)


def _wait(state: RetryCallState) -> float:
    """Full jitter, so that those who lost one race together part; Odoo's own wish comes first."""
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
