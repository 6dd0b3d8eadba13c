"""Twelve ways in which a plugin is broken; none of them holds up a picture or another plugin."""

from __future__ import annotations

import pytest

from modules.generation.events import ImageFinished
from modules.generation.request import GenerationRequest

SCRIPT = """
from modules import scripts, script_callbacks, shared
class Bad(scripts.Script):
    def title(self): return "Bad"
    def show(self, is_img2img): return scripts.AlwaysVisible
    {0}
"""
BROKEN = {
    "a syntax error": "def (",
    "a missing module": "import not_there_p2",
    "an exit": "import sys; sys.exit(1)",
    "an endless loop": "while True: pass",
    "a title that fails": SCRIPT.format("def title(self): 1 / 0"),
    "a title that is no text": SCRIPT.format("def title(self): return 5"),
    "show fails": SCRIPT.format("def show(self, is_img2img): 1 / 0"),
    "no constructor": SCRIPT.format("def __init__(self): raise KeyError('x')"),
    "controls that fail": SCRIPT.format("def ui(self, is_img2img): 1 / 0"),
    "controls that are none": SCRIPT.format("def ui(self, is_img2img): return 5"),
    "hooks that fail": SCRIPT.format("\n    ".join(
        f"def {name}(self, *args, **more): raise SystemExit(1)" for name in (
            "setup", "before_process", "process", "process_batch", "postprocess_batch", "postprocess_image",
            "postprocess"))),
    "callbacks that fail": "from modules import script_callbacks\n"
                           "script_callbacks.on_cfg_denoiser(lambda params: 1 / 0)\n"
                           "script_callbacks.on_before_image_saved(lambda params: 1 / 0)\n"
                           "script_callbacks.on_ui_settings(lambda: 1 / 0)",
}
REQUEST = GenerationRequest(prompt="a cat", steps=1, width=64, height=64, seed=1, sampler_name="Euler",
                            scheduler="Automatic", cfg_scale=7.0, save_images=False)


@pytest.fixture
def shelf(plugin_host):
    from modules.compat.reloading import reload_in_place

    plugin_host.settings.update({"plugin_import_patience_s": 1})
    plugin_host.plugins.when_reloading(reload_in_place)
    yield plugin_host.plugins
    plugin_host.plugins.uninstall("bad")
    plugin_host.settings.update({"plugin_import_patience_s": 30})


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_breaks_only_itself(shelf, run_scripted, kind):
    path = shelf.acquisition.extensions / "bad" / "scripts" / "bad.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BROKEN[kind])
    shelf.reload("bad")
    [picture] = [event for event in run_scripted(REQUEST) if isinstance(event, ImageFinished)]
    assert picture.image is not None
    failures = shelf.calls.failures("bad")
    assert failures or kind == "a title that is no text"
    assert not any(failure.hook == "reload" for failure in failures), failures
