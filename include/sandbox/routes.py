"""Which call of Coupa's API is answered by what."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from operator import attrgetter

from include.sandbox import attachment_calls, invoice_calls, record_calls, run_calls
from include.sandbox.calls import Answer, Call, Refused
from include.sandbox.state import CoupaState
from include.sandbox.tables import Table

Handler = Callable[..., Answer]


def answer_api(state: CoupaState, call: Call) -> Answer:
    """Do the work of a call under ``/api``.

    :raises Refused: 404 for an unknown path, 405 for a verb that it does not have, or what the call refuses.
    """
    path = call.path.removeprefix("/api").rstrip("/")
    verbs: list[str] = []
    for method, pattern, handler in ROUTES:
        matched = pattern.fullmatch(path)
        if matched is None:
            continue
        if method == call.method:
            return handler(state, call, *(int(group) for group in matched.groups()))
        verbs.append(method)
    if verbs:
        raise Refused(405, {"error": f"{call.method} is not allowed here"}, {"Allow": ", ".join(verbs)})
    raise Refused(404, {"error": f"No route matches {call.path}"})


def _table(kind: str, handler: Handler, **options: bool) -> Handler:
    """The handler of a call on records, told which of the two kinds it is about."""
    table: Callable[[CoupaState], Table] = attrgetter(kind)
    return lambda state, call, *ids: handler(state, call, table(state), *ids, **options)


def _move(move: str) -> Handler:
    return partial(run_calls.move_run, move=move)


def _records(path: str, kind: str) -> list[tuple[str, str, Handler]]:
    create = _table(kind, record_calls.create_record, alert=False)
    alert = _table(kind, record_calls.create_record, alert=True)
    update = _table(kind, record_calls.update_record)
    return [
        ("GET", path, _table(kind, run_calls.list_rows)),
        ("POST", path, create),
        ("PUT", path, create),
        ("POST", f"{path}/create_alert", alert),
        ("PUT", f"{path}/create_alert", alert),
        ("GET", f"{path}/#", _table(kind, record_calls.read_record)),
        ("PUT", f"{path}/#", update),
        ("PATCH", f"{path}/#", update),
        ("PUT", f"{path}/#/resolve", _table(kind, record_calls.resolve_record, resolved=True)),
        ("PUT", f"{path}/#/unresolve", _table(kind, record_calls.resolve_record, resolved=False)),
    ]


_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/invoices", invoice_calls.list_invoices),
    ("GET", "/invoices/#", invoice_calls.read_invoice),
    ("PUT", "/invoices/#", invoice_calls.update_invoice),
    ("PATCH", "/invoices/#", invoice_calls.update_invoice),
    ("PUT", "/invoices/#/void", invoice_calls.void_invoice),
    ("GET", "/invoices/#/attachments", attachment_calls.list_attachments),
    ("GET", "/invoices/#/attachments/#", attachment_calls.read_attachment),
    ("GET", "/invoices/#/retrieve_image_scan", attachment_calls.read_scan),
    ("POST", "/integration_runs", run_calls.create_run),
    ("GET", "/integration_runs", run_calls.list_runs),
    ("GET", "/integration_runs/#", run_calls.read_run),
    ("PUT", "/integration_runs/#", run_calls.update_run),
    ("PATCH", "/integration_runs/#", run_calls.update_run),
    *[("PUT", f"/integration_runs/#/{move}", _move(move)) for move in run_calls.MOVES],
    *_records("/integration_history_records", "history"),
    *_records("/integration_errors", "errors"),
    ("GET", "/integrations", _table("integrations", run_calls.list_rows)),
    ("GET", "/integrations/#", _table("integrations", record_calls.read_record)),
    ("GET", "/integration_contacts", _table("contacts", run_calls.list_rows)),
    ("GET", "/integration_contacts/#", _table("contacts", record_calls.read_record)),
]

ROUTES = [(method, re.compile(path.replace("#", r"(\d+)")), handler) for method, path, handler in _ROUTES]
