"""The sandbox's own calls, under ``/_sandbox``: none of them is Coupa's.

They play what people do in Coupa's UI, show everything that stands in this Coupa and every call that it had,
change its settings and order its misbehaviour. All speak JSON, without a token, and answer this machine alone
unless the sandbox was started with ``--control-from-anywhere``.

=========================================== ================================================================
``GET    /_sandbox``                        how many objects of each kind, the counts of calls
``GET    /_sandbox/<kind>[/<id>]``          ``invoices``, ``runs``, ``history``, ``errors``, ``alerts``,
                                            ``integrations``, ``contacts``, as they stand
``POST   /_sandbox/invoices``               take in a list of invoices
``POST   /_sandbox/invoices/<id>/edit``     ``{"changes": {…}}``: an edit in Coupa's UI, which resets the
                                            export mark as the settings say (or ``"reset_mark": true|false``)
``POST   /_sandbox/invoices/<id>/void``     a void in Coupa's UI; the mark stays, or ``"reset_mark": true``
``GET|DELETE  /_sandbox/calls``             the log of calls, ``?after=<number>``; forget them and the counts
``GET|PATCH   /_sandbox/settings``          :class:`~include.sandbox.settings.Settings`
``GET|POST|DELETE  /_sandbox/faults``       :class:`~include.sandbox.faults.Fault`; ``DELETE`` takes back all
``POST   /_sandbox/tokens/revoke``          every token issued so far is refused from now on
``POST   /_sandbox/reset``                  back to the beginning; the body may be settings to begin with
=========================================== ================================================================
"""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from include.sandbox.auth import revoke_tokens
from include.sandbox.calls import Json, Refused
from include.sandbox.changes import merged
from include.sandbox.faults import Fault
from include.sandbox.settings import Settings
from include.sandbox.state import CoupaState

UI_LOGIN = "ap1"


async def answer(state: CoupaState, request: Request, *, from_anywhere: bool) -> Response:
    """Answer one call under ``/_sandbox``."""
    if not from_anywhere and not _is_this_machine(request):
        return JSONResponse({"error": "/_sandbox answers this machine alone (--control-from-anywhere)"}, 403)
    words = [word for word in request.url.path.split("/") if word][1:]
    try:
        raw = await request.body()
        body = json.loads(raw, parse_float=str) if raw else {}
        with state.lock:
            return JSONResponse(_done(state, request, words, body))
    except Refused as refused:
        return JSONResponse(refused.body, refused.status)
    except ValidationError as error:
        said = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        return JSONResponse({"error": "; ".join(said)}, 400)
    except (ValueError, TypeError, KeyError) as error:
        return JSONResponse({"error": f"the body does not fit: {error}"}, 400)


def edit_in_ui(state: CoupaState, invoice_id: int, changes: Json, *, reset_mark: bool | None = None) -> Json:
    """Play an edit by a person in Coupa's UI.

    :param changes: what becomes of the invoice, merged as :func:`~include.sandbox.changes.merged` says.
    :param reset_mark: ``None`` leaves it to the setting "Reset Invoice last exported at for every change".
    """
    invoice = state.invoices.demand(invoice_id)
    invoice.update({name: merged(invoice.get(name), value) for name, value in changes.items()})
    state.touch(invoice, UI_LOGIN)
    if state.settings.reset_mark_on_ui_edit if reset_mark is None else reset_mark:
        state.set_mark(invoice, exported=False)
    return state.invoices.save(invoice)


def _done(  # noqa: PLR0911 - one return for each row of the table above
    state: CoupaState, request: Request, words: list[str], body: Any
) -> Any:
    method = request.method
    match method, words:
        case "GET", []:
            return {
                "objects": {kind: len(table) for kind, table in state.tables.items()},
                "calls": state.counts,
            }
        case "POST", ["invoices"]:
            return [state.load_invoice(invoice) for invoice in body]
        case "POST", ["invoices", identity, "edit"]:
            return edit_in_ui(state, int(identity), body["changes"], reset_mark=body.get("reset_mark"))
        case "POST", ["invoices", identity, "void"]:
            changes = {"status": "voided", "canceled": True}
            return edit_in_ui(state, int(identity), changes, reset_mark=bool(body.get("reset_mark")))
        case "POST", ["tokens", "revoke"]:
            return {"revoked": revoke_tokens(state)}
        case "POST", ["reset"]:
            state.reset(Settings.model_validate(body) if body else None)
            return {}
        case _, ["settings"] if method in ("GET", "PATCH"):
            return (state.change_settings(body) if method == "PATCH" else state.settings).model_dump()
        case _, ["faults"]:
            return _faults(state, method, body)
        case _, ["calls"]:
            return _calls(state, method, int(request.query_params.get("after", 0)))
        case "GET", [kind, *identity] if kind in state.tables and len(identity) < 2:
            table = state.tables[kind]
            return table.demand(int(identity[0])) if identity else list(table)
    raise Refused(404, {"error": f"the sandbox has no {method} {request.url.path}"})


def _faults(state: CoupaState, method: str, body: Any) -> Any:
    if method == "POST":
        return state.faults.order(Fault.model_validate(body)).model_dump()
    if method == "DELETE":
        state.faults.clear()
    return [fault.model_dump() for fault in state.faults]


def _calls(state: CoupaState, method: str, after: int) -> Any:
    if method == "DELETE":
        state.calls.clear()
        state.counts.clear()
    return [call for call in state.calls if call["number"] > after]


def _is_this_machine(request: Request) -> bool:
    host = request.client.host if request.client else ""
    return bool(host) and ipaddress.ip_address(host).is_loopback
