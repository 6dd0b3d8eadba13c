"""Tries third-party extensions, unmodified, against this program on tiny models:

    python -m tools.extension_trials FOLDER [NAME ...]

FOLDER holds clones of extensions, each under the name of its repository; what they need besides is installed first
(``pip install``), as nothing is installed here. The tiny models are those of the tests: run these once before. Every
check is the one that the extension's own documentation promises; the table is docs/plugins.md's.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
BASE = {"prompt": "a cat", "steps": 4, "width": 64, "height": 64, "seed": 1000, "sampler_name": "Euler",
        "cfg_scale": 7, "batch_size": 1, "n_iter": 1}
FLAGS = {"adetailer": ["--ad-no-huggingface"]}


class Trial:
    """A running program with one extension, and a client of its HTTP API."""

    def __init__(self, client: Any, data: Path) -> None:
        self._client = client
        self.data = data
        self.plain = self.make()[0][0]

    def make(self, route: str = "txt2img", **fields: Any) -> tuple[list[np.ndarray], dict[str, Any]]:
        """Return the pictures and what is told of them. Raises: AssertionError for anything but success."""
        answer = self._client.post(f"/sdapi/v1/{route}", json={**BASE, **fields})
        assert answer.status_code == 200, answer.text[:500]
        return [_pixels(data) for data in answer.json()["images"]], json.loads(answer.json()["info"])

    def with_script(self, title: str, *args: Any, **fields: Any) -> tuple[np.ndarray, str]:
        """Return the first picture made with a script that is always on, and its infotext."""
        pictures, info = self.make(alwayson_scripts={title: {"args": list(args)}}, **fields)
        return pictures[0], info["infotexts"][0]

    def get(self, route: str) -> Any:
        return self._client.get(route).json()


def _pixels(data: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), dtype=np.int16)


def try_wildcards(trial: Trial) -> str:
    folder = trial.data / "extensions/stable-diffusion-webui-wildcards/wildcards"
    folder.mkdir(exist_ok=True)
    (folder / "color.txt").write_text("red\ngreen\nblue\n")
    _, info = trial.make(prompt="a __color__ cat", n_iter=2, batch_size=2)
    assert info["all_prompts"] == ["a green cat", "a red cat", "a blue cat", "a green cat"]
    assert "Wildcard prompt: a __color__ cat" in info["infotexts"][0]
    return "same prompts as in A1111, told in the infotext"


def try_dynamic_prompts(trial: Trial) -> str:
    asked = {"prompt": "a {red|green|blue} cat", "n_iter": 2, "batch_size": 2}
    title = "Dynamic Prompts v2.17.1"
    _, every = trial.make(alwayson_scripts={title: {"args": [True, True]}}, **asked)
    assert (every["all_prompts"], every["all_seeds"]) == (["a red cat", "a green cat", "a blue cat"],
                                                          [1000, 1001, 1002])
    _, some = trial.make(alwayson_scripts={title: {"args": [True]}}, **asked)
    assert some["all_prompts"] == ["a blue cat", "a blue cat", "a blue cat", "a green cat"]
    return "combinations and random prompts as in A1111"


def try_ultimate_upscale(trial: Trial) -> str:
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 80).convert("RGB").save(buffer, "PNG")
    start = base64.b64encode(buffer.getvalue()).decode()
    shared = {"init_images": [start], "denoising_strength": 0.3, "script_name": "Ultimate SD upscale"}
    pictures, info = trial.make("img2img", **shared, script_args=[
        None, 64, 64, 8, 0, 64, 0.35, 16, 0, True, 0, False, 4, 0, 2, 2048, 2048, 2])
    assert [one.shape for one in pictures] == [(128, 128, 3)]
    assert "Ultimate SD upscale tile_width: 64" in info["infotexts"][0]
    return "four tiles make 128×128, told in the infotext"


def try_detail_daemon(trial: Trial) -> str:
    def make(amount: float, mode: str) -> tuple[np.ndarray, str]:
        return trial.with_script("Detail Daemon", True, True, False, mode, 0.2, 0.8, 0.5, amount, 1, 0, 0, 0, True)

    both, infotext = make(0.5, "both")
    assert (both != trial.plain).any() and 'Detail Daemon: "D1:1,0,both,0.5' in infotext
    assert (make(0, "both")[0] == trial.plain).all()
    assert (make(0.5, "cond")[0] != make(0.5, "uncond")[0]).any()
    assert (trial.make()[0][0] == trial.plain).all()
    return "acts in all modes; amount 0 and the next plain picture are bit-equal"


def try_dynamic_thresholding(trial: Trial) -> str:
    def make(scale: float) -> tuple[np.ndarray, str]:
        return trial.with_script("Dynamic Thresholding (CFG Scale Fix)", True, 7, 100, "Constant", 0, "Constant", 0, 4,
                                 True, "MEAN", "AD", 1, cfg_scale=scale)

    same, infotext = make(7)
    assert np.abs(same - trial.plain).max() <= 1 and "Sampler: Euler," in infotext
    assert "Dynamic thresholding enabled: True" in infotext
    assert (make(30)[0] != trial.make(cfg_scale=30)[0][0]).any()
    return "identity where mimic equals CFG, acts at CFG 30"


def try_adetailer(trial: Trial) -> str:
    assert "tiny.pt" in trial.get("/adetailer/v1/ad_model")["ad_model"]
    _, infotext = trial.with_script("ADetailer", True, False, {"ad_model": "tiny.pt", "ad_confidence": 0.01})
    assert "ADetailer model: tiny.pt" in infotext
    assert (trial.with_script("ADetailer", True, False, {"ad_model": "None"})[0] == trial.plain).all()
    return "its route, its second pass and its infotext; without a model nothing changes"


TRIALS: dict[str, Callable[[Trial], str]] = {
    "stable-diffusion-webui-wildcards": try_wildcards, "sd-dynamic-prompts": try_dynamic_prompts,
    "ultimate-upscale-for-automatic1111": try_ultimate_upscale, "sd-webui-detail-daemon": try_detail_daemon,
    "sd-dynamic-thresholding": try_dynamic_thresholding, "adetailer": try_adetailer,
}


@contextmanager
def running(extension: Path, models: Path) -> Iterator[Trial]:
    """Start the program with one extension and its page, as people do."""
    from starlette.testclient import TestClient

    from modules.application.program import build_program
    from modules.application.server import build_app, running_services
    from modules.frontend.gradio_mount import silence_gradio
    from modules.hardware.torchvision_repair import repair_torchvision
    from modules.plugins.call_log import CallLog
    from modules.plugins.preloading import read_launch_flags

    silence_gradio()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        shutil.copytree(extension, data / "extensions" / extension.name)
        shutil.copytree(models, data / "models", symlinks=True)
        if extension.name == "adetailer":
            repair_torchvision()
            _make_detector(data / "models" / "adetailer" / "tiny.pt")
        calls = CallLog()
        flags = read_launch_flags(["--data-dir", folder, "--skip-install", *FLAGS.get(extension.name, [])], calls)
        program = build_program(flags, calls)
        program.settings.update({"sd_model_checkpoint": "tiny-sd1.safetensors", "randn_source": "CPU"})
        with running_services(program) as services, TestClient(
                build_app(program, services), base_url="http://127.0.0.1:7860", client=("127.0.0.1", 5000)) as client:
            yield Trial(client, data)
            failures = calls.failures(extension.name)
            assert not failures, failures[0].trace


def _make_detector(path: Path) -> None:
    """Write a detector that was never trained."""
    from ultralytics import YOLO

    path.parent.mkdir(parents=True)
    YOLO("yolov8n.yaml").save(str(path))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=list(TRIALS))
    options = parser.parse_args()
    models = next((ROOT / ".cache" / "tests").glob("models-*"))
    failed = 0
    for name in options.names:
        try:
            with running(options.folder / name, models) as trial:
                said = TRIALS[name](trial)
        except (AssertionError, OSError, ImportError) as error:
            said, failed = f"FAILED: {error}", failed + 1
        print(f"| {name} | {said} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
