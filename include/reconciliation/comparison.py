"""One key on both sides: every way in which Coupa's invoice and the ERP's documents of it differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from include.erp_port import ErpDocument
from include.reconciliation.differences import Difference, Fact, Kind
from include.reconciliation.expected import Expected, ExpectedBill

NOTHING = "nothing"
_SIGN = {"invoice": "an invoice", "credit_note": "a credit note"}


def differences(key: str, coupa: Expected | None, documents: Iterable[ErpDocument]) -> list[Difference]:
    """What differs; empty where both sides agree.

    :param key: the business key.
    :param coupa: the invoice; ``None`` where Coupa has none of this id.
    :param documents: every document of the key, the newest first.
    """
    own = list(documents)
    live = [document for document in own if document.live]
    posted = [document for document in live if document.state != "draft"]
    pair = _Pair(key, coupa, live)
    if len(live) > 1:
        return [pair.differ("live_twice", Fact(what="live documents", coupa="one", erp=_standing(live)))]
    if coupa is None or not coupa.approved:
        if not live:
            return []
        shown = "is not there" if coupa is None else f"shows {coupa.status or 'no status'}"
        return [pair.differ("void_but_live", Fact(what="status", coupa=shown, erp=_standing(live)))]
    if not posted:
        return [_undelivered(pair, coupa, own, live)]
    return list(_of_document(pair, coupa, posted[0]))


class _Pair:
    """Makes the differences of one key, with both totals."""

    def __init__(self, key: str, coupa: Expected | None, live: list[ErpDocument]) -> None:
        self._key = key
        self._coupa = coupa
        self._live = live

    def differ(self, kind: Kind, *facts: Fact) -> Difference:
        coupa, live = self._coupa, self._live
        currency = (live[0].currency if live else None) or (coupa.currency if coupa else None)
        return Difference(
            kind=kind,
            key=self._key,
            invoice_id=coupa.id if coupa else None,
            invoice_number=coupa.number if coupa else self._key,
            currency=(coupa.currency if coupa and coupa.currency else currency) or "-",
            coupa_total=coupa.total if coupa else None,
            erp_total=sum((signed_total(one) for one in live), Decimal(0)) if live else None,
            erp_numbers=[_name(one) for one in live],
            facts=list(facts),
        )


def signed_total(document: ErpDocument) -> Decimal:
    """The total, below zero for a credit note."""
    return -document.total if document.kind == "credit_note" else document.total


def _undelivered(pair: _Pair, coupa: Expected, own: list[ErpDocument], live: list[ErpDocument]) -> Difference:
    """Approved, and nothing posted."""
    cancelled = next((document for document in own if not document.live), None)
    sent = (
        coupa.bill is not None and cancelled is not None and cancelled.fingerprint in coupa.bill.fingerprints
    )
    if coupa.exported and sent and cancelled and coupa.erp_number == cancelled.number:
        # It was delivered whole, its number included: what cancelled it since was no export of ours.
        fact = Fact(what="document", coupa=f"shows it as {cancelled.number}", erp="has cancelled it")
        return pair.differ("changed_in_erp", fact)
    owed = f"{coupa.total} {coupa.currency}" if coupa.total is not None else "no total"
    facts = [Fact(what="total", coupa=owed, erp="only a draft" if live else NOTHING)]
    if coupa.erp_number:
        facts.append(Fact(what="document number", coupa=coupa.erp_number, erp=NOTHING))
    return pair.differ("orphan" if coupa.exported else "not_taken", *facts)


def _of_document(pair: _Pair, coupa: Expected, document: ErpDocument) -> Iterator[Difference]:
    if coupa.bill is None:
        refused = coupa.refusal or "cannot be mapped"
        fact = Fact(what="content", coupa=f"refused by the mapping now ({refused})", erp="posted")
        yield pair.differ("amounts_differ", fact)
    else:
        facts = list(_facts(coupa.bill, document))
        same_content = document.fingerprint in coupa.bill.fingerprints
        if facts:
            yield pair.differ("changed_in_erp" if same_content else "amounts_differ", *facts)
        elif document.fingerprint is None:
            fact = Fact(what="the export's line in the comment", coupa="sent with it", erp="gone")
            yield pair.differ("changed_in_erp", fact)
        elif not same_content:
            what = "due date, payment term, remit-to, cost center, tax base or purchase order"
            fact = Fact(what=what, coupa="as it is now", erp="as it was when it was sent")
            yield pair.differ("amounts_differ", fact)
    if coupa.erp_number != document.number:
        fact = Fact(what="document number", coupa=coupa.erp_number or NOTHING, erp=_name(document))
        yield pair.differ("number_missing", fact)


def _facts(bill: ExpectedBill, document: ErpDocument) -> Iterator[Fact]:
    pairs: list[tuple[str, object, object]] = [
        ("company", bill.company, document.company),
        ("supplier", bill.supplier, document.supplier),
        ("invoice number", bill.number, document.supplier_number),
        ("invoice date", bill.invoice_date, document.invoice_date),
        ("currency", bill.currency, document.currency),
        ("total", bill.total, document.total),
        ("tax", bill.tax, document.tax),
    ]
    if bill.total:  # a document of nothing has no sign
        pairs.append(("sign", _SIGN[bill.kind], _SIGN[document.kind]))
    for what, wanted, found in pairs:
        if wanted != found:
            yield Fact(what=what, coupa=_told(wanted), erp=_told(found))
    yield from _sums_that_differ("account", bill.line_sums, document.line_sums)
    yield from _sums_that_differ("tax", bill.tax_sums, document.tax_sums)


def _sums_that_differ(
    what: str, wanted: Mapping[str, Decimal], found: Mapping[str, Decimal]
) -> Iterator[Fact]:
    for name in sorted({*wanted, *found}):
        if wanted.get(name, Decimal(0)) != found.get(name, Decimal(0)):
            yield Fact(what=f"{what} {name}", coupa=_told(wanted.get(name)), erp=_told(found.get(name)))


def _told(value: object) -> str:
    return NOTHING if value is None else str(value)


def _name(document: ErpDocument) -> str:
    return document.number or f"draft {document.erp_id}"


def _standing(documents: Iterable[ErpDocument]) -> str:
    """With the state: a payment on what should not be there is a further change."""
    return ", ".join(f"{_name(one)} {one.state} with {signed_total(one)} {one.currency}" for one in documents)
