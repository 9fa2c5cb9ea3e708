"""After posting: what hangs on the invoice in Coupa goes onto its document in the ERP, each file once.

Nothing here changes what became of the invoice. Whatever fails is told in the log and in the notes of the
verdict, which Coupa shows with the success, and is tried again when the invoice is exported again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import monotonic

from include.attachments.attached import Attached
from include.attachments.ports import ErpFile, FileStore, NotAttachable
from include.errors import ErpRejection, ExportError, TransientError
from include.export.ports import Ports
from include.models.invoice import CoupaInvoice
from include.models.outcome import NOT_ATTACHED, Message, Verdict
from include.models.text import clean

log = logging.getLogger(__name__)

#: So many files are named one by one; what fails for all of them has one cause.
_MOST_NAMED = 5
_LONGEST_REASON = 300
_REMEDY = (
    "Attach it in the ERP by hand, or mend the cause and export the invoice again: clear its square in "
    "Airflow, or start a run with its id"
)
_AGAIN = 2


@dataclass(frozen=True)
class _Target:
    """One document, and how far its files may go.

    :param until: of the monotonic clock.
    """

    ports: Ports
    store: FileStore
    erp_id: str
    largest: int
    until: float


def with_files(ports: Ports, invoice: CoupaInvoice, verdict: Verdict, *, largest: int) -> Verdict:
    """The verdict once the invoice's files are in the ERP, with a note for each that is not.

    :param invoice: as Coupa showed it.
    :param verdict: what stands in the ERP.
    :param largest: bytes of a file that goes along.
    """
    if verdict.erp_id is None or not invoice.may_have_files:
        return verdict
    try:
        store, listed = ports.erp.files(), ports.coupa.list_attached(invoice.id)
        there = store.keys_of(verdict.erp_id) if listed else set()
    except Exception as fault:  # noqa: BLE001 - the posting stands, whatever a file meets
        failed = [("its scan and files", _why(fault))]
    else:
        until = monotonic() + ports.file_seconds
        target = _Target(ports, store, verdict.erp_id, largest, until)
        missing = [one for one in listed if one.key not in there]
        failed = _attach_all(target, missing)
        if missing:
            done = len(missing) - len(failed)
            log.info("%s: %s of %s files attached.", verdict.facts.invoice_number, done, len(missing))
    notes = _notes(failed, verdict.erp_number, ports.erp.erp_name)
    for note in notes:
        log.warning("%s: %s", verdict.facts.invoice_number, note.text.removeprefix("Header: "))
    return verdict.model_copy(update={"notes": [*verdict.notes, *notes]}) if notes else verdict


def _attach_all(target: _Target, missing: list[Attached]) -> list[tuple[str, str]]:
    """Attach them; what failed for the moment once more, after the others.

    :return: the name of each that is not attached, and why.
    """
    failed: dict[str, tuple[str, str]] = {}
    for _ in range(_AGAIN):
        again = []
        for one in missing:
            if monotonic() >= target.until:
                failed.setdefault(one.key, (one.name, "there was no time left for it"))
                continue
            try:
                _attach(target, one)
            except Exception as fault:  # noqa: BLE001 - as above
                failed[one.key] = (one.name, _why(fault))
                if isinstance(fault, TransientError):
                    again.append(one)
            else:
                failed.pop(one.key, None)
        missing = again
    return list(failed.values())


def _attach(target: _Target, one: Attached) -> None:
    """One file, whose bytes are in memory only here."""
    if one.kind in ("link", "note"):
        content = one.words.encode()
        if len(content) > target.largest:
            raise NotAttachable(f"it has more than {_told(target.largest)}")
    else:
        content = target.ports.coupa.fetch_file(one, target.largest)
    if not content:
        raise NotAttachable("it is empty in Coupa")
    target.store.attach(target.erp_id, ErpFile.of(one, content))


def _told(size: int) -> str:
    return f"{size / (1 << 20):g} MB"


def _why(fault: Exception) -> str:
    """The reason as the end of a sentence."""
    if isinstance(fault, ErpRejection):
        if any(refusal.code == "TOO_LARGE" for refusal in fault.refusals):
            return "the ERP takes no request of its size"
        said = "; ".join(refusal.message for refusal in fault.refusals)
    elif isinstance(fault, ExportError):
        said = str(fault)
    else:
        log.exception("An error of the export's own; please report it.")
        said = f"an error of the export's own ({type(fault).__name__}), please report it"
    return clean(said, _LONGEST_REASON).rstrip(".")


def _notes(failed: list[tuple[str, str]], number: str | None, erp_name: str) -> list[Message]:
    told = [
        Message(
            code=NOT_ATTACHED,
            text=f"Header: Not attached to {erp_name}'s document {number}: {name}, because {why}. {_REMEDY}.",
        )
        for name, why in failed[:_MOST_NAMED]
    ]
    if more := failed[_MOST_NAMED:]:
        names = clean(", ".join(name for name, _ in more), _LONGEST_REASON)
        told.append(
            Message(code=NOT_ATTACHED, text=f"Header: Not attached either, {len(more)} more: {names}.")
        )
    return told
