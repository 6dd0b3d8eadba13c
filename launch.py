"""A1111's way to start (``python launch.py``), and what ``install.py`` of extensions imports: see modules/launch_utils.
"""

import sys

if __name__ == "__main__":
    import webui

    sys.exit(webui.main())

from modules import launch_utils
from modules.launch_utils import (
    check_run_python,
    commit_hash,
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

__all__ = ["check_run_python", "commit_hash", "git", "git_clone", "git_tag", "index_url", "is_installed",
           "list_extensions", "prepare_environment", "python", "repo_dir", "requirements_met", "run", "run_pip",
           "run_python", "script_path"]
__getattr__ = launch_utils.__getattr__  # args, skip_install
