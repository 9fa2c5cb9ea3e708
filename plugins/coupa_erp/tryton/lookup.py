"""From a bill's codes to Tryton's records: a handful of calls a bill, however many lines it has.

What is not found is told all at once, each with its place, before anything is written.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from coupa_erp.tryton.matching import Matching
from coupa_erp.tryton.reads import Domain, TrytonReads
from coupa_erp.tryton.references import Account, References, Tax
from include.errors import ConfigurationError, ErpRejection, Refusal
from include.models.bill import Bill


@dataclass
class _Findings:
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, code: str, message: str, place: str = "Header") -> None:
        refusal = Refusal(code, message, place)
        if refusal not in self.refusals:
            self.refusals.append(refusal)


class ReferenceLookup:
    """Looks bills' codes up. What belongs to a company and does not change is asked once a hook.

    :param transport: the database.
    :param matching: finds the lines of purchase orders; ``None``: every line is booked to its account.
    """

    def __init__(self, transport: TrytonReads, matching: Matching | None = None) -> None:
        self._transport = transport
        self._matching = matching
        self._companies: dict[str, int] = {}
        self._journals: dict[int, int] = {}

    def of(self, bill: Bill) -> References:
        """The records that a bill names.

        :raises ErpRejection: naming each code that Tryton does not have or that may not be used.
        """
        company = self.company(bill.company)
        findings = _Findings()
        party, address, own_payable = self._supplier(bill, company, findings)
        currency = self._currency(bill, findings)
        term = self._payment_term(bill, findings)
        posting_date = bill.posting_date or self._first_open_day(bill, company)
        accounts = self._accounts(bill, company, posting_date, findings)
        taxes = self._taxes(bill, company, findings)
        dimensions = self._dimensions(bill, company, findings)
        matches, unmatched = self._matching.of(bill) if self._matching else ({}, [])
        if findings.refusals or unmatched:
            raise ErpRejection(*findings.refusals, *unmatched)
        return References(
            company=company,
            party=party,
            address=address,
            payable=own_payable or self._default_payable(bill.company, company),
            currency=currency,
            journal=self._journal(company),
            payment_term=term,
            posting_date=posting_date,
            accounts=accounts,
            taxes=taxes,
            dimensions=dimensions,
            matches=matches,
        )

    def company(self, code: str) -> int:
        """The company whose party has this code."""
        if code not in self._companies:
            found = self._transport.search("company.company", [["party.code", "=", code]], ["id"], limit=2)
            if len(found) != 1:
                raise ErpRejection(
                    Refusal(
                        "COMPANY_UNKNOWN",
                        f"Tryton has no company whose party has the code {code}: correct the company in the "
                        "export's mapping, or the code in Tryton.",
                    )
                )
            self._companies[code] = int(found[0]["id"])
        return self._companies[code]

    def _supplier(self, bill: Bill, company: int, findings: _Findings) -> tuple[int, int, int | None]:
        found = self._transport.search(
            "party.party",
            [["code", "=", bill.supplier]],
            ["addresses.invoice", "accounts.company", "accounts.account_payable"],
            company=company,
        )
        named = f"supplier {bill.supplier} ({bill.supplier_name})"
        if not found:
            findings.refuse(
                "SUPPLIER_UNKNOWN",
                f"Tryton has no {named}: create the party with that code in Tryton, or correct the supplier "
                "number in Coupa.",
            )
            return 0, 0, None
        party = found[0]
        addresses = sorted(party["addresses"], key=lambda address: not address["invoice"])
        if not addresses:
            findings.refuse("SUPPLIER_WITHOUT_ADDRESS", f"Tryton has no address for {named}: add one there.")
            return 0, 0, None
        own = [
            row["account_payable"]
            for row in party["accounts"] or []
            if row["company"] == company and row["account_payable"]
        ]
        return int(party["id"]), int(addresses[0]["id"]), own[0] if own else None

    def _default_payable(self, code: str, company: int) -> int:
        found = self._transport.search(
            "account.configuration.default_account",
            [["company", "=", company]],
            ["default_account_payable"],
            company=company,
        )
        payables = [row["default_account_payable"] for row in found if row["default_account_payable"]]
        if not payables:
            raise ConfigurationError(
                f"Tryton has no default payable account for company {code}: set it in Tryton's accounting "
                "configuration."
            )
        return int(payables[0])

    def _currency(self, bill: Bill, findings: _Findings) -> int:
        found = self._transport.search("currency.currency", [["code", "=", bill.currency]], ["id"])
        if found:
            return int(found[0]["id"])
        findings.refuse(
            "CURRENCY_UNKNOWN",
            f"Tryton has no currency {bill.currency}: add it with its rates in Tryton, or correct the "
            "invoice.",
        )
        return 0

    def _payment_term(self, bill: Bill, findings: _Findings) -> int | None:
        if bill.payment_term is None:
            return None
        found = self._transport.search(
            "account.invoice.payment_term", [["name", "=", bill.payment_term]], ["id"]
        )
        if found:
            return int(found[0]["id"])
        findings.refuse(
            "PAYMENT_TERM_UNKNOWN",
            f"Tryton has no payment term {bill.payment_term}: create it in Tryton, or correct the mapping.",
        )
        return None

    def _first_open_day(self, bill: Bill, company: int) -> datetime.date:
        day = bill.invoice_date
        domain: Domain = [
            ["company", "=", company],
            ["type", "=", "standard"],
            ["state", "=", "open"],
            ["end_date", ">=", day],
        ]
        found = self._transport.search(
            "account.period",
            domain,
            ["start_date"],
            company=company,
            order=[("start_date", "ASC")],
            limit=1,
        )
        if not found:
            raise ErpRejection(
                Refusal(
                    "PERIOD_CLOSED",
                    f"Tryton has no open period on or after {day} for company {bill.company}: open one "
                    "there.",
                )
            )
        start: datetime.date = found[0]["start_date"]
        return max(start, day)

    def _accounts(
        self, bill: Bill, company: int, day: datetime.date, findings: _Findings
    ) -> dict[str, Account]:
        found = self._transport.search_names(
            "account.account",
            "code",
            (line.account for line in bill.lines),
            [["company", "=", company]],
            ["code", "name", "closed", "start_date", "end_date"],
            company=company,
            inactive=True,
        )
        accounts = {
            row["code"]: Account(
                row["id"], row["code"], row["name"], row["closed"], row["start_date"], row["end_date"]
            )
            for row in found
        }
        for line in bill.lines:
            account = accounts.get(line.account)
            if account is None:
                findings.refuse(
                    "ACCOUNT_UNKNOWN",
                    f"Tryton has no account {line.account} in company {bill.company}: correct the account in "
                    "Coupa, or create it in Tryton.",
                    line.place,
                )
            elif not account.usable_on(day):
                since = f" since {account.end}" if account.end and not account.closed else ""
                findings.refuse(
                    "ACCOUNT_CLOSED",
                    f"Account {account.code} ({account.name}) of company {bill.company} is closed{since} in "
                    f"Tryton and takes no posting of {day}: choose another account in Coupa.",
                    line.place,
                )
        return accounts

    def _taxes(self, bill: Bill, company: int, findings: _Findings) -> dict[str, Tax]:
        if not bill.taxes:
            return {}
        found = self._transport.search_names(
            "account.tax",
            "description",
            (tax.code for tax in bill.taxes),
            [["company", "=", company], ["parent", "=", None]],
            ["description", "invoice_account.code", "credit_note_account.code"],
            company=company,
        )
        taxes: dict[str, Tax] = {}
        for row in found:
            code = row["description"]
            if code in taxes:
                findings.refuse(
                    "TAX_AMBIGUOUS",
                    f"Tryton has more than one tax {code} in company {bill.company}: rename all but one "
                    "there.",
                )
            taxes[code] = Tax(row["id"], code, row["invoice_account"], row["credit_note_account"])
        for tax in bill.taxes:
            known = taxes.get(tax.code)
            if known is None:
                findings.refuse(
                    "TAX_UNKNOWN",
                    f"Tryton has no tax {tax.code} in company {bill.company}: create it in Tryton with that "
                    "description, or correct the mapping.",
                    tax.place,
                )
            elif known.invoice_account is None or known.credit_note_account is None:
                findings.refuse(
                    "TAX_WITHOUT_ACCOUNT",
                    f"Tax {tax.code} of company {bill.company} has no account in Tryton: add it there.",
                    tax.place,
                )
        return taxes

    def _dimensions(
        self, bill: Bill, company: int, findings: _Findings
    ) -> dict[tuple[str, str], tuple[int, int]]:
        codes = {code for line in bill.lines for code in line.dimensions.values()}
        if not codes:
            return {}
        found = self._transport.search_names(
            "analytic_account.account",
            "code",
            codes,
            [["company", "=", company], ["type", "in", ["normal", "distribution"]]],
            ["code", "root.name"],
            company=company,
        )
        known = {(_axis(row["root"]["name"]), row["code"]): (row["root"]["id"], row["id"]) for row in found}
        for line in bill.lines:
            for axis, code in line.dimensions.items():
                if (axis, code) not in known:
                    findings.refuse(
                        "DIMENSION_UNKNOWN",
                        f"Tryton has no {axis.replace('_', ' ')} {code} in company {bill.company}: correct "
                        "it in Coupa, or create the analytic account in Tryton.",
                        line.place,
                    )
        return known

    def _journal(self, company: int) -> int:
        if company not in self._journals:
            found = self._transport.search(
                "account.journal", [["type", "=", "expense"]], ["id"], company=company, order=[("id", "ASC")]
            )
            if not found:
                raise ConfigurationError("Tryton has no journal of type Expense: create one there.")
            self._journals[company] = int(found[0]["id"])
        return self._journals[company]


def _axis(root_name: str) -> str:
    """Tryton's analytic root as the mapping names an axis: ``Cost center`` is ``cost_center``."""
    return "_".join(root_name.lower().split())
