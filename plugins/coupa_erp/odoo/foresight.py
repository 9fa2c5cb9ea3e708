"""What entering and voiding would meet, as far as reading tells: for a dry run."""

from __future__ import annotations

import datetime

from coupa_erp.erp_http.remarks import refuse_if_paid
from coupa_erp.odoo.answers import ERP
from coupa_erp.odoo.documents import Documents
from coupa_erp.odoo.doubles import refuse_double
from coupa_erp.odoo.lookup import ReferenceLookup
from coupa_erp.odoo.withdrawal import Withdrawal
from include.models.bill import Bill


class Foresight:
    """Reads what the real calls would read, and writes nothing.

    :param documents: finds documents.
    :param lookup: finds what bills name.
    :param withdrawal: knows on which day it would reverse.
    """

    def __init__(self, documents: Documents, lookup: ReferenceLookup, withdrawal: Withdrawal) -> None:
        self._documents = documents
        self._lookup = lookup
        self._withdrawal = withdrawal

    def of_entering(self, bill: Bill) -> None:
        """The refusals of creating or amending.

        :raises ErpRejection: with all that the look-ups find, or naming a double or a payment.
        """
        found = self._documents.of_key(bill.key)
        posted = found[0] if found and found[0].posted else None
        if posted is not None:
            if posted.document.fingerprint == bill.fingerprint:
                return
            refuse_if_paid(posted.document, ERP)
        references = self._lookup.of(bill, found[0] if found and found[0].document.live else None)
        refuse_double(self._documents, bill, references, posted)
        if posted is not None and (references.company, bill.kind) == (posted.company, posted.document.kind):
            self._lookup.locks.refuse_change_of(posted)

    def of_void(self, key: str, posting_date: datetime.date | None) -> None:
        """The refusals of voiding.

        :raises ErpRejection: it is paid, or the books are locked on the day of the reversal.
        """
        for document in self._documents.of_key(key):
            if document.posted:
                refuse_if_paid(document.document, ERP)
                self._withdrawal.reversal_day(document, posting_date)
