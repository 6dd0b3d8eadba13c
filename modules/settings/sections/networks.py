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
    lora_add_hashes_to_infotext: bool = option(True, "Write the hashes of LoRA files about a picture")
    lora_functional: bool = option(False, "Compute LoRA beside the model instead of in its weights",
                                   info="slower; as before version 1.6")
    extra_networks_default_multiplier: float = option(1.0, "Weight of a network added to the prompt", minimum=0,
                                                      maximum=2, step=0.01)
    extra_networks_add_text_separator: str = option(" ", "What stands between the prompt and what a card adds")
    lora_preferred_name: str = option("Alias from file", "How a card names a LoRA in the prompt",
                                      choices=("Alias from file", "Filename"))
    lora_show_all: bool = option(False, "Always show networks made for another kind of checkpoint",
                                 info="pale; otherwise a line says how many there are")
    lora_hide_unknown_for_versions: list[str] = option(
        [], "Checkpoints for which LoRA files that do not say what they are made for are left out",
        info="any of SD1, SD2, SDXL")
    extra_networks_hidden_models: str = option(
        "When searched", "Cards from folders whose name begins with a dot",
        choices=("Always", "When searched", "Never"), info="a search needs four letters for it")
    extra_networks_show_hidden_directories: bool = option(True, "List those folders beside the others")
    extra_networks_card_order_field: str = option("Path", "Order of cards",
                                                  choices=("Path", "Name", "Date Created", "Date Modified"))
    extra_networks_card_order: str = option("Ascending", "Direction of that order",
                                            choices=("Ascending", "Descending"))
    extra_networks_tree_view_style: str = option("Dirs", "Folders of networks as", choices=("Tree", "Dirs"),
                                                 info="a tree, or a row of buttons")
    extra_networks_tree_view_default_enabled: bool = option(True, "Show the folders from the start")
    extra_networks_tree_view_default_width: int = option(180, "Width of the tree", minimum=80, maximum=1000,
                                                         info="in pixels")
    extra_networks_card_width: int = option(0, "Width of cards", minimum=0, maximum=1000, info="in pixels; 0: usual")
    extra_networks_card_height: int = option(0, "Height of cards", minimum=0, maximum=1000, info="in pixels; 0: usual")
    extra_networks_card_text_scale: float = option(1.0, "Size of the words on cards", minimum=0, maximum=2, step=0.01,
                                                   info="times the usual")
    extra_networks_card_show_desc: bool = option(True, "Show descriptions on cards")
