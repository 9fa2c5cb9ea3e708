"""OAuth2 client credentials as a ``requests`` auth object, with one token for a machine.

Every Airflow task is a process; a token for each would be thousands a run. So the token lies in a file that
this user alone can read, one process at a time asks for a new one, and a token is renewed well before its end
(Coupa advises 20 of its 24 hours).
"""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import requests
from requests.auth import AuthBase

from coupa_erp.bounded import body_of, bounded
from coupa_erp.coupa.answers import json_of, messages_of, one
from coupa_erp.coupa.connection import CoupaSettings
from coupa_erp.coupa.failures import NotDone, failure_of_network, failure_of_status
from coupa_erp.coupa.private_files import locked, name_for, private_directory, read_private, replace_private
from include.errors import ConfigurationError, ExportError, TransientError

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
_CALL = f"POST {TOKEN_PATH}"
_LARGEST_TOKEN = 256 * 1024
_LONGEST_USE = 20 * 3600.0
_USED_SHARE = 0.8
_SENDABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Token:
    """An access token and when to ask for the next one.

    :param renew_at: seconds since the epoch, a moment well before the token ends.
    :param scope: what Coupa says that it grants, where it says so.
    """

    value: str
    renew_at: float
    scope: str | None = None

    def __repr__(self) -> str:
        return f"Token(renew_at={self.renew_at:.0f})"


def spellings(*secrets: str) -> tuple[str, ...]:
    """Secrets as they are, and as URLs, JSON, HTML and logs spell them; the longest first.

    :param secrets: one or more.
    """
    spelled = {
        spelling
        for secret in secrets
        for spelling in (
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            json.dumps(secret)[1:-1],
            json.dumps(secret)[1:-1].replace("/", "\\/"),
            html.escape(secret),
            repr(secret)[1:-1],
        )
    }
    return tuple(sorted(spelled, key=len, reverse=True))


class ScopeRefused(ConfigurationError):
    """The client is right; Coupa grants it not all of the scope it asks for, and does not say what."""


