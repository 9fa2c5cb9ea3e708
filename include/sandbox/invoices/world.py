"""The master data of the sandbox's Coupa: companies, suppliers, accounts, taxes, terms, currencies, people.

The settings file of the mapping and the seed of the demo's ERP follow the same world.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

Reference = dict[str, Any]


@dataclass(frozen=True)
class Company:
    """A legal entity: in Coupa a chart of accounts and the first segment of its account codes.

    :param winter: its UTC offset, and ``summer`` the one between the two days of ``daylight`` in 2026.
    """

    segment: str
    chart: Reference
    bill_to: Reference
    ship_to: Reference
    winter: str
    summer: str
    daylight: tuple[datetime.date, datetime.date]

    def midnight(self, day: datetime.date) -> str:
        """Coupa's spelling of a day: midnight where the company is, with the offset of that day."""
        begin, end = self.daylight
        return f"{day.isoformat()}T00:00:00{self.summer if begin <= day < end else self.winter}"


US = Company(
    segment="3004",
    chart={"id": 54, "name": "US Chart"},
    bill_to={"id": 5, "name": "HQ", "location-code": "HQ"},
    ship_to={
        "id": 9,
        "name": "Warehouse 1",
        "location-code": "WH1",
        "street1": "5 Dock Rd",
        "city": "Reno",
        "postal-code": "89502",
        "country": {"id": 223, "code": "US"},
    },
    winter="-08:00",
    summer="-07:00",
    daylight=(datetime.date(2026, 3, 9), datetime.date(2026, 11, 2)),
)
DE = Company(
    segment="4001",
    chart={"id": 61, "name": "DE Chart"},
    bill_to={"id": 6, "name": "Northwind DE", "location-code": "HH"},
    ship_to={
        "id": 14,
        "name": "Lager Hamburg",
        "location-code": "LHH",
        "street1": "Kaistraße 12",
        "city": "Hamburg",
        "postal-code": "20457",
        "country": {"id": 81, "code": "DE"},
    },
    winter="+01:00",
    summer="+02:00",
    daylight=(datetime.date(2026, 3, 30), datetime.date(2026, 10, 26)),
)


@dataclass(frozen=True)
class Supplier:
    """A supplier of Coupa with the address that its invoices name."""

    id: int
    name: str
    number: str | None
    street: str
    city: str
    postal_code: str
    country: str

    def reference(self) -> Reference:
        """What an invoice says of it."""
        return {
            "id": self.id,
            "name": self.name,
            "display-name": self.name,
            "number": self.number,
            "primary-address": {
                "id": 1000 + self.id,
                "street1": self.street,
                "city": self.city,
                "postal-code": self.postal_code,
                "country": {"id": COUNTRIES[self.country], "code": self.country},
            },
        }

    def site(self) -> Reference:
        """Its only site."""
        return {"id": self.id - 299, "code": f"{self.name.split(maxsplit=1)[0].upper()}-01"}

    def remit_to(self, code: str) -> Reference:
        """An address to pay to."""
        return {
            "id": 77 if code == "RT-77" else 500 + self.id,
            "remit-to-code": code,
            "name": f"{self.name} Remit",
            "street1": self.street,
            "city": self.city,
            "postal-code": self.postal_code,
            "country": {"id": COUNTRIES[self.country], "code": self.country},
            "external-src-ref": None,
            "external-src-name": None,
            "active": True,
        }


COUNTRIES = {"US": 223, "DE": 81, "JP": 111, "KW": 117, "GB": 77, "CH": 43}

ACME = Supplier(311, "Acme GmbH", "V000311", "Hauptstraße 5", "Köln", "50667", "DE")
GLOBEX = Supplier(312, "Globex Corporation", "V000312", "100 Cypress Creek", "Springfield", "97477", "US")
INITECH = Supplier(313, "Initech KK", "V000313", "2-1 Marunouchi", "Tokyo", "100-0005", "JP")
GULF = Supplier(314, "Gulf Trading WLL", "V000314", "Fahad Al-Salem St 8", "Kuwait City", "13001", "KW")
UMBRELLA = Supplier(315, "Umbrella Freight", None, "7 Harbor Way", "Oakland", "94607", "US")
ACME_LOOK_ALIKE = Supplier(316, "ACME GmbH", "V000316", "Industriering 40", "Linz am Rhein", "53545", "DE")
PHANTOM = Supplier(317, "Phantom Supplies", "V000999", "13 Nowhere Ln", "Elko", "89801", "US")
NOBODY = Supplier(318, "Nobody Ltd", None, "1 Blank St", "Leeds", "LS1 4AP", "GB")
CONTOSO = Supplier(319, "Contoso Services", "V000319", "4567 Main St", "Buffalo", "14202", "US")
SOYLENT = Supplier(320, "Soylent Catering", "V000320", "22 Market St", "San Francisco", "94105", "US")

