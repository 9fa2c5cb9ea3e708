"""What the stub of Airflow's API holds: runs, summaries and outcomes in the shapes of ``recorded.json``."""

from __future__ import annotations

import copy
import datetime
import json
from pathlib import Path
from typing import Any

DAG = "coupa_invoices_to_erp"
END, RECORD = "end_integration_run", "invoice.record_outcome"
WHOLE = "invoice"
STEPS = ("mark_exported", "resolve_previous", "post_to_erp", "record_outcome")
_RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))


def _like(name: str, **values: Any) -> dict[str, Any]:
    """A copy of a recorded answer with other values; a name that Airflow does not answer is a mistake."""
    shape = copy.deepcopy(_RECORDED[name])
    assert not set(values) - set(shape), (name, set(values) - set(shape))
    return {**shape, **values}


def invoice(number: int, kind: str = "posted", name: str | None = None, **others: Any) -> dict[str, Any]:
    """An outcome as ``record_outcome`` returns it."""
    outcome = copy.deepcopy(_RECORDED["outcome"])
    outcome.update(
        kind=kind,
        action="created" if kind == "posted" else kind if kind in ("unchanged", "voided") else None,
        erp_number=f"B{number}" if kind == "posted" else None,
        document_url=f"http://127.0.0.1:9/erp/{number}" if kind == "posted" else None,
        coupa_url=f"http://127.0.0.1:9/invoices/{number}",
        messages=[],
    )
    outcome["facts"].update(
        invoice_id=number, invoice_number=name or f"INV-{number}", currency="USD", total="100.00"
    )
    messages = [{"code": "X", "text": text} for text in others.pop("messages", [])]
    facts = {key: others.pop(key) for key in ("currency", "total", "approved_at") if key in others}
    outcome["facts"].update(facts)
    outcome.update(messages=messages, **others)
    return outcome


class World:
    """Runs, the newest first, as Airflow would list them."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self._squares: dict[tuple[str, int, str], dict[str, Any]] = {}
        self._xcoms: dict[tuple[str, str, int], dict[str, Any]] = {}

    def add_run(
        self,
        at: datetime.datetime,
        outcomes: list[dict[str, Any]],
        *,
        state: str = "success",
        failure: str | None = None,
        seconds: list[int] | None = None,
        dry: bool = False,
        whole: bool = False,
    ) -> str:
        """A run that ended a minute after its start; the runs are added oldest first."""
        run_id = f"scheduled__{at.isoformat()}"
        start, end = at.isoformat(), (at + datetime.timedelta(minutes=1)).isoformat()
        self.runs.insert(
            0,
            _like(
                "run",
                dag_run_id=run_id,
                run_after=start,
                start_date=start,
                end_date=end,
                state=state,
                run_type="scheduled",
                conf={"dry_run": True} if dry else {},
            ),
        )
        summary = _summary(outcomes, failure, seconds or [])
        if dry:
            summary = {"dry_run": True, "fetched": len(outcomes), "would": {}}
        if state == "success":
            event = _like("event", source_run_id=run_id, timestamp=end, extra=summary)
            self.events.insert(0, event)
        self._xcoms[run_id, END, -1] = _like("xcom", run_id=run_id, timestamp=end, value=summary)
        for index, outcome in enumerate(outcomes):
            self.record(run_id, index, outcome, at, whole=whole)
        return run_id

    def record(
        self,
        run_id: str,
        index: int,
        outcome: dict[str, Any],
        at: datetime.datetime,
        *,
        whole: bool = False,
    ) -> None:
        """The squares of one index and its outcome, as of now or of a later clearing.

        :param whole: an invoice is one task.
        """
        moment, record = at.isoformat(), WHOLE if whole else RECORD
        self._xcoms[run_id, record, index] = _like(
            "xcom", run_id=run_id, task_id=record, map_index=index, timestamp=moment, value=outcome
        )
        label = outcome["facts"]["invoice_number"]
        tasks = (WHOLE,) if whole else tuple(f"invoice.{step}" for step in STEPS)
        for task_id in tasks:
            posts = task_id in (WHOLE, "invoice.post_to_erp")
            red = posts and outcome["kind"] in ("rejected", "given_back", "stopped")
            self._squares.pop((run_id, index, task_id), None)
            self._squares[run_id, index, task_id] = _like(
                "square",
                dag_run_id=run_id,
                task_id=task_id,
                map_index=index,
                rendered_map_index=label,
                state="failed" if red else "success",
                run_after=moment,
                start_date=moment,
                end_date=moment,
                try_number=1,
            )

    @property
    def squares(self) -> list[dict[str, Any]]:
        """The task instances of invoices, the newest first."""
        return list(reversed(self._squares.values()))

    def run(self, run_id: str) -> dict[str, Any] | None:
        """One run."""
        return next((run for run in self.runs if run["dag_run_id"] == run_id), None)

    def told(self, task_id: str) -> list[dict[str, Any]]:
        """The XComs of a task, the newest first, without their values: so Airflow lists them."""
        found = [xcom for (_, task, _), xcom in self._xcoms.items() if task == task_id]
        found.sort(key=lambda xcom: xcom["timestamp"], reverse=True)
        return [{name: value for name, value in xcom.items() if name != "value"} for xcom in found]

    def xcom(self, run_id: str, task_id: str, map_index: int) -> dict[str, Any] | None:
        """One XCom with its value."""
        return self._xcoms.get((run_id, task_id, map_index))


def _summary(outcomes: list[dict[str, Any]], failure: str | None, seconds: list[int]) -> dict[str, Any]:
    summary = copy.deepcopy(_RECORDED["summary"])
    kinds = [outcome["kind"] for outcome in outcomes]

    def rows(kind: str) -> list[dict[str, Any]]:
        return [
            {
                "invoice_id": one["facts"]["invoice_id"],
                "invoice_number": one["facts"]["invoice_number"],
                "coupa_url": one["coupa_url"],
                "messages": [message["text"] for message in one["messages"]],
            }
            for one in outcomes
            if one["kind"] == kind
        ]

    totals: dict[str, dict[str, str]] = {}
    for one in outcomes:
        if one["kind"] in ("posted", "unchanged", "voided"):
            by_currency = totals.setdefault(one["kind"], {})
            kept, more = by_currency.get(one["facts"]["currency"], "0"), one["facts"]["total"]
            # In cents, by hand: what the page sums is to be summed by somebody else here.
            by_currency[one["facts"]["currency"]] = _cents(_of(kept) + _of(more))
    values = {
        "fetched": len(outcomes),
        "counts": {kind: kinds.count(kind) for kind in summary["counts"]},
        "totals": totals,
        "rejections": rows("rejected"),
        "given_back": rows("given_back"),
        "stopped": rows("stopped"),
        "settled": [
            one["facts"]["invoice_id"]
            for one in outcomes
            if one["kind"] not in ("rejected", "given_back", "stopped")
        ],
        "seconds_to_erp": seconds,
        "failure": failure,
    }
    assert set(values) <= set(summary)
    return {**summary, **values}


def _of(text: str) -> int:
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int((cents + "00")[:2])


def _cents(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"
