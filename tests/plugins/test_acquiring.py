from __future__ import annotations

import shutil
import stat
import subprocess
import zipfile

import pytest

from modules.foundation.errors import ConfigurationError, InvalidRequestError, NotAllowedError, NotFoundError
from modules.plugins import git as git_module
from modules.plugins.acquiring import Acquisition
from modules.plugins.discovery import Switches, discover
from modules.plugins.git import Git, GitError, check_address, check_branch

has_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def in_git(folder, *words):
    who = ("-c", "user.name=x", "-c", "user.email=x@y", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def upstream(tmp_path):
    """A repository of an extension, with one commit."""
    folder = tmp_path / "upstream"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "s.py").write_text("x = 1")
    in_git(folder, "init", "-q")
    in_git(folder, "add", ".")
    in_git(folder, "commit", "-qm", "one")
    return folder


@pytest.fixture
def acquisition(tree):
    return Acquisition(tree.extensions)


@pytest.fixture
def local(tree):
    """One that may take files as addresses, as no real one does."""
    return Acquisition(tree.extensions, git=Git(protocols=("file",)), check=str)


@has_git
def test_a_clone_is_installed_updated_and_taken_out(tree, upstream, local):
    assert local.install(f"file://{upstream}", "mine") == "mine"
    record = tree.record("mine")
    assert record.git and record.git.branch == "main" and len(record.git.commit) == 40
    assert (local.newer_commits(record), local.update(record)) == (0, False)
    (upstream / "scripts" / "s.py").write_text("x = 2")
    in_git(upstream, "commit", "-qam", "two")
    assert (local.newer_commits(record), local.update(record)) == (1, True)
    assert (record.root / "scripts" / "s.py").read_text() == "x = 2"
    kept = local.uninstall(record)
    assert (kept / "scripts" / "s.py").exists()
    assert discover(tree.places, Switches()).plugins == ()


@has_git
def test_an_update_that_does_not_fit_changes_nothing(tree, upstream, local):
    local.install(f"file://{upstream}", "mine")
    root = tree.extensions / "mine"
    (upstream / "scripts" / "s.py").write_text("x = 2")
    in_git(upstream, "commit", "-qam", "two")
    (root / "scripts" / "s.py").write_text("my own")
    with pytest.raises(GitError, match="does not fit"):
        local.update(tree.record("mine"))
    assert (root / "scripts" / "s.py").read_text() == "my own"


@has_git
def test_what_cannot_be_fetched_leaves_nothing(tree, local, tmp_path):
    with pytest.raises(GitError):
        local.install(f"file://{tmp_path}/nothing", "mine")
    assert list(tree.extensions.iterdir()) == []


@has_git
def test_git_is_not_let_to_other_protocols(tree, upstream):
    with pytest.raises(GitError):
        Acquisition(tree.extensions, check=str).install(f"file://{upstream}", "mine")


@pytest.mark.parametrize("address", [
    "--upload-pack=touch /tmp/x", "-c", "ext::sh -c touch% /tmp/x", "file:///etc", "http://example.com/a/b",
    "https://example.com", "https://-x.com/a", "https://example.com/a/../b", "https://example.com/a b",
    "https://example.com/a\n--x", "ftp://x/y", "", "scripts", "https://", "git@-x:y", "https://a/" + "b" * 600])
def test_addresses_that_are_none(acquisition, address):
    with pytest.raises(InvalidRequestError, match="not an address"):
        acquisition.install(address)


@pytest.mark.parametrize("address", [
    "https://github.com/a/b", "https://github.com/a/b.git", " https://example.com:8443/~me/x/ ", "ssh://git@h/x",
    "git@github.com:a/b.git", "git://example.com/x"])
def test_addresses_that_are(address):
    assert check_address(address) == address.strip()