ACCOUNT_NAMES = {
    "6400": "IT hardware",
    "6500": "Services",
    "6600": "Travel",
    "6700": "Office supplies",
    "6710": "Rent",
    "6800": "Marketing",
    "6850": "Freight",
    "6860": "Handling",
    "6950": "Old projects",
    "6990": "Clearing",
    "6999": "Sundry",
}


def account(code: str) -> Reference:
    """A Coupa account by its code.

    :param code: the three segments: company, account, cost center; the last may be empty, ``3004-6700-``.
    """
    company, ledger_account, cost_center = code.split("-")
    chart = US.chart if company == US.segment else DE.chart
    number = int(company) * 5 + int(ledger_account) * 100 + int(cost_center[2:] or 0)
    return {
        "id": number,
        "name": f"{ACCOUNT_NAMES[ledger_account]} {cost_center}".strip(),
        "code": code,
        "active": True,
        "account-type-id": chart["id"],
        "segment-1": company,
        "segment-2": ledger_account,
        "segment-3": cost_center,
    }


@dataclass(frozen=True)
class TaxCode:
    """A tax code of Coupa."""

    id: int
    percentage: str
    description: str
    country: str

    def reference(self, code: str) -> Reference:
        """What a tax line says of it."""
        return {
            "id": self.id,
            "code": code,
            "percentage": self.percentage,
            "description": self.description,
            "country": {"id": COUNTRIES[self.country], "code": self.country},
        }


TAX_CODES = {
    "V18": TaxCode(9, "18.0", "VAT 18%", "US"),
    "VST19": TaxCode(10, "19.0", "Vorsteuer 19%", "DE"),
    "VST7": TaxCode(11, "7.0", "Vorsteuer 7%", "DE"),
    "JCT10": TaxCode(12, "10.0", "Consumption tax 10%", "JP"),
    "KWV5": TaxCode(13, "5.0", "VAT 5%", "KW"),
    "ST825": TaxCode(14, "8.25", "Sales tax 8.25%, not recoverable", "US"),
    "ND50": TaxCode(15, "19.0", "Vorsteuer 19%, half deductible", "DE"),
    "RC19": TaxCode(16, "19.0", "Reverse charge 19%", "DE"),
    "WHT10": TaxCode(17, "10.0", "Withholding 10%", "US"),
    "X99": TaxCode(18, "9.9", "Excise 9.9%", "US"),
    "TCS1": TaxCode(19, "1.0", "Tax collected at source 1%", "US"),
}

CURRENCIES: dict[str, Reference] = {
    "USD": {"id": 1, "code": "USD", "decimals": 2},
    "EUR": {"id": 2, "code": "EUR", "decimals": 2},
    "GBP": {"id": 3, "code": "GBP", "decimals": 2},
    "JPY": {"id": 4, "code": "JPY", "decimals": 0},
    "KWD": {"id": 5, "code": "KWD", "decimals": 3},
    "CHF": {"id": 6, "code": "CHF", "decimals": 2},
}


def term(number: int, code: str, days: int, discount: tuple[int, str] | None = None) -> Reference:
    """A payment term: net days, and days and rate of the discount for paying early."""
    return {
        "id": number,
        "code": code,
        "description": f"{code} days" if code.startswith("Net") else code,
        "days-for-net-payment": days,
        "days-for-discount-payment": discount and discount[0],
        "discount-rate": discount and discount[1],
        "active": True,
    }


PAYMENT_TERMS = {
    "Due on receipt": term(1, "Due on receipt", 0),
    "Net 30": term(2, "Net 30", 30),
    "Net 60": term(3, "Net 60", 60),
    "2/10 Net 30": term(4, "2/10 Net 30", 30, (10, "2.0")),
    "Net 45": term(5, "Net 45", 45),
}

UOMS: dict[str, Reference] = {
    "EA": {"id": 1, "code": "EA", "name": "Each"},
    "HR": {"id": 2, "code": "HR", "name": "Hour"},
    "KG": {"id": 3, "code": "KG", "name": "Kilogram"},
    "BX": {"id": 4, "code": "BX", "name": "Box"},
}

COMMODITIES: dict[str, Reference] = {
    "6400": {"id": 3, "name": "IT Hardware"},
    "6500": {"id": 4, "name": "Professional Services"},
    "6600": {"id": 5, "name": "Travel"},
    "6700": {"id": 6, "name": "Office Supplies"},
    "6710": {"id": 7, "name": "Facilities"},
    "6800": {"id": 8, "name": "Marketing"},
    "6850": {"id": 9, "name": "Freight"},
}

REQUESTER: Reference = {
    "id": 88,
    "login": "jdoe",
    "employee-number": "E88",
    "email": "jdoe@example.com",
    "firstname": "Jane",
    "lastname": "Doe",
}
ACCOUNTANT: Reference = {"id": 90, "login": "ap1"}
