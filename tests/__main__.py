"""Run the tests: `python3 -m tests [pytest options]`. Sets up the same `.venv` as `webui.py`, and enters it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from modules.application.environment import ROOT, TESTS, WEBUI, Environment
from modules.foundation.errors import WebUIError
from modules.settings.flags import SetupFlags, parse_setup_flags

_SETUP_OPTIONS = ("--skip-install", "--no-venv", "--reinstall-torch")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


class BrowserTests:
    """Skips the tests that drive a browser where there is none."""

    def pytest_collection_modifyitems(self, items: Sequence[Any]) -> None:
        import pytest

        if "CHROMIUM" in os.environ:
            return
        skip = pytest.mark.skip(reason="no Chromium found: install one, or name it in CHROMIUM")
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(skip)


def main(arguments: Sequence[str]) -> int:
    """Set up, go on inside the environment, and run pytest there. Returns pytest's exit code."""
    own = [word for word in arguments if word in _SETUP_OPTIONS or word.startswith("--torch-index=")]
    try:
        environment = Environment(parse_setup_flags(own) if own else SetupFlags())
        environment.prepare(WEBUI, TESTS)
        environment.enter()
    except WebUIError as error:
        print(f"{error.message}\n{error.remedy}".rstrip(), file=sys.stderr)
        return 2
    import pytest

    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser:
        os.environ.setdefault("CHROMIUM", browser)
    os.chdir(ROOT)
    return int(pytest.main([word for word in arguments if word not in own], plugins=[BrowserTests()]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
