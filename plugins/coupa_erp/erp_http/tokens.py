"""OAuth 2.0 client credentials: one token for a machine, renewed before its end and after a 401.

Every Airflow task is a process, so the token lies in a file that this user alone can read, and one process
at a time asks for a new one.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.auth import AuthBase

from coupa_erp.bounded import body_of, bounded
from coupa_erp.coupa.private_files import locked, name_for, private_directory, read_private, replace_private
from coupa_erp.erp_http.calls import Call, NotDone, Server, line_failure
from include.errors import ConfigurationError, ExportError, TransientError

_LARGEST_TOKEN = 256 * 1024
_LONGEST_USE = 12 * 3600.0
_USED_SHARE = 0.8
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_CALL = "POST token"


@dataclass(frozen=True)
class Token:
    """An access token and when to ask for the next one, in seconds since the epoch."""

    value: str
    renew_at: float

    def __repr__(self) -> str:
        return f"Token(renew_at={self.renew_at:.0f})"


@dataclass(frozen=True)
class TokenRequest:
    """What is sent for a token.

    :param form: made anew for each request, because a signed assertion ends.
    :param basic: client id and secret for HTTP Basic, where the server wants them there.
    :param refused: what to do where client or secret are refused.
    :param kept_under: all that makes this token another than that of any other connection.
    """

    url: str
    form: Callable[[], Mapping[str, str]]
    refused: str
    kept_under: tuple[str, ...]
    basic: tuple[str, str] | None = None


class ClientToken(AuthBase):
    """Adds the token to each request; one that is refused is replaced once.

    :param server: for whom it is, for messages.
    :param asked: how to ask for it.
    """

    def __init__(self, server: Server, asked: TokenRequest) -> None:
        self._server = server
        self._asked = asked
        self._token: Token | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by ``requests`` for each request that it prepares."""
        request.headers["Authorization"] = f"Bearer {self.value()}"
        request.register_hook("response", self._renew_once)  # type: ignore[no-untyped-call]
        return request

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        return (self._token.value,) if self._token else ()

    def value(self, *, refused: str | None = None) -> str:
        """The token to use.

        :param refused: one that was just refused: the answer is another one.
        :raises ConfigurationError: the client or its secret are refused.
        :raises NotDone: there is no token now; what was to be sent with it was not sent.
        """
        if not _usable(self._token, refused):
            directory = private_directory()
            file = directory / f"erp-token-{name_for(*self._asked.kept_under)}"
            kept = _read(read_private(file))
            if not _usable(kept, refused):
                try:
                    with locked(directory / f"{file.name}.lock", self._server.timeout_seconds):
                        kept = _read(read_private(file))  # another process may have renewed it meanwhile
                        if not _usable(kept, refused):
                            kept = self.ask()
                            _keep(kept, file)
                except TransientError as fault:
                    raise NotDone(str(fault), retry_after=fault.retry_after) from None
            self._token = kept
        assert self._token is not None  # noqa: S101 - for mypy: it is usable
        return self._token.value

    def ask(self) -> Token:
        """A token asked for now, kept nowhere.

        :raises ConfigurationError: the client or its secret are refused.
        """
        asked_at = time.time()
        failure: ExportError | None = None
        name = self._server.name
        try:
            answer, body = self._exchange()
        except requests.RequestException as fault:
            failure = line_failure(self._server, fault, Call(_CALL, self._asked.url))
        if failure is not None:
            raise failure
        if answer.status_code in (400, 401, 403):
            raise ConfigurationError(
                f"{name} gives no token ({answer.status_code}{_told(body)}): {self._asked.refused}"
            )
        if 300 <= answer.status_code < 400:
            raise ConfigurationError(
                f"{name}'s token service answers with a redirect ({answer.status_code}), which is not "
                "followed: put its own address into the connection."
            )
        if answer.status_code in (404, 405, 410):
            raise ConfigurationError(f"No token service of {name} is at the address of the connection.")
        try:
            answered = json.loads(body) if answer.ok else None
        except ValueError:
            answered = None
        granted = answered if isinstance(answered, dict) else {}
        value = granted.get("access_token")
        if not isinstance(value, str) or not _SENDABLE.fullmatch(value):
            raise TransientError(f"{name} gives no token now ({answer.status_code} at {_CALL}).")
        try:
            lifetime = float(granted.get("expires_in", 3600))
        except (TypeError, ValueError):
            lifetime = 3600.0
        return Token(value, asked_at + min(_LONGEST_USE, max(lifetime, 0.0) * _USED_SHARE))

    def _exchange(self) -> tuple[requests.Response, bytes]:
        seconds = self._server.timeout_seconds
        with (
            bounded(requests.Session()) as session,
            session.post(
                self._asked.url,
                data=dict(self._asked.form()),
                headers={"Accept": "application/json"},
                auth=self._asked.basic or (lambda request: request),  # else a .netrc would add its own
                timeout=seconds,
                allow_redirects=False,
                stream=True,
                **self._server.channel.for_requests,
            ) as answer,
        ):
            return answer, body_of(answer, seconds=seconds, largest=_LARGEST_TOKEN)

    def _renew_once(self, answer: requests.Response, **how: Any) -> requests.Response:
        """Send a request that was answered 401 again with another token; the second answer stands."""
        sent = answer.request.headers.get("Authorization")
        if answer.status_code != 401 or sent is None:
            return answer
        answer.close()
        again = answer.request.copy()
        again.headers["Authorization"] = f"Bearer {self.value(refused=sent.removeprefix('Bearer '))}"
        second: requests.Response = answer.connection.send(again, **how)
        second.history.append(answer)
        second.request = again
        return second


def _usable(token: Token | None, refused: str | None) -> bool:
    return token is not None and token.value != refused and time.time() < token.renew_at


def _read(content: str | None) -> Token | None:
    """The kept token; a file that is garbage counts as none and is replaced."""
    try:
        kept = json.loads(content or "{}")
        token = Token(str(kept["access_token"]), float(kept["renew_at"]))
    except (ValueError, TypeError, KeyError):
        return None
    # A moment further away than a token lives was written under another clock.
    ours = _SENDABLE.fullmatch(token.value) and token.renew_at <= time.time() + _LONGEST_USE
    return token if ours else None


def _keep(token: Token, file: Path) -> None:
    replace_private(file, json.dumps({"access_token": token.value, "renew_at": token.renew_at}))


def _told(body: bytes) -> str:
    """OAuth's own code for a refusal, ``invalid_client``: it carries no secret."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    code = said.get("error") if isinstance(said, dict) else None
    return f", {code}" if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""
