"""``.env`` out of ``.env.example``: each secret that stands empty there is made up."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from include.demo.console import DemoError
from include.demo.private_file import write_private

#: What the example names above a secret as the command that makes one, and what makes one here.
_MAKERS: dict[str, Callable[[], str]] = {
    "# openssl rand -hex 32": lambda: secrets.token_hex(32),
    # Fernet's own alphabet.
    "# openssl rand -base64 32 | tr '+/' '-_'": lambda: base64.urlsafe_b64encode(
        secrets.token_bytes(32)
    ).decode(),
}
_EMPTY = re.compile(r"([A-Z_]+)=")


def filled_in(example: str) -> str:
    """The example with its secrets made up; everything else is as it was.

    :param example: the text of ``.env.example``.
    """
    lines = example.splitlines()
    for number, line in enumerate(lines):
        if _EMPTY.fullmatch(line):
            lines[number] = line + _MAKERS[lines[number - 1]]()
    return "\n".join(lines) + "\n"


def write_env(example: Path, target: Path) -> None:
    """Write ``.env``, readable by its owner alone.

    :raises DemoError: there is one.
    """
    if target.exists():
        raise DemoError(f"{target} is there already and holds its secrets; delete it to have new ones made.")
    write_private(target, filled_in(example.read_text(encoding="utf-8")))
