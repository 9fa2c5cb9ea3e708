"""What must be refused: by the mapping before anything is written, or by the ERP for its own reasons."""

from __future__ import annotations

from include.sandbox.invoices.builders import amount_line, invoice, quantity_line, split, tax
from include.sandbox.invoices.case import Example, refused_by_erp, refused_by_mapping
from include.sandbox.invoices.world import CONTOSO, DE, GLOBEX, NOBODY, PHANTOM, SOYLENT

BY_MAPPING: list[Example] = [
    refused_by_mapping(
        "TAX_CODE_UNMAPPED",
        "Tax code X99, which the mapping does not know",
        invoice(
            104261,
            "SC-2026-050",
            "2026-07-24",
            [amount_line("Wine, reception", "300.00", "3004-6700-CA100", taxes=[tax("X99", "29.70")])],
            gross="329.70",
            supplier=SOYLENT,
        ),
    ),
    refused_by_mapping(
        "PAYMENT_TERM_UNMAPPED",
        "Payment term Net 45, which the mapping does not know",
        invoice(
            104262,
            "GX-7060",
            "2026-07-27",
            [amount_line("Posters", "220.00", "3004-6800-CA200")],
            gross="220.00",
            supplier=GLOBEX,
            terms="Net 45",
        ),
    ),
    refused_by_mapping(
        "SUPPLIER_UNMAPPED",
        "A supplier without a number whose id the mapping does not know",
        invoice(
            104263,
            "NB-2",
            "2026-07-28",
            [amount_line("Repairs", "95.00", "3004-6710-CA100")],
            gross="95.00",
            supplier=NOBODY,
        ),
    ),
    refused_by_mapping(
        "COMPANIES_MIXED",
        "Accounts of two companies in one invoice",
        invoice(
            104264,
            "CS-5050",
            "2026-07-29",
            [
                amount_line("Workshop, Reno", "700.00", "3004-6500-CA100"),
                amount_line("Workshop, Hamburg", "500.00", "4001-6500-CA100"),
            ],
            gross="1200.00",
            supplier=CONTOSO,
        ),
    ),
    refused_by_mapping(
        "SUMS_DIFFER",
        "Lines and tax that do not add up to the total",
        invoice(
            104265,
            "INV-88200",
            "2026-08-03",
            [
                quantity_line(
                    "Tablets", "2", "310.00", "620.00", "3004-6400-CA100", taxes=[tax("V18", "111.60")]
                )
            ],
            gross="741.60",
        ),
    ),
    refused_by_mapping(
        "MONEY_FIELD_UNKNOWN",
        "A withholding override, which the mapping does not know",
        invoice(
            104266,
            "CS-5051",
            "2026-08-04",
            [amount_line("Legal advice", "1500.00", "3004-6500-CA234")],
            gross="1500.00",
            supplier=CONTOSO,
            withholding_tax_override="75.00",
        ),
    ),
    refused_by_mapping(
        "TAX_CODE_UNMAPPED",
        "Tax collected at source, with a code that the mapping does not know",
        invoice(
            104267,
            "GX-7061",
            "2026-08-05",
            [amount_line("Scrap transport", "800.00", "3004-6850-CA100")],
            gross="808.00",
            supplier=GLOBEX,
            tcs_tax_lines=[{**tax("TCS1", "8.00", "800.00"), "id": 10426701, "type": "TcsTaxLine"}],
        ),
    ),
    refused_by_mapping(
        "MONEY_FIELD_UNKNOWN",
        "Customer accounting tax, which the mapping does not know",
        invoice(
            104268,
            "GX-7062",
            "2026-08-06",
            [amount_line("Memory modules", "4000.00", "4001-6400-CA100")],
            gross="4000.00",
            supplier=GLOBEX,
            company=DE,
            customer_accounting_tax="760.00",
        ),
    ),
    refused_by_mapping(
        "ALLOCATIONS_DIFFER",
        "A split whose shares do not add up to the line",
        invoice(
            104269,
            "INV-88201",
            "2026-08-10",
            [
                amount_line(
                    "Shredders",
                    "500.00",
                    [split("3004-6700-CA100", "300.00"), split("3004-6700-CA200", "190.00")],
                )
            ],
            gross="500.00",
        ),
    ),
]

BY_ERP: list[Example] = [
    refused_by_erp(
        "PERIOD_CLOSED",
        "Its date lies in January 2026, which is closed",
        invoice(
            104271,
            "INV-88001",
            "2026-01-20",
            [amount_line("Snow removal", "310.00", "3004-6710-CA100", taxes=[tax("V18", "55.80")])],
            gross="365.80",
        ),
    ),
    refused_by_erp(
        "SUPPLIER_UNKNOWN",
        "Supplier V000999, whom the ERP does not know",
        invoice(
            104272,
            "PH-1",
            "2026-08-12",
            [amount_line("Mystery boxes", "66.60", "3004-6700-CA100")],
            gross="66.60",
            supplier=PHANTOM,
        ),
    ),
    refused_by_erp(
        "ACCOUNT_CLOSED",
        "Account 6950, closed since the end of 2025",
        invoice(
            104273,
            "CS-5060",
            "2026-08-13",
            [amount_line("Project Atlas, archive", "280.00", "3004-6950-CA100")],
            gross="280.00",
            supplier=CONTOSO,
        ),
    ),
    refused_by_erp(
        "ACCOUNT_UNKNOWN",
        "Account 6990, which the ERP does not have",
        invoice(
            104274,
            "GX-7070",
            "2026-08-17",
            [
                amount_line("Banners", "150.00", "3004-6800-CA100"),
                amount_line("Adjustment", "12.00", "3004-6990-CA100"),
            ],
            gross="162.00",
            supplier=GLOBEX,
        ),
    ),
    refused_by_erp(
        "DIMENSION_UNKNOWN",
        "Cost center CA999, which the ERP does not have",
        invoice(
            104275,
            "SC-2026-060",
            "2026-08-19",
            [amount_line("Coffee", "48.00", "3004-6700-CA999")],
            gross="48.00",
            supplier=SOYLENT,
        ),
    ),
    refused_by_erp(
        "CURRENCY_UNKNOWN",
        "Swiss francs, which the ERP does not keep",
        invoice(
            104276,
            "RE-2026/0099",
            "2026-08-24",
            [amount_line("Fair in Basel", "900.00", "4001-6800-CA200")],
            gross="900.00",
            company=DE,
            currency="CHF",
        ),
    ),
]
