"""What a failed call means: for a write above all, whether Coupa may have carried it out.

The first three say so to the code that repeats calls; to everyone else they are what they derive from.
"""

from __future__ import annotations

import ssl
from typing import Any

import requests
from urllib3.exceptions import ReadTimeoutError

from coupa_erp.bounded import AnswerTooLarge
from coupa_erp.channel import in_chain, unreached
from include.errors import ConfigurationError, ExportError, NotInCoupa, RefusedByCoupa, TransientError


class NotDone(TransientError):
    """Never sent, or turned away unread (429): even a create may be sent again."""


class BeyondBounds(ConfigurationError):
    """A good answer that is too large, or nested too deep, to be read: no repeat makes it another.

    :param call: verb and path, without query and host.
    :param how: ``more than 50 MB``.
    """

    def __init__(self, call: str, how: str) -> None:
        self.call = call
        self.how = how
        super().__init__(
            f"{call} was answered with {how}; let the API filter of the connection answer fewer fields, or "
            "check the host of the connection."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.call, self.how)


class PerhapsStillRunning(TransientError):
    """Coupa, or a proxy, ran out of time: the work may be done even after one has looked for it."""


class RefusedOnRepeat(RefusedByCoupa):
    """Refused after an attempt whose answer was lost: that attempt may have done the work."""


def failure_of_network(fault: requests.RequestException, call: str) -> ExportError:
    """A request without an answer. The fault's own text holds the query, so it is not quoted.

    :param fault: what ``requests`` raised.
    :param call: verb and path, without query and host.
    """
    if isinstance(fault, AnswerTooLarge):
        return BeyondBounds(call, str(fault))
    if (mending := _settings_to_be_mended(fault)) is not None:
        return ConfigurationError(f"{call} {mending}.")
    if (why := unreached(fault)) is not None:
        return NotDone(f"{call}: no connection to Coupa: {why}.")
    if isinstance(fault, requests.Timeout) or in_chain(fault, ReadTimeoutError):
        return PerhapsStillRunning(f"{call}: no answer in time.")
    return TransientError(
        f"{call}: the connection broke before the answer was read ({type(fault).__name__})."
    )


def _settings_to_be_mended(fault: requests.RequestException) -> str | None:
    """What an operator should do about it, where no repeat can help."""
    if in_chain(fault, ssl.SSLCertVerificationError):
        return (
            "was not sent: the server's certificate is not trusted; check the host of the connection, or "
            "name the file of its authority in ca_file of the connection's extra (or in REQUESTS_CA_BUNDLE)"
        )
    if isinstance(fault, ValueError):  # InvalidURL, InvalidSchema, InvalidHeader and the like
        return f"cannot be sent ({type(fault).__name__}): check the connection"
    return None


def failure_of_status(
    call: str, status: int, messages: list[str], *, retry_after: float | None = None
) -> ExportError:
    """An answer that is no success.

    :param call: verb and path, without query and host.
    :param messages: Coupa's own sentences.
    :param retry_after: seconds that Coupa asked to wait.
    """
    said = f" ({'; '.join(messages)})" if messages else ""
    if (mending := _to_be_mended(status)) is not None:
        return ConfigurationError(f"{call} was answered with {status}{said}: {mending}.")
    if status == 404:
        return NotInCoupa(call, status, messages)
    if status == 429:
        return NotDone(f"{call}: Coupa is busy (429){said}.", retry_after=retry_after)
    if status in (408, 504):
        return PerhapsStillRunning(f"{call}: no answer in time ({status}){said}.", retry_after=retry_after)
    if status >= 500 or status < 200:
        return TransientError(f"{call}: Coupa failed with {status}{said}.", retry_after=retry_after)
    return RefusedByCoupa(call, status, messages)


def _to_be_mended(status: int) -> str | None:
    """What an operator should do about it, where only an operator can."""
    if 300 <= status < 400:
        return (
            "a redirect, which is not followed with a token; put the instance's own URL into the host of the "
            "connection"
        )
    if status == 401:
        return (
            "client id or secret refused, also with a fresh token; check login and password of the connection"
        )
    if status == 403:
        return "forbidden; grant the OAuth2 client the scopes of the connection in Coupa's Setup"
    if status == 407:
        return "a proxy wants credentials; check the proxy of the environment"
    return None


def on_repeat(refusal: RefusedByCoupa) -> RefusedByCoupa:
    """The refusal of a repeated call, marked as such; an unknown id stays one.

    :param refusal: after an attempt whose answer was lost.
    """
    if isinstance(refusal, NotInCoupa):
        return refusal
    return RefusedOnRepeat(refusal.call, refusal.status, refusal.messages)
