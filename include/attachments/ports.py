"""What carrying files asks of the ERP, beside the port of the export: an ability that a hook may have."""

from __future__ import annotations

import mimetypes
import re
from abc import ABC, abstractmethod
from typing import Self

from pydantic import Field

from include.attachments.attached import KEY, Attached
from include.errors import ExportError
from include.models.bill import Frozen

_MARK = "coupa-export:"
_MARKED = re.compile(rf"\b{_MARK}({KEY.pattern})")
_UNKNOWN_TYPE = "application/octet-stream"


class NotAttachable(ExportError):
    """A file that no repeat makes one that can be attached: too large, empty, refused by its type.

    :param message: the reason as the end of a sentence, ``it has more than 20 MB``.
    """


class ErpFile(Frozen):
    """A file on its way.

    :param key: by which it is found again on the document; see :attr:`Attached.key`.
    :param name: fit for the ERP.
    :param is_scan: whether it is the invoice itself, as the supplier sent it.
    """

    key: str
    name: str
    media_type: str
    content: bytes = Field(repr=False)
    is_scan: bool = False

    @classmethod
    def of(cls, attached: Attached, content: bytes) -> Self:
        """The file of something that hangs on the invoice.

        :param content: its bytes.
        """
        return cls(
            key=attached.key,
            name=attached.name,
            media_type=mimetypes.guess_type(attached.name)[0] or _UNKNOWN_TYPE,
            content=content,
            is_scan=attached.kind == "scan",
        )

    @property
    def mark(self) -> str:
        """The key in a text field of the ERP, where a person may read it."""
        return f"{_MARK}{self.key}"


def key_in(text: object) -> str | None:
    """The key that a text of the ERP holds; ``None`` for anybody else's file."""
    found = _MARKED.search(text) if isinstance(text, str) else None
    return found[1] if found else None


class FileStore(ABC):
    """The files of an ERP's documents.

    Each method raises what the methods of :class:`~include.erp_port.ErpPort` raise.
    """

    @abstractmethod
    def keys_of(self, erp_id: str) -> set[str]:
        """The keys of the files that the export has attached to a document.

        :param erp_id: the ERP's internal id of the document.
        """

    @abstractmethod
    def attach(self, erp_id: str, file: ErpFile) -> None:
        """Attach one file, unless one of its key hangs there; of two that are put at once one remains.

        :param erp_id: the ERP's internal id of the document, posted or paid.
        :raises NotAttachable: the ERP does not take this one.
        """
