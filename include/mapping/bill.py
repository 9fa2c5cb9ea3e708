"""A Coupa invoice into an ERP bill, whole and to the cent, or every reason why not."""

from __future__ import annotations

import datetime
from dataclasses import replace

from include.errors import ErpRejection, Refusal
from include.mapping.amounts import ZERO, rounded
from include.mapping.answered import refuse_unanswered
from include.mapping.case import Case, Taxable
from include.mapping.charges import ChargePart, read_charges, read_header_charges
from include.mapping.consistency import check_other_totals
from include.mapping.currencies import map_currency
from include.mapping.dates import by_policy, read_date
from include.mapping.legibility import refuse_unreadable
from include.mapping.lines import LinePart, read_lines
from include.mapping.money_fields import refuse_unknown_money
from include.mapping.number import read_number
from include.mapping.part import Part
from include.mapping.parties import map_company, map_payment_term, map_supplier, remit_to_code
from include.mapping.posting import Posted, post
from include.mapping.settings import Mapping
from include.mapping.sign import orientation
from include.mapping.tax_reading import tax_readings
from include.mapping.taxes import stated_tax, tax_lines
from include.mapping.text import clean, field_text, identifier
from include.mapping.totals import Figures, read_totals
from include.mapping.withholding import withheld_of
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice


def map_invoice(invoice: CoupaInvoice, mapping: Mapping, key: str, today: datetime.date) -> Bill:
    """The bill that the ERP is to post.

    :param invoice: approved, as Coupa shows it now.
    :param mapping: the settings file.
    :param key: the business key.
    :param today: the day of the export, for the posting date policy ``today``.
    :raises ErpRejection: with all reasons at once, each with its place.
    """
    refuse_unanswered(invoice, mapping)
    currency, decimals, problems = map_currency(invoice, mapping)
    case = Case(invoice, mapping, orientation(invoice), currency, decimals)
    refuse_unreadable(case)
    for problem in problems:
        if "currency" not in invoice.unreadable:
            case.refuse(problem.code, problem.message)
    number = read_number(case)
    invoice_date = read_date(case, invoice.invoice_date, "invoice date")
    if not invoice.invoice_date and "invoice-date" not in invoice.unreadable:
        case.refuse("DATE_MISSING", "The invoice has no invoice date: enter it in Coupa.")
    due_date = read_date(case, invoice.net_due_date, "net due date")
    supplier = map_supplier(case)
    payment_term = map_payment_term(case)
    posted = _amounts(case)
    company = map_company(case)
    if case.refusals or posted is None or invoice_date is None or company is None or supplier is None:
        raise ErpRejection(*_told(case))
    return Bill(
        key=key,
        kind=case.orientation.kind,
        company=company,
        supplier=supplier,
        supplier_name=clean(invoice.supplier.name if invoice.supplier else None),
        number=number,
        invoice_date=invoice_date,
        posting_date=by_policy(mapping.posting_date, invoice_date, today),
        due_date=due_date,
        currency=currency,
        payment_term=payment_term,
        remit_to=remit_to_code(case),
        original_number=identifier(invoice.original_invoice_number) or None,
        purchase_orders=list(
            dict.fromkeys(line.purchase_order for line in posted.lines if line.purchase_order)
        ),
        custom_fields=_custom_fields(case),
        lines=posted.lines,
        taxes=posted.taxes,
        total=posted.total,
    )


def _amounts(case: Case) -> Posted | None:
    """Everything with money in it; ``None`` once something is refused that leaves no total."""
    refuse_unknown_money(case)
    lines = read_lines(case)
    charges = read_charges(case)
    figures = _figures(case, lines, charges)
    gross = case.invoice.gross()
    if gross is None:
        if "gross-total" not in case.invoice.unreadable:
            case.refuse("TOTAL_MISSING", "The invoice shows no gross total: complete its amounts in Coupa.")
        return None
    if figures.gross != abs(gross):
        case.refuse(
            "AMOUNT_TOO_PRECISE",
            f"The gross total {case.money(gross)} is finer than the currency, which has {case.decimals} "
            "decimals: correct the amount or the currency in Coupa.",
        )
        return None
    if any(refusal.code in _NO_SUM for refusal in case.refusals):
        _refuse_taxes(case, figures)
        return None
    reading = read_totals(case, figures)
    if reading is None:
        _refuse_taxes(case, figures)
        return None
    check_other_totals(case, figures, reading)
    return post(case, figures, reading)


#: After these the parts cannot be added up, and a second complaint about the sum would only confuse.
_NO_SUM = frozenset({"INVOICE_UNREADABLE", "LINES_MISSING", "AMOUNT_MISSING", "AMOUNT_TOO_PRECISE"})


def _figures(case: Case, lines: list[LinePart], charges: list[ChargePart]) -> Figures:
    invoice = case.invoice
    line_net = sum((line.net for line in lines), ZERO)
    bearers = [posting for line in lines for posting in line.postings]
    on_lines = Taxable(line_net, "Header", case.orientation.header, bearers)
    stated = stated_tax(case, invoice, _whole_document(case, on_lines, charges))
    parts: list[Part] = [*lines, *charges]
    detail = [tax for part in parts for tax in part.taxes]
    header = tax_lines(case, invoice.tax_lines, on_lines)
    among_taxes = [tax for tax in [*detail, *header] if tax.treatment == "withholding"]
    return Figures(
        gross=rounded(abs(invoice.gross() or ZERO), case.decimals),
        lines=lines,
        charges=charges,
        header_charges=read_header_charges(case, charges),
        taxes=tax_readings(
            case,
            [tax for tax in detail if tax not in among_taxes],
            [tax for tax in header if tax not in among_taxes],
            tax_lines(case, invoice.tcs_tax_lines, on_lines),
            stated,
        ),
        discount=case.rounded(abs(invoice.discount_amount or ZERO), "Header"),
        withheld_taxes=withheld_of(case, lines, on_lines, among_taxes),
        advance=case.rounded(abs(invoice.amount_of_advance_payment or ZERO), "Header"),
    )


def _whole_document(case: Case, on_lines: Taxable, charges: list[ChargePart]) -> Taxable:
    """What a tax of the header is on: the charges too, where taxes are not given line by line."""
    if case.invoice.line_level_taxation:
        return on_lines
    return replace(on_lines, net=on_lines.net + sum((charge.net for charge in charges), ZERO))


def _refuse_taxes(case: Case, figures: Figures) -> None:
    """Say at once what is wrong with the tax codes, though the sums are refused already."""
    most_lenient = min(figures.taxes, key=lambda way: sum(len(tax.refusals) for tax in way.taxes))
    for tax in [*most_lenient.taxes, *figures.withheld_taxes]:
        for refusal in tax.refusals:
            case.refuse(refusal.code, refusal.message, refusal.place)


def _custom_fields(case: Case) -> dict[str, str]:
    found = {
        name: field_text(case.invoice.custom_field(field))
        for name, field in case.mapping.custom_fields.items()
    }
    return {name: text for name, text in found.items() if text}


def _told(case: Case) -> list[Refusal]:
    """The header's first, then as they were found; what is beyond the most that is told, as a number."""
    ordered = sorted(case.refusals, key=lambda refusal: refusal.place != "Header")
    if case.untold:
        more = f"There are {case.untold} more reasons like these: correct the ones named here first."
        ordered.append(Refusal("MORE_REASONS", more))
    return ordered
