"""What no run may take: not approved yet, on hold, or exported before."""

from __future__ import annotations

from include.sandbox.invoices.builders import amount_line, invoice
from include.sandbox.invoices.case import Example, not_taken
from include.sandbox.invoices.world import DE, SOYLENT

EXAMPLES: list[Example] = [
    not_taken(
        "A draft",
        invoice(
            104281,
            "INV-88210",
            "2026-09-01",
            [amount_line("Lamps", "140.00", "3004-6700-CA100")],
            gross="140.00",
            status="draft",
        ),
    ),
    not_taken(
        "Waiting for approval",
        invoice(
            104282,
            "INV-88211",
            "2026-09-02",
            [amount_line("Whiteboards", "360.00", "3004-6700-CA100")],
            gross="360.00",
            status="pending_approval",
        ),
    ),
    not_taken(
        "On hold",
        invoice(
            104283,
            "SC-2026-070",
            "2026-09-03",
            [amount_line("Summer party", "2750.00", "3004-6700-CA234")],
            gross="2750.00",
            supplier=SOYLENT,
            status="on_hold",
        ),
    ),
    not_taken(
        "Exported before, by the system that was in use until then",
        invoice(
            104284,
            "RE-2026/0033",
            "2026-02-10",
            [amount_line("Window cleaning", "180.00", "4001-6710-CA100")],
            gross="180.00",
            company=DE,
            exported=True,
            last_exported_at="2026-02-16T06:00:11-08:00",
            fields={"cf-erp-invoice-number": "OLD-2026-0118"},
        ),
    ),
    not_taken(
        "Exported and paid before",
        invoice(
            104285,
            "SC-2026-009",
            "2026-02-12",
            [amount_line("Fruit baskets", "64.00", "3004-6700-CA200")],
            gross="64.00",
            supplier=SOYLENT,
            exported=True,
            last_exported_at="2026-02-18T06:00:14-08:00",
            paid=True,
            payment_date="2026-03-14T00:00:00-07:00",
            fields={"cf-erp-invoice-number": "OLD-2026-0131"},
        ),
    ),
]
