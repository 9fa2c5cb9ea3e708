"""What hangs on an invoice in Coupa: its scan, files, links and notes, as Coupa's answer tells of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from include.attachments.file_names import file_name, last_step
from include.models.bill import Frozen
from include.models.text import storable

Kind = Literal["scan", "file", "link", "note"]

#: A key as it stands in an ERP; no two of one invoice are alike.
KEY = re.compile(r"[a-z0-9-]{1,40}")


class Attached(Frozen):
    """One of them.

    :param attachment_id: Coupa's id; ``None`` for the scan, which has none.
    :param name: what the file is called in the ERP.
    :param words: the address of a link, the text of a note; nothing of theirs is ever opened.
    """

    invoice_id: int
    attachment_id: int | None
    kind: Kind
    name: str
    words: str = ""

    @property
    def key(self) -> str:
        """Tells it from the others of its invoice; the same one has the same key in every attempt.

        The scan has no id in Coupa: another scan in its place is known by another name.
        """
        if self.attachment_id is not None:
            return str(self.attachment_id)
        return f"scan-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"


def attached_of(invoice_id: int, answer: Mapping[str, Any]) -> list[Attached]:
    """Everything that Coupa's answer tells of, the scan first; each once.

    :param answer: ``image-scan``, ``image-scan-file-name``, ``image-scan-url`` and ``attachments``.
    :raises ValueError: it cannot be read.
    """
    told = {str(name).replace("_", "-"): value for name, value in answer.items()}
    found = {one.key: one for one in [*_scans(invoice_id, told), *_files(invoice_id, told)]}
    return list(found.values())


def _scans(invoice_id: int, told: Mapping[str, Any]) -> Iterator[Attached]:
    scan, address = _text(told.get("image-scan")), _text(told.get("image-scan-url"))
    if scan:
        name = file_name(_text(told.get("image-scan-file-name")) or last_step(scan), f"scan-{invoice_id}")
        yield Attached(invoice_id=invoice_id, attachment_id=None, kind="scan", name=name)
    elif address:
        name = f"scan-{invoice_id}-link.txt"
        yield Attached(invoice_id=invoice_id, attachment_id=None, kind="link", name=name, words=address)


def _files(invoice_id: int, told: Mapping[str, Any]) -> Iterator[Attached]:
    listed = told.get("attachments") or []
    if not isinstance(listed, list):
        raise ValueError("attachments is no list")  # noqa: TRY004 - the hook tells of values, not of types
    for raw in listed:
        if not isinstance(raw, dict):
            raise ValueError("an attachment is no object")  # noqa: TRY004
        yield _file(invoice_id, {str(name).replace("_", "-"): value for name, value in raw.items()})


def _file(invoice_id: int, raw: Mapping[str, Any]) -> Attached:
    number = raw.get("id")
    if isinstance(number, bool) or not isinstance(number, int | str):
        raise ValueError("an attachment has no id")  # noqa: TRY004
    attachment_id = int(number)
    kind, words = _kind(raw), ""
    if kind == "file":
        told = _text(raw.get("file-file-name")) or last_step(_text(raw.get("file")))
        name = file_name(told, f"attachment-{attachment_id}")
    else:
        name = f"{kind}-{attachment_id}.txt"
        words = _text(raw.get("url" if kind == "link" else "text"))
    return Attached(invoice_id=invoice_id, attachment_id=attachment_id, kind=kind, name=name, words=words)


def _kind(raw: Mapping[str, Any]) -> Kind:
    """By Coupa's own word for it, else by what it has."""
    said = _text(raw.get("type")).lower()
    for word, kind in (("url", "link"), ("text", "note"), ("file", "file")):
        if word in said:
            return kind  # type: ignore[return-value]
    if _text(raw.get("file")):
        return "file"
    return "link" if _text(raw.get("url")) else "note" if _text(raw.get("text")) else "file"


def _text(value: object) -> str:
    return storable(value).strip() if isinstance(value, str) else ""
