"""Voiding: NetSuite's REST documents no void, so a document is set off against its opposite, where one may.

The opposite has the document's own lines and an external id that follows from the document's, so it is made
once. A bill is voided by a vendor credit that is applied to it, in one call; a credit by a bill, to which it
is applied then.
"""

from __future__ import annotations

import datetime

from coupa_erp.erp_http.read_back import differences
from coupa_erp.erp_http.remarks import refuse_if_paid, with_remark
from coupa_erp.netsuite.answers import AlreadyThere, Refused
from coupa_erp.netsuite.codes import Codes, Period
from coupa_erp.netsuite.documents import BILL, CREDIT, Documents, Found
from coupa_erp.netsuite.entry import applied, opposite_values
from coupa_erp.netsuite.external_ids import void_id
from coupa_erp.netsuite.transport import NetSuiteTransport
from include.erp_port import ErpDocument
from include.errors import ErpRejection, Refusal, TransientError
from include.models.bill import Bill

_ERP = "NetSuite"
_ROUNDS = 8


class Voiding:
    """Voids documents.

    :param transport: NetSuite.
    :param documents: finds and reads them.
    :param codes: finds periods.
    """

    def __init__(self, transport: NetSuiteTransport, documents: Documents, codes: Codes) -> None:
        self._transport = transport
        self._extra = transport.settings.extra
        self._documents = documents
        self._codes = codes

    def of_key(self, key: str, date: datetime.date | None) -> Found | None:
        """Void what is live under a key, until nothing is.

        :return: the newest voided document.
        """
        for _ in range(_ROUNDS):
            found = self._documents.of_key(key)
            live = [one for one in found if not one.cancelled]
            if not live:
                return found[0] if found else None
            for one in live:
                self.void(one, date)
        raise TransientError(f"Other processes keep entering {key} in NetSuite; trying again later.")

    def foresee(self, found: Found, date: datetime.date | None) -> None:
        """Everything that is read before a document is voided.

        :raises ErpRejection: it would be refused.
        """
        document = self._documents.read(found)
        if document is None:
            return
        refuse_if_paid(document, _ERP)
        if self._extra.voids == "refuse":
            raise ErpRejection(
                Refusal(
                    "VOID_BY_HAND",
                    f"NetSuite's document {document.number} is to be voided, which this export leaves to "
                    "people (voids of the connection): void it in NetSuite.",
                )
            )
        self._period(document.posting_date, date)

    def void(self, found: Found, date: datetime.date | None) -> None:
        """Set a document off against its opposite.

        :param date: of the opposite; ``None``: the document's own posting date, or the first open day then.
        :raises ErpRejection: money moved on it, its period is closed, or voids are left to people.
        """
        self.foresee(found, date)
        record = self._transport.record(found.kind, found.id)
        document = self._documents.document(found, record) if record is not None else None
        if record is None or document is None or found.external_id is None:
            return
        day, period = self._period(document.posting_date, date)
        opposite = CREDIT if found.kind == BILL else BILL
        values = opposite_values(
            record,
            found.kind,
            date=day.isoformat(),
            period=period.id,
            content_field=self._extra.content_field,
            said=f"Voids {document.number}",
        )
        made = ""
        try:
            made = self._transport.put(opposite, void_id(found.external_id), values)
            if found.kind == CREDIT and found.total:
                line = applied(made, found.total)
                # Not replaced: that would take off what a person set off against the credit meanwhile.
                self._transport.patch(CREDIT, found.id, {"apply": {"items": [line]}})
        except AlreadyThere:
            return  # another process voids it at this moment; whoever needs to know looks again
        except Refused as refused:
            left = f" The {opposite} {void_id(found.external_id)} (external id) was entered to void it and "
            left = f"{left}stands in {_ERP}: void that by hand." if made else ""
            raise with_remark(self._payment(found, document.key or "") or refused, left) from refused

    def of_differing(self, found: Found, bill: Bill, stands: ErpDocument) -> list[Refusal]:
        """Void what was just made if it is not as it was sent; where voids are left to people, say so.

        :return: every difference.
        """
        left = self._extra.voids == "refuse"
        remedy = "it stands there, for this export may not void it" if left else "it was voided again"
        faults = differences(bill, stands, erp=_ERP, remedy=remedy)
        if faults and not left:
            self.void(found, None)
        return faults

    def _payment(self, found: Found, key: str) -> ErpRejection | None:
        """Why a set-off was refused, where somebody paid meanwhile."""
        now = next((one for one in self._documents.of_key(key) if one.id == found.id), None)
        document = self._documents.read(now) if now is not None and not now.cancelled else None
        try:
            if document is not None:
                refuse_if_paid(document, _ERP)
        except ErpRejection as paid:
            return paid
        return None

    def _period(self, own: datetime.date | None, date: datetime.date | None) -> tuple[datetime.date, Period]:
        if date is not None:
            return date, self._codes.open_period(date)
        day = own or datetime.datetime.now(datetime.UTC).date()
        period = self._codes.first_open(day)
        return max(day, period.first), period
