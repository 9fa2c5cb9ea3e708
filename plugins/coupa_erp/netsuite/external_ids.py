"""Our key as NetSuite's external id, and what else belongs to it.

An external id may hold letters, digits, ``_`` and ``-``, and NetSuite does not promise to tell capitals
from small letters. So whatever else a key holds, capitals among them, is ``_`` and two hexadecimal digits::

    acme/InvoiceHeader/104217        acme_2f_49nvoice_48eader_2f104217
    entered again after a void       …104217_g2, _g3, …
    what a void made                 …104217_v, …104217_g2_v

The spelling can be turned back, and no two keys share one.
"""

from __future__ import annotations

import re

#: So often one invoice may be voided and entered again.
GENERATIONS = 10
_PLAIN = re.compile(r"[a-z0-9-]")
_FORM = re.compile(r"^(?P<key>(?:[a-z0-9-]|_[0-9a-f]{2})+?)(?:_g(?P<generation>\d+))?(?P<void>_v)?$")


def external_id(key: str, generation: int = 1) -> str:
    """The external id of the document of a key.

    :param generation: 1, and one more after each void.
    """
    spelled = "".join(
        sign if _PLAIN.fullmatch(sign) else "".join(f"_{byte:02x}" for byte in sign.encode()) for sign in key
    )
    return spelled + (f"_g{generation}" if generation > 1 else "")


def void_id(document: str) -> str:
    """The external id of what voids a document.

    :param document: the document's own.
    """
    return f"{document}_v"


def is_void(text: str) -> bool:
    """Whether an external id is of what a void made."""
    return text.endswith("_v") and _FORM.match(text) is not None


def all_ids(key: str) -> list[str]:
    """Every external id that documents and voids of a key can have."""
    own = [external_id(key, generation) for generation in range(1, GENERATIONS + 1)]
    return [*own, *(void_id(one) for one in own)]


def generation_of(text: str) -> int:
    """Which document of its key an external id names."""
    found = _FORM.match(text)
    return int(found["generation"] or 1) if found else 1


def key_of(text: str | None) -> str | None:
    """The key of an external id; ``None`` where it is none of ours."""
    found = _FORM.match((text or "").lower())
    if found is None:
        return None
    try:
        key = re.sub(
            r"(?:_[0-9a-f]{2})+", lambda run: bytes.fromhex(run[0].replace("_", "")).decode(), found["key"]
        )
    except ValueError:
        return None
    return key if "/" in key else None


def beginning(prefix: str) -> str:
    """What the external ids begin with of all keys that begin so."""
    return external_id(prefix)
