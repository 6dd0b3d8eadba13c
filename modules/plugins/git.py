"""Running git so that an address is only an address: no options, no local helpers, no questions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.foundation.errors import InvalidRequestError, WebUIError

PROTOCOLS = ("https", "ssh", "git")
_ADDRESS = re.compile(r"(https|ssh|git)://[A-Za-z0-9][A-Za-z0-9.:@_~%+-]*(/[A-Za-z0-9._~%+@-]+)+/?")
_SHORT_SSH = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9._~/-]+")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]*")
_UNREACHABLE = re.compile(r"Could not resolve host|unable to access|Connection (refused|timed out|reset)|"
                          r"Network is unreachable|Could not connect|Temporary failure", re.IGNORECASE)
_MISSING = re.compile(r"not found|does not exist|could not read Username|Authentication failed|Permission denied|"
                      r"terminal prompts disabled", re.IGNORECASE)


class GitError(WebUIError):
    """Git could not do what it was asked for."""


@dataclass(frozen=True)
class Git:
    """Runs git. ``protocols``: ways it may take to other places."""

    protocols: tuple[str, ...] = PROTOCOLS
    patience_s: float = 600.0

    def clone(self, address: str, target: Path, branch: str = "") -> None:
        """Copy a repository into a folder that is not there yet. Raises: GitError."""
        chosen = ["--branch", branch] if branch else []
        self.run(["clone", "--filter=blob:none", *chosen, "--", address, str(target)], target.parent)

    def update(self, root: Path) -> bool:
        """Fetch and go forward to what is there; say whether anything changed. Raises: GitError."""
        before = self.run(["rev-parse", "HEAD"], root)
        self.run(["fetch", "--quiet"], root)
        self.run(["merge", "--ff-only", "--quiet", "@{upstream}"], root)
        return self.run(["rev-parse", "HEAD"], root) != before

    def commits_behind(self, root: Path) -> int:
        """Fetch and count what is newer. Raises: GitError."""
        self.run(["fetch", "--quiet"], root)
        return int(self.run(["rev-list", "--count", "HEAD..@{upstream}"], root) or 0)

    def run(self, arguments: Sequence[str], folder: Path) -> str:
        """Run git in a folder and return what it prints. Raises: GitError."""
        program = shutil.which("git")
        if program is None:
            raise GitError("git is not installed, or not found on the path.",
                           remedy="Install git, or put the extension's folder into extensions yourself.")
        # a repository may carry hooks and filters of its own: none is run
        safe = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never",
                *(word for name in self.protocols for word in ("-c", f"protocol.{name}.allow=always"))]
        try:
            done = subprocess.run([program, *safe, *arguments], cwd=folder, env=_environment(self.protocols),
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
                                  errors="replace", timeout=self.patience_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} took longer than {self.patience_s:g} seconds.",
                           remedy="Check the network connection, then try again.") from error
        if done.returncode:
            raise _explain(arguments[0], done.stderr or done.stdout)
        return done.stdout.strip()


def check_address(address: str) -> str:
    """Return an address without white space around it. Raises: InvalidRequestError for anything but https, ssh, git."""
    address = address.strip()
    if len(address) > 500 or ".." in address or not (_ADDRESS.fullmatch(address) or _SHORT_SSH.fullmatch(address)):
        raise InvalidRequestError("url", f"{address[:80]!r} is not an address to install an extension from.",
                                  remedy="It looks like https://github.com/somebody/something.")
    return address


def check_branch(branch: str) -> str:
    """Return the name of a branch. Raises: InvalidRequestError."""
    branch = branch.strip()
    if branch and (len(branch) > 200 or ".." in branch or not _BRANCH.fullmatch(branch)):
        raise InvalidRequestError("branch", f"{branch[:80]!r} is not the name of a branch.",
                                  remedy="Leave it empty for the usual one.")
    return branch


def _environment(protocols: Sequence[str]) -> dict[str, str]:
    own = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "GIT_ALLOW_PROTOCOL": ":".join(protocols), "LC_ALL": "C",
           "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oStrictHostKeyChecking=accept-new", "GIT_LFS_SKIP_SMUDGE": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, **own}


def _explain(what: str, output: str) -> GitError:
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "it said nothing")[:300].rstrip(".")
    if _UNREACHABLE.search(output):
        return GitError(f"The place of the repository could not be reached: {last}.",
                        remedy="Check the network connection, or copy the folder into extensions yourself.")
    if _MISSING.search(output):
        return GitError(f"There is no such repository, or it needs a password: {last}.",
                        remedy="Check the address.")
    if what == "merge":
        return GitError(f"The update does not fit what is there: {last}.",
                        remedy="Files were edited here, or history was rewritten there: uninstall and install anew.")
    return GitError(f"git {what} failed: {last}.", remedy="See the log.")
