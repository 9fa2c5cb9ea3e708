"""The objects of one kind, by id."""

from __future__ import annotations

from collections.abc import Iterator

from include.sandbox.calls import Json, Refused
from include.sandbox.journal import Journal


class Table:
    """Objects of one kind in memory, each change written through to the journal.

    :param kind: the name in the journal.
    :param definition: the Swagger's definition, if Coupa has one for it.
    :param element: the XML element of one object.
    :param indexed_by: the attribute that callers look objects up by, most of all.
    """

    def __init__(
        self, journal: Journal, kind: str, definition: str, element: str, indexed_by: str | None = None
    ) -> None:
        self.kind = kind
        self.definition = definition
        self.element = element
        self.indexed_by = indexed_by
        self._journal = journal
        self._rows: dict[int, Json] = {}
        self._index: dict[str, set[int]] = {}
        self._highest = 0
        for row in journal.read(kind):
            self._keep(row)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Json]:
        return iter(self._rows.values())

    def get(self, identity: int) -> Json | None:
        """The object of this id, or ``None``."""
        return self._rows.get(identity)

    def demand(self, identity: int) -> Json:
        """The object of this id.

        :raises Refused: 404, there is none.
        """
        row = self._rows.get(identity)
        if row is None:
            raise Refused(404, {"error": f"Couldn't find {self.definition} with 'id'={identity}"})
        return row

    def with_value(self, value: str) -> list[Json]:
        """The objects whose indexed attribute has this value."""
        return [self._rows[identity] for identity in sorted(self._index.get(value, ()))]

    def add(self, row: Json) -> Json:
        """Keep a new object under the next id."""
        return self.save({"id": self._highest + 1, **row})

    def save(self, row: Json) -> Json:
        """Keep the object as it is now."""
        self._keep(row)
        self._journal.write(self.kind, row["id"], row)
        return row

    def clear(self) -> None:
        """Forget all objects, and begin with id 1 again."""
        self._rows.clear()
        self._index.clear()
        self._highest = 0

    def _keep(self, row: Json) -> None:
        identity = int(row["id"])
        self._rows[identity] = row
        self._highest = max(self._highest, identity)
        if self.indexed_by is not None:
            # an object's indexed attribute never changes once it is created
            self._index.setdefault(str(row.get(self.indexed_by)), set()).add(identity)
