"""A real system for the kit: which one the environment names, what it may book there, and that little stays.

``COUPA_ERP_KIT_<ERP>_URL`` names it; without that nothing of this runs. A run books real documents. So
whatever it touches has to be named, one variable each: company, suppliers, accounts, codes, days. Where a
name is missing, or what answers is not what it should be, a sentence says so before the first document.
"""

from __future__ import annotations

import datetime
import json
import os
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from decimal import Decimal
from typing import Any, Self

import pytest

from include.erp_port import ErpDocument, ErpPort
from include.errors import ErpRejection, ExportError
from include.models.bill import Bill
from tests.erp_kit.world import Altered, Books, TaxCode, World

#: What of :class:`Books` has to be named for any ERP.
BOOKS = (
    *("COMPANY", "SUPPLIERS", "CURRENCY", "CURRENCIES", "ACCOUNTS", "PAYABLE", "TAX", "DEDUCTED"),
    *("DIMENSION", "PAYMENT_TERM", "OPEN_DAY", "CLOSED_DAY", "FIRST_OPEN_DAY"),
)


class NotForTests(Exception):
    """The environment names a system that the kit does not book into; one sentence says why."""


class Variables:
    """``COUPA_ERP_KIT_<ERP>_…``.

    :param erp: ``S4HANA``.
    :param values: in the place of the environment.
    """

    def __init__(self, erp: str, values: Mapping[str, str] | None = None) -> None:
        self._prefix = f"COUPA_ERP_KIT_{erp}_"
        self._values = os.environ if values is None else values

    @property
    def named(self) -> bool:
        """Whether they name a system at all."""
        return bool(self.get("URL"))

    def demand(self, *names: str) -> None:
        """See that these are there.

        :raises NotForTests: naming all that are not.
        """
        missing = [name for name in names if not self.get(name)]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise NotForTests(
                f"{self._prefix}{', …_'.join(missing)} {verb} missing: the kit books real documents, so "
                "whatever it touches has to be named (docs/extending.md, A real system)."
            )

    def get(self, name: str) -> str:
        """What a variable says; empty where it says nothing."""
        return self._values.get(self._prefix + name, "").strip()

    def parted(self, name: str, count: int) -> tuple[str, ...]:
        """So many codes with commas between them, no two alike."""
        codes = tuple(code.strip() for code in self.get(name).split(","))
        if len(codes) != count or len({*codes, ""}) != count + 1:
            raise self.fault(name, f"{count} different codes with commas between them")
        return codes

    def pairs(self, name: str, form: str) -> dict[str, str]:
        """Codes, each with what belongs to it.

        :param form: how to write it, for the message.
        """
        pairs = [pair.partition("=") for pair in self.get(name).split(",")]
        if not all(code.strip() and told.strip() for code, _, told in pairs):
            raise self.fault(name, form)
        return {code.strip(): told.strip() for code, _, told in pairs}

    def pair(self, name: str, form: str) -> tuple[str, str]:
        """Likewise, one alone."""
        pairs = self.pairs(name, form)
        if len(pairs) != 1:
            raise self.fault(name, form)
        return next(iter(pairs.items()))

    def day(self, name: str) -> datetime.date:
        """A day."""
        try:
            return datetime.date.fromisoformat(self.get(name))
        except ValueError:
            raise self.fault(name, "a day, 2026-03-05") from None

    def extra(self) -> dict[str, Any]:
        """What ``EXTRA`` adds to the connection."""
        try:
            told = json.loads(self.get("EXTRA") or "{}")
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise self.fault("EXTRA", "a JSON object, as the connection's extra")
        return told

    def seconds(self) -> float:
        """How long an impatient hook waits for an answer."""
        told = self.get("PATIENCE") or "10"
        if not told.replace(".", "", 1).isdigit():
            raise self.fault("PATIENCE", "seconds, 10")
        return float(told)

    def fault(self, name: str, form: str) -> NotForTests:
        """That a variable is not written as it should be."""
        return NotForTests(f"{self._prefix}{name} should be {form}.")

    def books(self) -> Books:
        """The codes that stand in the system; :data:`BOOKS` must be there.

        :raises NotForTests: naming what is not written as it should be.
        """
        first, second, third = self.parted("ACCOUNTS", 3)
        one, other = self.parted("SUPPLIERS", 2)
        decimals = self.pairs("CURRENCIES", "further currencies with their decimals, JPY=0,KWD=3")
        if not all(digits in ("0", "1", "2", "3") for digits in decimals.values()):
            raise self.fault("CURRENCIES", "further currencies with their decimals, JPY=0,KWD=3")
        days = [self.day(name) for name in ("CLOSED_DAY", "FIRST_OPEN_DAY", "OPEN_DAY")]
        if not days[0] < days[1] <= days[2]:
            raise self.fault("FIRST_OPEN_DAY", "after CLOSED_DAY and not after OPEN_DAY")
        return Books(
            company=self.get("COMPANY"),
            suppliers=(one, other),
            currency=self.get("CURRENCY"),
            accounts=(first, second, third),
            payable=self.get("PAYABLE"),
            tax=TaxCode(*self.pair("TAX", "the tax code and the account that it books to, V1=154000")),
            deducted=TaxCode(*self.pair("DEDUCTED", "the tax code and the account that takes it, W1=175500")),
            dimension=self.pair("DIMENSION", "an axis and a code of it, cost_center=CA100"),
            payment_term=self.get("PAYMENT_TERM"),
            currencies={code: int(digits) for code, digits in decimals.items()},
            open_day=days[2],
            closed_day=days[0],
            first_open_day=days[1],
            closing_day=self.day("CLOSING_DAY") if self.get("CLOSING_DAY") else days[2],
        )


