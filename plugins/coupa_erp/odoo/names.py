"""What Odoo's ids are called: codes of companies, suppliers, accounts and taxes; each read once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any

from coupa_erp.odoo.transport import OdooTransport, Row


class Names:
    """Codes by id.

    :param transport: the database.
    """

    def __init__(self, transport: OdooTransport) -> None:
        self._transport = transport
        self._partners: dict[int, str] = {}
        self._accounts: dict[tuple[int, int], str] = {}
        self._taxes: dict[int, str] = {}

    @cached_property
    def companies(self) -> dict[int, str]:
        """Each company that the user sees, by the Reference of its own contact."""
        rows = self._transport.search("res.company", [], ["partner_id"])
        contacts = self.partners({row["partner_id"][0] for row in rows})
        return {row["id"]: contacts.get(row["partner_id"][0], "") for row in rows}

    def partners(self, ids: Iterable[int]) -> dict[int, str]:
        """Contacts by their Reference; empty where they have none."""
        wanted = set(ids)
        rows = self._read("res.partner", wanted - self._partners.keys(), ["ref"])
        self._partners.update({row["id"]: row["ref"] or "" for row in rows})
        return {partner: self._partners.get(partner, "") for partner in wanted}

    def accounts(self, ids: Iterable[int], company: int) -> dict[int, str]:
        """Accounts by their code in a company."""
        wanted = set(ids)
        missing = {account for account in wanted if (company, account) not in self._accounts}
        for row in self._read("account.account", missing, ["code"], company=company):
            self._accounts[company, row["id"]] = row["code"] or ""
        return {account: self._accounts.get((company, account), "") for account in wanted}

    def taxes(self, ids: Iterable[int]) -> dict[int, str]:
        """Taxes by their name."""
        wanted = set(ids)
        rows = self._read("account.tax", wanted - self._taxes.keys(), ["name"])
        self._taxes.update({row["id"]: row["name"] for row in rows})
        return {tax: self._taxes.get(tax, "") for tax in wanted}

    def _read(self, model: str, ids: set[int], fields: list[str], **more: Any) -> list[Row]:
        return self._transport.search_names(model, "id", ids, [], fields, inactive=True, **more)


def amount(value: Any) -> Decimal:
    """An amount of Odoo: a float, whose noise is far beyond any currency's decimals."""
    read = round(Decimal(value or 0), 6).normalize() + Decimal(0)
    places = -int(read.as_tuple().exponent)
    return round(read, max(places, 2))
