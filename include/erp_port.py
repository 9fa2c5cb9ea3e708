"""The port that every ERP hook fulfils: all that the export asks of an ERP, and nothing more.

Another ERP is another class with these methods, registered under its connection type in
``plugins/coupa_erp/erp.py``: ``docs/extending.md`` tells what each guarantees, ``tests/erp_kit`` tests it.
"""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from include.errors import ConfigurationError
from include.models.bill import Bill, BillKind, Frozen

if TYPE_CHECKING:
    from include.attachments.ports import FileStore

DocumentState = Literal["draft", "posted", "paid", "cancelled"]


class ErpLimits(Frozen):
    """What the ERP's own fields can hold.

    :param number_length: characters of the supplier's invoice number; longer ones are rejected, never cut.
    """

    number_length: int | None = None


class ErpDocument(Frozen):
    """A supplier document as it stands in the ERP, read back.

    :param erp_id: the ERP's internal id.
    :param number: the ERP's document number; ``None`` while it is a draft.
    :param key: our business key, ``None`` on a document that is not ours.
    :param fingerprint: the content as last sent, ``None`` on a document that is not ours.
    :param state: ``draft`` and ``posted`` and ``paid`` are live, ``cancelled`` is not.
    :param paid_amount: what was paid of it, in its currency; above zero also when paid in part.
    :param total: positive, signed by ``kind`` alone, as :attr:`Bill.total` is.
    :param account_sums: what the books hold of it by account, without the payable side, signed as ``total``.
    :param line_sums: the part of ``account_sums`` that is no tax, by account.
    :param tax_sums: the other part, by the ERP's tax code: the account of a tax is the ERP's own.
    """

    erp_id: str
    number: str | None
    key: str | None
    fingerprint: str | None
    state: DocumentState
    kind: BillKind
    company: str
    supplier: str
    supplier_number: str | None
    invoice_date: datetime.date | None
    posting_date: datetime.date | None
    currency: str
    total: Decimal
    tax: Decimal
    paid_amount: Decimal = Decimal(0)
    account_sums: dict[str, Decimal] = Field(default_factory=dict)
    line_sums: dict[str, Decimal] = Field(default_factory=dict)
    tax_sums: dict[str, Decimal] = Field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether it counts for "at most one live document"."""
        return self.state != "cancelled"

    @property
    def touched_by_payment(self) -> bool:
        """Whether money moved on it: then nothing but a person may change it."""
        return self.state == "paid" or self.paid_amount != 0


class ErpPort(ABC):
    """A connection to one ERP.

    Every method raises :class:`~include.errors.ErpRejection` where the ERP's rules refuse,
    :class:`~include.errors.TransientError` (or ``OutcomeUnknown``) where a repeat may go through, and
    :class:`~include.errors.ConfigurationError` where an operator must mend the connection or its rights.
    """

    #: What the accountant calls it: ``Tryton``.
    erp_name: ClassVar[str]
    limits: ClassVar[ErpLimits]
    #: By which guarantee of the ERP "at most one live document a key" holds, in one paragraph.
    uniqueness: ClassVar[str]
    #: Whether the connection's ``po_backed`` may be ``match``: it books lines against purchase orders.
    matches_orders: ClassVar[bool] = False

    @property
    def against_orders(self) -> bool:
        """Whether the connection's ``po_backed`` is ``match``: then orders are content of a bill."""
        return False

    @property
    @abstractmethod
    def sandbox(self) -> bool:
        """Whether the connection says that this ERP is for trying out: no production Coupa may feed it."""

    @abstractmethod
    def find_by_key(self, key: str) -> ErpDocument | None:
        """The live document of this key, else the newest cancelled one, else ``None``.

        A draft that a crash left counts as live, with ``state="draft"``.

        :param key: the business key.
        """

    @abstractmethod
    def live_keys(self, keys: list[str]) -> set[str]:
        """Which of these keys have a live document, asked in as few calls as the ERP allows."""

    @abstractmethod
    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """Live documents of our keys in a window, with all their sums, in as few calls as the ERP allows.

        In the window is what is dated in it, and what was entered or changed in the ERP in it (UTC).

        :param key_prefix: what the keys begin with.
        :param first: the first day.
        :param last: the last day, included.
        """

    @abstractmethod
    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Every document of these keys, cancelled ones too, the newest first, with all their sums."""

    @abstractmethod
    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """Live documents of this supplier with this supplier's number, whatever their key."""

    @abstractmethod
    def create(self, bill: Bill) -> ErpDocument:
        """Create and post the bill, or finish what an earlier attempt left of it; idempotent by key.

        What is live under the key and posted already is answered as it is; a draft of the key is
        brought to the bill's content and posted. Read back and compared before it is answered.

        :param bill: the whole bill.
        :return: the posted document.
        :raises ErpRejection: the ERP refuses it, or what it made of it differs from what was sent; nothing
            of it stays live then.
        """

    @abstractmethod
    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Bring the posted, unpaid document to the bill's content; one live document remains.

        A repeat after a crash in the middle carries on where it stopped.

        :param bill: the new content, under the same key.
        :param current: the live document, as read just before.
        :raises ErpRejection: it was paid meanwhile, or the ERP refuses the new content. Then the old
            document stays live wherever the ERP can be asked beforehand, and the message says what stands.
        :raises TransientError: other content than ``current`` shows stands there now, in another document
            or in the same one: the caller decided by an older look and must look again, for it may hold
            older content.
        """

    @abstractmethod
    def discard_drafts(self, key: str) -> None:
        """Delete drafts of this key that a broken attempt left, and finish what it left beside them.

        What is posted is not touched. Nothing is to be done where the ERP takes a bill in one call and keeps
        no drafts.

        :param key: the business key.
        """

    @abstractmethod
    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """Cancel or reverse the unpaid document; idempotent.

        :param posting_date: the date of the reversal; ``None`` asks the ERP for its own choice.
        :raises ErpRejection: it was paid meanwhile, or its period does not allow it.
        """

    def foresee(self, bill: Bill, current: ErpDocument | None) -> None:  # noqa: B027
        """Look up all that :meth:`create` or :meth:`amend` would, and write nothing: for a dry run.

        An ERP whose rules cannot be read foresees nothing.

        :param bill: what would be entered.
        :param current: the document that it would replace; ``None`` where it would be created.
        :raises ErpRejection: with the refusals that the real call would meet, as far as reading tells.
        """

    def foresee_void(self, current: ErpDocument, posting_date: datetime.date | None) -> None:  # noqa: B027
        """Likewise for :meth:`void`.

        :param posting_date: the date of the reversal that would be made.
        :raises ErpRejection: it would be refused.
        """

    def files(self) -> FileStore:
        """The files of the ERP's documents, where this hook can attach any; opens nothing yet.

        :raises ConfigurationError: it cannot, so the setting that asks for it is refused.
        """
        raise ConfigurationError(
            f"The hook for {self.erp_name} attaches no files: set COUPA_ERP_ATTACHMENTS to false."
        )

    @abstractmethod
    def document_url(self, document: ErpDocument) -> str | None:
        """Where a person opens the document, if the ERP has such an address."""

    @abstractmethod
    def check_reachable(self) -> None:
        """One cheap call with the connection's own credentials, made before anything is claimed.

        :raises TransientError: the ERP cannot be reached, or serves nobody now.
        :raises ConfigurationError: address, database or credentials are wrong.
        """

    @abstractmethod
    def test_connection(self) -> tuple[bool, str]:
        """Whether address, credentials and rights serve, and a sentence that says what is wrong if not."""
