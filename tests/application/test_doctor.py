"""The doctor: a report that works whatever is broken."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest

from modules.application import doctor as module
from modules.application.doctor import Finding, collect_findings, examine


def findings(*arguments: str) -> dict[str, Finding]:
    return {finding.subject: finding for finding in collect_findings(arguments)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "models" / "Stable-diffusion" / "sub").mkdir(parents=True)
    return tmp_path


def test_models_are_found(data: Path) -> None:
    for name in ("a.safetensors", "sub/b.ckpt", "c.txt"):
        (data / "models" / "Stable-diffusion" / name).touch()
    assert findings("--data-dir", str(data))["Checkpoints"] == Finding("Checkpoints", "2: a, b")


def test_each_checkpoint_is_told_as_what_and_why(data: Path, family_file) -> None:
    folder = data / "models" / "Stable-diffusion"
    (folder / "edit.safetensors").write_bytes(family_file("sd1-edit").read_bytes())
    (folder / "page.safetensors").write_bytes(b"<html>")
    told = [found for found in collect_findings(["--data-dir", str(data)]) if found.subject == "Checkpoint"]
    assert told[0].text == (
        "edit.safetensors: Stable Diffusion 1.x, edit model, predicts noise, 64x64; it has a Stable Diffusion U-Net, "
        "CLIP text encoder of the transformers kind, 8 input channels")
    assert "page.safetensors is a web page" in told[1].text and told[1].remedy


def test_no_model_is_a_problem(data: Path) -> None:
    assert "Put a .safetensors" in findings("--data-dir", str(data))["Checkpoints"].remedy


def test_a_taken_port_is_a_problem(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert findings("--port", str(port))["Port"].remedy
    assert not findings("--port", str(port))["Port"].remedy


def test_missing_packages_are_reported_and_nothing_breaks(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(module, "_version", lambda package: None)
    monkeypatch.setattr(module.importlib, "import_module", missing)
    found = findings("--data-dir", str(data))
    assert found["Packages"].text.startswith("missing: torch, torchvision, diffusers")
    assert found["PyTorch"].text == "not installed"
    assert found["Device"].text


def test_a_look_that_fails_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path) -> Finding:
        raise RuntimeError("the disk is upside down")

    monkeypatch.setattr(module, "_look_at_disk", fail)
    found = findings()
    assert "upside down" in found["Disk"].text
    assert found["Port"].text


def test_bad_options_are_part_of_the_report() -> None:
    assert "not a port" in findings("--port", "x")["Options"].text


def test_the_report_is_aligned_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [Finding("Python", "3.11"), Finding("Other models", "none", "Get some.")]
    monkeypatch.setattr(module, "collect_findings", lambda arguments: lines)
    out = io.StringIO()
    assert examine([], out) == 1
    assert out.getvalue() == ("\n  ok  Python        3.11\n  !!  Other models  none\n"
                              "                    → Get some.\n\nFound 1 problem.\n")
    lines.pop()
    assert examine([], out) == 0
    assert out.getvalue().endswith("Everything is in place.\n")
