"""The decimals of currencies, so that no ERP rounds an amount that it cannot hold."""

from __future__ import annotations

from decimal import Decimal

#: Those that have not two (ISO 4217).
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def decimals_of(currency: str) -> int:
    """How many decimals an amount of a currency has."""
    return _DECIMALS.get(currency, 2)


def fits(amount: Decimal, currency: str) -> bool:
    """Whether an amount has no more decimals than its currency."""
    return amount == round(amount, decimals_of(currency))


def in_coins(amount: Decimal, currency: str) -> Decimal:
    """An amount that fits, with exactly the currency's decimals."""
    return round(amount, decimals_of(currency))
