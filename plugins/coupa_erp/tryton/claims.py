"""The claim on a key: at most one draft of a key may be posted, and PostgreSQL decides which.

Tryton has no unique field on a bill that could hold our key. It has ``ir.model.data``, its register of
external ids, with a unique index on (``module``, ``fs_id``). While a document of a key is being entered,
one row there names the one draft that may be posted::

    module    account_invoice        (the table has a foreign key to the installed modules)
    fs_id     coupa-export:<key>     unique with the module: the second of two inserts is refused
    model     account.invoice
    db_id     the draft
    noupdate  true                   so Tryton treats the bill as anybody's record, never as its own XML

The rules that make it a guarantee:

- A draft is posted only while a claim names it, and only after the documents of its key were read *after* the
  claim was seen: whatever was posted before the claim is visible then.
- A claim is released only once its draft is posted, cancelled or deleted. So nobody who still holds an old
  view can post a second one: the button posts nothing but a draft.
- A draft is never edited. New content is a new draft; the old one is deleted, which Tryton refuses once it is
  posted.
- Nobody waits for a claim: who meets another's claim finishes its draft (posting twice posts once) or, where
  the content differs, deletes it and starts anew. A crash at any place leaves what the next attempt finishes.
"""

from __future__ import annotations

from dataclasses import dataclass

from coupa_erp.tryton.transport import TrytonTransport
from include.errors import ErpRejection

_REGISTER = "ir.model.data"
_MODULE = "account_invoice"
_MODEL = "account.invoice"


@dataclass(frozen=True)
class Claim:
    """A row of the register.

    :param draft: the id of the claimed draft; ``None`` where it was deleted since.
    """

    id: int
    draft: int | None


class Claims:
    """Takes, finds and releases claims.

    :param transport: the database.
    """

    def __init__(self, transport: TrytonTransport) -> None:
        self._transport = transport

    def find(self, key: str) -> Claim | None:
        """The claim on a key, whoever took it."""
        rows = self._transport.search(
            _REGISTER, [["module", "=", _MODULE], ["fs_id", "=", _name(key)]], ["db_id"]
        )
        return Claim(rows[0]["id"], rows[0]["db_id"]) if rows else None

    def take(self, key: str, draft: int) -> Claim | None:
        """Claim a key for a draft; ``None`` where another draft has it, or had it a moment ago."""
        try:
            row = self._transport.create(
                _REGISTER,
                {"module": _MODULE, "fs_id": _name(key), "model": _MODEL, "db_id": draft, "noupdate": True},
            )
        except ErpRejection:
            # Which constraint refused is told only in the user's language; the register knows.
            taken = self.find(key)
            return taken if taken is not None and taken.draft == draft else None
        return Claim(row, draft)

    def release(self, claim: Claim) -> None:
        """Give a claim up; one that is gone already is fine."""
        self._transport.delete(_REGISTER, claim.id)


def _name(key: str) -> str:
    return f"coupa-export:{key}"
