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

from include.erp_port import ErpDocument, ErpPort
from include.errors import ErpRejection, Refusal
from include.export.claim import facts_of, read_again
from include.export.content import content_of
from include.export.ports import Ports
from include.mapping.bill import map_invoice
from include.mapping.dates import reversal_date
from include.models.bill import Bill
from include.models.invoice import CoupaInvoice
from include.models.outcome import Verdict


def deliver(ports: Ports, invoice: CoupaInvoice, *, attempt: str) -> Verdict:
    """Bring the ERP to what Coupa shows, once, whatever was done before.

    :param invoice: as the mark's answer, or a later read, shows it.
    :param attempt: tells this outcome from an earlier one with the same content.
    :return: what stands in the ERP now.
    :raises ErpRejection: by a rule of the mapping, of this table or of the ERP; no draft of it is left then.
    """
    try:
        return _bring(ports, invoice, attempt)
    except ErpRejection:
        # An attempt that broke off may have left a draft of content that Coupa showed before.
        ports.erp.discard_drafts(ports.coupa.scope.key(invoice.id))
        raise


def _bring(ports: Ports, invoice: CoupaInvoice, attempt: str) -> Verdict:
    facts = facts_of(invoice, ports.coupa.scope)
    key = ports.coupa.scope.key(invoice.id)
    if invoice.status == "voided":
        erp = ports.erp
        current = erp.find_by_key(key)
        if current is None or not current.live:
            if current is not None:
                # An attempt that cancelled it may have broken off before the ERP's orders were told.
                erp.discard_drafts(key)
            return Verdict(facts=facts, action="nothing_to_void", attempt=attempt)
        _refuse_if_paid(current, erp, "VOIDED_AFTER_PAYMENT", "was voided in Coupa")
        voided = erp.void(current, reversal_date(invoice, ports.mapping, ports.today))
        return Verdict(
            facts=facts,
            action="voided",
            erp_number=voided.number,
            document_url=erp.document_url(voided),
            attempt=attempt,
        )

    bill = map_invoice(invoice, ports.mapping, key, ports.today)
    if not invoice.status:
        raise ErpRejection(
            Refusal(
                "STATUS_UNREADABLE",
                "Coupa does not show the status of this invoice, so whether it was approved or voided cannot "
                "be told: ask whoever manages Coupa why its API answers none.",
            )
        )
    erp = ports.erp
    bill = bill.model_copy(update={"against_orders": erp.against_orders})
    _refuse_beyond_limits(bill, erp)
    current = erp.find_by_key(key)
    if current is not None and current.live and current.state != "draft":
        if current.fingerprint in bill.fingerprints:
            return Verdict(
                facts=facts,
                action="unchanged",
                erp_id=current.erp_id,
                erp_number=current.number,
                fingerprint=current.fingerprint,
                document_url=erp.document_url(current),
                remark=_changed_in_erp(bill, current, erp),
                attempt=attempt,
            )
        shown = read_again(ports, invoice.id)
        if content_of(shown, ports.coupa.scope) != facts.content:
            # Another run may have posted a newer state while this one waited: never amend back to an older.
            return _bring(ports, shown, attempt)
        _refuse_if_paid(current, erp, "CHANGED_AFTER_PAYMENT", "was changed in Coupa")
        _refuse_double(bill, erp)
        document, action = erp.amend(bill, current), "amended"
    else:
        _refuse_double(bill, erp)
        document, action = erp.create(bill), "created"
    if document.fingerprint != bill.fingerprint:
        # Another process entered another content between the look and the call: decide anew.
        return _bring(ports, read_again(ports, invoice.id), attempt)
    return Verdict.model_validate(
        {
            "facts": facts,
            "action": action,
            "erp_id": document.erp_id,
            "erp_number": document.number,
            "fingerprint": bill.fingerprint,
            "document_url": erp.document_url(document),
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
                    + (f"entered for {other.key}. " if _is_key(other.key) else "not entered by this export. ")
                    + "If it is the same invoice, void one of the two; if not, correct the invoice number.",
                )
            )


def _is_key(text: str | None) -> bool:
    """Whether a field that may hold anybody's text holds a business key."""
    return text is not None and "/InvoiceHeader/" in text


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
