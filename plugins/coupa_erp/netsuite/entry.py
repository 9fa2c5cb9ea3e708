"""A bill as the values of a vendor bill or a vendor credit, and what its fields cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from coupa_erp.erp_http.currencies import decimals_of, fits
from coupa_erp.erp_http.line_taxes import LineTaxes, taxes_of_lines
from coupa_erp.netsuite.codes import AXES, References
from coupa_erp.netsuite.connection import NetSuiteSettings
from coupa_erp.netsuite.documents import CREDIT, sublist
from coupa_erp.netsuite.wire import Row, read_amount
from include.errors import ErpRejection, Refusal
from include.models.bill import Bill, BillLine
from include.models.text import clean

NUMBER_LENGTH = 45
_MEMO = 999
_LARGEST = Decimal("99999999999999")


def refuse_unfit(bill: Bill, settings: NetSuiteSettings) -> None:
    """Refuse what the fields cannot hold.

    :raises ErpRejection: with every reason at once.
    """
    refusals = list(dict.fromkeys(_unfit(bill, settings)))
    if refusals:
        raise ErpRejection(*refusals)


def further_codes(bill: Bill, settings: NetSuiteSettings) -> list[tuple[str, str]]:
    """Tables and codes that the connection names for this bill."""
    extra = settings.extra
    booked = extra.accounts_of_taxes
    accounts = [booked[tax.code] for tax in bill.taxes if tax.code in booked]
    accounts += [extra.payable_account] if extra.payable_account else []
    codes = [("account", number) for number in accounts]
    return codes + ([("salestaxitem", extra.untaxed_code)] if extra.untaxed_code else [])


def tax_codes(bill: Bill, settings: NetSuiteSettings) -> list[tuple[str, str]]:
    """The tax codes of NetSuite that a bill names, each with its place."""
    booked = settings.extra.accounts_of_taxes
    return [(tax.code, tax.place) for tax in bill.taxes if tax.code not in booked]


def record_values(bill: Bill, found: References, settings: NetSuiteSettings, content: str) -> Row:
    """What creates the record, or brings it to the bill's content.

    :param content: what goes into the content field.
    """
    extra = settings.extra
    values: Row = {
        "entity": {"id": found["vendor", bill.supplier]},
        "subsidiary": {"id": found["subsidiary", bill.company]},
        "currency": {"id": found["currency", bill.currency]},
        "tranId": bill.number,
        "tranDate": bill.invoice_date.isoformat(),
        "postingPeriod": {"id": found.period.id},
        extra.content_field: content,
        "expense": {"items": _lines(bill, found, settings)},
    }
    if extra.payable_account:
        values["account"] = {"id": found["account", extra.payable_account]}
    if bill.kind == "invoice":
        if bill.payment_term:
            values["terms"] = {"id": found["term", bill.payment_term]}
        if bill.due_date:
            values["dueDate"] = bill.due_date.isoformat()
        if extra.approval_status:
            values["approvalStatus"] = {"id": extra.approval_status}
    return values


def places_of(bill: Bill, settings: NetSuiteSettings) -> list[str]:
    """The place of each line that :func:`record_values` sends."""
    booked = settings.extra.accounts_of_taxes
    lines = [line.place for line in bill.lines]
    return lines + [tax.place for tax in bill.taxes if tax.code in booked]


def same_record(record: Row, changed: Row) -> Row:
    """The values that bring a record back to what it was.

    :param record: as it was.
    :param changed: the values that changed it; what was empty before is emptied again, by null.
    """
    values: Row = {name: record.get(name) for name in changed}
    references = {name: {"id": value["id"]} for name, value in values.items() if _is_reference(value)}
    return {**values, **references, "expense": {"items": same_lines(record)}}


def opposite_values(record: Row, kind: str, *, date: str, period: str, content_field: str, said: str) -> Row:
    """The record that voids another: the same lines, to be set off against it.

    :param record: what is voided.
    :param kind: its kind.
    :param said: what goes into the content field.
    """
    values: Row = {
        **{name: {"id": record[name]["id"]} for name in ("entity", "subsidiary", "currency")},
        "tranId": f"{clean(str(record.get('tranId') or ''), NUMBER_LENGTH - 5)}-VOID",
        "tranDate": date,
        "postingPeriod": {"id": period},
        content_field: said,
        "expense": {"items": same_lines(record)},
    }
    if record.get("account"):
        values["account"] = {"id": record["account"]["id"]}
    if kind != CREDIT and read_amount(record["total"]):
        values["apply"] = {"items": [applied(str(record["id"]), abs(read_amount(record["total"])))]}
    return values


def applied(document: str, amount: Decimal) -> Row:
    """A line that sets an amount off against a document."""
    return {"doc": {"id": document}, "apply": True, "amount": amount}


def same_lines(record: Row) -> list[Row]:
    """The lines of a record as values."""
    kept, references = (
        ("amount", "memo", "tax1Amt"),
        ("account", "department", "class", "location", "taxCode"),
    )
    return [
        {name: line[name] for name in kept if line.get(name) is not None}
        | {name: {"id": line[name]["id"]} for name in references if line.get(name)}
        for line in sublist(record, "expense")
    ]


def _is_reference(value: object) -> bool:
    return isinstance(value, dict) and "id" in value


def _unfit(bill: Bill, settings: NetSuiteSettings) -> Iterator[Refusal]:
    if len(bill.number) > NUMBER_LENGTH:
        yield Refusal(
            "NUMBER_TOO_LONG",
            f"Invoice number {bill.number} has {len(bill.number)} characters; NetSuite holds "
            f"{NUMBER_LENGTH}. Shorten the number in Coupa.",
        )
    for line in bill.lines:
        for axis in line.dimensions:
            if axis not in AXES:
                yield Refusal(
                    "DIMENSION_UNKNOWN",
                    f"NetSuite has no axis {axis}: the mapping's dimensions may be {', '.join(AXES)}.",
                    line.place,
                )
        if {"department", "cost_center"} <= set(line.dimensions):
            yield Refusal(
                "DIMENSION_UNKNOWN",
                "The line has both a department and a cost center, which NetSuite keeps as one: correct the "
                "mapping.",
                line.place,
            )
    taxed = _taxes(bill, settings)
    yield from taxed.refusals
    for tax, owners in taxed.owners:
        if tax.amount and not owners:
            yield Refusal(
                "TAX_WITHOUT_LINE",
                f"No line of the invoice can bear tax {tax.code}: correct the taxes in Coupa.",
                tax.place,
            )
    for what, amount, place in (
        ("total", bill.total, "Header"),
        *(("amount", line.amount, line.place) for line in bill.lines),
        *(("tax", tax.amount, tax.place) for tax in bill.taxes),
    ):
        if abs(amount) > _LARGEST or not fits(amount, bill.currency):
            yield Refusal(
                "AMOUNT_UNFIT",
                f"The {what} {amount} does not fit NetSuite's fields, which hold "
                f"{decimals_of(bill.currency)} decimals of {bill.currency}: correct it in Coupa.",
                place,
            )


def _taxes(bill: Bill, settings: NetSuiteSettings) -> LineTaxes:
    return taxes_of_lines(bill, settings.extra.accounts_of_taxes, erp="NetSuite", setting="tax_accounts")


def _lines(bill: Bill, found: References, settings: NetSuiteSettings) -> list[Row]:
    taxed = _taxes(bill, settings)
    shares = [Decimal(0) for _ in bill.lines]
    for tax, owners in taxed.owners:
        for at, share in _spread(
            tax.amount, [(at, abs(bill.lines[at].amount)) for at in owners], bill.currency
        ):
            shares[at] += share
    untaxed = settings.extra.untaxed_code
    lines = [
        _line(line, code or untaxed, share, found)
        for line, code, share in zip(bill.lines, taxed.codes, shares, strict=True)
    ]
    for tax, account in taxed.booked:
        line = {"account": {"id": found["account", account]}, "amount": tax.amount, "memo": f"Tax {tax.code}"}
        lines.append(line | _tax_fields(untaxed, Decimal(0), found))
    return lines


def _line(line: BillLine, code: str | None, tax: Decimal, found: References) -> Row:
    return {
        "account": {"id": found["account", line.account]},
        "amount": line.amount,
        "memo": clean(line.description, _MEMO),
        **{
            AXES[axis][0]: {"id": found[AXES[axis][1], name]}
            for axis, name in sorted(line.dimensions.items())
        },
        **_tax_fields(code, tax, found),
    }


def _tax_fields(code: str | None, amount: Decimal, found: References) -> Row:
    return {"taxCode": {"id": found["salestaxitem", code]}, "tax1Amt": amount} if code else {}


def _spread(
    amount: Decimal, bearers: list[tuple[int, Decimal]], currency: str
) -> Iterator[tuple[int, Decimal]]:
    """An amount over lines by their weight, to the last coin; the heaviest takes what is left."""
    if not bearers:
        return
    whole = sum((weight for _, weight in bearers), Decimal(0)) or Decimal(1)
    shares = {at: round(amount * weight / whole, decimals_of(currency)) for at, weight in bearers}
    heaviest = max(bearers, key=lambda bearer: bearer[1])[0]
    shares[heaviest] += amount - sum(shares.values(), Decimal(0))
    yield from shares.items()
