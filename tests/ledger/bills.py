"""The bills of the sandbox's invoices, mapped as the export maps them."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

from include.mapping.bill import map_invoice
from include.mapping.settings import load_mapping
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice
from include.sandbox.invoices import CASES, load

MAPPING = load_mapping()
TODAY = datetime.date(2026, 11, 22)
WIRE = {document["id"]: json.dumps(document) for document in load()}


def bill_of(invoice_id: int) -> Bill:
    """The invoice through JSON and the shipped settings file into its bill."""
    invoice = CoupaInvoice.model_validate(json.loads(WIRE[invoice_id], parse_float=Decimal))
    return map_invoice(invoice, MAPPING, f"coupa-sandbox/InvoiceHeader/{invoice_id}", TODAY)


def cases(outcome: str, refused_by: str | None = None) -> list[int]:
    """The invoices that must come to this."""
    return [case.id for case in CASES.values() if case.outcome == outcome and case.refused_by == refused_by]
