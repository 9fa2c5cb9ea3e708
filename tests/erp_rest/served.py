"""The stand-in of an API as a process that the kit takes for a real one: ``tests/erp_kit/served.py``.

It has what Payables has no call for, because no hook asks: a journal, payments, periods, files by hand.
"""

from __future__ import annotations

import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.erp_kit.example.books import BOOKS
from tests.erp_kit.example.ledger import SECRET, Refused
from tests.erp_kit.served import told, variables_of
from tests.erp_rest.payables import BASE, Payables

HERE = Path(__file__).parent


class PayablesDesk(Payables):
    """Payables with the calls of ``acts.yaml``."""

    def _serve(self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: Any) -> Any:
        if (method, path) == ("GET", "/journal"):
            (key,) = query["externalKey"]
            entries = [(account, amount) for name, account, amount in self.entries if name == key]
            return {"data": [{"gl": account, "amt": format(amount, "f")} for account, amount in entries]}
        if period := re.fullmatch(r"/calendar/\w+/(closed|open)/(\d{4}-\d\d)-\d\d", path):
            change = self.closed_months.add if period[1] == "closed" else self.closed_months.discard
            change(period[2])
            return {}
        matched = re.fullmatch(r"/bills/(B[0-9]+)/(payments|attachments)", path)
        if not matched:
            return super()._serve(method, path, query, headers, body)
        bill = next((one for one in self.bills if one["id"] == matched[1]), None)
        if bill is None:
            raise Refused(404, ("nothing", "", f"Nothing at {method} {path}."))
        if matched[2] == "payments":
            self.pay(bill, Decimal(body["amount"]))
            return {}
        files = self.files.setdefault(bill["id"], [])
        if method == "GET":
            return {"data": [{"name": file["name"], "content": file["content"]} for file in files]}
        files.append({"name": body["name"], "content": body["content"]})
        return {}


if __name__ == "__main__":
    page = (HERE.parents[1] / "docs" / "rest.md").read_text(encoding="utf-8")
    with PayablesDesk() as erp, tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "payables.yaml"
        settings.write_text(re.findall(r"```yaml\n(.*?)```", page, re.S)[0], encoding="utf-8")
        own = {
            "URL": f"{erp.url}{BASE}",
            "TOKEN": SECRET,
            "API": str(settings),
            "ACTS": str(HERE / "acts.yaml"),
        }
        further = {"CLOSING_DAY": BOOKS.closing_day.isoformat(), "PATIENCE": "3"}
        told("REST", {**own, **variables_of(BOOKS), **further})
