"""``po_backed`` on a connection whose hook books every line to its account: refused, never passed over."""

from __future__ import annotations

from typing import Any

SETTING = "po_backed"
_INSTEAD = {
    "erp_rest": ". Where the API itself matches, put {purchase_order} and {purchase_order_line} of each line "
    "into the bodies of its settings file"
}


def without_matching(extra: dict[str, Any], conn_type: str) -> dict[str, Any]:
    """The extra without the setting, where it says what this hook does anyhow.

    :param conn_type: the connection's type.
    :raises ValueError: it asks for lines to be booked against purchase orders.
    """
    if extra.get(SETTING, "gl") != "gl":
        raise ValueError(
            f"{SETTING} in extra cannot be {extra[SETTING]}: the connection type {conn_type} books a line "
            f"with a purchase order to its account; leave {SETTING} out{_INSTEAD.get(conn_type, '')}"
        )
    return {name: value for name, value in extra.items() if name != SETTING}
