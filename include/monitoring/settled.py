"""What tells that an exported invoice is settled, where no record of the present level does.

Levels may be changed: what was exported before the change has its outcome as that level wrote it.
"""

from __future__ import annotations

from include.export.content import content_of
from include.export.ports import Ports
from include.export.recording import verdict_of
from include.export.records import RESTING
from include.models.invoice import CoupaInvoice
from include.monitoring.status_text import StatusText


def is_settled_without_records(ports: Ports, invoice: CoupaInvoice) -> bool:
    """Whether the status text of an earlier level, or the ERP itself, tells what became of the invoice.

    At the level ``custom_field`` number and text are written at once: a number without a text is of a time
    before that level, and the ERP tells the rest.

    :param invoice: exported, approved or voided, as Coupa shows it now.
    """
    scope = ports.coupa.scope
    text = StatusText.read(invoice.custom_field(scope.status_field))
    number = invoice.custom_field(scope.erp_number_field)
    if text is None:
        return ports.monitoring == "custom_field" and bool(number) and _erp_holds(ports, invoice, number)
    if ports.monitoring == "custom_field" or text.resolved or text.content != content_of(invoice, scope):
        return False
    return text.outcome in RESTING if text.is_error else _erp_holds(ports, invoice, number)


def _erp_holds(ports: Ports, invoice: CoupaInvoice, number: object) -> bool:
    verdict = verdict_of(ports, invoice, attempt="")
    return verdict is not None and (invoice.status == "voided" or verdict.erp_number == number)
