"""Which extensions there are, which of them take part, and in which order their files come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.plugins.git_facts import read_git_facts
from modules.plugins.metadata import Wishes, read_metadata
from modules.plugins.ordering import stable_order, wishes_as_order
from modules.plugins.record import PluginRecord, list_files
from modules.settings.flags import LaunchFlags
from modules.settings.values import Settings

ROOT_NAME = "scripts"
"""What files of the folder ``scripts`` beside ``webui.py`` are told under."""


@dataclass(frozen=True)
class PluginPlaces:
    """Where plugins lie."""

    program: Path
    """Holds ``scripts`` and ``extensions-builtin``."""
    extensions: Path

    @classmethod
    def of(cls, flags: LaunchFlags, program: Path) -> PluginPlaces:
        return cls(program, flags.data_dir / "extensions")

    @property
    def builtin(self) -> Path:
        return self.program / "extensions-builtin"


@dataclass(frozen=True)
class Switches:
    """What is switched off. ``level``: ``none``, ``extra``, ``all``, or ``safe`` for the folder ``scripts`` too."""

    disabled: frozenset[str] = frozenset()
    level: str = "none"

    @classmethod
    def of(cls, flags: LaunchFlags, settings: Settings) -> Switches:
        """Join flags and settings: whichever switches off more."""
        chosen = settings.plugins.disable_all_extensions
        level = ("safe" if flags.safe_mode else "all" if flags.disable_all_extensions or chosen == "all"
                 else "extra" if flags.disable_extra_extensions else chosen)
        return cls(frozenset(settings.plugins.disabled_extensions), level)

    def allow(self, name: str, *, builtin: bool) -> bool:
        """Say whether an extension takes part."""
        return name not in self.disabled and (self.level == "none" or (self.level == "extra" and builtin))


@dataclass(frozen=True)
class PluginFile:
    """A file of a plugin, and who it belongs to. ``basedir``: the plugin's root."""

    path: Path
    basedir: Path
    plugin: str
    """The extension's name; for the folder ``scripts``, ``ROOT_NAME``."""
    name: str
    """By which metadata refer to it: ``file.py``, ``extension/file.py``, ``builtin/extension/file.py``."""


@dataclass(frozen=True)
class Discovery:
    """What a look at the folders found."""

    places: PluginPlaces
    plugins: tuple[PluginRecord, ...]
    problems: tuple[str, ...] = ()
    root_scripts: bool = True
    """Whether the folder ``scripts`` beside ``webui.py`` takes part."""

    @property
    def active(self) -> list[PluginRecord]:
        return [plugin for plugin in self.plugins if plugin.enabled]

    def find(self, name: str) -> PluginRecord | None:
        return next((plugin for plugin in self.plugins if plugin.name == name), None)

    def files(self, folder: str, endings: tuple[str, ...]) -> tuple[list[PluginFile], list[str]]:
        """Return the files of one kind of everything that takes part, in the order that metadata ask for.

        The second value tells of requirements that are not met and of wishes that go round in a circle.
        """
        found = {item.name: item for item in self._found(folder, endings)}
        wishes = {name: self._wishes(item, folder) for name, item in found.items()}
        groups: dict[str, list[str]] = {}
        for name, item in found.items():
            groups.setdefault(item.plugin.lower(), []).append(name)
        problems = self._unmet(wishes, groups)
        order = stable_order(list(found), wishes_as_order(wishes, groups), problems.append)
        return [found[name] for name in order], list(dict.fromkeys(problems))

    def order_callbacks(self, names: Sequence[str], first: Sequence[str] = ()) -> list[str]:
        """Order callbacks, named ``extension/file/category[/name]``, by metadata; ``first`` is the user's own wish."""
        wishes = {name: Wishes() for name in names}
        for plugin in self.active:
            for section, wish in plugin.metadata.sections.items():
                kind, _, name = section.partition("/")
                own = next((one for one in names if one.lower() == name), None)
                if kind == "callbacks" and own and name.startswith(f"{plugin.canonical_name}/"):
                    wishes[own] = wish
        spelled = {name.lower(): [name] for name in names}
        order = stable_order(list(names), wishes_as_order(wishes, spelled), lambda _: None)
        return [*(name for name in first if name in wishes), *(name for name in order if name not in first)]

    def _found(self, folder: str, endings: tuple[str, ...]) -> Iterator[PluginFile]:
        if self.root_scripts:
            program = self.places.program
            for path in list_files(program / folder, endings):
                yield PluginFile(path, program, ROOT_NAME, path.name.lower())
        for plugin in self.active:
            prefix = f"builtin/{plugin.canonical_name}" if plugin.builtin else plugin.canonical_name
            for path in plugin.files(folder, endings):
                yield PluginFile(path, plugin.root, plugin.name, f"{prefix}/{path.name.lower()}")

    def _wishes(self, item: PluginFile, folder: str) -> Wishes:
        plugin = self.find(item.plugin)
        if plugin is None:
            return Wishes()
        return plugin.metadata.wishes("extension", folder, f"{folder}/{item.path.name}")

    def _unmet(self, wishes: dict[str, Wishes], groups: Collection[str]) -> list[str]:
        there = {*wishes, *groups, *(plugin.canonical_name for plugin in self.active)}
        return [f"{name} requires {' or '.join(group)}, which is not there or switched off."
                for name, wish in wishes.items() for group in wish.requires if not there.intersection(group)]


def discover(places: PluginPlaces, switches: Switches) -> Discovery:
    """Look into the folders: what came with the program first, then what people put there, each by name."""
    problems: list[str] = []
    plugins: dict[str, PluginRecord] = {}
    for folder, builtin in ((places.builtin, True), (places.extensions, False)):
        for root in _subfolders(folder):
            record = PluginRecord(root.name, root, builtin, switches.allow(root.name, builtin=builtin),
                                  read_metadata(root), None if builtin else read_git_facts(root))
            if record.canonical_name in plugins:
                problems.append(f"{root} is left out: {plugins[record.canonical_name].root} has the same name.")
                continue
            plugins[record.canonical_name] = record
            if record.metadata.problem:
                problems.append(f"{record.name}: {record.metadata.problem}")
    return Discovery(places, tuple(plugins.values()), tuple(problems), switches.level != "safe")


def _subfolders(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))]
    except OSError:
        return []
    return sorted(found)
