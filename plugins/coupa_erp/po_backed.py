"""``po_backed``, what becomes of a line with a purchase order, as connections say it.

A hook that books every line to its account refuses ``match``; it is never passed over.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

SETTING = "po_backed"
_INSTEAD = {
    "erp_rest": ". Where the API itself matches, put {purchase_order} and {purchase_order_line} of each line "
    "into the bodies of its settings file"
}


class MatchesOrders(BaseModel):
    """The part of an extra that a hook reads which matches lines with the ERP's purchase orders.

    :param po_backed: ``gl`` books a line with a purchase order to its account alone, ``match`` against the
        order's line.
    :param po_line_by: what Coupa's order line number is in the ERP: the line's ``position`` among those of
        the order that are of products, or its ``sequence``.
    """

    po_backed: Literal["gl", "match"] = "gl"
    po_line_by: Literal["position", "sequence"] = "position"


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
