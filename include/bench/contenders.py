"""What is measured side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from include.demo.console import DemoError
from include.demo.layout import DAG_ID
from include.options import Grain


@dataclass(frozen=True)
class Contender:
    """One way to carry invoices over.

    :param name: as it is chosen by.
    :param title: as the table has it.
    :param dag_id: ``None`` for what needs no Airflow.
    :param grain: of the product's DAG in the Airflow that it is measured in.
    :param floor: the name of the one that it is compared with.
    :param calls: whether it calls Coupa and the ERP at all.
    :param seconds: an invoice, on two quiet cores: only to say beforehand how long it will take.
    :param patience: seconds after which it is given up, and what it has done by then is told.
    """

    name: str
    title: str
    dag_id: str | None
    grain: Grain = "steps"
    floor: str | None = None
    calls: bool = True
    seconds: float = 1.0
    patience: float = 7200.0

    def conf(self, invoices: int) -> dict[str, Any]:
        """What its run is asked for.

        :param invoices: how many wait.
        """
        return {} if self.calls else {"waiting": invoices}


CONTENDERS = (
    Contender("floor-steps", "empty bodies, four tasks an invoice", "bench_floor", calls=False),
    Contender("steps", "**this DAG, grain `steps`**", DAG_ID, floor="floor-steps", seconds=1.2),
    Contender(
        "http",
        "a first DAG of `HttpOperator`s",
        "bench_http_first",
        floor="floor-steps",
        seconds=2.5,
        patience=1200.0,
    ),
    Contender(
        "floor-invoice",
        "empty bodies, one task an invoice",
        "bench_floor",
        grain="invoice",
        calls=False,
        seconds=0.3,
    ),
    Contender(
        "invoice",
        "**this DAG, grain `invoice`**",
        DAG_ID,
        grain="invoice",
        floor="floor-invoice",
        seconds=0.4,
    ),
    Contender("script", "a plain script, one call after the other", None, seconds=0.05),
)


def chosen(names: str) -> list[Contender]:
    """The contenders of a list of names, in the order in which they are measured.

    :param names: separated by spaces; empty for all.
    :raises DemoError: nobody has this name.
    """
    known = {contender.name: contender for contender in CONTENDERS}
    asked = names.split() or list(known)
    for name in asked:
        if name not in known:
            raise DemoError(f"BENCH_CONTENDERS names {name}; there are {', '.join(known)}.")
    return [contender for contender in CONTENDERS if contender.name in asked]


def estimated_seconds(contenders: Sequence[Contender], sizes: Sequence[int]) -> float:
    """How long it will take, roughly.

    :param contenders: who is measured.
    :param sizes: how many invoices each gets, one measurement after the other.
    """
    starts = 45.0 * len({contender.grain for contender in contenders})
    return starts + sum(
        10 + min(size * contender.seconds, contender.patience) for contender in contenders for size in sizes
    )
