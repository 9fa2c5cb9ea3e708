"""Names of files, fit for every ERP and for whoever saves one: never a path, never a name that misleads."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from include.models.text import ILLEGIBLE, clean

#: Some file systems hold 255 bytes; an ERP may put something of its own before a name.
LONGEST = 120
_LONGEST_ENDING = 16
_LONGEST_READ = 2000
#: What Windows takes in no name, and what means something to a path or a query.
_NOT_IN_NAMES = re.compile(r'[<>:"|?*%\\/' + ILLEGIBLE + "]+")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def file_name(name: str | None, otherwise: str) -> str:
    r"""The last step of a name, without anything that a file system, a header or an eye trips over.

    :param name: as Coupa has it: ``../../inv.pdf``, ``C:\scans\inv.pdf``, or a name in any script.
    :param otherwise: where nothing is left of it.
    """
    last = re.split(r"[/\\]", (name or "")[-_LONGEST_READ:])[-1]
    plain = _NOT_IN_NAMES.sub("_", clean(last, _LONGEST_READ)).strip(" .")
    if not plain.strip("_"):
        return otherwise
    if _DEVICE.match(plain):
        plain = f"_{plain}"
    if len(plain) <= LONGEST:
        return plain
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        return plain[:LONGEST].rstrip(" .")
    return f"{stem[: LONGEST - len(ending) - 1].rstrip(' .')}.{ending}"


def last_step(path: str | None) -> str | None:
    """The name at the end of a path or an address, whose query may be a signature.

    :param path: ``/attachments/4501/inv.pdf``, ``https://files.example.com/inv%20.pdf?X-Amz-Signature=…``.
    """
    try:
        return unquote(urlsplit(path or "").path).rpartition("/")[2] or None
    except ValueError:
        return None
