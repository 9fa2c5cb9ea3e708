"""A failure of Odoo that repeats what it was sent shows neither the key nor an IBAN."""

from __future__ import annotations

import pytest

from include.errors import ErpRejection
from tests.coupa_hook.scripted_server import Reply, ScriptedServer
from tests.odoo.stand_in.server import DATABASE, KEY
from tests.odoo.world import connection_to, open_hook

REPEATED = f"You sent {KEY} for DE89370400440532013000."
FAULT = {"name": "odoo.exceptions.UserError", "message": REPEATED}
SAYS = "Odoo refuses: You sent *** for "


@pytest.mark.parametrize(
    ("version", "reply"),
    [
        (19, Reply(422, FAULT)),
        (19, Reply(200, {"ids": False, "messages": [{"type": "error", "message": REPEATED}]})),
        (18, Reply(200, {"jsonrpc": "2.0", "id": None, "error": {"message": REPEATED, "data": FAULT}})),
    ],
    ids=["with a status that fits", "of an import, with 200", "over jsonrpc, with 200"],
)
def test_what_odoo_repeats_of_a_request_is_masked(version, reply):
    with ScriptedServer() as server:
        server.answer = lambda _: reply
        transport = open_hook(connection_to(server.url, DATABASE, KEY)).transport
        transport.__dict__["version"] = version
        with pytest.raises(ErpRejection) as refused:
            transport.load("account.move", [], [], company=1)
    (refusal,) = refused.value.refusals
    assert refusal.message.startswith(SAYS)
    assert "370400" not in refusal.message
