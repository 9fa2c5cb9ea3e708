"""Coupa's integration records: runs, history records, errors, and what we write into them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ContactAlertType = Literal["Technical", "Functional", "Both"]
RecordStatus = Literal["Success", "Error"]

DOCUMENT_TYPE = "InvoiceHeader"


def hyphenated(name: str) -> str:
    """Coupa's spelling of a field: ``response_code`` is ``response-code``."""
    return name.replace("_", "-")


class CoupaModel(BaseModel):
    """Read from Coupa by its hyphenated names; what we do not use is left aside."""

    model_config = ConfigDict(alias_generator=hyphenated, populate_by_name=True, frozen=True, extra="ignore")


class Response(CoupaModel):
    """One message of a record.

    :param response_code: at most 255 characters, for filters in Coupa.
    :param response_message: for an accountant: ``Line 1: Cost center CA234 is closed for invoicing``.
    """

    response_code: str | None = None
    response_message: str | None = None


class IntegrationRun(CoupaModel):
    """One run as Coupa monitors it; ``status`` is free text and never branched on."""

    id: int
    status: str | None = None
    total_records: int | None = None
    records_processed: int | None = None
    start_time: str | None = None
    end_time: str | None = None
    created_at: str | None = None


class IntegrationRecord(CoupaModel):
    """A history record or an integration error: both have the same fields in Coupa."""

    id: int
    document_type: str | None = None
    document_id: int | None = None
    document_status: str | None = None
    contact_alert_type: str | None = None
    status: str | None = None
    resolved: bool | None = None
    external_id: str | None = None
    integration_run_id: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    responses: list[Response] = Field(default_factory=list)


class RecordDraft(CoupaModel):
    """A history record or an integration error, before Coupa has it.

    :param document_id: the invoice's id; ``None`` where the record is about the run itself.
    :param document_status: the invoice's status in Coupa.
    :param integration_run_id: the run that it belongs to; ``None`` where no runs are kept.
    :param external_id: our own name for this outcome, so that a repeat finds it.
    """

    document_id: int | None = None
    document_status: str | None = None
    contact_alert_type: ContactAlertType
    status: RecordStatus
    integration_run_id: int | None = None
    external_id: str = Field(max_length=255)
    responses: list[Response] = Field(min_length=1)

    def body(self) -> dict[str, Any]:
        """The fields that history records and errors share, as Coupa's JSON."""
        body: dict[str, Any] = {"document-type": DOCUMENT_TYPE} if self.document_id is not None else {}
        body.update(self.model_dump(by_alias=True, exclude_none=True, exclude={"integration_run_id"}))
        return body
