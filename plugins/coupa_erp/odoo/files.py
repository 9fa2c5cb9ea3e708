"""Files on Odoo's bills: records of ``ir.attachment``, which know their file by its key in the description.

An import with an external id, as bills have it, does not serve: before 19 Odoo's import cannot read the field
``res_id``. So whoever has put a file looks again, and of several of one key all but the first are deleted:
whichever of two processes commits later sees both.
"""

from __future__ import annotations

import base64
import hashlib
import logging

from coupa_erp.odoo.answers import NotInOdoo
from coupa_erp.odoo.documents import MOVE
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.transport import OdooTransport, Row
from include.attachments.ports import ErpFile, FileStore, NotAttachable, key_in
from include.errors import ErpRejection, ExportError, TransientError

log = logging.getLogger(__name__)

ATTACHMENT = "ir.attachment"
#: So many bytes take Odoo as long as a line of a bill.
_BYTES_A_LINE = 512 * 1024
#: Odoo makes large pictures smaller, and worse, unless it is asked not to.
_AS_IT_IS = {"image_no_postprocess": True}


class OdooFiles(FileStore):
    """The files of one database.

    :param transport: the database.
    :param names: knows the companies.
    """

    def __init__(self, transport: OdooTransport, names: Names) -> None:
        self._transport, self._names = transport, names
        self._companies: dict[int, int] = {}

    def keys_of(self, erp_id: str) -> set[str]:
        """The keys of the export's files on a bill."""
        return set(self._ours(int(erp_id)))

    def attach(self, erp_id: str, file: ErpFile) -> None:
        """Attach the file, unless it is there."""
        bill = int(erp_id)
        there = self._ours(bill).get(file.key, [])
        if not there:
            self._put(bill, file)
            there = self._ours(bill).get(file.key, [])
        for double in there[1:]:
            self._remove(bill, double["id"])
        if not there:
            raise TransientError(f"Odoo took the file {file.name} and does not show it.")
        if there[0]["checksum"] != hashlib.sha1(file.content, usedforsecurity=False).hexdigest():
            self._remove(bill, there[0]["id"])
            raise NotAttachable("Odoo stored other bytes than it was sent; they were taken away again")
        if file.is_scan:
            self._show_beside(bill, there[0]["id"])

    def _put(self, bill: int, file: ErpFile) -> None:
        values = {
            "res_model": MOVE,
            "res_id": bill,
            "type": "binary",
            "name": file.name,
            "mimetype": file.media_type,
            "description": f"From Coupa ({file.mark})",
            "datas": base64.b64encode(file.content).decode(),
        }
        self._transport.call(
            ATTACHMENT,
            "create",
            company=self._company(bill),
            context=_AS_IT_IS,
            lines=len(file.content) // _BYTES_A_LINE,
            vals_list=[values],
        )

    def _remove(self, bill: int, attachment: int) -> None:
        """Delete an attachment; an Odoo that audits its bills may keep it, and a person sees it there."""
        try:
            self._transport.call(ATTACHMENT, "unlink", [attachment], company=self._company(bill))
        except NotInOdoo:
            pass  # another process was quicker
        except ErpRejection as refused:
            log.warning("Odoo keeps attachment %s of bill %s: %s", attachment, bill, refused)

    def _show_beside(self, bill: int, attachment: int) -> None:
        """Let Odoo show the scan beside the bill, unless a person chose another file; best effort."""
        try:
            self._transport.call(
                ATTACHMENT,
                "register_as_main_attachment",
                [attachment],
                company=self._company(bill),
                force=False,
            )
        except ExportError as refused:
            log.info("Odoo does not show the scan beside bill %s: %s", bill, refused)

    def _company(self, bill: int) -> int:
        if bill not in self._companies:
            rows = self._transport.search(MOVE, [["id", "=", bill]], ["company_id"], companies=self._all)
            if not rows:
                raise TransientError(f"Odoo's bill {bill} was deleted meanwhile.")
            self._companies[bill] = int(rows[0]["company_id"][0])
        return self._companies[bill]

    @property
    def _all(self) -> list[int]:
        return list(self._names.companies)

    def _ours(self, bill: int) -> dict[str, list[Row]]:
        """The attachments of each key, the first one first."""
        rows = self._transport.search(
            ATTACHMENT,
            [["res_model", "=", MOVE], ["res_id", "=", bill]],
            ["description", "checksum"],
            companies=self._all,
            order="id",
        )
        found: dict[str, list[Row]] = {}
        for row in rows:
            if key := key_in(row["description"]):
                found.setdefault(key, []).append(row)
        return found
