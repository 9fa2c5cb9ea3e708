"""What stands in the stand-in before the first bill: the records that ``docs/odoo.md`` asks for."""

from __future__ import annotations

from tests.odoo.stand_in.tables import Row

USD, EUR, JPY, KWD = 1, 2, 3, 4
CURRENCIES = {USD: ("USD", 2), EUR: ("EUR", 2), JPY: ("JPY", 0), KWD: ("KWD", 3)}
COMPANIES = {1: ("US One", "US01", USD), 2: ("DE One", "DE01", EUR)}
PAYABLE, BANK, SUSPENSE, OUTSTANDING = "211000", "101401", "101402", "101404"
_ACCOUNTS = {
    "6400": "expense", "6405": "expense", "6410": "expense", "1400": "asset_current",
    "2400": "liability_current", PAYABLE: "liability_payable", BANK: "asset_cash", SUSPENSE: "asset_current",
    OUTSTANDING: "asset_current",
}  # fmt: skip
QUANTITY_DIGITS = 2
_TAXES = (("V18", 18, "1400"), ("WHT10", -10, "2400"))
_NO_LOCK = "1-01-01"
_NEW_LOCKS, _MANY_COMPANIES, _ARCHIVED = 18, 18, 19
LOCKS = {
    True: (
        "user_fiscalyear_lock_date",
        "user_purchase_lock_date",
        "user_hard_lock_date",
        "user_tax_lock_date",
    ),
    False: ("fiscalyear_lock_date", "period_lock_date", "tax_lock_date"),
}


def tables(version: int) -> dict[str, list[Row]]:
    """Fresh rows by model, with the fields of that version."""
    found: dict[str, list[Row]] = {
        "res.currency": [
            {"id": one, "name": name, "decimal_places": places} for one, (name, places) in CURRENCIES.items()
        ],
        "res.partner": [
            {"id": 10 + one, "ref": ref, "company_id": False, "commercial_partner_id": [10 + one, ref]}
            for one, ref in enumerate(["US01", "DE01", "V000311", "V000316"])
        ],
        "res.users": [{"id": 5, "login": "coupa", "email": "coupa@example.com"}],
        "account.payment.term": [{"id": 11, "name": "Net 30", "company_id": False}],
        "account.analytic.account": [
            {"id": 1, "code": "CA100", "company_id": False, "root_plan_id": [2, "Cost center"]}
        ],
        "res.company": [], "res.currency.rate": [], "account.account": [], "account.tax": [],
        "account.tax.repartition.line": [], "account.journal": [],
    }  # fmt: skip
    for company, (name, _, own) in COMPANIES.items():
        locks = dict.fromkeys(LOCKS[version >= _NEW_LOCKS], _NO_LOCK if version >= _NEW_LOCKS else False)
        contact = [9 + company, name]
        found["res.company"].append(
            {"id": company, "partner_id": contact, "currency_id": [own, CURRENCIES[own][0]], **locks}
        )
        whose = [company, name]
        found["account.journal"].append(
            {"id": 7 * company, "type": "purchase", "code": "BILL", "sequence": 5, "company_id": whose}
        )
        found["account.journal"].append(
            {"id": 7 * company + 1, "type": "bank", "code": "BNK1", "sequence": 10, "company_id": whose}
        )
        found["res.currency.rate"] += [
            {"id": 10 * company + one, "currency_id": [one, ""], "company_id": whose, "name": "2020-01-01"}
            for one in CURRENCIES
        ]
        accounts = {code: 100 * company + place for place, code in enumerate(_ACCOUNTS)}
        found["account.account"] += [
            {
                "id": one, "code": code, "name": f"Account {code}", "account_type": _ACCOUNTS[code],
                **_of_company(company, whose, version),
            }
            for code, one in accounts.items()
        ]  # fmt: skip
        for place, (tax, rate, account) in enumerate(_TAXES):
            record = 10 * company + place
            parts = [100 * record, 100 * record + 1]
            found["account.tax"].append(
                {
                    "id": record, "name": tax, "type_tax_use": "purchase", "company_id": whose,
                    "amount": rate, "amount_type": "percent", "price_include": False,
                    "invoice_repartition_line_ids": parts,
                }
            )  # fmt: skip
            found["account.tax.repartition.line"] += [
                {"id": parts[0], "repartition_type": "base", "account_id": False},
                {"id": parts[1], "repartition_type": "tax", "account_id": [accounts[account], account]},
            ]
    return found


def _of_company(company: int, whose: list[object], version: int) -> Row:
    """How an account says that it is in use, and whose it is."""
    used = {"active": True} if version >= _ARCHIVED else {"deprecated": False}
    return {**used, **({"company_ids": [company]} if version >= _MANY_COMPANIES else {"company_id": whose})}
