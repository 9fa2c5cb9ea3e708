"""The stand-in's books: what NetSuite does with vendor bills and credits, as far as its documentation says.

An update adds its lines to those that are there, unless they are named to be replaced; lines of ``apply``,
whose key is the document, are changed, and taken off where they are replaced by others. Amounts are rounded
to the currency without a word; a record without an open posting period is refused. An external id is one
record's among all transactions ("Shared Internal and External IDs" in Oracle's help) or, as other pages of it
can be read, among those of a type.
"""

from __future__ import annotations

import calendar
import copy
import datetime
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]
BILL, CREDIT, PAYMENT = "vendorBill", "vendorCredit", "vendorPayment"
PAYABLE, BANK = "2000", "1000"
_TYPES = {BILL: "VendBill", CREDIT: "VendCred"}
_SIDE = {BILL: 1, CREDIT: -1}


class Refused(Exception):
    """400: code, sentence and path of each detail."""

    def __init__(self, *details: tuple[str, str, str]) -> None:
        super().__init__(details)
        self.details = details


class Absent(Exception):
    """404."""


def _definition() -> dict[str, dict[str, list[str]]]:
    entities: dict[str, dict[str, list[str]]] = {}
    text = Path(__file__).with_name("definition.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            fields = entities.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, *said = line.split()
            fields[name] = said
    return entities


DEFINITION = _definition()


def _coded(*codes: str, first: int) -> dict[str, str]:
    return {str(first + at): code for at, code in enumerate(codes)}


@dataclass
class Lists:
    """Records that bills name: internal id to what people call them."""

    subsidiary: dict[str, str] = field(default_factory=lambda: _coded("US01", "DE01", first=1))
    vendor: dict[str, str] = field(default_factory=lambda: _coded("V1001", "V1002", first=501))
    account: dict[str, str] = field(
        default_factory=lambda: _coded(
            *("6500", "6800", "6600", "1410", "2150", PAYABLE, "6999", BANK), first=101
        )
    )
    currency: dict[str, str] = field(default_factory=lambda: _coded("USD", "EUR", "JPY", "KWD", first=1))
    term: dict[str, str] = field(default_factory=lambda: _coded("Net 30", "Net 60", first=5))
    salestaxitem: dict[str, str] = field(default_factory=lambda: _coded("V18", "V5", "ZERO", first=31))
    department: dict[str, str] = field(default_factory=lambda: _coded("Sales", "Research", first=71))
    classification: dict[str, str] = field(default_factory=lambda: _coded("Retail", first=81))
    location: dict[str, str] = field(default_factory=lambda: _coded("Berlin", first=91))
    inactive: set[str] = field(default_factory=set)
    decimals: dict[str, int] = field(default_factory=lambda: {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3})
    tax_accounts: dict[str, str] = field(
        default_factory=lambda: {"V18": "1410", "V5": "1410", "ZERO": "1410"}
    )


_REFERENCES = {
    "entity": "vendor", "subsidiary": "subsidiary", "currency": "currency", "terms": "term",
    "account": "account", "taxCode": "salestaxitem", "department": "department",
    "class": "classification", "location": "location",
}  # fmt: skip


class Ledger:
    """One account's records.

    :param shared_ids: whether bills and credits share their external ids.
    """

    def __init__(self, *, shared_ids: bool = True) -> None:
        self.shared_ids = shared_ids
        self.lists = Lists()
        self.records: dict[str, Row] = {}
        self.closed: set[str] = set()
        self.alters: str | None = None
        self.lock = threading.RLock()
        self._next = 1000

    # -- what the service does -----------------------------------------------------------------------------

    def upsert(self, kind: str, external: str, values: Row, replace: set[str]) -> Row:
        """``PUT …/eid:``."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", external):
            raise Refused(("INVALID_ID", f"Invalid external id {external}", ""))
        with self.lock:
            named = [
                one for one in self.records.values() if (one["externalId"] or "").lower() == external.lower()
            ]
            found = [one for one in named if one["kind"] == kind]
            if named and not found and self.shared_ids:
                raise Refused(("USER_ERROR", "This record already exists.", ""))
            if found:
                return self._update(found[0], values, replace)
            return self.create(kind, {**values, "externalId": external})

    def update(self, kind: str, record: str, values: Row, replace: set[str]) -> Row:
        """``PATCH``."""
        with self.lock:
            return self._update(self.find(kind, record), values, replace)

    def create(self, kind: str, values: Row) -> Row:
        """A record from values."""
        with self.lock:
            self._check_names(kind, values)
            missing = [name for name in ("entity", "expense") if not values.get(name)]
            if missing:
                raise Refused(
                    *(("USER_ERROR", f"Please enter value(s) for: {name}", name) for name in missing)
                )
            now = datetime.datetime.now(datetime.UTC).date().isoformat()
            record: Row = dict.fromkeys(DEFINITION[kind])
            record |= {
                "kind": kind,
                "id": str(self._next),
                "created": now,
                "voided": False,
                "paid": Decimal(0),
            }
            record |= {"expense": [], "apply": [], "transactionNumber": f"{_TYPES[kind].upper()}{self._next}"}
            self._set(record, values, {"expense"})
            if self.alters and kind == BILL:
                self._alter(record)
            self.records[record["id"]] = record
            self._next += 1
            return record

    def delete(self, kind: str, record: str) -> None:
        """``DELETE``, of what nobody has paid or used."""
        with self.lock:
            found = self.find(kind, record)
            if self.paid(found):
                raise Refused(("USER_ERROR", "This transaction cannot be deleted: others depend on it", ""))
            del self.records[record]

    def make_payment(self, values: Row) -> Row:
        """A vendor payment, which pays the bills that it is applied to."""
        with self.lock:
            self._check_names(PAYMENT, values)
            bank = self.lists.account.get(str((values.get("account") or {}).get("id")))
            if bank != BANK:
                raise Refused(("USER_ERROR", "Please choose a bank account", "account"))
            items = (values.get("apply") or {}).get("items") or []
            if not items:
                raise Refused(("USER_ERROR", "Please apply the payment to a bill", "apply"))
            for at, item in enumerate(items):
                path = f"apply.items[{at}].doc"
                bill = self.records.get(str(item["doc"]["id"]))
                if bill is None or bill["kind"] != BILL or bill["entity"] != str(values["entity"]["id"]):
                    raise Refused(("INVALID_KEY_OR_REF", "Invalid apply.doc reference", path))
                if Decimal(item["amount"]) > self.total(bill) - self.paid(bill):
                    raise Refused(("USER_ERROR", "The amount to apply exceeds the amount due", path))
                bill["paid"] += Decimal(item["amount"])
            self._next += 1
            return {"id": str(self._next - 1)}

    def find(self, kind: str, record: str) -> Row:
        """A record by its internal id."""
        found = self.records.get(record)
        if found is None or found["kind"] != kind:
            raise Absent
        return found

    def _update(self, record: Row, values: Row, replace: set[str]) -> Row:
        self._check_names(record["kind"], values)
        if record["voided"]:
            raise Refused(("USER_ERROR", "You cannot edit a voided transaction", ""))
        for name, said in DEFINITION[record["kind"]].items():
            if "fixed" in said and name in values and str(values[name]["id"]) != record[name]:
                raise Refused(("USER_ERROR", f"You cannot change the {name} of a transaction", name))
        changed = copy.deepcopy(record)
        self._set(changed, values, replace)
        record.clear()
        record.update(changed)
        return record

    def _set(self, record: Row, values: Row, replace: set[str]) -> None:
        for name, value in values.items():
            kind = DEFINITION[record["kind"]].get(name, ["string"])[0]
            if kind == "reference":
                record[name] = value and str(value["id"])
            elif kind != "sublist":
                record[name] = value
        if "expense" in values:
            lines = [self._line(line, record) for line in values["expense"]["items"]]
            record["expense"] = lines if "expense" in replace else record["expense"] + lines
        self._check_lists(record)
        self._check_period(record)
        if "apply" in values:
            self._apply(record, values["apply"]["items"], whole="apply" in replace)
        record["modified"] = datetime.datetime.now(datetime.UTC).date().isoformat()

    def _line(self, line: Row, record: Row) -> Row:
        coin = Decimal(1).scaleb(
            -self.lists.decimals.get(self.lists.currency.get(record["currency"] or "", ""), 2)
        )
        found = dict.fromkeys(DEFINITION["expense"])
        for name, value in line.items():
            kind = DEFINITION["expense"][name][0]
            found[name] = str(value["id"]) if kind == "reference" else value
            if kind == "number":
                found[name] = Decimal(value).quantize(coin)
        return found

    def _apply(self, credit: Row, items: list[Row], *, whole: bool) -> None:
        if whole:
            named = {str(item["doc"]["id"]) for item in items}
            credit["apply"] = [one for one in credit["apply"] if one["doc"] in named]
        for item in items:
            bill = self.records.get(str(item["doc"]["id"]))
            if bill is None or bill["kind"] != BILL or not item["apply"]:
                raise Refused(("INVALID_KEY_OR_REF", "Invalid apply.doc reference", "apply.items[0].doc"))
            before = {"doc": bill["id"], "amount": Decimal(0)}
            before = next((one for one in credit["apply"] if one["doc"] == bill["id"]), before)
            more = Decimal(item["amount"]) - before["amount"]
            if more > self.total(bill) - self.paid(bill) or more > self.total(credit) - self.paid(credit):
                raise Refused(
                    ("USER_ERROR", "The amount to apply exceeds the amount due", "apply.items[0].amount")
                )
            credit["apply"] = [one for one in credit["apply"] if one["doc"] != bill["id"]]
            credit["apply"].append({"doc": bill["id"], "amount": before["amount"] + more})

    # -- figures -------------------------------------------------------------------------------------------

    def total(self, record: Row) -> Decimal:
        """What is owed, or credited."""
        return sum((line["amount"] + (line["tax1Amt"] or 0) for line in record["expense"]), Decimal(0))

    def paid(self, record: Row) -> Decimal:
        """What was paid, set off or used of it."""
        if record["kind"] == CREDIT:
            return record["paid"] + sum((one["amount"] for one in record["apply"]), Decimal(0))
        made = [one for one in self.records.values() if one["kind"] == CREDIT]
        used = [one["amount"] for credit in made for one in credit["apply"] if one["doc"] == record["id"]]
        return record["paid"] + sum(used, Decimal(0))

    def balances(self, records: list[Row]) -> dict[str, Decimal]:
        """Debit less credit by account; a voided record books nothing."""
        sums: dict[str, Decimal] = {}

        def add(account: str, amount: Decimal) -> None:
            sums[account] = sums.get(account, Decimal(0)) + amount

        for record in records:
            if record["voided"]:
                continue
            side = _SIDE[record["kind"]]
            for line in record["expense"]:
                add(self.lists.account[line["account"]], side * line["amount"])
                if line["tax1Amt"]:
                    tax = self.lists.salestaxitem[line["taxCode"]]
                    add(self.lists.tax_accounts[tax], side * line["tax1Amt"])
            add(PAYABLE, -side * self.total(record))
        return {account: amount for account, amount in sums.items() if amount}

    def tables(self) -> dict[str, list[Row]]:
        """What SuiteQL sees; of lines the main ones, ``impact.py`` has all."""
        lists = {
            table: [
                {
                    "id": key, _COLUMN.get(table, "name"): code,
                    "isinactive": "T" if key in self.lists.inactive else "F",
                }
                for key, code in getattr(self.lists, table).items()
            ]
            for table in set(_REFERENCES.values())
        }  # fmt: skip
        rows, lines = [], []
        for record in self.records.values():
            total, paid = self.total(record), self.paid(record)
            credit = record["kind"] == CREDIT
            rows.append(
                {
                    "id": int(record["id"]), "type": _TYPES[record["kind"]],
                    "externalid": record["externalId"],
                    "tranid": record["tranId"], "transactionnumber": record["transactionNumber"],
                    "entity": record["entity"], "voided": "T" if record["voided"] else "F",
                    "trandate": record["tranDate"], "createddate": record["created"],
                    "lastmodifieddate": record["modified"], "memo": record["memo"],
                    "foreigntotal": str(total if credit else -total),
                    "foreignamountpaid": None if credit else str(paid),
                    "foreignamountunpaid": None if credit else str(total - paid),
                    "foreignpaymentamountused": str(paid) if credit else None,
                    "foreignpaymentamountunused": str(total - paid) if credit else None,
                }
            )  # fmt: skip
            lines.append({"transaction_": record["id"], "mainline": "T", "subsidiary": record["subsidiary"]})
        return {**lists, "transaction": rows, "transactionline": lines, "accountingperiod": self._periods()}

    def _periods(self) -> list[Row]:
        periods = []
        for year in (2025, 2026):
            for month in range(1, 13):
                last = calendar.monthrange(year, month)[1]
                period = f"{year}{month:02d}"
                shut = "T" if period in self.closed else "F"
                periods.append(
                    {
                        "id": period, "startdate": f"{year}-{month:02d}-01",
                        "enddate": f"{year}-{month:02d}-{last}", "closed": shut, "aplocked": shut,
                        "isposting": "T", "isadjust": "F",
                    }
                )  # fmt: skip
        return periods

    # -- rules ---------------------------------------------------------------------------------------------

    def _check_names(self, kind: str, values: Row) -> None:
        for name, value in values.items():
            self._check_value(DEFINITION[kind].get(name), name, value)
        for sublist in ("expense", "apply"):
            for at, line in enumerate((values.get(sublist) or {}).get("items", [])):
                for name, value in line.items():
                    self._check_value(DEFINITION[sublist].get(name), f"{sublist}.items[{at}].{name}", value)

    def _check_value(self, said: list[str] | None, path: str, value: Any) -> None:
        if said is None:
            raise Refused(("INVALID_CONTENT", f"Unknown property {path}", path))
        kinds: dict[str, Any] = {
            "reference": isinstance(value, dict) and isinstance(value.get("id"), str),
            "sublist": isinstance(value, dict) and isinstance(value.get("items"), list),
            "number": isinstance(value, Decimal | int) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
            "date": isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value),
            "string": isinstance(value, str),
        }
        if value is None and "[" not in path and not {"required", "fixed"} & set(said):
            return  # null empties a field of the body
        if not kinds[said[0]]:
            raise Refused(("INVALID_CONTENT", f"Invalid value for {path}", path))
        if said[0] == "string" and said[1:] and len(value) > int(said[1]):
            raise Refused(("USER_ERROR", f"{path} contains more than the maximum number ({said[1]})", path))
        if said[0] == "reference" and said[1:2] == ["of"] and value["id"] not in said[2:]:
            raise Refused(_invalid(path, value["id"], path))

    def _check_lists(self, record: Row) -> None:
        said = []
        for name in ("entity", "subsidiary", "currency", "terms"):
            if record.get(name) and record[name] not in getattr(self.lists, _REFERENCES[name]):
                said.append(_invalid(name, record[name], name))
        for at, line in enumerate(record["expense"]):
            for name in ("account", "taxCode", "department", "class", "location"):
                known = line[name] in getattr(self.lists, _REFERENCES[name])
                if line[name] and (not known or line[name] in self.lists.inactive):
                    said.append(_invalid(name, line[name], f"expense.items[{at}]"))
        if said:
            raise Refused(*said)

    def _check_period(self, record: Row) -> None:
        if record["postingPeriod"] in self.closed:
            raise Refused(("USER_ERROR", "The posting period of this transaction is closed", "postingPeriod"))

    # -- people --------------------------------------------------------------------------------------------

    def pay(self, record: str, *, whole: bool) -> Decimal:
        """Pay a record, or half of it; the amount."""
        with self.lock:
            found = self.records[record]
            due = self.total(found) - self.paid(found)
            amount = due if whole else (due / 2).quantize(Decimal("0.01"))
            found["paid"] += amount
            return amount

    @contextmanager
    def altering(self, what: str) -> Iterator[None]:
        """Enter bills otherwise than they were sent, as scripts of customers do."""
        self.alters = what
        try:
            yield
        finally:
            self.alters = None

    def _alter(self, record: Row) -> None:
        if self.alters == "amount":
            record["expense"][0]["amount"] += 1
        elif self.alters == "account":
            record["expense"][0]["account"] = "107"
        else:
            day = datetime.date.fromisoformat(record["tranDate"]) + datetime.timedelta(days=1)
            record["tranDate"] = day.isoformat()


def _invalid(name: str, value: str, path: str) -> tuple[str, str, str]:
    """As NetSuite says it: in small letters, and of a line the path of the line."""
    text = f"You have entered an Invalid Field Value {value} for the following field: {name.lower()}"
    return "USER_ERROR", text, path


_COLUMN = {"vendor": "entityid", "account": "acctnumber", "currency": "symbol", "salestaxitem": "itemid"}
