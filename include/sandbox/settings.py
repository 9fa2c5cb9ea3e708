"""How this Coupa instance is set up: what an administrator, or Coupa Support, would have decided."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCOPES = ("core.invoice.read", "core.invoice.write", "core.integration.read", "core.integration.write")

#: API filters as made in Coupa's Setup: the object that each is for, and the fields that it lets through.
API_FILTERS: dict[str, tuple[str, str]] = {
    "invoice_labels": ("InvoiceHeader", '["id","invoice-number","status","exported","updated-at"]'),
    "invoices_to_erp": (
        "InvoiceHeader",
        (
            '["id","invoice-number","invoice-date","status","document-type","is-credit-note","exported",'
            '"last-exported-at","updated-at","lock-version-key","gross-total","total-with-taxes","tax-amount",'
            '"line-level-taxation","net-due-date","original-invoice-number","handling-amount","misc-amount",'
            '"shipping-amount","discount-amount","amount-of-advance-payment","advance-payment-received-amount",'
            '"tax-rate",{"tax-code":["id","code","percentage"]},"customer-accounting-tax",'
            '"withholding-tax-override",{"supplier-remit-to":["id","remit-to-code"]},{"currency":["id","code","decimals"]},'
            '{"payment-term":["id","code"]},{"supplier":["id","name","number"]},{"supplier-site":["id","code"]},'
            '{"remit-to-address":["id","remit-to-code"]},{"account-type":["id","name"]},"tax-lines",'
            '"withholding-tax-lines","invoice-charges","invoice-lines",{"custom_fields":{}}]'
        ),
    ),
    #: The one that bites when an administrator makes it the silent default: no totals, no lines.
    "invoices_without_amounts": ("InvoiceHeader", '["id","invoice-number","status",{"supplier":["name"]}]'),
    "record_outcome": ("IntegrationHistoryRecord", '["id","document-id","status","resolved"]'),
}


class Settings(BaseModel):
    """Everything that can be changed while the sandbox runs (``PATCH /_sandbox/settings``).

    :param reset_mark_on_ui_edit: Coupa Support's "Reset Invoice last exported at for every change".
    :param create_method: the verb that creates records: ``POST`` by Swagger, ``PUT`` by article, ``both``.
    :param refused_verb_status: what the other verb is answered: 404 or 405.
    :param resolve_answers_array: answer resolve and unresolve with an array of one, as the article shows.
    :param limiter: whether requests are limited at all.
    :param requests_per_second: served at once in any second.
    :param burst_queue: further requests that wait for their turn; beyond them 429.
    :param retry_after: how a 429 says when to come back.
    :param default_filter: an API filter that is applied silently to its object where a call names none.
    :param enforce_all_invoice_validations: "Enforce all invoice validations on invoice update": an update is
        refused while an account of the invoice is inactive, or where it touches a field that is not editable.
    :param non_editable_custom_fields: custom fields that this setting protects.
    :param refuse_custom_field_writes: every write of a custom field is refused, whatever the invoice.
    :param custom_fields_not_taken: custom fields whose new values are answered with 200 and not kept.
    :param custom_fields: custom fields of the invoice header, beside those that invoices were loaded with.
    :param token_lifetime_seconds: the life of tokens issued from now on.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    reset_mark_on_ui_edit: bool = True
    create_method: Literal["POST", "PUT", "both"] = "POST"
    refused_verb_status: Literal[404, 405] = 404
    resolve_answers_array: bool = False
    limiter: bool = True
    requests_per_second: int = Field(default=25, ge=1)
    burst_queue: int = Field(default=20, ge=0)
    retry_after: Literal["seconds", "date", "absent"] = "seconds"
    default_filter: str | None = None
    enforce_all_invoice_validations: bool = False
    non_editable_custom_fields: list[str] = Field(default_factory=list)
    refuse_custom_field_writes: bool = False
    custom_fields_not_taken: list[str] = Field(default_factory=list)
    custom_fields: list[str] = Field(
        default_factory=lambda: ["cf-erp-invoice-number", "cf-integration-status", "cf-project", "cf-gl-note"]
    )
    token_lifetime_seconds: int = 86399


class Client(BaseModel):
    """The OAuth2 client that an administrator made in Coupa's Setup, and what it was granted."""

    client_id: str
    client_secret: str = Field(repr=False)
    granted_scopes: tuple[str, ...] = SCOPES
