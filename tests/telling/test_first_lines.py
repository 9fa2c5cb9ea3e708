"""The log of a red task begins with what happened and what to do."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from coupa_erp.tasks.telling import telling
from include.errors import (
    ConfigurationError,
    ErpRejection,
    ErpUnavailable,
    NumberNotWritten,
    OutcomeUnknown,
    Refusal,
    RefusedByCoupa,
    TransientError,
)
from include.failure_policy import treatment_of
from include.models.outcome import InvoiceFacts, Outcome

POSTED = Outcome(kind="posted", facts=InvoiceFacts(invoice_id=1, invoice_number="INV-1"))
FAULTS = [
    ErpRejection(Refusal("PERIOD_CLOSED", "The period is closed.")),
    ErpUnavailable("Tryton does not serve now."),
    ConfigurationError("The key is refused."),
    TransientError("Tryton did not answer."),
    OutcomeUnknown("The answer was lost."),
    RefusedByCoupa("PUT /api/invoices/1", 422, ["no"]),
    NumberNotWritten("The invoice is in the ERP as 7.", POSTED),
    ZeroDivisionError("secret"),
]


def lines_of(fault, caplog, *, try_number, max_tries):
    @telling
    def body(context):
        raise fault

    ti = SimpleNamespace(
        map_index=0,
        task_id="invoice.post_to_erp",
        try_number=try_number,
        max_tries=max_tries,
        xcom_pull=lambda **_: 12,
    )
    with caplog.at_level(logging.INFO), pytest.raises(type(fault)):
        body({"ti": ti, "task": SimpleNamespace(retries=4)})
    return [(record.levelname, record.getMessage()) for record in caplog.records]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_each_kind_of_red_says_first_what_happened_and_then_what_to_do(fault, caplog):
    treatment = treatment_of(fault)
    happened, remedy = lines_of(fault, caplog, try_number=5, max_tries=4)
    assert happened[0] == remedy[0] == "ERROR"
    assert happened[1].startswith(treatment.headline + ": ")
    assert remedy[1] == f"What to do: {treatment.remedy}."
    assert "secret" not in happened[1]


def test_a_failure_that_is_tried_again_says_that_nothing_is_to_be_done(caplog):
    _, told = lines_of(TransientError("No answer."), caplog, try_number=1, max_tries=4)
    assert told == ("WARNING", "Nothing to do yet: this was try 1, and it is tried again by itself.")


def test_no_two_kinds_of_red_look_alike():
    headlines = {treatment_of(fault).headline for fault in FAULTS}
    assert len(headlines) == len(FAULTS)
