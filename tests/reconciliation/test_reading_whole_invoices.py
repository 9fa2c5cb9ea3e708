from __future__ import annotations

import pytest

from include.sandbox.invoices import load


@pytest.fixture
def calls(sandbox):
    def made():
        calls = [call for call in sandbox.control.calls() if call["path"] == "/api/invoices"]
        return [dict(call["query"]) for call in calls]

    return made


def test_whole_invoices_come_by_id_across_pages(coupa, sandbox, calls):
    plain = next(one for one in load() if one["id"] == 104201)
    sandbox.control.add_invoices([{**plain, "id": 200_000 + number} for number in range(60)])
    found = list(coupa.read_invoices({"status[in]": "approved,voided"}))
    assert [invoice.id for invoice in found] == sorted(invoice.id for invoice in found)
    assert len(found) == 66
    assert all(invoice.invoice_lines for invoice in found)
    assert [query["id[gt]"] for query in calls()] == ["0", str(found[49].id)]


def test_an_api_filter_of_the_connection_shapes_them(coupa, calls):
    settings = coupa.settings
    shaped = settings.calls.model_copy(update={"api_filter": "invoices_to_erp"})
    coupa.__dict__["settings"] = settings.model_copy(update={"calls": shaped})
    list(coupa.read_invoices({"id[in]": "104201"}))
    (query,) = calls()
    assert query["filter"] == "invoices_to_erp"
    assert "fields" not in query
