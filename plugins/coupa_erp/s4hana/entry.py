"""A bill as the deep insert of ``A_SupplierInvoice``, and all that S/4HANA's fields cannot hold of it.

What does not fit is refused by name; only texts for people are shortened. Amounts are positive there: the
side of an item is its debit/credit indicator, that of the document its credit memo indicator.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from coupa_erp.erp_http.currencies import decimals_of, fits, in_coins
from coupa_erp.erp_http.line_taxes import LineTaxes, taxes_of_lines
from coupa_erp.s4hana.connection import S4HanaSettings
from coupa_erp.s4hana.documents import GL_ITEMS, ORDER_ITEMS, PARKED, TAXES
from coupa_erp.s4hana.keys import compact
from coupa_erp.s4hana.wire import Row, amount_value, date_value
from include.errors import ErpRejection, Refusal
from include.models.bill import Bill, BillLine, BillTax
from include.models.text import clean

NUMBER_LENGTH = 16
_ITEM_TEXT = 50
_LARGEST = Decimal("99999999999.999")
_LARGEST_QUANTITY = Decimal("9999999999.999")
_QUANTITY_STEP = Decimal("0.001")
_UNIT = 3
#: The mapping's axes, as S/4HANA's fields, and what these hold.
_AXES = {
    "cost_center": ("CostCenter", 10),
    "profit_center": ("ProfitCenter", 10),
    "internal_order": ("InternalOrder", 12),
    "wbs_element": ("WBSElement", 24),
    "functional_area": ("FunctionalArea", 16),
    "business_area": ("BusinessArea", 4),
}


def refuse_unfit(bill: Bill, settings: S4HanaSettings) -> None:
    """Refuse what the fields cannot hold.

    :raises ErpRejection: with every reason at once.
    """
    refusals = list(dict.fromkeys(_unfit(bill, settings)))
    if refusals:
        raise ErpRejection(*refusals)


def parked_values(bill: Bill, settings: S4HanaSettings) -> Row:
    """What parks the document, in one call with all that belongs to it.

    The supplier's number is the reference, where SAP's check for double invoices and the remittance advice
    expect it; our key and the fingerprint lie in the fields that the connection names.

    :param bill: the bill, which fits.
    """
    extra = settings.extra
    taxed = _taxes(bill, settings)
    values: Row = {
        "CompanyCode": bill.company,
        "DocumentDate": date_value(bill.invoice_date),
        "PostingDate": date_value(bill.posting_date or bill.invoice_date),
        "InvoicingParty": bill.supplier,
        "SupplierInvoiceIDByInvcgParty": bill.number,
        "DocumentCurrency": bill.currency,
        "InvoiceGrossAmount": _told(bill.total, bill),
        "SupplierInvoiceIsCreditMemo": "X" if bill.kind == "credit_note" else "",
        "SupplierInvoiceStatus": PARKED,
        "TaxIsCalculatedAutomatically": False,
        extra.key_field: compact(bill.key),
        extra.fingerprint_field: bill.fingerprint,
    }
    if extra.document_type:
        values["AccountingDocumentType"] = extra.document_type
    if extra.tax_country:
        values["TaxDeterminationDate"] = date_value(bill.invoice_date)
    if bill.payment_term:
        values["PaymentTerms"] = bill.payment_term
    elif bill.due_date:
        values |= {"DueCalculationBaseDate": date_value(bill.due_date), "NetPaymentDays": "0"}
    lines = [(line, code) for line, code in zip(bill.lines, taxed.codes, strict=True) if line.amount]
    lines += [(_deducted(tax, account), None) for tax, account in taxed.booked if tax.amount]
    ordered = [entry for entry in lines if matched(entry[0], settings)]
    posted = [entry for entry in lines if not matched(entry[0], settings)]
    if posted:
        values[GL_ITEMS] = [_gl_item(n, *entry, bill, settings) for n, entry in enumerate(posted, 1)]
    if ordered:
        values[ORDER_ITEMS] = [_po_item(n, *entry, bill, settings) for n, entry in enumerate(ordered, 1)]
    taxes = [_tax(code, bill, taxed, settings) for code in taxed.sums]
    if taxes:
        values[TAXES] = taxes
    return values


def _taxes(bill: Bill, settings: S4HanaSettings) -> LineTaxes:
    accounts = settings.extra.accounts_of_deducted
    return taxes_of_lines(bill, accounts, erp="S/4HANA", setting="deducted_taxes")


def _deducted(tax: BillTax, account: str) -> BillLine:
    """What a tax takes off what is owed, as a posting to the account that takes it."""
    return BillLine(account=account, amount=tax.amount, description=f"Tax {tax.code}", place=tax.place)


def _told(amount: Decimal, bill: Bill) -> str:
    """An amount with the currency's own decimals; :func:`refuse_unfit` has seen that it has no more."""
    return amount_value(in_coins(amount, bill.currency))


