"""Launch flags: A1111's names, our values, and what is said about the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules.foundation.errors import ConfigurationError
from modules.settings.flag_parser import launch_parser
from modules.settings.flags import (
    PROGRAM_FOLDER,
    Credential,
    LaunchFlags,
    SetupFlags,
    launch_arguments,
    parse_launch_flags,
    parse_setup_flags,
    with_password,
)
from modules.settings.inert_flags import INERT_FLAGS

NO_FIELD = {"api", "share", "skip_install", "reinstall_torch", "gradio_auth", "gradio_auth_path", "api_auth",
            "xformers", "opt_sdp_attention", "opt_sdp_no_mem_attention"}


def test_nothing_given_is_the_default_value() -> None:
    assert parse_launch_flags([]) == LaunchFlags()


@pytest.mark.parametrize(("line", "field", "value"), [
    ("--listen", "host", "0.0.0.0"),
    ("--server-name 192.168.1.5", "host", "192.168.1.5"),
    ("", "host", "127.0.0.1"),
    ("--port 8080", "effective_port", 8080),
    ("--port=0", "effective_port", 0),
    ("", "effective_port", 7860),
    ("--port 7861", "effective_port", 7861),
    ("--listen", "exposed", True),
    ("--server-name localhost", "exposed", False),
    ("--subpath /sd/", "subpath", "/sd"),
    ("--subpath a/b", "subpath", "/a/b"),
    ("--xformers", "attention", "xformers"),
    ("--opt-sdp-no-mem-attention", "attention", "sdp"),
    ("--use-cpu All sd", "use_cpu", ("all", "sd")),
    ("--device-id 1", "device_id", 1),
    ("--precision full", "precision", "full"),
    ("--theme dark", "theme", "dark"),
    ("--allowed-host A.example,b.example --allowed-host [::1]", "allowed_host", ("a.example", "b.example", "::1")),
    ("--cors-allow-origins https://A.example/,http://b:3000", "cors_allow_origins",
     ("https://a.example", "http://b:3000")),
    ("--data-dir /data", "models_dir", Path("/data/models")),
    ("--data-dir /data", "ui_settings_file", Path("/data/config.json")),
    ("--data-dir /data", "embeddings_dir", Path("/data/embeddings")),
    ("--models-dir /m", "lora_dir", Path("/m/Lora")),
    ("--models-dir /m --lora-dir /l", "lora_dir", Path("/l")),
    ("--ckpt-dir more", "ckpt_dir", Path.cwd() / "more"),
    ("--ckpt-dir one --ckpt-dir two", "ckpt_dir", Path.cwd() / "one"),
    ("--ckpt-dir one --vae-dir x --ckpt-dir two", "further_dirs", (("ckpt_dir", Path.cwd() / "two"),)),
    ("--models-from /a --models-from /b", "models_from", (Path("/a"), Path("/b"))),
    ("--esrgan-models-path /e", "esrgan_models_path", Path("/e")),
    ("", "data_dir", PROGRAM_FOLDER),
])
def test_values(line: str, field: str, value: object) -> None:
    assert getattr(parse_launch_flags(line.split()), field) == value


@pytest.mark.parametrize(("line", "complaint", "remedy"), [
    ("--shares", "There is no option --shares.", "Did you mean --share?"),
    ("--portt=3", "There is no option --portt.", "Did you mean --port?"),
    ("genrate x", "There is no option genrate.", "Did you mean generate?"),
    ("--qqqqqq", "There is no option --qqqqqq.", "--help"),
    ("--share", "--share is not supported yet.", "--listen"),
    ("--port x", "'x' is not a port", "--help"),
    ("--port 65536", "'65536' is not a port", "--help"),
    ("--precision quarter", "invalid choice", "--help"),
    ("--ckpt", "expected one argument", "--help"),
    ("--gradio-auth justname", "needs a name and a password", ""),
    ("--gradio-auth :p", "needs a name and a password", ""),
    ("--gradio-auth a:1,a:2", "two different passwords", ""),
    ("--gradio-auth-path /does/not/exist", "cannot be read", "one per line"),
    ("--cors-allow-origins example.com", "not an origin", ""),
    ("--cors-allow-origins-regex (", "not a regular expression", "--help"),
    ("--allowed-host http://x", "not a host name", "--help"),
    ("--subpath /a/../b?c", "not a path", "--help"),
    ("--tls-keyfile k.pem", "belong together", ""),
])
def test_complaints(line: str, complaint: str, remedy: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_launch_flags(line.split())
    assert complaint in caught.value.message
    assert remedy in caught.value.remedy


def test_lenient_parsing_ignores_the_unknown() -> None:
    flags = parse_launch_flags(["--from-the-future", "--port", "1"], lenient=True)
    assert flags.effective_port == 1
    assert flags.notices == ("--from-the-future is not known and ignored",)


def test_every_flag_of_a1111_is_accepted(fixtures: Path) -> None:
    known = {name.lstrip("-").replace("-", "_") for name in launch_parser()._option_string_actions}
    reference = json.loads((fixtures / "settings" / "cmd-flags.json").read_text())
    assert set(reference) <= known


def test_every_flag_either_has_a_field_or_says_that_it_does_nothing(fixtures: Path) -> None:
    inert = {name.lstrip("-").replace("-", "_") for group in INERT_FLAGS for name in group.names}
    acting = set(LaunchFlags.__dataclass_fields__) | NO_FIELD
    reference = set(json.loads((fixtures / "settings" / "cmd-flags.json").read_text()))
    assert reference - inert <= acting
    assert not inert & acting


@pytest.mark.parametrize("group", INERT_FLAGS, ids=lambda group: group.names[0])
def test_inert_flags_say_why(group) -> None:
    for name in group.names:
        flags = parse_launch_flags([name, *(["1"] if group.takes_value else [])])
        assert flags.notices == (f"{name} has no effect here: {group.reason}",)


def test_a_star_origin_is_not_honoured() -> None:
    flags = parse_launch_flags(["--cors-allow-origins=*"])
    assert flags.cors_allow_origins == ()
    assert "any web page" in flags.notices[0]


def test_logins_from_all_three_places_are_one_list(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("carol:c:colon\n\n dave:d ,erin:e\n", encoding="utf-8")
    flags = parse_launch_flags(["--gradio-auth", "alice:a", "--api-auth", "bob:b,alice:a",
                                "--gradio-auth-path", str(tmp_path / "users")])
    assert flags.users == tuple(Credential(name, password) for name, password in (
        ("alice", "a"), ("bob", "b"), ("carol", "c:colon"), ("dave", "d"), ("erin", "e")))
    assert "c:colon" not in repr(flags)


@pytest.mark.parametrize(("line", "generated"), [
    ("", False), ("--listen", True), ("--server-name 10.0.0.1", True), ("--server-name ::1", False),
    ("--listen --gradio-auth a:b", False), ("--listen --api-auth a:b", False),
])
def test_a_server_for_others_always_has_a_password(line: str, generated: bool) -> None:
    flags, password = with_password(parse_launch_flags(line.split()))
    assert bool(password) is generated
    if generated:
        assert flags.users == (Credential("user", password or ""),)
        assert len(password or "") >= 12
        assert with_password(parse_launch_flags(line.split()))[1] != password


@pytest.mark.parametrize(("text", "words"), [
    ("", []),
    ("--listen --port 1", ["--listen", "--port", "1"]),
    ("--ckpt 'my model.safetensors'", ["--ckpt", "my model.safetensors"]),
    ("--gradio-auth a:b#c", ["--gradio-auth", "a:b#c"]),
])
def test_environment_variable_is_appended(text: str, words: list[str]) -> None:
    assert launch_arguments(["--api"], {"COMMANDLINE_ARGS": text}) == ["--api", *words]


def test_open_quotation_in_the_environment_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="COMMANDLINE_ARGS"):
        launch_arguments([], {"COMMANDLINE_ARGS": "--ckpt 'x"})


@pytest.mark.parametrize(("line", "setup"), [
    ("generate prompt --steps 20 --torch-index https://x/cpu --seed 1", SetupFlags(torch_index="https://x/cpu")),
    ("--skip-install --no-venv", SetupFlags(skip_install=True, no_venv=True)),
    ("--reinstall-torch --listen", SetupFlags(reinstall_torch=True)),
    ("--unknown", SetupFlags()),
])
def test_setup_flags_are_found_among_others(line: str, setup: SetupFlags) -> None:
    assert parse_setup_flags(line.split()) == setup


def test_help_names_every_acting_flag() -> None:
    text = launch_parser().format_help()
    inert = {name for group in INERT_FLAGS for name in group.names}
    for name in set(launch_parser()._option_string_actions) - inert - {"--share"}:
        assert name in text
    for group in ("Server", "Safety", "Paths", "Hardware", "Interface", "Set-up"):
        assert f"\n{group}:" in text
