"""The way of a call: log, fault, limit, token, work, fault, answer."""

from __future__ import annotations

import asyncio
import datetime
import email.utils
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.sandbox import control_calls
from include.sandbox.auth import check_token, issue_token
from include.sandbox.bodies import response_of, response_of_fault, response_of_refusal
from include.sandbox.calls import Call, Json, Refused
from include.sandbox.connections import OpenConnections
from include.sandbox.faults import Fault
from include.sandbox.routes import answer_api
from include.sandbox.state import CoupaState

EVERY_VERB = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_app(
    state: CoupaState, connections: OpenConnections, *, control_from_anywhere: bool = False
) -> Starlette:
    """The sandbox as an ASGI application.

    :param connections: where a connection that a fault cuts is found.
    :param control_from_anywhere: answer ``/_sandbox`` to other machines too, not to this one alone.
    """

    async def answer(request: Request) -> Response:
        call = await _read(state, request)
        entry: Json = {
            "number": call.number,
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            "method": call.method,
            "path": call.path,
            "query": [list(pair) for pair in call.query],
            "body": call.logged_body,
            "status": None,
            "fault": None,
        }
        with state.lock:
            state.log(entry)
            fault = state.faults.strike(call)
        response, cut = await _answer(state, call, fault)
        with state.lock:
            entry["fault"] = fault.id if fault else None
            entry["status"] = None if cut else response.status_code
        if cut:
            await connections.cut(request.scope)
        return response

    async def control(request: Request) -> Response:
        return await control_calls.answer(state, request, from_anywhere=control_from_anywhere)

    return Starlette(
        routes=[
            Route("/oauth2/token", answer, methods=EVERY_VERB),
            Route("/api/{rest:path}", answer, methods=EVERY_VERB),
            Route("/_sandbox", control, methods=EVERY_VERB),
            Route("/_sandbox/{rest:path}", control, methods=EVERY_VERB),
        ]
    )


async def _answer(state: CoupaState, call: Call, fault: Fault | None) -> tuple[Response, bool]:
    """The response, and whether the connection is cut in its place."""
    if fault is None:
        return await _work(state, call), False
    call.keep_values = fault.keep_values
    if fault.delay_seconds and not fault.after_work:
        await asyncio.sleep(fault.delay_seconds)
    if fault.replaces_answer and not fault.after_work:
        return response_of_fault(fault, None), fault.cut
    made = await _work(state, call)
    if fault.delay_seconds and fault.after_work:
        await asyncio.sleep(fault.delay_seconds)
    return (response_of_fault(fault, made), fault.cut) if fault.replaces_answer else (made, False)


async def _work(state: CoupaState, call: Call) -> Response:
    try:
        if call.path == "/oauth2/token":
            with state.lock:
                return response_of(issue_token(state, call), call)
        wait = _admitted(state)
        if wait:
            await asyncio.sleep(wait)
        with state.lock:
            check_token(state, call)
            return response_of(answer_api(state, call), call)
    except Refused as refused:
        return response_of_refusal(refused, call)


def _admitted(state: CoupaState) -> float:
    with state.lock:
        if not state.settings.limiter:
            return 0
        wait = state.limiter.admit(time.monotonic())
        if wait is not None:
            return wait
        seconds = state.limiter.seconds_until_quiet()
        headers = {
            "seconds": {"Retry-After": str(seconds)},
            "date": {"Retry-After": email.utils.formatdate(time.time() + seconds, usegmt=True)},
            "absent": {},
        }[state.settings.retry_after]
    raise Refused(429, {"error": "Too many requests"}, headers)


async def _read(state: CoupaState, request: Request) -> Call:
    body = await request.body()
    with state.lock:
        number = state.next_call_number()
    return Call(
        number=number,
        method=request.method,
        path=request.url.path,
        query=list(request.query_params.multi_items()),
        headers={name.lower(): value for name, value in request.headers.items()},
        raw_body=body,
    )
