"""Coupa's calls on what hangs on an invoice: the list, and the bytes of each file and of the scan.

The bytes of the sample files are made up: a small PDF or picture that says which file of which invoice it is.
"""

from __future__ import annotations

import mimetypes
import struct
import zlib
from pathlib import PurePosixPath

from include.sandbox.calls import Answer, Call, Json, Refused
from include.sandbox.state import CoupaState

_SCAN = 0
_PIXELS = 8


def list_attachments(state: CoupaState, call: Call, invoice_id: int) -> Answer:
    """``GET /api/invoices/{id}/attachments``: what is attached, without the bytes."""
    return Answer(state.invoices.demand(invoice_id).get("attachments") or [], "attachment")


def read_attachment(state: CoupaState, call: Call, invoice_id: int, attachment_id: int) -> Answer:
    """``GET /api/invoices/{id}/attachments/{aid}``: the bytes of a file; a link or a note as it is listed.

    :raises Refused: 404, there is no such invoice, or nothing of this id hangs on it.
    """
    invoice = state.invoices.demand(invoice_id)
    for one in invoice.get("attachments") or []:
        if one["id"] == attachment_id:
            if one.get("type") != "file":
                return Answer(one, "attachment")
            return _file(state, invoice, attachment_id, one["file"])
    raise Refused(404, {"error": f"Couldn't find Attachment with 'id'={attachment_id}"})


def read_scan(state: CoupaState, call: Call, invoice_id: int) -> Answer:
    """``GET /api/invoices/{id}/retrieve_image_scan``: the bytes of the scan.

    :raises Refused: 404, there is no such invoice, or it has no scan.
    """
    invoice = state.invoices.demand(invoice_id)
    if not invoice.get("image-scan"):
        raise Refused(404, {"error": "Image scan not found"})
    return _file(state, invoice, _SCAN, invoice["image-scan"])


def _file(state: CoupaState, invoice: Json, attachment_id: int, path: str) -> Answer:
    name = PurePosixPath(path).name
    content = state.file_contents.get((invoice["id"], attachment_id))
    if content is None:
        content = sample_file(name, f"{name} of invoice {invoice.get('invoice-number')}")
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Answer(content, "file", media_type=media_type)


def sample_file(name: str, says: str) -> bytes:
    """A small file of the kind that its name promises.

    :param says: what a reader of it sees, where it can be read.
    """
    match PurePosixPath(name).suffix.lower():
        case ".pdf":
            return _pdf(says)
        case ".png":
            return _png()
    return f"{says}\n".encode()


def _pdf(says: str) -> bytes:
    shown = says.encode("latin-1", "replace").replace(b"\\", b"\\\\")
    shown = shown.replace(b"(", b"\\(").replace(b")", b"\\)")
    stream = b"BT /F1 14 Tf 40 780 Td (" + shown + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (table, len(body))
    )


def _png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", _PIXELS, _PIXELS, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + b"\xc0" * _PIXELS for _ in range(_PIXELS))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
