"""With and without purchase orders: quantity, amount and service lines, split accounting, texts, nulls."""

from __future__ import annotations

from include.sandbox.invoices.builders import (
    amount_line,
    attachment,
    invoice,
    link,
    note,
    quantity_line,
    split,
    tax,
)
from include.sandbox.invoices.case import Example, posted
from include.sandbox.invoices.world import CONTOSO, DE, GLOBEX, SOYLENT

LONG_DESCRIPTION = (
    "Migration of the file servers of the Reno and Oakland offices, in three stages as agreed in the "
    "statement of work of 12 January: inventory and clean-up of 41 shares with their owners; copy "
    "with checksums to the new storage, at night, with a report each morning of what could not be "
    "read and why; switch of the clients by group policy, two weeks of support on site, removal of "
    "the old volumes, and a hand-over document with diagrams, passwords in the vault, and the names "
    "of those who signed off each share. Travel is included. Further stages are quoted separately."
)

EXAMPLES: list[Example] = [
    posted(
        "PO-backed: a quantity line and a split amount line, tax on each, two files attached",
        invoice(
            104201,
            "INV-88123",
            "2026-03-01",
            [
                quantity_line(
                    "Laptop",
                    "2.0",
                    "400.00",
                    "800.00",
                    "3004-6400-CA234",
                    part="LT-1",
                    po="4711/1",
                    taxes=[tax("V18", "144.00", "800.00")],
                ),
                amount_line(
                    "Setup service",
                    "200.00",
                    [
                        split("3004-6500-CA100", "120.00", "60.0"),
                        split("3004-6500-CA200", "80.00", "40.0"),
                    ],
                    po="4711/2",
                    taxes=[tax("V18", "36.00")],
                ),
            ],
            gross="1180.00",
            remit_to="RT-77",
            attachments=[attachment(4501, "inv.pdf"), attachment(4502, "delivery-note.pdf")],
            image_scan="/invoices/104201/scan.pdf",
        ),
    ),
    posted(
        "Not PO-backed: one amount, no tax, no cost center, no payment term (due date alone)",
        invoice(
            104202,
            "SC-2026-017",
            "2026-03-04",
            [amount_line("Catering, town hall meeting", "486.20", "3004-6700-")],
            gross="486.20",
            supplier=SOYLENT,
            terms=None,
            net_due_date="2026-03-18T00:00:00-07:00",
            attachments=[
                attachment(4503, "receipt.png"),
                link(4504, "https://soylent.example.com/orders/17"),
                note(4505, "Forty guests, as agreed by phone."),
            ],
        ),
    ),
    posted(
        "Service lines: hours and a fixed fee, for the German company",
        invoice(
            104203,
            "CS-5001",
            "2026-03-10",
            [
                quantity_line(
                    "Consulting, February",
                    "12.5",
                    "96.00",
                    "1200.00",
                    "4001-6500-CA100",
                    uom="HR",
                    po="4802/1",
                    taxes=[tax("VST19", "228.00")],
                ),
                amount_line(
                    "Kick-off workshop",
                    "300.00",
                    "4001-6500-CA100",
                    po="4802/2",
                    taxes=[tax("VST19", "57.00")],
                ),
            ],
            gross="1785.00",
            supplier=CONTOSO,
            company=DE,
            terms="Net 60",
        ),
    ),
    posted(
        "Split by amount, three accounts, no percentages",
        invoice(
            104204,
            "INV-88130",
            "2026-03-12",
            [
                quantity_line(
                    "Office chairs",
                    "6",
                    "150.00",
                    "900.00",
                    [
                        split("3004-6700-CA100", "450.00"),
                        split("3004-6700-CA200", "300.00"),
                        split("3004-6710-CA234", "150.00"),
                    ],
                    taxes=[tax("V18", "162.00")],
                )
            ],
            gross="1062.00",
        ),
    ),
    posted(
        "Split by percentage alone, three accounts",
        invoice(
            104205,
            "GX-7001",
            "2026-03-16",
            [
                amount_line(
                    "Trade fair stand",
                    "1000.00",
                    [
                        split("3004-6800-CA100", pct="33.33"),
                        split("3004-6800-CA200", pct="33.33"),
                        split("3004-6600-CA234", pct="33.34"),
                    ],
                ),
            ],
            gross="1000.00",
            supplier=GLOBEX,
        ),
    ),
    posted(
        "Sixty lines of one purchase order",
        invoice(
            104206,
            "INV-88140",
            "2026-03-20",
            [
                quantity_line(
                    f"Network cable, spool {spool}",
                    "4",
                    "12.50",
                    "50.00",
                    "3004-6400-CA200" if spool % 2 else "3004-6400-CA100",
                    part=f"NC-{spool:03}",
                    po=f"4730/{spool}",
                    taxes=[tax("V18", "9.00")],
                )
                for spool in range(1, 61)
            ],
            gross="3540.00",
        ),
    ),
    posted(
        "Texts with umlauts, emoji, quotes and markup, and a description of more than 500 characters",
        invoice(
            104207,
            "RE-2026/0042 Ä",
            "2026-03-24",
            [
                amount_line(
                    'Bürobedarf für Größenwahn 🎉 <b>"50 % Rabatt"</b> & Ölwechsel; 電源 😀',
                    "84.03",
                    "4001-6700-CA200",
                    taxes=[tax("VST19", "15.97")],
                    billing_note="bitte prüfen 👀",
                ),
                amount_line(LONG_DESCRIPTION, "2400.00", "4001-6500-CA234", taxes=[tax("VST19", "456.00")]),
            ],
            gross="2956.00",
            company=DE,
            supplier_note="Vielen Dank für Ihren Auftrag und bis bald!\nIhr Team",
        ),
    ),
    posted(
        "Custom fields (lookup and text), two purchase orders, an account that the mapping renames",
        invoice(
            104208,
            "INV-88151",
            "2026-04-01",
            [
                quantity_line(
                    "Docking station",
                    "3",
                    "180.00",
                    "540.00",
                    "3004-6400-CA100",
                    po="4711/3",
                    taxes=[tax("V18", "97.20")],
                    custom_fields={"cf-asset-class": "IT", "cf-serials": ""},
                ),
                amount_line(
                    "Small parts", "60.00", "3004-6999-CA100", po="4733/1", taxes=[tax("V18", "10.80")]
                ),
            ],
            gross="708.00",
            fields={
                "cf-project": {"id": 901, "external-ref-num": "PRJ-7", "external-ref-code": "PRJ-7-RENO"},
                "cf-gl-note": "Release before quarter end",
            },
        ),
    ),
    posted(
        'Nulls and "" wherever Coupa may put them',
        invoice(
            104209,
            "SC-2026-021",
            "2026-04-03",
            [
                amount_line(
                    "",
                    "75.00",
                    "3004-6700-CA100",
                    taxes=[{"type": "TaxLine", "code": None, "rate": None, "amount": None, "tax-code": None}],
                    tax_amount="",
                    commodity=None,
                    period=None,
                    custom_fields=None,
                )
            ],
            gross="75.00",
            supplier=SOYLENT,
            terms="Due on receipt",
            fields={"cf-project": "", "cf-gl-note": ""},
            line_level_taxation=None,
            original_invoice_number="",
            tax_amount=None,
            discount_amount=None,
            handling_amount=None,
            misc_amount=None,
            shipping_amount=None,
            supplier_total=None,
            amount_due=None,
            is_credit_note=None,
            supplier_site=None,
            ship_to_address=None,
            requested_by=None,
        ),
    ),
]
