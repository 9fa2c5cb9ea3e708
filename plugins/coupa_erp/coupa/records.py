"""History records and integration errors: one set of fields, one set of calls, two paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from coupa_erp.coupa import fields
from coupa_erp.coupa.answers import one
from coupa_erp.coupa.creating import Creator
from coupa_erp.coupa.failures import RefusedOnRepeat
from coupa_erp.coupa.paging import PAGE_SIZE, pages
from coupa_erp.coupa.reading import read_record
from coupa_erp.coupa.transport import Call, CoupaTransport
from include.errors import RefusedByCoupa
from include.models.records import DOCUMENT_TYPE, IntegrationRecord, RecordDraft


class Records:
    """The records of one kind.

    :param path: ``/api/integration_history_records`` or ``/api/integration_errors``.
    :param transport: sends.
    :param creator: sends creates.
    """

    def __init__(self, path: str, transport: CoupaTransport, creator: Creator) -> None:
        self._path = path
        self._transport = transport
        self._creator = creator

    def find(
        self, invoice_id: int, resolved: bool | None, external_id: str | None
    ) -> Sequence[IntegrationRecord]:
        """Records of an invoice, by id.

        :param resolved: ``None`` finds both kinds.
        :param external_id: only records with this name of ours.
        """
        query = {"document-type": DOCUMENT_TYPE, "document-id": str(invoice_id)}
        if resolved is not None:
            query["resolved"] = "true" if resolved else "false"
        if external_id is not None:
            query["external-id"] = external_id
        needs = ("id", "document-id", "resolved", *(("external-id",) if external_id else ()))
        # Coupa may pass over a condition that it does not know: the record of another document is not ours.
        return [
            record
            for record in self.each(query, needs)
            if record.document_id == invoice_id
            and (resolved is None or record.resolved is resolved)
            and (external_id is None or record.external_id == external_id)
        ]

    def open_of(self, invoice_ids: Iterable[int]) -> dict[int, list[IntegrationRecord]]:
        """The open records of many invoices, fifty invoices a call.

        :return: by invoice id; an invoice without one is not in it.
        """
        wanted = sorted(set(invoice_ids))
        found: dict[int, list[IntegrationRecord]] = {}
        for start in range(0, len(wanted), PAGE_SIZE):
            some = wanted[start : start + PAGE_SIZE]
            named = ",".join(str(invoice_id) for invoice_id in some)
            query = {"document-type": DOCUMENT_TYPE, "document-id[in]": named, "resolved": "false"}
            for record in self.each(query, ("id", "document-id", "resolved")):
                if record.document_id in some and not record.resolved:
                    found.setdefault(record.document_id, []).append(record)
        return found

    def open_by_name(self, prefix: str) -> Iterator[IntegrationRecord]:
        """Open records by the beginning of our own name of them, by id, as they are consumed.

        :param prefix: of the external id.
        """
        query = {"resolved": "false", "external-id[starts_with]": prefix}
        for record in self.each(query, ("id", "external-id", "resolved")):
            # Coupa may pass over a condition that it does not know.
            if (record.external_id or "").startswith(prefix) and not record.resolved:
                yield record

    def each(self, query: Mapping[str, str], needs: Iterable[str]) -> Iterator[IntegrationRecord]:
        """Records by id, page after page, as they are consumed.

        :param needs: keys that each must have.
        """
        needed = tuple(needs)
        for raw in pages(
            lambda page: self._transport.listing(self._path, page, fields.RECORD).objects, query
        ):
            yield read_record(raw, f"GET {self._path}", needed)

    def turn(self, record_id: int, *, resolved: bool) -> IntegrationRecord:
        """Resolve a record, or open it again.

        :raises RefusedByCoupa: also where Coupa answered well and left it as it was.
        """
        action = "resolve" if resolved else "unresolve"
        call = Call("PUT", f"{self._path}/{record_id}/{action}", {"fields": fields.RECORD})
        try:
            record = self._read(call)
        except RefusedOnRepeat:
            # The attempt whose answer was lost may have done it: that is a success, not a refusal.
            record = self._read(Call("GET", f"{self._path}/{record_id}", {"fields": fields.RECORD}))
            if record.resolved is not resolved:
                raise
        if record.resolved is (not resolved):
            raise RefusedByCoupa(str(call), 200, [f"Coupa answered well but did not {action} the record"])
        return record

    def create(
        self, draft: RecordDraft, body: dict[str, Any], *, alert: bool, look_first: bool
    ) -> IntegrationRecord:
        """Create one record, found by its external id where an answer is lost.

        :param body: the draft's, with what this kind has beside it.
        :param alert: tell the integration's contacts.
        """
        path = f"{self._path}/create_alert" if alert else self._path
        call = Call("POST", path, {"fields": fields.RECORD}, body)

        def find() -> IntegrationRecord | None:
            # A resolved one is an earlier outcome's: this one must stand open, whatever came before.
            found = self._open_named(draft)
            return found[-1] if found else None

        return self._creator.create(
            call,
            lambda answer: read_record(one(answer.content, str(call)), str(call)),
            find,
            look_first=look_first,
        )

    def _open_named(self, draft: RecordDraft) -> Sequence[IntegrationRecord]:
        if draft.document_id is not None:
            return self.find(draft.document_id, False, draft.external_id)
        query = {"resolved": "false", "external-id": draft.external_id}
        listed = self.each(query, ("id", "external-id", "resolved"))
        return [row for row in listed if row.external_id == draft.external_id and not row.resolved]

    def _read(self, call: Call) -> IntegrationRecord:
        return read_record(one(self._transport.repeat(call).content, str(call)), str(call))
