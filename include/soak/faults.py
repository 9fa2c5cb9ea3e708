"""What may befall a call on its way: the kinds of faults, orders for one call, and a seeded plan for all.

============================ =================================================================================
Before the work              the server never sees the call
``unavailable``              503
``unavailable_wait``         503 with ``Retry-After: 1``
``internal_error``           500
``too_many``                 429
``too_many_wait``            429 with ``Retry-After: 1``
``html_page``                502 with a page in HTML, as gateways have it
``unauthorized``             401
``forbidden``                403
``cut``                      the connection is closed without an answer
``kill``                     the client's process gets SIGKILL (see :mod:`include.soak.victims`)
After the work               the server has done it, and its client cannot know
``cut_after``                the connection is closed without an answer
``half_after``               closed in the middle of the answer
``bad_gateway_after``        502 in the place of the answer
``garbage_after``            the answer's own status and type, with a body that was cut in two
``kill_after``               SIGKILL
Neither
``slow``                     the call is passed on after ``seconds``
``slow_after``               the answer is passed on after ``seconds``; the client may have given up by then
============================ =================================================================================

429 and 503 never come after the work: both say that nothing was done, and a server that lies about that
cannot be survived by anybody.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Kind = Literal[
    "unavailable",
    "unavailable_wait",
    "internal_error",
    "too_many",
    "too_many_wait",
    "html_page",
    "unauthorized",
    "forbidden",
    "cut",
    "kill",
    "cut_after",
    "half_after",
    "bad_gateway_after",
    "garbage_after",
    "kill_after",
    "slow",
    "slow_after",
]

KILLS: frozenset[Kind] = frozenset(["kill", "kill_after"])
AFTER_WORK: frozenset[Kind] = frozenset(
    ["cut_after", "half_after", "bad_gateway_after", "garbage_after", "kill_after", "slow_after"]
)

#: How often each kind comes, by weight, in a plan that names no weights.
WEIGHTS: Mapping[Kind, int] = {
    "unavailable": 10,
    "unavailable_wait": 5,
    "internal_error": 10,
    "too_many": 5,
    "too_many_wait": 5,
    "html_page": 8,
    "cut": 10,
    "kill": 3,
    "cut_after": 12,
    "half_after": 6,
    "bad_gateway_after": 8,
    "garbage_after": 6,
    "kill_after": 4,
    "slow": 5,
    "slow_after": 3,
}


@dataclass(frozen=True)
class Fault:
    """One misbehaviour.

    :param seconds: for how long, where it is slow.
    """

    kind: Kind
    seconds: float = 1.0


@dataclass(frozen=True)
class Passing:
    """A call on its way, as far as a plan may know it: no header, no body.

    :param number: of this proxy's calls, from 1.
    :param path: without the query.
    :param invoice: the id of the invoice that it is about, or that the last call of its connection was about.
    """

    number: int
    method: str
    path: str
    invoice: int | None


class Plan(Protocol):
    """Decides what befalls a call."""

    def __call__(self, call: Passing) -> Fault | None:
        """The fault of this call, or ``None``."""


@dataclass
class Order:
    r"""A fault, or something to do, at the n-th call that fits.

    :param fault: what befalls it; ``None`` lets it pass and only does what ``before`` and ``after`` say.
    :param method: the verb; any when left out.
    :param path: a regular expression searched in the path: ``r"account\.invoice/\d+/post$"``.
    :param invoice: only calls about this invoice of Coupa.
    :param nth: the first fitting call that is struck, from 1.
    :param times: how many from then on; ``None``: every one.
    :param before: done before the call is passed on, in its way: the call waits.
    :param after: done when the server has answered and before the client hears of it.
    """

    fault: Fault | None = None
    method: str | None = None
    path: str = ""
    invoice: int | None = None
    nth: int = 1
    times: int | None = 1
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    #: Kept by the proxy: how many calls fitted, and how many were struck.
    fitted: int = 0
    struck: int = 0

    def fits(self, call: Passing) -> bool:
        """Whether this order counts the call."""
        return (
            (self.method is None or self.method == call.method)
            and re.search(self.path, call.path) is not None
            and (self.invoice is None or self.invoice == call.invoice)
        )

    def strikes(self) -> bool:
        """Count a fitting call; whether it is struck."""
        self.fitted += 1
        hit = self.fitted >= self.nth and (self.times is None or self.fitted < self.nth + self.times)
        self.struck += hit
        return hit


@dataclass
class SeededPlan:
    """A share of all calls, chosen by a seed.

    What befalls a call depends on the seed, on what it is and on how often it came before, not on what other
    calls came between: two runs with one seed meet much the same faults, though their tasks never run in the
    same order.

    :param seed: names the plan.
    :param share: of the calls that misbehave, 0 to 1.
    :param weights: of the kinds; 0 for those that do not come.
    :param longest: seconds of a slow call, at most.
    :param longest_after: likewise of a slow answer: more than the client's patience makes it give up.
    """

    seed: str
    share: float = 0.1
    weights: Mapping[Kind, int] = field(default_factory=lambda: dict(WEIGHTS))
    longest: float = 2.0
    longest_after: float = 2.0
    _seen: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, call: Passing) -> Fault | None:
        """The fault of this call, or ``None``."""
        name = f"{call.method} {call.path} {call.invoice}"
        with self._lock:
            self._seen[name] += 1
            repeat = self._seen[name]
        chance = random.Random(f"{self.seed}|{name}|{repeat}")  # noqa: S311 - it chooses faults
        if chance.random() >= self.share:
            return None
        kinds = [kind for kind, weight in self.weights.items() if weight]
        (kind,) = chance.choices(kinds, [self.weights[kind] for kind in kinds])
        longest = self.longest_after if kind == "slow_after" else self.longest
        return Fault(kind, chance.uniform(0.2, 1.0) * longest)
