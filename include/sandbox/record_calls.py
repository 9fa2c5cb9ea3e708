"""Coupa's calls on integration history records and integration errors: alike in all but what they require."""

from __future__ import annotations

from typing import Any

from include.sandbox.calls import Answer, Call, Json, Refused, invalid
from include.sandbox.fields import selection_of, shown
from include.sandbox.run_calls import find_integration
from include.sandbox.schema import attribute
from include.sandbox.state import MAILBOXES, CoupaState
from include.sandbox.tables import Table

ALERT_TYPES = ("Technical", "Functional", "Both")
REQUIRED = {
    "history": ("contact-alert-type", "document-id", "document-type"),
    "errors": ("contact-alert-type", "integration-run"),
}
DOCUMENT_TYPES = (
    "ContingentWorkOrderHeader|ExternalOrderHeader|OrderHeader|InventoryTransaction|InvoiceHeader|ExpenseReport|"
    "RequisitionHeader|Account|Supplier|User|Address|RemitToAddress|Contract|ExchangeRate|Invoice|Requisition|"
    "Payment|ApprovalChain|LookupValue|Item|SupplierInformation|Asn::Header|AccountValidationRule|"
    "Payables::External::Payable|Charge|Payables::Invoice|Payables::Expense|CoupaPay::Payment|"
    "CoupaPay::Statement|ReceiptRequest|InventoryRequestHeader"
)
TEXTS = ("status", "document-status", "external-id", "creation-method", "integration-filename")


def create_record(state: CoupaState, call: Call, table: Table, *, alert: bool) -> Answer:
    """``POST /api/integration_errors`` and ``/integration_history_records``, also with ``/create_alert``.

    Coupa's article has ``PUT`` here, its Swagger ``POST``: the settings say which one this instance knows.

    :raises Refused: the other verb; a required key missing; a value that is too long or not of its kind; a
        document or a run that does not exist.
    """
    if state.settings.create_method not in (call.method, "both"):
        allowed = {"Allow": f"GET, {state.settings.create_method}"}
        raise Refused(
            state.settings.refused_verb_status, {"error": f"No route matches {call.method}"}, allowed
        )
    selection_of(call, table.definition, state.settings)
    body = call.body()
    errors = {name: ["can't be blank"] for name in REQUIRED[table.kind] if body.get(name) in (None, "", {})}
    if errors:
        raise Refused(400, {"errors": errors})
    values = _checked(state, table, body)
    run_id = values.get("integration-run-id")
    record = table.add(
        {
            "document-type": None,
            "document-id": None,
            "document-status": None,
            "status": None,
            "external-id": None,
            "integration-run-id": None,
            "resolved": False,
            "responses": [],
            **values,
            **state.stamps(),
        }
    )
    if run_id is not None:
        run = state.runs.demand(run_id)
        run["records-processed"] = (run["records-processed"] or 0) + 1
        state.runs.save(run)
    if alert:
        _alert(state, table, record)
    return _answer(state, call, table, record, status=201)


def read_record(state: CoupaState, call: Call, table: Table, record_id: int) -> Answer:
    """``GET /api/integration_errors/{id}``."""
    return _answer(state, call, table, table.demand(record_id))


def update_record(state: CoupaState, call: Call, table: Table, record_id: int) -> Answer:
    """``PUT /api/integration_errors/{id}``."""
    selection_of(call, table.definition, state.settings)
    record = table.demand(record_id)
    record.update(_checked(state, table, {**call.body(), "document-id": record["document-id"]}))
    state.touch(record)
    return _answer(state, call, table, table.save(record))


def resolve_record(state: CoupaState, call: Call, table: Table, record_id: int, *, resolved: bool) -> Answer:
    """``PUT /api/integration_errors/{id}/resolve`` and ``/unresolve``; a repeat changes nothing."""
    selection_of(call, table.definition, state.settings)
    record = table.demand(record_id)
    if not call.keep_values and record["resolved"] != resolved:
        record["resolved"] = resolved
        state.touch(record)
        table.save(record)
    answer = _answer(state, call, table, record)
    if state.settings.resolve_answers_array:
        answer.value = [answer.value]
    return answer


