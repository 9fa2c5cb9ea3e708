"""The stand-in for S/4HANA as a process that the kit takes for a real one: ``tests/erp_kit/served.py``."""

from __future__ import annotations

from tests.erp_kit.served import told, variables_of
from tests.s4hana.books import BOOKS
from tests.s4hana.stand_in import CLIENT, PASSWORD, USER, StandIn

if __name__ == "__main__":
    with StandIn() as server:
        server.ledger.master.closed.add((BOOKS.closed_day.year, BOOKS.closed_day.month))
        own = {"URL": server.url, "CLIENT": CLIENT, "LOGIN": USER, "PASSWORD": PASSWORD, "PATIENCE": "3"}
        buyer = {
            "PURCHASING_ORGANIZATION": "1010", "PURCHASING_GROUP": "001",
            "PLANT": "1010", "MATERIAL_GROUP": "L001",
        }  # fmt: skip
        told("S4HANA", {**own, **variables_of(BOOKS), **buyer})
