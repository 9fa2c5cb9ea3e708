"""The scan and the files of an invoice: what there is, and the bytes of each."""

from __future__ import annotations

import json

from coupa_erp.coupa.answers import one
from coupa_erp.coupa.failures import BeyondBounds
from coupa_erp.coupa.transport import Call, CoupaTransport
from include.attachments.attached import Attached, attached_of
from include.attachments.ports import NotAttachable
from include.errors import TransientError

INVOICES = "/api/invoices"

#: An API filter does not shape this call: the export's own need not know of files.
_FIELDS = json.dumps(
    [
        "id",
        "image-scan",
        "image-scan-file-name",
        "image-scan-url",
        {"attachments": ["id", "type", "file", "file-file-name", "url", "text"]},
    ],
    separators=(",", ":"),
)
_PAGE_ENDINGS = (".html", ".htm", ".xhtml", ".mht", ".mhtml")
_DESCRIPTIONS = (b"<attachment>", b"<invoice-header>")
_READ_FOR_DESCRIPTION = 65_536


class Files:
    """The files of one instance's invoices.

    :param transport: sends.
    """

    def __init__(self, transport: CoupaTransport) -> None:
        self._transport = transport

    def of_invoice(self, invoice_id: int) -> list[Attached]:
        """What hangs on the invoice, its scan first."""
        call = Call("GET", f"{INVOICES}/{invoice_id}", {"fields": _FIELDS})
        raw = one(self._transport.repeat(call).content, str(call))
        try:
            return attached_of(invoice_id, raw)
        except ValueError:
            pass  # told below, without the fault: it quotes what was answered
        raise TransientError(f"{call}: what Coupa tells of the invoice's files cannot be read.")

    def fetch(self, attached: Attached, largest: int) -> bytes:
        """The bytes of a scan or a file.

        :raises NotAttachable: there are more, or what comes is a page or a description in their place.
        """
        where = (
            "retrieve_image_scan"
            if attached.attachment_id is None
            else f"attachments/{attached.attachment_id}"
        )
        try:
            content, media_type = self._transport.fetch(
                Call("GET", f"{INVOICES}/{attached.invoice_id}/{where}"), largest
            )
        except BeyondBounds as much:
            raise NotAttachable(f"it has {much.how}") from None
        if "html" in media_type and not attached.name.lower().endswith(_PAGE_ENDINGS):
            raise NotAttachable("what answers for Coupa sends a web page in the place of the file")
        if _is_description(content, attached):
            raise NotAttachable("Coupa answers with a description of it and not with its bytes")
        return content


def _is_description(content: bytes, attached: Attached) -> bool:
    """Whether this is the object about the file, as Coupa's Swagger has it, and not the file.

    Coupa's reference has the bytes come from this address, its Swagger the object.
    """
    beginning = content[:_READ_FOR_DESCRIPTION].lstrip()
    if any(element in beginning[:500] for element in _DESCRIPTIONS):
        return True
    if not beginning.startswith(b"{") or len(content) > _READ_FOR_DESCRIPTION:
        return False
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return False
    told = {str(name).replace("_", "-"): value for name, value in said.items()}
    of_whom = attached.invoice_id if attached.attachment_id is None else attached.attachment_id
    return told.get("id") == of_whom and bool({"file", "image-scan", "created-at"} & told.keys())