def _answer(state: CoupaState, call: Call, table: Table, record: Json, status: int = 200) -> Answer:
    selection = selection_of(call, table.definition, state.settings)
    return Answer(shown(call, record, table.definition, selection), table.element, status)


def _checked(state: CoupaState, table: Table, body: Json) -> Json:
    """The values of a body that Coupa keeps, checked by the Swagger."""
    values: Json = {}
    for name, value in body.items():
        known = attribute(table.definition, name)
        if known is None:
            raise invalid(base=f"unknown attribute '{name}' for {table.definition}")
        if not known.read_only:
            values[name] = value
    for name in TEXTS:
        _check_text(name, values.get(name))
    if values.get("contact-alert-type") not in (None, *ALERT_TYPES):
        raise invalid(**{"contact-alert-type": f"must be one of {', '.join(ALERT_TYPES)}"})
    if values.get("document-type") not in (None, *DOCUMENT_TYPES.split("|")):
        raise invalid(**{"document-type": f"{values['document-type']} is not included in the list"})
    document = values.get("document-id")
    if document is not None and (not isinstance(document, int) or isinstance(document, bool)):
        raise invalid(**{"document-id": "is not a number"})
    is_invoice = values.get("document-type") == "InvoiceHeader"
    if is_invoice and document is not None and state.invoices.get(document) is None:
        raise invalid(**{"document-id": f"there is no InvoiceHeader with id {document}"})
    if "integration" in values:
        values["integration"] = find_integration(state, values["integration"])
    if "responses" in values:
        values["responses"] = _responses(state, values["responses"])
    return {**values, **_run(state, values)}


def _run(state: CoupaState, values: Json) -> Json:
    """Which run a record belongs to: ``integration-run`` and ``integration-run-id`` must agree."""
    named = values.get("integration-run")
    by_object = named.get("id") if isinstance(named, dict) else None
    by_number = values.get("integration-run-id")
    if named is not None and by_object is None:
        raise invalid(**{"integration-run": 'must name a run: {"id": 12}'})
    run_id = by_object if by_object is not None else by_number
    if run_id is None:
        return {}
    if not isinstance(run_id, int) or by_number not in (None, run_id):
        raise invalid(**{"integration-run-id": "must be a number, and that of integration-run"})
    run = state.runs.get(run_id)
    if run is None:
        raise invalid(**{"integration-run": f"there is no integration run {run_id}"})
    return {
        "integration-run": {"id": run_id},
        "integration-run-id": run_id,
        "integration": values.get("integration") or run["integration"],
    }


def _responses(state: CoupaState, responses: Any) -> list[Json]:
    if not isinstance(responses, list) or not all(isinstance(one, dict) for one in responses):
        raise invalid(responses="must be an array of objects")
    kept = []
    for response in responses:
        plain = {name.replace("_", "-"): value for name, value in response.items()}
        for name, value in plain.items():
            if attribute("IntegrationRecordResponse", name) is None:
                raise invalid(responses=f"unknown attribute '{name}' for IntegrationRecordResponse")
            if value is not None and not isinstance(value, str) and name.startswith("response-"):
                raise invalid(responses=f"{name} must be a text")
        _check_text("response-code", plain.get("response-code"))
        kept.append({name: plain.get(name) for name in ("response-code", "response-message")})
    return kept


def _check_text(name: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise invalid(**{name: "must be a text"})
    if len(value) > 255:
        raise invalid(**{name: "is too long (maximum is 255 characters)"})


def _alert(state: CoupaState, table: Table, record: Json) -> None:
    """Mail the contacts of the integration whose kind the record names."""
    integration = record.get("integration") or {"id": next(iter(state.integrations))["id"]}
    wanted = record["contact-alert-type"]
    recipients = [
        MAILBOXES[contact["contact-alert-type"]]
        for contact in state.contacts
        if contact["integration"]["id"] == integration["id"]
        and wanted in ("Both", contact["contact-alert-type"])
    ]
    state.alerts.add(
        {
            "about": table.kind,
            "record-id": record["id"],
            "document-type": record["document-type"],
            "document-id": record["document-id"],
            "contact-alert-type": wanted,
            "integration-run-id": record["integration-run-id"],
            "recipients": recipients,
            "responses": record["responses"],
            "sent-at": state.now(),
        }
    )
