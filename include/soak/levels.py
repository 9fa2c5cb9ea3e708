"""What stands in Coupa at a lesser monitoring level, as the records that option 3 would have: for a judge."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from include.export.records import SUCCESSES
from include.monitoring.status_text import StatusText

Json = dict[str, Any]

_RUN = re.compile(r"@(-\d+)!?$")


def from_history(
    history: Iterable[Json], alerts: Iterable[Json]
) -> tuple[list[Json], list[Json], list[Json]]:
    """Option 2: history records parted into errors and successes; a sum of a run is about no invoice.

    :return: errors, successes, alerts.
    """
    errors: list[Json] = []
    successes: list[Json] = []
    for row in history:
        name = str(row.get("external-id") or "")
        run = _RUN.search(name)
        told = {**row, "integration-run-id": int(run[1])} if run else dict(row)
        if "#summary#" in name:
            errors.append({**told, "document-id": None})
        elif name.count("#") == 4 and name.split("#")[2] not in SUCCESSES:
            errors.append(told)
        else:
            successes.append(told)
    wrong = {row["id"] for row in errors}
    return (
        errors,
        successes,
        [{**alert, "about": "errors" if alert["record-id"] in wrong else alert["about"]} for alert in alerts],
    )


def from_status(invoices: Iterable[Json], field: str, key_prefix: str) -> tuple[list[Json], list[Json]]:
    """Option 1: each status text as the one record that it stands for.

    :param field: the custom field.
    :param key_prefix: how the business keys begin.
    :return: errors and successes.
    """
    errors: list[Json] = []
    successes: list[Json] = []
    for invoice in invoices:
        text = StatusText.read((invoice.get("custom-fields") or {}).get(field))
        if text is None:
            continue
        key = f"{key_prefix}{invoice['id']}"
        attempts = [f"earlier.{strike}" for strike in range(1, text.strikes)] if text.is_error else []
        for attempt in [*attempts, text.attempt]:
            row = {
                "id": invoice["id"],
                "document-id": invoice["id"],
                "external-id": f"{key}#-#{text.outcome}#{attempt}#{text.content or '-'}@-",
                "resolved": text.resolved or attempt in attempts,
                "integration-run-id": text.run_id,
                "contact-alert-type": "Functional" if text.outcome == "rejected" else "Technical",
                "responses": [
                    {"response-code": response.response_code, "response-message": text.words}
                    for response in text.responses
                ],
            }
            (errors if text.is_error else successes).append(row)
    return errors, successes
