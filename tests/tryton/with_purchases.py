"""Activate Tryton's module ``purchase`` in a database of the seeded books; runs in Tryton's environment.

python with_purchases.py <trytond.conf> <database>

Besides: the user export gets the group Purchase and the button Process, and there is a product, Toner.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from decimal import Decimal

EXPENSE = "6600"


def main(configuration, database):
    from trytond import config

    config.update_etc([configuration])
    from trytond import admin
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    admin.run(
        Namespace(
            database_names=[database],
            update=["purchase"],
            activatedeps=True,
            indexes=False,
            update_modules_list=False,
            languages=[],
            administrator=True,
            active=True,
            login="admin",
            email="",
            password=False,
            reset_password=False,
            hostname=None,
            test_email=None,
            export_translations=False,
            validate=None,
            validate_percentage=100,
        )
    )
    with Transaction().start(database, 0) as transaction:
        fill(Pool(), transaction)


def fill(pool, transaction):
    def id_of(module, name):
        return pool.get("ir.model.data").get_id(module, name)

    users = pool.get("res.user")
    (export,) = users.search([("login", "=", "export")])
    users.write([export], {"groups": [("add", [id_of("purchase", "group_purchase")])]})
    (button,) = pool.get("ir.model.button").search(
        [("model", "=", "purchase.purchase"), ("name", "=", "process")]
    )
    (own_group,) = pool.get("res.group").search([("name", "=", "Coupa export")])
    pool.get("ir.model.button").write([button], {"groups": [("add", [own_group.id])]})
    accounts = pool.get("account.account").search([("code", "=", EXPENSE)])
    configuration = pool.get("account.configuration")(1)
    for account in accounts:
        with transaction.set_context(company=account.company.id):
            configuration.set_multivalue(
                "default_category_account_expense", account.id, company=account.company.id
            )
    (category,) = pool.get("product.category").create([{"name": "Supplies", "accounting": True}])
    for account in accounts:
        with transaction.set_context(company=account.company.id):
            pool.get("product.category")(category.id).set_multivalue(
                "account_expense", account.id, company=account.company.id
            )
    unit = id_of("product", "uom_unit")
    toner = {
        "name": "Toner",
        "type": "goods",
        "default_uom": unit,
        "purchasable": True,
        "purchase_uom": unit,
        "list_price": Decimal(20),
        "account_category": category.id,
        "products": [("create", [{"suffix_code": "TONER"}])],
    }
    with transaction.set_context(company=accounts[0].company.id):
        pool.get("product.template").create([toner])


if __name__ == "__main__":
    main(*sys.argv[1:])
