"""A stand-in as a process of its own that says by which variables the kit finds it, as if it were a real one.

    $ python -m tests.s4hana.served
    COUPA_ERP_KIT_S4HANA_URL=http://127.0.0.1:40123
    …

It serves until it is ended.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.erp_kit.world import Books

_ROOT = Path(__file__).parents[2]


def variables_of(books: Books) -> dict[str, str]:
    """What :meth:`tests.erp_kit.real.Variables.books` reads these codes from."""
    return {
        "COMPANY": books.company,
        "SUPPLIERS": ",".join(books.suppliers),
        "CURRENCY": books.currency,
        "CURRENCIES": ",".join(f"{code}={digits}" for code, digits in books.currencies.items()),
        "ACCOUNTS": ",".join(books.accounts),
        "PAYABLE": books.payable,
        "TAX": f"{books.tax.code}={books.tax.account}",
        "DEDUCTED": f"{books.deducted.code}={books.deducted.account}",
        "DIMENSION": "=".join(books.dimension),
        "PAYMENT_TERM": books.payment_term,
        "OPEN_DAY": books.open_day.isoformat(),
        "CLOSED_DAY": books.closed_day.isoformat(),
        "FIRST_OPEN_DAY": books.first_open_day.isoformat(),
    }


def told(erp: str, values: Mapping[str, str]) -> None:
    """Say the variables, and serve on: for the ``__main__`` of a stand-in.

    :param erp: ``S4HANA``.
    :param values: by what follows ``COUPA_ERP_KIT_<ERP>_``.
    """
    for name, value in values.items():
        print(f"COUPA_ERP_KIT_{erp}_{name}={shlex.quote(value)}")
    print(flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    threading.Event().wait()


@contextmanager
def served(module: str) -> Iterator[dict[str, str]]:
    """The process, until the block ends; its variables.

    :param module: ``tests.s4hana.served``.
    """
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "plugins")])
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", module],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            variables = {}
            for line in process.stdout:
                if not line.strip():
                    break
                name, _, value = line.strip().partition("=")
                variables[name] = shlex.split(value)[0]
            assert variables, f"{module} ended before it served"
            yield variables
        finally:
            process.terminate()
