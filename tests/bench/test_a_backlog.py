from __future__ import annotations

import datetime
import json
from decimal import Decimal

from include.bench.backlog import Look, table_of
from include.bench.invoices import everyday_invoices
from include.mapping.bill import map_invoice
from include.mapping.settings import load_mapping
from include.models.invoice import CoupaInvoice


def test_everyday_invoices_are_of_their_size_and_each_is_posted_to_the_cent():
    made = everyday_invoices(200)

    sizes = sorted(len(json.dumps(invoice)) for invoice in made)
    assert sizes[0] > 5_000
    assert sizes[150] < 22_000
    assert sum(len(invoice["invoice-lines"]) >= 500 for invoice in made) == 1
    assert len({invoice["id"] for invoice in made}) == 200
    mapping = load_mapping(None)
    for invoice in made:
        bill = map_invoice(CoupaInvoice.model_validate(invoice), mapping, "key", datetime.date(2026, 11, 26))
        withheld = sum(tax.amount for tax in bill.taxes if tax.code.startswith("WHT"))
        assert abs(bill.total - withheld) == abs(Decimal(invoice["gross-total"]))


def test_a_row_of_the_table_is_a_tenth_of_the_way_with_rates_of_its_own():
    looks = [
        Look(seconds, done, 1, {"worker": seconds / 2}, {"worker": done << 20}, done << 20, 1.0, 0.1)
        for seconds, done in ((10.0, 50), (20.0, 100), (40.0, 150))
    ]

    head, _, *rows = table_of(looks).splitlines()
    assert head.startswith("| invoices | minutes | invoices/s | CPU-s an invoice | worker MB |")
    assert [row.split(" | ")[:5] for row in rows] == [
        ["| 50", "0.2", "5.0", "0.100", "50"],
        ["| 100", "0.3", "5.0", "0.100", "100"],
        ["| 150", "0.7", "2.5", "0.200", "150"],
    ]
