"""What Coupa's invoices tell of payments: read, and added to."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from coupa_erp.coupa.answers import one
from coupa_erp.coupa.paging import PAGE_SIZE, pages
from coupa_erp.coupa.reading import read_as
from coupa_erp.coupa.transport import Call, CoupaTransport
from include.payments.invoice import PaidInvoice, PaymentDraft

INVOICES = "/api/invoices"

#: An API filter does not shape these calls: the export's own need not know of payments.
_FIELDS = json.dumps(
    [
        "id",
        "invoice-number",
        "status",
        "gross-total",
        "total-with-taxes",
        {"currency": ["code"]},
        "paid",
        "payment-date",
        {"payments": ["id", "amount-paid", "payment-date", "notes"]},
    ],
    separators=(",", ":"),
)
#: A payment that were not shown would be told twice.
_NEEDS = ("id", "paid", "payments")


class Payments:
    """The payments of one instance's invoices.

    :param transport: sends.
    """

    def __init__(self, transport: CoupaTransport) -> None:
        self._transport = transport

    def of_invoices(self, invoice_ids: Iterable[int]) -> Iterator[PaidInvoice]:
        """What some invoices tell, fifty a call."""
        wanted = sorted(set(invoice_ids))
        for start in range(0, len(wanted), PAGE_SIZE):
            some = wanted[start : start + PAGE_SIZE]
            query = {"id[in]": ",".join(map(str, some))}
            for raw in pages(lambda page: self._transport.listing(INVOICES, page, _FIELDS).objects, query):
                invoice = _read(raw, f"GET {INVOICES}")
                if invoice.id in some:  # Coupa may pass over a condition that it does not know
                    yield invoice

    def record(
        self,
        invoice: PaidInvoice,
        drafts: Iterable[PaymentDraft],
        *,
        paid: bool,
        payment_date: datetime.date | None,
    ) -> PaidInvoice:
        """Add payments, and set ``paid`` and ``payment-date``.

        Not repeated where the answer was lost: Coupa may have added them. The next look tells.

        :param invoice: as just read; its payments go along by their id, so that they stay whether Coupa adds
            to the list or replaces it.
        """
        body: dict[str, Any] = {"paid": paid, "payment-date": payment_date}
        added = [draft.body() for draft in drafts]
        if added:
            body["payments"] = [*({"id": payment.id} for payment in invoice.payments), *added]
        call = Call("PUT", f"{INVOICES}/{invoice.id}", {"fields": _FIELDS}, body)
        return _read(one(self._transport.create(call).content, str(call)), str(call))


def _read(raw: Mapping[str, Any], call: str) -> PaidInvoice:
    return read_as(PaidInvoice, dict(raw), call, _NEEDS)
