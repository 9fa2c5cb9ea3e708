"""A key that a connection holds and each request carries."""

from __future__ import annotations

import requests
from pydantic import SecretStr
from requests.auth import AuthBase


class BearerKey(AuthBase):
    """Adds the key; given as ``auth``, so that no ``.netrc`` replaces it.

    :param key: the connection's.
    :param below: the part of an address that wants it; any other goes without.
    """

    def __init__(self, key: SecretStr, *, below: str = "") -> None:
        self._key, self._below = key, below

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the key where the server looks for it."""
        if self._below in (request.url or ""):
            request.headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        return request
