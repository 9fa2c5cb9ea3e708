"""Each failure of Odoo becomes the exception that says what to do about it, by its name."""

from __future__ import annotations

import pytest
import requests

from coupa_erp.odoo import answers
from include.errors import (
    ConfigurationError,
    ErpRejection,
    ExportError,
    OutcomeUnknown,
    TransientError,
)

LOCKED = "You cannot add/modify entries prior to and inclusive of: Global Lock Date (06/30/2026)."


@pytest.mark.parametrize(
    ("name", "message", "raised"),
    [
        ("odoo.exceptions.UserError", "No.", ErpRejection),
        ("odoo.exceptions.ValidationError", "No.", ErpRejection),
        ("odoo.exceptions.RedirectWarning", "No.", ErpRejection),
        ("odoo.exceptions.AccessError", "You are not allowed to…", ConfigurationError),
        ("odoo.exceptions.AccessDenied", "Access Denied", ConfigurationError),
        ("werkzeug.exceptions.Unauthorized", "Invalid apikey", ConfigurationError),
        ("werkzeug.exceptions.NotFound", "the model 'account.move' does not exist", ConfigurationError),
        ("odoo.exceptions.MissingError", "Record does not exist", answers.NotInOdoo),
        ("builtins.ValueError", "External ID not found in the system: a.b", answers.UnknownExternalId),
        ("psycopg2.errors.SerializationFailure", "could not serialize access", answers.Busy),
        ("psycopg2.errors.LockNotAvailable", "canceling statement", answers.Busy),
        ("odoo.exceptions.LockError", "Record cannot be locked", answers.Busy),
    ],
)
def test_a_named_failure_is_what_its_name_says(name, message, raised):
    for writes in (True, False):
        with pytest.raises(raised):
            answers.check_failure({"name": name, "message": message}, "account.move/write", writes=writes)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("builtins.ValueError", "Invalid field account.move.nofield in condition"),
        ("builtins.ValueError", "month must be in 1..12"),
        ("builtins.KeyError", "'XTS'"),
        ("psycopg2.errors.NotNullViolation", "null value in column"),
        ("", ""),
    ],
)
def test_a_500_of_pythons_or_the_databases_own_is_for_good(name, message):
    with pytest.raises(ExportError) as told:
        answers.check_failure({"name": name, "message": message}, "account.move/load", writes=True)
    assert not isinstance(told.value, TransientError | ErpRejection | ConfigurationError)


@pytest.mark.parametrize("name", ["psycopg2.OperationalError", "builtins.MemoryError"])
def test_a_lost_database_may_come_back(name):
    with pytest.raises(OutcomeUnknown):
        answers.check_failure({"name": name, "message": ""}, "a/b", writes=True)
    with pytest.raises(TransientError) as told:
        answers.check_failure({"name": name, "message": ""}, "a/b", writes=False)
    assert not isinstance(told.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (302, ConfigurationError), (401, ConfigurationError), (403, ConfigurationError),
        (404, ConfigurationError), (413, ErpRejection), (418, ExportError), (429, answers.Busy),
        (503, answers.Busy), (500, OutcomeUnknown), (502, OutcomeUnknown), (504, OutcomeUnknown),
    ],
)  # fmt: skip
def test_a_status_without_a_name_is_a_servers_or_a_proxys(status, raised):
    response = requests.Response()
    response.status_code = status
    response.headers["Retry-After"] = "7"
    with pytest.raises(raised) as told:
        answers.check_status(response, "account.move/write", writes=True)
    if raised is answers.Busy:
        assert told.value.retry_after == 7


def test_an_import_that_answers_200_and_entered_nothing_is_told_apart():
    def told(*messages):
        return answers.refused_load(
            [{"type": "error", "message": text} for text in messages], "account.move/load"
        )

    assert isinstance(told("could not serialize access due to concurrent update\n"), answers.Busy)
    gone = told("No matching record found for database id '7' in field 'Invoice lines/Account'")
    assert type(gone) is TransientError
    refused = told("A rule.", LOCKED)
    assert isinstance(refused, ErpRejection)
    assert [one.code for one in refused.refusals] == ["ERP_REFUSED", "PERIOD_CLOSED"]
    assert isinstance(told(), ErpRejection)
