"""Sentences that every ERP hook of this kind adds to a refusal."""

from __future__ import annotations

from include.erp_port import ErpDocument
from include.errors import ErpRejection, Refusal


def refuse_if_paid(document: ErpDocument, erp: str) -> None:
    """:raises ErpRejection: money moved on the document: a person must decide."""
    if document.touched_by_payment:
        raise ErpRejection(
            Refusal(
                "PAID",
                f"{erp}'s document {document.number} is paid with {document.paid_amount} of {document.total} "
                f"{document.currency} and was left as it is: decide in {erp} what becomes of the payment, "
                "then correct the document by hand.",
            )
        )


def stays_as_it_was(document: ErpDocument, erp: str) -> str:
    """What to add where the document that would be replaced is left alone."""
    return f" Document {document.number} stays in {erp} as it was."


def nothing_stands(cancelled: ErpDocument | None, erp: str) -> str:
    """What to add where the old document is gone and the new one was refused."""
    if cancelled is None:
        return ""
    return f" Document {cancelled.number} had been cancelled for it: nothing stands in {erp}."


def with_remark(refused: ErpRejection, remark: str) -> ErpRejection:
    """The same refusals, each with a further sentence."""
    return ErpRejection(
        *(Refusal(refusal.code, f"{refusal.message}{remark}", refusal.place) for refusal in refused.refusals)
    )
