from __future__ import annotations

import shutil

import pytest

from modules.application import plugin_command
from modules.application.plugin_command import run_plugin
from modules.foundation.errors import ConfigurationError, InvalidRequestError, NotFoundError


@pytest.fixture
def command(tmp_path, tiny_models):
    def run(*arguments):
        places = ["--data-dir", str(tmp_path), "--models-dir", str(tiny_models)]
        return run_plugin([*arguments, *places, "--use-cpu", "all"])

    return run


def test_a_new_plugin_passes_its_own_trial(command, tmp_path, capfd):
    assert command("new", "2-dark edges") == 0
    root = tmp_path / "extensions" / "2-dark edges"
    assert sorted(path.name for path in root.iterdir()) == ["README.md", "metadata.ini", "scripts", "tests"]
    assert command("test", "2-dark edges") == 0
    told = capfd.readouterr().out
    assert "composed" in told and "2 passed" in told and "All well" in told
    with pytest.raises(InvalidRequestError, match="there already"):
        command("new", "2-dark edges")
    assert not (tmp_path / "outputs").exists(), "the trial leaves nothing in people's folders"


def test_a_failing_plugin_is_told_with_its_trace(command, tmp_path, capfd):
    scripts = tmp_path / "extensions" / "bad" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "bad.py").write_text(
        "from modules.plugins import Plugin\n\nclass Bad(Plugin):\n    def before_model(self, call):\n        1 / 0\n"
        "    def overlay(self, overlay, planned):\n        pass\n"
        "    def grid(self, images, columns, rows):\n        return images\n")
    assert command("test", "bad") == 1
    told = capfd.readouterr().out
    assert "ZeroDivisionError" in told and "bad.py" in told
    assert "calls of Bad: overlay" in told


def test_without_models_of_its_own_a_folder_is_tried_with_those_of_the_program(tmp_path, tiny_models, monkeypatch,
                                                                               capsys):
    program = tmp_path / "program"
    program.mkdir()
    (program / "models").symlink_to(tiny_models)
    monkeypatch.setattr(plugin_command, "PROGRAM_FOLDER", program)
    place = ["--data-dir", str(tmp_path / "my data"), "--use-cpu", "all"]
    assert run_plugin(["new", "dark", *place]) == 0
    root = tmp_path / "my data" / "extensions" / "dark"
    assert f"plugin test dark --data-dir '{tmp_path / 'my data'}'" in capsys.readouterr().out
    shutil.rmtree(root / "tests")
    assert run_plugin(["test", "dark", *place]) == 0
    assert f"those below {program / 'models'} are used" in capsys.readouterr().out


def test_the_list(command, tmp_path, capsys):
    (tmp_path / "extensions" / "thing").mkdir(parents=True)
    assert command("list") == 0
    assert "on   thing" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "error"), [
    (["new"], ConfigurationError), (["new", "../x"], InvalidRequestError), (["test", "nobody"], NotFoundError),
    (["sing"], ConfigurationError), (["list", "--nonsense"], ConfigurationError)])
def test_mistakes(command, arguments, error):
    with pytest.raises(error):
        command(*arguments)


@pytest.mark.parametrize(("text", "whole"), [
    ("from modules.plugins import Plugin", False), ("from modules import scripts", True)])
def test_which_way_a_plugin_is_tried(tmp_path, text, whole):
    from modules.application.plugin_trial import uses_scripts
    from modules.plugins.metadata import PluginMetadata
    from modules.plugins.record import PluginRecord

    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "s.py").write_text(text)
    assert uses_scripts(PluginRecord("a", tmp_path, False, True, PluginMetadata())) is whole
