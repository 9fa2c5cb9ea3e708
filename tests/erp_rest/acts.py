"""What an accountant and an auditor do at an API of somebody's own: a file beside the settings file.

``acts.yaml`` is the stand-in's, with every section. Only ``amends`` and ``journal`` have to be there; tests
that need what is left out are skipped.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
from pydantic import Field, ValidationError

from coupa_erp.rest.api import Call, Part, Search
from coupa_erp.rest.connection import RestSettings
from coupa_erp.rest.templates import Values, at, filled, filled_path, filled_query
from include.errors import ConfigurationError
from include.mapping.yaml_file import read_yaml
from tests.erp_kit.real import NotForTests
from tests.erp_kit.world import Traits

_SECONDS = 120


class Journal(Search):
    """The postings of a key, reversals included: paths to account and amount, debit less credit."""

    account: str
    amount: str


class Contents(Search):
    """The files of a document: paths to name and bytes, these in base64."""

    name: str
    content: str


class Acts(Part):
    """The whole file.

    :param amends: with the four after it what the ERP does in its own way, see
        :class:`tests.erp_kit.world.Traits`.
    :param journal: is given ``key``.
    :param pay: is given ``id``, ``key``, ``erp_number``, ``amount`` and ``day``.
    :param enter: enters a bill without a key; is given ``company``, ``supplier``, ``number``, ``currency``,
        ``account``, ``amount`` and ``day``.
    :param close_period: is given ``company`` and ``day``; it takes ``open_period``, too.
    :param attach: is given ``id``, ``name`` and ``content``, in base64.
    :param contents: is given ``id``.
    """

    amends: Literal["in_place", "re_enters"]
    enters_zero: bool = True
    refused_in_numbers: str = ""
    closed_period_void: Literal["reversed", "refused"] = "reversed"
    told_as: dict[str, str] = Field(default_factory=dict)
    journal: Journal
    pay: Call | None = None
    enter: Call | None = None
    close_period: Call | None = None
    open_period: Call | None = None
    attach: Call | None = None
    contents: Contents | None = None

    @property
    def traits(self) -> Traits:
        """As the kit wants them; an API that takes a bill whole keeps no drafts."""
        return Traits(
            amends=self.amends,
            drafts=False,
            enters_zero=self.enters_zero,
            refused_in_numbers=self.refused_in_numbers,
            told_as=self.told_as,
            closed_period_void=self.closed_period_void,
        )


def read_acts(path: str) -> Acts:
    """The file, checked.

    :raises NotForTests: naming what is wrong in it.
    """
    try:
        return Acts.model_validate(read_yaml(Path(path)).content)
    except ConfigurationError as unread:
        raise NotForTests(str(unread)) from None
    except ValidationError as unusable:
        fault = unusable.errors()[0]
        where = ".".join(str(step) for step in fault["loc"])
        raise NotForTests(f"{path}: {where or 'the file'}: {fault['msg']}.") from None


class Desk:
    """Calls of an API as its own accountant and auditor makes them; nothing of the hook's makes any.

    :param settings: where it is, and how its answers are spelled.
    """

    def __init__(self, settings: RestSettings) -> None:
        self._settings = settings

    def rows(self, search: Search, values: Values) -> list[Any]:
        """What a search answers, page by page.

        :raises NotForTests: there is no list where the settings say one.
        """
        path, query = filled_path(search.path, values), filled_query(search.query, values)
        found: list[Any] = []
        while path:
            answer = self._call(search.method, path, query).json()
            rows = at(answer, search.items)
            if not isinstance(rows, list):
                raise NotForTests(
                    f"What answers {search.path} at {self._settings.base_url} has no list at "
                    f"{search.items or 'the top'}: nothing is booked there."
                )
            found += rows
            following = at(answer, search.next) if search.next else None
            path, query = self._below(str(following)) if following else "", []
        return found

    def write(self, call: Call, values: Values, *, version: str | None = None) -> None:
        """One write.

        :param version: of the document that it changes.
        """
        headers = {"Idempotency-Key": f"by hand {uuid.uuid4()}"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        path, query = filled_path(call.path, values), filled_query(call.query, values)
        self._call(call.method, path, query, json=filled(call.body, values), headers=headers)

    def _below(self, address: str) -> str:
        whole = urlsplit(self._settings.base_url)
        return address.removeprefix(f"{whole.scheme}://{whole.netloc}").removeprefix(whole.path)

    def _call(
        self, method: str, path: str, query: list[tuple[str, str]], headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> requests.Response:  # fmt: skip
        answered = requests.request(
            method,
            self._settings.base_url + path,
            params=query,
            headers={"Accept": "application/json", **(headers or {})},
            auth=self._settings.authorize,
            verify=self._settings.extra.ca_file or True,
            timeout=_SECONDS,
            allow_redirects=False,
            **body,
        )
        assert answered.status_code // 100 == 2, f"{answered.status_code} {answered.text[:2000]}"
        return answered
