"""Files that only their owner reads: passwords and keys of the demo."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(path: Path, content: str) -> None:
    """Write a file that is readable by its owner alone from its first moment on, whole or not at all.

    :param path: its folder is made where it is missing, with mode 0700.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    unfinished.replace(path)


def others_may_read(path: Path) -> bool:
    """Whether somebody beside its owner may read a file; one that is not there nobody reads."""
    return path.exists() and bool(path.stat().st_mode & 0o077)


def read_private(path: Path) -> str:
    """What :func:`write_private` wrote."""
    return path.read_text()
