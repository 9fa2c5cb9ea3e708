"""Who the bill is between, and by which terms: company, supplier, payment term."""

from __future__ import annotations

from include.mapping.case import ASK, Case
from include.mapping.text import clean, identifier


def map_company(case: Case) -> str | None:
    """The one legal entity of all accounts and of the chart of accounts; two of them are refused by name.

    :param case: with the companies that the accounts led to.
    """
    chart = case.invoice.account_type
    name = identifier(chart.name) if chart else ""
    by_chart = case.mapping.companies.by_chart
    if name in by_chart:
        case.companies.setdefault(by_chart[name], []).append(f'chart of accounts "{name}"')
    if len(case.companies) > 1:
        parts = "; ".join(
            f"{company} by {', '.join(places[:5])}" for company, places in case.companies.items()
        )
        case.refuse(
            "COMPANIES_MIXED",
            f"The invoice is coded to more than one company ({parts}): code it to one company in Coupa, or "
            "enter one invoice for each.",
        )
        return None
    if case.companies:
        return next(iter(case.companies))
    if not any(refusal.code.startswith(("COMPANY", "ACCOUNT")) for refusal in case.refusals):
        seen = (
            f'The chart of accounts "{name}"'
            if name
            else "The invoice, without account or chart of accounts,"
        )
        case.refuse(
            "COMPANY_UNMAPPED",
            f"{seen} leads to no company of the ERP: {ASK}, or correct the coding in Coupa.",
        )
    return None


def map_supplier(case: Case) -> str | None:
    """The ERP's supplier, by Coupa's number, else by Coupa's id; a name never decides.

    A remit-to code may name another party, as with factoring.
    """
    settings = case.mapping.suppliers
    code = remit_to_code(case)
    if code in settings.by_remit_to:
        return settings.by_remit_to[code]
    supplier = case.invoice.supplier
    number = identifier(supplier.number) if supplier else ""
    coupa_id = str(supplier.id) if supplier and supplier.id is not None else ""
    if number in settings.by_number:
        return settings.by_number[number]
    if number and settings.unmapped_number == "as_is":
        return number
    if coupa_id in settings.by_id:
        return settings.by_id[coupa_id]
    name = f'"{clean(supplier.name, 60)}"' if supplier and supplier.name else "of this invoice"
    if number:
        reason = f"has the number {number}, which is not known to the export"
    elif coupa_id:
        reason = "has no supplier number in Coupa"
    else:
        if "supplier" not in case.invoice.unreadable:
            case.refuse("SUPPLIER_MISSING", "The invoice shows no supplier: choose the supplier in Coupa.")
        return None
    case.refuse(
        "SUPPLIER_UNMAPPED",
        f"Supplier {name} {reason}: enter the ERP's number on the supplier in Coupa, or {ASK} "
        f"(Coupa id {coupa_id or 'unknown'}).",
    )
    return None


def remit_to_code(case: Case) -> str | None:
    """Coupa's remit-to code, of the address that is chosen on the invoice."""
    for address in (case.invoice.remit_to_address, case.invoice.supplier_remit_to):
        code = identifier(address.remit_to_code) if address else ""
        if code:
            return code
    return None


def map_payment_term(case: Case) -> str | None:
    """The ERP's payment term by Coupa's code; ``None`` where Coupa has none."""
    term = case.invoice.payment_term
    settings = case.mapping.payment_terms
    if term is None or (term.id is None and not term.code):
        return None
    code = identifier(term.code)
    if code in settings.map:
        return settings.map[code]
    if settings.unmapped == "leave_out":
        return None
    if settings.unmapped == "as_is" and code:
        return code
    named = f"Payment term {code}" if code else "The payment term, which shows no code,"
    case.refuse(
        "PAYMENT_TERM_UNMAPPED",
        f"{named} is not known to the export: {ASK}, or choose another payment term in Coupa.",
    )
    return None
