"""The fields of a connection type whose hook matches lines with the ERP's purchase orders."""

from __future__ import annotations

from coupa_erp_provider.channel import Fields


def matching(erp: str, match: str, *, section: str | None = None) -> Fields:
    """Whether lines are matched, and by which number.

    :param erp: its name.
    :param match: what ``match`` does with such lines, as the end of a sentence.
    :param section: the heading under which they stand.
    """
    under = {"section": section} if section else {}
    return {
        "po_backed": {
            "label": "Lines with a purchase order",
            "description": f"gl books them to their account, match {match}.",
            "schema": {"type": ["string", "null"], "enum": ["gl", "match"], "default": "gl", **under},
        },
        "po_line_by": {
            "label": "Number of an order line",
            "description": f"What Coupa's number of an order line is in {erp}: the line's position among "
            "the order's lines of products, or its sequence.",
            "schema": {
                "type": ["string", "null"],
                "enum": ["position", "sequence"],
                "default": "position",
                **under,
            },
        },
    }
