"""What Odoo's ids are called: codes of companies, suppliers, accounts and taxes; each read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from coupa_erp.odoo.transport import OdooTransport, Row
from include.errors import ConfigurationError

#: Where Odoo rounds no quantity.
_QUANTITY_DIGITS = 6


@dataclass(frozen=True)
class LineFields:
    """What a journal item of this Odoo has.

    :param orders: whether it can bill a purchase order: the app Purchase adds that.
    :param quantity_digits: to how many decimals Odoo rounds a quantity.
    :param price_digits: likewise a price; ``None`` where it does not, as from 19 on.
    """

    orders: bool
    quantity_digits: int
    price_digits: int | None


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

    @cached_property
    def line_fields(self) -> LineFields:
        """What a journal item has."""
        told = self._transport.call(
            "account.move.line",
            "fields_get",
            reads=True,
            allfields=["purchase_line_id", "quantity", "price_unit"],
            attributes=["type", "digits"],
        )
        if not isinstance(told, dict) or not {"quantity", "price_unit"} <= told.keys():
            raise ConfigurationError("What answers for the fields of Odoo's journal items is not Odoo.")
        quantity, price = (told[name].get("digits") for name in ("quantity", "price_unit"))
        return LineFields(
            orders="purchase_line_id" in told,
            quantity_digits=quantity[1] if quantity else _QUANTITY_DIGITS,
            price_digits=price[1] if price else None,
        )

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
