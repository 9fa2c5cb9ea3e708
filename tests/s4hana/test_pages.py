"""Lists longer than a page, which change while they are read."""

from __future__ import annotations

import pytest

from coupa_erp.s4hana.pages import PAGE, listed
from include.errors import TransientError

ORDER = "FiscalYear desc,SupplierInvoice desc"


class Ledger:
    """Documents, the newest first, of which something happens before each page but the first."""

    def __init__(self, count, happens=lambda numbers: None, limit=PAGE):
        self.numbers = list(range(count, 0, -1))
        self.happens, self.limit, self.asked = happens, limit, 0

    def page(self, place):
        if self.asked:
            self.happens(self.numbers)
        self.asked += 1
        rows = [
            {"FiscalYear": "2026", "SupplierInvoice": number}
            for number in self.numbers[place : place + self.limit]
        ]
        return rows, len(rows) == self.limit

    def listed(self):
        return [row["SupplierInvoice"] for row in listed(self.page, ORDER, "A_SupplierInvoice")]


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
@pytest.mark.parametrize("limit", [PAGE, 30])
def test_every_entry_is_told_once(count, limit):
    assert Ledger(count, limit=limit).listed() == list(range(count, 0, -1))


@pytest.mark.parametrize("times", [1, 5, 30])
def test_entries_that_are_deleted_or_made_meanwhile_hide_none_and_double_none(times):
    def deleted(numbers):
        del numbers[:times]

    def made(numbers):
        numbers[:0] = range(numbers[0] + times, numbers[0], -1)

    for happens in (deleted, made):
        found = Ledger(3 * PAGE, happens).listed()
        assert len(found) == len(set(found))
        assert set(found) >= set(range(PAGE, 0, -1))


def test_a_list_that_changes_faster_than_it_can_be_read_is_read_later():
    with pytest.raises(TransientError, match="A_SupplierInvoice changes faster"):
        Ledger(5000, lambda numbers: numbers.pop(0) and numbers.__delitem__(slice(20))).listed()
