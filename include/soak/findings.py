"""One thing that is not as it must be."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """What the judge objects to.

    :param kind: ``lost``, ``twice``, ``stale``, ``run open``, ``alert too many``, …
    :param about: the invoice, the run or the account.
    :param what: in a few words.
    """

    kind: str
    about: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}: {self.what}"
