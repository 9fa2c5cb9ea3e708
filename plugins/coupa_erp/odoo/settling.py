"""Bringing a draft to what it has to say, cent by cent, and posting it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal

from coupa_erp.odoo.answers import PERIOD_CLOSED, NotInOdoo
from coupa_erp.odoo.content import Content
from coupa_erp.odoo.documents import MOVE, Documents
from coupa_erp.odoo.found import Found
from coupa_erp.odoo.names import Names, amount
from coupa_erp.odoo.read_back import differences
from coupa_erp.odoo.remark import note_of
from coupa_erp.odoo.transport import OdooTransport, Row
from include.errors import ErpRejection, Refusal

log = logging.getLogger(__name__)

#: Before 19 Odoo refuses a note of a user who has no mail address, unless one is named.
_SENDER = "coupa-export@localhost"


class Settling:
    """Sets tax amounts, compares, and presses Odoo's buttons.

    :param transport: the database.
    :param documents: finds documents.
    :param names: tells what ids are called.
    """

    def __init__(self, transport: OdooTransport, documents: Documents, names: Names) -> None:
        self._transport = transport
        self._documents = documents
        self._names = names

    def press(self, found: Found, button: str) -> None:
        """``action_post``, ``button_draft``, ``button_cancel`` or ``unlink``.

        :raises NotInOdoo: it was deleted.
        """
        self._transport.call(MOVE, button, [found.id], company=found.company)

    def write(self, found: Found, values: Row) -> None:
        """Write a draft's fields."""
        lines = len(values.get("invoice_line_ids", ()))
        self._transport.call(MOVE, "write", [found.id], company=found.company, lines=lines, vals=values)

    def settle_taxes(self, found: Found, taxes: dict[int, Decimal]) -> bool:
        """Give the taxes of a draft these amounts, whatever Odoo computed; whether anything was written."""
        side = -1 if found.document.kind == "credit_note" else 1
        commands: list[list[object]] = []
        left = dict(taxes)
        for line in self._documents.tax_lines(found):
            # A tax may have several journal items, one for each analytic account: the first takes it all.
            wanted = side * left.pop(line["tax_line_id"][0], Decimal(0))
            if amount(line["amount_currency"]) != wanted:
                commands.append([1, line["id"], {"amount_currency": wanted}])
        if commands:
            self.write(found, {"line_ids": commands})
        return bool(commands)

    def compare(self, found: Found, wanted: Content) -> tuple[Found | None, list[Refusal]]:
        """Read a document and every figure of it that is not as it should be."""
        now = self._documents.by_id(found.id)
        if now is None:
            return None, []
        return now, differences(wanted, self._documents.content(now), now, self._names)

    def says(self, draft: Found, wanted: Content, fingerprint: str) -> bool:
        """Whether a draft that was found can be posted as it is: nobody edited it since it was sent.

        :param fingerprint: of the bill that is wanted.
        """
        return draft.document.fingerprint == fingerprint and wanted.fits(self._documents.content(draft))

    def post(
        self, draft: Found, wanted: Content, *, before: Callable[[Found], None] | None = None
    ) -> tuple[Found | None, list[Refusal]]:
        """Settle the taxes, compare, post, and compare again.

        :param before: a last check of the draft as it stands.
        :return: the document, and what of it differs; ``None`` where another process took it away, or where
            its content is another process's by now.
        :raises ErpRejection: Odoo would move its date, or refuses to post it.
        """
        try:
            self.settle_taxes(draft, dict(wanted.taxes))
            now, faults = self.compare(draft, wanted)
            if now is None or not now.unposted:
                return None, []
            if faults:
                return now, faults
            _refuse_moving(now)
            if before is not None:
                before(now)
            self.press(now, "action_post")
        except NotInOdoo:
            return None, []
        except ErpRejection:
            stands = self._documents.by_id(draft.id)
            if stands is None or stands.posted:  # another process posted it first
                return None, []
            raise
        posted, faults = self.compare(draft, wanted)
        if posted is None or not posted.posted:
            return None, []
        return posted, faults

    def note(self, found: Found, fingerprint: str) -> None:
        """Keep the fingerprint in the chatter, too, for when somebody takes the remark out.

        It is sent to nobody, and a bill that cannot have it is posted without.
        """
        try:
            self._transport.call(
                MOVE,
                "message_post",
                [found.id],
                company=found.company,
                body=note_of(fingerprint),
                message_type="comment",
                subtype_xmlid="mail.mt_note",
                email_from=_SENDER,
            )
        except ErpRejection as refused:
            log.warning("The note for Odoo's document %s was not taken: %s", found.id, refused)


def _refuse_moving(draft: Found) -> None:
    """Odoo would post it on another day, without a word."""
    if draft.would_move:
        raise ErpRejection(Refusal(PERIOD_CLOSED, f"Odoo's books are locked. {draft.would_move}"))
