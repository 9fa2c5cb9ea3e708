from __future__ import annotations

import signal
import subprocess
import sys

import pytest

#: A command that has begun something and waits, as a bench waits for its invoices.
WAITING = """
import signal, sys
from include.demo import __main__ as demo

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests may have ignored
signal.signal(signal.SIGHUP, signal.SIG_DFL)              # either of them

def waiting(layout, console):
    try:
        print("begun", flush=True)
        signal.pause()
    finally:
        print("ended", flush=True)

demo.COMMANDS["bench"] = waiting
sys.exit(demo.main(["bench"]))
"""


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_ends_what_it_began(order: signal.Signals) -> None:
    command = [sys.executable, "-c", WAITING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - the code above
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(order)
        said = process.stdout.read()
    assert "ended" in said
    assert "`make stop`" in said
    assert process.returncode == 130
