from __future__ import annotations

import inspect

import pytest

from include.coupa_port import CoupaPort
from include.erp_port import ErpPort
from include.errors import ExportError
from include.export import rehearsing
from include.export.rehearsing import RehearsingCoupa, RehearsingErp


def offered(port):
    return {name for name, _ in inspect.getmembers(port) if not name.startswith("_")}


#: What a real run writes by. A method that a port gains is a read or stands here.
COUPA_WRITES = {
    "create_integration_run",
    "start_integration_run",
    "succeed_integration_run",
    "fail_integration_run",
    "mark_exported",
    "unmark_exported",
    "write_custom_fields",
    "resolve_history_record",
    "unresolve_history_record",
    "create_history_record",
    "resolve_integration_error",
    "unresolve_integration_error",
    "create_integration_error",
}
ERP_WRITES = {"create", "amend", "void", "discard_drafts", "files"}


def test_each_method_of_a_port_is_known_to_read_or_to_write():
    assert offered(CoupaPort) == rehearsing.COUPA_READS | COUPA_WRITES
    erp = offered(ErpPort) | set(ErpPort.__annotations__)
    assert erp == rehearsing.ERP_READS | ERP_WRITES


class Alarm:
    """A port that nothing may be asked of."""

    def __getattr__(self, name):
        raise AssertionError(name)


#: Writes that a dry run passes over, so that the steps go on.
PASSED_OVER = {"mark_exported", "unmark_exported", "resolve_history_record", "resolve_integration_error"}


@pytest.mark.parametrize("name", sorted(COUPA_WRITES - PASSED_OVER))
def test_whatever_writes_to_coupa_is_refused(name):
    with pytest.raises(ExportError, match=name):
        getattr(RehearsingCoupa(Alarm()), name)


def test_what_would_mark_an_invoice_reads_it():
    class Coupa(Alarm):
        def read_invoice(self, invoice_id):
            return f"read {invoice_id}"

    assert RehearsingCoupa(Coupa()).mark_exported(7) == "read 7"
    assert RehearsingCoupa(Coupa()).unmark_exported(7) == "read 7"


def test_what_would_resolve_a_record_asks_nothing_of_coupa():
    assert RehearsingCoupa(Alarm()).resolve_history_record(7).resolved is False
    assert RehearsingCoupa(Alarm()).resolve_integration_error(7).resolved is False


def test_files_are_looked_at_and_none_is_attached():
    class Erp(Alarm):
        def files(self):
            return self

        def keys_of(self, erp_id):
            return {erp_id}

    files = RehearsingErp(Erp()).files()
    assert files.keys_of("7") == {"7"}
    with pytest.raises(ExportError, match="attach"):
        files.attach("7", None)


def test_what_a_port_does_not_know_is_refused():
    with pytest.raises(ExportError, match="purge"):
        RehearsingErp(Alarm()).purge()
