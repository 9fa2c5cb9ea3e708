"""Carry invoices as the export does, and reconcile: over a real sandbox and whatever ERP."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coupa_erp.coupa.hook import CoupaHook
from include.erp_port import ErpDocument, ErpPort
from include.errors import ErpRejection
from include.export.records import RecordName
from include.mapping.bill import map_invoice
from include.mapping.settings import load_mapping
from include.models.records import RecordDraft, Response
from include.reconciliation.acknowledged import Acknowledgement
from include.reconciliation.explaining import Patience
from include.reconciliation.reconcile import reconcile
from include.reconciliation.report import Report
from include.reconciliation.window import Window
from include.sandbox.control import SandboxControl

TODAY = datetime.date(2026, 10, 31)
YEAR = Window(first=datetime.date(2026, 1, 1), last=datetime.date(2026, 12, 31))
NUMBER = "cf-erp-invoice-number"
MAPPING = load_mapping()


@dataclass
class Carrying:
    """Both systems, and what people and the export do with them."""

    coupa: CoupaHook
    erp: ErpPort
    control: SandboxControl
    run_id: int

    def key(self, invoice_id: int) -> str:
        return self.coupa.scope.key(invoice_id)

    def carry(self, *ids: int) -> None:
        """Claim, post, write the number and the record; a refusal becomes an open error."""
        for invoice_id in ids:
            invoice = self.coupa.mark_exported(invoice_id)
            if invoice.status == "voided":
                continue
            try:
                document = self.erp.create(map_invoice(invoice, MAPPING, self.key(invoice_id), TODAY))
            except ErpRejection as refused:
                self.refuse(invoice_id, str(refused))
                continue
            self.tell(invoice_id, document)

    def tell(self, invoice_id: int, document: ErpDocument) -> None:
        """The number and the record of what was posted."""
        self.coupa.write_custom_fields(invoice_id, {NUMBER: document.number})
        self.coupa.create_history_record(
            self._draft(invoice_id, "created", "Success", f"Header: Posted as {document.number}.")
        )

    def refuse(self, invoice_id: int, why: str, outcome: str = "rejected") -> None:
        self.coupa.create_integration_error(self._draft(invoice_id, outcome, "Error", why), alert=False)

    def edit(self, invoice_id: int, **changes: object) -> None:
        """By the API: the mark stays."""
        self.control.edit_in_ui(
            invoice_id, {name.replace("_", "-"): value for name, value in changes.items()}, reset_mark=False
        )

    def lose_number(self, invoice_id: int) -> None:
        self.edit(invoice_id, custom_fields={NUMBER: None})

    def exported(self, invoice_id: int) -> bool:
        return bool(self.control.row("invoices", invoice_id)["exported"])

    def number(self, invoice_id: int) -> str | None:
        fields = self.control.row("invoices", invoice_id)["custom-fields"]
        return fields[NUMBER]  # type: ignore[no-any-return]

    def look(
        self,
        window: Window = YEAR,
        *,
        repair: bool = False,
        acknowledged: Iterable[Acknowledgement] = (),
        waiting_hours: float = 24 * 400,
        void_minutes: float = 0,
        in_flight: Collection[int] = (),
    ) -> Report:
        return reconcile(
            self.coupa,
            self.erp,
            MAPPING,
            window,
            acknowledged=acknowledged,
            in_flight=lambda: in_flight,
            patience=Patience(
                now=datetime.datetime.now(datetime.UTC),
                waiting=datetime.timedelta(hours=waiting_hours),
                void=datetime.timedelta(minutes=void_minutes),
            ),
            repair=repair,
        )

    def _draft(self, invoice_id: int, outcome: str, status: str, message: str) -> RecordDraft:
        name = RecordName(self.key(invoice_id), None, outcome, "1")
        return RecordDraft.model_validate(
            {
                "document_id": invoice_id,
                "contact_alert_type": "Functional",
                "status": status,
                "integration_run_id": self.run_id,
                "external_id": str(name),
                "responses": [Response(response_code=outcome.upper(), response_message=message)],
            }
        )


def kinds(report: Report, standing: str = "unexplained") -> dict[int | None, str]:
    """The kinds of one standing by invoice."""
    return {
        finding.difference.invoice_id: finding.difference.kind
        for finding in report.findings
        if finding.standing == standing
    }
