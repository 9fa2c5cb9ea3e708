"""Files on Tryton's bills: records of ``ir.attachment``, which know their file by its key in the description.

Tryton has no unique field for that, and lets no REST application delete an attachment. So of two processes
only the one may put a file that has a row in ``ir.model.data`` for it, as with bills
(:mod:`coupa_erp.tryton.claims`): the register's unique index decides. The row is taken away once the file is
there. One that stays longer than any request takes is a dead process's, and is taken over.
"""

from __future__ import annotations

import base64
import random
import time

from coupa_erp.tryton.documents import INVOICE
from coupa_erp.tryton.transport import TrytonTransport
from include.attachments.ports import ErpFile, FileStore, key_in
from include.errors import ErpRejection, ExportError, OutcomeUnknown

ATTACHMENT = "ir.attachment"
_REGISTER = "ir.model.data"
_MODULE = "account_invoice"  # the register names installed modules only
#: So many bytes take Tryton as long as a line of a bill, and so many seconds at most.
_BYTES_A_LINE = 256 * 1024
_SECONDS_A_LINE = 0.3
_LOOK_SECONDS = 0.5


class TrytonFiles(FileStore):
    """The files of one database.

    :param transport: the database.
    """

    def __init__(self, transport: TrytonTransport) -> None:
        self._transport = transport
        # In the place of a record's id, below zero: no record has it.
        self._owner = -random.randrange(1, 2**31)  # noqa: S311 - tells processes apart, guards no secret

    def keys_of(self, erp_id: str) -> set[str]:
        """The keys of the export's files on a bill; one call."""
        rows = self._transport.search(
            ATTACHMENT, [["resource", "=", f"{INVOICE},{int(erp_id)}"]], ["description"]
        )
        return {key for row in rows if (key := key_in(row["description"])) is not None}

    def attach(self, erp_id: str, file: ErpFile) -> None:
        """Attach the file, unless it is there, or comes while another process attaches it."""
        if file.key in self.keys_of(erp_id):
            return
        claim = self._claim(erp_id, file)
        if claim is None:
            return
        try:
            if file.key not in self.keys_of(erp_id):
                self._put(erp_id, file)
        except OutcomeUnknown:
            raise  # it may be on its way still: whoever comes next waits as long as that can take
        except ExportError:
            self._transport.delete(_REGISTER, claim)
            raise
        self._transport.delete(_REGISTER, claim)

    def _put(self, erp_id: str, file: ErpFile) -> None:
        self._transport.create(
            ATTACHMENT,
            {
                "resource": f"{INVOICE},{int(erp_id)}",
                "type": "data",
                "name": file.name,
                "description": f"From Coupa\n{file.mark}",
                "data": {"__class__": "bytes", "base64": base64.b64encode(file.content).decode()},
            },
            lines=_lines(file),
        )

    def _claim(self, erp_id: str, file: ErpFile) -> int | None:
        """The row that lets this process put the file; ``None`` where another has put it meanwhile."""
        patience = self._transport.settings.extra.timeout_seconds + _lines(file) * _SECONDS_A_LINE
        until = time.monotonic() + patience
        name = f"coupa-export:file:{erp_id}/{file.key}"
        while True:
            try:
                return self._transport.create(
                    _REGISTER,
                    {"module": _MODULE, "fs_id": name, "model": ATTACHMENT, "db_id": self._owner,
                     "noupdate": True},
                )  # fmt: skip
            except ErpRejection:
                # Which constraint refused is told only in the user's language; the register knows.
                rows = self._transport.search(
                    _REGISTER, [["module", "=", _MODULE], ["fs_id", "=", name]], ["db_id"]
                )
                if not rows and time.monotonic() >= until:
                    raise
            if rows and rows[0]["db_id"] == self._owner:
                return int(rows[0]["id"])
            if file.key in self.keys_of(erp_id):
                return None
            if rows and time.monotonic() >= until:
                self._transport.delete(_REGISTER, rows[0]["id"])
                until = time.monotonic() + patience
            else:
                time.sleep(random.uniform(0, _LOOK_SECONDS))  # noqa: S311 - jitter, no secret


def _lines(file: ErpFile) -> int:
    """How many lines of a bill take Tryton as long."""
    return len(file.content) // _BYTES_A_LINE
