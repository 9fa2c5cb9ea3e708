"""Taxes: several on a line, on the header, not or half deductible, reverse charge, withholding."""

from __future__ import annotations

from include.sandbox.invoices.builders import amount_line, invoice, quantity_line, split, tax, withholding
from include.sandbox.invoices.case import Example, posted
from include.sandbox.invoices.world import CONTOSO, DE, GLOBEX, TAX_CODES

EXAMPLES: list[Example] = [
    posted(
        "Several tax lines on one line: 19 % on a part of it, 7 % on the rest",
        invoice(
            104211,
            "CS-5010",
            "2026-04-07",
            [
                amount_line(
                    "Seminar with handbook",
                    "300.00",
                    "4001-6500-CA100",
                    taxes=[tax("VST19", "38.00", "200.00"), tax("VST7", "7.00", "100.00")],
                )
            ],
            gross="345.00",
            supplier=CONTOSO,
            company=DE,
        ),
    ),
    posted(
        "Tax lines on the header, two rates, none on the lines",
        invoice(
            104212,
            "RE-2026/0051",
            "2026-04-09",
            [
                quantity_line("Paper", "40", "5.00", "200.00", "4001-6700-CA100", uom="BX"),
                quantity_line("Manuals", "10", "15.00", "150.00", "4001-6700-CA200"),
            ],
            gross="398.50",
            company=DE,
            header_taxes=[tax("VST19", "38.00", "200.00"), tax("VST7", "10.50", "150.00")],
        ),
    ),
    posted(
        "Tax on the header by code and amount alone, without tax lines",
        invoice(
            104213,
            "INV-88160",
            "2026-04-14",
            [amount_line("Website maintenance, March", "650.00", "3004-6500-CA200")],
            gross="767.00",
            line_level_taxation=False,
            tax_code=TAX_CODES["V18"].reference("V18"),
            tax_rate="18.0",
            tax_amount="117.00",
        ),
    ),
    posted(
        "Sales tax that is not recoverable, on a split line and on a plain one: it becomes cost",
        invoice(
            104214,
            "GX-7010",
            "2026-04-16",
            [
                quantity_line(
                    "Monitors",
                    "2",
                    "200.00",
                    "400.00",
                    [
                        split("3004-6400-CA100", "300.00", "75.0"),
                        split("3004-6400-CA200", "100.00", "25.0"),
                    ],
                    po="4740/1",
                    taxes=[tax("ST825", "33.00")],
                ),
                amount_line("Wall mounts", "80.00", "3004-6700-CA234", taxes=[tax("ST825", "6.60")]),
            ],
            gross="519.60",
            supplier=GLOBEX,
        ),
    ),
    posted(
        "Sales tax that is not recoverable, on the header: each line bears its part",
        invoice(
            104215,
            "GX-7011",
            "2026-04-17",
            [
                amount_line("Keyboards", "100.00", "3004-6400-CA100"),
                amount_line("Headsets", "300.00", "3004-6700-CA200"),
            ],
            gross="433.00",
            supplier=GLOBEX,
            header_taxes=[tax("ST825", "33.00", "400.00")],
        ),
    ),
    posted(
        "Half-deductible tax: one half recoverable, one half cost",
        invoice(
            104216,
            "RE-2026/0055",
            "2026-04-21",
            [
                amount_line(
                    "Car lease, May", "500.00", "4001-6600-CA100", taxes=[tax("ND50", "95.00", "500.00")]
                )
            ],
            gross="595.00",
            company=DE,
        ),
    ),
    posted(
        "Reverse charge that Coupa shows as tax 0.00 with a rate",
        invoice(
            104217,
            "GX-7020",
            "2026-04-23",
            [
                amount_line(
                    "Cloud hosting", "333.33", "4001-6500-CA200", taxes=[tax("RC19", "0.00", "333.33")]
                )
            ],
            gross="333.33",
            supplier=GLOBEX,
            company=DE,
            reverse_charge_reference="Steuerschuldnerschaft des Leistungsempfängers",
        ),
    ),
    posted(
        "Reverse charge whose amount Coupa shows, though it is no part of the total",
        invoice(
            104218,
            "GX-7021",
            "2026-04-24",
            [amount_line("Licences", "500.00", "4001-6500-CA100", taxes=[tax("RC19", "95.00", "500.00")])],
            gross="500.00",
            supplier=GLOBEX,
            company=DE,
        ),
    ),
    posted(
        "Withholding on a line: recoverable tax in full, 10 % kept for the tax office",
        invoice(
            104219,
            "CS-5020",
            "2026-05-04",
            [
                amount_line(
                    "Expert opinion",
                    "1000.00",
                    "3004-6500-CA100",
                    taxes=[tax("V18", "180.00")],
                    withheld=[withholding("WHT10", "100.00", "1000.00")],
                )
            ],
            gross="1180.00",
            supplier=CONTOSO,
        ),
    ),
    posted(
        "Withholding on the header",
        invoice(
            104220,
            "CS-5021",
            "2026-05-05",
            [
                amount_line("Translation", "250.00", "3004-6500-CA200"),
                amount_line("Proofreading", "150.00", "3004-6500-CA234"),
            ],
            gross="400.00",
            supplier=CONTOSO,
            header_withheld=[withholding("WHT10", "40.00", "400.00")],
        ),
    ),
]
