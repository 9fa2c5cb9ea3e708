"""The seven invariants, from Coupa and the ERP alone."""

from __future__ import annotations

from collections import Counter

from include.errors import ErpRejection
from include.export.content import content_of
from include.export.records import RESTING, RecordName
from include.mapping.bill import map_invoice
from include.soak.alerts_due import alert_findings, was_told
from tests.reliability.world import MAPPING, NUMBER, TODAY, World


def rest(world: World) -> list[str]:
    """Let two ordinary runs go by, and a third that must find nothing to do."""
    world.now_is_a_day_later()
    world.airflow.after = "restarted"
    world.erp.failing = None
    for _ in range(2):
        world.airflow.whole()
    before = picture(world)
    world.airflow.whole()
    return [] if picture(world) == before else ["a third run finds something to do"]


def faults(world: World, invoice_id: int, *, strikes: int = 0) -> list[str]:
    """What is not as it must be after everything has come to rest.

    :param strikes: how many technical failures of this invoice there were.
    """
    return [
        *faults_of(world, invoice_id),
        *_strikes(world, invoice_id, strikes),
        *_runs_and_alerts(world),
    ]


def faults_of(world: World, invoice_id: int) -> list[str]:
    """What is not as it must be about the invoice and what stands of it in Coupa and the ERP."""
    invoice = world.coupa.read_invoice(invoice_id)
    if invoice.status not in ("approved", "voided"):
        return []
    key = world.key(invoice_id)
    ours = [document for document in world.erp.documents if document.key == key]
    live = [document for document in ours if document.live]
    said = []
    if len(live) > 1:
        said.append(f"{len(live)} live documents: {[(one.number, one.state) for one in live]}")
    if any(document.state == "draft" for document in live):
        said.append("a draft was left in the ERP")
    if not invoice.exported:
        return [*said, "it still waits"]
    content = content_of(invoice, world.coupa.scope)
    errors = [error for error in world.told("errors", invoice_id) if not error["resolved"]]
    named = [(RecordName.read(error["external-id"], key), error) for error in errors]
    told = [error for name, error in named if name and name.outcome in RESTING and _was_told(world, error)]
    stale = [name.outcome for name, _ in named if name and name.content != content]
    if stale:
        said.append(f"open errors about what Coupa no longer shows: {stale}")
    promised = [name.outcome for name, _ in named if name and name.outcome not in RESTING]
    if promised and not told:
        said.append(f"exported under an error that promises another try: {promised}")
    successes = [
        name
        for record in world.told("history", invoice_id)
        if not record["resolved"] and (name := RecordName.read(record["external-id"], key))
    ]
    why_not = _why_not_done(world, invoice, live, successes, content)
    if why_not and not told:
        said.append(f"{why_not}, and no open error that a person was told of")
    if not why_not and told:
        said.append(f"done, yet under an open error: {[error['external-id'] for error in told]}")
    return said


def _why_not_done(  # noqa: PLR0911 - one return for each thing that may be missing
    world, invoice, live, successes, content
):
    if content not in [name.content for name in successes]:
        return "no open success about what Coupa shows"
    if invoice.status == "voided":
        return "voided, and live in the ERP" if live else None
    if not live:
        return "nothing in the ERP"
    try:
        bill = map_invoice(invoice, MAPPING, world.key(invoice.id), TODAY)
    except ErpRejection as refused:
        return f"cannot be mapped ({refused})"
    if live[0].fingerprint != bill.fingerprint:
        return "the ERP holds another content than Coupa shows"
    if invoice.custom_field(NUMBER) != live[0].number:
        return f"the number in Coupa is {invoice.custom_field(NUMBER)}, not {live[0].number}"
    return None


def _strikes(world: World, invoice_id: int, allowed: int) -> list[str]:
    key = world.key(invoice_id)
    names = [RecordName.read(error["external-id"], key) for error in world.told("errors", invoice_id)]
    struck = [name for name in names if name and name.outcome in ("failed", "stopped", "kept")]
    if len(struck) > allowed:
        return [f"{len(struck)} failures on record, {allowed} happened: {[str(name) for name in struck]}"]
    return []


def _runs_and_alerts(world: World) -> list[str]:
    left = [run["id"] for run in world.rows("runs") if not run["end-time"]]
    said = [f"runs left open: {left}"] if left else []
    if world.level != "runs" and (world.rows("runs") or world.rows("errors")):
        said.append("calls of option 3 at a lesser level")
    if world.level == "custom_field":
        # People look at the field: no mail, and no record either.
        return said + [f"records at {world.level}"] * bool(world.rows("history") or world.rows("alerts"))
    told = [world.told(kind) for kind in ("errors", "history", "alerts")]
    _, findings = alert_findings(*told[:2], world.rows("runs"), told[2])
    return said + [str(finding) for finding in findings]


def _was_told(world, error):
    return world.level == "custom_field" or was_told(error, world.told("errors"), world.told("alerts"))


def picture(world: World) -> tuple[object, ...]:
    """All that a run may change but its own trace: two runs in a row that change nothing show it alike."""
    invoices = [{**row, "last-exported-at": None, "updated-at": None} for row in world.rows("invoices")]
    records = Counter(
        (kind, record["id"], record["resolved"])
        for kind in ("history", "errors")
        for record in world.told(kind)
    )
    return invoices, records, len(world.told("alerts")), list(world.erp.documents)
