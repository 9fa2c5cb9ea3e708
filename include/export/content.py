"""What Coupa shows of an invoice, as short names that tell one state from another."""

from __future__ import annotations

import hashlib
import json

from include.models.invoice import CoupaInvoice, InvoiceLabel
from include.scope import CoupaScope

#: What moves without anybody changing the invoice: the export's own mark, payments, counters.
_MOVES_BY_ITSELF = frozenset(
    {"exported", "last-exported-at", "updated-at", "lock-version-key"}
    | {"paid", "payments", "payment-date", "amount-due", "amount-due-less-discount"}
    # Files are carried beside the document; whether Coupa was asked for them is a setting.
    | {"attachments", "image-scan", "image-scan-url"}
    # Who approved it when is no content: records written before it was read must still be told by theirs.
    | {"current-integration-history-records", "custom-fields", "absent", "approvals"}
)


def content_of(invoice: CoupaInvoice, scope: CoupaScope) -> str:
    """Twelve digits that change with anything that a person could change in Coupa.

    The mapping has no part in it: a setting that was changed must not look like an edit of every invoice.

    :param invoice: as Coupa showed it.
    :param scope: names the custom fields that the export itself writes.
    """
    ours = {_plain(scope.erp_number_field), _plain(scope.status_field)}
    dumped = invoice.model_dump(mode="json", by_alias=True, exclude_none=True)
    shown = {name: value for name, value in dumped.items() if _plain(name) not in ours | _MOVES_BY_ITSELF}
    shown["custom-fields"] = {
        name: value
        for name, value in invoice.custom_fields.items()
        if _plain(name) not in ours and value not in (None, "", {}, [])
    }
    return _digits(json.dumps(shown, sort_keys=True, default=str), 12)


def version_of(label: InvoiceLabel) -> str | None:
    """Eight digits that change with every write to the invoice, the export's own among them.

    :param label: an invoice, or its line of a listing.
    :return: ``None`` where Coupa does not say when it was changed.
    """
    if label.updated_at is None:
        return None
    return _digits(f"{label.updated_at}/{label.lock_version_key}", 8)


def _plain(name: str) -> str:
    return name.replace("_", "-")


def _digits(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
