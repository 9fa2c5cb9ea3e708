"""An ERP that keeps its documents in memory: for the decisions about them, not for an ERP's own rules."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from include.attachments.ports import ErpFile, FileStore
from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import ErpRejection, Refusal, TransientError
from include.models.bill import Bill


class MemoryErp(ErpPort):
    """Enters as the port promises: a draft, then posted; amended by cancelling and entering anew.

    :param between: called between any two changes that one call makes, with a name of the place.
    """

    erp_name = "Memory"
    limits = ErpLimits(number_length=30)
    uniqueness = "One process, one list."
    sandbox = True
    against_orders = False

    def __init__(self) -> None:
        self.documents: list[ErpDocument] = []
        self.closed_months: set[str] = set()
        self.away: Exception | None = None
        self.failing: Exception | None = None
        #: The files of each document, by its id; and what befalls whoever asks for them.
        self.attached: dict[str, list[ErpFile]] = {}
        self.failing_files: Exception | None = None
        self._entered = 0
        self.between: Callable[[str], None] = lambda _: None

    @property
    def live(self) -> list[ErpDocument]:
        return [document for document in self.documents if document.live]

    def find_by_key(self, key: str) -> ErpDocument | None:
        own = [document for document in self.documents if document.key == key]
        return next((document for document in own if document.live), own[-1] if own else None)

    def live_keys(self, keys: list[str]) -> set[str]:
        return {document.key for document in self.live if document.key in keys}

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        return [
            document
            for document in self.live
            if (document.company, document.supplier, document.supplier_number) == (company, supplier, number)
        ]

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        for document in self.live:
            dated = document.invoice_date is None or first <= document.invoice_date <= last
            if dated and (document.key or "").startswith(key_prefix):
                yield document

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        wanted = set(keys)
        return [document for document in reversed(self.documents) if document.key in wanted]

    def create(self, bill: Bill) -> ErpDocument:
        if self.failing:
            raise self.failing
        posted = self._posted(bill.key)
        if posted is not None:
            return posted
        for left in self._drafts(bill.key):
            self.documents.remove(left)
        if f"{bill.invoice_date:%Y-%m}" in self.closed_months:
            raise ErpRejection(Refusal("PERIOD_CLOSED", "The period is closed."))
        draft = self._draft_of(bill)
        self.documents.append(draft)
        self.between("drafted")
        return self._post(draft)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        old = self._posted(bill.key)
        if old is None:
            return self.create(bill)
        if old.fingerprint == bill.fingerprint:
            return old
        if old.erp_id != current.erp_id:
            raise TransientError(f"Document {current.number} was replaced by {old.number} meanwhile.")
        if f"{bill.invoice_date:%Y-%m}" in self.closed_months:
            raise ErpRejection(Refusal("PERIOD_CLOSED", "The period is closed."))
        self.between("checked")
        self._cancel(old)
        self.between("cancelled")
        return self.create(bill)

    def discard_drafts(self, key: str) -> None:
        for draft in self._drafts(key):
            self.documents.remove(draft)

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        assert current.key is not None
        for draft in self._drafts(current.key):
            self.documents.remove(draft)
        posted = self._posted(current.key)
        return self._cancel(posted) if posted else current.model_copy(update={"state": "cancelled"})

    def foresee(self, bill: Bill, current: ErpDocument | None) -> None:
        if f"{bill.invoice_date:%Y-%m}" in self.closed_months:
            raise ErpRejection(Refusal("PERIOD_CLOSED", "The period is closed."))

    def files(self) -> FileStore:
        return MemoryFiles(self)

    def files_of(self, key: str) -> list[str]:
        """The keys of the files of the live document, in their order."""
        found = self.find_by_key(key)
        assert found is not None
        return [file.key for file in self.attached.get(found.erp_id, [])]

    def pay(self, key: str, amount: str) -> None:
        found = self.find_by_key(key)
        assert found is not None
        self.change(found, paid_amount=Decimal(amount))

    def change(self, current: ErpDocument, **changes: object) -> ErpDocument:
        place = [document.erp_id for document in self.documents].index(current.erp_id)
        changed = self.documents[place].model_copy(update=changes)
        self.documents[place] = changed
        return changed

    def _posted(self, key: str) -> ErpDocument | None:
        posted = [one for one in self.live if one.key == key and one.state != "draft"]
        assert len(posted) < 2, f"{key} is posted twice"
        return posted[0] if posted else None

    def _drafts(self, key: str) -> list[ErpDocument]:
        return [one for one in self.documents if one.key == key and one.state == "draft"]

    def _post(self, draft: ErpDocument) -> ErpDocument:
        """Post the draft, unless another process posted one of its key, or took this one away, meanwhile."""
        assert draft.key is not None
        rival = self._posted(draft.key)
        if rival is not None:
            self.documents = [one for one in self.documents if one.erp_id != draft.erp_id]
            return rival
        if all(one.erp_id != draft.erp_id for one in self.documents):
            raise TransientError(f"Draft {draft.erp_id} was taken away meanwhile.")
        return self.change(draft, state="posted", number=f"M-{draft.erp_id}")

    def _cancel(self, posted: ErpDocument) -> ErpDocument:
        now = next(one for one in self.documents if one.erp_id == posted.erp_id)
        if now.touched_by_payment:
            raise ErpRejection(Refusal("PAID", f"Document {now.number} is paid."))
        return self.change(now, state="cancelled")

    def _draft_of(self, bill: Bill) -> ErpDocument:
        self._entered += 1
        return ErpDocument(
            erp_id=str(self._entered),
            number=None,
            key=bill.key,
            fingerprint=bill.fingerprint,
            state="draft",
            kind=bill.kind,
            company=bill.company,
            supplier=bill.supplier,
            supplier_number=bill.number,
            invoice_date=bill.invoice_date,
            posting_date=bill.posting_date,
            currency=bill.currency,
            total=bill.total,
            tax=bill.tax,
            line_sums=_sums((line.account, line.amount) for line in bill.lines),
            tax_sums=_sums((tax.code, tax.amount) for tax in bill.taxes),
        )

    def document_url(self, document: ErpDocument) -> str | None:
        return None

    def check_reachable(self) -> None:
        if self.away:
            raise self.away

    def test_connection(self) -> tuple[bool, str]:
        return True, "in memory"


class MemoryFiles(FileStore):
    """The files of one memory.

    :param erp: the memory.
    """

    def __init__(self, erp: MemoryErp) -> None:
        self._erp = erp

    def keys_of(self, erp_id: str) -> set[str]:
        if self._erp.failing_files:
            raise self._erp.failing_files
        return {file.key for file in self._erp.attached.get(erp_id, [])}

    def attach(self, erp_id: str, file: ErpFile) -> None:
        if file.key in self.keys_of(erp_id):
            return
        self._erp.attached.setdefault(erp_id, []).append(file)
        self._erp.between(f"attached {file.key}")


def _sums(parts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in parts:
        sums[name] = sums.get(name, Decimal(0)) + amount
    return {name: amount for name, amount in sums.items() if amount}
