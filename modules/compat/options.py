"""``shared.opts``: the core's settings and the options that extensions add, as one object.

Reading: what an extension wrote last, else what the running job overrides, else the settings (for options of
extensions, the keys in the settings file that mean nothing to the core), else the default. Writing stays in memory
until ``save``. Reference: A1111 v1.10.1 ``Options``.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from modules.compat.core_options import core_templates, read_core, settings_of_job, settings_store, stored_form
from modules.compat.host import HOST
from modules.compat.launching import OncePerHost
from modules.compat.option_data import OptionData
from modules.compat.option_info import OptionInfo
from modules.foundation.errors import WebUIError
from modules.foundation.files import atomic_write
from modules.settings.values import OPTIONS, Settings

log = logging.getLogger(__name__)
NUMBERS = (int, float)
Names: TypeAlias = "set[str]"


class Options:
    """Options as attributes. ``data`` is the same as a mapping, ``data_labels`` says what is known of each."""

    data: OptionData
    data_labels: dict[str, OptionInfo]
    restricted_opts: Names

    def __init__(self, data_labels: dict[str, OptionInfo], restricted_opts: Names | None = None) -> None:
        vars(self).update(data=OptionData(data_labels, self._settled, self._names), data_labels=data_labels,
                          restricted_opts=restricted_opts or set(), core=frozenset(data_labels))

    def __getattr__(self, name: str) -> Any:
        data = vars(self).get("data")
        if data is not None and name in data:
            return data[name]
        labels = vars(self).get("data_labels", {})
        if name in labels:
            return labels[name].default
        raise AttributeError(f"There is no option {name!r}.")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.data or name in self.data_labels:
            self.data[name] = value
        else:
            super().__setattr__(name, value)

    @property
    def added(self) -> dict[str, OptionInfo]:
        """The options that extensions have added."""
        return {key: info for key, info in self.data_labels.items() if key not in vars(self)["core"]}

    def set(self, key: str, value: Any, is_api: bool = False, run_callbacks: bool = True) -> bool:
        """Change an option and say so to who added it; return whether that changed anything."""
        if self.data.get(key) == value:
            return False
        info = self.data_labels[key]
        if info.do_not_save or (is_api and info.restrict_api):
            return False
        before = self.data.get(key)
        setattr(self, key, value)
        if run_callbacks and info.onchange is not None and not self._tell(key, info.onchange):
            setattr(self, key, before)
            return False
        return True

    def get_default(self, key: str) -> Any:
        """Return the default of an option; None where there is no such option."""
        info = self.data_labels.get(key)
        return None if info is None else info.default

    def add_option(self, key: str, info: OptionInfo) -> None:
        """Add an option to the settings page."""
        self.data_labels[key] = info

    def onchange(self, key: str, func: Callable[[], Any], call: bool = True) -> None:
        """Have a function called whenever an option changes."""
        self.data_labels[key].onchange = func
        if call:
            func()

    def save(self, filename: str) -> None:
        """Keep what was written. Raises: OutputError."""
        store = settings_store()
        if Path(filename).absolute() != store.path.absolute():
            atomic_write(Path(filename), json.dumps(dict(self.data), indent=4, ensure_ascii=False).encode())
            return
        written = self.data.take_written()
        foreign = {key: value for key, value in written.items() if key not in OPTIONS}
        for key in written.keys() & OPTIONS.keys():
            try:
                store.update({key: stored_form(key, written[key])})
            except WebUIError as error:  # one bad value of an extension must not keep the others from being saved
                log.warning("The option %s was not saved: %s", key, error)
        if foreign:
            store.keep_foreign(foreign)

    def load(self, filename: str) -> None:
        """Read a settings file; what it says is in force as if it had been written here. Raises: OSError."""
        self.data.update(json.loads(Path(filename).read_text(encoding="utf-8")))

    def dumpjson(self) -> str:
        """Return what the page's scripts know of options."""
        values = {key: self.data.get(key, info.default) for key, info in self.data_labels.items()}
        values["_comments_before"] = {key: one.comment_before for key, one in self.data_labels.items()
                                      if one.comment_before}
        values["_comments_after"] = {key: one.comment_after for key, one in self.data_labels.items()
                                     if one.comment_after}
        values["_categories"] = [[one.category_id, *(one.section or ())] for one in self.data_labels.values()
                                 if one.category_id]
        return json.dumps(values, default=str)

    def cast_value(self, key: str, value: Any) -> Any:
        """Bring a value, such as one from an infotext, to the kind of the option's default."""
        default = self.data_labels[key].default
        if value is None or default is None:
            return value
        if isinstance(default, bool) and isinstance(value, str):
            return value.lower() in ("true", "1")
        return type(default)(value)

    def same_type(self, x: Any, y: Any) -> bool:
        """Say whether two values are of one kind; whole numbers and others are, and None is of every kind."""
        if x is None or y is None or (type(x) in NUMBERS and type(y) in NUMBERS):
            return True
        return type(x) is type(y)

    def reorder(self) -> None:
        """Do nothing: the settings page sorts its sections itself."""

    def settings(self) -> Settings:
        """Return the core's settings with what the running job and extensions changed.

        Values that the core cannot use are left out: an extension's mistake must not keep pictures from being made.
        """
        settings = settings_of_job()
        for key, value in self.data.changes().items():
            if key in OPTIONS:
                try:
                    settings = settings.with_values({key: stored_form(key, value)})
                except WebUIError as error:
                    log.warning("The option %s was passed over: %s", key, error)
        return settings

    @contextlib.contextmanager
    def overlaid(self, values: Mapping[str, Any]) -> Iterator[None]:
        """Have other values in force for a while; what is written to them meanwhile ends with it."""
        with self.data.overlaid({key: value for key, value in values.items() if key in self.data_labels
                                 or key in self.data}):
            yield

    def _settled(self, key: str) -> Any:
        """Return what is saved. Raises: KeyError where nothing is."""
        if key in OPTIONS:
            return read_core(key, settings_of_job())
        return settings_store().foreign[key]

    def _names(self) -> Iterable[str]:
        return {*self.data_labels, *settings_store().foreign}

    def _tell(self, key: str, onchange: Callable[[], Any]) -> bool:
        """Call the function of whoever added the option; say whether it came to its end."""
        def run() -> bool:
            onchange()
            return True

        if not HOST.attached:
            return run()
        return bool(HOST.require().calls.call(getattr(onchange, "__module__", ""), f"onchange of {key}", run))


options: OncePerHost[Options] = OncePerHost(lambda: Options(core_templates()))
