"""What carrying payments back asks of both systems, beside the ports of the export."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import ClassVar, Protocol, runtime_checkable

from include.models.bill import Frozen
from include.payments.invoice import PaidInvoice, PaymentDraft
from include.scope import CoupaScope


class ErpPayment(Frozen):
    """What settled a part of a document in the ERP.

    :param payment_id: the ERP's own id; the same payment has the same one in every look.
    :param amount: in the document's currency, positive where it settles, for a credit note, too.
    :param date: the day on which the ERP has it.
    :param reference: by which a person finds it in the ERP.
    """

    payment_id: str
    amount: Decimal
    date: datetime.date
    reference: str | None = None


class DocumentPayments(Frozen):
    """The document that counts for a key, and all that has settled it so far.

    :param key: the business key.
    :param number: the ERP's document number.
    :param settled: whether nothing of it is left to pay.
    """

    key: str
    number: str | None
    currency: str
    settled: bool
    payments: tuple[ErpPayment, ...] = ()


@runtime_checkable
class PaymentSource(Protocol):
    """An ERP hook that can tell payments."""

    erp_name: ClassVar[str]

    def list_payments(
        self, key_prefix: str, first: datetime.date, last: datetime.date
    ) -> Iterator[DocumentPayments]:
        """Documents of our keys that were entered, changed, paid or unpaid in a window, by key.

        Each with every payment that it has now, also those from before the window; a cancelled document,
        where no live one took its place, has none.

        :param key_prefix: what the keys begin with.
        :param first: the first day (UTC).
        :param last: the last day, included.
        :raises TransientError: a repeat may go through.
        :raises ConfigurationError: an operator must mend the connection or its rights.
        """


class PaymentsInCoupa(Protocol):
    """Coupa's invoices as far as they tell of payments."""

    @property
    def scope(self) -> CoupaScope:
        """The business settings of the connection."""

    def read_paid_invoices(self, invoice_ids: Iterable[int]) -> Iterator[PaidInvoice]:
        """What some invoices say of their payments, fifty a call; one that is not in Coupa is left out."""

    def record_payments(
        self,
        invoice: PaidInvoice,
        drafts: Iterable[PaymentDraft],
        *,
        paid: bool,
        payment_date: datetime.date | None,
    ) -> PaidInvoice:
        """Add payments to an invoice and say whether it is paid; the answer is the invoice as it stands then.

        :param invoice: as just read.
        :param drafts: what is added; the payments that stand there stay.
        :raises RefusedByCoupa: also where Coupa answered well and did not take them.
        """
