"""What a run has listed, and what its indexes have recorded: read back from Airflow as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from coupa_erp.tasks.word import GROUP, STEPS, WHOLE, states_of
from include.export.listing import Label, Listing
from include.models.outcome import Recorded

#: Labels are handed on in pages, so that the task of an index reads a page and not the whole run's list.
PAGE = 50

#: The XCom of ``fetch_invoices`` that says where a follow-up run begins.
CURSOR = "cursor"

#: The XCom of ``fetch_invoices`` that says what it swept up before it listed.
SWEPT = "swept"

#: The tasks whose return value is the outcome of their index: the last of the four steps, or the only task.
#: A run has squares of the one or the other kind, and of both where the grain was changed since.
RECORDS = (GROUP + STEPS[-1], WHOLE)


def pages_of(labels: list[Label], run_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The labels as they are handed on: the XCom keys of the pages, and the pages.

    Each says which integration run the indexes belong to, so that none of their tasks asks for it.

    :param run_id: 0 for a dry run.
    """
    for first in range(0, len(labels), PAGE):
        of_page = [label.model_dump(mode="json", exclude_none=True) for label in labels[first : first + PAGE]]
        yield page_key(first), {"integration_run": run_id, "labels": of_page}


def label_in(page: dict[str, Any], map_index: int) -> Label:
    """The label of an index.

    :param page: the one that holds it.
    """
    return Label.model_validate(page["labels"][map_index % PAGE])


def page_key(map_index: int) -> str:
    """The XCom key under which the label of this index lies.

    :param map_index: the position in the listing.
    """
    return f"labels_{map_index // PAGE}"


def fetched_listing(context: Any) -> Listing | None:
    """The listing of this run, or ``None`` where it failed."""
    ti = context["ti"]
    if states_of(context, "fetch_invoices").get("fetch_invoices") != "success":
        return None
    ids = ti.xcom_pull(task_ids="fetch_invoices", map_indexes=-1) or []
    labels: list[Label] = []
    for first in range(0, len(ids), PAGE):
        page = ti.xcom_pull(task_ids="fetch_invoices", key=page_key(first), map_indexes=-1)
        labels += [Label.model_validate(label) for label in page["labels"]]
    return Listing(labels=labels)


def outcomes_of(context: Any, listing: Listing | None) -> list[Recorded]:
    """The outcomes that the indexes of this run have recorded.

    Of a run that was cleared as a whole Airflow keeps what indexes have said that are no more, and what
    others had said that have not begun again.

    :param listing: of this run.
    """
    if listing is None:
        return []
    states, found = states_of(context, *RECORDS), dict[int, Recorded]()
    for task_id in RECORDS:
        of_now = {index: states.get(f"{task_id}_{index}") for index in range(len(listing.labels))}
        if not _SPEAKING.intersection(of_now.values()):
            continue
        recorded = context["ti"].xcom_pull(task_ids=task_id)
        # Airflow answers the value itself, not a list, where a single index has one.
        listed = [recorded] if isinstance(recorded, dict) else recorded or []
        for outcome in (Recorded.model_validate(outcome) for outcome in listed if outcome):
            index = outcome.map_index
            if _has_spoken(of_now.get(index), outcome) and (
                outcome.facts.invoice_id == listing.labels[index].id
            ):
                found[index] = outcome
    return list(found.values())


def never_begun(context: Any, listing: Listing) -> set[int]:
    """Coupa's ids of the invoices whose index Airflow does not run.

    Of a run that was cleared twice, and whose listing was shorter in between, Airflow 3.3.2 leaves indexes
    removed that it removed then.

    :param listing: of this run.
    """
    states = states_of(context, *RECORDS)
    return {
        label.id
        for index, label in enumerate(listing.labels)
        if {states.get(f"{task_id}_{index}") for task_id in RECORDS} - {None} == {"removed"}
    }


def all_have_ended(context: Any, listing: Listing, outcomes: list[Recorded]) -> bool:
    """Whether each index has come to the task that records its outcome, and that has ended.

    :param listing: of this run.
    :param outcomes: that its indexes have recorded.
    """
    states, spoken = states_of(context, *RECORDS), {outcome.map_index for outcome in outcomes}
    return all(
        index in spoken
        or any(states.get(f"{task_id}_{index}") in ("success", "failed") for task_id in RECORDS)
        for index in range(len(listing.labels))
    )


_SPEAKING = frozenset({"success", "failed", "skipped"})


def _has_spoken(state: str | None, outcome: Recorded) -> bool:
    """Whether an outcome is of now. A task that passes its invoice over is skipped; so is one by a hand."""
    return state in ("success", "failed") or (state == "skipped" and outcome.kind == "skipped")
