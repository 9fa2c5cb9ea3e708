"""What goes along with a posting: the invoice's scan and files, where a setting says so."""

from __future__ import annotations

from include.export.ports import Ports
from include.models.invoice import CoupaInvoice
from include.models.outcome import Verdict


def carry_files(ports: Ports, invoice: CoupaInvoice, verdict: Verdict) -> Verdict:
    """The verdict once the files are in the ERP; a file that is not is a note of it, never a failure.

    :param invoice: as Coupa showed it.
    :param verdict: what stands in the ERP.
    """
    if ports.largest_file is None or ports.rehearsal:
        return verdict
    from include.attachments.carrying import with_files  # noqa: PLC0415 - most have no use for it

    return with_files(ports, invoice, verdict, largest=ports.largest_file)
