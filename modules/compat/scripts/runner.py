"""The scripts of one tab, and every call into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.scripts.registry import ScriptClassData, scripts_data
from modules.compat.scripts.script import AlwaysVisible, Script
from modules.foundation.errors import InvalidRequestError


class ScriptRunner:
    """Keeps the scripts of one tab. Reference: A1111 v1.10.1 ``ScriptRunner``.

    The values of all controls travel in one list: index 0 is the chosen script, ``args_from`` to ``args_to`` of a
    script are its own.
    """

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.selectable_scripts: list[Script] = []
        self.alwayson_scripts: list[Script] = []
        self.titles: list[str] = []
        self.title_map: dict[str, Script] = {}
        self.infotext_fields: list[Any] = []
        self.paste_field_names: list[str] = []
        self.inputs: list[Any] = [None]
        self.is_img2img = False

    def initialize_scripts(self, is_img2img: bool) -> None:
        """Make an instance of every script that the tab shows."""
        self.is_img2img = is_img2img
        self.scripts.clear()
        self.selectable_scripts.clear()
        self.alwayson_scripts.clear()
        for data in [*facade("scripts_auto_postprocessing").create_auto_preprocessing_script_data(), *scripts_data]:
            self.add(data)
        self.name_all()

    def add(self, data: ScriptClassData) -> None:
        """Make an instance of a script, if the tab shows it."""
        calls = HOST.require().calls
        plugin = data.plugin
        script = calls.call(plugin, "creating", data.script_class)
        if script is None:
            return
        script.filename, script.plugin = data.path, plugin
        script.is_txt2img, script.is_img2img = not self.is_img2img, self.is_img2img
        script.tabname = "img2img" if self.is_img2img else "txt2img"
        shown = calls.call(plugin, "show", script.show, self.is_img2img)
        if shown is AlwaysVisible:
            script.alwayson = True
            self.scripts.append(script)
            self.alwayson_scripts.append(script)
        elif shown:
            script.alwayson = False
            self.scripts.append(script)
            self.selectable_scripts.append(script)

    def name_all(self) -> None:
        """Ask every script for its title."""
        for script in self.scripts:
            script.name = title_of(script).lower()
        self.titles = [title_of(script) for script in self.selectable_scripts]
        self.title_map = {title_of(script).lower(): script for script in self.scripts}

    def prepare_ui(self) -> None:
        """Begin a page: no control has a place yet."""
        self.inputs = [None]
        self.infotext_fields, self.paste_field_names = [], []
        for script in self.scripts:
            script.controls = None

    def setup_ui_for_section(self, section: str | None, scriptlist: Sequence[Script] | None = None) -> None:
        """Build the controls of the scripts that go into a section of the page."""
        for script in self.alwayson_scripts if scriptlist is None else scriptlist:
            if script.alwayson and script.section == section:
                self.build_controls(script)

    def setup_ui(self) -> list[Any]:
        """Build what no section has built, and return all controls; the first is the choice of a script."""
        self.setup_ui_for_section(None)
        for script in self.selectable_scripts:
            self.build_controls(script)
        return self.inputs

    def build_controls(self, script: Script) -> list[Any]:
        """Build a script's controls where the page is being built, and note their place among all values."""
        if script.controls is not None:
            return script.controls
        controls = HOST.require().calls.call(script.plugin, "ui", _build, script) or []
        script.args_from = len(self.inputs)
        self.inputs += controls
        script.args_to = len(self.inputs)
        script.controls = controls  # last: a job that waits for them reads their place
        self.infotext_fields += script.infotext_fields or ()
        self.paste_field_names += script.paste_field_names or ()
        return script.controls

    def script(self, title: str) -> Script | None:
        """Find a script by its title, in any case."""
        return self.title_map.get(title.lower())

    def set_named_arg(self, args: list[Any], script_name: str, arg_elem_id: str, value: Any, fuzzy: bool = False
                      ) -> None:
        """Put a value where a script's control of this id has its own. Raises: InvalidRequestError."""
        script = next((one for one in self.scripts if one.name == script_name.lower()), None)
        if script is None:
            raise InvalidRequestError("script_name", f"There is no script {script_name[:60]!r}.")
        for index, control in enumerate(script.controls or []):
            known = getattr(control, "elem_id", None) or ""
            if (arg_elem_id in known) if fuzzy else arg_elem_id in (known, known.removeprefix(script.elem_id(""))):
                args[(script.args_from or 0) + index] = value
                return
        raise InvalidRequestError("script_args", f"{script.title()} has no control {arg_elem_id[:60]!r}.")

    def defaults(self) -> list[Any]:
        """Return the list of values as the page shows it at first."""
        values: list[Any] = [0]
        for script in self.scripts:
            end = script.args_to or 0
            values += [None] * (end - len(values))
            values[script.args_from or 0:end] = defaults_of(script)
        return values

    def run(self, p: Any, *args: Any) -> Any:
        """Let the chosen script make the pictures; None where none is chosen or it leaves them to the usual way."""
        if not args or not args[0]:
            return None
        index = int(args[0])
        if not 0 < index <= len(self.selectable_scripts):
            raise InvalidRequestError("script_name", f"There is no script number {index}.")
        script = self.selectable_scripts[index - 1]
        return script.run(p, *args[script.args_from:script.args_to])

    def before_component(self, component: Any, **kwargs: Any) -> None:
        for script in self.scripts:
            self._call(script, "before_component", component, **kwargs)

    def after_component(self, component: Any, **kwargs: Any) -> None:
        for script in self.scripts:
            self._call(script, "after_component", component, **kwargs)

    def setup_scrips(self, p: Any, *, is_ui: bool = True) -> None:
        """Call ``setup``; the name is spelled as extensions know it."""
        for script in self.alwayson_scripts:
            if is_ui or not script.setup_for_ui_only:
                self._call(script, "setup", p, *self._args(script, p))

    def before_process(self, p: Any) -> None:
        self._each("before_process", p)

    def process(self, p: Any) -> None:
        self._each("process", p)

    def before_process_batch(self, p: Any, **kwargs: Any) -> None:
        self._each("before_process_batch", p, **kwargs)

    def after_extra_networks_activate(self, p: Any, **kwargs: Any) -> None:
        self._each("after_extra_networks_activate", p, **kwargs)

    def process_batch(self, p: Any, **kwargs: Any) -> None:
        self._each("process_batch", p, **kwargs)

    def process_before_every_sampling(self, p: Any, **kwargs: Any) -> None:
        self._each("process_before_every_sampling", p, **kwargs)

    def before_hr(self, p: Any) -> None:
        self._each("before_hr", p)

    def on_mask_blend(self, p: Any, mba: Any) -> None:
        self._each("on_mask_blend", p, mba)

    def post_sample(self, p: Any, ps: Any) -> None:
        self._each("post_sample", p, ps)

    def postprocess_batch(self, p: Any, images: Any, **kwargs: Any) -> None:
        self._each("postprocess_batch", p, images=images, **kwargs)

    def postprocess_batch_list(self, p: Any, pp: Any, **kwargs: Any) -> None:
        self._each("postprocess_batch_list", p, pp, **kwargs)

    def postprocess_image(self, p: Any, pp: Any) -> None:
        self._each("postprocess_image", p, pp)

    def postprocess_maskoverlay(self, p: Any, ppmo: Any) -> None:
        self._each("postprocess_maskoverlay", p, ppmo)

    def postprocess_image_after_composite(self, p: Any, pp: Any) -> None:
        self._each("postprocess_image_after_composite", p, pp)

    def postprocess(self, p: Any, processed: Any) -> None:
        self._each("postprocess", p, processed)

    def listens_to(self, hook: str) -> bool:
        """Say whether a script that is always on overrides a hook."""
        return any(getattr(type(script), hook, None) is not getattr(Script, hook) for script in self.alwayson_scripts)

    def _each(self, hook: str, p: Any, *more: Any, **kwargs: Any) -> None:
        for script in list(self.alwayson_scripts):
            self._call(script, hook, p, *more, *self._args(script, p), **kwargs)

    def _call(self, script: Script, hook: str, *args: Any, **kwargs: Any) -> None:
        if getattr(type(script), hook, None) is getattr(Script, hook) and hook not in vars(script):
            return
        HOST.require().calls.call(script.plugin, hook, getattr(script, hook), *args, **kwargs)

    def _args(self, script: Script, p: Any) -> Sequence[Any]:
        return (p.script_args or ())[script.args_from or 0:script.args_to or 0]


def _build(script: Script) -> list[Any]:
    """Let a script build its controls. Raises: TypeError for anything else than a list of controls."""
    built = list(script.ui(script.is_img2img) or ())
    for control in built:
        if not hasattr(control, "_id"):
            raise TypeError(f"ui() must return controls, not {type(control).__name__}")
    return built


def title_of(script: Script) -> str:
    """Return a title, or say in its place that there is none."""
    title = HOST.require().calls.call(script.plugin, "title", script.title)
    return title if isinstance(title, str) else f"{script.filename} [error]"


def defaults_of(script: Script) -> list[Any]:
    """Return the values that a script's controls have at first."""
    return [value_at_first(control) for control in script.controls or []]


def value_at_first(control: Any) -> Any:
    """Return the value that a control has at first."""
    value = getattr(control, "value", None)
    return value() if callable(value) else value


