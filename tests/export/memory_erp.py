"""An ERP that keeps its documents in memory: for the decisions about them, not for an ERP's own rules."""

from __future__ import annotations

import datetime
from decimal import Decimal

from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.errors import ErpRejection, Refusal
from include.models.bill import Bill


class MemoryErp(ErpPort):
    erp_name = "Memory"
    limits = ErpLimits(number_length=30)
    uniqueness = "One process, one list."

    def __init__(self) -> None:
        self.documents: list[ErpDocument] = []
        self.closed_months: set[str] = set()

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

    def create(self, bill: Bill) -> ErpDocument:
        if f"{bill.invoice_date:%Y-%m}" in self.closed_months:
            raise ErpRejection(Refusal("PERIOD_CLOSED", "The period is closed."))
        document = ErpDocument(
            erp_id=str(len(self.documents) + 1),
            number=f"M-{len(self.documents) + 1}",
            key=bill.key,
            fingerprint=bill.fingerprint,
            state="posted",
            kind=bill.kind,
            company=bill.company,
            supplier=bill.supplier,
            supplier_number=bill.number,
            invoice_date=bill.invoice_date,
            posting_date=bill.posting_date,
            currency=bill.currency,
            total=bill.total,
            tax=bill.tax,
        )
        self.documents.append(document)
        return document

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        self.void(current, None)
        return self.create(bill)

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        return self.change(current, state="cancelled")

    def pay(self, key: str, amount: str) -> None:
        found = self.find_by_key(key)
        assert found is not None
        self.change(found, paid_amount=Decimal(amount))

    def change(self, current: ErpDocument, **changes: object) -> ErpDocument:
        changed = current.model_copy(update=changes)
        self.documents[self.documents.index(current)] = changed
        return changed

    def document_url(self, document: ErpDocument) -> str | None:
        return None

    def test_connection(self) -> tuple[bool, str]:
        return True, "in memory"
