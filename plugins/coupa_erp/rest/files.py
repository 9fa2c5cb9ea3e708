"""Files on the documents of an API, by the section ``files`` of its settings."""

from __future__ import annotations

import base64

from coupa_erp.rest.api import Files
from coupa_erp.rest.exchange import Exchange
from coupa_erp.rest.line import Overtaken
from coupa_erp.rest.templates import at
from include.attachments.ports import ErpFile, FileStore
from include.errors import ConfigurationError


class RestFiles(FileStore):
    """The files of one API.

    :param exchange: makes its calls.
    :param files: the section.
    """

    def __init__(self, exchange: Exchange, files: Files) -> None:
        self._exchange, self._files = exchange, files

    def keys_of(self, erp_id: str) -> set[str]:
        """The keys of the export's files on a document, page by page."""
        listed, keys = self._files.listed, set()
        for row in self._exchange.rows("files.listed", listed, {"id": erp_id}):
            key = at(row, listed.key)
            if key is not None and not isinstance(key, str):
                raise ConfigurationError(f"files.listed.key expects a text at {listed.key}.")
            keys.add(key or "")
        return keys - {""}

    def attach(self, erp_id: str, file: ErpFile) -> None:
        """Attach the file; the other side does so once for its Idempotency-Key."""
        if file.key in self.keys_of(erp_id):
            return
        values = {
            "id": erp_id,
            "file_key": file.key,
            "file_name": file.name,
            "media_type": file.media_type,
            "content": base64.b64encode(file.content).decode(),
        }
        once = f"{erp_id}#file#{file.key}"
        try:
            self._exchange.write("files.add", self._files.add, values, once=once, over=None)
        except Overtaken:
            if file.key not in self.keys_of(erp_id):
                raise
