"""Networks named in prompts: embeddings, hypernetworks, LoRA and relatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class ExtraNetworkSettings:
    """Which networks are used, and how they are shown."""

    title: ClassVar[str] = "Extra networks"

    sd_hypernetwork: str = option("None", "Hypernetwork in every prompt")
    sd_lora: str = option("None", "LoRA in every prompt")
    extra_networks_default_multiplier: float = option(1.0, "Weight of a network added to the prompt", minimum=0,
                                                      maximum=2, step=0.01)
    lora_add_hashes_to_infotext: bool = option(True, "Write the hashes of LoRA files about a picture")
    lora_functional: bool = option(False, "Compute LoRA beside the model instead of in its weights",
                                   info="slower; as before version 1.6")
