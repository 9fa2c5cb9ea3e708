"""What a test can do at an ERP without its hook: as an accountant, and as an auditor."""

from __future__ import annotations

import datetime
import itertools
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from include.attachments.ports import ErpFile
from include.erp_port import ErpDocument, ErpPort
from include.models.bill import Bill, BillLine, BillTax
from include.soak.messages import Message, path_in

_count = itertools.count(1)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _short(number: int, digits: int = 1) -> str:
    """A number in few characters: the shortest references hold 16."""
    rest, last = divmod(number, 36)
    return (_short(rest, digits - 1) if rest or digits > 1 else "") + _DIGITS[last]


#: No two runs share it: the documents of earlier ones may stand in the same ERP.
_SESSION = _short(secrets.randbelow(36**6), 6)

#: Whether each test is made at each write of a hook, also where a world names those that matter.
EVERY_MOMENT = "EVERY_MOMENT" in os.environ

#: What the ERP can be made to enter otherwise than it was told.
Altered = Literal["amount", "account", "date"]
ALTERATIONS: tuple[Altered, ...] = ("amount", "account", "date")


@dataclass(frozen=True)
class TaxCode:
    """A tax of the ERP and the account that it books to."""

    code: str
    account: str


@dataclass(frozen=True)
class Books:
    """Codes that stand in the ERP before the first test.

    :param accounts: three cost accounts.
    :param payable: the account of what is owed to suppliers.
    :param tax: one whose amount is owed with the bill.
    :param deducted: one whose amount is taken off (withholding, the other half of a reverse charge).
    :param dimension: an analytic axis, as the mapping names it, and a code of it.
    :param currencies: further currencies, with their decimals: one with none and one with three, where the
        ERP has such.
    :param open_day: a day on which the books are open, and stay so.
    :param closed_day: a day whose period is closed.
    :param first_open_day: the first day after ``closed_day`` on which the books are open.
    :param closing_day: a day whose period a test closes; a world that lasts opens it again at its end.
    """

    company: str
    suppliers: tuple[str, str]
    currency: str
    accounts: tuple[str, str, str]
    payable: str
    tax: TaxCode
    deducted: TaxCode
    dimension: tuple[str, str]
    payment_term: str
    currencies: Mapping[str, int]
    open_day: datetime.date
    closed_day: datetime.date
    first_open_day: datetime.date
    closing_day: datetime.date


@dataclass(frozen=True)
class Traits:
    """What this ERP does in its own way; the kit tests that it does it so.

    :param amends: ``in_place``: the document stays and changes. ``re_enters``: it is cancelled, and another
        one entered under the same key.
    :param drafts: whether an attempt that breaks off can leave a draft in the ERP.
    :param enters_zero: whether a bill whose total is zero can be entered; else it is refused.
    :param refused_in_numbers: characters that a supplier's number must not hold; a number with one is
        refused, every other one is kept as it is.
    :param foresees: the codes of refusals that a dry run tells beforehand.
    :param told_as: where the ERP's answer does not tell one cause from others: the kit's code to the
        hook's.
    :param closed_period_void: what becomes of a void whose document lies in a period that was closed since,
        no date being asked for: ``reversed`` on another day, or ``refused``.
    """

    amends: Literal["in_place", "re_enters"]
    drafts: bool
    enters_zero: bool = True
    refused_in_numbers: str = ""
    foresees: frozenset[str] = frozenset()
    told_as: Mapping[str, str] = field(default_factory=dict)
    closed_period_void: Literal["reversed", "refused"] = "reversed"


