"""``post_to_erp``: what becomes of one invoice in the ERP, by its status and what stands there already.

======== =================================== ====================================================
Coupa    the ERP has it                      done
======== =================================== ====================================================
approved no                                  create and post
approved yes, as last sent                   nothing; its number is the answer
approved yes, changed in Coupa, unpaid       amend; one live document remains
approved yes, changed in Coupa, paid         reject: a person must decide
voided   yes, unpaid                         cancel or reverse, as the ERP does it
voided   yes, paid                           reject: a person must decide
voided   no                                  nothing; a success
======== =================================== ====================================================
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from include.erp_port import ErpDocument, ErpPort
from include.errors import ErpRejection, Refusal
from include.export.claim import facts_of
from include.mapping.bill import map_invoice
from include.mapping.dates import reversal_date
from include.mapping.settings import Mapping
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice
from include.models.outcome import Verdict
from include.scope import CoupaScope


def deliver(
    invoice: CoupaInvoice,
    scope: CoupaScope,
    mapping: Mapping,
    open_erp: Callable[[], ErpPort],
    *,
    today: datetime.date,
    attempt: str,
) -> Verdict:
    """Bring the ERP to what Coupa shows, once, whatever was done before.

    :param invoice: as the mark's answer, or a later read, shows it.
    :param scope: the connection's settings.
    :param mapping: the mapping settings.
    :param open_erp: the ERP, opened only once the mapping has accepted the invoice.
    :param today: the date of the posting policy ``today``.
    :param attempt: tells this outcome from an earlier one with the same content.
    :return: what stands in the ERP now.
    :raises ErpRejection: by a rule of the mapping, of this table or of the ERP.
    """
    facts = facts_of(invoice, scope)
    key = scope.key(invoice.id)
    if invoice.status == "voided":
        erp = open_erp()
        current = erp.find_by_key(key)
        if current is None or not current.live:
            return Verdict(facts=facts, action="nothing_to_void", attempt=attempt)
        _refuse_if_paid(current, erp, "VOIDED_AFTER_PAYMENT", "was voided in Coupa")
        voided = erp.void(current, reversal_date(invoice, mapping, today))
        return Verdict(facts=facts, action="voided", erp_number=voided.number, attempt=attempt)

    bill = map_invoice(invoice, mapping, key, today)
    erp = open_erp()
    _refuse_beyond_limits(bill, erp)
    current = erp.find_by_key(key)
    if current is not None and current.live and current.state != "draft":
        if current.fingerprint == bill.fingerprint:
            return Verdict(
                facts=facts,
                action="unchanged",
                erp_number=current.number,
                fingerprint=bill.fingerprint,
                remark=_changed_in_erp(bill, current, erp),
                attempt=attempt,
            )
        _refuse_if_paid(current, erp, "CHANGED_AFTER_PAYMENT", "was changed in Coupa")
        _refuse_double(bill, erp)
        document, action = erp.amend(bill, current), "amended"
    else:
        _refuse_double(bill, erp)
        document, action = erp.create(bill), "created"
    return Verdict.model_validate(
        {
            "facts": facts,
            "action": action,
            "erp_number": document.number,
            "fingerprint": bill.fingerprint,
            "attempt": attempt,
        }
    )


def _refuse_if_paid(current: ErpDocument, erp: ErpPort, code: str, what: str) -> None:
    if current.touched_by_payment:
        raise ErpRejection(
            Refusal(
                code,
                f"The invoice {what}, but {erp.erp_name} has paid {current.paid_amount} {current.currency} "
                f"of document {current.number}. Nothing was changed in {erp.erp_name}: decide there what "
                "becomes of the payment, then correct the document by hand.",
            )
        )


def _refuse_double(bill: Bill, erp: ErpPort) -> None:
    """A live document of the same supplier and number that is not ours would be paid twice."""
    for other in erp.find_by_supplier_number(bill.company, bill.supplier, bill.number):
        if other.key != bill.key:
            raise ErpRejection(
                Refusal(
                    "ALREADY_IN_ERP",
                    f"{erp.erp_name} already holds invoice {bill.number} of supplier {bill.supplier} as "
                    f"document {other.number or other.erp_id}, "
                    + (f"entered for {other.key}. " if other.key else "not entered by this export. ")
                    + "If it is the same invoice, void one of the two; if not, correct the invoice number.",
                )
            )


def _refuse_beyond_limits(bill: Bill, erp: ErpPort) -> None:
    longest = erp.limits.number_length
    if longest is not None and len(bill.number) > longest:
        raise ErpRejection(
            Refusal(
                "NUMBER_TOO_LONG",
                f"Invoice number {bill.number} has {len(bill.number)} characters; {erp.erp_name} holds "
                f"{longest}. Shorten the number in Coupa.",
            )
        )


def _changed_in_erp(bill: Bill, current: ErpDocument, erp: ErpPort) -> str | None:
    """What accountants changed in the ERP since is reported, never overwritten."""
    if (current.total, current.tax, current.currency) == (bill.total, bill.tax, bill.currency):
        return None
    return (
        f"Changed in {erp.erp_name} since it was sent: document {current.number} shows {current.total} "
        f"{current.currency} with tax {current.tax}, Coupa {bill.total} {bill.currency} with tax {bill.tax}."
    )
