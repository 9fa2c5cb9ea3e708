"""What the proxy remembers of a call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Entry:
    """One call, as the journal keeps it: no header, no query, no body.

    :param fault: what befell it; ``None`` for nothing.
    :param forwarded: whether the server saw it.
    :param status: the server's answer; ``None`` where there was none.
    :param killed: the process that got SIGKILL.
    :param spared: it was to be killed and is not one of ours: cut instead.
    """

    number: int
    at: float
    method: str
    path: str
    invoice: int | None
    fault: str | None = None
    forwarded: bool = False
    status: int | None = None
    killed: int | None = None
    spared: bool = False
