"""What the other side refuses, as an accountant is told it."""

from __future__ import annotations

import re

from coupa_erp.rest.api import RestApi
from coupa_erp.rest.line import RefusedByApi
from coupa_erp.rest.templates import at
from include.errors import ErpRejection, ExportError, Refusal
from include.models.bill import Bill
from include.models.text import clean

_LONGEST = 1000


def rejection(refused: RefusedByApi, api: RestApi, bill: Bill | None = None) -> ExportError:
    """Every reason of an answer, each at the place of the line that it is about.

    :param bill: whose lines are meant.
    """
    paths = api.errors
    items = at(refused.answer, paths.items)
    refusals = []
    for item in items if isinstance(items, list) else [refused.answer]:
        message = clean(str(at(item, paths.message) or ""), _LONGEST)
        if message:
            code = paths.codes.get(str(at(item, paths.code)), "ERP_REFUSED")
            sentence = f"{api.name} refuses: {message.rstrip('.')}."
            refusals.append(Refusal(code, sentence, _place(item, api, bill)))
    if not refusals:
        return ExportError(f"{api.name} refuses {refused.call} and names no reason where the settings say.")
    return ErpRejection(*refusals)


def _place(item: object, api: RestApi, bill: Bill | None) -> str:
    told = str(at(item, api.errors.place) or "") if api.errors.place else ""
    for pattern, parts in (
        (api.errors.line, bill.lines if bill else []),
        (api.errors.tax_line, bill.taxes if bill else []),
    ):
        found = re.search(pattern, told) if pattern else None
        if found and found[1].isdecimal() and int(found[1]) < len(parts):
            return parts[int(found[1])].place
    return "Header"


def of_bill(code: str, message: str) -> ErpRejection:
    """A refusal of the hook's own."""
    return ErpRejection(Refusal(code, message))


def refuse_beyond_limit(bill: Bill, api: RestApi) -> None:
    """:raises ErpRejection: the number is longer than the ERP's field."""
    if api.number_length is not None and len(bill.number) > api.number_length:
        raise of_bill(
            "NUMBER_TOO_LONG",
            f"Invoice number {bill.number} has {len(bill.number)} characters; {api.name} holds "
            f"{api.number_length}. Shorten the number in Coupa.",
        )
