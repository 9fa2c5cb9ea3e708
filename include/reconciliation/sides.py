"""Reading both sides of a window, each invoice and document once, cut down as they come."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from include.coupa_port import CoupaPort
from include.erp_port import ErpDocument, ErpPort
from include.export.listing import hold_go_live, in_coupas_time
from include.mapping.dates import date_part
from include.mapping.settings import Mapping
from include.models.invoice import CoupaInvoice
from include.reconciliation.expected import Expected, expected_of, moment
from include.reconciliation.window import Window
from include.scope import CoupaScope

#: Ids in one query: as many as Coupa answers in a page.
_IDS = 50
_DAY = datetime.timedelta(days=1)


@dataclass
class Sides:
    """What was read, by business key."""

    coupa: dict[str, Expected] = field(default_factory=dict)
    erp: dict[str, list[ErpDocument]] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """Every key of either side."""
        return sorted({*self.coupa, *self.erp})


class Reader:
    """Reads.

    :param coupa: the instance.
    :param erp: the ERP.
    :param mapping: the mapping settings.
    :param today: for the posting date policy ``today``.
    """

    def __init__(self, coupa: CoupaPort, erp: ErpPort, mapping: Mapping, today: datetime.date) -> None:
        self._coupa = coupa
        self._erp = erp
        self._mapping = mapping
        self._today = today
        self._scope = coupa.scope
        self._key = re.compile(re.escape(self._prefix) + r"([1-9][0-9]{0,17})", re.ASCII)

    @property
    def _prefix(self) -> str:
        return self._scope.key(0)[:-1]

    def invoice_id(self, key: str) -> int | None:
        """The invoice that a key names; ``None`` where somebody typed what is no key of ours."""
        found = self._key.fullmatch(key)
        return int(found.group(1)) if found else None

    def window(self, window: Window) -> Sides:
        """Both sides of a window, each by its own dates: what stands in one of them alone may lie outside."""
        sides = Sides()
        for query in window_queries(self._scope, window):
            for invoice in self._coupa.read_invoices(query):
                if _lies_in(invoice, window):
                    self._take(sides, invoice)
        for document in self._erp.list_documents(self._prefix, window.first, window.last):
            sides.erp.setdefault(document.key or "", []).append(document)
        return sides

    def by_key(self, keys: Iterable[str]) -> Sides:
        """Both sides of some keys as they stand now, whatever their dates and status."""
        wanted = list(keys)
        sides = Sides()
        self._read_invoices(sides, wanted)
        for document in self._erp.find_by_keys(sorted(set(wanted))):
            sides.erp.setdefault(document.key or "", []).append(document)
        return sides

    def _take(self, sides: Sides, invoice: CoupaInvoice) -> None:
        expected = expected_of(invoice, self._scope, self._mapping, self._today)
        sides.coupa[self._scope.key(invoice.id)] = expected

    def _read_invoices(self, sides: Sides, keys: Iterable[str]) -> None:
        ids = sorted({found for key in keys if (found := self.invoice_id(key)) is not None})
        for start in range(0, len(ids), _IDS):
            some = ids[start : start + _IDS]
            for invoice in self._coupa.read_invoices({"id[in]": ",".join(map(str, some))}):
                if invoice.id in some:
                    self._take(sides, invoice)


def window_queries(scope: CoupaScope, window: Window) -> Iterator[dict[str, str]]:
    """The conditions on the invoices of a window, in Coupa's query language; none is in two of them.

    An invoice is in the window that is dated in it, or that changed in it: one that was dated long ago and
    approved late is looked at, too. ``invoice-date`` is midnight in a zone of Coupa's own, hence a day more
    on both sides.

    :param scope: the connection's settings; ``go_live_from`` and the selection hold here, too.
    :param window: the days.
    """
    common = {"status[in]": "approved,voided", **scope.selection_query}
    hold_go_live(common, scope)
    changed = {
        "updated-at[gt_or_eq]": _midnight(window.first),
        "updated-at[lt]": _midnight(window.last + _DAY),
    }
    since, until = _midnight(window.first - _DAY), _midnight(window.last + 2 * _DAY)
    yield {**common, "invoice-date[gt_or_eq]": since, "invoice-date[lt]": until}
    yield {**common, **changed, "invoice-date[lt]": since}
    yield {**common, **changed, "invoice-date[gt_or_eq]": until}


def _lies_in(invoice: CoupaInvoice, window: Window) -> bool:
    try:
        dated = date_part(invoice.invoice_date)
    except ValueError:
        dated = None
    changed = moment(invoice.updated_at)
    return window.holds(dated) or window.holds(changed.astimezone(datetime.UTC).date() if changed else None)


def _midnight(day: datetime.date) -> str:
    return in_coupas_time(datetime.datetime.combine(day, datetime.time(), datetime.UTC))
