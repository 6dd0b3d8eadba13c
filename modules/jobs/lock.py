"""One process per data folder."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from modules.foundation.errors import ConfigurationError

_LOCKED_BYTE = 1 << 30
"""Windows forbids reading a locked byte, so the lock lies far behind the process number."""


class ProcessLock:
    """A lock file that the operating system frees when its owner ends, however it ends.

    The file holds the owner's process number, for whoever is refused.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises: ConfigurationError when another process has the lock, or the file cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise ConfigurationError(f"{self._path.parent} cannot be written: {error.strerror}.",
                                     remedy="Make the folder writable or choose another data folder.") from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.lseek(descriptor, 0, os.SEEK_SET)
            owner = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise self._refusal(owner, error) from error
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None

    def _refusal(self, owner: str, error: OSError) -> ConfigurationError:
        if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return ConfigurationError(f"{self._path} cannot be locked: {error.strerror}.",
                                      remedy="Put the data folder on a drive that supports file locks.")
        who = f"process {owner}" if owner else "another process"
        return ConfigurationError(f"The data folder {self._path.parent} is in use by {who}.",
                                  remedy="Close the other window first, or start with another data folder.")


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