class World(ABC):
    """One ERP, or a stand-in of it, over HTTP.

    :ivar address: scheme, host and port.
    :ivar secret: what the connection proves itself with; it must be told nowhere.
    :ivar cannot: acts of this class that this ERP lets no test do, each with a sentence that says why; tests
        that need them (:mod:`tests.erp_kit.needs`) are skipped. Empty at a stand-in.
    :ivar patience: seconds that an impatient hook waits for an answer at most.
    :ivar moments: where an ERP is too slow for all: after which writes ``create`` and ``amend`` are broken
        off (``amend discarded``: and the drafts taken away), and before which ``create overtaken`` and
        ``amend overtaken`` meet a rival. Those that leave something else behind than the one before.
        ``EVERY_MOMENT=1`` in the environment tries all.
    """

    cannot: Mapping[str, str] = {}
    patience: float = 2
    moments: Mapping[str, tuple[int, ...]] = {}
    books: Books
    traits: Traits
    address: str
    secret: str

    # -- the hook --------------------------------------------------------------------------------------------

    @abstractmethod
    def open_hook(
        self, address: str | None = None, *, secret: str | None = None, impatient: bool = False
    ) -> ErpPort:
        """A hook of its own, as each task has one.

        :param address: in the place of the ERP's own: a proxy in front of it.
        :param secret: in the place of the right one.
        :param impatient: waits :attr:`patience` seconds for an answer at most, repeats nothing for longer.
        """

    def writes(self, method: str, path: str) -> bool:
        """Whether a call may change something; ``True`` for too many costs time and no more.

        :param path: as :meth:`path_of` tells it.
        """
        return method != "GET"

    def path_of(self, request: Message) -> str:
        """The path that a call is known by; another than its own where the ERP has one address for all."""
        return path_in(request)

    # -- an accountant at the ERP's own screens --------------------------------------------------------------

    @abstractmethod
    def pay(self, document: ErpDocument, *, whole: bool) -> Decimal:
        """Pay the document, or half of it; the amount."""

    @abstractmethod
    def cancel(self, document: ErpDocument) -> None:
        """Cancel or reverse what is posted."""

    @abstractmethod
    def enter(self, supplier: str, number: str) -> str:
        """Enter a bill of this supplier under this number; the ERP's id of it."""

    @abstractmethod
    def remove(self, erp_id: str) -> None:
        """Take away what :meth:`enter` entered."""

    @abstractmethod
    def edit_draft(self, document: ErpDocument) -> None:
        """Change anything of a draft that the export left; never called where there are no drafts."""

    @abstractmethod
    def close_period(self, day: datetime.date) -> None:
        """Close the period of a day."""

    @abstractmethod
    def altering(self, what: Altered) -> AbstractContextManager[None]:
        """While it is open, the ERP enters bills otherwise than it is told, and says nothing.

        As rules, defaults and modules of customers do: a unit more of an amount, another account, the
        document's date a day later.
        """

    def attach_by_hand(self, document: ErpDocument, name: str, content: bytes) -> None:
        """Attach a file to a document; asked only of an ERP whose hook attaches files."""
        raise NotImplementedError

    # -- an auditor, behind the hook's back ------------------------------------------------------------------

    @abstractmethod
    def states(self, key: str) -> list[str]:
        """The port's state of every document of the key, sorted; nothing of the hook may be asked for it."""

    @abstractmethod
    def balances(self, key: str) -> dict[str, Decimal]:
        """Debit less credit by account of all that was posted for a key, reversals included; without zeros.

        In the documents' currency.
        """

    def leftovers(self, key: str) -> list[str]:
        """What else of an attempt is left in the ERP: claims, locks, notes."""
        return []

    def files(self, document: ErpDocument) -> list[tuple[str, bytes]]:
        """Name and bytes of every file on a document; asked only of an ERP whose hook attaches files."""
        raise NotImplementedError

    def file_name(self, file: ErpFile) -> str:
        """What the hook calls a file in this ERP."""
        return file.name

    # -- bills in the words of this ERP ----------------------------------------------------------------------

    def line(self, amount: str, account: int | str = 0, place: str = "Line 1", **more: object) -> BillLine:
        """A line on one of the accounts of :class:`Books`, or on any by its code."""
        code = self.books.accounts[account] if isinstance(account, int) else account
        values = {"account": code, "amount": amount, "description": f"{place} of a test", "place": place}
        return BillLine.model_validate({**values, **more})

    def tax(self, base: str, amount: str, code: str | None = None, place: str = "Line 1") -> BillTax:
        """The tax of :class:`Books`, or any by its code."""
        return BillTax(
            code=code or self.books.tax.code, base=Decimal(base), amount=Decimal(amount), place=place
        )

    def bill(self, *lines: BillLine, taxes: tuple[BillTax, ...] | None = None, **fields: object) -> Bill:
        """A bill with a key and a number of its own: 100.00 and 18.00 tax, or these lines without a tax."""
        unique = _SESSION + _short(next(_count))
        axis, code = self.books.dimension
        if not lines:
            lines = (self.line("100.00", dimensions={axis: code}),)
            taxes = (self.tax("100.00", "18.00"),) if taxes is None else taxes
        taxes = taxes or ()
        values: dict[str, object] = {
            "key": f"kit-{_SESSION}/InvoiceHeader/{unique}",
            "kind": "invoice",
            "company": self.books.company,
            "supplier": self.books.suppliers[0],
            "supplier_name": "Acme GmbH",
            "number": f"K-{unique}",
            "invoice_date": self.books.open_day,
            "posting_date": self.books.open_day,
            "currency": self.books.currency,
            "payment_term": self.books.payment_term,
            "lines": lines,
            "taxes": taxes,
            "total": sum((entry.amount for entry in [*lines, *taxes]), Decimal(0)),
        }
        return Bill.model_validate({**values, **fields})

    def changed(self, original: Bill, *lines: BillLine, **fields: object) -> Bill:
        """The same invoice after an edit in Coupa: 250.00 on another account, or these lines."""
        kept = original.model_dump(include={"key", "number", "company", "supplier", "currency"})
        return self.bill(*(lines or (self.line("250.00", 1),)), **{**kept, **fields})
