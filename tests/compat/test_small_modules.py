"""The many small modules that extensions import."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

ROOT = Path(__file__).resolve().parents[2]


def test_launch_flags(plugin_host):
    from modules import launch_utils, shared

    options = shared.cmd_opts
    assert options is shared.cmd_opts is launch_utils.args
    assert options.lowvram is False and options.use_cpu == [] and options.device_id is None
    assert Path(options.embeddings_dir) == plugin_host.flags.embeddings_dir and options.api_auth is None
    assert options.ui_config_file == str(plugin_host.flags.data_dir / "ui-config.json")
    assert options.esrgan_models_path.endswith("ESRGAN") and options.hide_ui_dir_config is False
    options.mine = 1
    assert shared.cmd_opts.mine == 1


def test_what_preload_added_is_among_the_flags(plugin_host):
    from dataclasses import replace

    from modules import shared
    from modules.compat.host import HOST

    HOST.attach(replace(plugin_host, flags=replace(plugin_host.flags, plugin_values={"wildcards_dir": "/w"})))
    try:
        assert shared.cmd_opts.wildcards_dir == "/w"
    finally:
        HOST.attach(plugin_host)


def test_install_scripts_work_in_a_process_of_their_own(tmp_path):
    code = ("import launch, json\n"
            "from modules import paths_internal, paths\n"
            "print(json.dumps([launch.is_installed('PIL'), launch.is_installed('never-there'), launch.git_tag(),\n"
            "    paths_internal.models_path, launch.args.data_dir, launch.skip_install, launch.run_pip('install x')]))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={"COMMANDLINE_ARGS": f"--data-dir {tmp_path} --skip-install", "PATH": ""})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False, "v1.10.1", str(tmp_path / "models"), str(tmp_path), True, ""]


def test_pip_runs_within_our_constraints(monkeypatch, plugin_host):
    import launch
    from modules.plugins.installing import Installer

    asked = []
    monkeypatch.setattr(Installer, "run_pip", lambda self, arguments, what: asked.append((arguments, what)))
    launch.run_pip("install 'einops>=0.8'", "einops for Mine")
    assert asked == [(["install", "einops>=0.8"], "einops for Mine")]


def test_programs_run_without_a_shell():
    import launch
    from modules.foundation.errors import ConfigurationError

    assert launch.run(f'"{sys.executable}" -c "print(1 + 1)"').strip() == "2"
    assert launch.check_run_python("1") and not launch.check_run_python("raise SystemExit(3)")
    with pytest.raises(ConfigurationError, match="Broken"):
        launch.run(f'"{sys.executable}" -c "raise SystemExit(3)"', errdesc="Broken")


def test_network_tags():
    from modules import extra_networks

    text, data = extra_networks.parse_prompt("a <mine:one:te=0.5:0.7> cat")
    assert text == "a  cat" and list(data) == ["mine"]
    (params,) = data["mine"]
    assert (params.positional, params.named) == (["one", "0.7"], {"te": "0.5"})
    texts, data = extra_networks.parse_prompts(["a<b:c>", "d<e:f>"])
    assert texts == ["a", "d"] and list(data) == ["b"]


def test_registered_networks_act(monkeypatch):
    from modules import extra_networks

    told = []

    class Mine(extra_networks.ExtraNetwork):
        def activate(self, p, params_list):
            told.append([params.positional for params in params_list])

        def deactivate(self, p):
            told.append("end")

    monkeypatch.setattr(extra_networks, "extra_network_registry", extra_networks.extra_network_registry)
    extra_networks.register_extra_network(Mine("mine"))
    try:
        data = extra_networks.parse_prompt("<mine:x>")[1]
        extra_networks.activate(None, data)
        extra_networks.activate(None, {})
        extra_networks.deactivate(None, data)
    finally:
        del extra_networks.extra_network_registry["mine"]
    assert told == [[["x"]], [], "end"]


def test_patches():
    from modules import patches

    class Thing:
        value = 1

    assert patches.patch("me", Thing, "value", 2) == 1 and Thing.value == 2
    assert patches.original("me", Thing, "value") == 1
    with pytest.raises(RuntimeError):
        patches.patch("me", Thing, "value", 3)
    patches.undo("me", Thing, "value")
    assert Thing.value == 1 and patches.original("me", Thing, "value") is None
    with pytest.raises(RuntimeError):
        patches.undo("me", Thing, "value")


def test_hashes_and_caches(plugin_host, tmp_path):
    from modules import cache, hashes

    file = tmp_path / "file.bin"
    file.write_bytes(b"x" * 10)
    assert hashes.sha256_from_cache(str(file), "t") is None
    found = hashes.sha256(str(file), "t")
    assert hashes.sha256_from_cache(str(file), "t") == found == hashes.calculate_sha256(str(file))
    made = [cache.cached_data_for_file("mine", "t", str(file), lambda: {"n": 1}) for _ in range(2)]
    assert made == [{"n": 1}, {"n": 1}] and cache.cache("mine")["t"]["value"] == {"n": 1}
    assert cache.cached_data_for_file("mine", "t", str(file), lambda: 1 / 0) == {"n": 1}


def test_queue_lock_may_be_taken_again(plugin_host):
    from modules.call_queue import queue_lock, wrap_queued_call

    with plugin_host.turn, queue_lock, queue_lock:
        assert wrap_queued_call(lambda value: value + 1)(1) == 2


def test_what_events_of_the_page_let_out_is_shown(plugin_host):
    from modules import shared
    from modules.call_queue import wrap_gradio_call, wrap_gradio_gpu_call

    seen = []

    def work(task, value):
        seen.append(shared.state.job)
        return [value], "info", ""

    assert wrap_gradio_gpu_call(work)("task(1)", 5)[:2] == ([5], "info") and seen == ["task(1)"]
    assert shared.state.job == ""

    def fail():
        raise ValueError("<b>")

    assert wrap_gradio_call(fail, extra_outputs=[1, 2])() == (1, 2, '<div class="error">ValueError: &lt;b&gt;</div>')


def test_files(tmp_path, plugin_host):
    from modules import modelloader, shared, util

    for name in ("a10.pt", "a2.pt", ".hidden.pt", "b.txt", "sub/c.pt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [Path(path).name for path in shared.listfiles(str(tmp_path))] == ["a2.pt", "a10.pt", "b.txt"]
    assert [Path(path).name for path in shared.walk_files(str(tmp_path), [".pt"])] == [
        ".hidden.pt", "a2.pt", "a10.pt", "c.pt"]
    assert len(modelloader.load_models(str(tmp_path), ext_filter=[".pt"], ext_blacklist=["a2.pt"])) == 3
    assert modelloader.load_models(str(tmp_path / "none"), "https://example.com/m.pth") == ["https://example.com/m.pth"]
    assert modelloader.friendly_name("https://example.com/x/m.pth?a=1") == "m"
    assert util.topological_sort({"a": ["b"], "b": ["c"], "c": []}) == ["c", "b", "a"]


def test_styles(plugin_host):
    from modules import shared

    styles = shared.prompt_styles
    assert styles.apply_styles_to_prompt("a cat", ["ref-style"]) == "watercolor of a cat, soft light"
    assert styles.get_negative_style_prompts(["ref-append", "never"]) == ["ugly, deformed", ""]
    assert styles.extract_styles_from_prompt("a cat, trending, 4k", "ugly, deformed")[0] == ["ref-append"]
    assert styles.styles["ref-style"].negative_prompt == "harsh"


def test_styles_are_kept(tmp_path, plugin_host):
    from modules.styles import PromptStyle, StyleDatabase

    path = tmp_path / "styles.csv"
    path.write_text("name,prompt,negative_prompt\nold,a,b\ngone,c,d\n")
    styles = StyleDatabase([str(path)])
    styles.styles["new"] = PromptStyle("new", "x {prompt}", "")
    del styles.styles["gone"]
    styles.save_styles()
    assert list(StyleDatabase([str(path)]).styles) == ["old", "new"]


def test_files_of_weights_are_opened_safely(tmp_path, tiny_models):
    import torch

    from modules import safe
    from modules.foundation.errors import ModelFileError

    found = next((tiny_models / "embeddings").glob("*.pt"))
    assert "string_to_param" in safe.load(found)
    (tmp_path / "bad.pt").write_bytes(b"\x80\x04cos\nsystem\n.")
    for load in (safe.load, safe.load_with_extra):
        with pytest.raises(ModelFileError):
            load(str(tmp_path / "bad.pt"))
    assert safe.unsafe_torch_load is vars(torch)["load"]


def test_pictures_of_the_api():
    from fastapi import HTTPException

    from modules.api.api import decode_base64_to_image, encode_pil_to_base64

    picture = Image.new("RGB", (4, 4), "red")
    picture.info["parameters"] = "a cat"
    encoded = encode_pil_to_base64(picture)
    assert isinstance(encoded, bytes)
    decoded = decode_base64_to_image("data:image/png;base64," + encoded.decode())
    assert decoded.tobytes() == picture.tobytes()
    import base64

    assert isinstance(Image.open(io.BytesIO(base64.b64decode(encoded))), PngImagePlugin.PngImageFile)
    for bad in ("nothing", "http://example.com/x.png"):
        with pytest.raises(HTTPException):
            decode_base64_to_image(bad)


def test_what_a_picture_says(plugin_host):
    from modules import extras

    picture = Image.new("RGB", (4, 4))
    assert extras.run_pnginfo(None) == ("", "", "")
    assert extras.run_pnginfo(picture)[1:] == (None, "<div><p>Nothing found in the image.</p></div>")
    picture.info["parameters"] = "a <cat>\nSteps: 2, Sampler: Euler"
    _, infotext, shown = extras.run_pnginfo(picture)
    assert infotext == picture.info["parameters"] and "a &lt;cat&gt;<br>Steps" in shown


def test_extensions(plugin_host):
    from modules import extensions

    assert isinstance(extensions.extensions, list)
    assert extensions.extensions_dir == str(plugin_host.flags.data_dir / "extensions")


def test_timer_and_tasks():
    from modules import progress, timer

    clock = timer.Timer()
    with clock.subcategory("part"):
        pass
    clock.record("all", extra_time=1)
    assert clock.summary().startswith("1.0s (all: 1.0s") and "part" in clock.dump()["records"]
    assert progress.create_task_id("txt2img").startswith("task(txt2img-")


def test_light_modules_import_no_heavy_library():
    code = ("import sys, modules.shared, modules.options, modules.paths, modules.launch_utils, modules.patches\n"
            "modules.shared.opts.samples_format, modules.shared.cmd_opts.port\n"
            "print([name for name in ('torch', 'gradio', 'numpy', 'fastapi') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