def matched(line: BillLine, settings: S4HanaSettings) -> bool:
    """Whether a line is booked against its purchase order."""
    return settings.extra.po_backed == "match" and line.purchase_order is not None


def _unfit(bill: Bill, settings: S4HanaSettings) -> Iterator[Refusal]:
    if len(bill.number) > NUMBER_LENGTH:
        yield Refusal(
            "NUMBER_TOO_LONG",
            f"Invoice number {bill.number} has {len(bill.number)} characters; S/4HANA holds {NUMBER_LENGTH}. "
            "Shorten the number in Coupa.",
        )
    named = (
        ("COMPANY_UNKNOWN", "company code", bill.company, 4),
        ("SUPPLIER_UNKNOWN", "supplier", bill.supplier, 10),
        ("CURRENCY_UNKNOWN", "currency", bill.currency, 5),
        ("PAYMENT_TERM_UNKNOWN", "payment term", bill.payment_term or "", 4),
    )
    for code, what, value, longest in named:
        yield from _too_long(code, what, value, longest, "Header")
    taxed = _taxes(bill, settings)
    for line, tax_code in zip(bill.lines, taxed.codes, strict=True):
        if matched(line, settings):
            yield from _unfit_order(bill, line)
            yield from _unfit_quantity(line)
            if line.amount and not (tax_code or settings.extra.untaxed_code):
                yield Refusal(
                    "TAX_MISSING",
                    "S/4HANA demands a tax code of a line that is matched with its purchase order, and this "
                    "one has no tax: name the code of untaxed items under untaxed_code of the connection.",
                    line.place,
                )
        else:
            yield from _too_long("ACCOUNT_UNKNOWN", "account", line.account, 10, line.place)
            yield from _unfit_axes(line)
            if line.account in settings.extra.accounts_of_deducted.values():
                yield Refusal(
                    "ACCOUNT_RESERVED",
                    f"Account {line.account} takes deducted taxes (deducted_taxes of the connection), so no "
                    "line may be coded to it: choose another account in Coupa.",
                    line.place,
                )
    for tax in bill.taxes:
        if tax.code not in settings.extra.accounts_of_deducted:
            yield from _too_long("TAX_UNKNOWN", "tax code", tax.code, 2, tax.place)
    yield from taxed.refusals
    for what, amount, place in (
        ("total", bill.total, "Header"),
        *(("amount", line.amount, line.place) for line in bill.lines),
        *(("tax", tax.amount, tax.place) for tax in bill.taxes),
    ):
        if abs(amount) > _LARGEST or not fits(amount, bill.currency):
            yield Refusal(
                "AMOUNT_UNFIT",
                f"The {what} {amount} {bill.currency} does not fit S/4HANA's fields, which hold eleven "
                f"digits, and of this currency {decimals_of(bill.currency)} decimals: correct it in Coupa.",
                place,
            )


def _unfit_axes(line: BillLine) -> Iterator[Refusal]:
    for axis, code in line.dimensions.items():
        if axis not in _AXES:
            yield Refusal(
                "DIMENSION_UNKNOWN",
                f"S/4HANA has no axis {axis}: the mapping's dimensions may be {', '.join(_AXES)}.",
                line.place,
            )
        else:
            name = axis.replace("_", " ")
            yield from _too_long("DIMENSION_UNKNOWN", name, code, _AXES[axis][1], line.place)


