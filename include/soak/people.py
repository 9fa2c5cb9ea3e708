"""What people do while the export runs: edits and voids in Coupa, payments and corrections in Tryton.

Each act is remembered with what it excuses, since the judge must know that an invoice which was changed after
its payment rightly stands under an error.
"""

from __future__ import annotations

import copy
import datetime
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from include.sandbox.control import SandboxControl
from include.sandbox.invoices.case import Case
from include.sandbox.invoices.world import PAYMENT_TERMS, US, account
from include.soak.desk import Accountant

Json = dict[str, Any]
Act = Callable[[], bool]

#: Cost accounts that every company has and that stay open: a line may move between them.
_COSTS = ("6400", "6500", "6600", "6700", "6800")
_AFTER_PAYMENT = {"CHANGED_AFTER_PAYMENT", "VOIDED_AFTER_PAYMENT"}


@dataclass
class People:
    """Everybody, and what each act means for the judge.

    :param instance_key: begins the business keys.
    :param cases: of the invoices.
    :param invoices: all that Coupa shows now.
    :param coupa: nobody acts in Coupa when left out.
    :param accountant: at Tryton.
    :param chance: who does what to whom.
    """

    instance_key: str
    cases: dict[int, Case]
    invoices: Callable[[], list[Json]]
    coupa: SandboxControl | None
    accountant: Accountant
    chance: random.Random
    versions: dict[int, list[Json]] = field(default_factory=dict)
    excuses: dict[int, set[str]] = field(default_factory=dict)
    mended: set[int] = field(default_factory=set)
    by_hand: set[int] = field(default_factory=set)
    acts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    told: list[tuple[str, int | None, str]] = field(default_factory=list)
    _paid: set[int] = field(default_factory=set)
    _closed: set[str] = field(default_factory=set)

    def agenda(self, invoices: int) -> list[Act]:
        """What is to be done, in the order of the day; an act that finds nobody yet answers ``False``.

        :param invoices: how many there are: so many more acts.
        """
        in_coupa: list[tuple[int, Act]] = [
            (8, self.edits_in_ui),
            (12, self.edits_by_api),
            (15, self.voids),
            (30, self.mends),
            (60, self.breaks),
        ]
        in_tryton: list[tuple[int, Act]] = [
            (10, self.pays),
            (60, self.takes_over),
            (60, self.reclassifies),
        ]
        asked = [*(in_coupa if self.coupa else []), *in_tryton]
        day = [act for every, act in asked for _ in range(max(1, invoices // every))]
        self.chance.shuffle(day)
        day.insert(len(day) // 2, self.closes_a_period)
        return day

    # -- in Coupa --------------------------------------------------------------------------------------------

    def edits_in_ui(self) -> bool:
        """A person changes an invoice in Coupa, which takes the mark away."""
        return self._edit("edit in Coupa's UI", reset_mark=True)

    def edits_by_api(self) -> bool:
        """A program changes an invoice in Coupa; its mark stays."""
        return self._edit("edit by Coupa's API", reset_mark=False)

    def voids(self) -> bool:
        """A person voids an invoice; its mark stays."""
        invoice = self._pick(
            lambda one: (
                one["status"] == "approved" and self._is(one, "posted") and one["id"] not in self.by_hand
            )
        )
        if invoice is not None and self.coupa:
            self._remember(invoice)
            self.coupa.void_in_ui(invoice["id"])
            self._excuse(invoice, after_payment="VOIDED_AFTER_PAYMENT")
            return self._did("void in Coupa", invoice)
        return False

    def mends(self) -> bool:
        """A person puts right in Coupa what an invoice was refused for."""
        mending: dict[str, Json] = {
            "PAYMENT_TERM_UNMAPPED": {"payment-term": PAYMENT_TERMS["Net 30"]},
            "ACCOUNT_CLOSED": {"invoice-lines": {"0": {"account": account("3004-6500-CA100")}}},
            "ACCOUNT_UNKNOWN": {"invoice-lines": {"1": {"account": account("3004-6800-CA100")}}},
            "DIMENSION_UNKNOWN": {"invoice-lines": {"0": {"account": account("3004-6700-CA100")}}},
        }
        invoice = self._pick(
            lambda one: (
                self._is(one, "rejected")
                and self.cases[one["id"]].code in mending
                and one["id"] not in self.mended
            )
        )
        if invoice is not None and self.coupa:
            self._remember(invoice)
            self.mended.add(invoice["id"])
            code = self.cases[invoice["id"]].code
            self.coupa.edit_in_ui(invoice["id"], mending[code or ""], reset_mark=True)
            self._excuse(invoice)
            return self._did("refusal mended in Coupa", invoice)
        return False

    def breaks(self) -> bool:
        """A person books an invoice in Coupa on an account that the ERP does not have."""
        invoice = self._pick(self._has_plain_line)
        if invoice is not None and self.coupa:
            self._remember(invoice)
            self._move_line(invoice, "6990", reset_mark=True)
            self._excuse(invoice, "ACCOUNT_UNKNOWN", after_payment="CHANGED_AFTER_PAYMENT")
            return self._did("edit that the ERP must refuse", invoice)
        return False

    # -- in Tryton -------------------------------------------------------------------------------------------

    def pays(self) -> bool:
        """An accountant pays a bill, whole or in part."""
        share = self.chance.choice(["1", "1", "0.5"])
        invoice = self._in_erp(lambda one: Decimal(str(one["gross-total"])) > 0)
        if invoice is not None and self._accounting("pay", invoice, share=share):
            self._paid.add(invoice["id"])
            # it may have been changed before, and the change be on its way
            self._excuse(invoice, "CHANGED_AFTER_PAYMENT", "VOIDED_AFTER_PAYMENT")
        return invoice is not None

    def takes_over(self) -> bool:
        """An accountant cancels a bill and enters it anew, by hand."""
        invoice = self._in_erp(lambda one: one["id"] not in self._paid)
        if invoice is not None and self._accounting("take_over", invoice):
            self.by_hand.add(invoice["id"])
            self._excuse(invoice, "ALREADY_IN_ERP")
        return invoice is not None

    def reclassifies(self) -> bool:
        """An accountant moves an amount between two accounts by a journal entry."""
        invoice = self._in_erp(lambda _: True)
        if invoice is not None:
            self._accounting("reclassify", invoice)
        return invoice is not None

    def closes_a_period(self) -> bool:
        """The American company closes a month in the midst of everything."""
        month = self.chance.choice(["2026-05", "2026-06"])
        done, said = self.accountant.does("close_period", company="US01", day=f"{month}-15")
        if done:
            self._closed.add(month)
            self._did(f"period {month} of US01 closed in Tryton", None)
        else:
            self.refused.append(f"close_period: {said}")
        return done

    def excuses_now(self, invoices: list[Json]) -> dict[int, set[str]]:
        """The excuses of all, by what each invoice is now.

        A period that was closed excuses those whose date lies in it; a payment only those that were changed.
        """
        found: dict[int, set[str]] = {}
        for invoice in invoices:
            codes = set(self.excuses.get(invoice["id"], ()))
            if invoice["id"] not in self.versions:
                codes -= _AFTER_PAYMENT
            if self._in_closed_period(invoice):
                codes |= {"PERIOD_CLOSED", "CANCEL_IN_CLOSED_PERIOD"}
            if codes:
                found[invoice["id"]] = codes
        return found

    def _did(self, what: str, invoice: Json | None) -> bool:
        self.acts[what] += 1
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self.told.append((now, invoice["id"] if invoice else None, what))
        return True

    # -- inside ----------------------------------------------------------------------------------------------

    def _edit(self, name: str, *, reset_mark: bool) -> bool:
        invoice = self._pick(self._has_plain_line)
        if invoice is None or self.coupa is None:
            return False
        self._remember(invoice)
        if self.chance.random() < 0.5 and _is_one_amount(invoice):
            self.coupa.edit_in_ui(invoice["id"], _raised(invoice), reset_mark=reset_mark)
        else:
            now = invoice["invoice-lines"][0]["account"]["segment-2"]
            other = self.chance.choice([code for code in _COSTS if code != now])
            self._move_line(invoice, other, reset_mark=reset_mark)
        self._excuse(invoice, after_payment="CHANGED_AFTER_PAYMENT")
        return self._did(name, invoice)

    def _move_line(self, invoice: Json, code: str, *, reset_mark: bool) -> None:
        now = invoice["invoice-lines"][0]["account"]
        moved = account(f"{now['segment-1']}-{code}-{now['segment-3']}")
        assert self.coupa is not None  # noqa: S101 - for mypy
        self.coupa.edit_in_ui(
            invoice["id"], {"invoice-lines": {"0": {"account": moved}}}, reset_mark=reset_mark
        )

    def _pick(self, fits: Callable[[Json], bool]) -> Json | None:
        fitting = [one for one in self.invoices() if fits(one)]
        return self.chance.choice(fitting) if fitting else None

    def _in_erp(self, fits: Callable[[Json], bool]) -> Json | None:
        return self._pick(
            lambda one: (
                one["status"] == "approved"
                and self._is(one, "posted")
                and bool(one["custom-fields"].get("cf-erp-invoice-number"))
                and one["id"] not in self.by_hand
                and fits(one)
            )
        )

    def _is(self, invoice: Json, outcome: str) -> bool:
        case = self.cases.get(invoice["id"])
        return (case.outcome if case else "posted") == outcome

    def _has_plain_line(self, invoice: Json) -> bool:
        """Whether its first line may move to another cost account."""
        booked = invoice["invoice-lines"][0].get("account") if invoice["invoice-lines"] else None
        return (
            invoice["status"] == "approved"
            and self._is(invoice, "posted")
            and invoice["id"] not in self.by_hand
            and booked is not None
            and booked["segment-2"] in _COSTS
        )

    def _remember(self, invoice: Json) -> None:
        self.versions.setdefault(invoice["id"], []).append(copy.deepcopy(invoice))

    def _excuse(self, invoice: Json, *codes: str, after_payment: str | None = None) -> None:
        excused = self.excuses.setdefault(invoice["id"], set())
        excused.update(codes)
        if after_payment is not None and invoice["id"] in self._paid:
            excused.add(after_payment)

    def _accounting(self, what: str, invoice: Json, **details: str) -> bool:
        key = f"{self.instance_key}/InvoiceHeader/{invoice['id']}"
        done, said = self.accountant.does(what, key=key, **details)
        if done:
            self._did(f"{what.replace('_', ' ')} in Tryton", invoice)
        else:
            self.refused.append(f"{what} {invoice['invoice-number']}: {said}")
        return done

    def _in_closed_period(self, invoice: Json) -> bool:
        american = (invoice.get("account-type") or {}).get("name") == US.chart["name"]
        return american and str(invoice.get("invoice-date"))[:7] in self._closed


def _is_one_amount(invoice: Json) -> bool:
    """One line that is an amount, and nothing else that its total is made of."""
    line = invoice["invoice-lines"][0]
    parts = ("tax-lines", "withholding-tax-lines", "invoice-charges")
    return (
        len(invoice["invoice-lines"]) == 1
        and line["type"] == "InvoiceAmountLine"
        and not any(invoice.get(part) for part in parts)
        and not line.get("tax-lines")
        and not line.get("withholding-tax-lines")
        and Decimal(str(line["total"])) == Decimal(str(invoice["gross-total"])) > 0
        and invoice["currency"]["decimals"] == 2
    )


def _raised(invoice: Json) -> Json:
    total = str(Decimal(str(invoice["gross-total"])) + 10)
    line = {"price": total, "total": total, "accounting-total": total}
    header = ("gross-total", "gross-total-less-discount", "total-with-taxes", "supplier-total", "amount-due")
    return {**dict.fromkeys(header, total), "invoice-lines": {"0": line}}
