"""Files on S/4HANA's supplier invoices, over the Attachment Service (``API_CV_ATTACHMENT_SRV``).

The service knows of a file its name, type and size, and nothing that could hold our key; so the name holds
it: ``inv_coupa-4501.pdf``. Whoever has put a file looks again, and of several of one key all but the first
are deleted.
"""

from __future__ import annotations

import re

from coupa_erp.s4hana.transport import ATTACHMENTS, S4HanaTransport
from coupa_erp.s4hana.wire import Row
from include.attachments.attached import KEY
from include.attachments.ports import ErpFile, FileStore
from include.errors import ConfigurationError

#: SAP's business object of a supplier invoice.
_INVOICE = "BUS2081"
_SET = "AttachmentContentSet"
_KEYS = (
    "DocumentInfoRecordDocType",
    "DocumentInfoRecordDocNumber",
    "DocumentInfoRecordDocVersion",
    "DocumentInfoRecordDocPart",
    "LogicalDocument",
    "ArchiveDocumentID",
    "LinkedSAPObjectKey",
    "BusinessObjectTypeName",
)
_NAMED = re.compile(rf"_coupa-({KEY.pattern})(?:\.[A-Za-z0-9]{{1,16}})?$")
#: What a header carries as it is: how SAP reads any other character there is not described.
_NOT_IN_HEADERS = re.compile(r"[^A-Za-z0-9._-]+")


class S4HanaFiles(FileStore):
    """The files of one S/4HANA.

    :param transport: its services.
    """

    def __init__(self, transport: S4HanaTransport) -> None:
        self._transport = transport

    def keys_of(self, erp_id: str) -> set[str]:
        """The keys of the export's files on an invoice; one call."""
        return set(self._ours(erp_id))

    def attach(self, erp_id: str, file: ErpFile) -> None:
        """Attach the file, unless it is there."""
        there = self._ours(erp_id).get(file.key)
        if there is None:
            headers = {
                "Slug": _name_of(file),
                "BusinessObjectTypeName": _INVOICE,
                "LinkedSAPObjectKey": _linked(erp_id),
                "Content-Type": file.media_type,
            }
            self._transport.upload(ATTACHMENTS, _SET, file.content, headers)
            there = self._ours(erp_id).get(file.key, [])
        for double in there[1:]:
            self._transport.delete(_SET, _key(double), etag=None, service=ATTACHMENTS)

    def _ours(self, erp_id: str) -> dict[str, list[Row]]:
        """The files of each key, the oldest first."""
        arguments = {
            "BusinessObjectTypeName": f"'{_INVOICE}'",
            "LinkedSAPObjectKey": f"'{_linked(erp_id)}'",
        }
        found: dict[str, list[Row]] = {}
        rows = self._transport.ask(ATTACHMENTS, "GetAllOriginals", arguments)
        for row in sorted(rows, key=lambda row: [str(row.get("CreationDateTime")), *_values(row)]):
            if named := _NAMED.search(str(row.get("FileName") or "")):
                found.setdefault(named[1], []).append(row)
        return found


def _linked(erp_id: str) -> str:
    """The invoice's number and its year, without anything between them."""
    number, _, year = erp_id.partition("/")
    return number + year


def _name_of(file: ErpFile) -> str:
    stem, dot, ending = file.name.rpartition(".")
    plain, kind = (stem, ending) if dot else (file.name, "")
    kind = _NOT_IN_HEADERS.sub("", kind)[:16]
    return f"{_NOT_IN_HEADERS.sub('_', plain)}_coupa-{file.key}" + (f".{kind}" if kind else "")


def _values(row: Row) -> list[str]:
    try:
        return [str(row[name]) for name in _KEYS]
    except KeyError:
        raise ConfigurationError(
            f"What answers for {ATTACHMENTS} tells of files without their keys: its release does not fit."
        ) from None


def _key(row: Row) -> str:
    quoted = (value.replace("'", "''") for value in _values(row))
    return ",".join(f"{name}='{value}'" for name, value in zip(_KEYS, quoted, strict=True))
