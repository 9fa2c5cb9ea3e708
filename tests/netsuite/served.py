"""The stand-in for NetSuite as a process that the kit takes for a real one: ``tests/erp_kit/served.py``."""

from __future__ import annotations

from tests.erp_kit.served import told, variables_of
from tests.netsuite.books import BOOKS
from tests.netsuite.ledger import BANK
from tests.netsuite.stand_in import CERTIFICATE, CLIENT, StandIn, key_pair

if __name__ == "__main__":
    with StandIn() as server:
        server.ledger.closed.add(f"{BOOKS.closed_day:%Y%m}")
        key = key_pair()[0].strip().replace("\n", "\\n")
        own = {"URL": server.url, "CLIENT_ID": CLIENT, "KEY": key, "CERTIFICATE_ID": CERTIFICATE}
        told("NETSUITE", {**own, **variables_of(BOOKS), "BANK": BANK, "PATIENCE": "3"})
