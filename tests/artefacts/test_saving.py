import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.filename_patterns import PictureFacts
from modules.artefacts.naming import Destination, NamingOptions
from modules.artefacts.saving import SaveOptions, save_image
from modules.foundation.errors import OutputError

TEXT = EmbeddedText("a cat\nSteps: 1, Sampler: Euler, Seed: 42")
FACTS = PictureFacts(prompt="a cat", seed=42)
IMAGE = Image.new("RGB", (8, 8), "red")
UNNUMBERED = NamingOptions(add_number=False)
ROOT = Path(__file__).parents[2]


def flat(folder, **changes):
    return Destination(folder, use_subfolder=False, short_name=True, **changes)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_picture_and_its_text(tmp_path):
    saved = save_image(IMAGE, TEXT, Destination(tmp_path), SaveOptions(save_txt=True), FACTS)
    assert saved.path.name == "00000-42.png" and saved.path.parent.parent == tmp_path
    assert saved.text_path == saved.path.with_suffix(".txt")
    assert saved.text_path.read_text() == TEXT.infotext + "\n"
    assert Image.open(saved.path).info["parameters"] == TEXT.infotext


def test_numbers_go_on_and_nothing_is_overwritten(tmp_path):
    (tmp_path / "00004.txt").write_text("kept")
    paths = [save_image(IMAGE, TEXT, flat(tmp_path), facts=FACTS).path.name for _ in range(3)]
    assert paths == ["00005.png", "00006.png", "00007.png"]


def test_a_name_that_appears_meanwhile_is_stepped_over(tmp_path, monkeypatch):
    monkeypatch.setattr("modules.artefacts.naming.next_number", lambda folder, basename: 0)
    (tmp_path / "00000.png").write_text("kept")
    (tmp_path / "00001.txt").write_text("kept")
    saved = save_image(IMAGE, TEXT, flat(tmp_path), SaveOptions(save_txt=True))
    assert saved.path.name == "00002.png" and (tmp_path / "00001.txt").read_text() == "kept"


def test_without_numbers_a_picture_replaces_or_steps_aside(tmp_path):
    destination = Destination(tmp_path, use_subfolder=False)
    options = SaveOptions(replace(UNNUMBERED, filename_pattern="[seed]"))
    for _ in range(2):
        save_image(IMAGE, TEXT, destination, options, FACTS)
    assert names(tmp_path) == ["42.png"]
    options = replace(options, naming=replace(options.naming, replace_existing=False))
    assert save_image(IMAGE, TEXT, destination, options, FACTS).path.name == "42-1.png"
    assert save_image(IMAGE, TEXT, destination, options, FACTS).path.name == "42-2.png"


def test_a_prompt_that_names_a_folder_above_stays_inside(tmp_path):
    root = tmp_path / "outputs"
    options = SaveOptions(NamingOptions(folder_pattern="[prompt]"))
    saved = save_image(IMAGE, TEXT, Destination(root), options, replace(FACTS, prompt="../../x"))
    assert saved.path.is_relative_to(root) and names(tmp_path) == ["outputs"]


@pytest.mark.parametrize("size, limit_mb, copy_size", [
    ((8, 8), 4.0, None), ((8, 8), 0.0, (8, 8)), ((200, 100), 4.0, (100, 50)), ((10, 400), 4.0, (2, 100)),
])
def test_small_copy(tmp_path, size, limit_mb, copy_size):
    options = SaveOptions(small_copy_above_mb=limit_mb, small_copy_side_px=100)
    saved = save_image(Image.new("RGB", size), TEXT, flat(tmp_path), options)
    assert Image.open(saved.path).size == size
    assert (saved.copy_path and Image.open(saved.copy_path).size) == copy_size
    plain = save_image(Image.new("RGB", size), TEXT, flat(tmp_path), replace(options, small_copy=False))
    assert plain.copy_path is None


def test_a_jpeg_is_not_replaced_by_its_small_copy(tmp_path):
    options = SaveOptions(small_copy_side_px=100)
    saved = save_image(Image.new("RGB", (200, 200)), TEXT, flat(tmp_path, extension="jpg"), options)
    assert Image.open(saved.path).size == (200, 200) and saved.copy_path is None


