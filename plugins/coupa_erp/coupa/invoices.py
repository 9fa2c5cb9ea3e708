"""Invoices: listed, claimed, given back, read whole, and their custom fields written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from coupa_erp.coupa import fields
from coupa_erp.coupa.answers import one
from coupa_erp.coupa.connection import CoupaSettings
from coupa_erp.coupa.failures import BeyondBounds
from coupa_erp.coupa.paging import pages
from coupa_erp.coupa.reading import read_as, read_invoice, require_custom_fields, require_exported
from coupa_erp.coupa.transport import Call, CoupaTransport
from include.errors import ErpRejection, Refusal
from include.models.invoice import CoupaInvoice, InvoiceLabel

PATH = "/api/invoices"


def answer_of(settings: CoupaSettings, *, attachments: bool) -> dict[str, str]:
    """The parameter that says what an invoice's answer carries.

    :param settings: they may name an API filter of Coupa's, which then says it.
    :param attachments: whether to ask if anything is attached, too.
    """
    named = settings.calls.api_filter
    if named:
        return {"filter": named}
    return {"fields": fields.invoice(settings.business.older_custom_fields, attachments=attachments)}


class Invoices:
    """The invoices of one instance.

    :param transport: sends.
    :param settings: the validated connection.
    :param attachments: whether to ask of each if anything is attached to it.
    """

    def __init__(self, transport: CoupaTransport, settings: CoupaSettings, *, attachments: bool) -> None:
        self._transport = transport
        self._settings = settings
        self._answer = answer_of(settings, attachments=attachments)

    def labels(self, query: Mapping[str, str], after_id: int) -> Iterator[InvoiceLabel]:
        """Ids and a few labels, page after page, as they are consumed.

        :param after_id: only ids above this one.
        """
        listed = pages(
            lambda page: self._transport.listing(PATH, page, fields.LABEL).objects, query, after_id=after_id
        )
        for raw in listed:
            yield read_as(InvoiceLabel, raw, f"GET {PATH}", fields.LABEL_NEEDS)

    def each(self, query: Mapping[str, str]) -> Iterator[CoupaInvoice]:
        """Whole invoices, page after page, as they are consumed."""
        for raw in pages(lambda page: self._transport.listing(PATH, page, self._answer).objects, query):
            yield self._whole(raw, f"GET {PATH}")

    def mark(self, invoice_id: int) -> CoupaInvoice:
        """Set the export mark.

        :raises RefusedByCoupa: also where Coupa answered well and did not set it.
        """
        call = Call("PUT", f"{PATH}/{invoice_id}", {"exported": "true", **self._answer})
        return require_exported(self._one(call), True, str(call))

    def unmark(self, invoice_id: int) -> CoupaInvoice:
        """Take the export mark away.

        :raises RefusedByCoupa: also where Coupa answered well and kept it.
        """
        call = Call("PUT", f"{PATH}/{invoice_id}", {"exported": "false", "fields": fields.LABEL})
        return require_exported(self._one(call), False, str(call))

    def read(self, invoice_id: int) -> CoupaInvoice:
        """The invoice as it stands now."""
        return self._one(Call("GET", f"{PATH}/{invoice_id}", self._answer))

    def write_custom_fields(self, invoice_id: int, values: Mapping[str, Any]) -> CoupaInvoice:
        """Write custom fields of the header.

        :raises RefusedByCoupa: also where Coupa answered well and did not take the values.
        """
        call = Call("PUT", f"{PATH}/{invoice_id}", self._answer, {"custom-fields": dict(values)})
        return require_custom_fields(self._one(call), values, str(call))

    def _one(self, call: Call) -> CoupaInvoice:
        try:
            raw = one(self._transport.repeat(call).content, str(call))
        except BeyondBounds as much:
            how = much.how
        else:
            return self._whole(raw, str(call))
        raise ErpRejection(
            Refusal(
                "INVOICE_TOO_LARGE",
                f"Coupa's answer for this invoice is {how}, which the export does not read: split the "
                "invoice in Coupa, or enter it by hand.",
            )
        )

    def _whole(self, raw: dict[str, Any], call: str) -> CoupaInvoice:
        filtered = bool(self._settings.calls.api_filter)
        return read_invoice(raw, call, self._settings.business.named_custom_fields, filtered=filtered)
