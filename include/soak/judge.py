"""What is left at the end, judged from Coupa's records and Tryton's tables alone.

It asks nothing of the export and believes none of its summaries. What people did meanwhile is known to it:
whose content changed when, who was paid, which period was closed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from include.demo.comparison import Row
from include.demo.expected_books import expected_books
from include.sandbox.invoices.case import Case
from include.soak.alerts_due import alert_findings, says, was_told
from include.soak.erp_books import ErpBooks, ErpEntry, Sums, without_zeros
from include.soak.findings import Finding

Json = dict[str, Any]
End = Literal["posted", "voided", "rejected", "entered by hand", "not taken", "unsettled"]

_TAKEN = ("approved", "voided")


@dataclass
class Scene:
    """Everything that the judge sees.

    :param invoices: of Coupa, as it shows them now; likewise ``history``, ``errors`` (resolved ones, too) and
        ``runs``.
    :param alerts: the mails that Coupa sent; ``None`` where it does not tell.
    :param cases: what must become of each invoice that nobody touched.
    :param versions: each content that Coupa has shown of an invoice which people changed, the oldest first.
    :param excuses: the codes under which an invoice may stand since a person did something to it.
    :param mended: refused by its case, and mended by a person since.
    :param by_hand: cancelled in the ERP by a person and entered there anew.
    """

    instance_key: str
    invoices: list[Json]
    history: list[Json]
    errors: list[Json]
    runs: list[Json]
    alerts: list[Json] | None
    books: ErpBooks
    cases: dict[int, Case] = field(default_factory=dict)
    versions: dict[int, list[Json]] = field(default_factory=dict)
    excuses: dict[int, set[str]] = field(default_factory=dict)
    mended: set[int] = field(default_factory=set)
    by_hand: set[int] = field(default_factory=set)


@dataclass
class Verdict:
    """What the judge found.

    :param ends: by invoice.
    :param rows: both sides' sums by currency and account.
    :param documents: by currency, how many invoices should be in the ledger, and how many documents are.
    :param alerts_due: how many mails people should have had; ``None`` where Coupa does not tell of mails.
    """

    ends: dict[int, End] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    documents: dict[str, tuple[int, int]] = field(default_factory=dict)
    alerts_due: int | None = None
    alerts_sent: int | None = None

    def count(self, *kinds: str) -> int:
        """How many findings of these kinds."""
        return sum(finding.kind in kinds for finding in self.findings)

    def ended(self, end: End) -> int:
        """How many invoices ended so."""
        return sum(one == end for one in self.ends.values())


def judge(scene: Scene) -> Verdict:
    """Judge a soak."""
    verdict = Verdict()
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    decimals: dict[str, int] = {}
    wanted: Counter[str] = Counter()
    bench = _Bench(scene, verdict.findings)
    for invoice in sorted(scene.invoices, key=lambda one: int(one["id"])):
        verdict.ends[invoice["id"]], sums = bench.settle(invoice)
        currency = invoice["currency"]["code"]
        wanted[currency] += bool(sums) or verdict.ends[invoice["id"]] == "posted"
        decimals[currency] = int(invoice["currency"]["decimals"])
        for account, amount in sums.items():
            expected[currency, account] += amount
    verdict.findings += _doubles(scene.books)
    verdict.findings += _strangers(scene)
    verdict.rows = _rows(expected, bench.ledger_sums(), decimals)
    stand = Counter(
        entry.currency for entry in scene.books.entries if entry.posted and _is_ours(entry, scene)
    )
    verdict.documents = {
        currency: (wanted[currency], stand[currency]) for currency in sorted(wanted.keys() | stand.keys())
    }
    verdict.findings += [
        Finding(
            "books",
            f"{row.currency} {row.account}",
            f"the ledger has {row.ledger}, it should have {row.coupa}",
        )
        for row in verdict.rows
        if row.difference
    ]
    verdict.findings += [
        Finding("run open", f"run {run['id']}", f"{run.get('status')}, and never ended")
        for run in scene.runs
        if not run.get("end-time")
    ]
    if scene.alerts is not None:
        verdict.alerts_due, found = alert_findings(scene.errors, scene.history, scene.runs, scene.alerts)
        verdict.alerts_sent = len(scene.alerts)
        verdict.findings += found
    return verdict


class _Bench:
    """Settles one invoice after the other."""

    def __init__(self, scene: Scene, findings: list[Finding]) -> None:
        self._scene = scene
        self._findings = findings
        self._entries: dict[str, list[ErpEntry]] = defaultdict(list)
        for entry in scene.books.entries:
            self._entries[entry.key].append(entry)
        self._open: dict[int, list[Json]] = defaultdict(list)
        for error in scene.errors:
            if not error.get("resolved") and error.get("document-id") is not None:
                self._open[error["document-id"]].append(error)

    def settle(self, invoice: Json) -> tuple[End, Sums]:
        """How an invoice ended, and what of it must stand in the books."""
        live = [entry for entry in self._entries[self._key(invoice)] if entry.live]
        case = self._scene.cases.get(invoice["id"])
        if case is not None and case.outcome == "not taken" and not live:
            return "not taken", {}
        if len(live) > 1:
            numbers = ", ".join(entry.number or f"draft {entry.erp_id}" for entry in live)
            self._find("twice", invoice, f"live in the ERP as {numbers}")
        elif live and not live[0].posted:
            self._find("draft", invoice, f"a draft is left in the ERP, {live[0].erp_id}")
        if invoice["status"] not in _TAKEN:
            if live:
                self._find("stale", invoice, f"is {invoice['status']} in Coupa and live in the ERP")
            return "not taken", {}
        if not invoice["exported"]:
            self._find("waiting", invoice, "waits for the export")
            return "unsettled", self._some_version(invoice, live)
        errors = self._open[invoice["id"]]
        if errors:
            return self._under_error(invoice, errors, live)
        if invoice["status"] == "voided":
            if live:
                self._find("stale", invoice, f"voided in Coupa and live in the ERP as {live[0].number}")
            return "voided", {}
        return self._approved(invoice, live, case)

    def ledger_sums(self) -> dict[tuple[str, str], Decimal]:
        """What the ledger holds of all documents of this Coupa, reversals included."""
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for entry in self._scene.books.entries:
            if _is_ours(entry, self._scene):
                for account, amount in entry.left.items():
                    sums[entry.currency, account] += amount
        return sums

    def _approved(self, invoice: Json, live: list[ErpEntry], case: Case | None) -> tuple[End, Sums]:
        if invoice["id"] in self._scene.by_hand:
            if live:
                self._find("twice", invoice, f"entered by hand, and by the export as {live[0].number}")
            return "entered by hand", {}
        posted = [entry for entry in live if entry.posted]
        if not posted:
            self._find("lost", invoice, "exported, not in the ERP, and no error is open")
            return "unsettled", {}
        wanted = without_zeros(expected_books(invoice))
        if case is not None and case.outcome == "rejected" and invoice["id"] not in self._scene.mended:
            self._find("wrongly posted", invoice, f"should be refused ({case.code})")
        if without_zeros(posted[0].sums) != wanted:
            self._find("stale", invoice, f"{posted[0].number} is not what Coupa shows now")
        number = (invoice.get("custom-fields") or {}).get("cf-erp-invoice-number")
        if number != posted[0].number:
            self._find("number", invoice, f"{number} in Coupa, {posted[0].number} in the ERP")
        return "posted", wanted

    def _under_error(self, invoice: Json, errors: list[Json], live: list[ErpEntry]) -> tuple[End, Sums]:
        case = self._scene.cases.get(invoice["id"])
        allowed = set(self._scene.excuses.get(invoice["id"], ()))
        if case is not None and case.code is not None:
            allowed.add(case.code)
        for error in errors:
            codes = [code for code, _ in says(error)]
            if error.get("contact-alert-type") == "Technical":
                self._find("unfinished", invoice, f"a technical error is open: {_told(error)}")
            elif case is not None and not allowed & set(codes):
                self._find("wrongly refused", invoice, _told(error))
            if self._scene.alerts is not None and not was_told(error, self._scene.errors, self._scene.alerts):
                self._find("untold", invoice, f"nobody was told of the open error {error['id']}")
        if len(errors) > 1:
            self._find("unfinished", invoice, f"{len(errors)} errors are open at once")
        if invoice["status"] == "voided" and live and invoice["id"] not in self._scene.excuses:
            self._find("stale", invoice, f"voided in Coupa and live in the ERP as {live[0].number}")
        return "rejected", self._some_version(invoice, live)

    def _some_version(self, invoice: Json, live: list[ErpEntry]) -> Sums:
        """The sums of a document that may be of an earlier content, but not of one that never was."""
        posted = [entry for entry in live if entry.posted]
        if not posted:
            return {}
        stands = without_zeros(posted[0].sums)
        versions = [*self._scene.versions.get(invoice["id"], ()), invoice]
        if not any(without_zeros(expected_books(version)) == stands for version in versions):
            self._find("stale", invoice, f"{posted[0].number} is nothing that Coupa has ever shown")
        return stands

    def _key(self, invoice: Json) -> str:
        return f"{self._scene.instance_key}/InvoiceHeader/{invoice['id']}"

    def _find(self, kind: str, invoice: Json, what: str) -> None:
        self._findings.append(Finding(kind, f"{invoice['invoice-number']} ({invoice['id']})", what))


def _is_ours(entry: ErpEntry, scene: Scene) -> bool:
    return entry.key.startswith(f"{scene.instance_key}/")


def _doubles(books: ErpBooks) -> Iterator[Finding]:
    """Live documents of one supplier and number under different keys: they would be paid twice."""
    by_number: dict[tuple[str, str, str], list[ErpEntry]] = defaultdict(list)
    for entry in books.entries:
        if entry.posted:
            by_number[entry.company, entry.supplier, entry.reference].append(entry)
    for (_, supplier, reference), entries in by_number.items():
        if len({entry.key for entry in entries}) > 1:
            numbers = ", ".join(entry.number for entry in entries)
            yield Finding("twice", f"{reference} of {supplier}", f"live under different keys as {numbers}")


def _strangers(scene: Scene) -> Iterator[Finding]:
    """What the export left in the ERP for which Coupa has no invoice, or no document."""
    keys = {f"{scene.instance_key}/InvoiceHeader/{invoice['id']}" for invoice in scene.invoices}
    for entry in scene.books.entries:
        if _is_ours(entry, scene) and entry.key not in keys and entry.live:
            yield Finding("books", entry.key, f"live in the ERP as {entry.number}, and not in Coupa")
    for entry in scene.books.entries:
        if not entry.live and (left := without_zeros(entry.left)):
            yield Finding("books", entry.key, f"{entry.number} is cancelled, and {left} is left of it")
    for move in scene.books.stray_moves:
        yield Finding("books", f"move {move}", "posted by the export, and part of no document")


def _rows(
    expected: dict[tuple[str, str], Decimal],
    ledger: dict[tuple[str, str], Decimal],
    decimals: dict[str, int],
) -> list[Row]:
    places = sorted(
        place for place in expected.keys() | ledger.keys() if expected.get(place) or ledger.get(place)
    )
    zero = Decimal(0)
    return [
        Row(
            currency,
            account,
            expected.get((currency, account), zero),
            ledger.get((currency, account), zero),
            decimals.get(currency, 2),
        )
        for currency, account in places
    ]


def _told(error: Json) -> str:
    return "; ".join(f"{code}: {message}" for code, message in says(error))[:300]
