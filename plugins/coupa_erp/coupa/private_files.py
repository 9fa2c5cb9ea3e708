"""Small files that processes of this machine share, readable by this user alone.

They lie in a directory of the machine's temporary folder, or where ``COUPA_ERP_STATE_DIR`` says.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from include.errors import ConfigurationError, TransientError

DIRECTORY_VARIABLE = "COUPA_ERP_STATE_DIR"
_POLL_SECONDS = 0.02


def private_directory() -> Path:
    """The directory, made where it is missing.

    :raises ConfigurationError: it cannot be made, or is not this user's alone.
    """
    named = os.environ.get(DIRECTORY_VARIABLE)
    path = Path(named) if named else Path(tempfile.gettempdir()) / f"coupa-erp-{os.getuid()}"
    try:
        path.mkdir(mode=0o700, parents=bool(named), exist_ok=True)
        status = path.lstat()
    except OSError as fault:
        problem = fault.strerror or type(fault).__name__
    else:
        if stat.S_ISDIR(status.st_mode) and _is_ours_alone(status):
            return path
        problem = "it must be a directory of this user with mode 0700"
    raise ConfigurationError(
        f"Directory {path} cannot keep Coupa's token: {problem}. Mend it, or name another one in "
        f"{DIRECTORY_VARIABLE}."
    )


def name_for(*parts: str) -> str:
    """A file name that tells nothing of what it stands for.

    :param parts: all that makes the file different from another.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def read_private(path: Path) -> str | None:
    """The content, or ``None`` where there is no such file or it is no text.

    :raises ConfigurationError: the file is not this user's alone: its content cannot be trusted.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:
        raise _refused(path) from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not (stat.S_ISREG(status.st_mode) and _is_ours_alone(status)):
            raise _refused(path)
        return file.read(65536).decode(errors="replace")


def replace_private(path: Path, content: str) -> None:
    """Write the file whole or not at all, private from its first moment on.

    :param path: in :func:`private_directory`.
    """
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(content)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def locked(path: Path, patience: float) -> AbstractContextManager[int]:
    """Hold a file's lock; it ends with the process that holds it, however that ends.

    :param path: the lock file, made where it is missing.
    :param patience: seconds to wait for another process.
    :return: the open file.
    :raises TransientError: another process held the lock all that time.
    """
    return one_locked([path], patience)


@contextmanager
def one_locked(paths: Sequence[Path], patience: float, busy: str | None = None) -> Iterator[int]:
    """Hold the lock of one of several files, whichever is free: so many processes at once, and no more.

    :param paths: the lock files, made where they are missing.
    :param patience: seconds to wait for another process.
    :param busy: what to say where none was free all that time.
    :return: the open file.
    :raises TransientError: other processes held all of them all that time.
    """
    with ExitStack() as opened:
        handles = [opened.enter_context(_opened(path)) for path in paths]
        deadline = time.monotonic() + patience
        while (held := next((handle for handle in handles if _try_lock(handle)), None)) is None:
            if time.monotonic() >= deadline:
                raise TransientError(busy or f"Another process has held {paths[0].name} for {patience:g} s.")
            time.sleep(_POLL_SECONDS)
        yield held


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        raise _refused(path) from None
    try:
        if not _is_ours_alone(os.fstat(handle)):
            raise _refused(path)
        yield handle
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_ours_alone(status: os.stat_result) -> bool:
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def _refused(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"File {path} is not this user's alone (mode 0600), so it is not used: remove it, a new one is made."
    )
