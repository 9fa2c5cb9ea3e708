"""What a failure of Odoo means: by the name of its exception, for the status tells too little.

Odoo names the exception in the body, over ``/json/2`` (with a status that fits) and over ``/jsonrpc`` (with
200) alike. Whatever it is, Odoo has rolled back.

=================================== ====================================================================
Exception                           Raised
=================================== ====================================================================
``UserError``, ``ValidationError``  ErpRejection with Odoo's sentence
``AccessError``, ``AccessDenied``,  ConfigurationError
401, 403
``MissingError``                    :class:`NotInOdoo`
a lost race, 429                    Busy: may be sent again
anything else that Python or the    ExportError: a repeat fails alike (an unknown field, a bad date or
database says, mostly with 500      currency come as 500)
a lost database, memory             transient
no name at all: 5xx of a proxy      transient
=================================== ====================================================================

Transient is ``TransientError`` for reads and ``OutcomeUnknown`` for writes.
"""

from __future__ import annotations

import re
from typing import Any

import requests

from coupa_erp.erp_http.calls import Busy
from include.errors import (
    ConfigurationError,
    ErpRejection,
    ExportError,
    OutcomeUnknown,
    Refusal,
    TransientError,
)
from include.models.text import clean

#: In sentences.
ERP = "Odoo"

#: Odoo lists groups and records in its sentences; an accountant reads the beginning.
LONGEST_SENTENCE = 1000

SIMILAR_BILL = "ALREADY_IN_ERP"
PERIOD_CLOSED = "PERIOD_CLOSED"


class NotInOdoo(ExportError):
    """The record is not there, or no longer."""


class UnknownExternalId(ExportError):
    """Odoo has no record under the external id."""


#: Odoo's English sentences, told apart by what stays when names are filled in.
_CODES = (
    (re.compile(r"prior to and inclusive of|lock date", re.I), PERIOD_CLOSED),
    (re.compile(r"inactive currency"), "CURRENCY_UNKNOWN"),
    (re.compile(r"archived account|deprecated account"), "ACCOUNT_CLOSED"),
)
_RACE = re.compile(r"could not serialize access|deadlock detected|could not obtain lock|LockNotAvailable")
_RACES = ("SerializationFailure", "LockNotAvailable", "DeadlockDetected", "ConcurrencyError", "LockError")
_LOST = ("OperationalError", "InterfaceError", "PoolError", "MemoryError", "AdminShutdown", "QueryCanceled")
_REFUSALS = ("UserError", "ValidationError", "RedirectWarning", "MissingRequiredFieldError")


def check_status(response: requests.Response, call: str, *, writes: bool) -> None:
    """Raise what an answer without a named exception means, or return where it went well.

    :param response: with its body read.
    :param call: the model and method, for messages: ``account.move/action_post``.
    :param writes: whether the call may have changed something.
    """
    status = response.status_code
    if status < 300:
        return
    if status < 400:
        raise ConfigurationError(
            f"Odoo's address redirects elsewhere ({status} at {call}): put the address itself into the "
            "connection."
        )
    if status in (401, 403):
        _refused_credentials(status, call, "")
    if status == 404:
        raise ConfigurationError(
            f"There is no Odoo, or not its database, at the connection's address (404 at {call}): check host "
            "and database, and whether Odoo serves several databases without a filter."
        )
    if status == 413:
        raise ErpRejection(
            Refusal("TOO_LARGE", "The invoice is larger than Odoo takes in one request: split it in Coupa.")
        )
    if status in (429, 503):
        wait = response.headers.get("Retry-After", "")
        raise Busy(
            f"Odoo is busy ({status} at {call}).",
            retry_after=float(wait) if re.fullmatch(r"[0-9]{1,4}", wait) else None,
        )
    if status < 500:
        raise ExportError(f"Odoo answered {call} with {status}.")
    raise _lost(writes)(f"Odoo or a proxy before it failed with {status} at {call}.")


def check_failure(said: dict[str, Any], call: str, *, writes: bool) -> None:
    """Raise what a named exception means.

    :param said: with ``name`` and ``message``.
    """
    name = str(said.get("name") or "").rpartition(".")[2]
    sentence = clean(str(said.get("message") or ""), LONGEST_SENTENCE)
    if name in _REFUSALS:
        raise ErpRejection(Refusal(code_of(sentence), useful(sentence)))
    if name in ("AccessError", "AccessDenied", "Unauthorized", "Forbidden", "SessionExpiredException"):
        _refused_credentials(401 if name in ("AccessDenied", "Unauthorized") else 403, call, sentence)
    if name == "MissingError":
        raise NotInOdoo(f"Odoo has no such record any more at {call}.")
    if name == "ValueError" and sentence.startswith("External ID not found"):
        raise UnknownExternalId(sentence)
    if name in _RACES or _RACE.search(sentence):
        raise Busy(f"Odoo lost a race for a row at {call}.")
    if name in _LOST:
        raise _lost(writes)(
            f"Odoo failed at {call} ({name}): its database does not answer, or there is none of that name."
        )
    if name == "NotFound":
        raise ConfigurationError(
            f"Odoo does not know {call}: {useful_end(sentence)} Is the app Invoicing installed, and is it "
            "Odoo 17, 18 or 19?"
        )
    raise ExportError(
        f"Odoo failed at {call} with an error of its own ({name}: {sentence[:200]}): its version or modules "
        "differ from those that this export serves (Odoo 17 to 19 with Invoicing)."
    )


def refused_load(messages: list[Any], call: str) -> Exception:
    """What ``load`` means that answers 200 and entered nothing.

    :param messages: Odoo's, one for each thing that is wrong.
    """
    said = [
        clean(str(row.get("message") or ""), LONGEST_SENTENCE) for row in messages if isinstance(row, dict)
    ]
    told = [sentence for sentence in said if sentence] or ["no reason given"]
    if any(_RACE.search(sentence) for sentence in told):
        return Busy(f"Odoo lost a race for a row at {call}.")
    if any("No matching record found for database id" in sentence for sentence in told):
        return TransientError(f"A record that the bill names was deleted in Odoo meanwhile: {told[0]}")
    return ErpRejection(*(Refusal(code_of(sentence), useful(sentence)) for sentence in told))


def code_of(sentence: str) -> str:
    """A stable code for one of Odoo's sentences, ``ERP_REFUSED`` for those not listed."""
    return next((code for pattern, code in _CODES if pattern.search(sentence)), "ERP_REFUSED")


def useful(sentence: str) -> str:
    """Odoo's sentence for an accountant who stands in Coupa, not in Odoo."""
    return f"Odoo refuses: {useful_end(sentence or 'no reason given')}"


def useful_end(sentence: str) -> str:
    """A sentence with its end."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _refused_credentials(status: int, call: str, sentence: str) -> None:
    if status == 401:
        raise ConfigurationError(
            "Odoo does not take the API key (401): put a key of the export's user that has not expired into "
            "the connection's password (and, before Odoo 19, that user's login into its login)."
        )
    raise ConfigurationError(
        f"Odoo forbids {call} (403): {useful_end(sentence) + ' ' if sentence else ''}Give the user of the "
        "API key the right Invoicing (Accounting: Billing) and every company that it books for."
    )


def _lost(writes: bool) -> type[TransientError]:
    return OutcomeUnknown if writes else TransientError