@pytest.mark.parametrize("branch", ["-x", "--upload-pack=x", "a b", "a..b", "$(x)", "a" * 300])
def test_branches_that_are_none(branch):
    with pytest.raises(InvalidRequestError):
        check_branch(branch)


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a\\b", "", "-x", "a" * 101, "x.", "nul\0"])
def test_names_that_are_none(tree, acquisition, tmp_path, name):
    source = tmp_path / "source"
    source.mkdir()
    if not name:
        source = tmp_path / "..source"
        source.mkdir()
    with pytest.raises(InvalidRequestError, match="cannot be the name"):
        acquisition.install(str(source), name)


def test_a_folder_is_copied_and_a_second_of_its_name_refused(tree, acquisition, tmp_path):
    (tmp_path / "thing" / "scripts").mkdir(parents=True)
    assert acquisition.install(str(tmp_path / "thing")) == "thing"
    assert (tree.extensions / "thing" / "scripts").is_dir()
    with pytest.raises(InvalidRequestError, match="already"):
        acquisition.install(str(tmp_path / "thing"), "THING")
    with pytest.raises(NotFoundError):
        acquisition.install(str(tmp_path / "nothing"))
    with pytest.raises(ConfigurationError, match="not installed from a repository"):
        acquisition.update(tree.record("thing"))


@pytest.mark.parametrize(("inside", "found"), [
    ({"thing-main/scripts/s.py": "x"}, "scripts/s.py"), ({"scripts/s.py": "x", "README": ""}, "scripts/s.py")])
def test_a_zip_is_unpacked_without_the_folder_around_it(tree, acquisition, tmp_path, inside, found):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as pack:
        for name, text in inside.items():
            pack.writestr(name, text)
    acquisition.install(str(tmp_path / "z.zip"), "mine")
    assert (tree.extensions / "mine" / found).read_text() == "x"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "c:\\x", "a\\..\\x"])
def test_a_zip_that_reaches_out_is_refused_whole(tree, acquisition, tmp_path, name):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as pack:
        pack.writestr("fine.py", "x")
        pack.writestr(name, "x")
    with pytest.raises(InvalidRequestError):
        acquisition.install(str(tmp_path / "z.zip"))
    assert list(tree.extensions.iterdir()) == []


def test_links_and_broken_zips_are_refused(acquisition, tmp_path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as pack:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        pack.writestr(link, "/etc/passwd")
    (tmp_path / "b.zip").write_bytes(b"PK nonsense")
    for name in ("z.zip", "b.zip"):
        with pytest.raises(InvalidRequestError):
            acquisition.install(str(tmp_path / name))


def test_nothing_is_changed_where_strangers_might_ask(tree, tmp_path):
    tree.write("extensions/a/x")
    closed = Acquisition(tree.extensions, allowed=False)
    for act in (lambda: closed.install(str(tmp_path)), lambda: closed.update(tree.record("a")),
                lambda: closed.uninstall(tree.record("a")), lambda: closed.newer_commits(tree.record("a"))):
        with pytest.raises(NotAllowedError, match="Other computers"):
            act()


def test_without_git_it_says_so(acquisition, monkeypatch):
    monkeypatch.setattr(git_module.shutil, "which", lambda _: None)
    with pytest.raises(GitError, match="git is not installed"):
        acquisition.install("https://example.com/a/b")


def test_what_came_with_the_program_stays(tree, acquisition):
    tree.write("extensions-builtin/a/x")
    with pytest.raises(ConfigurationError, match="came with the program"):
        acquisition.uninstall(tree.record("a"))


@pytest.mark.parametrize(("output", "told"), [
    ("fatal: unable to access 'https://x/': Could not resolve host: x", "could not be reached"),
    ("fatal: could not read Username for 'https://x': terminal prompts disabled", "no such repository"),
    ("fatal: something new", "git clone failed: fatal: something new"),
])
def test_what_git_says_is_explained(acquisition, monkeypatch, output, told):
    done = subprocess.CompletedProcess([], 128, "", output)
    monkeypatch.setattr(git_module.shutil, "which", lambda _: "git")
    seen = []
    monkeypatch.setattr(git_module.subprocess, "run", lambda command, **more: seen.append(command) or done)
    with pytest.raises(GitError, match=told):
        acquisition.install("https://example.com/a/b")
    assert seen[0][-3:-1] == ["--", "https://example.com/a/b"]
