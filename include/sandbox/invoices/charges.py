"""Shipping, handling and other charges, discounts and advances."""

from __future__ import annotations

from include.sandbox.invoices.builders import amount_line, charge, invoice, quantity_line, split, tax
from include.sandbox.invoices.case import Example, posted
from include.sandbox.invoices.world import CONTOSO, DE, GLOBEX, SOYLENT, UMBRELLA

EXAMPLES: list[Example] = [
    posted(
        "Shipping charge with an account and its own tax; the header repeats it",
        invoice(
            104221,
            "INV-88170",
            "2026-05-07",
            [
                quantity_line(
                    "Server rack",
                    "1",
                    "1500.00",
                    "1500.00",
                    "3004-6400-CA234",
                    po="4750/1",
                    taxes=[tax("V18", "270.00")],
                )
            ],
            gross="1888.00",
            charges=[charge("Shipping", "100.00", "3004-6850-CA234", taxes=[tax("V18", "18.00")])],
            shipping_amount="100.00",
        ),
    ),
    posted(
        "Shipping charge without an account; the supplier has no number and is known by its id",
        invoice(
            104222,
            "UF-330",
            "2026-05-11",
            [amount_line("Pallets to Reno", "420.00", "3004-6850-CA100")],
            gross="455.50",
            supplier=UMBRELLA,
            charges=[charge("Shipping", "35.50")],
            shipping_amount="35.5",
        ),
    ),
    posted(
        "Handling charge without an account, other charge split in two, nothing on the header",
        invoice(
            104223,
            "GX-7030",
            "2026-05-12",
            [amount_line("Furniture assembly", "600.00", "3004-6500-CA100", taxes=[tax("V18", "108.00")])],
            gross="758.00",
            supplier=GLOBEX,
            charges=[
                charge("Handling", "20.00"),
                charge(
                    "Misc",
                    "30.00",
                    [split("3004-6500-CA100", "18.00", "60.0"), split("3004-6700-CA200", "12.00", "40.0")],
                ),
            ],
            shipping_amount=None,
            handling_amount=None,
            misc_amount=None,
        ),
    ),
    posted(
        "Shipping, handling and other amounts on the header alone, without charges",
        invoice(
            104224,
            "SC-2026-030",
            "2026-05-13",
            [
                quantity_line(
                    "Lunch boxes", "50", "8.40", "420.00", "3004-6700-CA200", taxes=[tax("V18", "75.60")]
                )
            ],
            gross="517.60",
            supplier=SOYLENT,
            shipping_amount="15.0",
            handling_amount="5.0",
            misc_amount="2.0",
        ),
    ),
    posted(
        "A shipping charge beside a handling amount that stands on the header alone; a negative charge",
        invoice(
            104225,
            "RE-2026/0060",
            "2026-05-18",
            [amount_line("Shelves", "800.00", "4001-6700-CA100", taxes=[tax("VST19", "152.00")])],
            gross="972.50",
            company=DE,
            charges=[charge("Shipping", "40.00", "4001-6850-CA100"), charge("Misc", "-32.00")],
            shipping_amount="40.00",
            handling_amount="12.50",
            misc_amount="-32.0",
        ),
    ),
    posted(
        "A discount that the total has already deducted",
        invoice(
            104226,
            "INV-88180",
            "2026-05-20",
            [
                quantity_line(
                    "Phones",
                    "4",
                    "250.00",
                    "1000.00",
                    "3004-6400-CA100",
                    taxes=[tax("V18", "171.00", "950.00")],
                )
            ],
            gross="1121.00",
            discount_amount="50.00",
        ),
    ),
    posted(
        "A discount that is only an offer for paying early",
        invoice(
            104227,
            "INV-88181",
            "2026-05-21",
            [amount_line("Cleaning, April", "500.00", "3004-6710-CA200", taxes=[tax("V18", "90.00")])],
            gross="590.00",
            terms="2/10 Net 30",
            discount_amount="11.80",
            discount_percent="2.0",
            discount_due_date="2026-05-31T00:00:00-07:00",
            gross_total_less_discount="578.20",
            amount_due_less_discount="578.20",
        ),
    ),
    posted(
        "An advance paid before, taken off what is owed",
        invoice(
            104228,
            "CS-5030",
            "2026-05-26",
            [amount_line("Audit, final part", "2000.00", "3004-6500-CA234", taxes=[tax("V18", "360.00")])],
            gross="2360.00",
            supplier=CONTOSO,
            amount_of_advance_payment="500.00",
            pre_payment_date="2026-04-01T00:00:00-07:00",
            amount_due=None,
        ),
    ),
]
