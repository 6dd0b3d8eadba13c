"""Loads plugins when the program starts."""

from __future__ import annotations

from modules.compat.additions import lend_names, take_additions
from modules.compat.callbacks import call_back, callback_map
from modules.compat.facade import facade
from modules.compat.host import HOST, Host
from modules.compat.script_host import CompatScriptHost, runner_of
from modules.compat.scripts.loading import load_scripts
from modules.compat.scripts.registry import postprocessing_scripts_data
from modules.hardware.torchvision_repair import repair_torchvision

SETTINGS = "ui_settings"


def start_plugins(host: Host) -> CompatScriptHost:
    """Run the files of everything that takes part and make the scripts of both tabs. No control is built yet."""
    from modules.compat.surroundings import plugin_code, prepare_plugin_code  # brings Gradio, which takes seconds

    HOST.attach(host)
    repair_torchvision()  # some import it at once
    prepare_plugin_code(host.bench.data_folder)
    lend_names()
    with plugin_code():
        load_scripts()
        take_additions()
        make_scripts()
    return CompatScriptHost()


def make_scripts() -> None:
    """Let plugins add their options, and make an instance of every script for each tab."""
    call_back(SETTINGS)
    asked = list(callback_map[f"callbacks_{SETTINGS}"])
    for img2img in (False, True):
        runner_of(img2img=img2img).initialize_scripts(img2img)
    facade("scripts").scripts_postproc.initialize_scripts(postprocessing_scripts_data)
    for one in callback_map[f"callbacks_{SETTINGS}"]:
        if one not in asked:  # left while a script was made, as some do
            host = HOST.require()
            host.calls.call(one.plugin, f"on_{SETTINGS}", one.callback)


def build_controls_without_page() -> None:
    """Build the scripts' controls where there is no page, for programs that name their values."""
    import gradio as gr

    from modules.compat.surroundings import plugin_code

    with plugin_code(), gr.Blocks(analytics_enabled=False):
        call_back("before_ui")
        for img2img in (False, True):
            scripts = facade("scripts")
            scripts.scripts_current = runner = runner_of(img2img=img2img)
            runner.prepare_ui()
            for section in dict.fromkeys(script.section for script in runner.alwayson_scripts):
                runner.setup_ui_for_section(section)
            runner.setup_ui()
    facade("scripts").scripts_current = None
