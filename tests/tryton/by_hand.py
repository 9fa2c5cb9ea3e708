"""What a person does with Tryton's own client, done straight on its models; runs in Tryton's environment.

python by_hand.py <trytond.conf> <database> key                    prints a REST key of the administrator
python by_hand.py <trytond.conf> <database> user <filter> <group> ...
    makes a user of all companies with this company filter and these groups, and prints a REST key of theirs
python by_hand.py <trytond.conf> <database> pay <invoice> <amount> pays it from the bank
python by_hand.py <trytond.conf> <database> copy <invoice> <account>
    enters a copy of it for a second time, its first line on another account, and posts it
"""

from __future__ import annotations

import sys
from decimal import Decimal


def main(configuration, database, command, *arguments):
    from trytond import config

    config.update_etc([configuration])
    from trytond.pool import Pool
    from trytond.transaction import Transaction, TransactionError
    from trytond.worker import run_task

    Pool.start()
    pool = Pool(database)
    with Transaction().start(database, 0, readonly=True):
        pool.init()
    locks = {}
    while True:
        with Transaction().start(database, 0, **locks) as transaction:
            try:
                (admin,) = pool.get("res.user").search([("login", "=", "admin")])
                {"key": key, "user": user, "pay": pay, "copy": copy}[command](
                    pool, transaction, admin, *arguments
                )
                transaction.commit()
            except TransactionError as error:  # names a table that the next attempt locks from its start
                transaction.rollback()
                error.fix(locks)
                continue
        while transaction.tasks:
            run_task(pool, transaction.tasks.pop())
        return


def key(pool, transaction, admin):
    application = pool.get("res.user.application")
    (created,) = application.create([{"user": admin.id, "application": "rest", "state": "validated"}])
    sys.stdout.write(created.key)


def user(pool, transaction, admin, company_filter, *groups):
    companies = pool.get("company.company").search([])
    named = pool.get("res.group").search([("name", "in", groups)])
    login = f"user{pool.get('res.user').search([], count=True)}"
    (made,) = pool.get("res.user").create(
        [
            {
                "name": login,
                "login": login,
                "companies": [("add", [company.id for company in companies])],
                "company": companies[0].id,
                "company_filter": company_filter,
                "groups": [("add", [group.id for group in named])],
            }
        ]
    )
    key(pool, transaction, made)


def pay(pool, transaction, admin, invoice_id, amount):
    invoice = pool.get("account.invoice")(int(invoice_id))
    company = invoice.company.id
    with transaction.set_user(admin.id), transaction.set_context(company=company):
        (method,) = pool.get("account.invoice.payment.method").search([("company", "=", company)])
        owed, paid = invoice.amount_to_pay, Decimal(amount)
        lines = invoice.pay_invoice(paid, method, pool.get("ir.date").today())
        if paid == owed:
            pool.get("account.move.line").reconcile([*lines, *invoice.lines_to_pay])


def copy(pool, transaction, admin, invoice_id, account_code):
    invoices = pool.get("account.invoice")
    original = invoices(int(invoice_id))
    company = original.company.id
    with transaction.set_user(admin.id), transaction.set_context(company=company):
        (account,) = pool.get("account.account").search(
            [("code", "=", account_code), ("company", "=", company)]
        )
        dates = {"invoice_date": original.invoice_date, "accounting_date": original.accounting_date}
        (twin,) = invoices.copy([original], default={**dates, "reference": original.reference + " bis"})
        pool.get("account.invoice.line").write([twin.lines[0]], {"account": account.id})
        invoices.post([twin])


if __name__ == "__main__":
    main(*sys.argv[1:])
