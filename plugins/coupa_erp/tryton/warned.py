"""Tryton's warnings: each has a name, and skipping one means writing that name down for one's own user.

Never ``_skip_warnings``, which silences all. Source: ``res.user.warning`` of Tryton 8.2.
"""

from __future__ import annotations

import hashlib

from coupa_erp.tryton.answers import Forbidden
from coupa_erp.tryton.transport import TrytonTransport
from include.errors import ConfigurationError


def similar_bill(invoice: int) -> str:
    """The name of the warning that a bill is similar to another one."""
    # Tryton's own naming, no protection of anything.
    digest = hashlib.md5(f"account.invoice,{invoice}".encode(), usedforsecurity=False).hexdigest()
    return f"{digest}.invoice_similar"


def cancel_in_closed_period(move: int) -> str:
    """The name of the warning that a cancellation in a closed period is dated today."""
    return f"account.move,{move}.cancel"


def skip(transport: TrytonTransport, name: str) -> None:
    """Let the next call of this user pass one named warning; Tryton forgets it with that call.

    :param transport: the database.
    :param name: the warning's name.
    """
    try:
        transport.call("res.user.warning", "skip", {"name": name})
    except Forbidden:
        raise ConfigurationError(
            "The user of Tryton's application key may not pass warnings: give a group of that user read, "
            "write, create and delete on the model User Warning (res.user.warning)."
        ) from None
