from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from modules.application.generate_command import ConsoleReport, build_parser, read_request, run_generate
from modules.foundation.errors import ConfigurationError, InvalidRequestError
from modules.generation.events import Comment, Progress

SMALL = ["--seed", "1", "--steps", "3", "--width", "64", "--height", "64", "--sampler", "Euler a", "--use-cpu", "all",
         "--checkpoint", "tiny-sd1"]


@pytest.fixture
def folders(tiny_models, tmp_path):
    return ["--models-dir", str(tiny_models), "--data-dir", str(tmp_path)]


def test_two_runs_give_identical_bytes(folders, tmp_path, capsys):
    for name in ("one.png", "two.png"):
        assert run_generate(["a red house", *SMALL, *folders, "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / "one.png"), str(tmp_path / "two.png")]
    assert "a red house\nSteps: 3" in Image.open(tmp_path / "one.png").info["parameters"]


def test_several_pictures_get_numbers(folders, tmp_path):
    run_generate(["x", *SMALL, *folders, "--batch-size", "2", "--out", str(tmp_path / "h.jpg")])
    assert sorted(path.name for path in tmp_path.glob("*.jpg")) == ["h-1.jpg", "h-2.jpg"]


def test_without_out_pictures_go_where_they_always_go(folders, tmp_path, capsys):
    run_generate(["x", *SMALL, *folders])
    path = Path(capsys.readouterr().out.strip())
    assert path.is_file() and path.is_relative_to(tmp_path / "outputs" / "txt2img-images")


def test_every_option_reaches_the_request():
    parser = build_parser()
    namespace = parser.parse_args(
        ["p", "--negative", "n", "--seed", "5", "--steps", "7", "--sampler", "Heun", "--scheduler", "Karras",
         "--cfg", "6", "--width", "64", "--height", "72", "--batch-size", "2", "--batch-count", "3", "--clip-skip", "2",
         "--style", "a", "--style", "b", "--set", "randn_source=CPU"])
    assert read_request(namespace).to_json() == {
        "prompt": "p", "negative_prompt": "n", "seed": 5, "steps": 7, "sampler_name": "Heun", "scheduler": "Karras",
        "cfg_scale": 6, "width": 64, "height": 72, "batch_size": 2, "batch_count": 3, "clip_skip": 2,
        "styles": ["a", "b"], "override_settings": {"randn_source": "CPU"}}


@pytest.mark.parametrize(("arguments", "error", "words"), [
    (["--steps", "0"], InvalidRequestError, "from 1 to"),
    (["--width", "100000"], InvalidRequestError, "width must be"),
    (["--cfg", "nan"], InvalidRequestError, "finite"),
    (["--set", "nothing"], InvalidRequestError, "KEY=VALUE"),
    (["--out", "/no/such/folder/a.png"], ConfigurationError, "does not exist"),
    (["--out", "."], ConfigurationError, "not a file name"),
    (["--stepz", "3"], ConfigurationError, "--steps"),
])
def test_bad_values_are_refused_in_words(folders, arguments, error, words):
    with pytest.raises(error, match=words):
        run_generate(["x", *folders, *arguments])


def test_progress_is_drawn_on_a_terminal_and_comments_come_last():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    errors = Terminal()
    report = ConsoleReport(None, 1, io.StringIO(), errors)
    report(Progress("sampling", 5, 10, done_steps=5, total_steps=10))
    report(Comment("Something was changed."))
    report.finish()
    assert " 50% sampling 5/10" in errors.getvalue() and errors.getvalue().endswith("Something was changed.\n")


def test_progress_goes_to_a_log_file_in_quarters():
    errors = io.StringIO()
    report = ConsoleReport(None, 1, io.StringIO(), errors)
    for step in range(1, 11):
        report(Progress("sampling", step, 10, done_steps=step, total_steps=10))
    assert errors.getvalue().split() == ["25%", "50%", "75%", "100%"]


def test_help_needs_nothing_installed():
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-S", "webui.py", "generate", "--help"], cwd=root, capture_output=True,
                            text=True, env={**os.environ, "COLUMNS": "100"}, check=True)
    assert "--negative TEXT" in result.stdout and "--medvram" in result.stdout
