from __future__ import annotations

import pytest

from include.export.records import RESTING, SUCCESSES, RecordName
from include.models.records import RecordDraft, Response
from include.monitoring.status_text import LONGEST, StatusText, written

OUTCOMES = [*SUCCESSES, *sorted(RESTING), "failed"]


def draft(*responses, run_id=-1764111111111):
    return RecordDraft(
        document_id=7,
        contact_alert_type="Functional",
        status="Error",
        integration_run_id=run_id,
        external_id="acme/InvoiceHeader/7#-#rejected#a.1#c@v",
        responses=[Response(response_code=code, response_message=text) for code, text in responses],
    )


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize(
    "words", ["", "Header: Posted.", "x" * 900, "two\nlines [of] (any) text ]", "Ünï 発票"]
)
def test_what_was_written_is_read_again_and_fits_into_coupas_field(outcome, words):
    text = written(draft(("SOME_CODE", words)), outcome, "9c1a2b3c4d5e", "a1b2c3d4e5.record_outcome12", 2)
    for one in (text, text.turned(resolved=True), text.turned(resolved=True).turned(resolved=False)):
        assert len(str(one)) <= LONGEST
        read = StatusText.read(str(one))
        assert read is not None
        assert (read.outcome, read.content, read.attempt) == (outcome, "9c1a2b3c4d5e", one.attempt)
        assert (read.run_id, read.strikes, read.resolved) == (-1764111111111, 2, one.resolved)
        assert str(read) == str(one)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Success: The Invoice was replicated in your ERP",
        "Error[2] : The Invoice was properly replicated in your ERP",
        "Rejected: PERIOD_CLOSED: somebody typed this",
        "Exported: typed [by hand]",
        "Exported: x [paid 9c1a2b3c4d5e a.1 -1 0]",
        {"id": 7},
        4711,
    ],
)
def test_what_somebody_else_wrote_is_no_status_of_ours(text):
    assert StatusText.read(text) is None


def test_the_words_name_codes_first_then_each_message_without_its_place_in_airflow():
    refused = written(
        draft(
            ("PERIOD_CLOSED", "Header: The period is closed."),
            ("ACCOUNT_UNMAPPED", "Line 1: No account for CA200."),
            ("PERIOD_CLOSED", "Line 2: The period is closed."),
            ("AIRFLOW_RUN", "DAG run x"),
        ),
        "rejected",
        None,
        "a.1",
        0,
    )
    assert refused.words == (
        "Rejected: PERIOD_CLOSED, ACCOUNT_UNMAPPED: The period is closed. | Line 1: No account for CA200. | "
        "Line 2: The period is closed."
    )
    read = StatusText.read(str(refused.turned(resolved=True)))
    assert [response.response_code for response in read.responses] == ["PERIOD_CLOSED", "ACCOUNT_UNMAPPED"]


def test_the_strikes_are_counted_in_words():
    told = [written(draft(("TECHNICAL-X", "Header: It broke.")), "failed", "c", "a.1", n) for n in (1, 2)]
    assert [text.words for text in told] == [
        "Error 1 of 3: TECHNICAL-X: It broke.",
        "Error 2 of 3: TECHNICAL-X: It broke.",
    ]


@pytest.mark.parametrize("run", ["", "@-1764111111111", "@-1764111111111!", "!"])
def test_a_records_name_is_read_whether_or_not_the_number_of_a_run_of_ours_follows(run):
    name = RecordName("acme/InvoiceHeader/7", "f", "rejected", "a.1", content="c", version="v")
    read = RecordName.read(f"{name}{run}", name.key)
    assert (read.content, read.version, read.alerted) == ("c", "v", run.endswith("!"))
