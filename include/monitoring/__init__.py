"""How much of Coupa's integration monitoring is used: the three options of its article, as one setting.

The business speaks of runs, history records, integration errors and alerts, as option 3 has them. At the
other levels a port stands before Coupa that says the same with less: :mod:`~include.monitoring.history` with
history records alone, :mod:`~include.monitoring.custom_field` with a status text on the invoice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.options import Monitoring

_INVOICES = "core.invoice.read core.invoice.write"

#: The OAuth2 scopes that each level needs.
SCOPES: dict[Monitoring, str] = {
    "runs": f"{_INVOICES} core.integration.read core.integration.write",
    "history": f"{_INVOICES} core.integration.read core.integration.write",
    "custom_field": _INVOICES,
}


def in_coupa(run_id: int | None) -> int | None:
    """The id of a run as Coupa has it; ``None`` for a run that has a number of ours only, or none.

    :param run_id: as the tasks hand it on.
    """
    return run_id if run_id is not None and run_id > 0 else None
