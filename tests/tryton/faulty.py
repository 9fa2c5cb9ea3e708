"""A session that fails, or lets something happen, at a chosen call."""

from __future__ import annotations

import requests


class Killed(BaseException):
    """The process ends here: nothing of ours catches it."""


class FaultySession(requests.Session):
    """Counts the calls that change something and acts at one of them.

    :param at: which of them, from 1; 0 never.
    :param before: called instead of nothing before it is sent.
    :param after: called when Tryton has done the work and its answer is there.
    """

    def __init__(self, at=0, *, before=None, after=None, writes_only=True):
        super().__init__()
        self.at = at
        self.calls = []
        self._before, self._after, self._writes_only = before, after, writes_only

    def send(self, request, **settings):
        if self._writes_only and (request.method == "GET" or request.url.endswith("get_access")):
            return super().send(request, **settings)
        self.calls.append(
            f"{request.method} {request.path_url.partition('/rest/model/')[2].partition('?')[0]}"
        )
        now = len(self.calls) == self.at
        if now and self._before:
            self._before()
        response = super().send(request, **settings)
        if now and self._after:
            self._after()
        return response


def kill():
    raise Killed


def cut():
    raise requests.ConnectionError("the line was cut")
