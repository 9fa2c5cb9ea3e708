"""Whether a parked document still says what was sent: a person may have changed it since."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from coupa_erp.s4hana.documents import PARTS
from coupa_erp.s4hana.wire import Row, without_zeros

#: SAP numbers the items itself, and calls a parked document's status as it likes.
_NOT_COMPARED = {"SupplierInvoiceItem", "SupplierInvoiceStatus"}


def is_as_sent(stands: Row, sent: Row) -> bool:
    """Whether every field that was sent stands as it was sent, and every item, and no other item.

    :param stands: the document with all its parts.
    :param sent: what would be sent now.
    """
    head = {name: value for name, value in sent.items() if name not in PARTS}
    if not _same(stands, head):
        return False
    for part in PARTS:
        found = [row for row in (stands.get(part) or {}).get("results", []) if isinstance(row, dict)]
        wanted = list(sent.get(part, []))
        if len(found) != len(wanted):
            return False
        for item in wanted:
            match = next((row for row in found if _same(row, item)), None)
            if match is None:
                return False
            found.remove(match)
    return True


def _same(stands: Row, sent: Row) -> bool:
    return all(
        _plain(stands.get(name)) == _plain(value) for name, value in sent.items() if name not in _NOT_COMPARED
    )


def _plain(value: Any) -> object:
    """One spelling for equal values: amounts without zeros at the end, codes without them at the front."""
    if value is None or isinstance(value, bool):
        return value or ""
    text = without_zeros(str(value)).upper()
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
