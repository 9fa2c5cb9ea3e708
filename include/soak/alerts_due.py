"""Which alerts people should have had, by the rules of the design, from Coupa's records alone.

- A rejection is told, unless its codes and messages are those of the invoice's newest record before it.
- Of technical failures in a row the first and the third are told (and later ones, which somebody asked for);
  a success or a rejection ends the row. An outage is no failure of the invoice.
- That a number was refused, or a mark could not be taken away, is told.
- Of one code and run ten are told; one error about the run sums up the rest, and is told.
- An outage is told once: again only after a run that went well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from include.soak.findings import Finding

Json = dict[str, Any]

MOST_A_CODE = 10
#: The response that says where in Airflow to look: not a part of what is said.
_WHERE = "AIRFLOW_RUN"
_FAILURES = ("failed", "stopped", "kept")


def says(record: Json) -> list[tuple[str, str]]:
    """Codes and messages of a record."""
    return [
        (str(response.get("response-code") or ""), str(response.get("response-message") or ""))
        for response in record.get("responses") or []
        if response.get("response-code") != _WHERE
    ]


def alert_findings(
    errors: list[Json], history: list[Json], runs: list[Json], alerts: list[Json]
) -> tuple[int, list[Finding]]:
    """Lay the alerts that are due beside those that were sent.

    :return: how many are due, and what differs.
    """
    due = _due_about_invoices(errors, history) | _due_about_runs(errors, runs)
    sent = Counter(alert["record-id"] for alert in alerts if alert["about"] == "errors")
    by_id = {error["id"]: error for error in errors}
    findings = [
        Finding("alert too many", f"alert {alert['id']}", "about a success")
        for alert in alerts
        if alert["about"] != "errors"
    ]
    count = 0
    for group in _groups(errors):
        wanted = [one for one in group if one in due]
        told = [one for one in group if sent[one]]
        count += min(len(wanted), MOST_A_CODE)
        if len(wanted) > MOST_A_CODE:
            # which ten of them is left to chance
            if len(told) != MOST_A_CODE:
                kind = "alert missing" if len(told) < MOST_A_CODE else "alert too many"
                about = f"run {by_id[group[0]].get('integration-run-id')}"
                findings.append(Finding(kind, about, f"{len(told)} of {len(wanted)} errors of one code told"))
            wanted = told
        findings += [
            Finding(
                "alert missing", _about(by_id[one]), f"error {one} was told to nobody: {_words(by_id[one])}"
            )
            for one in wanted
            if not sent[one]
        ]
        findings += [
            Finding(
                "alert too many", _about(by_id[one]), f"error {one} need not be told: {_words(by_id[one])}"
            )
            for one in told
            if one not in due
        ]
    findings += _missing_summaries(errors, due)
    return count + sum(finding.what.startswith("no error sums") for finding in findings), findings


def was_told(error: Json, errors: list[Json], alerts: list[Json]) -> bool:
    """Whether a person heard of what an open error says: by it, by an earlier one alike, or by a summary."""
    told = {alert["record-id"] for alert in alerts if alert["about"] == "errors"}
    alike = [
        one
        for one in errors
        if one.get("document-id") == error.get("document-id") and says(one) == says(error)
    ]
    summaries = [
        one
        for one in errors
        if _is_summary(one)
        and says(one)[0][0] == (says(error) or [("", "")])[0][0]
        and one.get("integration-run-id") == error.get("integration-run-id")
    ]
    return any(one["id"] in told for one in [*alike, *summaries])


def _due_about_invoices(errors: list[Json], history: list[Json]) -> set[int]:
    by_invoice: dict[int, list[tuple[str, bool, int, Json]]] = defaultdict(list)
    for is_success, records in ((False, errors), (True, history)):
        for record in records:
            if record.get("document-id") is not None:
                place = (str(record.get("created-at")), is_success, int(record["id"]), record)
                by_invoice[record["document-id"]].append(place)
    due: set[int] = set()
    for records_of_one in by_invoice.values():
        # Errors and successes are numbered apart, so time decides; within a second a success comes last.
        due |= _due_of_one([(one[1], one[3]) for one in sorted(records_of_one, key=lambda one: one[:3])])
    return due


def _due_of_one(records: list[tuple[bool, Json]]) -> set[int]:
    due: set[int] = set()
    row = 0
    newest: list[tuple[str, str]] | None = None
    seen: set[str] = set()
    for is_success, record in records:
        outcome = _outcome(record)
        name = str(record.get("external-id") or "")
        if is_success:
            row, newest = 0, None
            continue
        repeated = bool(name) and name in seen
        seen.add(name)
        if outcome == "outage":
            continue
        if outcome in _FAILURES:
            row += not repeated
            if not repeated and (row != 2 or outcome == "kept") and says(record) != newest:
                due.add(record["id"])
        elif not repeated and says(record) != newest:
            due.add(record["id"])
            row = 0
        newest = says(record)
    return due


def _due_about_runs(errors: list[Json], runs: list[Json]) -> set[int]:
    due: set[int] = set()
    went_well = {run["id"] for run in runs if run.get("status") in ("successful", "errored", "success")}
    last: int | None = None
    for error in sorted(errors, key=lambda one: int(one["id"])):
        if error.get("document-id") is not None:
            continue
        if _is_summary(error):
            if _too_many(errors, error):
                due.add(error["id"])
            continue
        run = int(error.get("integration-run-id") or 0)
        if last is None or any(last <= one <= run for one in went_well):
            due.add(error["id"])
        last = run
    return due


def _missing_summaries(errors: list[Json], due: set[int]) -> list[Finding]:
    """Each code of which a run had more than ten wants its summary."""
    by_run_and_code = Counter(
        (error.get("integration-run-id"), _code(error))
        for error in errors
        if error["id"] in due and error.get("document-id") is not None
    )
    summed = {(error.get("integration-run-id"), _code(error)) for error in errors if _is_summary(error)}
    return [
        Finding("alert missing", f"run {run}", f"no error sums up {number} errors {code}")
        for (run, code), number in by_run_and_code.items()
        if number > MOST_A_CODE and (run, code) not in summed
    ]


def _too_many(errors: list[Json], summary: Json) -> bool:
    alike = [
        error
        for error in errors
        if error.get("document-id") is not None
        and error.get("integration-run-id") == summary.get("integration-run-id")
        and _code(error) == _code(summary)
    ]
    return len(alike) > MOST_A_CODE


def _groups(errors: list[Json]) -> list[list[int]]:
    """The errors of invoices by run and code; each error about a run by itself."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for error in sorted(errors, key=lambda one: int(one["id"])):
        alone = error.get("document-id") is None
        place = ("alone", error["id"]) if alone else (error.get("integration-run-id"), _code(error))
        groups[place].append(error["id"])
    return list(groups.values())


def _is_summary(error: Json) -> bool:
    return error.get("document-id") is None and "#summary#" in str(error.get("external-id") or "")


def _outcome(record: Json) -> str:
    """The outcome that the external id names: ``<key>#<fingerprint>#<outcome>#…``."""
    parts = str(record.get("external-id") or "").split("#")
    return parts[2] if len(parts) > 2 else ""


def _code(record: Json) -> str:
    said = says(record)
    return said[0][0] if said else ""


def _about(record: Json) -> str:
    document = record.get("document-id")
    return f"invoice {document}" if document is not None else f"run {record.get('integration-run-id')}"


def _words(record: Json) -> str:
    return f"{_outcome(record)} {'; '.join(f'{code}: {text}' for code, text in says(record))}"[:200]
