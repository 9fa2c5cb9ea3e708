"""An invoice whose answer lacks a key: an API filter is to blame, and nothing on the invoice."""

from __future__ import annotations

from include.errors import ErpRejection, Refusal
from include.mapping.settings import Mapping
from include.models.invoice import CoupaInvoice

CODE = "API_FILTER"

_CODED_BY = {"custom-fields": "{invoice.", "invoice-lines.custom-fields": "{line."}
_REMIT_TO = ("remit-to-address", "supplier-remit-to")


def refuse_unanswered(invoice: CoupaInvoice, mapping: Mapping) -> None:
    """Refuse an invoice of which Coupa did not answer everything that decides what is posted.

    No other reason is told beside it: what is not shown cannot be judged.

    :raises ErpRejection: naming the keys.
    """
    missing = [name for name in invoice.absent if _matters(name, invoice, mapping)]
    if not missing:
        return
    keys = ", ".join(missing)
    them = "it" if len(missing) == 1 else "them"
    raise ErpRejection(
        Refusal(
            CODE,
            f"Coupa's answer lacks {keys}: an API filter in Coupa's Setup leaves {them} out, so that the "
            "export cannot tell what the invoice comes to. Nothing is wrong with the invoice itself: ask "
            f"whoever manages Coupa's API filters to let {them} through, then have the operators of the "
            "export send the invoice again.",
        )
    )


def _matters(name: str, invoice: CoupaInvoice, mapping: Mapping) -> bool:
    if name in mapping.keys_left_out:
        return False
    if name in _CODED_BY:
        return any(_CODED_BY[name] in template for template in _templates(mapping))
    if name.startswith(_REMIT_TO):
        return bool(mapping.suppliers.by_remit_to)
    if name in ("gross-total", "total-with-taxes"):  # one of them is enough
        return invoice.gross() is None
    return True


def _templates(mapping: Mapping) -> list[str]:
    dimensions = [dimension.template for dimension in mapping.dimensions.values()]
    return [mapping.accounts.template, mapping.companies.template or "", *dimensions]
