"""Finding what bills name: every missing record is a refusal of its own, with its place."""

from __future__ import annotations

import datetime

from coupa_erp.erp_http.findings import Findings
from coupa_erp.odoo.answers import PERIOD_CLOSED
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.line_lookup import LineLookup
from coupa_erp.odoo.lock_dates import LockDates, day_after, locked_message
from coupa_erp.odoo.names import Names
from coupa_erp.odoo.orders import Header, Orders
from coupa_erp.odoo.references import References
from coupa_erp.odoo.transport import Domain, OdooTransport
from include.errors import ConfigurationError, ErpRejection, Refusal
from include.models.bill import Bill


class ReferenceLookup:
    """Finds Odoo's records.

    :param transport: the database.
    :param names: tells what ids are called.
    """

    def __init__(self, transport: OdooTransport, names: Names) -> None:
        self._transport = transport
        self._names = names
        self._lines = LineLookup(transport)
        self.locks = LockDates(transport)
        self.orders = Orders(transport, names)

    def of(self, bill: Bill, own: Found | None = None) -> References:
        """Every record that a bill names.

        :param own: the document of its key, as far as there is one.
        :raises ErpRejection: with a refusal for each that is missing or closed.
        """
        company = self.company(bill.company)
        findings = Findings()
        locked = self.locks.until(company, taxed=bool(bill.taxes))
        day = bill.posting_date or max(bill.invoice_date, day_after(locked))
        if locked is not None and day <= locked:
            findings.refuse(PERIOD_CLOSED, locked_message(day, locked, bill.company))
        partner = self._supplier(bill, company, findings)
        currency, decimals = self._currency(bill, company, day, findings)
        term = self._payment_term(bill, company, findings)
        accounts = self._lines.accounts(bill, company, findings)
        taxes = self._lines.taxes(bill, company, findings)
        dimensions = self._lines.dimensions(bill, company, findings)
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

    def _supplier(self, bill: Bill, company: int, findings: Findings) -> int:
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

    def _currency(self, bill: Bill, company: int, day: datetime.date, findings: Findings) -> tuple[int, int]:
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

    def _payment_term(self, bill: Bill, company: int, findings: Findings) -> int | None:
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
