"""An ERP of which no more is known than its connection and some codes: what a test may do at the real thing.

A file in JSON, named by ``COUPA_ERP_REAL_S4HANA`` or ``COUPA_ERP_REAL_NETSUITE``::

    {"connection": {"conn_type": "s4hana", "host": "https://…", "login": "…", "password": "…",
                    "extra": {"sandbox": true}},
     "company": "1010", "suppliers": ["17300001", "17300002"], "currency": "EUR",
     "accounts": ["61003000", "65008420"], "tax": "V1", "tax_amount": "19.00", "payment_term": "0004",
     "dimension": ["cost_center", "10101301"], "open_day": "2026-11-25"}

Only a connection that is marked as a sandbox is used: the tests enter and void invoices of 100.00 and tax.
"""

from __future__ import annotations

import datetime
import json
import os
import time
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from airflow.sdk import Connection

from coupa_erp.erp import ERP_HOOKS
from include.erp_port import ErpPort
from include.models.bill import Bill, BillLine, BillTax

VARIABLES = {"s4hana": "COUPA_ERP_REAL_S4HANA", "netsuite": "COUPA_ERP_REAL_NETSUITE"}


@dataclass(frozen=True)
class RealErp:
    """One ERP by its connection, and codes that stand in it."""

    connection: Any
    codes: dict[str, Any]

    def open_hook(self) -> ErpPort:
        """A hook of its own, as each task has one."""
        module, name = ERP_HOOKS[self.connection.conn_type]
        hook = getattr(import_module(module), name)(erp_conn_id="erp_default")
        hook.get_connection = lambda _: self.connection
        assert hook.sandbox, "the connection does not say that this ERP is for trying out"
        return hook  # type: ignore[no-any-return]

    def bill(self, **fields: Any) -> Bill:
        """A bill with a key and a number of its own: 100.00 and its tax."""
        codes, unique = self.codes, f"{time.time_ns():x}"[-10:]
        axis, code = codes["dimension"]
        line = BillLine(
            account=codes["accounts"][0],
            amount=Decimal(100),
            description="A test of the export",
            place="Line 1",
            dimensions={axis: code},
        )
        tax = BillTax(
            code=codes["tax"], base=Decimal(100), amount=Decimal(codes["tax_amount"]), place="Line 1"
        )
        day = datetime.date.fromisoformat(codes["open_day"])
        values = {
            "key": f"export-tests/InvoiceHeader/{unique}", "kind": "invoice", "company": codes["company"],
            "supplier": codes["suppliers"][0], "supplier_name": "A supplier", "number": f"T-{unique}".upper(),
            "invoice_date": day, "posting_date": day, "currency": codes["currency"],
            "payment_term": codes["payment_term"], "lines": [line], "taxes": [tax],
        } | fields  # fmt: skip
        parts = [*values["lines"], *values["taxes"]]
        return Bill.model_validate({"total": sum((part.amount for part in parts), Decimal(0)), **values})

    def changed(self, original: Bill) -> Bill:
        """The same invoice after an edit in Coupa: another account, 50.00 without tax."""
        line = original.lines[0].model_copy(
            update={"account": self.codes["accounts"][1], "amount": Decimal(50)}
        )
        update = {"lines": [line], "taxes": [], "total": Decimal(50)}
        return original.model_copy(update=update)


def named_in_the_environment() -> dict[str, RealErp]:
    """The real ERPs that somebody offers to these tests."""
    found = {}
    for name, variable in VARIABLES.items():
        if path := os.environ.get(variable):
            codes = json.loads(Path(path).read_text(encoding="utf-8"))
            connection = Connection.from_json(json.dumps(codes.pop("connection")), "erp_default")
            found[name] = RealErp(connection, codes)
    return found
