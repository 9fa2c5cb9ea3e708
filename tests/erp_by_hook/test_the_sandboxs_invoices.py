"""Every invoice of the sandbox that the mapping serves goes into each stand-in to the cent, or is named."""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from coupa_erp.coupa.private_files import DIRECTORY_VARIABLE
from include.errors import ErpRejection
from include.mapping.bill import map_invoice
from include.mapping.settings import SHIPPED, load_mapping
from include.models.invoice import CoupaInvoice
from include.sandbox.invoices import load
from tests.erp_kit.standing import is_of
from tests.netsuite.world import NetSuiteWorld
from tests.s4hana.world import S4HanaWorld

TODAY = datetime.date(2026, 11, 25)
#: What these ERPs cannot hold of what Coupa lets people enter.
REFUSED = {"TAX_CODES_ON_ONE_LINE"}
#: The shipped mapping's codes of the ERP, as S/4HANA has such: two characters a tax, four a payment term.
SAP_TAXES = {
    "V18": "V1",
    "VST19": "V2",
    "VST7": "V3",
    "JCT10": "V4",
    "KWV5": "V5",
    "ND50": "V6",
    "RC19-IN": "V7",
}
DEDUCTED = ("RC19-OUT", "WHT10")


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DIRECTORY_VARIABLE, str(tmp_path_factory.mktemp("erp") / "state"))
        yield


def bills(text):
    file = Path(text)
    mapping = load_mapping(file)
    for raw in load():
        invoice = CoupaInvoice.model_validate(json.loads(json.dumps(raw, default=str), parse_float=Decimal))
        try:
            yield map_invoice(invoice, mapping, f"sandbox/InvoiceHeader/{invoice.id}", TODAY)
        except ErpRejection:
            continue  # the mapping's own tests look at these


def entered(hook, sent):
    """The codes of refusals, all of them known; none: it was entered."""
    refusals = []
    try:
        is_of(hook.create(sent), sent)
    except ErpRejection as refused:
        refusals = list(refused.refusals)
    assert {refusal.code for refusal in refusals} <= REFUSED, refusals
    return {refusal.code for refusal in refusals}


def test_they_go_into_the_stand_in_for_s4hana(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    for code, sap in SAP_TAXES.items():
        text = text.replace(f'erp_code: "{code}"', f'erp_code: "{sap}"')
    text = re.sub(r'": "Net (\d\d)"', r'": "00\1"', text).replace('": "Due on receipt"', '": "0001"')
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    sents = list(bills(tmp_path / "mapping.yaml"))
    with S4HanaWorld(
        deducted_taxes=", ".join(f"{code}=17550{at}" for at, code in enumerate(DEDUCTED))
    ) as world:
        master = world.ledger.master
        master.closed.clear()
        master.taxes |= dict.fromkeys(SAP_TAXES.values(), "154000")
        master.terms |= {"0030", "0060", "0001"}
        for sent in sents:
            master.companies.add(sent.company)
            master.suppliers.add(sent.supplier)
            master.currencies.setdefault(sent.currency, 2)
            master.accounts |= {line.account for line in sent.lines} | {"175500", "175501"}
            master.cost_centers |= {code for line in sent.lines for code in line.dimensions.values()}
        results = [entered(world.open_hook(), sent) for sent in sents]
    assert results.count(set()) > 0.9 * len(sents) > 40


def test_they_go_into_the_stand_in_for_netsuite(state):
    sents = list(bills(SHIPPED))
    with NetSuiteWorld(
        tax_accounts=", ".join(f"{code}=215{at}" for at, code in enumerate(DEDUCTED))
    ) as world:
        world.ledger.closed.clear()
        lists, ids = world.ledger.lists, iter(range(9000, 10000))

        def add(table, codes):
            known = getattr(lists, table)
            known |= {str(next(ids)): code for code in sorted(codes) if code not in known.values()}

        lines = [line for sent in sents for line in sent.lines]
        taxes = {tax.code for sent in sents for tax in sent.taxes} - set(DEDUCTED)
        add("subsidiary", {sent.company for sent in sents})
        add("vendor", {sent.supplier for sent in sents})
        add("currency", {sent.currency for sent in sents})
        add("term", {sent.payment_term for sent in sents if sent.payment_term})
        add("account", {line.account for line in lines} | {"2150", "2151"})
        add("department", {code for line in lines for code in line.dimensions.values()})
        add("salestaxitem", taxes)
        lists.tax_accounts |= dict.fromkeys(taxes, "1410")
        results = [entered(world.open_hook(), sent) for sent in sents]
    assert results.count(set()) > 0.9 * len(sents) > 40
