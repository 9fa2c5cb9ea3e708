"""Seeds an empty Odoo for the tests; runs inside ``odoo-bin shell``, where ``env`` is Odoo's environment.

``odoo-bin shell -d <database> --no-http < tests/odoo/odoo_shell_seed.py`` prints the two API keys, once.
"""

from __future__ import annotations

import datetime
import inspect

import odoo

VERSION = odoo.release.version_info[0]
env = env(context={"lang": "en_US", "tracking_disable": True})  # noqa: F821 - given by the shell

currencies = {
    one.name: one for one in env["res.currency"].with_context(active_test=False).search([]) if one.name
}
for name in ("USD", "EUR", "JPY", "KWD"):
    currencies[name].active = True

first = env.company
second = env["res.company"].create({"name": "DE One", "currency_id": currencies["EUR"].id})
for company, name, code, currency in ((first, "US One", "US01", "USD"), (second, "DE One", "DE01", "EUR")):
    company.write({"name": name, "currency_id": currencies[currency].id})
    company.partner_id.write({"ref": code, "country_id": env.ref("base.us").id})
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    own = env(context={**env.context, "allowed_company_ids": [company.id]})
    accounts = {}
    for number, kind in {"6400": "expense", "6405": "expense", "6410": "expense",
                         "1400": "asset_current", "2400": "liability_current"}.items():  # fmt: skip
        values = {"code": number, "name": f"Account {number}", "account_type": kind}
        accounts[number] = own["account.account"].create(values)
    for tax, rate, number in (("V18", 18, "1400"), ("WHT10", -10, "2400")):
        parts = [
            (0, 0, {"repartition_type": "base"}),
            (0, 0, {"repartition_type": "tax", "account_id": accounts[number].id}),
        ]
        group = own["account.tax.group"].search([("company_id", "=", company.id)], limit=1)
        own["account.tax"].create({
            "name": tax, "amount": rate, "amount_type": "percent", "type_tax_use": "purchase",
            "company_id": company.id, "tax_group_id": group.id,
            "invoice_repartition_line_ids": parts, "refund_repartition_line_ids": parts,
        })  # fmt: skip
    for other, rate in (("USD", 1.1), ("EUR", 0.9), ("JPY", 150), ("KWD", 0.3)):
        if other != currency:
            env["res.currency.rate"].create({
                "company_id": company.id, "currency_id": currencies[other].id,
                "name": "2020-01-01", "rate": rate,
            })  # fmt: skip

for code in ("V000311", "V000316"):
    env["res.partner"].create(
        {"name": f"Supplier {code}", "ref": code, "is_company": True, "company_id": False}
    )
if not env["account.payment.term"].search([("name", "=", "Net 30")]):
    line = {"value": "percent", "value_amount": 100, "nb_days": 30}
    env["account.payment.term"].create({"name": "Net 30", "line_ids": [(0, 0, line)], "company_id": False})
env.ref("product.decimal_price").digits = 4
env.flush_all()
env.cr.commit()  # a plan changes the models: what waits to be computed would be lost with the old ones

plan = env["account.analytic.plan"].create({"name": "Cost center"})
env["account.analytic.account"].create(
    {"name": "Cost center CA100", "code": "CA100", "plan_id": plan.id, "company_id": False}
)
groups = "group_ids" if VERSION >= 19 else "groups_id"
members = [env.ref(name).id for name in ("base.group_user", "account.group_account_invoice")]
export = env["res.users"].create({
    "name": "Coupa export", "login": "coupa", "email": "coupa@example.com", groups: [(6, 0, members)],
    "company_id": first.id, "company_ids": [(6, 0, [first.id, second.id])],
})  # fmt: skip
administrator = env.ref("base.user_admin")
administrator.company_ids = [(6, 0, [first.id, second.id])]
banking = env.ref("account.group_account_basic", raise_if_not_found=False)  # before 19: accountants alone
administrator[groups] = [(4, (banking or env.ref("account.group_account_user")).id)]
for who in (export, administrator):
    keys = env["res.users.apikeys"].with_user(who).sudo()
    until = [datetime.datetime.now() + datetime.timedelta(days=80)]  # noqa: DTZ005 - Odoo's own are naive
    takes = inspect.signature(keys._generate).parameters
    print(who.login, keys._generate("rpc", "kit", *(until if "expiration_date" in takes else [])))
env.cr.commit()
