from __future__ import annotations

import inspect

import pytest

from include import errors
from include.errors import (
    ConfigurationError,
    ErpRejection,
    ErpUnavailable,
    ExportError,
    NotExportable,
    NotInCoupa,
    NumberNotWritten,
    OutcomeUnknown,
    Refusal,
    RefusedByCoupa,
    TransientError,
)
from include.failure_policy import TREATMENTS, treatment_of
from include.models.outcome import InvoiceFacts, Outcome

_POSTED = Outcome(kind="posted", facts=InvoiceFacts(invoice_id=1, invoice_number="INV-1"))

FAULTS = {
    ErpRejection(Refusal("X", "x")): ("never", "rejected"),
    NotExportable("x"): ("never", "skipped"),
    ErpUnavailable("x"): ("briefly", "outage"),
    ConfigurationError("x"): ("never", "outage"),
    OutcomeUnknown("x"): ("fully", "failed"),
    TransientError("x"): ("fully", "failed"),
    RefusedByCoupa("PUT /x", 422, []): ("never", "failed"),
    NotInCoupa("PUT /x", 404, []): ("never", "failed"),
    NumberNotWritten("x", _POSTED): ("fully", "failed"),
    ZeroDivisionError(): ("fully", "failed"),
    SystemExit(): ("fully", "failed"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_each_failure_is_treated_as_the_table_says(fault):
    treatment = treatment_of(fault)
    assert (treatment.retry, treatment.kind) == FAULTS[fault]


def test_every_exception_of_ours_has_a_row_before_the_last():
    ours = [
        value
        for _, value in inspect.getmembers(errors, inspect.isclass)
        if issubclass(value, ExportError) and value is not ExportError
    ]
    for one in ours:
        assert any(issubclass(one, row.exceptions) for row in TREATMENTS[:-1]), one.__name__
