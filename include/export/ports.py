"""What the steps of an invoice work with, handed from one to the next."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.coupa_port import CoupaPort
    from include.erp_port import ErpPort
    from include.mapping.settings import Mapping
    from include.options import Monitoring

#: Held while alerts of a run are counted and one is sent, so that two tasks of a machine do not both send
#: the tenth. Tasks on other machines are not held: with n machines up to n - 1 more may be sent.
AlertTurn = Callable[[], AbstractContextManager[object]]

#: Held by as many tasks of a machine at once as may write to the ERP.
ErpTurn = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Ports:
    """The two systems, the mapping, and the day.

    :param coupa: the instance.
    :param open_erp: opens the ERP; called once, by the first step that needs it.
    :param read_mapping: reads the mapping's settings; likewise.
    :param today: the day of the posting policies ``today`` and of reversals.
    :param alert_turn: held while an alert is counted and sent.
    :param monitoring: how much of Coupa's integration monitoring ``coupa`` uses.
    :param erp_turn: held while one task does the whole of an invoice and serves the ERP.
    :param largest_file: bytes of a file that goes along into the ERP; ``None`` where none goes.
    :param file_seconds: for all files of one invoice: its number has to reach Coupa, too.
    :param rehearsal: whether both systems are only read; see :mod:`include.export.rehearsing`.
    """

    coupa: CoupaPort
    open_erp: Callable[[], ErpPort]
    read_mapping: Callable[[], Mapping]
    today: datetime.date
    alert_turn: AlertTurn
    monitoring: Monitoring = "runs"
    erp_turn: ErpTurn = nullcontext
    largest_file: int | None = None
    file_seconds: float = 300.0
    rehearsal: bool = False

    @cached_property
    def erp(self) -> ErpPort:
        """The ERP, opened."""
        return self.open_erp()

    @cached_property
    def mapping(self) -> Mapping:
        """The mapping's settings."""
        return self.read_mapping()
