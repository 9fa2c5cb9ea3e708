"""An accountant at Tryton's own client, done straight on its models; runs in Tryton's environment.

``python -m include.soak.accountant <trytond.conf> <database>`` reads one order a line (JSON) from its input
and answers one line each: ``{"done": …}`` or ``{"refused": "…"}``.

====================================================== =======================================================
``{"do": "pay", "key": …, "share": "0.5"}``            pays that share of what is owed on the live document
``{"do": "take_over", "key": …}``                      cancels the document and enters a copy without our key
``{"do": "reclassify", "key": …}``                     a journal entry between two cost accounts
``{"do": "close_period", "company": …, "day": …}``     closes the period of a day
====================================================== =======================================================
"""

from __future__ import annotations

import datetime
import json
import sys
import time
import traceback
from decimal import Decimal
from typing import Any

_ATTEMPTS = 12


class Refused(Exception):
    """It cannot be done now, and an accountant would shrug and go on."""


def main(configuration: str, database: str) -> None:
    """Serve until the input ends."""
    from trytond import config  # noqa: PLC0415 - Tryton reads its configuration before anything else of it

    config.update_etc([configuration])
    from trytond.pool import Pool  # noqa: PLC0415
    from trytond.transaction import Transaction  # noqa: PLC0415

    Pool.start()
    pool = Pool(database)
    with Transaction().start(database, 0, readonly=True):
        pool.init()
    _answer({"done": "ready"})
    for line in sys.stdin:
        _answer(_serve(pool, database, json.loads(line)))


def _serve(pool: Any, database: str, order: dict[str, Any]) -> dict[str, Any]:
    from trytond.backend import DatabaseOperationalError  # noqa: PLC0415
    from trytond.exceptions import TrytonException  # noqa: PLC0415
    from trytond.transaction import Transaction, TransactionError  # noqa: PLC0415
    from trytond.worker import run_task  # noqa: PLC0415

    locks: dict[str, Any] = {}
    for attempt in range(_ATTEMPTS):
        tasks: list[Any] = []
        try:
            with Transaction().start(database, 0, **locks) as transaction:
                done = _ACTS[order["do"]](pool, transaction, order)
                transaction.commit()
                tasks = list(transaction.tasks)
        except TransactionError as error:  # names a table that the next attempt locks from its start
            error.fix(locks)
        except DatabaseOperationalError:  # somebody else holds the lock
            time.sleep(0.2 * (attempt + 1))
        except (TrytonException, Refused) as refused:
            return {"refused": " ".join(str(refused).split())}
        except Exception as failure:  # noqa: BLE001 - told, and the next order is another day's work
            traceback.print_exc()
            return {"refused": f"{type(failure).__name__}: {failure}"}
        else:
            while tasks:  # such as the reconciled bill becoming a paid one
                run_task(pool, tasks.pop())
            return {"done": done}
    return {"refused": "the books were busy"}


def _pay(pool: Any, transaction: Any, order: dict[str, Any]) -> str:
    invoice = _live(pool, order["key"])
    company = invoice.company.id
    with transaction.set_user(_admin(pool)), transaction.set_context(company=company):
        (method,) = pool.get("account.invoice.payment.method").search([("company", "=", company)])
        owed = invoice.amount_to_pay
        paid = invoice.currency.round(owed * Decimal(order["share"]))
        if not paid:
            raise Refused("nothing is owed")
        lines = invoice.pay_invoice(paid, method, pool.get("ir.date").today())
        if paid == owed:
            pool.get("account.move.line").reconcile([*lines, *invoice.lines_to_pay])
    return str(paid)


def _take_over(pool: Any, transaction: Any, order: dict[str, Any]) -> str:
    invoice_model = pool.get("account.invoice")
    invoice = _live(pool, order["key"])
    with transaction.set_user(_admin(pool)), transaction.set_context(company=invoice.company.id):
        invoice = invoice_model(invoice.id)
        reference, day = invoice.reference, invoice.invoice_date
        invoice_model.cancel([invoice])
        (entered,) = invoice_model.copy(
            [invoice], {"description": "entered by hand", "reference": reference, "invoice_date": day}
        )
        with transaction.set_context(_skip_warnings=True):
            invoice_model.post([entered])
        return str(invoice_model(entered.id).number)


def _reclassify(pool: Any, transaction: Any, order: dict[str, Any]) -> str:
    invoice = _live(pool, order["key"], "posted", "paid")
    company = invoice.company.id
    move_model, account_model = pool.get("account.move"), pool.get("account.account")
    with transaction.set_user(_admin(pool)), transaction.set_context(company=company):
        accounts = {
            account.code: account.id
            for account in account_model.search([("company", "=", company), ("code", "in", ["6500", "6600"])])
        }
        (journal, *_) = pool.get("account.journal").search([("type", "=", "general")])
        today = pool.get("ir.date").today()
        (move,) = move_model.create(
            [
                {
                    "journal": journal.id,
                    "period": pool.get("account.period").find(company, date=today).id,
                    "date": today,
                    "lines": [
                        (
                            "create",
                            [
                                {"account": accounts["6500"], "debit": Decimal("1.00")},
                                {"account": accounts["6600"], "credit": Decimal("1.00")},
                            ],
                        )
                    ],
                }
            ]
        )
        move_model.post([move])
        return str(move.number)


def _close_period(pool: Any, transaction: Any, order: dict[str, Any]) -> str:
    period_model = pool.get("account.period")
    (company,) = pool.get("company.company").search([("party.code", "=", order["company"])])
    day = datetime.date.fromisoformat(order["day"])
    with transaction.set_user(_admin(pool)), transaction.set_context(company=company.id):
        (period,) = period_model.search(
            [
                ("company", "=", company.id),
                ("start_date", "<=", day),
                ("end_date", ">=", day),
                ("type", "=", "standard"),
            ]
        )
        period_model.close([period])
        return str(period.name)


def _live(pool: Any, key: str, *states: str) -> Any:
    wanted = [("description", "=", key), ("state", "in", states or ("posted",))]
    found = pool.get("account.invoice").search(wanted)
    if len(found) != 1:
        raise Refused(f"{len(found)} posted documents under {key}")
    return found[0]


def _admin(pool: Any) -> int:
    (admin,) = pool.get("res.user").search([("login", "=", "admin")])
    return int(admin.id)


def _answer(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


_ACTS = {
    "pay": _pay,
    "take_over": _take_over,
    "reclassify": _reclassify,
    "close_period": _close_period,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
