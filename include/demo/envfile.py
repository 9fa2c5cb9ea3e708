"""Read ``.env``: one ``NAME=value`` a line, as shells and Docker Compose write it."""

from __future__ import annotations

import re
from pathlib import Path

from include.demo.console import DemoError

_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a file; none where there is no file.

    Quotes around a value are taken off, a ``#`` after a blank ends an unquoted one, nothing is expanded: a
    password may hold a ``$``.

    :param path: usually ``.env``.
    :raises DemoError: naming the line that cannot be read.
    """
    if not path.exists():
        return {}
    variables: dict[str, str] = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            raise DemoError(f"{path.name}, line {number}: write it as NAME=value.")
        name, value = match.groups()
        variables[name] = _unquoted(value, f"{path.name}, line {number}")
    return variables


def _unquoted(value: str, place: str) -> str:
    if value[:1] in ("'", '"'):
        quote = value[0]
        end = value.rfind(quote)
        after = value[end + 1 :].strip()
        if end == 0 or (after and not after.startswith("#")):
            raise DemoError(f"{place}: the quote {quote} is not closed.")
        inner = value[1:end]
        return inner.replace('\\"', '"').replace("\\\\", "\\") if quote == '"' else inner
    return re.split(r"\s+#", value, maxsplit=1)[0].strip()
