"""Why a difference stands: acknowledged, waiting, under an open error, another system's, or unexplained."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from include.coupa_port import CoupaPort
from include.export.records import RESTING, RecordName
from include.models.records import IntegrationRecord
from include.reconciliation.acknowledged import Acknowledgement
from include.reconciliation.differences import Difference, Kind
from include.reconciliation.expected import Expected
from include.reconciliation.report import Finding
from include.reconciliation.sides import Sides

#: What an open error accounts for: a person was told that the ERP does not hold what Coupa shows. It accounts
#: neither for two documents nor for what was done in the ERP.
_TOLD_BY_AN_ERROR: frozenset[Kind] = frozenset(
    {"orphan", "not_taken", "amounts_differ", "void_but_live", "number_missing"}
)


@dataclass(frozen=True)
class Patience:
    """How long the export may take.

    :param now: the present, with its zone.
    :param waiting: how long an invoice that is not exported may wait.
    :param void: how long a void may be on its way: a void keeps the export mark.
    """

    now: datetime.datetime
    waiting: datetime.timedelta
    void: datetime.timedelta


def explain(
    coupa: CoupaPort,
    sides: Sides,
    differences: Iterable[Difference],
    acknowledged: Iterable[Acknowledgement],
    patience: Patience,
) -> list[Finding]:
    """What is known about each difference.

    :param coupa: asked for open errors of what is not explained otherwise.
    :param sides: what the differences were found in.
    :param acknowledged: what people have acknowledged.
    :param patience: how long the export may take.
    """
    entries = list(acknowledged)
    found: list[Finding] = []
    asked: list[Difference] = []
    for difference in differences:
        entry = next((entry for entry in entries if entry.covers(difference)), None)
        because = _waits(difference, sides.coupa.get(difference.key), patience)
        if entry is not None:
            found.append(Finding(difference=difference, standing="acknowledged", because=entry.reason))
        elif because is not None:
            found.append(Finding(difference=difference, standing="waiting", because=because))
        else:
            asked.append(difference)
    ids = [one.invoice_id for one in asked if one.invoice_id and one.kind in _TOLD_BY_AN_ERROR]
    errors = coupa.find_open_integration_errors(ids) if ids else {}
    found += [_by_records(coupa, sides, one, errors.get(one.invoice_id or 0, [])) for one in asked]
    return found


def _waits(difference: Difference, coupa: Expected | None, patience: Patience) -> str | None:
    if coupa is None or coupa.updated_at is None:
        return None
    waited = patience.now - coupa.updated_at
    since = f"Changed in Coupa at {coupa.updated_at.isoformat()}"
    if coupa.approved and not coupa.exported and waited <= patience.waiting:
        return f"{since} and not taken by a run yet."
    if difference.kind == "void_but_live" and waited <= patience.void:
        return f"{since}: the next run of the export brings it to the ERP."
    return None


def _by_records(
    coupa: CoupaPort, sides: Sides, difference: Difference, errors: list[IntegrationRecord]
) -> Finding:
    if difference.kind in _TOLD_BY_AN_ERROR:
        for error in errors:
            name = RecordName.read(error.external_id, difference.key)
            if name is None or name.outcome in RESTING:
                return Finding(difference=difference, standing="under_open_error", because=_said(error))
    expected = sides.coupa.get(difference.key)
    if (
        difference.kind == "orphan"
        and expected is not None
        and expected.erp_number
        and difference.key not in sides.erp
        and not _is_ours(coupa, expected.id, difference.key)
    ):
        return Finding(
            difference=difference,
            standing="carried_elsewhere",
            because="This export has left no record of it in Coupa.",
        )
    return Finding(difference=difference, standing="unexplained")


def _is_ours(coupa: CoupaPort, invoice_id: int, key: str) -> bool:
    """Whether this export ever wrote a record about the invoice."""
    for find in (coupa.find_history_records, coupa.find_integration_errors):
        if any((one.external_id or "").startswith(f"{key}#") for one in find(invoice_id, resolved=None)):
            return True
    return False


def _said(error: IntegrationRecord) -> str:
    told = [response.response_message or response.response_code or "" for response in error.responses]
    # A status text, where no records are kept, goes by a number of ours.
    where = f"Integration error {error.id}" if error.id > 0 else "Its status in Coupa"
    return f"{where}: {' '.join(' '.join(told).split())[:300]}"
