"""What a good answer holds, as far as it is the ERP's and can be read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import requests

from coupa_erp.bounded import is_shallow
from coupa_erp.erp_http.calls import Call, Server
from include.errors import ConfigurationError, OutcomeUnknown, TransientError


def content_of(response: requests.Response, call: Call, server: Server, decode: Callable[[str], Any]) -> Any:
    """The JSON of an answer.

    :param response: with its body read.
    :param decode: reads JSON as this server writes it.
    :raises TransientError: it cannot be read; ``OutcomeUnknown`` where the call writes.
    :raises ConfigurationError: it is no JSON at all, so it is not the ERP that answers.
    """
    # What cannot be read is told below, without the fault: it quotes what was answered.
    with contextlib.suppress(ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        decoded = decode(response.text)
        if is_shallow(decoded):
            return decoded
    raise misread(response, call, server)


def misread(response: requests.Response, call: Call, server: Server) -> TransientError | ConfigurationError:
    """The failure of a good answer that does not hold what it should.

    :param response: with its body read; one that calls itself JSON is the server's, and spoilt.
    """
    return unreadable(server, call) if says_json(response) else another_server(server, call)


def says_json(response: requests.Response) -> bool:
    """Whether an answer calls itself JSON."""
    return "json" in response.headers.get("Content-Type", "")


def unreadable(server: Server, call: Call) -> TransientError:
    """The server, or something between, broke the answer off or spoilt it: a write may have done its work."""
    told = f"{server.name} answered {call} well, but with what cannot be read"
    if not call.writes:
        return TransientError(f"{told}.")
    return OutcomeUnknown(f"{told}: whether it did its work is not known.")


def another_server(server: Server, call: Call) -> ConfigurationError:
    """What answers is not the ERP."""
    return ConfigurationError(
        f"What answers {call} is not {server.name}: the connection's host names another server."
    )
