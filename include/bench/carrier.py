"""Carries invoices over as tasks do, one by one in one process: ``python -m include.bench.carrier 7 8 9``.

The hook and the business of the export without Airflow's tasks around them, so that two cores are enough to
come to Coupa's limit. The connection is read from the environment as a task reads it.
"""

from __future__ import annotations

import datetime
import os
import sys
from contextlib import nullcontext
from importlib import import_module

from include.bench.erp import AnswersAtOnce
from include.export import claim
from include.export.delivery import deliver
from include.export.ports import Ports
from include.export.recording import record_success
from include.mapping.settings import load_mapping

RUN_VARIABLE = "BENCH_INTEGRATION_RUN"


def main(invoice_ids: list[int]) -> None:
    """The four steps of each.

    :param invoice_ids: Coupa's.
    """
    run_id, mapping = int(os.environ[RUN_VARIABLE]), load_mapping(None)
    for invoice_id in invoice_ids:
        # A task is a process: hook, session and token are its own.
        coupa = import_module("coupa_erp.coupa.hook").CoupaHook()
        ports = Ports(
            coupa,
            AnswersAtOnce,
            lambda: mapping,
            datetime.datetime.now(datetime.UTC).date(),
            nullcontext,
        )
        invoice = claim.mark_exported(ports, invoice_id)
        claim.resolve_previous(coupa, invoice_id, history=invoice.current_integration_history_records)
        verdict = deliver(ports, invoice, attempt="bench")
        record_success(ports, verdict, run_id=run_id, repeated=False, last_try=True)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
