"""Files that appear whole or not at all: written beside the target, synced, then moved onto it."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

__all__ = ["atomic_output", "check_writable"]


def check_writable(path: str | os.PathLike[str]) -> Path:
    """The file that writing to `path` would replace (links followed), after the checks that can be made
    beforehand.

    Raises
    ------
    OSError : the folder is not there or not writable, or `path` is something else than a regular file.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{path}: the folder {target.parent} does not exist")
    if target.exists() and not target.is_file():
        # A device or a folder must not be replaced by a file of the same name.
        raise OSError(f"{path}: is there already and is not a regular file")
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(f"{path}: no permission to write into the folder {target.parent}")
    return target


@contextlib.contextmanager
def atomic_output(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file to write to, which takes the place of `path` when the block ends without an exception.

    The bytes go to a temporary file in the same folder, reach the disk (fsync), and are renamed in one step.
    After an exception, also KeyboardInterrupt, the temporary file is gone and `path` is as it was before.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_output(Path(folder) / "answer.txt") as file:
    ...         written = file.write(b"42")
    ...     print([p.name for p in Path(folder).iterdir()])
    ['answer.txt']
    """
    target = check_writable(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    # Opened like this, not by `tempfile`, the file gets the permissions that the user's umask gives any new
    # file.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut; where a folder cannot be opened, the system does."""
    flags: Any = getattr(os, "O_DIRECTORY", None)
    if flags is None:
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
