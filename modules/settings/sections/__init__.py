"""Every setting there is, by section. A setting stands here only when something acts on it."""

from __future__ import annotations

from typing import Any

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

SECTIONS: dict[str, Any] = {
    "saving": SavingSettings,
    "paths": PathSettings,
    "directories": DirectorySettings,
    "model": ModelSettings,
    "vae": VaeSettings,
    "sdxl": SdxlSettings,
    "img2img": Img2imgSettings,
    "hires": HiresSettings,
    "networks": ExtraNetworkSettings,
    "upscaling": UpscalingSettings,
    "faces": FaceRestorationSettings,
    "postprocessing": PostprocessingSettings,
    "sampler": SamplerSettings,
    "optimizations": OptimizationSettings,
    "compatibility": CompatibilitySettings,
    "infotext": InfotextSettings,
    "previews": PreviewSettings,
    "interface": InterfaceSettings,
    "api": ApiSettings,
    "plugins": PluginSettings,
}
