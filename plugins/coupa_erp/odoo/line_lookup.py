"""Finding what the lines and taxes of bills name: accounts, taxes, analytic accounts."""

from __future__ import annotations

from typing import Any

from coupa_erp.erp_http.findings import Findings
from coupa_erp.odoo.transport import Domain, OdooTransport
from include.models.bill import Bill


class LineLookup:
    """Finds the records of lines; one that is missing is a refusal with the line's place.

    :param transport: the database.
    """

    def __init__(self, transport: OdooTransport) -> None:
        self._transport = transport

    def accounts(self, bill: Bill, company: int, findings: Findings) -> dict[str, int]:
        """The accounts of the lines, by code."""
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

    def taxes(self, bill: Bill, company: int, findings: Findings) -> dict[str, int]:
        """The taxes, by name; Odoo has to be able to take Coupa's amount for each."""
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

    def dimensions(self, bill: Bill, company: int, findings: Findings) -> dict[tuple[str, str], int]:
        """The analytic accounts, by axis and code."""
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


def _axis(plan: str) -> str:
    """Odoo's analytic plan as the mapping names an axis: ``Cost center`` is ``cost_center``."""
    return "_".join(plan.lower().split())
