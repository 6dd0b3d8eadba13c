"""Loading one plugin again while the program runs. Its controls on the page stay as they are until the next start."""

from __future__ import annotations

import gradio as gr

from modules.compat.additions import take_additions
from modules.compat.callbacks import callback_map
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.native_additions import add_axes
from modules.compat.script_host import runner_of
from modules.compat.scripts.loading import reload_plugin
from modules.compat.scripts.registry import postprocessing_scripts_data, scripts_data
from modules.compat.scripts.runner import ScriptRunner
from modules.compat.scripts.script import Script
from modules.compat.surroundings import plugin_code
from modules.plugins.record import PluginRecord
from modules.plugins.shelf import forget_plugin

KEPT = ("controls", "args_from", "args_to", "group", "infotext_fields", "paste_field_names", "api_info",
        "parameter_names")
"""What a script got when the page was built."""


def reload_in_place(record: PluginRecord) -> None:
    """Run a plugin's files again, or forget them if it is switched off; waits for the job in progress."""
    host = HOST.require()
    with host.turn, plugin_code():
        forget_plugin(record)
        reload_plugin(record.name)
        take_additions()
        for one in list(callback_map["callbacks_ui_settings"]):
            if one.plugin == record.name:
                host.calls.call(one.plugin, "on_ui_settings", one.callback)
        for img2img in (False, True):
            _replace(runner_of(img2img=img2img), record.name)
        facade("scripts").scripts_postproc.initialize_scripts(postprocessing_scripts_data)
        add_axes()


def _replace(runner: ScriptRunner, plugin: str) -> None:
    """Put new instances of a plugin's scripts where the old ones stood, all at once: requests come in meanwhile."""
    places = {_key(script): number for number, script in enumerate(runner.scripts)}
    before = {_key(script): script for script in runner.scripts if script.plugin == plugin}
    fresh = ScriptRunner()
    fresh.is_img2img = runner.is_img2img
    for data in scripts_data:
        if data.plugin == plugin:
            fresh.add(data)
    for script in fresh.scripts:
        _give_controls(runner, script, before.get(_key(script)))
    for known, added in ((runner.scripts, fresh.scripts), (runner.selectable_scripts, fresh.selectable_scripts),
                         (runner.alwayson_scripts, fresh.alwayson_scripts)):
        others = [script for script in known if script.plugin != plugin]
        known[:] = sorted([*others, *added], key=lambda script: places.get(_key(script), len(places)))
    runner.name_all()


def _give_controls(runner: ScriptRunner, script: Script, old: Script | None) -> None:
    if old is None or old.controls is None:
        with gr.Blocks(analytics_enabled=False):  # on no page, so that programs can name its values
            runner.build_controls(script)
        return
    for name in KEPT:
        if hasattr(old, name):
            setattr(script, name, getattr(old, name))


def _key(script: Script) -> tuple[str | None, str]:
    return script.filename, type(script).__name__
