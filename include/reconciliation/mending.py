"""What a reconciliation puts right itself: orphans go back to the export, missing numbers are written."""

from __future__ import annotations

from collections.abc import Iterable

from include.coupa_port import CoupaPort
from include.errors import RefusedByCoupa, TransientError
from include.export.records import RecordName
from include.reconciliation.report import Finding

HELD_BACK = (
    "It was not given back: the ERP holds no document of this Coupa in the window. Look whether erp_default "
    "leads to the right ERP; if it does, start a run of the export for these invoices (invoice_ids)."
)
#: So many orphans may be given back to an ERP in which no document of the window stands.
MOST_INTO_AN_EMPTY_ERP = 10


def mend(coupa: CoupaPort, findings: Iterable[Finding], *, repair: bool, erp_is_empty: bool) -> list[Finding]:
    """Do what may be done about each finding, and say it.

    An orphan is always given back: the export's next run posts it, or refuses it under an error. It stays
    unexplained, for something took it from the export that the export's own sweep did not find. No record is
    written here: the outcome in Coupa is that of the next run. Only where the ERP holds nothing at all is it
    likelier that the connection leads to another ERP than that it lost everything: a person must decide then.

    :param coupa: the instance.
    :param findings: as they were explained.
    :param repair: whether missing numbers are written, too.
    :param erp_is_empty: whether no document of our keys is live in the window.
    :return: the findings with what was done. One that could not be mended now is told and does not stop the
        rest: a repeat of the whole would no longer find what was given back already.
    """
    explained = list(findings)
    orphans = sum(_is_lost(finding) for finding in explained)
    held_back = erp_is_empty and orphans > MOST_INTO_AN_EMPTY_ERP
    return [_mended(coupa, finding, repair=repair, held_back=held_back) for finding in explained]


def _is_lost(finding: Finding) -> bool:
    return finding.difference.kind == "orphan" and finding.standing == "unexplained"


def _mended(coupa: CoupaPort, finding: Finding, *, repair: bool, held_back: bool) -> Finding:
    if _is_lost(finding):
        return _with(finding, HELD_BACK) if held_back else _give_back(coupa, finding)
    mendable = finding.standing in ("unexplained", "under_open_error")
    if finding.difference.kind == "number_missing" and repair and mendable:
        return _write_number(coupa, finding)
    return finding


def _give_back(coupa: CoupaPort, finding: Finding) -> Finding:
    try:
        coupa.unmark_exported(finding.difference.invoice_id or 0)
    except (RefusedByCoupa, TransientError) as refused:
        return _with(finding, f"It could not be given back: {refused}")
    return _with(finding, "It was given back: the next run of the export takes it.")


def _write_number(coupa: CoupaPort, finding: Finding) -> Finding:
    """The number of the one live document.

    A success has a record of its own, tied to a run of the export: where there is none, or an error still
    stands open, the invoice is given back, and the next run writes the record and finds nothing else to do.
    """
    difference, invoice_id = finding.difference, finding.difference.invoice_id or 0
    (number,) = difference.erp_numbers
    try:
        coupa.write_custom_fields(invoice_id, {coupa.scope.erp_number_field: number})
        told = _is_on_record(coupa, invoice_id, difference.key)
        if not told or coupa.find_integration_errors(invoice_id):
            coupa.unmark_exported(invoice_id)
    except (RefusedByCoupa, TransientError) as refused:
        return _with(finding, f"The number could not be written: {refused}")
    return finding.model_copy(
        update={"standing": "mended", "because": f"The number {number} was written into Coupa."}
    )


def _is_on_record(coupa: CoupaPort, invoice_id: int, key: str) -> bool:
    return any(
        RecordName.read(record.external_id, key) is not None and record.status != "Error"
        for record in coupa.find_history_records(invoice_id)
    )


def _with(finding: Finding, told: str) -> Finding:
    return finding.model_copy(update={"because": f"{finding.because} {told}".strip()})
