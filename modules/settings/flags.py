"""Launch flags: A1111's names, read once at start into a frozen value. Standard library only."""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from modules.foundation.errors import ConfigurationError
from modules.settings.flag_parser import (
    REPEATABLE_DIRS,
    FlagParser,
    add_setup_options,
    launch_parser,
    unknown_option,
)

PROGRAM_FOLDER = Path(__file__).resolve().parents[2]
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")

@dataclass(frozen=True)
class Credential:
    """Somebody who may log in; the password stays out of every repr."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class SetupFlags:
    """What the start-up step that builds ``.venv`` needs to know."""

    skip_install: bool = False
    no_venv: bool = False
    torch_index: str | None = None
    reinstall_torch: bool = False


@dataclass(frozen=True)
class LaunchFlags:
    """What the person who started the program asked for. Paths are absolute; None means not given."""

    listen: bool = False
    server_name: str | None = None
    port: int | None = None
    subpath: str = ""
    tls_keyfile: Path | None = None
    tls_certfile: Path | None = None
    nowebui: bool = False
    api_log: bool = False
    api_server_stop: bool = False

    users: tuple[Credential, ...] = ()
    allowed_host: tuple[str, ...] = ()
    cors_allow_origins: tuple[str, ...] = ()
    cors_allow_origins_regex: str | None = None

    data_dir: Path = PROGRAM_FOLDER
    models_dir: Path = PROGRAM_FOLDER / "models"
    embeddings_dir: Path = PROGRAM_FOLDER / "embeddings"
    lora_dir: Path = PROGRAM_FOLDER / "models" / "Lora"
    hypernetwork_dir: Path = PROGRAM_FOLDER / "models" / "hypernetworks"
    ckpt_dir: Path | None = None
    vae_dir: Path | None = None
    ckpt: Path | None = None
    vae_path: Path | None = None
    further_dirs: tuple[tuple[str, Path], ...] = ()
    """What was given beyond the first for a flag that may be repeated, by its field."""
    models_from: tuple[Path, ...] = ()
    esrgan_models_path: Path | None = None
    realesrgan_models_path: Path | None = None
    bsrgan_models_path: Path | None = None
    swinir_models_path: Path | None = None
    scunet_models_path: Path | None = None
    dat_models_path: Path | None = None
    codeformer_models_path: Path | None = None
    gfpgan_models_path: Path | None = None
    gfpgan_dir: Path | None = None
    lyco_dir_backcompat: Path | None = None
    ui_settings_file: Path = PROGRAM_FOLDER / "config.json"

    no_half: bool = False
    no_half_vae: bool = False
    precision: str = "autocast"
    use_cpu: tuple[str, ...] = ()
    device_id: int | None = None
    lowvram: bool = False
    medvram: bool = False
    medvram_sdxl: bool = False
    no_hashing: bool = False
    skip_load_model_at_start: bool = False
    attention: str = "automatic"

    theme: str | None = None
    autolaunch: bool = False

    disable_extra_extensions: bool = False
    disable_all_extensions: bool = False
    safe_mode: bool = False
    enable_insecure_extension_access: bool = False
    allow_code: bool = False
    reload_plugins: bool = False
    skip_install: bool = False
    plugin_values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What was given for the options that extensions added."""

    notices: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The address to bind."""
        return self.server_name or ("0.0.0.0" if self.listen else "127.0.0.1")

    @property
    def effective_port(self) -> int:
        if self.port is not None:
            return self.port
        return 7861 if self.nowebui else 7860

    @property
    def checkpoints_dir(self) -> Path:
        """Where checkpoints go that the program makes or fetches."""
        return self.ckpt_dir or self.models_dir / "Stable-diffusion"

    def every_dir(self, field: str) -> tuple[Path, ...]:
        """Return all folders that were given for a flag, by its field."""
        first: Path | None = getattr(self, field)
        return (*([first] if first else []), *(folder for name, folder in self.further_dirs if name == field))

    @property
    def exposed(self) -> bool:
        """Whether other computers can reach the server."""
        return self.host not in LOOPBACK_NAMES

    @property
    def secure(self) -> bool:
        return self.tls_certfile is not None


def launch_arguments(argv: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return the arguments followed by those in COMMANDLINE_ARGS."""
    lexer = shlex.shlex(environ.get("COMMANDLINE_ARGS", ""), posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    if os.name == "nt":
        lexer.escape = ""  # the backslashes of Windows paths
    try:
        return [*argv, *lexer]
    except ValueError as error:
        raise ConfigurationError(f"COMMANDLINE_ARGS cannot be split into options: {error}.",
                                 remedy="Close every quotation mark in it.") from error


def parse_launch_flags(arguments: Sequence[str], *, lenient: bool = False,
                       parser: argparse.ArgumentParser | None = None) -> LaunchFlags:
    """Read the options of the web UI. ``lenient`` turns unknown ones into notices.

    ``parser`` is a ``launch_parser`` to which extensions have added options. Without extensions, theirs are unknown,
    and that is no reason not to start.

    Raises: ConfigurationError for unknown options and impossible values.
    """
    parser = parser or launch_parser()
    namespace, unknown = parser.parse_known_args(arguments)
    flags = flags_from(namespace)
    if unknown and not (lenient or flags.safe_mode or flags.disable_all_extensions or flags.disable_extra_extensions):
        raise unknown_option(unknown[0], parser)
    return replace(flags, notices=(*flags.notices, *(f"{word} is not known and ignored" for word in unknown)))


def parse_setup_flags(arguments: Sequence[str]) -> SetupFlags:
    """Pick the set-up options out of any command line, leaving the rest alone."""
    parser = FlagParser(add_help=False, allow_abbrev=False)
    add_setup_options(parser)
    namespace, _ = parser.parse_known_args(arguments)
    return SetupFlags(**{item.name: getattr(namespace, item.name) for item in fields(SetupFlags)})


def flags_from(namespace: argparse.Namespace) -> LaunchFlags:
    """Turn what ``launch_parser`` read into flags. Raises: ConfigurationError."""
    values = dict(vars(namespace))
    known = {action.dest for action in launch_parser()._actions}
    values["plugin_values"] = {name: value for name, value in values.items() if name not in known}
    if values["share"]:
        raise ConfigurationError("--share is not supported yet.",
                                 remedy="Use --listen with a password, or an ssh tunnel to this computer.")
    values["users"] = _users(values)
    values["allowed_host"] = tuple(values["allowed_host"])
    values["use_cpu"] = tuple(values["use_cpu"])
    values["cors_allow_origins"], notices = _origins(values["cors_allow_origins"])
    values["notices"] = (*values["notices"], *notices)
    values.update(_folders(values))
    if (values["tls_keyfile"] is None) != (values["tls_certfile"] is None):
        raise ConfigurationError("--tls-keyfile and --tls-certfile belong together, but only one was given.")
    return LaunchFlags(**{item.name: values[item.name] for item in fields(LaunchFlags)})


def with_password(flags: LaunchFlags) -> tuple[LaunchFlags, str | None]:
    """Give a server that others can reach, but that has no password, a generated one.

    Returns the flags and the password to show once, or None where none was needed.
    """
    if flags.users or not flags.exposed:
        return flags, None
    password = os.urandom(6).hex()
    return replace(flags, users=(Credential("user", password),)), password


def _users(values: Mapping[str, Any]) -> tuple[Credential, ...]:
    users: dict[str, Credential] = {}
    entries = [*_entries(values["gradio_auth"]), *_entries(values["api_auth"]),
               *_entries(_read_users(values["gradio_auth_path"]))]
    for entry in entries:
        name, colon, password = entry.partition(":")
        if not (name and colon and password):
            raise ConfigurationError("A login needs a name and a password: user:password,user2:password2.")
        if users.setdefault(name, Credential(name, password)).password != password:
            raise ConfigurationError(f"The user {name} was given two different passwords.")
    return tuple(users.values())


def _entries(text: str | None) -> list[str]:
    return [entry.strip() for entry in re.split(r"[,\n]", text or "") if entry.strip()]


def _read_users(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file of --gradio-auth-path cannot be read: {path}.",
                                 remedy="It holds user:password, one per line.") from error


def _origins(text: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    origins = [entry.rstrip("/").lower() for entry in _entries(text)]
    notices: tuple[str, ...] = ()
    if "*" in origins:
        notices = ("--cors-allow-origins * is ignored: any web page could use this computer; name the sites",)
    named = tuple(origin for origin in origins if origin != "*")
    for origin in named:
        if not re.fullmatch(r"https?://[^/\s@]+", origin):
            raise ConfigurationError(f"{origin!r} is not an origin such as https://example.com.")
    return named, notices


def _folders(values: dict[str, Any]) -> dict[str, Any]:
    further = [(name, folder) for name in REPEATABLE_DIRS for folder in (values[name] or [])[1:]]
    values.update({name: (values[name] or [None])[0] for name in REPEATABLE_DIRS})
    data = values["data_dir"] or PROGRAM_FOLDER
    models = values["models_dir"] or data / "models"
    return {
        "data_dir": data,
        "models_dir": models,
        "further_dirs": tuple(further),
        "models_from": tuple(values["models_from"]),
        "embeddings_dir": values["embeddings_dir"] or data / "embeddings",
        "lora_dir": values["lora_dir"] or models / "Lora",
        "hypernetwork_dir": values["hypernetwork_dir"] or models / "hypernetworks",
        "ui_settings_file": values["ui_settings_file"] or data / "config.json",
    }
