"""An ERP that answers at once: no network, no books. It notes each call in a file, for the count.

No connection type leads to it but in a bench's Airflow: :mod:`include.bench.preload` registers it there.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from include.erp_port import ErpDocument, ErpLimits, ErpPort
from include.models.bill import Bill

#: The connection type in a bench's Airflow.
CONN_TYPE = "answers_at_once"

#: Names the file of calls; without it nothing of a bench is at work.
CALLS_VARIABLE = "COUPA_ERP_BENCH_ERP_CALLS"


class AnswersAtOnce(ErpPort):
    """Holds nothing: each bill is new to it and is entered.

    :param erp_conn_id: not looked at.
    """

    erp_name = "Stand-in"
    limits = ErpLimits()
    uniqueness = "None: it enters nothing."
    sandbox = True

    def __init__(self, *, erp_conn_id: str = "erp_default") -> None:
        self._calls = Path(os.environ[CALLS_VARIABLE])

    def find_by_key(self, key: str) -> ErpDocument | None:
        """Nothing."""
        self._note(f"find_by_key {key}")
        return None

    def live_keys(self, keys: list[str]) -> set[str]:
        """None."""
        self._note("live_keys")
        return set()

    def list_documents(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[ErpDocument]:
        """None."""
        self._note("list_documents")
        return iter(())

    def find_by_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """None."""
        self._note("find_by_keys")
        return []

    def find_by_supplier_number(self, company: str, supplier: str, number: str) -> list[ErpDocument]:
        """None."""
        self._note("find_by_supplier_number")
        return []

    def create(self, bill: Bill) -> ErpDocument:
        """The posted document of the bill."""
        self._note(f"create {bill.key}")
        return _entered(bill)

    def amend(self, bill: Bill, current: ErpDocument) -> ErpDocument:
        """Likewise."""
        self._note(f"amend {bill.key}")
        return _entered(bill)

    def discard_drafts(self, key: str) -> None:
        """There are none."""
        self._note("discard_drafts")

    def void(self, current: ErpDocument, posting_date: datetime.date | None) -> ErpDocument:
        """The document, cancelled."""
        self._note("void")
        return current.model_copy(update={"state": "cancelled"})

    def document_url(self, document: ErpDocument) -> str | None:
        """As an ERP with a web client has it."""
        return f"http://127.0.0.1:1/documents/{document.erp_id}"

    def check_reachable(self) -> None:
        """It is."""
        self._note("check_reachable")

    def test_connection(self) -> tuple[bool, str]:
        """It works."""
        return True, "a stand-in"

    def _note(self, call: str) -> None:
        note_call(self._calls, call)


def note_call(calls: Path, call: str) -> None:
    """Add a line to the file of calls: appending is whole, whoever else appends.

    :param calls: the file.
    :param call: what was asked.
    """
    with calls.open("a") as file:
        file.write(f"{call}\n")


def _entered(bill: Bill) -> ErpDocument:
    ending = bill.key.rpartition("/")[2]
    return ErpDocument(
        erp_id=ending,
        number=f"B-{ending}",
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
