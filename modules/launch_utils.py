"""A1111's ``modules.launch_utils``: what ``install.py`` of extensions calls.

Names: args, check_run_python, commit_hash, default_command_live, dir_repos, extensions_dir, git, git_clone, git_tag,
index_url, is_installed, list_extensions, prepare_environment, python, repo_dir, requirements_met, run, run_pip,
run_python, script_path, skip_install.
"""

from modules.compat.launch_tools import (
    check_run_python,
    commit_hash,
    dir_repos,
    git,
    git_clone,
    git_tag,
    index_url,
    is_installed,
    list_extensions,
    prepare_environment,
    python,
    repo_dir,
    requirements_met,
    run,
    run_pip,
    run_python,
    script_path,
)
from modules.compat.launch_tools import skip_install as get_skip_install
from modules.compat.launching import command_options
from modules.compat.lazy import lazy_names
from modules.compat.places import extensions_dir as get_extensions_dir

__all__ = [
    "check_run_python", "commit_hash", "default_command_live", "dir_repos", "git", "git_clone", "git_tag",
    "index_url", "is_installed", "list_extensions", "prepare_environment", "python", "repo_dir", "requirements_met",
    "run", "run_pip", "run_python", "script_path",
]

default_command_live = False

__getattr__ = lazy_names(__name__, {
    "args": command_options, "skip_install": get_skip_install, "extensions_dir": get_extensions_dir,
})
