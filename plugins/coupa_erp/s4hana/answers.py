"""What an answer of S/4HANA means: by status, content type, error code and sentence.

========== ====================================== ====================================================
Status     What S/4HANA means                     Raised
========== ====================================== ====================================================
3xx        a login page, or another address       ConfigurationError
400 JSON   a rule refuses                         ErpRejection with every ``errordetails`` of severity
                                                  error; a lock: :class:`~coupa_erp.erp_http.calls.Busy`;
                                                  a right, or a setting of the connection:
                                                  ConfigurationError; an unknown property: ExportError
401, 403   user, or a right                       ConfigurationError (403 with ``x-csrf-token: Required``
                                                  is the transport's to repeat)
404        no such document, or no such service   :class:`NotInS4Hana`
412, 428   somebody changed it meanwhile          :class:`ChangedMeanwhile`
429        too many calls                         Busy, after ``Retry-After``
5xx        a fault, or the server is down         transient: the same refusals as 400 where the body
                                                  carries SAP's messages
========== ====================================== ====================================================

Transient is ``TransientError`` for reads and ``OutcomeUnknown`` for writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import requests

from coupa_erp.erp_http.calls import Busy, Call, Server, asked_to_wait, lost
from include.errors import ConfigurationError, ErpRejection, ExportError, Refusal, TransientError
from include.models.text import clean

LONGEST_SENTENCE = 500
DOUBLE = "ALREADY_IN_ERP"
PERIOD_CLOSED = "PERIOD_CLOSED"


class NotInS4Hana(ExportError):
    """The document (or, at the first call, the service) is not there."""


class ChangedMeanwhile(TransientError):
    """Somebody changed the document since it was read (412): look again."""


#: By SAP's message class and number, as the service sends it, else by its English sentence. Of a closed
#: period Logistics speaks (M8/535), Financial Accounting (F5/201) or Inventory (M7/053).
_CODES = (
    (re.compile(r"^(M8/535|F5/201|M7/053)\b|period \S+.* not open|not open for account type"
                r"|allowed posting periods|only possible in periods", re.I), PERIOD_CLOSED),
    (re.compile(r"^M8/462\b|already (been )?entered|duplicate invoice", re.I), DOUBLE),
    (re.compile(r"^M8/534\b|balance not zero", re.I), "NOT_BALANCED"),
    (re.compile(r"tax code .*(does not exist|not defined|is not valid|invalid)", re.I), "TAX_UNKNOWN"),
    (re.compile(r"(supplier|vendor|invoicing party) .*(does not exist|not (been )?(defined|created))", re.I),
     "SUPPLIER_UNKNOWN"),
    (re.compile(r"(supplier|vendor|invoicing party) .* b?locked", re.I), "SUPPLIER_BLOCKED"),
    (re.compile(r"g/?l account .*(does not exist|not defined)|account .* not defined", re.I),
     "ACCOUNT_UNKNOWN"),
    (re.compile(r"account .* b?locked", re.I), "ACCOUNT_CLOSED"),
    (re.compile(r"quantity .*(larger|greater|higher|exceed)", re.I), "PURCHASE_ORDER_EXCEEDED"),
    (re.compile(r"purchas\w+ (order|document) .*(does not exist|not)|mandatory field 'ReferenceDocument",
                re.I), "PURCHASE_ORDER"),
    (re.compile(r"(cost center|profit center|wbs element|order) .*(does not exist|not defined)", re.I),
     "DIMENSION_UNKNOWN"),
    (re.compile(r"currency .*(does not exist|not defined)|exchange rate", re.I), "CURRENCY_UNKNOWN"),
    (re.compile(r"company code .*(does not exist|not defined)", re.I), "COMPANY_UNKNOWN"),
    (re.compile(r"terms of payment|payment terms", re.I), "PAYMENT_TERM_UNKNOWN"),
)  # fmt: skip
#: Somebody works on it. "Locked for posting" is a block in the master data, which a person has to lift.
_LOCKED = re.compile(
    r"\blocked (by|for processing)|\bis locked\b(?! for)|being processed|currently processing", re.I
)
#: M8_2/832: time-dependent taxes are active.
_TAX_DATE = re.compile(r"tax determ\w*\.? date", re.I)
_RIGHTS = re.compile(r"no authori[sz]ation|not authori[sz]ed|authori[sz]ation (check|for)", re.I)
_MISFIT = re.compile(
    r"property '?\w*'? (is invalid|not found|does not exist)|invalid key predicate"
    r"|resource not found for segment|malformed|invalid (uri|system query|parametertype)",
    re.I,
)
#: What the framework adds to a refusal, and says nothing.
_EMPTY = re.compile(r"did not return any business data|an exception was raised|/IWBEP/CX", re.I)


def check(response: requests.Response, call: Call, server: Server) -> None:
    """Raise what a response means, or return where it went well.

    :param response: with its body read.
    """
    status = response.status_code
    if status < 300:
        return
    if status < 400:
        raise ConfigurationError(
            f"S/4HANA's address answers {call.name} with a redirect ({status}), as a login page does: put "
            "the API's address (…-api.s4hana.cloud.sap) into the connection, and check its user."
        )
    if status == 401:
        raise ConfigurationError(
            "S/4HANA does not know the user or its password (401): mend login and password of the "
            "connection; a user that is locked after wrong passwords must be unlocked in S/4HANA."
        )
    if status == 429:
        raise Busy(f"S/4HANA gets too many calls at once (429 at {call.name}).",
                   retry_after=asked_to_wait(response))  # fmt: skip
    messages = list(_messages(response))
    told = "; ".join(message for _, message in messages)
    if status == 403:
        raise ConfigurationError(
            f"S/4HANA forbids {call.name} (403{f': {told}' if told else ''}): give the connection's user the "
            "communication scenarios or roles that docs/s4hana.md lists."
        )
    if status == 404:
        raise NotInS4Hana(f"S/4HANA has nothing at {call.name} (404{f': {told}' if told else ''}).")
    if status in (412, 428):
        raise ChangedMeanwhile(f"S/4HANA's document was changed meanwhile ({status} at {call.name}).")
    if messages and (status == 400 or (status == 500 and not _is_a_fault(told))):
        _refuse(messages, call)
    if status < 500 and status != 408:
        raise ExportError(f"S/4HANA does not understand {call.name} ({status}).")
    failure = lost(server, call, f"or a proxy before it failed with {status}")
    raise type(failure)(str(failure), retry_after=asked_to_wait(response))


def _refuse(messages: list[tuple[str, str]], call: Call) -> None:
    told = "; ".join(message for _, message in messages)
    if _MISFIT.search(told):
        raise ExportError(
            f"S/4HANA does not understand {call.name}: {told} Its release may not have what docs/s4hana.md "
            "lists, or key_field or fingerprint_field of the connection is not there."
        )
    if _RIGHTS.search(told):
        raise ConfigurationError(
            f"S/4HANA at {call.name}: {told} Give the connection's user that authorization."
        )
    if _TAX_DATE.search(told):
        raise ConfigurationError(
            f"S/4HANA at {call.name}: {told} Name the tax reporting country under tax_country of the "
            "connection: with it each invoice carries that date."
        )
    if any(_LOCKED.search(message) for _, message in messages):
        raise Busy(f"S/4HANA at {call.name}: {told}")
    raise ErpRejection(*dict.fromkeys(_refusal(code, message) for code, message in messages))


def _refusal(code: str, message: str) -> Refusal:
    ours = code_of(f"{code} {message}")
    named = f" ({code})" if re.fullmatch(r"[A-Z0-9_/]{2,20}/\d{3}", code) else ""
    sentence = f"S/4HANA refuses: {message.rstrip('.')}{named}."
    if ours == PERIOD_CLOSED:
        sentence += (
            " Open the period in S/4HANA, or change the date in Coupa so that it falls into an open one."
        )
    if "ReferenceDocument" in message:
        sentence += (
            " The order item is invoiced by its goods receipts, which Coupa's invoice does not name: enter "
            "the invoice by hand."
        )
    return Refusal(ours, sentence)


def code_of(message: str) -> str:
    """A stable code for one of SAP's messages, ``ERP_REFUSED`` for those not listed.

    :param message: class, number and sentence: ``F5/201 Period 003/2026 is not open …``.
    """
    return next((code for pattern, code in _CODES if pattern.search(message)), "ERP_REFUSED")


def _is_a_fault(told: str) -> bool:
    return (
        re.search(r"internal (server )?error|short dump|runtime error|system failure", told, re.I) is not None
    )


def _messages(response: requests.Response) -> Iterator[tuple[str, str]]:
    """Code and sentence of each error of ``{"error": {"code", "message": {"value"}, "innererror": …}}``.

    All of ``errordetails`` with severity ``error``; the head's message where there is none.
    """
    if "json" not in response.headers.get("Content-Type", ""):
        return
    try:
        error = json.loads(response.text).get("error")
        details = ((error or {}).get("innererror") or {}).get("errordetails") or []
        head = error.get("message") if error else None
    except (ValueError, AttributeError, RecursionError):
        return
    said = [
        (str(detail.get("code") or ""), clean(str(detail.get("message") or ""), LONGEST_SENTENCE))
        for detail in details
        if isinstance(detail, dict) and detail.get("severity", "error") in ("error", "abort", "")
    ]
    useful = [(code, text) for code, text in said if text and not _EMPTY.search(f"{code} {text}")]
    if useful:
        yield from dict.fromkeys(useful)
        return
    text = head.get("value") if isinstance(head, dict) else head
    if error and isinstance(text, str) and text:
        yield str(error.get("code") or ""), clean(text, LONGEST_SENTENCE)
