"""Many documents of our keys at once, each with what its move put into the books."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator

from coupa_erp.tryton.documents import FIELDS, INVOICE, Found, read_document
from coupa_erp.tryton.postings import MOVE_LINE, POSTING_FIELDS, postings_of
from coupa_erp.tryton.reads import Domain
from coupa_erp.tryton.transport import TrytonTransport
from coupa_erp.tryton.wire import Row
from include.erp_port import ErpDocument

_PAGE = 100


class Listing:
    """Lists documents.

    :param transport: the database.
    """

    def __init__(self, transport: TrytonTransport) -> None:
        self._transport = transport

    def of_window(self, key_prefix: str, first: datetime.date, last: datetime.date) -> Iterator[ErpDocument]:
        """Live documents that are dated, were entered or were changed in a window, by Tryton's id.

        :param key_prefix: what the keys begin with.
        :param last: the last day, included.
        """
        after = 0
        while True:
            rows = self._transport.search(
                INVOICE,
                [*_in_window(key_prefix, first, last), ["id", ">", after]],
                FIELDS,
                order=[("id", "ASC")],
                limit=_PAGE,
            )
            # ``like`` is as the database collates; what begins otherwise is none of ours.
            ours = [row for row in rows if (row["description"] or "").startswith(key_prefix)]
            yield from self._with_sums(ours)
            if len(rows) < _PAGE:
                return
            after = rows[-1]["id"]

    def of_keys(self, keys: Iterable[str]) -> list[ErpDocument]:
        """Every document of some keys, in any state, the newest first."""
        rows = self._transport.search_names(INVOICE, "description", keys, [["type", "=", "in"]], FIELDS)
        pages = [rows[start : start + _PAGE] for start in range(0, len(rows), _PAGE)]
        found = [document for page in pages for document in self._with_sums(page)]
        return sorted(found, key=lambda document: -int(document.erp_id))

    def _with_sums(self, rows: list[Row]) -> Iterator[ErpDocument]:
        """The documents of one page, with their sums from one further call."""
        found = [(read_document(row), row["description"]) for row in rows]
        postings = self._postings([document for document, _ in found])
        for one, key in found:
            sums = postings_of(postings[one.move], one.payable, one.document.kind)
            yield one.document.model_copy(
                update={
                    # A document whose comment lost the export's line is still the one of its key.
                    "key": key,
                    "account_sums": sums.accounts,
                    "line_sums": sums.lines,
                    "tax_sums": sums.taxes,
                }
            )

    def _postings(self, found: list[Found]) -> dict[int | None, list[Row]]:
        moves = [document.move for document in found if document.move is not None]
        rows = self._transport.search(MOVE_LINE, [["move", "in", moves]], POSTING_FIELDS) if moves else []
        by_move: dict[int | None, list[Row]] = defaultdict(list)
        for row in rows:
            by_move[row["move"]].append(row)
        return by_move


def beginning_with(prefix: str) -> str:
    """The pattern of Tryton's ``like`` for texts that begin so."""
    return prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _in_window(key_prefix: str, first: datetime.date, last: datetime.date) -> Domain:
    since, until = (f"{day.isoformat()}T00:00:00" for day in (first, last + datetime.timedelta(days=1)))
    return [
        ["type", "=", "in"],
        ["state", "!=", "cancelled"],
        ["description", "like", beginning_with(key_prefix)],
        [
            "OR",
            [["invoice_date", ">=", first], ["invoice_date", "<=", last]],
            [["create_date", ">=", since], ["create_date", "<", until]],
            [["write_date", ">=", since], ["write_date", "<", until]],
        ],
    ]
