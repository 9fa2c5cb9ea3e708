"""The kinds of invoices, each brought to where the run under test finds it."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass

from include.errors import TransientError
from include.options import Grain
from include.sandbox.invoices import load
from tests.reliability.world import World

#: All kinds with all that may happen to them take minutes; without this the chosen ones of each test run.
EVERY_MOMENT = os.environ.get("EVERY_MOMENT") == "1"

#: Each promise holds in both; where not every moment is asked for, the second has a sample.
GRAINS: tuple[Grain, ...] = ("steps", "invoice")

_KNOWN = {invoice["id"]: invoice for invoice in load()}
_CLEAN, _CREDIT_NOTE, _VOID_OF_NOTHING, _UNMAPPED = 104201, 104231, 104237, 104261


@dataclass(frozen=True)
class Kind:
    """One kind.

    :param document: whose copies it takes.
    :param before: what happened to all of them in order, before the run under test; a plain run is a step.
    :param strikes: how often the run under test fails with it by itself.
    """

    document: int
    before: tuple[Callable[[World, int], None] | str, ...] = ()
    strikes: int = 0

    def prepare(self, world: World, count: int = 1) -> list[int]:
        """Take in copies and do to them what happened before.

        :return: their ids.
        """
        ids = []
        with world.sandbox.state.lock:
            for number in range(count):
                copied = copy.deepcopy(_KNOWN[self.document])
                copied["id"] = copied["id"] * 100 + number
                copied["invoice-number"] = f"{copied['invoice-number']}/{number}"
                ids.append(world.sandbox.state.load_invoice(copied)["id"])
        for step in self.before:
            if step == "a run":
                world.airflow.whole()
            else:
                for invoice_id in ids:
                    step(world, invoice_id)  # type: ignore[operator]
        return ids


def _edited(world: World, invoice_id: int) -> None:
    world.edit(invoice_id, reset=True)


def _unmappable(world: World, invoice_id: int) -> None:
    world.change(invoice_id, reset=True, payment_term={"id": 45, "code": "Net 45"})


def _mended(world: World, invoice_id: int) -> None:
    world.change(invoice_id, reset=True, payment_term={"id": 30, "code": "Net 30"})


def _closed(world: World, _: int) -> None:
    world.erp.closed_months.add("2026-03")


def _number_refused(world: World, _: int) -> None:
    world.sandbox.control.change_settings(refuse_custom_field_writes=True)


def _failing(world: World, _: int) -> None:
    world.erp.failing = TransientError("The ERP does not get it done.")


KINDS = {
    "clean": Kind(_CLEAN),
    "credit note": Kind(_CREDIT_NOTE),
    "changed, unpaid": Kind(_CLEAN, ("a run", _edited)),
    "changed, paid": Kind(_CLEAN, ("a run", World.pay, _edited)),
    "void of a live one": Kind(_CLEAN, ("a run", World.void)),
    "void of a paid one": Kind(_CLEAN, ("a run", World.pay, World.void)),
    "void of nothing": Kind(_VOID_OF_NOTHING),
    "refused by the mapping": Kind(_UNMAPPED),
    "refused by the ERP": Kind(_CLEAN, (_closed,)),
    "refused again after an edit": Kind(_UNMAPPED, ("a run", _edited)),
    "posted, then made unmappable": Kind(_CLEAN, ("a run", _unmappable)),
    "posted, made unmappable, put right": Kind(_CLEAN, ("a run", _unmappable, "a run", _mended)),
    "failing in the ERP": Kind(_CLEAN, (_failing,), strikes=1),
    "number refused": Kind(_CLEAN, (_number_refused,)),
}
