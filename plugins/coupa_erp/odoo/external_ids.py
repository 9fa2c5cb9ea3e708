"""External ids: Odoo's own unique names of records, and how the export makes at most one document a key.

``account.move.load`` creates a document and its external id in one transaction. The ids stand in
``ir.model.data`` with a unique index on (``module``, ``name``), so PostgreSQL decides a race: whoever loses
is told "could not serialize", and finds the winner's document when it tries again. Odoo removes the id with
its record. No screen for accountants shows or changes it, and a duplicated bill does not inherit it::

    coupa_export.<key>!1               the document of a key
    coupa_export.<key>!2               the next one, once the first is cancelled or reversed
    coupa_export.<key>!1!reversal1     the credit note that reverses it

``load`` is called with ``mode: update`` and ``noupdate``: what is there already is not touched by it. An
external id goes to nothing but a new record: with another record's ``.id`` beside it Odoo makes a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from coupa_erp.odoo.answers import UnknownExternalId
from coupa_erp.odoo.transport import OdooTransport
from include.errors import ConfigurationError

MODULE = "coupa_export"
_DOCUMENT = re.compile(rf"^{MODULE}\.([^!]+)!(\d+)$")


def document_name(key: str, generation: int) -> str:
    """The external id of a key's document, without the module."""
    return f"{quote(key, safe='')}!{generation}"


def reversal_name(key: str, generation: int, attempt: int) -> str:
    """The external id of the credit note that reverses it."""
    return f"{document_name(key, generation)}!reversal{attempt}"


def key_of(names: Iterable[str]) -> tuple[str, int] | None:
    """The key and generation that a record's external ids say; ``None`` where the record is not ours."""
    for name in names:
        if found := _DOCUMENT.match(name):
            return unquote(found.group(1)), int(found.group(2))
    return None


def find(transport: OdooTransport, name: str) -> int | None:
    """The record of an external id.

    Odoo answers an unknown one with an error, and notes that in its log; its accountants may not read the
    register itself.
    """
    try:
        found = transport.call(
            "ir.model.data", "check_object_reference", reads=True, module=MODULE, xml_id=name
        )
    except UnknownExternalId:
        return None
    if not isinstance(found, list) or len(found) != 2:
        raise ConfigurationError("What answers for Odoo's external ids is not Odoo.")
    return int(found[1]) if found[1] else None
