"""Finding the scripts: every file is run once, every class in it that is a script is noted."""

from __future__ import annotations

import importlib
import inspect
import logging
from types import ModuleType

from modules.compat.callbacks import forget_callbacks, noting_callbacks
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.native_additions import note_native_additions
from modules.compat.native_script import native_scripts
from modules.compat.scripts.registry import (
    ScriptClassData,
    ScriptFile,
    postprocessing_scripts_data,
    scripts_data,
)
from modules.compat.surroundings import plugin_code
from modules.plugins.discovery import PluginFile
from modules.plugins.former_packages import QUICKLY, former_package
from modules.plugins.importing import import_plugin_file, unload_modules

log = logging.getLogger(__name__)
LOADING = "loading"


def list_scripts(scriptdirname: str, extension: str, *, include_extensions: bool = True) -> list[ScriptFile]:
    """Return the files of a folder of everything that takes part, in the order that metadata ask for."""
    files, _ = HOST.require().discovery.files(scriptdirname, (extension,))
    program = HOST.require().discovery.places.program
    return [ScriptFile(str(one.basedir), one.path.name, str(one.path)) for one in files
            if include_extensions or one.basedir == program]


def list_files_with_name(filename: str) -> list[str]:
    """Return the files of this name at the roots of the program and of every extension that takes part."""
    discovery = HOST.require().discovery
    roots = [discovery.places.program, *(plugin.root for plugin in discovery.active)]
    return [str(root / filename) for root in roots if (root / filename).is_file()]


def load_scripts() -> None:
    """Run the scripts of everything that takes part; what fails is reported and left out."""
    scripts_data.clear()
    postprocessing_scripts_data.clear()
    forget_callbacks()
    files, _ = HOST.require().discovery.files("scripts", (".py",))
    for file in files:
        _load(file)
    note_native_additions()


def reload_plugin(name: str) -> None:
    """Run the scripts of one plugin again, in the place where they stood."""
    host = HOST.require()
    forget_callbacks(name)
    for known in (scripts_data, postprocessing_scripts_data):
        known[:] = [data for data in known if data.plugin != name]
    files, _ = host.discovery.files("scripts", (".py",))
    own = [file for file in files if file.plugin == name]
    for root in {file.basedir for file in own if file.basedir != host.discovery.places.program}:
        unload_modules(root)
    for file in own:
        _load(file)
    place = {str(file.path): number for number, file in enumerate(files)}
    for known in (scripts_data, postprocessing_scripts_data):
        known.sort(key=lambda data: place.get(data.path, len(place)))


def _load(file: PluginFile) -> None:
    with noting_callbacks(file.plugin, str(file.path)), plugin_code():
        module = HOST.require().calls.call(file.plugin, f"{LOADING} {file.path.name}", _run, file)
    if module is not None:
        _note_classes(module, file)
        for kind in native_scripts(module):
            _note(scripts_data, ScriptClassData(kind, str(file.path), str(file.basedir), module, file.plugin))


def _run(file: PluginFile) -> ModuleType:
    """Run a file. What A1111's environment had and ours has not is installed as it turns out to be missing."""
    shelf, wanted = HOST.require().plugins, set[str]()
    while True:
        try:
            return import_plugin_file(file.path, file.plugin, file.basedir, shelf.patience_s)
        except ModuleNotFoundError as error:
            package = former_package(error)
            if package is None or package in wanted or shelf.flags.skip_install:
                raise
            wanted.add(package)
            log.info("Installing %s for %s", package, file.plugin)
            shelf.installer.run_pip(["install", *QUICKLY, package], f"{package} for {file.plugin}")
            importlib.invalidate_caches()


def _note_classes(module: ModuleType, file: PluginFile) -> None:
    """Note what a module defines; the base classes, and scripts it imported from others, are not its own."""
    script, postprocessing = facade("scripts").Script, facade("scripts_postprocessing").ScriptPostprocessing
    for value in list(vars(module).values()):
        if not inspect.isclass(value) or value.__module__.startswith("modules."):
            continue
        data = ScriptClassData(value, str(file.path), str(file.basedir), module, file.plugin)
        if issubclass(value, script):
            _note(scripts_data, data)
        elif issubclass(value, postprocessing):
            _note(postprocessing_scripts_data, data)


def _note(known: list[ScriptClassData], data: ScriptClassData) -> None:
    if not any(one.script_class is data.script_class for one in known):
        known.append(data)
