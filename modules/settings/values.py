"""All settings together, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from modules.foundation.errors import InvalidRequestError
from modules.settings.option import Option
from modules.settings.sections import SECTIONS
from modules.settings.sections.api import ApiSettings
from modules.settings.sections.img2img import HiresSettings, Img2imgSettings
from modules.settings.sections.interface import InfotextSettings, InterfaceSettings, PreviewSettings
from modules.settings.sections.model import ModelSettings, SdxlSettings, VaeSettings
from modules.settings.sections.networks import ExtraNetworkSettings
from modules.settings.sections.plugins import PluginSettings
from modules.settings.sections.postprocessing import PostprocessingSettings
from modules.settings.sections.sampling import CompatibilitySettings, OptimizationSettings, SamplerSettings
from modules.settings.sections.saving import DirectorySettings, PathSettings, SavingSettings
from modules.settings.sections.upscaling import FaceRestorationSettings, UpscalingSettings


@dataclass(frozen=True)
class Settings:
    """Every setting. A job gets one of these, so that a change while it runs does not reach it."""

    saving: SavingSettings = field(default_factory=SavingSettings)
    paths: PathSettings = field(default_factory=PathSettings)
    directories: DirectorySettings = field(default_factory=DirectorySettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    vae: VaeSettings = field(default_factory=VaeSettings)
    sdxl: SdxlSettings = field(default_factory=SdxlSettings)
    img2img: Img2imgSettings = field(default_factory=Img2imgSettings)
    hires: HiresSettings = field(default_factory=HiresSettings)
    networks: ExtraNetworkSettings = field(default_factory=ExtraNetworkSettings)
    upscaling: UpscalingSettings = field(default_factory=UpscalingSettings)
    faces: FaceRestorationSettings = field(default_factory=FaceRestorationSettings)
    postprocessing: PostprocessingSettings = field(default_factory=PostprocessingSettings)
    sampler: SamplerSettings = field(default_factory=SamplerSettings)
    optimizations: OptimizationSettings = field(default_factory=OptimizationSettings)
    compatibility: CompatibilitySettings = field(default_factory=CompatibilitySettings)
    infotext: InfotextSettings = field(default_factory=InfotextSettings)
    previews: PreviewSettings = field(default_factory=PreviewSettings)
    interface: InterfaceSettings = field(default_factory=InterfaceSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    plugins: PluginSettings = field(default_factory=PluginSettings)

    def flat(self) -> dict[str, Any]:
        """All values by their A1111 key."""
        return {key: getattr(getattr(self, where), key) for key, (where, _) in OPTIONS.items()}

    def changed(self) -> dict[str, Any]:
        """Values that differ from their defaults, by their A1111 key."""
        defaults = Settings().flat()
        return {key: value for key, value in self.flat().items() if value != defaults[key]}

    def with_values(self, values: Mapping[str, Any]) -> Settings:
        """Return settings in which ``values`` (A1111 keys) take the place of the current ones.

        Raises: InvalidRequestError for an unknown key, a wrong type or a value out of range.
        """
        changed: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            if key not in OPTIONS:
                raise InvalidRequestError(key, f"There is no setting {key[:60]!r}.")
            where, facts = OPTIONS[key]
            changed.setdefault(where, {})[key] = facts.coerce(key, value)
        sections: dict[str, Any] = {
            where: replace(getattr(self, where), **new) for where, new in changed.items()}
        return replace(self, **sections)


def _collect_options() -> dict[str, tuple[str, Option]]:
    return {item.name: (where, item.metadata["option"])
            for where, section in SECTIONS.items() for item in fields(section)}


OPTIONS: dict[str, tuple[str, Option]] = _collect_options()
"""A1111 key -> (section, facts)."""
