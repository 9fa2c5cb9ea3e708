"""Credit notes, negative totals, mixed signs, a zero total, and voids."""

from __future__ import annotations

from include.sandbox.invoices.builders import amount_line, charge, credit_note, invoice, quantity_line, tax
from include.sandbox.invoices.case import Example, posted, voided
from include.sandbox.invoices.world import CONTOSO, DE, GLOBEX, NOBODY, SOYLENT

EXAMPLES: list[Example] = [
    posted(
        "Credit note with positive amounts, for one laptop of INV-88123, with its freight",
        credit_note(
            104231,
            "CN-4001",
            "2026-06-02",
            [
                quantity_line(
                    "Laptop returned",
                    "1.0",
                    "400.00",
                    "400.00",
                    "3004-6400-CA234",
                    po="4711/1",
                    taxes=[tax("V18", "72.00")],
                )
            ],
            original="INV-88123",
            original_invoice_date="2026-03-01T00:00:00-08:00",
            credit_reason="Damaged in transit",
            gross="492.00",
            charges=[charge("Shipping", "20.00")],
            shipping_amount="20.00",
        ),
    ),
    posted(
        "Credit note of a reverse charge; only the document type says that it is one",
        credit_note(
            104232,
            "GX-C-11",
            "2026-06-03",
            [
                amount_line(
                    "Licences returned", "200.00", "4001-6500-CA100", taxes=[tax("RC19", "0.00", "200.00")]
                )
            ],
            original="GX-7021",
            is_credit_note=None,
            gross="200.00",
            supplier=GLOBEX,
            company=DE,
        ),
    ),
    posted(
        "Credit note that only its flag marks, with one line the other way round",
        credit_note(
            104233,
            "CS-C-7",
            "2026-06-08",
            [
                amount_line("Hours billed twice", "480.00", "3004-6500-CA100", taxes=[tax("V18", "86.40")]),
                amount_line("Restocking fee", "-30.00", "3004-6500-CA200", taxes=[tax("V18", "-5.40")]),
            ],
            original="",
            document_type="Invoice",
            gross="531.00",
            supplier=CONTOSO,
        ),
    ),
    posted(
        "Invoice with a negative total: a credit note without the name",
        invoice(
            104234,
            "RE-2026/0070",
            "2026-06-10",
            [
                amount_line(
                    "Refund of overcharged rent", "-300.00", "4001-6710-CA200", taxes=[tax("VST19", "-57.00")]
                ),
                amount_line("Administration fee", "50.00", "4001-6500-CA200", taxes=[tax("VST19", "9.50")]),
            ],
            gross="-297.50",
            company=DE,
        ),
    ),
    posted(
        "Mixed signs: a return deducted from a delivery",
        invoice(
            104235,
            "INV-88190",
            "2026-06-15",
            [
                quantity_line(
                    "Desks",
                    "5",
                    "200.00",
                    "1000.00",
                    "3004-6700-CA100",
                    po="4760/1",
                    taxes=[tax("V18", "180.00")],
                ),
                quantity_line(
                    "Desk returned",
                    "-1",
                    "200.00",
                    "-200.00",
                    "3004-6700-CA100",
                    po="4755/1",
                    taxes=[tax("V18", "-36.00")],
                ),
                amount_line("Assembly", "90.00", "3004-6500-CA100"),
            ],
            gross="1034.00",
        ),
    ),
    posted(
        "Zero total: an exchange, one in, one out",
        invoice(
            104236,
            "INV-88191",
            "2026-06-16",
            [
                quantity_line(
                    "Scanner, new", "1", "350.00", "350.00", "3004-6400-CA100", taxes=[tax("V18", "63.00")]
                ),
                quantity_line(
                    "Scanner, faulty",
                    "-1",
                    "350.00",
                    "-350.00",
                    "3004-6400-CA200",
                    taxes=[tax("V18", "-63.00")],
                ),
            ],
            gross="0.00",
        ),
    ),
    voided(
        "Voided before the ERP ever had it",
        invoice(
            104237,
            "SC-2026-040",
            "2026-06-18",
            [amount_line("Event cancelled", "900.00", "3004-6700-CA100")],
            gross="900.00",
            supplier=SOYLENT,
            status="voided",
            canceled=True,
        ),
    ),
    voided(
        "Voided before the ERP ever had it, and the mapping could not have served it: still no failure",
        invoice(
            104238,
            "NB-1",
            "2026-06-19",
            [amount_line("Unsolicited goods", "77.00", "3004-6990-CA999", taxes=[tax("X99", "7.62")])],
            gross="84.62",
            supplier=NOBODY,
            terms="Net 45",
            status="voided",
            canceled=True,
        ),
    ),
]
