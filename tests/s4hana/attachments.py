"""The stand-in's Attachment Service: files on supplier invoices, by the service's description.

How a file is created, listed and deleted is in SAP's documentation of ``API_CV_ATTACHMENT_SRV``: a media
entity whose name and object travel as headers, a function import that lists, and a key of eight parts.
"""

from __future__ import annotations

import datetime
import itertools
import re
import threading
from collections.abc import Mapping

from tests.s4hana.definition import ATTACHMENT
from tests.s4hana.ledger import Absent, Ledger
from tests.s4hana.odata import Row, Wrong, literal

_INVOICE = "BUS2081"
_KEYS = [name for name, field in ATTACHMENT.items() if field.key]


class Attachments:
    """Files of one S/4HANA.

    :param ledger: knows the invoices.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.rows: list[Row] = []
        self.contents: dict[str, bytes] = {}

    def create(self, headers: Mapping[str, str], content: bytes) -> Row:
        """A file, as its headers name it."""
        name, linked = headers.get("Slug", ""), headers.get("LinkedSAPObjectKey", "")
        if not re.fullmatch(r"[!-~]{1,255}", name):
            raise Wrong("Slug has to name the file, in characters that a header carries")
        if not headers.get("Content-Type"):
            raise Wrong("Content-Type has to name the type of the file")
        self._known(headers.get("BusinessObjectTypeName", ""), linked)
        return self.keep(linked, name, headers["Content-Type"], content)

    def keep(self, linked: str, name: str, media_type: str, content: bytes) -> Row:
        """The same without a check, as when a person attaches it."""
        with self._lock:
            number = next(self._numbers)
            row: Row = {
                **dict.fromkeys(ATTACHMENT, ""),
                "DocumentInfoRecordDocType": "SAT",
                "DocumentInfoRecordDocNumber": f"{number:025}",
                "DocumentInfoRecordDocVersion": "00",
                "DocumentInfoRecordDocPart": "000",
                "LogicalDocument": f"{number:032X}",
                "ArchiveDocumentID": f"{number:040X}",
                "LinkedSAPObjectKey": linked,
                "BusinessObjectTypeName": _INVOICE,
                "FileName": name,
                "FileSize": str(len(content)),
                "MimeType": media_type,
                "CreatedByUser": "COUPA_EXPORT",
                "CreationDateTime": datetime.datetime(2026, 3, 5, tzinfo=datetime.UTC).date(),
            }
            assert all(
                len(str(row[name])) <= field.length or not field.length for name, field in ATTACHMENT.items()
            )
            self.rows.append(row)
            self.contents[row["ArchiveDocumentID"]] = content
            return row

    def originals(self, query: Mapping[str, str]) -> list[Row]:
        """``GetAllOriginals``."""
        if set(query) != {"BusinessObjectTypeName", "LinkedSAPObjectKey"}:
            raise Wrong("Malformed call of GetAllOriginals")
        kind, linked = (literal(query[name]) for name in ("BusinessObjectTypeName", "LinkedSAPObjectKey"))
        self._known(kind, linked)
        with self._lock:
            return [row for row in self.rows if row["LinkedSAPObjectKey"] == linked]

    def delete(self, key: str) -> None:
        """Take one away, by the eight parts of its key."""
        with self._lock:
            self.rows.remove(self._of_key(key))

    def content(self, key: str) -> tuple[bytes, str]:
        """The bytes of one, and their type."""
        with self._lock:
            row = self._of_key(key)
            return self.contents[row["ArchiveDocumentID"]], row["MimeType"]

    def of(self, linked: str) -> list[tuple[str, bytes]]:
        """Name and bytes of every file of an invoice."""
        return [
            (row["FileName"], self.contents[row["ArchiveDocumentID"]])
            for row in self.rows
            if row["LinkedSAPObjectKey"] == linked
        ]

    def _of_key(self, key: str) -> Row:
        parts = dict(re.findall(r"(\w+)='((?:[^']|'')*)'", key))
        if list(parts) != _KEYS:
            raise Wrong(f"Invalid key predicate ({key})")
        found = [row for row in self.rows if all(row[name] == parts[name] for name in _KEYS)]
        if not found:
            raise Absent
        return found[0]

    def _known(self, kind: str, linked: str) -> None:
        if kind != _INVOICE or not re.fullmatch(r"\w{10}\d{4}", linked):
            raise Wrong(f"Business object {kind} {linked} does not exist")
        with self._ledger.lock:
            self._ledger.find(linked[:10], linked[10:])
