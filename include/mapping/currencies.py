"""The currency of the invoice, and how fine its coin is."""

from __future__ import annotations

from include.errors import Refusal
from include.mapping.case import ASK
from include.mapping.settings import Mapping
from include.mapping.text import identifier
from include.models.invoice import CoupaInvoice

_USUAL_DECIMALS = 2


def map_currency(invoice: CoupaInvoice, mapping: Mapping) -> tuple[str, int, list[Refusal]]:
    """The ERP's code of the currency, its places, and what is wrong with it.

    The settings' places go before those that Coupa shows: Coupa's setup lets an administrator change them,
    and the ERP posts in real coins.

    :param invoice: with ``currency {code, decimals}``.
    """
    code = identifier(invoice.currency.code) if invoice.currency else ""
    if not code:
        problem = Refusal("CURRENCY_MISSING", "The invoice shows no currency: choose its currency in Coupa.")
        return "", _USUAL_DECIMALS, [problem]
    settings = mapping.currencies
    shown = invoice.currency.decimals if invoice.currency else None
    decimals = settings.decimals.get(code, shown if shown is not None else _USUAL_DECIMALS)
    if not 0 <= decimals <= 6:
        problem = Refusal(
            "CURRENCY_UNMAPPED",
            f"Currency {code} has {decimals} decimals in Coupa, which no currency has: correct it in Coupa's "
            "setup.",
        )
        return code, _USUAL_DECIMALS, [problem]
    if code not in settings.map and settings.unmapped == "reject":
        problem = Refusal(
            "CURRENCY_UNMAPPED",
            f"Currency {code} is not known to the export: {ASK}, or correct the currency in Coupa.",
        )
        return code, decimals, [problem]
    return settings.map.get(code, code), decimals, []
