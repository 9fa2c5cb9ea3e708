"""Coding: a line or charge, whole or split, onto the ERP's accounts and analytic axes."""

from __future__ import annotations

from decimal import Decimal

from include.mapping.amounts import ZERO, apportion, rounded, spelled
from include.mapping.case import ASK, Case, Posting, Source
from include.mapping.templates import render
from include.models.invoice import Account, Allocation

_HUNDRED = Decimal(100)


def code_whole(case: Case, amount: Decimal, account: Account, source: Source) -> Posting:
    """One posting of the whole amount on one account.

    :param amount: rounded to the currency.
    """
    _note_company(case, account, source)
    return Posting(
        account=_account(case, account, source),
        net=amount,
        place=source.place,
        description=source.description,
        dimensions=_dimensions(case, account, source),
    )


def code_split(case: Case, amount: Decimal, allocations: list[Allocation], source: Source) -> list[Posting]:
    """One posting for each allocation, together exactly the amount (or what the allocations add up to).

    :param amount: of the line or charge, rounded to the currency.
    """
    shares = _shares(case, amount, allocations, source.place)
    postings = []
    for number, (allocation, share) in enumerate(zip(allocations, shares, strict=True), start=1):
        part = source.allocation(number)
        if allocation.account is None:
            if "account" not in allocation.unreadable:
                case.refuse(
                    "ACCOUNT_MISSING",
                    "The allocation has no account: choose its account in Coupa.",
                    part.place,
                )
            postings.append(Posting("", share, part.place, part.description))
        else:
            postings.append(code_whole(case, share, allocation.account, part))
    return postings


def _shares(case: Case, amount: Decimal, allocations: list[Allocation], place: str) -> list[Decimal]:
    amounts = [share.amount for share in allocations]
    given = [share * case.orientation.parts for share in amounts if share is not None]
    percents = [share.pct for share in allocations if share.pct is not None]
    if len(given) == len(allocations) and (amount == 0 or any(given) or not any(percents)):
        return _given_shares(case, amount, given, place)
    if len(percents) == len(allocations):
        return _percent_shares(case, amount, percents, place)
    case.refuse(
        "ALLOCATION_INCOMPLETE",
        "Some allocations have neither an amount nor a percentage: complete the split in Coupa.",
        place,
    )
    return [ZERO for _ in allocations]


def _given_shares(case: Case, amount: Decimal, given: list[Decimal], place: str) -> list[Decimal]:
    together = sum(given, ZERO)
    if not case.close(together, amount):
        case.refuse(
            "ALLOCATIONS_DIFFER",
            f"The allocations add up to {case.money(together)}, but the amount to split is "
            f"{case.money(amount)}: correct the split in Coupa.",
            place,
        )
    in_coins = [rounded(share, case.decimals) for share in given]
    if in_coins == given or any((share < 0) != (amount < 0) for share in given if share):
        return in_coins
    return apportion(amount, given, case.decimals)


def _percent_shares(case: Case, amount: Decimal, percents: list[Decimal], place: str) -> list[Decimal]:
    together = sum(percents, ZERO)
    # three times 33.33 is a hundred, as well as two decimals can write it
    if abs(together - _HUNDRED) > Decimal("0.01") * len(percents) or any(share < 0 for share in percents):
        case.refuse(
            "ALLOCATIONS_DIFFER",
            f"The allocations add up to {spelled(together)} %, not to 100 %: correct the split in Coupa.",
            place,
        )
    return apportion(amount, percents, case.decimals)


def _note_company(case: Case, account: Account, source: Source) -> None:
    """Note the legal entity that the account belongs to."""
    settings = case.mapping.companies
    if settings.template is None:
        return
    separator = case.mapping.accounts.code_separator
    code, missing = render(settings.template, account, separator, source.fields, case.invoice.custom_field)
    if code is None:
        if not settings.by_chart:
            case.refuse("COMPANY_MISSING", _no_value(account, missing, "company"), source.place)
        return
    if code not in settings.by_account:
        case.refuse(
            "COMPANY_UNMAPPED",
            f"Account {_shown(account)} belongs to {code}, which is no company known to the export: {ASK}, "
            "or correct the account in Coupa.",
            source.place,
        )
        return
    case.companies.setdefault(settings.by_account[code], []).append(source.place)


def _account(case: Case, account: Account, source: Source) -> str:
    settings = case.mapping.accounts
    if account.code and account.code in settings.map:
        return settings.map[account.code]
    code, missing = render(
        settings.template, account, settings.code_separator, source.fields, case.invoice.custom_field
    )
    if code is None:
        case.refuse("ACCOUNT_INCOMPLETE", _no_value(account, missing, "account"), source.place)
        return ""
    if code in settings.map:
        return settings.map[code]
    if settings.unmapped == "reject":
        case.refuse(
            "ACCOUNT_UNMAPPED",
            f"Account {_shown(account)} ({code}) is not known to the export: {ASK}, or correct the account "
            "in Coupa.",
            source.place,
        )
    return code


def _dimensions(case: Case, account: Account, source: Source) -> dict[str, str]:
    found = {}
    for name, settings in case.mapping.dimensions.items():
        separator = case.mapping.accounts.code_separator
        code, missing = render(
            settings.template, account, separator, source.fields, case.invoice.custom_field
        )
        if code is None:
            if settings.required:
                case.refuse("DIMENSION_MISSING", _no_value(account, missing, _words(name)), source.place)
        elif code in settings.map:
            found[name] = settings.map[code]
        elif settings.unmapped == "reject":
            case.refuse(
                "DIMENSION_UNMAPPED",
                f"The {_words(name)} {code} is not known to the export: {ASK}, or correct the account in "
                "Coupa.",
                source.place,
            )
        else:
            found[name] = code
    return found


def _shown(account: Account) -> str:
    return account.code or f"with id {account.id}"


def _no_value(account: Account, missing: str, wanted: str) -> str:
    return (
        f"Account {_shown(account)} has no {missing}, which decides the ERP's {wanted}: correct the account "
        "in Coupa."
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
