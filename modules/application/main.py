"""What a start does, once the environment is there. Standard library only until it is known what is asked for."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Run a command, or the server. Raises: WebUIError, which ``webui.py`` prints."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("httpx", "httpcore", "asyncio", "PIL", "diffusers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if argv[:1] == ["generate"]:
        from modules.application.generate_command import run_generate

        return run_generate(argv[1:])
    if argv[:1] == ["plugin"]:
        from modules.application.plugin_command import run_plugin

        return run_plugin(argv[1:])
    from modules.plugins.call_log import CallLog
    from modules.plugins.preloading import read_launch_flags

    calls = CallLog()
    flags = read_launch_flags(argv, calls, lenient="IGNORE_CMD_ARGS_ERRORS" in os.environ)
    from modules.application.server import serve

    return serve(flags, calls)
