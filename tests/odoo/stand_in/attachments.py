"""``ir.attachment``, as Odoo's source has it: who may, and what becomes of a picture without a word."""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
from typing import Any

from tests.odoo.stand_in.moves import MOVE, Moves
from tests.odoo.stand_in.tables import Failed, Row

ATTACHMENT = "ir.attachment"
_FIELDS = {"name", "res_model", "res_id", "type", "mimetype", "description", "datas", "company_id"}
_MAIN = "message_main_attachment_id"


class Attachments:
    """The files of bills.

    :param moves: the bills.
    """

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self.rows: list[Row] = []
        self._last = 0

    def call(self, method: str, ids: list[int], context: Row, **body: Any) -> Any:
        """A method of the model."""
        if method == "create":
            return [self._create(values, context) for values in body["vals_list"]]
        found = [row for row in self.rows if row["id"] in ids]
        if len(found) != len(ids) or not ids:
            raise Failed(404, "odoo.exceptions.MissingError", f"Record does not exist. (Record: {ids})")
        if method == "unlink":
            self.rows = [row for row in self.rows if row["id"] not in ids]
            return True
        if method == "register_as_main_attachment":
            (one,) = found
            bill = self._moves.get(one["res_id"])
            if body.get("force", True) or not bill.get(_MAIN):
                bill[_MAIN] = [one["id"], one["name"]]
            return None
        raise Failed(
            404, "werkzeug.exceptions.NotFound", f"The method '{ATTACHMENT}.{method}' does not exist"
        )

    def _create(self, values: Row, context: Row) -> int:
        if unknown := values.keys() - _FIELDS:
            raise Failed(
                500, "builtins.ValueError", f"Invalid field {min(unknown)!r} on model {ATTACHMENT!r}"
            )
        if not values.get("name"):
            raise Failed(422, "odoo.exceptions.ValidationError", "The operation cannot be completed: name")
        if values["res_model"] != MOVE or values["res_id"] not in self._moves.moves:
            raise Failed(
                403, "odoo.exceptions.AccessError", "Sorry, you are not allowed to access this document."
            )
        try:
            content = base64.b64decode(values["datas"], validate=True)
        except binascii.Error:
            raise Failed(500, "binascii.Error", "Incorrect padding") from None
        media_type = values.get("mimetype") or mimetypes.guess_type(values["name"])[0] or "text/plain"
        if media_type.startswith("image/") and not context.get("image_no_postprocess"):
            content = content[: len(content) // 2]  # resized, without a word
        if "xml" in media_type or "html" in media_type:
            media_type = "text/plain"
        self._last += 1
        company = context.get("allowed_company_ids", [False])[0]
        self.rows.append(
            {
                "id": self._last, "type": "binary", "description": False, "company_id": company, **values,
                "mimetype": media_type,
                "datas": base64.b64encode(content).decode(),
                "file_size": len(content),
                "checksum": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            }
        )  # fmt: skip
        return self._last
