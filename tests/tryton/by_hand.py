"""What a person does with Tryton's own client, done straight on its models; runs in Tryton's environment.

python by_hand.py <trytond.conf> <database> key                    prints a REST key of the administrator
python by_hand.py <trytond.conf> <database> user <filter> <group> ...
    makes a user of all companies with this company filter and these groups, and prints a REST key of theirs
python by_hand.py <trytond.conf> <database> pay <invoice> <amount> pays it from the bank
python by_hand.py <trytond.conf> <database> unpay <invoice>        takes every payment of it back
python by_hand.py <trytond.conf> <database> settle <invoice> ...
    pays several of one supplier by one move, as a bank statement does
python by_hand.py <trytond.conf> <database> copy <invoice> <account>
    enters a copy of it for a second time, its first line on another account, and posts it
python by_hand.py <trytond.conf> <database> reopen <day>           opens the closed periods of that day
"""

from __future__ import annotations

import datetime
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
                COMMANDS[command](pool, transaction, admin, *arguments)
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
        earlier = list(invoice.payment_lines)
        lines = invoice.pay_invoice(paid, method, pool.get("ir.date").today())
        if paid == owed:
            pool.get("account.move.line").reconcile([*earlier, *lines, *invoice.lines_to_pay])


def unpay(pool, transaction, admin, invoice_id):
    invoice = pool.get("account.invoice")(int(invoice_id))
    moves, lines = pool.get("account.move"), pool.get("account.move.line")
    with transaction.set_user(admin.id), transaction.set_context(company=invoice.company.id):
        paying = [line.move for line in invoice.payment_lines]
        reconciled = {line.reconciliation for line in invoice.lines_to_pay if line.reconciliation}
        pool.get("account.move.reconciliation").delete(list(reconciled))
        for move in moves.browse(paying):
            back = move.cancel()
            moves.post([back])
            lines.reconcile([line for line in [*move.lines, *back.lines] if line.account == invoice.account])


def settle(pool, transaction, admin, *invoice_ids):
    invoices = pool.get("account.invoice").browse(list(map(int, invoice_ids)))
    first, today = invoices[0], pool.get("ir.date").today()
    company = first.company.id
    moves, lines = pool.get("account.move"), pool.get("account.move.line")
    with transaction.set_user(admin.id), transaction.set_context(company=company):
        (method,) = pool.get("account.invoice.payment.method").search([("company", "=", company)])
        owed = sum(invoice.amount_to_pay for invoice in invoices)
        paying = lines(account=first.account, party=first.party, debit=owed, credit=Decimal(0))
        bank = lines(account=method.credit_account.current(date=today), debit=Decimal(0), credit=owed)
        move = moves(
            journal=method.journal,
            period=pool.get("account.period").find(first.company, date=today),
            date=today,
            company=company,
            lines=[paying, bank],
        )
        move.save()
        moves.post([move])
        (debit,) = [line for line in move.lines if line.debit]
        lines.reconcile([debit, *(line for invoice in invoices for line in invoice.lines_to_pay)])


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


def reopen(pool, transaction, admin, day):
    periods, day = pool.get("account.period"), datetime.date.fromisoformat(day)
    with transaction.set_user(admin.id):
        periods.reopen(
            periods.search([("start_date", "<=", day), ("end_date", ">=", day), ("state", "=", "closed")])
        )


COMMANDS = {
    "key": key,
    "user": user,
    "pay": pay,
    "unpay": unpay,
    "settle": settle,
    "copy": copy,
    "reopen": reopen,
}


if __name__ == "__main__":
    main(*sys.argv[1:])
