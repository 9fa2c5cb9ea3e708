"""What an answer of Tryton means: by status, content type and sentence.

======== ============================== ===============================================================
Status   What Tryton means              Raised
======== ============================== ===============================================================
3xx      never sent by Tryton           ConfigurationError: the address is another
400 JSON a rule refuses, or a warning   ErpRejection with Tryton's sentence; rights: ConfigurationError
401, 403 the key, or a right            ConfigurationError
404      no such record                 :class:`NotInTryton` (what that means depends on the call)
413      Tryton's limit for a request   ErpRejection
429, 503 too many calls; a lost lock    Busy: Tryton rolled back, so the call may be sent again
500      an error inside Tryton         a programming error: ExportError; else transient
502, 504 a proxy gave up                transient
======== ============================== ===============================================================

Transient is ``TransientError`` for reads and ``OutcomeUnknown`` for writes: a 500 can come from work that
Tryton does after it has committed.
"""

from __future__ import annotations

import html
import json
import re

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
ERP = "Tryton"

#: Tryton names records in its sentences; an accountant reads the beginning.
LONGEST_SENTENCE = 1000
_PARAGRAPH = 2000

SIMILAR_BILL = "ALREADY_IN_ERP"
CANCEL_IN_CLOSED_PERIOD = "CANCEL_IN_CLOSED_PERIOD"


class Forbidden(ConfigurationError):
    """403: a right is missing or, at a button, a rule about the record's state refused without a word."""


class NotInTryton(ExportError):
    """The record (or, at the first call, the database) is not there."""


#: Tryton 8.2's English sentences (``modules/*/message.xml``), told apart by what stays when names are
#: filled in.
_CODES = (
    (re.compile(r"you must reopen the period"), "PERIOD_CLOSED"),
    (re.compile(r"If you cancel the move, the current period"), CANCEL_IN_CLOSED_PERIOD),
    (re.compile(r"closed (journal-)?period"), "PERIOD_CLOSED"),
    (re.compile(r"you must create a period for the date"), "PERIOD_MISSING"),
    (re.compile(r"is similar to invoice"), SIMILAR_BILL),
    (re.compile(r"you must set a type or unclose it"), "ACCOUNT_CLOSED"),
    (re.compile(r"No rate found for currency"), "CURRENCY_RATE_MISSING"),
    (re.compile(r"you must define a currency exchange"), "EXCHANGE_ACCOUNT_MISSING"),
    (re.compile(r"you must define a sequence on fiscal year"), "NUMBERING_MISSING"),
    (
        re.compile(r"tax identifier .* has not been validated|tax identifier .* not valid", re.I),
        "TAX_IDENTIFIER",
    ),
)

#: What only an operator can mend, although Tryton says it with the status of a business rule.
_RIGHTS = re.compile(r"^(You are not allowed to|Calling button .* is not allowed)")

#: ``str()`` of Python's own errors: Tryton's 500 page carries nothing else. Each means that request and
#: server do not fit each other (a field or model that this Tryton does not have), so a repeat fails alike.
_PROGRAMMING = re.compile(
    r"^(KeyError\()?'[\w.,-]+'\)?$"
    r"|has no attribute|unexpected keyword argument|required positional argument|positional arguments? but"
    r"|object is not|is not JSON serializable|invalid literal|not supported between|unsupported operand"
    r"|cannot unpack|not enough values to unpack|too many values to unpack|index out of range"
    r"|column .* does not exist|relation .* does not exist"
)


def check(response: requests.Response, call: str, *, writes: bool) -> None:
    """Raise what a response means, or return where it went well.

    :param response: with its body read.
    :param call: the verb, model and action, for messages: ``POST account.invoice/12/post``.
    :param writes: whether the call may have changed something.
    """
    status = response.status_code
    if status < 300:
        return
    if status < 400:
        raise ConfigurationError(
            f"Tryton's address redirects elsewhere ({status} at {call}): put the address itself into the "
            "connection."
        )
    _check_refusal(response, call)
    lost = OutcomeUnknown if writes else TransientError
    if status in (429, 503):
        wait = response.headers.get("Retry-After", "")
        raise Busy(
            f"Tryton is busy ({status} at {call}): another posting holds a lock, or too many calls came at "
            "once.",
            retry_after=float(wait) if re.fullmatch(r"[0-9]{1,4}", wait) else None,
        )
    if status == 500:
        said = _page_text(response.text)
        if _PROGRAMMING.search(said):
            raise ExportError(
                f"Tryton failed at {call} with an internal error ({said[:200]}): its version or modules "
                "differ from those this export serves (Tryton 8.2 with account_invoice and analytic_invoice)."
            )
    raise lost(f"Tryton or a proxy before it failed with {status} at {call}.")


def _check_refusal(response: requests.Response, call: str) -> None:
    status = response.status_code
    if status == 401:
        raise ConfigurationError(
            "Tryton does not know the application key (401): put the key of a validated user application of "
            "type REST API into the connection's password."
        )
    if status == 403:
        raise Forbidden(
            f"Tryton forbids {call} (403): give the user of the application key the rights that "
            "docs/configuring.md lists."
        )
    if status == 404:
        raise NotInTryton(f"Tryton has nothing at {call} (404).")
    if status == 413:
        raise ErpRejection(
            Refusal(
                "TOO_LARGE",
                "The invoice is larger than Tryton takes in one request: split it in Coupa, or raise "
                "max_size in Tryton's configuration.",
            )
        )
    if status == 400:
        sentence = _sentence(response)
        if sentence is None:
            raise ExportError(f"Tryton does not understand {call} (400): {_page_text(response.text)[:200]}")
        if _RIGHTS.search(sentence):
            raise ConfigurationError(
                f"Tryton at {call}: {sentence} Give the user of the application key that right, the "
                "companies it books for, and the company filter All."
            )
        raise ErpRejection(Refusal(code_of(sentence), useful(sentence)))
    if status < 500 and status != 429:
        raise ExportError(f"Tryton answered {call} with {status}: {_page_text(response.text)[:200]}")


def code_of(sentence: str) -> str:
    """A stable code for one of Tryton's sentences, ``ERP_REFUSED`` for those not listed."""
    return next((code for pattern, code in _CODES if pattern.search(sentence)), "ERP_REFUSED")


def useful(sentence: str) -> str:
    """Tryton's sentence for an accountant who stands in Coupa, not in Tryton."""
    if code_of(sentence) in ("PERIOD_CLOSED", "PERIOD_MISSING"):
        return (
            f"Tryton's books are not open for the posting date. {sentence} Or change the date in Coupa, so "
            "that it falls into an open period."
        )
    return f"Tryton refuses: {sentence}"


def _sentence(response: requests.Response) -> str | None:
    """The message of a business refusal: ``{"status", "message", "description"}``."""
    if "json" not in response.headers.get("Content-Type", ""):
        return None
    try:
        said = json.loads(response.text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    message, description = said.get("message"), said.get("description")
    texts = [clean(text, LONGEST_SENTENCE) for text in (message, description) if isinstance(text, str)]
    return " ".join(text for text in texts if text) or None


def _page_text(page: str) -> str:
    """The paragraph of an error page, by its beginning."""
    start = page.find("<p>")
    paragraph = page[start + 3 : start + 3 + _PARAGRAPH].partition("</p>")[0] if start >= 0 else ""
    return clean(html.unescape(paragraph), _PARAGRAPH)
