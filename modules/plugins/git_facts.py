"""What a folder's ``.git`` says, read without running git."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PASSWORD = re.compile(r"(?<=://)[^/@]*@")


@dataclass(frozen=True)
class GitFacts:
    """Where a folder came from, and what of it is there."""

    remote: str = ""
    """Without a password."""
    branch: str = ""
    commit: str = ""
    changed: datetime | None = None
    """When the commit last changed here."""

    @property
    def short_commit(self) -> str:
        return self.commit[:8]


def read_git_facts(root: Path) -> GitFacts | None:
    """Return what is known of a clone; None where the folder is not one."""
    git = _git_folder(root)
    if git is None:
        return None
    head = _read(git / "HEAD")
    branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else ""
    commit = _commit_of(git, head.removeprefix("ref: ")) if branch else head
    times = [path.stat().st_mtime for path in (git / "logs" / "HEAD", git / "HEAD") if path.exists()]
    changed = datetime.fromtimestamp(times[0], timezone.utc) if times else None
    return GitFacts(_remote(git), branch, commit if _COMMIT.fullmatch(commit) else "", changed)


def _git_folder(root: Path) -> Path | None:
    """Return the folder of git's files, which for a submodule or work tree lies elsewhere."""
    git = root / ".git"
    if git.is_file() and (named := _read(git)).startswith("gitdir: "):
        git = root / named.removeprefix("gitdir: ")
    return git if (git / "HEAD").is_file() else None


def _commit_of(git: Path, ref: str) -> str:
    loose = _read(git / ref)
    if loose:
        return loose
    lines = (line.split(" ") for line in _read(git / "packed-refs").splitlines())
    return next((words[0] for words in lines if len(words) == 2 and words[1] == ref), "")


def _remote(git: Path) -> str:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string("\n".join(line.strip() for line in _read(git / "config").splitlines()))
    except configparser.Error:
        return ""
    return _PASSWORD.sub("", parser.get('remote "origin"', "url", fallback="") or "")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
