"""What stands in Tryton's books after the export against the debits and credits written by hand."""

from __future__ import annotations

import json
from contextlib import nullcontext
from decimal import Decimal
from typing import cast

import pytest

from coupa_erp.coupa.hook import CoupaHook
from coupa_erp.tryton.hook import TrytonHook
from include.coupa_port import CoupaPort
from include.demo.tryton_server import Tryton
from include.erp_port import ErpDocument
from include.errors import ErpRejection, Refusal
from include.export import claim
from include.export.delivery import deliver
from include.export.ports import Ports
from include.export.rehearsing import rehearsing
from include.models.invoice import CoupaInvoice
from include.sandbox.invoices import CASES
from include.sandbox.running import RunningSandbox
from include.scope import CoupaScope
from tests.ledger.bills import MAPPING, TODAY, WIRE, bill_of, cases
from tests.ledger.books import Books, by_hand
from tests.ledger.tryton_moves import Name, name_of, posted_books
from tests.reconciliation.carrying import Carrying, kinds

BOOKS = by_hand()


class Shown:
    """A Coupa that shows the sandbox's invoices, and nothing else."""

    scope = CoupaScope(integration_code="INVOICES_TO_ERP", instance_key="coupa-sandbox", sandbox=True)

    def read_invoice(self, invoice_id: int) -> CoupaInvoice:
        return CoupaInvoice.model_validate(json.loads(WIRE[invoice_id], parse_float=Decimal))


@pytest.fixture(scope="module")
def foretold(hook: TrytonHook) -> dict[int, str | tuple[Refusal, ...]]:
    """What a dry run says of every invoice while nothing is posted: what would be done, or each refusal."""
    ports = rehearsing(
        Ports(
            coupa=cast("CoupaPort", Shown()),
            open_erp=lambda: hook,
            read_mapping=lambda: MAPPING,
            today=TODAY,
            alert_turn=nullcontext,
        )
    )
    told: dict[int, str | tuple[Refusal, ...]] = {}
    for case in CASES.values():
        if case.outcome == "not taken":
            continue
        try:
            told[case.id] = deliver(ports, claim.mark_exported(ports, case.id), attempt="1").action
        except ErpRejection as refused:
            told[case.id] = refused.refusals
    return told


@pytest.fixture(scope="module")
def documents(hook: TrytonHook, foretold: dict[int, str | tuple[Refusal, ...]]) -> dict[int, ErpDocument]:
    """Every invoice that must be posted, posted."""
    return {invoice_id: hook.create(bill_of(invoice_id)) for invoice_id in cases("posted")}


@pytest.fixture(scope="module")
def refusals(hook: TrytonHook, documents: dict[int, ErpDocument]) -> dict[int, tuple[Refusal, ...]]:
    """Every invoice that Tryton must refuse, and how it did."""
    told = {}
    for invoice_id in cases("rejected", "erp"):
        with pytest.raises(ErpRejection) as refused:
            hook.create(bill_of(invoice_id))
        told[invoice_id] = refused.value.refusals
    return told


@pytest.fixture(scope="module")
def standing(
    tryton: Tryton, database: str, documents: dict[int, ErpDocument], refusals: dict[int, tuple[Refusal, ...]]
) -> dict[Name, Books]:
    """What stands in Tryton's own tables once all of it has been tried."""
    return posted_books(tryton.postgres, database)


@pytest.mark.parametrize("invoice_id", BOOKS)
def test_trytons_move_lines_are_exactly_those_written_by_hand(
    invoice_id: int, standing: dict[Name, Books]
) -> None:
    written = BOOKS[invoice_id]
    assert standing[name_of(written)] == written


def test_nothing_stands_in_the_books_but_what_must_be_posted(
    standing: dict[Name, Books], documents: dict[int, ErpDocument]
) -> None:
    posted = {
        (document.company, document.supplier, document.supplier_number) for document in documents.values()
    }
    assert set(standing) == posted
    assert len(posted) == len(cases("posted"))
    assert {document.state for document in documents.values()} <= {"posted", "paid"}


@pytest.mark.parametrize("invoice_id", cases("rejected", "erp"))
def test_tryton_refuses_by_its_own_rules_with_the_code_of_the_case(
    invoice_id: int, refusals: dict[int, tuple[Refusal, ...]]
) -> None:
    assert [refusal.code for refusal in refusals[invoice_id]] == [CASES[invoice_id].code]


def test_what_tryton_refused_left_no_document_of_its_key(
    hook: TrytonHook, refusals: dict[int, tuple[Refusal, ...]]
) -> None:
    assert hook.live_keys([f"coupa-sandbox/InvoiceHeader/{invoice_id}" for invoice_id in refusals]) == set()


def test_a_dry_run_had_foretold_of_each_invoice_what_was_then_done(
    foretold: dict[int, str | tuple[Refusal, ...]],
    documents: dict[int, ErpDocument],
    refusals: dict[int, tuple[Refusal, ...]],
) -> None:
    by_mapping = {}
    for invoice_id in cases("rejected", "mapping"):
        with pytest.raises(ErpRejection) as refused:
            bill_of(invoice_id)
        by_mapping[invoice_id] = refused.value.refusals
    assert foretold == {
        **dict.fromkeys(documents, "created"),
        **dict.fromkeys(cases("voided"), "nothing_to_void"),
        **refusals,
        **by_mapping,
    }


def test_the_reconciliation_finds_the_books_of_all_of_them_in_agreement(
    hook: TrytonHook,
    coupa: CoupaHook,
    sandbox: RunningSandbox,
    documents: dict[int, ErpDocument],
    refusals: dict[int, tuple[Refusal, ...]],
) -> None:
    world = Carrying(coupa, hook, sandbox.control, coupa.create_integration_run().id)
    refused = [*refusals, *cases("rejected", "mapping")]
    for invoice_id in (*documents, *refused, *cases("voided")):
        coupa.mark_exported(invoice_id)
    for invoice_id, document in documents.items():
        world.tell(invoice_id, document)
    for invoice_id in refused:
        world.refuse(invoice_id, "Refused.")
    report = world.look()
    assert (report.failure, kinds(report)) == (None, {})
    assert kinds(report, "under_open_error") == dict.fromkeys(refused, "orphan")
    assert set(kinds(report, "carried_elsewhere").values()) == {"orphan"}
    assert report.agreeing == len(documents) + len(cases("voided"))
