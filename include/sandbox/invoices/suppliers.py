"""Who is paid: remit-to addresses, a factor, look-alikes; and sums that differ by a rounding."""

from __future__ import annotations

from include.sandbox.invoices.builders import amount_line, invoice, quantity_line, tax
from include.sandbox.invoices.case import Example, posted
from include.sandbox.invoices.world import ACME_LOOK_ALIKE, CONTOSO, DE, GLOBEX

EXAMPLES: list[Example] = [
    posted(
        "A remit-to address that is only an address",
        invoice(
            104251,
            "2026-0815",
            "2026-07-09",
            [amount_line("Toner", "120.00", "3004-6700-CA100", taxes=[tax("V18", "21.60")])],
            gross="141.60",
            remit_to="RT-77",
        ),
    ),
    posted(
        "The same number from another supplier whose name looks alike: another party",
        invoice(
            104252,
            "2026-0815",
            "2026-07-09",
            [amount_line("Signs", "130.00", "3004-6800-CA100", taxes=[tax("V18", "23.40")])],
            gross="153.40",
            supplier=ACME_LOOK_ALIKE,
        ),
    ),
    posted(
        "A remit-to code that names a factor: the factor is owed, not the supplier",
        invoice(
            104253,
            "GX-7050",
            "2026-07-13",
            [amount_line("Rent, July", "2100.00", "4001-6710-CA200", taxes=[tax("VST19", "399.00")])],
            gross="2499.00",
            supplier=GLOBEX,
            company=DE,
            remit_to="RT-FACTOR",
        ),
    ),
    posted(
        "A total one cent above its parts, within the tolerance",
        invoice(
            104254,
            "CS-5040",
            "2026-07-15",
            [
                quantity_line(
                    "Support hours",
                    "3",
                    "33.33",
                    "99.99",
                    "3004-6500-CA100",
                    uom="HR",
                    taxes=[tax("V18", "18.00")],
                )
            ],
            gross="118.00",
            supplier=CONTOSO,
        ),
    ),
    posted(
        "A total two cents below its parts, within the tolerance",
        invoice(
            104255,
            "RE-2026/0090",
            "2026-07-20",
            [
                amount_line("Cable ducts", "10.04", "4001-6700-CA100", taxes=[tax("VST19", "1.91")]),
                amount_line("Sockets", "10.04", "4001-6700-CA200", taxes=[tax("VST19", "1.91")]),
            ],
            gross="23.88",
            company=DE,
        ),
    ),
    posted(
        "Lines with more than two decimals",
        invoice(
            104256,
            "CS-5041",
            "2026-07-22",
            [
                quantity_line("Messages, May", "33333", "0.001", "33.333", "3004-6500-CA100"),
                quantity_line("Messages, June", "33333", "0.001", "33.333", "3004-6500-CA200"),
                quantity_line("Messages, July", "33333", "0.001", "33.333", "3004-6500-CA234"),
            ],
            gross="100.00",
            supplier=CONTOSO,
        ),
    ),
]
