"""Which layer of a model is meant by the name a LoRA file has for it.

Files name layers as diffusers does (``down_blocks_1_attentions_0``), as the original code does
(``input_blocks_4_1``), or as OpenCLIP does (``transformer_resblocks_3``); all of them, and all prefixes that
trainers put before them, lead to one layer.
"""

from __future__ import annotations

from collections.abc import Iterator

from modules.adapters.model import Layer, PatchableModel, layers_of
from modules.families.text_layout import TextTower, name_text_tensors
from modules.families.unet_layout import UNetLayout, name_unet_blocks, name_unet_tensors

_UNET = "unet"
_PREFIXES: tuple[tuple[str, str], ...] = (
    ("lora_unet_", _UNET), ("oft_unet_", _UNET), ("unet_", _UNET),
    ("model_diffusion_model_", _UNET), ("diffusion_model_", _UNET),
    ("lora_te1_", "text.0"), ("lora_te2_", "text.1"), ("text_encoder_2_", "text.1"), ("text_encoder_", "text.0"),
)
_ONLY_TOWER = ("lora_te_", "text.0")
"""How files name the text encoder of models that have one. SDXL's have none of this name."""
_RESNET_NAMES = ("in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3", "skip_connection")
_OUTER_NAMES = ("time_embed.0", "time_embed.2", "label_emb.0.0", "label_emb.0.2", "input_blocks.0.0", "out.0", "out.2")
_OPEN_NAMES = ("attn.out_proj", "ln_1", "ln_2", "mlp.c_fc", "mlp.c_proj")


class AddressBook:
    """Every name for every layer of one model."""

    def __init__(self, model: PatchableModel) -> None:
        description = model.description
        self._prefixes = _PREFIXES if len(description.text) > 1 else (*_PREFIXES, _ONLY_TOWER)
        unet = dict(layers_of(model.unet, _UNET))
        self._parts = {_UNET: {_flat(name): unet[path] for name, path in _unet_names(description.unet, unet)}}
        for number, (encoder, tower) in enumerate(zip(model.text_encoders, description.text)):
            part = f"text.{number}"
            layers = dict(layers_of(encoder, part))
            self._parts[part] = {_flat(name): layers[path] for name, path in _text_names(tower, layers)}

    def find(self, name: str) -> Layer | None:
        """Give the layer a file means by ``name``, which has underscores for dots."""
        for prefix, part in self._prefixes:
            if name.startswith(prefix):
                layer = self._parts.get(part, {}).get(name.removeprefix(prefix))
                if layer:
                    return layer
        return self._parts[_UNET].get(name)


def _unet_names(layout: UNetLayout, layers: dict[str, Layer]) -> Iterator[tuple[str, str]]:
    """Pair names with paths: first those of the original code, then diffusers' own, which win."""
    insides = {path.partition(".attentions.")[2].partition(".")[2] for path in layers if ".attentions." in path}
    names = [f"{name}.weight" for name in _OUTER_NAMES]
    for block in name_unet_blocks(layout):
        names += [f"{block}.weight", *(f"{block}.{inside}.weight" for inside in (*_RESNET_NAMES, *insides))]
    for name, tensor in name_unet_tensors(layout, names).items():
        path = tensor.removesuffix(".weight")
        if path in layers:
            yield name.removesuffix(".weight"), path
    yield from ((path, path) for path in layers)


def _text_names(tower: TextTower, layers: dict[str, Layer]) -> Iterator[tuple[str, str]]:
    if tower.recipe.open_clip:
        blocks = [f"transformer.resblocks.{layer}" for layer in range(tower.layers)]
        names = [f"{block}.{part}.weight" for block in blocks for part in _OPEN_NAMES]
        for name, tensor in name_text_tensors(tower, names).items():
            yield name.removesuffix(".weight"), f"text_model.{tensor.removesuffix('.weight')}"
    for path in layers:
        yield path, path
        yield path.removeprefix("text_model."), path


def _flat(path: str) -> str:
    return path.replace(".", "_")
