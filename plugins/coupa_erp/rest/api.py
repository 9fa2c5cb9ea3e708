"""The settings file of an API: its calls, the bodies that they take, and where its answers hold what.

``docs/rest.md`` explains each part by a whole example, and what is expected of the other side.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from coupa_erp.rest.templates import placeholders_of
from include.errors import ConfigurationError
from include.mapping.yaml_file import read_yaml
from include.models.bill import BillKind

#: What a template may name, by the call that it belongs to.
_BILL = frozenset(
    {"key", "fingerprint", "kind", "company", "supplier", "supplier_name", "number", "invoice_date"}
    | {"posting_date", "due_date", "currency", "payment_term", "remit_to", "original_number", "total", "tax"}
)
_LINE = frozenset(
    {
        *("account", "amount", "description", "place", "quantity", "unit"),
        *("purchase_order", "purchase_order_line"),
    }
)
_TAX = frozenset({"code", "base", "amount", "place"})
_CURRENT = frozenset({"id", "key", "erp_number"})
_FILE = frozenset({"file_key", "file_name", "media_type", "content"})
_OPEN = ("dimensions.", "custom_fields.")


def _pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as fault:
        raise ValueError(f"is no regular expression: {fault}") from None
    if groups != 1:
        raise ValueError("needs one group in parentheses: the place in the list, counted from 0")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class Part(BaseModel):
    """A section of the file: every key is known, and nothing is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Call(Part):
    """One call.

    :param path: below the connection's host, with placeholders: ``/bills/{id}/cancel``.
    :param body: as JSON, with placeholders; see :mod:`coupa_erp.rest.templates`.
    """

    method: Literal["GET", "POST", "PUT", "PATCH"] = "GET"
    path: str = Field(pattern=r"^/")
    query: dict[str, str] = Field(default_factory=dict)
    body: Any = None


class Search(Call):
    """A call that answers documents.

    :param items: the path to the list in its answer; empty where the answer is the list.
    :param next: the path to the address of the next page, which is absent on the last one.
    """

    items: str = ""
    next: str | None = None


class OpenDay(Call):
    """Asks for the first day on which the books are open.

    :param answer: the path to the day.
    """

    answer: str


class FileSearch(Search):
    """Asks for the files of a document.

    :param key: the path to the key of a file; it has none where another has attached it.
    """

    key: str


class Files(Part):
    """Where the files of a document are.

    :param add: attaches one file, its bytes in base64.
    """

    listed: FileSearch
    add: Call


class LinePaths(Part):
    """Where a line of a document holds what."""

    account: str
    amount: str


class TaxPaths(Part):
    """Where a tax of a document holds what."""

    code: str
    amount: str


class Document(Part):
    """Where a document holds what: paths with dots, ``header.number``.

    :param version: changes with everything that happens to the document; it is sent as ``If-Match``.
    :param states: the API's word for a state to the port's; a bill is entered whole, so there are no drafts.
    """

    id: str
    version: str
    number: str
    key: str
    fingerprint: str
    state: str
    states: dict[str, Literal["posted", "paid", "cancelled"]]
    kind: str
    company: str
    supplier: str
    supplier_number: str
    invoice_date: str
    posting_date: str
    currency: str
    total: str
    tax: str
    paid: str
    lines: str
    line: LinePaths
    taxes: str
    tax_line: TaxPaths


class Errors(Part):
    """Where a refusal holds what.

    :param place: the path to what says which line is meant.
    :param line: a regular expression for that, with the line's place in a group.
    :param codes: the API's code to the export's.
    """

    items: str = ""
    code: str
    message: str
    place: str | None = None
    line: Pattern | None = None
    tax_line: Pattern | None = None
    codes: dict[str, Annotated[str, Field(pattern=r"^[A-Z][A-Z_]+$")]] = Field(default_factory=dict)


class RestApi(Part):
    """The whole file.

    :param name: what accountants call the ERP.
    :param number_length: characters of a supplier's number that it holds.
    :param signed: whether a credit note's amounts travel with the other sign.
    """

    name: str = Field(min_length=1, max_length=60)
    number_length: int | None = Field(default=None, gt=0)
    signed: bool = False
    kinds: dict[BillKind, str]
    check: Call
    by_keys: Search
    by_number: Search
    by_window: Search
    open_day: OpenDay | None = None
    create: Call
    amend: Call
    cancel: Call
    files: Files | None = None
    document: Document
    errors: Errors

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> RestApi:
        files = self.files
        calls: list[tuple[str, Call | None, frozenset[str]]] = [
            ("check", self.check, frozenset()),
            ("by_keys", self.by_keys, frozenset({"keys"})),
            ("by_number", self.by_number, frozenset({"company", "supplier", "number"})),
            ("by_window", self.by_window, frozenset({"prefix", "first", "last"})),
            ("open_day", self.open_day, frozenset({"company", "day"})),
            ("create", self.create, _BILL | {"lines", "taxes"}),
            ("amend", self.amend, _BILL | _CURRENT | {"lines", "taxes"}),
            ("cancel", self.cancel, _CURRENT | {"posting_date"}),
            ("files.listed", files.listed if files else None, frozenset({"id"})),
            ("files.add", files.add if files else None, _FILE | {"id"}),
        ]
        for name, call, known in calls:
            if call is None:
                continue
            inner = _LINE | _TAX if name in ("create", "amend") else frozenset()
            named = placeholders_of([call.path, call.query, call.body])
            if unknown := [one for one in named if one not in known | inner and not one.startswith(_OPEN)]:
                raise ValueError(
                    f"{name} names {{{unknown[0]}}}, which it is not given; given are "
                    f"{', '.join(sorted(known | inner)) or 'none'}"
                )
        if set(self.kinds) != {"invoice", "credit_note"}:
            raise ValueError("kinds needs a word for invoice and one for credit_note")
        return self


def read_api(path: str) -> RestApi:
    """The settings file, checked.

    :param path: of the file.
    :raises ConfigurationError: naming the file, the key and what is expected there.
    """
    read = read_yaml(Path(path))
    try:
        return RestApi.model_validate(read.content)
    except ValidationError as unusable:
        faults = [
            f"{'.'.join(str(step) for step in fault['loc']) or 'the file'}: "
            f"{str(fault['msg']).removeprefix('Value error, ')}"
            for fault in unusable.errors(include_input=False, include_url=False)
        ]
    raise ConfigurationError(f"{path}: {'; '.join(faults)}.")
