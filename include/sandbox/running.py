"""A sandbox for the length of a ``with`` block, in a thread of this process, on a free port."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.sandbox.control import SandboxControl
from include.sandbox.serving import listen, server_of
from include.sandbox.settings import SCOPES, Client, Settings
from include.sandbox.state import CoupaState


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that serves.

    :param state: what stands in this Coupa, for assertions; hold ``state.lock`` to change it.
    :param control: the same from outside, and what people do in the UI.
    """

    url: str
    client_id: str
    client_secret: str
    state: CoupaState
    control: SandboxControl


@contextmanager
def running_sandbox(
    *,
    invoices: Iterable[Mapping[str, Any]] = (),
    settings: Settings | None = None,
    file: Path | None = None,
    granted_scopes: tuple[str, ...] = SCOPES,
    integration_code: str = "INVOICES_TO_ERP",
    port: int = 0,
    client_secret: str | None = None,
) -> Iterator[RunningSandbox]:
    """Serve a Coupa over real HTTP until the block ends.

    :param invoices: what it starts with.
    :param settings: how it is set up; without them the rate limit is off, which a test seldom wants.
    :param file: a SQLite file that a later sandbox can carry on from.
    :param port: a certain one, to come back after an outage.
    :param client_secret: a certain one; made up when left out.
    """
    client = Client(
        client_id="coupa-erp-export",
        client_secret=client_secret or secrets.token_urlsafe(24),
        granted_scopes=granted_scopes,
    )
    state = CoupaState(
        client,
        invoices=invoices,
        settings=settings or Settings(limiter=False),
        file=file,
        integration_code=integration_code,
    )
    listening = listen("127.0.0.1", port)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = server_of(state)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="coupa-sandbox", daemon=True
    )
    thread.start()
    try:
        yield RunningSandbox(url, client.client_id, client.client_secret, state, SandboxControl(url))
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
        state.journal.close()
