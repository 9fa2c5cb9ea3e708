"""Arithmetic on money: rounding to a currency's coin, and shares that add up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from typing import Any

ZERO = Decimal(0)
#: Digits before and after the point.
_REASONABLE = 20


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """The amount in the currency's smallest coin, half away from zero; never a negative zero.

    :param decimals: places of the currency.
    """
    result = amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return result if result else abs(result)


def spelled(amount: Decimal, decimals: int = 2) -> str:
    """The amount for a message: at least the currency's places, no exponent, no needless zeros.

    One beyond all reason is shown by its size.
    """
    if amount and not -_REASONABLE < amount.adjusted() < _REASONABLE:
        return format(amount, ".5E")
    amount = +amount  # to the digits that Decimal reckons with
    exponent = int((amount.normalize() + ZERO).as_tuple().exponent)
    return format(amount.quantize(Decimal(1).scaleb(min(exponent, -decimals))), "f")


def apportion(
    total: Decimal, weights: Sequence[Decimal], decimals: int, ties: Sequence[Any] | None = None
) -> list[Decimal]:
    """Shares of the total by weight, each a whole number of coins, together exactly the total.

    Largest remainder: every share is cut to whole coins, and the coins left go to the largest remainders.

    :param total: rounded to the currency.
    :param weights: signs are disregarded; all zero counts as all equal.
    :param ties: what decides between equal remainders, so that the order of the weights does not; by
        default their order.
    """
    coin = Decimal(1).scaleb(-decimals)
    coins = int(abs(total) / coin)
    sizes = [Fraction(abs(weight)) for weight in weights]
    whole = sum(sizes) or Fraction(len(sizes))
    exact = [coins * (size if any(sizes) else Fraction(1)) / whole for size in sizes]
    shares = [floor(share) for share in exact]
    keys = ties if ties is not None else range(len(sizes))
    order = sorted(range(len(sizes)), key=lambda i: (shares[i] - exact[i], keys[i]))
    for index in order[: coins - sum(shares)]:
        shares[index] += 1
    sign = -1 if total < 0 else 1
    return [sign * share * coin for share in shares]
