"""The line between a hook and its ERP, with a fault, or something that happens, at a chosen call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from include.erp_port import ErpPort
from include.soak.faults import Fault, Kind, Passing
from include.soak.proxy import FaultProxy
from tests.erp_kit.world import EVERY_MOMENT, World

log = logging.getLogger(__name__)

#: More calls than any hook makes for one bill.
_MOST = 40


@dataclass
class Line:
    """A proxy in front of the ERP; what befalls the calls of :meth:`hook` is chosen by their number.

    :param nth: the call that is struck, from 1; 0 strikes all, from the first on.
    :param fault: what befalls it; ``None`` lets it pass.
    :param before: done before it is passed on.
    :param silent: whether nothing gets through any more after it, as if the process had ended there.
    :param reads: whether calls that only read are counted, too.
    """

    world: World
    nth: int
    fault: Kind | None = None
    before: Callable[[], object] | None = None
    silent: bool = False
    reads: bool = False
    counted: int = 0
    struck: str | None = None
    address: str = ""

    def hook(self, *, impatient: bool = False) -> ErpPort:
        """A hook at this end of the line."""
        return self.world.open_hook(self.address, impatient=impatient)

    def __call__(self, call: Passing) -> Fault | None:
        """The fault of a call: the plan of a :class:`FaultProxy`."""
        if self.silent and self.struck:
            return Fault("cut")
        if not self.reads and not self.world.writes(call.method, call.path):
            return None
        self.counted += 1
        if self.nth not in (0, self.counted):
            return None
        self.struck = f"call {self.counted}, {call.method} {call.path}"
        log.warning("Struck: %s", self.struck)  # pytest shows it where the test fails
        if self.before:
            self.before()
        return Fault(self.fault, seconds=2 * self.world.patience) if self.fault else None


@contextmanager
def line(world: World, nth: int, fault: Kind | None = None, **more: object) -> Iterator[Line]:
    """A line until the block ends."""
    chosen = Line(world, nth, fault, **more)  # type: ignore[arg-type]
    with FaultProxy(world.address, name="line to the ERP", plan=chosen, path_of=world.path_of) as proxy:
        chosen.address = proxy.url
        yield chosen


def at_each_write(world: World, work: str, fault: Kind | None = None, **more: object) -> Iterator[Line]:
    """Lines that strike the first write, then the second, … until one strikes nothing.

    Whoever takes one does the same work over it each time; there must be a write.

    :param work: the world may name the writes of it that matter.
    """
    named = None if EVERY_MOMENT else world.moments.get(work)
    for nth in named or range(1, _MOST):
        with line(world, nth, fault, **more) as chosen:
            yield chosen
            if chosen.struck is None:
                assert not named, f"{work} makes no write {nth} any more: name others in moments"
                assert nth > 1, "the hook wrote nothing"
                return
    assert named, f"more than {_MOST} writes for one bill"
