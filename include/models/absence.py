"""Keys that Coupa's answer does not have at all, though the export needs them to judge an invoice.

An API filter (the connection's own, or one that an administrator made the silent default for all calls) cuts
keys out of every answer. What is cut looks like what is empty: a withholding tax that is not shown would be
paid out, a credit note without its kind would be paid, too. So the answer is looked at before it is read:
null is a value and is judged by the mapping, an absent key is noted here and refused there.

Left out of the list is what cannot be missed unnoticed, because the sums, or another rule, then refuse the
invoice anyway; and single objects that Coupa may leave out where they are empty (payment term, unit, a line's
account), unless something beside them says that there is one. Which of the keys matter depends on the
settings, too: :mod:`include.mapping.answered`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Needed = Mapping[str, "Needed"]


def _keys(*names: str) -> Needed:
    return {name: {} for name in names}


_ACCOUNT = _keys("code")
_TAX_LINE = _keys("code", "rate", "amount", "taxable-amount")
_WITHHOLDING = _keys("code", "amount", "withholding-amount", "taxable-amount", "base")
_ALLOCATION = {"amount": {}, "account": _ACCOUNT}
_CHARGE = {
    **_keys("type", "total"),
    "tax-lines": _TAX_LINE,
    "account": _ACCOUNT,
    "account-allocations": _ALLOCATION,
}
_LINE = {
    **_keys("total", "discount-amount", "tax-amount", "tax-rate", "tax-code"),
    "tax-lines": _TAX_LINE,
    "withholding-tax-lines": _WITHHOLDING,
    "account": _ACCOUNT,
    "account-allocations": _ALLOCATION,
    "custom-fields": {},
}
NEEDED: Needed = {
    **_keys(
        "status",
        "invoice-number",
        "invoice-date",
        "net-due-date",
        "document-type",
        "is-credit-note",
        "line-level-taxation",
        "gross-total",
        "total-with-taxes",
        "tax-amount",
        "tax-rate",
        "tax-code",
        "customer-accounting-tax",
        "withholding-tax-override",
        "amount-of-advance-payment",
        "advance-payment-received-amount",
        "shipping-amount",
        "handling-amount",
        "misc-amount",
        "discount-amount",
        "custom-fields",
    ),
    "remit-to-address": _keys("remit-to-code"),
    "supplier-remit-to": _keys("remit-to-code"),
    "payment-term": _keys("code"),
    "currency": _keys("code"),
    "supplier": _keys("number"),
    "tax-lines": _TAX_LINE,
    "withholding-tax-lines": _WITHHOLDING,
    "invoice-charges": _CHARGE,
    "invoice-lines": _LINE,
}


#: Keys that Coupa's own answers leave out where the instance does not use them (no advance payments, no
#: withholding tax). An answer shaped by the hook's own list of fields may lack them; one shaped by an API
#: filter may not, because there the absence says nothing of the invoice.
SELDOM = frozenset(
    {
        "advance-payment-received-amount",
        "amount-of-advance-payment",
        "customer-accounting-tax",
        "invoice-lines.discount-amount",
        "invoice-lines.tax-amount",
        "invoice-lines.tax-lines.taxable-amount",
        "invoice-lines.tax-rate",
        "invoice-lines.withholding-tax-lines",
        "supplier-remit-to",
        "tax-lines.taxable-amount",
        "withholding-tax-override",
    }
)


def absent_keys(answer: Mapping[str, Any], *, filtered: bool = True) -> list[str]:
    """The needed keys that an answer does not have, each once: ``invoice-lines.tax-lines``.

    :param answer: an invoice as Coupa's JSON.
    :param filtered: whether an API filter shaped the answer.
    """
    found: set[str] = set()
    _look(answer, NEEDED, "", found)
    return sorted(found if filtered else found - SELDOM)


def needed_keys() -> frozenset[str]:
    """All of them, spelled as :func:`absent_keys` does."""
    return frozenset(_spelled(NEEDED, ""))


def _spelled(needed: Needed, where: str) -> Iterator[str]:
    for name, inner in needed.items():
        yield where + name
        yield from _spelled(inner, f"{where}{name}.")


def _look(answer: Mapping[str, Any], needed: Needed, where: str, found: set[str]) -> None:
    for name, inner in needed.items():
        spelling = name if name in answer else name.replace("-", "_")
        if spelling not in answer:
            if not _may_be_empty(answer, name):
                found.add(where + name)
            continue
        value = answer[spelling]
        if inner:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    _look(each, inner, f"{where}{name}.", found)


def _may_be_empty(answer: Mapping[str, Any], name: str) -> bool:
    """Whether a single object may be missing because it is empty: nothing beside it says there is one."""
    if name == "payment-term":
        return True
    if name == "account":
        return bool(_value(answer, "account-allocations")) or _is_nothing(_value(answer, "total"))
    if name == "tax-code":
        return bool(_value(answer, "tax-lines")) or _is_nothing(_value(answer, "tax-rate"))
    return False


def _is_nothing(amount: Any) -> bool:
    return amount is None or not str(amount).strip("0. ")


def _value(answer: Mapping[str, Any], name: str) -> Any:
    return answer.get(name, answer.get(name.replace("-", "_")))
