"""The grammar of the launch flags: one group of options per function. Standard library only."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from modules.foundation.errors import ConfigurationError
from modules.settings.inert_flags import INERT_FLAGS

_USAGE = """python3 webui.py [options]
       python3 webui.py generate "a red house" --steps 20 --out house.png [options]
       python3 webui.py plugin new|test|list [NAME]
       python3 webui.py --doctor"""
REPEATABLE_DIRS = ("ckpt_dir", "vae_dir", "lora_dir", "hypernetwork_dir", "embeddings_dir")
_FILE_KINDS = ("ESRGAN", "RealESRGAN", "BSRGAN", "SwinIR", "ScuNET", "DAT", "CodeFormer", "GFPGAN")
_EPILOG = """The environment variable COMMANDLINE_ARGS may hold more options; they are added at the end.
AUTOMATIC1111's other options are accepted too; each says that it has no effect, and why."""


def launch_parser(*, add_help: bool = True) -> argparse.ArgumentParser:
    """Build the parser. With ``add_help=False`` it can be a parent of a command's own parser."""
    parser = FlagParser(prog="webui.py", usage=_USAGE, epilog=_EPILOG, allow_abbrev=False, add_help=add_help,
                        formatter_class=argparse.RawDescriptionHelpFormatter,
                        description="A web UI for Stable Diffusion.")
    for add in (_add_server, _add_safety, _add_paths, _add_hardware, _add_interface, _add_plugins,
                add_setup_options, _add_inert):
        add(parser)
    return parser


def unknown_option(word: str, parser: argparse.ArgumentParser) -> ConfigurationError:
    """Say that an option does not exist, and name the closest one."""
    name = word.split("=")[0]
    close = difflib.get_close_matches(name, [*parser._option_string_actions, "generate", "plugin"], n=1, cutoff=0.6)
    remedy = f"Did you mean {close[0]}?" if close else "See python3 webui.py --help."
    return ConfigurationError(f"There is no option {name}.", remedy=remedy)


class FlagParser(argparse.ArgumentParser):
    """A parser whose complaints are ``ConfigurationError``."""

    def error(self, message: str) -> NoReturn:
        text = message[:1].upper() + message[1:]
        raise ConfigurationError(f"{text}.", remedy="See python3 webui.py --help.")