class RealWorld(World):
    """A system that is still there when the tests are over: at the end what stands of them is voided.

    :param variables: name it.
    :param names: what they have to say beside :data:`BOOKS`.
    :raises NotForTests: they do not do so.
    """

    def __init__(self, variables: Variables, *names: str) -> None:
        variables.demand("URL", *names, *BOOKS)
        self.address = variables.get("URL").rstrip("/")
        self.books = variables.books()
        self.patience = variables.seconds()
        self._keys: dict[str, None] = {}
        self._typed: dict[str, None] = {}

    def __enter__(self) -> Self:
        self.check()
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    @abstractmethod
    def check(self) -> None:
        """See that what answers is what it should be; nothing is written.

        :raises NotForTests: it is not.
        """

    def check_by_hook(self) -> None:
        """See that the Test button of the hook's connection is content.

        :raises NotForTests: with what it says.
        """
        serves, says = self.open_hook(impatient=True).test_connection()
        if not serves:
            raise NotForTests(f"Nothing is booked at {self.address}: {says}")

    def bill(self, *lines: Any, **fields: Any) -> Bill:
        """As any world's; its key is remembered."""
        bill = super().bill(*lines, **fields)
        self._keys[bill.key] = None
        return bill

    def enter(self, supplier: str, number: str) -> str:
        """As any world's; its id is remembered."""
        erp_id = self.type_in(supplier, number)
        self._typed[erp_id] = None
        return erp_id

    def remove(self, erp_id: str) -> None:
        """As any world's."""
        self.take_out(erp_id)
        del self._typed[erp_id]

    @abstractmethod
    def type_in(self, supplier: str, number: str) -> str:
        """What :meth:`World.enter` says."""

    @abstractmethod
    def take_out(self, erp_id: str) -> None:
        """What :meth:`World.remove` says."""

    # What a world leaves out it names in :attr:`World.cannot`, so that no test comes here.

    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        raise NotImplementedError

    def cancel(self, document: ErpDocument) -> None:
        raise NotImplementedError

    def edit_draft(self, document: ErpDocument) -> None:
        raise NotImplementedError

    def close_period(self, day: datetime.date) -> None:
        raise NotImplementedError

    def altering(self, what: Altered) -> AbstractContextManager[None]:
        raise NotImplementedError

    def clear(self) -> None:
        """Void what stands of this run, as the auditor sees it; a warning tells what stays all the same."""
        hook, left = self.open_hook(), []
        for key in self._keys:
            try:
                stays = self._void(hook, key)
            except (ExportError, AssertionError, OSError) as fault:
                stays = str(fault)
            if stays:
                left.append(f"{key} ({stays})")
        if left:
            warnings.warn(f"These stay in {hook.erp_name}: {'; '.join(left)}", stacklevel=2)
        for erp_id in list(self._typed):
            self.remove(erp_id)

    def _void(self, hook: ErpPort, key: str) -> str:
        """Void what stands under a key; what stays, or nothing."""
        if not self._standing(key):
            return ""
        found = hook.find_by_key(key)
        if found is not None and found.live:
            try:
                hook.void(found, None)
            except ErpRejection as refused:
                return f"{found.number}: {refused.refusals[0].code}"
        return self._standing(key)

    def _standing(self, key: str) -> str:
        return ", ".join(state for state in self.states(key) if state != "cancelled")


@contextmanager
def world_of(erp: str, real: Callable[[Variables], World], stand_in: Callable[[], World]) -> Iterator[World]:
    """The real one where the environment names it, else the stand-in.

    What is not for tests ends the session in its sentence: no other test of the kit could do better. Where
    several workers share the tests, which none may end alone, each test fails by it.
    """
    variables = Variables(erp)
    with ExitStack() as stack:
        try:
            world = stack.enter_context(real(variables) if variables.named else stand_in())
        except NotForTests as misfit:
            if "PYTEST_XDIST_WORKER" in os.environ:
                pytest.fail(str(misfit), pytrace=False)
            pytest.exit(str(misfit), returncode=pytest.ExitCode.USAGE_ERROR)
        yield world