class ClientCredentials(AuthBase):
    """Adds the token to each request, and asks for a new one, once, where Coupa refuses it.

    :param settings: the instance, client id, secret and scope.
    :param on_token: told each token before its first use, so that logs can mask it.
    """

    def __init__(self, settings: CoupaSettings, *, on_token: Callable[[str], None] = lambda _: None) -> None:
        self._settings = settings
        self._on_token = on_token
        self._token: Token | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by ``requests`` for each request that it prepares."""
        request.headers["Authorization"] = f"Bearer {self.token()}"
        request.register_hook("response", self._renew_once)  # type: ignore[no-untyped-call]
        return request

    @property
    def known_secrets(self) -> tuple[str, ...]:
        """What no message may show, in each spelling in which an error page could repeat it."""
        secrets = [self._settings.client_secret.get_secret_value()]
        if self._token:
            secrets.append(self._token.value)
        return spellings(*secrets)

    def token(self, *, refused: str | None = None) -> str:
        """The token to use.

        :param refused: one that Coupa has just refused: the answer is another one.
        :raises ConfigurationError: Coupa refuses the client, its secret or its scope.
        :raises NotDone: Coupa gives no token now.
        """
        if self._is_usable(self._token, refused):
            return self._token.value  # type: ignore[union-attr]
        directory = private_directory()
        file = directory / f"token-{self._cache_key()}"
        cached = self._read(read_private(file))
        if not self._is_usable(cached, refused):
            try:
                with locked(directory / f"{file.name}.lock", self._settings.calls.timeout_seconds):
                    # Another process may have renewed it while this one waited.
                    cached = self._read(read_private(file))
                    if not self._is_usable(cached, refused):
                        cached = self.ask()
                        _keep(cached, file)
            except TransientError as fault:
                # Whatever was to be sent with the token was not sent.
                raise NotDone(str(fault), retry_after=fault.retry_after) from None
        assert cached is not None  # noqa: S101 - for mypy: it is usable
        self._on_token(cached.value)
        self._token = cached
        return cached.value

    def renew(self) -> Token:
        """A token asked for now, whatever is kept: a secret or a right may have been taken back since.

        :raises ConfigurationError: Coupa refuses the client, its secret or its scope.
        :raises TransientError: Coupa gives no token now.
        """
        token = self.ask()
        _keep(token, private_directory() / f"token-{self._cache_key()}")
        self._on_token(token.value)
        self._token = token
        return token

    def _renew_once(self, answer: requests.Response, **how: Any) -> requests.Response:
        """Send a request that was answered 401 again with another token; the second answer stands."""
        sent = answer.request.headers.get("Authorization")
        if answer.status_code != 401 or sent is None:
            return answer
        answer.close()
        refused = sent.removeprefix("Bearer ")
        again = answer.request.copy()
        again.headers["Authorization"] = f"Bearer {self.token(refused=refused)}"
        second: requests.Response = answer.connection.send(again, **how)
        second.history.append(answer)
        second.request = again
        return second

    def _is_usable(self, token: Token | None, refused: str | None) -> bool:
        return token is not None and token.value != refused and time.time() < token.renew_at

    def _cache_key(self) -> str:
        """Another host, client, scope or secret is another token."""
        known = self._settings
        return name_for(
            known.base_url, known.client_id, known.calls.scope, known.client_secret.get_secret_value()
        )

    @staticmethod
    def _read(content: str | None) -> Token | None:
        """The cached token; a file that is garbage counts as none and is replaced."""
        try:
            kept = json.loads(content or "{}")
            token = Token(str(kept["access_token"]), float(kept["renew_at"]))
        except (ValueError, TypeError, KeyError):
            return None
        # A moment further away than a token lives was written under another clock.
        is_ours = _SENDABLE.fullmatch(token.value) and token.renew_at <= time.time() + _LONGEST_USE
        return token if is_ours else None

    def ask(self, scope: str | None = None) -> Token:
        """One request for a token, which is kept nowhere; its repetition is the caller's business.

        :param scope: another than the connection's.
        :raises ScopeRefused: Coupa does not grant it.
        :raises ConfigurationError: Coupa refuses the client or its secret.
        """
        asked_at = time.time()
        failure: ExportError | None = None
        try:
            answer, body = self._exchange(scope or self._settings.calls.scope)
        except requests.RequestException as fault:
            failure = failure_of_network(fault, _CALL)
        if failure is not None:
            raise failure  # out here, so that the fault with its URL is no part of it
        if not 200 <= answer.status_code < 300:
            raise self._refusal(answer, body, scope or self._settings.calls.scope)
        granted = one(json_of(body, _CALL), _CALL)
        value = granted.get("access_token")
        if not isinstance(value, str) or not _SENDABLE.fullmatch(value):
            raise TransientError(f"{_CALL}: Coupa answered well, but without an access_token.")
        try:
            lifetime = float(granted.get("expires_in", _LONGEST_USE))
        except (TypeError, ValueError):
            lifetime = _LONGEST_USE
        renew_at = asked_at + min(_LONGEST_USE, max(lifetime, 0.0) * _USED_SHARE)
        told = granted.get("scope")
        return Token(value, renew_at, told if isinstance(told, str) else None)

    def _exchange(self, scope: str) -> tuple[requests.Response, bytes]:
        known = self._settings
        with (
            bounded(requests.Session()) as session,
            session.post(
                known.base_url + TOKEN_PATH,
                data={
                    "grant_type": "client_credentials",
                    "client_id": known.client_id,
                    "client_secret": known.client_secret.get_secret_value(),
                    "scope": scope,
                },
                headers={"Accept": "application/json"},
                auth=lambda request: request,  # else a .netrc would add its own
                timeout=known.calls.timeout_seconds,
                allow_redirects=False,
                stream=True,
                **known.channel.for_requests,
            ) as answer,
        ):
            return answer, body_of(answer, seconds=known.calls.timeout_seconds, largest=_LARGEST_TOKEN)

    def _refusal(self, answer: requests.Response, body: bytes, scope: str) -> ExportError:
        """Why there is no token, in an operator's words."""
        said = messages_of(body, hide=self.known_secrets)
        if "invalid_scope" in " ".join(said):
            return ScopeRefused(
                f'Coupa does not grant this client the scope "{scope}" (invalid_scope): '
                "add it to the OAuth2 client in Coupa's Setup, or mend scope in the connection's extra."
            )
        if answer.status_code in (400, 401, 403):
            return ConfigurationError(
                f"Coupa: client id or secret refused ({'; '.join(said) or answer.status_code}): check login "
                "and password of the connection."
            )
        if answer.status_code in (404, 405, 410):
            return ConfigurationError(
                f"{_CALL} was answered with {answer.status_code}: no Coupa is at the host of the connection."
            )
        return failure_of_status(_CALL, answer.status_code, said)


def _keep(token: Token, file: Path) -> None:
    replace_private(file, json.dumps({"access_token": token.value, "renew_at": token.renew_at}))
