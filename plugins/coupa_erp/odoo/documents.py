"""Supplier documents as they stand in Odoo."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from coupa_erp.odoo import external_ids
from coupa_erp.odoo.content import KINDS, Analytic, Content, ContentLine, Ordered
from coupa_erp.odoo.found import FIELDS, Found, read_date, read_found
from coupa_erp.odoo.names import Names, amount
from coupa_erp.odoo.remark import NOTE, read_note, read_remark
from coupa_erp.odoo.transport import Domain, OdooTransport, Row
from include.erp_port import ErpDocument
from include.errors import ConfigurationError

MOVE = "account.move"
MOVE_LINE = "account.move.line"
BILLS: Domain = ["move_type", "in", sorted(KINDS)]
_LIVE: Domain = [["state", "!=", "cancel"], ["payment_state", "!=", "reversed"]]

_LINE_FIELDS = (
    "move_id", "display_type", "account_id", "amount_currency", "name", "tax_line_id", "tax_ids",
    "analytic_distribution", "currency_id",
)  # fmt: skip
#: What the app Purchase adds to a bill's line, and what a line that bills an order has besides.
_ORDER_FIELDS = ("purchase_line_id", "quantity", "product_id", "product_uom_id")
#: Kinds of journal items that are no posting, and the side that is owed.
_NO_POSTING = ("line_section", "line_subsection", "line_note")
OWED = "payment_term"
_PAGE = 200


class Documents:
    """Finds documents.

    :param transport: the database.
    :param names: tells what ids are called.
    """

    def __init__(self, transport: OdooTransport, names: Names) -> None:
        self._transport = transport
        self._names = names

    def of_key(self, key: str) -> list[Found]:
        """Every document of a key, the newest first; a live one has none after it."""
        found: list[Found] = []
        while record := external_ids.find(self._transport, external_ids.document_name(key, len(found) + 1)):
            document = self.by_id(record)
            if document is None:
                break
            found.insert(0, document)
            if document.document.live:
                break
        return found

    def of_keys(self, keys: Iterable[str]) -> list[Found]:
        """Every document of some keys, the newest first: by Source Document, confirmed by external id."""
        wanted = set(keys)
        rows = self._transport.search_names(
            MOVE, "invoice_origin", wanted, [BILLS], FIELDS, order="id desc", **self._all()
        )
        return [document for document in self._read(rows) if document.document.key in wanted]

    def by_id(self, record: int) -> Found | None:
        """One document, or ``None`` where it was deleted."""
        found = self._find([["id", "=", record]])
        return found[0] if found else None

    def of_number(self, company: int, partner: int, number: str) -> list[Found]:
        """Live documents of a supplier with the supplier's number."""
        same = [["company_id", "=", company], ["commercial_partner_id", "=", partner], ["ref", "=", number]]
        return [found for found in self._find([BILLS, *same, *_LIVE]) if found.document.live]

    def in_window(self, first: datetime.date, last: datetime.date, after: int) -> list[Found]:
        """A page of live documents dated, entered or changed in a window, by ascending id."""
        days = [first.isoformat(), last.isoformat()]
        times = [f"{days[0]} 00:00:00", f"{days[1]} 23:59:59"]
        either: Domain = ["|"] * 3
        for field, (begin, end) in {
            "date": days, "invoice_date": days, "create_date": times, "write_date": times
        }.items():  # fmt: skip
            either += ["&", [field, ">=", begin], [field, "<=", end]]
        return self._find([["id", ">", after], BILLS, *_LIVE, *either], order="id", limit=_PAGE)

    def keys_moved(self, prefix: str, first: datetime.date, last: datetime.date) -> set[str]:
        """Keys of documents, posted or cancelled, that were entered or written in a window (UTC)."""
        times = [f"{first.isoformat()} 00:00:00", f"{last.isoformat()} 23:59:59"]
        window: Domain = ["|"]
        for field in ("create_date", "write_date"):
            window += ["&", [field, ">=", times[0]], [field, "<=", times[1]]]
        ours = [["state", "in", ["posted", "cancel"]], ["invoice_origin", "=like", _beginning_with(prefix)]]
        keys: set[str] = set()
        after = 0
        while rows := self._transport.search(
            MOVE,
            [["id", ">", after], BILLS, *ours, *window],
            ["invoice_origin"],
            order="id",
            limit=_PAGE,
            **self._all(),
        ):
            keys |= {row["invoice_origin"] for row in rows}
            after = rows[-1]["id"]
        return keys

    def content(self, found: Found) -> Content:
        """What a document says."""
        return self._content(found, self._lines([found]))

    def with_sums(self, found: list[Found]) -> list[ErpDocument]:
        """The documents with their sums by account, line account and tax."""
        lines = self._lines(found)
        taxes = self._names.taxes(row["tax_line_id"][0] for row in lines if row["tax_line_id"])
        told = []
        for document in found:
            own = [row for row in lines if row["move_id"][0] == document.id]
            codes = self._names.accounts((row["account_id"][0] for row in own), document.company)
            side = _side(document.document.kind)
            sums: tuple[dict[str, Decimal], ...] = ({}, {}, {})
            for row in own:
                if row["display_type"] == OWED or row["currency_id"] != document.row["currency_id"]:
                    continue
                tax = row["tax_line_id"] and taxes[row["tax_line_id"][0]]
                account, booked = codes[row["account_id"][0]], side * amount(row["amount_currency"])
                for place, name in ((0, account), (2 if tax else 1, tax or account)):
                    sums[place][name] = sums[place].get(name, Decimal(0)) + booked
            account_sums, line_sums, tax_sums = (
                {name: booked for name, booked in part.items() if booked} for part in sums
            )
            told.append(
                document.document.model_copy(
                    update={"account_sums": account_sums, "line_sums": line_sums, "tax_sums": tax_sums}
                )
            )
        return told

    def tax_lines(self, found: Found) -> list[Row]:
        """The journal items that Odoo keeps for the taxes."""
        return [row for row in self._lines([found]) if row["tax_line_id"]]

    def _lines(self, found: list[Found]) -> list[Row]:
        return self._transport.search_names(
            MOVE_LINE,
            "move_id",
            (document.id for document in found),
            [["display_type", "not in", list(_NO_POSTING)]],
            (*_LINE_FIELDS, *(_ORDER_FIELDS if self._names.line_fields.orders else ())),
            order="id",
            **self._all(),
        )

    def _content(self, found: Found, rows: list[Row]) -> Content:
        side, row = _side(found.document.kind), found.row
        taxes: dict[int, Decimal] = {}
        lines = []
        for line in rows:
            booked = side * amount(line["amount_currency"])
            if line["tax_line_id"]:
                tax = line["tax_line_id"][0]
                taxes[tax] = taxes.get(tax, Decimal(0)) + booked
            elif line["display_type"] != OWED:
                lines.append(
                    ContentLine(
                        line["name"] or "/",
                        line["account_id"][0],
                        booked,
                        frozenset(line["tax_ids"]),
                        _analytic(line["analytic_distribution"]),
                        _ordered(line),
                    )
                )
        return Content(
            kind=found.document.kind,
            company=found.company,
            journal=row["journal_id"][0],
            partner=row["partner_id"][0] if row["partner_id"] else 0,
            currency=row["currency_id"][0],
            ref=row["ref"] or "",
            invoice_date=found.document.invoice_date,
            posting_date=read_date(row["date"]) or datetime.date.min,
            due_date=read_date(row["invoice_date_due"]),
            term=row["invoice_payment_term_id"][0] if row["invoice_payment_term_id"] else None,
            origin=row["invoice_origin"] or "",
            narration=row["narration"] or "",
            lines=tuple(lines),
            taxes={tax: booked for tax, booked in taxes.items() if booked},
        )

    def _find(self, domain: Domain, *, order: str = "id desc", limit: int | None = None) -> list[Found]:
        rows = self._transport.search(MOVE, domain, FIELDS, order=order, limit=limit, **self._all())
        return self._read(rows)

    def _all(self) -> dict[str, Any]:
        """The context in which every company of the user is seen."""
        return {"companies": list(self._names.companies)}

    def _read(self, rows: list[Row]) -> list[Found]:
        if not rows:
            return []
        ids = [row["id"] for row in rows]
        told = self._transport.call(MOVE, "get_metadata", ids, reads=True)
        if not isinstance(told, list) or not all(isinstance(row, dict) and "xmlids" in row for row in told):
            raise ConfigurationError("What answers for Odoo's external ids is not Odoo.")
        named = {row["id"]: [one["xmlid"] for one in row["xmlids"]] for row in told}
        ours = {
            row["id"]: key
            for row in rows
            if (key := external_ids.key_of(named.get(row["id"], []))) is not None
        }
        remarks = {row["id"]: read_remark(row["narration"]) for row in rows if row["id"] in ours}
        fingerprints = {record: remark.fingerprint for record, remark in remarks.items() if remark}
        fingerprints |= self._noted(remarks.keys() - fingerprints.keys())
        suppliers = self._names.partners(row["partner_id"][0] for row in rows if row["partner_id"])
        reversed_ = self._reversed(rows)
        companies = self._names.companies
        return [
            read_found(
                row,
                ours.get(row["id"], (None, 0)),
                remarks.get(row["id"]),
                fingerprints.get(row["id"]),
                supplier=suppliers.get(row["partner_id"][0], "") if row["partner_id"] else "",
                company=companies.get(row["company_id"][0], ""),
                was_reversed=row["id"] in reversed_,
            )
            for row in rows
        ]

    def _noted(self, records: Iterable[int]) -> dict[int, str]:
        """The fingerprints that notes in the chatter keep, the newest of each."""
        rows = self._transport.search_names(
            "mail.message",
            "res_id",
            records,
            [["model", "=", MOVE], ["body", "ilike", NOTE]],
            ["res_id", "body"],
            order="id",
        )
        return {row["res_id"]: noted for row in rows if (noted := read_note(row["body"]))}

    def _reversed(self, rows: list[Row]) -> set[int]:
        """Documents that a posted one reverses as a whole, where Odoo calls that paid.

        So it calls a credit note that a bill reverses, and a bill of zero before and after.
        """
        settled = {
            row["id"]: amount(row["amount_total"])
            for row in rows
            if row["state"] == "posted"
            and row["payment_state"] == "paid"
            and (row["move_type"] == "in_refund" or not amount(row["amount_total"]))
        }
        found = self._transport.search_names(
            MOVE,
            "reversed_entry_id",
            settled,
            [["state", "=", "posted"], BILLS],
            ["reversed_entry_id", "amount_total"],
            **self._all(),
        )
        return {
            document
            for row in found
            if amount(row["amount_total"]) == settled[document := row["reversed_entry_id"][0]]
        }


def _side(kind: str) -> int:
    return -1 if kind == "credit_note" else 1


def _beginning_with(prefix: str) -> str:
    """A pattern for ``like`` in which nothing of the prefix stands for something else."""
    return prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _ordered(line: Row) -> Ordered | None:
    if not line.get("purchase_line_id"):
        return None
    product, unit = line["product_id"], line["product_uom_id"]
    return Ordered(
        line["purchase_line_id"][0],
        amount(line["quantity"]),
        product[0] if product else None,
        unit[0] if unit else None,
    )


def _analytic(distribution: dict[str, Any] | None) -> Analytic:
    return frozenset(
        (frozenset(int(account) for account in accounts.split(",") if account.isdigit()), amount(share))
        for accounts, share in (distribution or {}).items()
    )
