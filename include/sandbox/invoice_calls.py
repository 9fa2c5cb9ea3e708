"""Coupa's calls on invoices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from include.sandbox.calls import Answer, Call, Json, Refused, invalid
from include.sandbox.changes import merged
from include.sandbox.fields import Selection, selection_of, shown
from include.sandbox.payments import PAYMENTS, taken_payments
from include.sandbox.queries import page_of
from include.sandbox.schema import CUSTOM_FIELDS, attribute
from include.sandbox.state import CoupaState

DEFINITION = "InvoiceHeader"
HISTORY = "current-integration-history-records"


def list_invoices(state: CoupaState, call: Call) -> Answer:
    """``GET /api/invoices``: a bare array."""
    selection = selection_of(call, DEFINITION, state.settings)
    rows = page_of(state.invoices, call)
    shown_rows = [_shown(state, call, row, selection) for row in rows]
    return Answer([row for row in shown_rows if row is not None], "invoice-header")


def read_invoice(state: CoupaState, call: Call, invoice_id: int) -> Answer:
    """``GET /api/invoices/{id}``."""
    return _answer(state, call, state.invoices.demand(invoice_id))


def update_invoice(state: CoupaState, call: Call, invoice_id: int) -> Answer:
    """``PUT /api/invoices/{id}``: the export mark, in the query and alone, or values in the body.

    "Marking an object as exported requires its own request; other changes may be ignored": here they are. In
    a body ``exported`` is read-only and ignored. Nothing done by the API ever takes the mark away but
    ``?exported=false``.
    """
    invoice = state.invoices.demand(invoice_id)
    selection_of(call, DEFINITION, state.settings)  # refused before anything is done
    mark = call.parameter("exported")
    if mark not in (None, "true", "false"):
        raise invalid(exported=f"must be true or false, not {mark}")
    body = call.body()
    if mark is not None:
        if not call.keep_values:
            state.set_mark(invoice, mark == "true")
            state.touch(invoice)
    elif body:
        changes = _changes(state, invoice, body)
        if not call.keep_values:
            invoice.update({name: merged(invoice.get(name), value) for name, value in changes.items()})
        state.touch(invoice)
    state.invoices.save(invoice)
    return _answer(state, call, invoice)


def void_invoice(state: CoupaState, call: Call, invoice_id: int) -> Answer:
    """``PUT /api/invoices/{id}/void``; the export mark stays as it is."""
    invoice = state.invoices.demand(invoice_id)
    selection_of(call, DEFINITION, state.settings)
    if invoice.get("status") in ("voided", "abandoned", "draft", "new"):
        raise invalid(status=f"an invoice that is {invoice['status']} cannot be voided")
    if not call.keep_values:
        invoice.update({"status": "voided", "canceled": True})
        state.touch(invoice)
        state.invoices.save(invoice)
    return _answer(state, call, invoice)


def _answer(state: CoupaState, call: Call, invoice: Json) -> Answer:
    selection = selection_of(call, DEFINITION, state.settings)
    return Answer(_shown(state, call, invoice, selection), "invoice-header")


def _shown(state: CoupaState, call: Call, invoice: Json, selection: Selection | None) -> Json | None:
    if selection is None or HISTORY in selection:
        names = ("id", "document-type", "document-id", "status", "resolved", "responses", "created-at")
        records = state.open_history(invoice["id"])
        invoice = {**invoice, HISTORY: [{name: record.get(name) for name in names} for record in records]}
    return shown(call, invoice, DEFINITION, selection)


def _changes(state: CoupaState, invoice: Json, body: Json) -> Json:
    """The values of a body that an update takes; read-only ones are ignored, as in Coupa."""
    changes: Json = {}
    for name, value in body.items():
        if name == CUSTOM_FIELDS:
            changes[name] = _custom_fields(state, invoice, value)
            continue
        known = attribute(DEFINITION, name)
        if known is None:
            raise invalid(base=f"unknown attribute '{name}' for {DEFINITION}")
        if name == PAYMENTS:
            changes[name] = taken_payments(state, invoice, value)
        elif not known.read_only and name != HISTORY:
            changes[name] = value
    if state.settings.enforce_all_invoice_validations:
        _validate_all(state, invoice, changes)
    return changes


def _custom_fields(state: CoupaState, invoice: Json, values: Any) -> Json:
    """Custom fields that the invoice has; a name that it does not have is passed over without a word.

    What Coupa does with an unknown name is not documented; the silence is the harder case for a client.
    """
    if not isinstance(values, dict):
        raise invalid(custom_fields="must be an object")
    if state.settings.refuse_custom_field_writes and values:
        raise invalid(custom_fields=f"{', '.join(values)} can't be changed on an invoice that is approved")
    taken: Json = {}
    for name, value in values.items():
        plain = name.replace("_", "-")
        if plain in invoice[CUSTOM_FIELDS] and plain not in state.settings.custom_fields_not_taken:
            if isinstance(value, str) and len(value) > 255:
                raise invalid(custom_fields=f"{plain} is too long (maximum is 255 characters)")
            taken[plain] = value
    return taken


def _validate_all(state: CoupaState, invoice: Json, changes: Json) -> None:
    """What "Enforce all invoice validations on invoice update" adds."""
    errors: dict[str, list[str]] = {}
    inactive = [account for account in _accounts(invoice) if account.get("active") is False]
    if inactive:
        errors["account"] = [f"Account {account.get('code')} is not active" for account in inactive]
    locked = set(changes.get(CUSTOM_FIELDS, {})) & set(state.settings.non_editable_custom_fields)
    if locked:
        errors["custom_fields"] = [f"{name} is not editable" for name in sorted(locked)]
    if errors:
        raise Refused(400, {"errors": errors})


def _accounts(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _accounts(one)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "account" and isinstance(inner, dict):
                yield inner
            else:
                yield from _accounts(inner)
