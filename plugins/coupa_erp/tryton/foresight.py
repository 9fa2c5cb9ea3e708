"""What Tryton would refuse, told by reading alone: for a dry run.

The codes of a bill are looked up as they are before it is entered. What Tryton checks when it posts is read
here and told in Tryton's own sentences, in the order in which Tryton comes to it: the period, the currency's
rate, whether period and journal are open. What no reading tells: a number's sequence that is missing, a tax
identifier that is not valid, a limit of one of Tryton's own fields, and whatever other modules check.
"""

from __future__ import annotations

import datetime
from typing import NoReturn

from coupa_erp.erp_http.remarks import refuse_if_paid, stays_as_it_was, with_remark
from coupa_erp.tryton.answers import ERP, code_of, useful
from coupa_erp.tryton.documents import Documents, Found
from coupa_erp.tryton.lookup import ReferenceLookup
from coupa_erp.tryton.reads import TrytonReads
from coupa_erp.tryton.references import References
from coupa_erp.tryton.wire import Row
from coupa_erp.tryton.withdrawal import kept_in_closed_period
from include.errors import ErpRejection, Refusal
from include.models.bill import Bill


class Foresight:
    """Foresees what entering and cancelling would meet.

    :param reads: the database.
    :param documents: finds documents.
    :param lookup: finds what bills name.
    """

    def __init__(self, reads: TrytonReads, documents: Documents, lookup: ReferenceLookup) -> None:
        self._reads = reads
        self._documents = documents
        self._lookup = lookup

    def of_entering(self, bill: Bill, *, replaces: bool) -> None:
        """Foresee how the bill is created, or takes the place of what is posted under its key.

        :raises ErpRejection: as creating or amending it would.
        """
        old = next(iter(self._posted(bill.key)), None) if replaces else None
        if old is not None:
            refuse_if_paid(old.document, ERP)
        references = self._lookup.of(bill)
        try:
            self._of_posting(bill, references)
            if old is not None:
                self._of_cancelling(old, None)
        except ErpRejection as refused:
            raise with_remark(refused, stays_as_it_was(old.document, ERP) if old else "") from refused

    def of_void(self, key: str, posting_date: datetime.date | None) -> None:
        """Foresee how what is posted under a key is cancelled.

        :raises ErpRejection: as cancelling it would.
        """
        for document in self._posted(key):
            refuse_if_paid(document.document, ERP)
            self._of_cancelling(document, posting_date)

    def _posted(self, key: str) -> list[Found]:
        return [document for document in self._documents.of_key(key) if document.posted]

    def _of_posting(self, bill: Bill, found: References) -> None:
        period = self._period(found.company, found.posting_date)
        self._require_rates(bill, found)
        self._require_open(found.company, found.posting_date, period)
        closed = self._reads.search(
            "account.journal.period",
            [["journal", "=", found.journal], ["period", "=", period["id"]], ["state", "=", "closed"]],
            ["rec_name"],
            company=found.company,
            limit=1,
        )
        if closed:
            _refuse(f'You cannot add/modify/delete lines on closed journal-period "{closed[0]["rec_name"]}".')

    def _of_cancelling(self, posted: Found, posting_date: datetime.date | None) -> None:
        if posted.move is None:
            return
        moves = self._reads.search(
            "account.move", [["id", "=", posted.move]], ["period.state"], company=posted.company
        )
        if not moves or moves[0]["period"]["state"] == "open":
            return
        if posting_date is not None and posting_date == posted.document.posting_date:
            raise ErpRejection(kept_in_closed_period(posted, posting_date))
        today = datetime.datetime.now(datetime.UTC).date()
        self._require_open(posted.company, today, self._period(posted.company, today))

    def _period(self, company: int, day: datetime.date) -> Row:
        found = self._reads.search(
            "account.period",
            [
                ["start_date", "<=", day],
                ["end_date", ">=", day],
                ["company", "=", company],
                ["type", "=", "standard"],
            ],
            ["state", "rec_name"],
            company=company,
            order=[("start_date", "DESC")],
            limit=1,
        )
        if not found:
            _refuse(
                f'To continue, you must create a period for the date "{_dated(day)}" and company '
                f'"{self._company_name(company)}".'
            )
        return found[0]

    def _require_open(self, company: int, day: datetime.date, period: Row) -> None:
        if period["state"] != "open":
            _refuse(
                f'To continue, you must reopen the period "{period["rec_name"]}" of company '
                f'"{self._company_name(company)}" for the date "{_dated(day)}".'
            )

    def _require_rates(self, bill: Bill, found: References) -> None:
        """A bill in another currency than the company's is computed at the rates of its date."""
        (company,) = self._reads.search("company.company", [["id", "=", found.company]], ["currency"])
        if company["currency"] == found.currency:
            return
        for currency in (found.currency, company["currency"]):
            day = bill.invoice_date
            rates = self._reads.search(
                "currency.currency.rate",
                [["currency", "=", currency], ["date", "<=", day]],
                ["id"],
                limit=1,
            )
            if not rates:
                (named,) = self._reads.search("currency.currency", [["id", "=", currency]], ["name"])
                _refuse(f'No rate found for currency "{named["name"]}" on "{_dated(day)}".')

    def _company_name(self, company: int) -> str:
        (found,) = self._reads.search("company.company", [["id", "=", company]], ["rec_name"])
        return str(found["rec_name"])


def _refuse(sentence: str) -> NoReturn:
    """Refuse in Tryton's sentence, read as an answer of Tryton's is read."""
    raise ErpRejection(Refusal(code_of(sentence), useful(sentence)))


def _dated(day: datetime.date) -> str:
    """As Tryton's English writes a date."""
    return f"{day:%m/%d/%Y}"