def test_a_text_that_does_not_fit_goes_beside_the_picture(tmp_path):
    saved = save_image(IMAGE, EmbeddedText("x" * 40_000), flat(tmp_path, extension="jpg"))
    assert saved.text_path.stat().st_size == 40_001


def test_a_format_that_had_to_change_is_told(tmp_path):
    saved = save_image(Image.new("RGB", (16384, 1)), TEXT, flat(tmp_path, extension="webp"))
    assert saved.path.suffix == ".png" and "webp" in saved.note


def test_the_hook_sees_the_path_and_may_change_everything(tmp_path):
    seen = []

    def before(draft):
        seen.append(draft.path.name)
        return replace(draft, image=Image.new("RGB", (3, 3)), text=EmbeddedText("other"), path=tmp_path / "mine.webp")

    saved = save_image(IMAGE, TEXT, flat(tmp_path), before=before)
    assert seen == ["00000.png"] and saved.path == tmp_path / "mine.webp"
    assert Image.open(saved.path).size == (3, 3)


def test_a_hook_that_changes_nothing_changes_nothing(tmp_path):
    assert save_image(IMAGE, TEXT, flat(tmp_path), before=lambda draft: draft).path.name == "00000.png"


@pytest.mark.parametrize("letter", ["x", "名", "😀"])
def test_the_longest_names_can_be_written(tmp_path, letter):
    options = SaveOptions(NamingOptions(filename_pattern="[prompt]" * 3), save_txt=True)
    facts = replace(FACTS, prompt=letter * 300)
    paths = {save_image(IMAGE, TEXT, Destination(tmp_path), options, facts).path for _ in range(3)}
    assert len(paths) == 3 and all(path.exists() and path.with_suffix(".txt").exists() for path in paths)


def test_eight_threads_never_share_a_number(tmp_path):
    def save(seed):
        facts = replace(FACTS, seed=seed)
        return save_image(IMAGE, EmbeddedText(str(seed)), Destination(tmp_path, use_subfolder=False), facts=facts).path

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(save, range(64)))
    assert sorted(int(path.name[:5]) for path in paths) == list(range(64))
    assert [Image.open(path).info["parameters"] for path in paths] == [str(seed) for seed in range(64)]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    for options in (SaveOptions(), SaveOptions(UNNUMBERED)):
        with pytest.raises(OutputError, match="is a file"):
            save_image(IMAGE, TEXT, flat(tmp_path / "file"), options)


def run_saver(folder, body):
    script = f"""
        from PIL import Image
        from modules.artefacts.encoding import EmbeddedText
        from modules.artefacts.naming import Destination
        from modules.artefacts.saving import save_image
        from modules.foundation.errors import OutputError
        from pathlib import Path
        image = Image.effect_noise((256, 256), 50).convert("RGB")
        destination = Destination(Path({str(folder)!r}), use_subfolder=False, short_name=True)
        {body}
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stdout=subprocess.PIPE)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX limits")
def test_a_full_disk_damages_nothing(tmp_path):
    body = """import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            save_image(image, EmbeddedText("x"), destination)
        except OutputError as error:
            print(error)"""
    output, _ = run_saver(tmp_path, body).communicate(timeout=30)
    assert b"The disk is full" in output and names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("extra_s", [0.0, 0.011, 0.023])
def test_a_kill_never_leaves_half_a_picture(tmp_path, extra_s):
    """The writer is killed in the middle of saving; every file under its final name is whole."""
    body = """while True:
            save_image(image, EmbeddedText("x"), destination)"""
    process = run_saver(tmp_path, body)
    while not any(tmp_path.glob("[0-9]*.png")):
        assert process.poll() is None
        time.sleep(0.005)
    time.sleep(0.1 + extra_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = sorted(tmp_path.glob("[0-9]*"))
    assert len(finished) > 2
    for path in finished:
        with Image.open(path) as image:
            image.load()
            assert image.info["parameters"] == "x"