class _NoEffect(argparse.Action):
    """Note that an option was given and does nothing; ``const`` is the reason."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:
        namespace.notices = (*namespace.notices, f"{option_string} has no effect here: {self.const}")


def _add_server(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Server")
    group.add_argument("--listen", action="store_true",
                       help="let other computers reach it (0.0.0.0); needs a password, generated if not given")
    group.add_argument("--server-name", metavar="ADDRESS", help="address to bind (default 127.0.0.1)")
    group.add_argument("--port", type=_port, metavar="N", help="port (default 7860, with --nowebui 7861)")
    group.add_argument("--subpath", type=_subpath, default="", metavar="PATH",
                       help="path under which a reverse proxy serves it")
    group.add_argument("--tls-keyfile", type=_path, metavar="FILE", help="private key for https")
    group.add_argument("--tls-certfile", type=_path, metavar="FILE", help="certificate for https")
    group.add_argument("--share", action="store_true", help=argparse.SUPPRESS)
    group.add_argument("--api", action="store_true", help="accepted from old scripts: the HTTP API is always on")
    group.add_argument("--nowebui", action="store_true", help="the HTTP API alone, without a page (port 7861)")
    group.add_argument("--api-log", action="store_true", help="a line in the log for every call of the API")
    group.add_argument("--api-server-stop", action="store_true", help="let programs stop the server")


def _add_safety(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Safety")
    group.add_argument("--gradio-auth", metavar="USER:PASS,…", help="who may log in, to page and API alike")
    group.add_argument("--gradio-auth-path", type=_path, metavar="FILE", help="the same from a file")
    group.add_argument("--api-auth", metavar="USER:PASS,…", help="more people who may log in")
    group.add_argument("--allowed-host", action="extend", type=_host_names, default=[], metavar="NAME,…",
                       help="further host names by which browsers may reach it")
    group.add_argument("--cors-allow-origins", metavar="ORIGIN,…", help="web sites that may use the API")
    group.add_argument("--cors-allow-origins-regex", type=_pattern, metavar="REGEX",
                       help="the same as a regular expression")


def _add_paths(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Paths")
    for name, kind, text in (
        ("data-dir", "DIR", "settings, outputs, models and extensions (default: beside webui.py)"),
        ("models-dir", "DIR", "models (default: models in the data folder)"),
        ("ckpt-dir", "DIR", "a further folder of checkpoints; like the four below, it may be given several times"),
        ("vae-dir", "DIR", "a further folder of VAEs"),
        ("lora-dir", "DIR", "LoRA files (default: Lora in the models folder)"),
        ("hypernetwork-dir", "DIR", "hypernetworks (default: hypernetworks in the models folder)"),
        ("embeddings-dir", "DIR", "textual inversion (default: embeddings in the data folder)"),
        ("models-from", "DIR", "another program's folder (AUTOMATIC1111, Forge, ComfyUI) whose models are used where "
                               "they lie; may be given several times"),
        *((f"{kind.lower()}-models-path", "DIR", f"a further folder of {kind} files") for kind in _FILE_KINDS),
        ("gfpgan-dir", "DIR", "the same as --gfpgan-models-path"),
        ("lyco-dir-backcompat", "DIR", "a further folder of LoRA files"),
        ("ckpt", "FILE", "checkpoint to list and select"),
        ("vae-path", "FILE", "VAE to use with every checkpoint"),
        ("ui-settings-file", "FILE", "settings (default: config.json in the data folder)"),
    ):
        field = name.replace("-", "_")
        several = field in REPEATABLE_DIRS or field == "models_from"
        group.add_argument(f"--{name}", type=_path, metavar=kind, help=text, action="append" if several else "store",
                           default=[] if several else None)


def _add_hardware(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Hardware")
    group.add_argument("--precision", choices=("full", "half", "autocast"), default="autocast",
                       help="number format of the model (default: what suits the device)")
    group.add_argument("--no-half", action="store_true", help="32-bit model")
    group.add_argument("--no-half-vae", action="store_true", help="32-bit VAE")
    group.add_argument("--use-cpu", nargs="+", type=str.lower, default=[], metavar="PART",
                       choices=("all", "sd", "interrogate", "gfpgan", "esrgan", "codeformer"),
                       help="parts that stay on the CPU: all, sd, interrogate, gfpgan, esrgan, codeformer")
    group.add_argument("--device-id", type=int, metavar="N", help="which GPU")
    group.add_argument("--medvram", action="store_true",
                       help="keep only what is in use in GPU memory (default: where memory is too small for more)")
    group.add_argument("--medvram-sdxl", action="store_true", help="--medvram for models as large as SDXL")
    group.add_argument("--lowvram", action="store_true", help="keep even less there; slow")
    group.add_argument("--xformers", dest="attention", action="store_const", const="xformers",
                       default="automatic", help="attention by xformers, where it is installed")
    group.add_argument("--opt-sdp-attention", "--opt-sdp-no-mem-attention", dest="attention",
                       action="store_const", const="sdp", help="attention by PyTorch (what is used anyway)")
    group.add_argument("--no-hashing", action="store_true", help="compute no hashes of checkpoints; pictures lack them")
    group.add_argument("--skip-load-model-at-start", action="store_true",
                       help="load the checkpoint when the first picture needs it")


def _add_interface(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Interface")
    group.add_argument("--theme", choices=("light", "dark"), help="colours (default: as the browser asks)")
    group.add_argument("--autolaunch", action="store_true", help="open the page in a browser")


def _add_plugins(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("Extensions")
    group.add_argument("--disable-extra-extensions", action="store_true",
                       help="without the extensions that did not come with the program")
    group.add_argument("--disable-all-extensions", action="store_true", help="without any extension")
    group.add_argument("--safe-mode", action="store_true",
                       help="without extensions and without the files in scripts: always starts")
    group.add_argument("--enable-insecure-extension-access", action="store_true",
                       help="let other computers install, update and remove extensions, which run as programs here")
    group.add_argument("--allow-code", action="store_true",
                       help="offer the script Custom code: whoever can reach the page may run Python here")
    group.add_argument("--reload-plugins", action="store_true",
                       help="load extensions again when their files change")


def add_setup_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``SetupFlags`` holds."""
    group = parser.add_argument_group("Set-up")
    group.add_argument("--doctor", action="store_true", help="report what is installed and what is wrong")
    group.add_argument("--skip-install", action="store_true", help="install nothing, use what is there")
    group.add_argument("--no-venv", action="store_true", help="use this Python itself instead of .venv")
    group.add_argument("--torch-index", metavar="URL", help="package index to take PyTorch from")
    group.add_argument("--reinstall-torch", action="store_true", help="install PyTorch anew")


def _add_inert(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(notices=())
    for inert in INERT_FLAGS:
        for name in inert.names:
            parser.add_argument(name, action=_NoEffect, nargs=None if inert.takes_value else 0,
                                const=inert.reason, dest="notices", help=argparse.SUPPRESS)


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 0 and 65535")
    return int(text)


def _subpath(text: str) -> str:
    path = text.strip("/")
    if path and not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*", path, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path such as /sd")
    return f"/{path}" if path else ""


def _host_names(text: str) -> Iterable[str]:
    names = [entry.lower().strip("[]") for entry in text.split(",")]
    for name in names:
        if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", name):
            raise argparse.ArgumentTypeError(f"{name!r} is not a host name; leave out scheme and port")
    return names


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a regular expression: {error}") from error
    return text