def _unfit_order(bill: Bill, line: BillLine) -> Iterator[Refusal]:
    if line.purchase_order_line is None:
        yield Refusal(
            "PURCHASE_ORDER",
            f"The line names purchase order {line.purchase_order} and no line of it, so S/4HANA cannot match "
            "it: choose the order line in Coupa.",
            line.place,
        )
    yield from _too_long("PURCHASE_ORDER", "purchase order", line.purchase_order or "", 10, line.place)
    yield from _too_long("PURCHASE_ORDER", "order line", line.purchase_order_line or "", 5, line.place)
    if line.amount < 0:
        yield Refusal(
            "PURCHASE_ORDER",
            f"A line of {line.amount} {bill.currency} cannot be matched with its purchase order: S/4HANA "
            "takes no negative item there. Enter it as a credit note.",
            line.place,
        )


def _unfit_quantity(line: BillLine) -> Iterator[Refusal]:
    if line.quantity is None or not line.unit:
        return
    yield from _too_long("UNIT_UNKNOWN", "unit", line.unit, _UNIT, line.place)
    if abs(line.quantity) > _LARGEST_QUANTITY or line.quantity != round(line.quantity, 3):
        yield Refusal(
            "QUANTITY_UNFIT",
            f"The quantity {line.quantity} does not fit S/4HANA's field, which holds ten digits and three "
            "decimals: correct it in Coupa.",
            line.place,
        )


def _too_long(code: str, what: str, value: str, longest: int, place: str) -> Iterator[Refusal]:
    if len(value) > longest:
        yield Refusal(
            code,
            f"The {what} {value} has {len(value)} characters; S/4HANA's have {longest} at most: correct it "
            "in Coupa or in the export's mapping.",
            place,
        )


def _gl_item(number: int, line: BillLine, code: str | None, bill: Bill, settings: S4HanaSettings) -> Row:
    debit = (line.amount > 0) is (bill.kind == "invoice")
    return {
        "SupplierInvoiceItem": f"{number:04d}",
        "CompanyCode": bill.company,
        "GLAccount": line.account,
        "DocumentCurrency": bill.currency,
        "SupplierInvoiceItemAmount": _told(abs(line.amount), bill),
        "DebitCreditCode": "S" if debit else "H",
        "SupplierInvoiceItemText": clean(line.description, _ITEM_TEXT),
        **{_AXES[axis][0]: value for axis, value in sorted(line.dimensions.items())},
        **_tax_fields(code, settings),
    }


def _po_item(number: int, line: BillLine, code: str | None, bill: Bill, settings: S4HanaSettings) -> Row:
    values = {
        "SupplierInvoiceItem": f"{number:06d}",
        "PurchaseOrder": line.purchase_order,
        "PurchaseOrderItem": (line.purchase_order_line or "").zfill(5),
        "DocumentCurrency": bill.currency,
        "SupplierInvoiceItemAmount": _told(line.amount, bill),
        "SupplierInvoiceItemText": clean(line.description, _ITEM_TEXT),
        **_tax_fields(code, settings),
    }
    if line.quantity is not None and line.unit:
        values |= {
            "QuantityInPurchaseOrderUnit": amount_value(abs(line.quantity).quantize(_QUANTITY_STEP)),
            "PurchaseOrderQuantityUnit": line.unit,
        }
    return values


def _tax_fields(code: str | None, settings: S4HanaSettings) -> Row:
    code = code or settings.extra.untaxed_code
    country = settings.extra.tax_country
    return {
        **({"TaxCode": code} if code else {}),
        **({"TaxCountry": country} if code and country else {}),
    }


def _tax(code: str, bill: Bill, taxed: LineTaxes, settings: S4HanaSettings) -> Row:
    base, amount = taxed.sums[code]
    return {
        "TaxCode": code,
        "DocumentCurrency": bill.currency,
        "TaxAmount": _told(amount, bill),
        "TaxBaseAmountInTransCrcy": _told(abs(base), bill),
        **({"TaxCountry": settings.extra.tax_country} if settings.extra.tax_country else {}),
    }
