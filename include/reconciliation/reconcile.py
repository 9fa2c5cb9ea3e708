"""Lay Coupa's invoices beside the ERP's documents, look twice at what differs, explain it, mend it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from include.coupa_port import CoupaPort
from include.erp_port import ErpPort
from include.mapping.settings import Mapping
from include.reconciliation.acknowledged import Acknowledgement
from include.reconciliation.comparison import differences, signed_total
from include.reconciliation.differences import Difference
from include.reconciliation.explaining import Patience, explain
from include.reconciliation.mending import mend
from include.reconciliation.report import Report, totals
from include.reconciliation.sides import Reader, Sides
from include.reconciliation.window import Window


def reconcile(
    coupa: CoupaPort,
    erp: ErpPort,
    mapping: Mapping,
    window: Window,
    *,
    acknowledged: Iterable[Acknowledgement],
    in_flight: Callable[[], Collection[int]],
    patience: Patience,
    repair: bool = False,
) -> Report:
    """Compare a window and do what may be done.

    What differs at first sight is read a second time from both sides by its key, for two reasons. A date that
    somebody edited puts the two sides of one invoice into different windows; and the export may have worked
    on it between the two reads of the first look. What the export holds before or after that is left out.

    :param coupa: the instance.
    :param erp: the ERP.
    :param mapping: the mapping settings.
    :param window: the days.
    :param acknowledged: differences that people have acknowledged; their invoices are looked at wherever
        they lie.
    :param in_flight: asks which of Coupa's ids live runs of the export hold.
    :param patience: how long the export may take.
    :param repair: write missing numbers, too.
    """
    entries = list(acknowledged)
    reader = Reader(coupa, erp, mapping, patience.now.date())
    first = reader.window(window)
    suspects = {key for key in first.keys if _differences(first, key)}
    suspects |= {coupa.scope.key(entry.invoice) for entry in entries}
    held = set(in_flight()) if suspects else set()
    sides = _with(first, suspects, reader.by_key(suspects))
    held |= set(in_flight()) if suspects else set()
    flying = {key for key in suspects if reader.invoice_id(key) in held}
    found = [difference for key in sorted(suspects - flying) for difference in _differences(sides, key)]
    explained = explain(coupa, sides, found, entries, patience)
    return Report(
        erp_name=erp.erp_name,
        window=window,
        looked_at=len(sides.keys),
        agreeing=len(sides.keys) - len(flying) - len({difference.key for difference in found}),
        in_flight=len(flying),
        coupa_totals=totals(
            (one.currency or "-", one.total)
            for key, one in sides.coupa.items()
            if one.approved and key not in flying
        ),
        erp_totals=totals(
            (one.currency, signed_total(one))
            for key, documents in sides.erp.items()
            for one in documents
            if one.live and key not in flying
        ),
        findings=mend(coupa, explained, repair=repair, erp_is_empty=not _any_live(sides)),
        removable=[
            entry
            for entry in entries
            if entry.invoice not in held and not any(entry.covers(one) for one in found)
        ],
    )


def _differences(sides: Sides, key: str) -> list[Difference]:
    return differences(key, sides.coupa.get(key), sides.erp.get(key, []))


def _any_live(sides: Sides) -> bool:
    return any(document.live for documents in sides.erp.values() for document in documents)


def _with(first: Sides, suspects: Collection[str], second: Sides) -> Sides:
    """The first look, with the suspects as the second one shows them."""
    return Sides(
        coupa={key: one for key, one in first.coupa.items() if key not in suspects} | second.coupa,
        erp={key: found for key, found in first.erp.items() if key not in suspects} | second.erp,
    )
