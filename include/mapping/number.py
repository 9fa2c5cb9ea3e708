"""The supplier's invoice number: as Coupa has it, or not at all."""

from __future__ import annotations

from include.mapping.case import Case
from include.mapping.text import clean
from include.models.text import first_invisible, without_invisible

_LONGEST = 255


def read_number(case: Case) -> str:
    """The supplier's number, whole and unchanged but for blanks around it; empty once refused.

    It is what the ERP tells duplicates by and what the supplier finds on the remittance advice, so what
    cannot be seen in it is neither sent nor taken away in silence.
    """
    if "invoice-number" in case.invoice.unreadable:
        return ""
    number = (case.invoice.invoice_number or "").strip()
    if not without_invisible(number).strip():
        case.refuse(
            "NUMBER_MISSING", "The invoice has no invoice number: enter the supplier's number in Coupa."
        )
        return ""
    invisible = first_invisible(number)
    if invisible is not None:
        place, name = invisible
        seen = clean(without_invisible(number), 60)
        case.refuse(
            "NUMBER_ILLEGIBLE",
            f'The invoice number "{seen}" holds a character that cannot be seen, at place {place} ({name}), '
            "and would not match the supplier's: type the number anew in Coupa.",
        )
        return ""
    if len(number) > _LONGEST:
        case.refuse(
            "NUMBER_TOO_LONG",
            f'The invoice number "{clean(number, 60)}" has {len(number)} characters, and at most {_LONGEST} '
            "can be sent: correct the number in Coupa.",
        )
        return ""
    return number
