"""Finding what bills name: every missing record is a refusal of its own, with its place."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from coupa_erp.odoo.answers import PERIOD_CLOSED
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.orders import Header, Orders
from coupa_erp.odoo.references import References
from coupa_erp.odoo.transport import Domain, OdooTransport
from include.errors import ConfigurationError, ErpRejection, Refusal
from include.models.bill import Bill

#: Odoo's lock dates: from 18 on those that hold for the user, exceptions taken off.
_LOCKS = ("fiscalyear_lock_date", "period_lock_date")
_LOCKS_FROM_18 = ("user_fiscalyear_lock_date", "user_purchase_lock_date", "user_hard_lock_date")


@dataclass
class _Findings:
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, code: str, message: str, place: str = "Header") -> None:
        self.refusals.append(Refusal(code, message, place))


class ReferenceLookup:
    """Finds Odoo's records.

    :param transport: the database.
    :param names: tells what ids are called.
    """

    def __init__(self, transport: OdooTransport, names: Names) -> None:
        self._transport = transport
        self._names = names
        self.orders = Orders(transport, names)

    def of(self, bill: Bill, own: Found | None = None) -> References:
        """Every record that a bill names.

        :param own: the document of its key, as far as there is one.
        :raises ErpRejection: with a refusal for each that is missing or closed.
        """
        company = self.company(bill.company)
        findings = _Findings()
        locked = self.locked_until(company, taxed=bool(bill.taxes))
        day = bill.posting_date or max(bill.invoice_date, _after(locked))
        if locked is not None and day <= locked:
            findings.refuse(PERIOD_CLOSED, locked_message(day, locked, bill.company))
        partner = self._supplier(bill, company, findings)
        currency, decimals = self._currency(bill, company, day, findings)
        term = self._payment_term(bill, company, findings)
        accounts = self._accounts(bill, company, findings)
        taxes = self._taxes(bill, company, findings)
        dimensions = self._dimensions(bill, company, findings)
        matched, unmatched = self.orders.of(bill, Header(company, partner, currency, decimals), own)
        findings.refusals += unmatched
        if findings.refusals:
            raise ErpRejection(*findings.refusals)
        return References(
            company=company,
            partner=partner,
            currency=currency,
            journal=self._journal(company, bill.company),
            payment_term=term,
            posting_date=day,
            accounts=accounts,
            taxes=taxes,
            dimensions=dimensions,
            matched=matched,
        )

    def company(self, code: str) -> int:
        """The company whose contact has this Reference."""
        found = self.companies().get(code)
        if found is None:
            raise ErpRejection(
                Refusal(
                    "COMPANY_UNKNOWN",
                    f"Odoo has no company whose contact has the Reference {code}, or the export's user may "
                    "not see it: correct the company in the export's mapping, or the Reference in Odoo.",
                )
            )
        return found

    def companies(self) -> dict[str, int]:
        """The companies by their code, without those that share one."""
        codes = list(self._names.companies.values())
        return {
            code: company
            for company, code in self._names.companies.items()
            if code and codes.count(code) == 1
        }

    def suppliers(self, code: str, company: int) -> list[int]:
        """The contacts with this Reference that a company may use."""
        domain: Domain = [["ref", "=", code], ["company_id", "in", [False, company]]]
        rows = self._transport.search(
            "res.partner", domain, ["commercial_partner_id"], company=company, order="id"
        )
        return sorted({row["commercial_partner_id"][0] for row in rows})

    def locked_until(self, company: int, *, taxed: bool) -> datetime.date | None:
        """The last day on which the books of a company take nothing any more."""
        new = self._transport.version >= 18
        fields = list(_LOCKS_FROM_18 if new else _LOCKS)
        if taxed:
            fields.append("user_tax_lock_date" if new else "tax_lock_date")
        (row,) = self._transport.search("res.company", [["id", "=", company]], fields, company=company)
        return max((day for name in fields if (day := _lock(row[name]))), default=None)

    def first_open_day(self, company: int, day: datetime.date) -> datetime.date:
        """That day, or the first one after it on which the books are open."""
        return max(day, _after(self.locked_until(company, taxed=True)))

    def _supplier(self, bill: Bill, company: int, findings: _Findings) -> int:
        found = self.suppliers(bill.supplier, company)
        named = f"supplier {bill.supplier} ({bill.supplier_name})"
        if not found:
            findings.refuse(
                "SUPPLIER_UNKNOWN",
                f"Odoo has no {named}: create the contact with that Reference in Odoo, or correct the "
                "supplier number in Coupa.",
            )
        elif len(found) > 1:
            findings.refuse(
                "SUPPLIER_AMBIGUOUS",
                f"Odoo has {len(found)} contacts with the Reference of {named}: leave it with one of them.",
            )
        return found[0] if found else 0

    def _currency(self, bill: Bill, company: int, day: datetime.date, findings: _Findings) -> tuple[int, int]:
        """The currency and its decimals."""
        named: Domain = [["name", "=", bill.currency]]
        found = self._transport.search("res.currency", named, ["decimal_places"], company=company)
        if not found:
            findings.refuse(
                "CURRENCY_UNKNOWN",
                f"Odoo has no active currency {bill.currency}: activate it with its rates in Odoo, or "
                "correct the invoice.",
            )
            return 0, 0
        currency, places = int(found[0]["id"]), int(found[0]["decimal_places"])
        amounts = [(line.amount, line.place) for line in bill.lines]
        amounts += [(tax.amount, tax.place) for tax in bill.taxes]
        for amount, place in amounts:
            if round(amount, places) != amount:
                findings.refuse(
                    "AMOUNT_DECIMALS",
                    f"{amount} {bill.currency} has more decimals than the {places} of the currency in Odoo: "
                    "correct the amount in Coupa, or the currency in Odoo.",
                    place,
                )
        (row,) = self._transport.search(
            "res.company", [["id", "=", company]], ["currency_id"], company=company
        )
        if row["currency_id"][0] != currency and not self._has_rate(
            currency, company, min(day, bill.invoice_date)
        ):
            findings.refuse(
                "CURRENCY_RATE_MISSING",
                f"Odoo has no rate of {bill.currency} for company {bill.company} on {bill.invoice_date}, and "
                "would take 1: enter the rate in Odoo.",
            )
        return currency, places

    def _has_rate(self, currency: int, company: int, day: datetime.date) -> bool:
        domain: Domain = [
            ["currency_id", "=", currency],
            ["company_id", "in", [False, company]],
            ["name", "<=", day.isoformat()],
        ]
        return bool(self._transport.search("res.currency.rate", domain, ["name"], company=company, limit=1))

    def _payment_term(self, bill: Bill, company: int, findings: _Findings) -> int | None:
        if bill.payment_term is None:
            return None
        domain: Domain = [["name", "=", bill.payment_term], ["company_id", "in", [False, company]]]
        found = self._transport.search("account.payment.term", domain, ["name"], company=company, order="id")
        if found:
            return int(found[0]["id"])
        findings.refuse(
            "PAYMENT_TERM_UNKNOWN",
            f"Odoo has no payment term {bill.payment_term}: create it in Odoo, or correct the mapping.",
        )
        return None

    def _accounts(self, bill: Bill, company: int, findings: _Findings) -> dict[str, int]:
        version = self._transport.version
        ours: Domain = [["company_ids", "in", [company]] if version >= 18 else ["company_id", "=", company]]
        usable = "active" if version >= 19 else "deprecated"
        rows = self._transport.search_names(
            "account.account",
            "code",
            (line.account for line in bill.lines),
            ours,
            ["code", "name", usable],
            company=company,
            inactive=True,
        )
        found = {row["code"]: row for row in rows}
        for line in bill.lines:
            row = found.get(line.account)
            if row is None:
                findings.refuse(
                    "ACCOUNT_UNKNOWN",
                    f"Odoo has no account {line.account} in company {bill.company}: correct the account in "
                    "Coupa, or create it in Odoo.",
                    line.place,
                )
            elif row[usable] is not (usable == "active"):
                findings.refuse(
                    "ACCOUNT_CLOSED",
                    f"Account {line.account} ({row['name']}) of company {bill.company} is archived in Odoo: "
                    "choose another account in Coupa.",
                    line.place,
                )
        return {code: row["id"] for code, row in found.items()}

    def _taxes(self, bill: Bill, company: int, findings: _Findings) -> dict[str, int]:
        rows = self._transport.search_names(
            "account.tax",
            "name",
            (tax.code for tax in bill.taxes),
            [["type_tax_use", "=", "purchase"], ["company_id", "=", company]],
            ["name", "amount_type", "price_include", "invoice_repartition_line_ids"],
            company=company,
        )
        parts = self._transport.search_names(
            "account.tax.repartition.line",
            "id",
            (part for row in rows for part in row["invoice_repartition_line_ids"]),
            [["repartition_type", "=", "tax"]],
            ["account_id"],
            company=company,
        )
        accounts = {part["id"]: part["account_id"] for part in parts}
        found: dict[str, Any] = {}
        for row in rows:
            if row["name"] in found:
                findings.refuse(
                    "TAX_AMBIGUOUS",
                    f"Odoo has more than one purchase tax {row['name']} in company {bill.company}: rename "
                    "all but one there.",
                )
            found[row["name"]] = row
        for tax in bill.taxes:
            if tax.code not in found:
                findings.refuse(
                    "TAX_UNKNOWN",
                    f"Odoo has no purchase tax {tax.code} in company {bill.company}: create it in Odoo under "
                    "that name, or correct the mapping.",
                    tax.place,
                )
                continue
            row = found[tax.code]
            own = [accounts[part] for part in row["invoice_repartition_line_ids"] if part in accounts]
            if len(own) != 1 or not own[0] or row["amount_type"] == "group" or row["price_include"]:
                findings.refuse(
                    "TAX_NOT_PLAIN",
                    f"Tax {tax.code} of company {bill.company} cannot take Coupa's amount: in Odoo it must "
                    "be no group, not included in the price, and go to one account as a whole.",
                    tax.place,
                )
        return {name: row["id"] for name, row in found.items()}

    def _dimensions(self, bill: Bill, company: int, findings: _Findings) -> dict[tuple[str, str], int]:
        rows = self._transport.search_names(
            "account.analytic.account",
            "code",
            (code for line in bill.lines for code in line.dimensions.values()),
            [["company_id", "in", [False, company]]],
            ["code", "root_plan_id"],
            company=company,
        )
        known = {
            (_axis(row["root_plan_id"][1]), row["code"]): row["id"] for row in rows if row["root_plan_id"]
        }
        for line in bill.lines:
            for axis, code in line.dimensions.items():
                if (axis, code) not in known:
                    findings.refuse(
                        "DIMENSION_UNKNOWN",
                        f"Odoo has no {axis.replace('_', ' ')} {code} in company {bill.company}: correct it "
                        "in Coupa, or create the analytic account in Odoo.",
                        line.place,
                    )
        return known

    def _journal(self, company: int, code: str) -> int:
        named = self._transport.settings.extra.journal
        domain: Domain = [["type", "=", "purchase"], ["company_id", "=", company]]
        found = self._transport.search(
            "account.journal",
            [*domain, *([["code", "=", named]] if named else [])],
            ["code"],
            company=company,
            order="sequence, id",
            limit=1,
        )
        if not found:
            raise ConfigurationError(
                f"Odoo has no purchase journal{f' {named}' if named else ''} in company {code}: create it "
                "there, or correct journal in the connection's extra."
            )
        return int(found[0]["id"])


def locked_message(day: datetime.date, locked: datetime.date, company: str) -> str:
    """Why a day is refused: Odoo itself would move the date without a word."""
    return (
        f"Odoo's books of company {company} are locked up to {locked}, and the posting date is {day}: move "
        "Odoo's lock date back, or change the date in Coupa, so that it falls into an open period."
    )


def _lock(value: Any) -> datetime.date | None:
    """A lock date; Odoo writes the year 1, where there is none, without leading zeros."""
    if not value:
        return None
    year, month, day = (int(part) for part in str(value).split("-"))
    return datetime.date(year, month, day) if year > 1 else None


def _after(locked: datetime.date | None) -> datetime.date:
    return locked + datetime.timedelta(days=1) if locked else datetime.date.min


def _axis(plan: str) -> str:
    """Odoo's analytic plan as the mapping names an axis: ``Cost center`` is ``cost_center``."""
    return "_".join(plan.lower().split())
