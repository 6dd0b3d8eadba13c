"""Start the web UI: `python3 webui.py`. The first start sets up `.venv`; `--help` lists the options."""

import os
import sys


def main() -> int:
    if sys.version_info < (3, 10):  # noqa: UP036 - an older Python gets a sentence, not a traceback
        print(f"The web UI needs Python 3.10 to 3.14; this is Python {sys.version.split()[0]}.\n"
              "Install a newer one from your system's packages or https://www.python.org, and use that.")
        return 1
    from modules.foundation.errors import WebUIError
    from modules.settings.flags import launch_arguments

    sys.stdout.reconfigure(errors="replace")  # a Windows console may lack a character
    try:
        return run(launch_arguments(sys.argv[1:], os.environ))
    except WebUIError as error:
        print(f"{error.message}\n{error.remedy}".rstrip(), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130


def run(arguments: "list[str]") -> int:
    """Answer what needs no installation, else set up, go on inside the environment, and start."""
    from modules.application.environment import WEBUI, Environment
    from modules.plugins.call_log import CallLog
    from modules.plugins.preloading import read_launch_flags
    from modules.settings.flags import launch_parser, parse_setup_flags

    commanding = arguments[:1] in (["generate"], ["plugin"])
    asks_help = "-h" in arguments or "--help" in arguments
    if asks_help and not commanding:
        launch_parser().print_help()
        return 0
    environment = Environment(parse_setup_flags(arguments))
    if "--doctor" in arguments:
        from modules.application.doctor import examine

        environment.enter()
        return examine(arguments, sys.stdout)
    if not asks_help:
        if environment.missing(WEBUI) and not commanding:  # mistakes are told before anything is installed
            read_launch_flags(arguments, CallLog(), lenient="IGNORE_CMD_ARGS_ERRORS" in os.environ)
        environment.prepare(WEBUI)
        environment.enter()
    from modules.application.main import main as start

    return start(arguments) or 0


if __name__ == "__main__":
    sys.exit(main())
