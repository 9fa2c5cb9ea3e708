"""Looks for secrets where they must not be: in a database, in files, in texts, packed or not."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.security.conftest import spelled

#: Where bank details could hide in what Coupa answers, each with a value of its own to be found again.
BANK = {
    "iban": "DE89370400440532013000",
    "iban of a site": "GB82WEST12345698765432",
    "iban of a custom field": "FR1420041010050500013M02606",
    "account number": "ACCT-7719-2233-90",
    "account number of a line": "ACCT-5512-0098-17",
    "routing number": "ROUTING-021000021",
    "bank": "Sparkasse Musterstadt am See",
    "holder": "Holder Of The Account GmbH",
    "card": "CARD-4111-1111-1111-1111",
}


def with_bank_details(invoice: dict[str, Any]) -> dict[str, Any]:
    """The invoice as a Coupa shows it that does not know ``fields``, or by a filter that lets all through."""
    account = {
        "id": 1,
        "iban": BANK["iban"],
        "bank-account-number": BANK["account number"],
        "bank-routing-number": BANK["routing number"],
        "bank-name": BANK["bank"],
        "account-holder": BANK["holder"],
    }
    lines = [
        {
            **line,
            "supplier-bank": account,
            "payment-reference-account": BANK["account number of a line"],
            "custom-fields": {"cf-iban": BANK["iban of a custom field"]},
        }
        for line in invoice["invoice-lines"]
    ]
    supplier = {**invoice["supplier"], "bank-accounts": [account], "virtual-card": {"number": BANK["card"]}}
    address = {"id": 9, "remit-to-code": "RT-77", "bank-account": account, "name": BANK["holder"]}
    return {
        **invoice,
        "supplier": supplier,
        "supplier-site": {"id": 3, "code": "S", "iban": BANK["iban of a site"]},
        "remit-to-address": address,
        "supplier-remit-to": {**address, "swift": BANK["routing number"]},
        "payment-method": f"Transfer to {BANK['iban']}",
        "payment-agreement-notes": [account],
        "payments": [{"amount-paid": "0.00", "notes": BANK["account number"]}],
        "bank-account": account,
        "iban": BANK["iban"],
        "invoice-from-address": {"bank": account},
        "invoice-lines": lines,
        "custom-fields": {
            **invoice.get("custom-fields", {}),
            "cf-supplier-iban": BANK["iban of a custom field"],
            "cf-note-without-a-name": BANK["iban"],
            "cf-supplier": {"id": 4, "iban": BANK["iban"], "bank-name": BANK["bank"]},
        },
    }


class Search:
    """Collects where a secret was found.

    :param secrets: by what they are; a finding names that, never the secret.
    """

    def __init__(self, secrets: dict[str, str]) -> None:
        self._forms = {name: tuple(spelled(secret)) for name, secret in secrets.items()}
        self.found: list[str] = []
        self.read = 0

    def text(self, where: str, text: str) -> None:
        """Look through one text."""
        self.read += len(text)
        # An IBAN and an account number count in groups and in lower case, too.
        plain = re.sub(r"[\s-]", "", text).lower()
        for name, forms in self._forms.items():
            if any(form in text or re.sub(r"[\s-]", "", form).lower() in plain for form in forms):
                self.found.append(f"{name} in {where}")

    def data(self, where: str, data: bytes) -> None:
        """Look through bytes, as they are and unpacked."""
        self.text(where, data.decode("latin-1"))
        for unpacked in _unpacked(data):
            self.text(f"{where}, unpacked", unpacked.decode("latin-1"))

    def files(self, folder: Path, *, but: Iterable[Path] = ()) -> int:
        """Look through all files below a folder.

        :param but: the places that may hold secrets.
        :return: how many files were read.
        """
        allowed = tuple(but)
        count = 0
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not any(file.is_relative_to(place) for place in allowed):
                self.text(str(file), str(file))
                self.data(str(file), file.read_bytes())
                count += 1
        return count

    def rows(self, cursor: Any) -> set[str]:
        """Look through every column of every table of a PostgreSQL database.

        :return: the names of the tables that had rows.
        """
        cursor.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        filled = set()
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - the database's own names
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                filled.add(table.rpartition(".")[2])
                for name, value in zip(names, row, strict=True):
                    if isinstance(value, memoryview | bytes):
                        self.data(f"{table}.{name}", bytes(value))
                    elif value is not None:
                        self.text(f"{table}.{name}", str(value))
        return filled


def _unpacked(data: bytes) -> Iterator[bytes]:
    try:
        yield zlib.decompress(data, wbits=47)
    except zlib.error:
        return
