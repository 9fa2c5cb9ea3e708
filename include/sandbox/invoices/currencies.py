"""Other currencies: without decimals, with three, and foreign to the company."""

from __future__ import annotations

from include.sandbox.invoices.builders import (
    amount_line,
    charge,
    credit_note,
    invoice,
    quantity_line,
    split,
    tax,
)
from include.sandbox.invoices.case import Example, posted
from include.sandbox.invoices.world import DE, GLOBEX, GULF, INITECH

EXAMPLES: list[Example] = [
    posted(
        "Yen: no decimals",
        invoice(
            104241,
            "IK-9001",
            "2026-06-22",
            [
                quantity_line(
                    "Keyboards, JIS", "3", "12000", "36000", "3004-6400-CA100", taxes=[tax("JCT10", "3600")]
                ),
                amount_line("Customs papers", "5500.0", "3004-6500-CA100", taxes=[tax("JCT10", "550.00")]),
            ],
            gross="45650",
            supplier=INITECH,
            currency="JPY",
            exchange_rate="0.0067",
        ),
    ),
    posted(
        "Credit note in yen",
        credit_note(
            104242,
            "IK-C-3",
            "2026-06-24",
            [
                quantity_line(
                    "Keyboard, JIS", "1", "12000", "12000", "3004-6400-CA100", taxes=[tax("JCT10", "1200")]
                )
            ],
            original="IK-9001",
            gross="13200",
            supplier=INITECH,
            currency="JPY",
        ),
    ),
    posted(
        "Kuwaiti dinar: three decimals, one line split by percentage",
        invoice(
            104243,
            "GT-1201",
            "2026-06-25",
            [
                quantity_line(
                    "Gaskets",
                    "10",
                    "12.345",
                    "123.450",
                    "3004-6700-CA200",
                    uom="KG",
                    taxes=[tax("KWV5", "6.173")],
                ),
                amount_line(
                    "Inspection",
                    "50.005",
                    [split("3004-6500-CA100", pct="60.0"), split("3004-6500-CA200", pct="40.0")],
                    taxes=[tax("KWV5", "2.500")],
                ),
            ],
            gross="182.128",
            supplier=GULF,
            currency="KWD",
        ),
    ),
    posted(
        "Pounds for the German company; an older custom field beside the new ones",
        invoice(
            104244,
            "GX-7040",
            "2026-07-01",
            [amount_line("Fair in London", "250.00", "4001-6800-CA100", taxes=[tax("VST19", "47.50")])],
            gross="308.50",
            supplier=GLOBEX,
            company=DE,
            currency="GBP",
            charges=[charge("Handling", "11.00")],
            handling_amount="11.0",
            cf_project={"id": 902, "external-ref-num": "PRJ-9", "external-ref-code": "PRJ-9-LON"},
        ),
    ),
    posted(
        "Euro for the American company, a split whose halves have an odd cent",
        invoice(
            104245,
            "RE-2026/0081",
            "2026-07-06",
            [
                amount_line(
                    "Booth",
                    "640.01",
                    [split("3004-6800-CA100", pct="50.0"), split("3004-6800-CA200", pct="50.0")],
                    taxes=[tax("V18", "115.20")],
                )
            ],
            gross="755.21",
            currency="EUR",
        ),
    ),
    posted(
        "Dollars for the German company",
        invoice(
            104246,
            "GX-7041",
            "2026-07-07",
            [amount_line("Flights", "1234.56", "4001-6600-CA234")],
            gross="1234.56",
            supplier=GLOBEX,
            company=DE,
            currency="USD",
            terms="Due on receipt",
        ),
    ),
]
