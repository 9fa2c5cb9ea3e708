"""What an answer of NetSuite means: by status and by ``o:errorDetails``.

========== =================================== =======================================================
Status     What NetSuite means                 Raised
========== =================================== =======================================================
3xx        another data centre                 ConfigurationError
400        a rule refuses, or a wrong value    ErpRejection with every ``o:errorDetails``; a record that
                                               changed meanwhile, or too many calls: Busy; a right:
                                               ConfigurationError; an unknown field: ExportError
400        the external id is taken            :class:`AlreadyThere`
401, 403   token, role or permission           ConfigurationError
404        no such record                      :class:`NotInNetSuite`
429        too many calls                      Busy, after ``Retry-After``
5xx        a fault of NetSuite                 transient
========== =================================== =======================================================

Transient is ``TransientError`` for reads and ``OutcomeUnknown`` for writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import requests

from coupa_erp.erp_http.calls import Busy, Call, Server, asked_to_wait, lost
from include.errors import ConfigurationError, ErpRejection, ExportError, Refusal, TransientError
from include.models.bill import Bill
from include.models.text import clean

_LONGEST_SENTENCE = 500
#: What the service says before it says what is wrong.
_PREFACE = re.compile(r"^Error while accessing a resource\. ?|^Invalid content in the request body\. ?", re.I)


class NotInNetSuite(ExportError):
    """The record is not there."""


class AlreadyThere(TransientError):
    """Another process made a record of this external id first: look again.

    An external id is one record's among all transactions, not among those of a type, and of two upserts that
    both find none one is told so.
    """


@dataclass(frozen=True)
class Detail:
    """One of ``o:errorDetails``.

    :param path: the place in the body, ``expense.items[1].account``.
    """

    code: str
    text: str
    path: str


class Refused(ErpRejection):
    """A rule refuses, with the places in the body that was sent.

    :param details: as NetSuite told them.
    """

    def __init__(self, *details: Detail) -> None:
        self.details = details
        super().__init__(*dict.fromkeys(_refusal(detail, "Header") for detail in details))

    def __reduce__(self) -> tuple[type[Refused], tuple[Detail, ...]]:
        return type(self), self.details

    def of(self, bill: Bill, places: list[str]) -> ErpRejection:
        """The same, each with the place of its line.

        :param places: of each line that was sent.
        """
        return ErpRejection(
            *dict.fromkeys(_refusal(detail, _place(detail, places)) for detail in self.details)
        )


_CODES = (
    (re.compile(r"period.*(closed|locked)|(closed|locked).*period", re.I), "PERIOD_CLOSED"),
    (re.compile(r"account", re.I), "ACCOUNT_UNKNOWN"),
    (re.compile(r"tax ?code", re.I), "TAX_UNKNOWN"),
    (re.compile(r"department|class|location", re.I), "DIMENSION_UNKNOWN"),
    (re.compile(r"vendor|entity", re.I), "SUPPLIER_UNKNOWN"),
)
_RIGHTS = re.compile(r"permission|not authori[sz]ed|insufficient", re.I)
_BUSY = re.compile(r"has been changed|RCRD_HAS_BEEN_CHANGED|REQUEST_LIMIT|CONCURREN|being processed", re.I)
_TAKEN = re.compile(r"\brecord already exists|DUP_RCRD", re.I)
_MISFIT = re.compile(
    r"unknown (property|field|reference or subrecord field)|INVALID_(URL|REQUEST_PARAM)", re.I
)


def check(response: requests.Response, call: Call, server: Server) -> None:
    """Raise what a response means, or return where it went well.

    :param response: with its body read.
    """
    status = response.status_code
    if status < 300:
        return
    if status < 400:
        raise ConfigurationError(
            f"NetSuite's address redirects {call.name} elsewhere ({status}): put the account's own address "
            "for SuiteTalk (Setup > Company > Company Information > Company URLs) into the connection."
        )
    details = list(_details(response))
    told = "; ".join(f"{detail.text} ({detail.code})" for detail in details)
    if status == 401:
        raise ConfigurationError(
            f"NetSuite refuses the token (401{f': {told}' if told else ''}): check client id, certificate "
            "and role of the connection's mapping, and that REST web services are enabled."
        )
    if status == 403 or (status == 400 and _RIGHTS.search(told)):
        raise ConfigurationError(
            f"NetSuite forbids {call.name} ({status}{f': {told}' if told else ''}): give the role the "
            "permissions that docs/netsuite.md lists."
        )
    if status == 404:
        raise NotInNetSuite(f"NetSuite has nothing at {call.name} (404{f': {told}' if told else ''}).")
    if status == 429 or (status in (400, 409) and _BUSY.search(told)):
        raise Busy(
            f"NetSuite is busy at {call.name} ({status}{f': {told}' if told else ''}).",
            retry_after=asked_to_wait(response),
        )
    if status == 400 and details:
        if _TAKEN.search(told):
            raise AlreadyThere(f"NetSuite has a record of this external id at {call.name} by now: {told}.")
        if _MISFIT.search(told):
            raise ExportError(f"NetSuite does not understand {call.name}: {told}.")
        raise Refused(*details)
    if status < 500 and status != 408:
        raise ExportError(
            f"NetSuite does not understand {call.name} ({status}{f': {told}' if told else ''})."
        )
    failure = lost(server, call, f"or a proxy before it failed with {status}")
    raise type(failure)(str(failure), retry_after=asked_to_wait(response))


def _refusal(detail: Detail, place: str) -> Refusal:
    named = f" ({detail.code})" if re.fullmatch(r"[A-Z_]{3,40}", detail.code) else ""
    text = f"{detail.text} {detail.path}"
    code = next((code for pattern, code in _CODES if pattern.search(text)), "ERP_REFUSED")
    return Refusal(code, f"NetSuite refuses: {detail.text.rstrip('.')}{named}.", place)


def _place(detail: Detail, places: list[str]) -> str:
    found = re.search(r"expense\.items\[(\d+)\]", detail.path)
    at = int(found[1]) if found else -1
    return places[at] if 0 <= at < len(places) else "Header"


def _details(response: requests.Response) -> Iterator[Detail]:
    if "json" not in response.headers.get("Content-Type", ""):
        return
    try:
        listed = json.loads(response.text).get("o:errorDetails") or []
    except (ValueError, AttributeError, RecursionError):
        return
    for one in listed:
        if isinstance(one, dict):
            text = clean(_PREFACE.sub("", str(one.get("detail") or "")), _LONGEST_SENTENCE)
            if text:
                yield Detail(str(one.get("o:errorCode") or ""), text, str(one.get("o:errorPath") or ""))
