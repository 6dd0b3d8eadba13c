from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules.foundation.errors import ConfigurationError
from modules.jobs.lock import ProcessLock


def test_a_second_owner_is_refused_with_the_process_number(tmp_path):
    first = ProcessLock(tmp_path / "x.lock")
    first.acquire()
    with pytest.raises(ConfigurationError, match=f"in use by process {os.getpid()}") as caught:
        ProcessLock(tmp_path / "x.lock").acquire()
    assert caught.value.remedy
    first.release()
    first.release()
    second = ProcessLock(tmp_path / "x.lock")
    second.acquire()
    second.release()


def test_a_killed_owner_frees_the_lock(tmp_path):
    path = tmp_path / "x.lock"
    program = ("import os, sys, pathlib; from modules.jobs.lock import ProcessLock;"
               "ProcessLock(pathlib.Path(sys.argv[1])).acquire(); os._exit(9)")
    subprocess.run([sys.executable, "-c", program, path], check=False, cwd=Path(__file__).parents[2])
    lock = ProcessLock(path)
    lock.acquire()
    lock.release()


def test_a_folder_that_cannot_be_written_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        ProcessLock(tmp_path / "file" / "x.lock").acquire()
