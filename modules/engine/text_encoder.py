"""A text encoder that takes token ids and gives what the U-Net is conditioned on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from modules.engine.filling import Draft, build_empty
from modules.families.text_layout import END_TOKEN, TextTower, name_text_tensors

Replacement = tuple[int, torch.Tensor]
"""Where an embedding's vectors go: the offset after the start token, and the vectors ``[n, width]``."""


class TextEncoder(nn.Module):
    """One CLIP or OpenCLIP text tower, with the layer and normalisation its family uses.

    ``text_model`` is transformers' module; its parts are called one by one, so that embeddings can be put
    in and no layer is computed whose output is not used.
    """

    def __init__(self, tower: TextTower) -> None:
        super().__init__()
        self.tower = tower
        self.text_model = CLIPTextModel(CLIPTextConfig(
            vocab_size=tower.vocabulary, hidden_size=tower.width, intermediate_size=tower.inner_width,
            num_hidden_layers=tower.layers, num_attention_heads=tower.heads, hidden_act=tower.activation,
            max_position_embeddings=tower.positions, projection_dim=tower.projection_width or tower.width))
        # no weight, so no file fills it: it must have its numbers even where the module is built empty
        self.text_model.embeddings.position_ids = nn.Buffer(torch.arange(tower.positions, device="cpu")[None],
                                                            persistent=False)
        self.text_projection = (nn.Parameter(torch.empty(tower.width, tower.projection_width))
                                if tower.projection_width else None)

    @property
    def name(self) -> str:
        """``clip_l``, ``clip_h`` or ``clip_g``."""
        return self.tower.recipe.name

    @property
    def width(self) -> int:
        return self.tower.width

    @property
    def token_vectors(self) -> torch.Tensor:
        """The vector of each token. Shapes: ``[vocabulary, width]``."""
        return self.text_model.embeddings.token_embedding.weight

    def encode(self, ids: torch.Tensor, clip_skip: int | None = None,
               replacements: Sequence[Sequence[Replacement]] = ()) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Encode rows of tokens; ``replacements`` has, per row, vectors to put in place of tokens.

        ``clip_skip`` counts layers from the end (1: the last); None is the layer the model was trained with.

        Shapes: ids ``[B, 77]`` -> hidden ``[B, 77, width]`` in float32, pooled ``[B, projection]`` or None.
        """
        return self(ids, clip_skip, replacements)

    def forward(self, ids: torch.Tensor, clip_skip: int | None, replacements: Sequence[Sequence[Replacement]]
                ) -> tuple[torch.Tensor, torch.Tensor | None]:
        recipe = self.tower.recipe
        from_end = recipe.layer_from_end if clip_skip is None else clip_skip
        from_end = min(max(from_end, 1), self.tower.layers)
        ids = ids.to(self.token_vectors.device)
        states = self._embed(ids, replacements)
        stop = self.tower.layers - from_end
        states = self._run_layers(states, 0, stop + 1)
        hidden = self.text_model.final_layer_norm(states) if recipe.final_norm else states
        return hidden.float(), self._pool(ids, states, stop + 1) if recipe.pooled else None

    def _embed(self, ids: torch.Tensor, replacements: Sequence[Sequence[Replacement]]) -> torch.Tensor:
        vectors = self.text_model.embeddings.token_embedding(ids)
        length = ids.shape[1]
        if replacements:
            vectors = vectors.clone()
        for row, fixes in enumerate(replacements):
            for offset, fix in fixes:
                room = max(min(length - offset - 2, len(fix)), 0)  # neither the start nor the last token is replaced
                vectors[row, offset + 1:offset + 1 + room] = fix[:room].to(vectors)
        return vectors + self.text_model.embeddings.position_embedding.weight[:length]

    def _run_layers(self, states: torch.Tensor, start: int, stop: int) -> torch.Tensor:
        for layer in self.text_model.encoder.layers[start:stop]:
            states = layer(states, attention_mask=None, is_causal=True)
        return states

    def _pool(self, ids: torch.Tensor, states: torch.Tensor, done: int) -> torch.Tensor:
        """Project the output at the end token, which has the highest id. Shapes: ``[B, projection]``."""
        last = self.text_model.final_layer_norm(self._run_layers(states, done, self.tower.layers))
        at_end = last[torch.arange(len(ids), device=ids.device), ids.clamp(max=END_TOKEN).argmax(dim=-1)]
        return (at_end if self.text_projection is None else at_end @ self.text_projection).float()


def draft_text_encoder(tower: TextTower, tensors: Mapping[str, torch.Tensor]) -> Draft[TextEncoder]:
    """Pair a text encoder with tensors under their file names without prefix. Raises: ModelFileError."""
    named: dict[str, torch.Tensor] = {}
    for name, module in name_text_tensors(tower, tensors).items():
        named.update(_split(name, module, tensors[name]))
    return Draft(build_empty(lambda: TextEncoder(tower)), named)


def _split(name: str, module: str, tensor: torch.Tensor) -> dict[str, torch.Tensor]:
    """Bring one tensor of a file into the form transformers has it in."""
    if module == "text_projection":
        return {module: tensor.T if name.endswith(".weight") else tensor}
    if ".qkv." in module:
        return {f"text_model.{module.replace('qkv', part)}": piece
                for part, piece in zip(("q_proj", "k_proj", "v_proj"), tensor.chunk(3))}
    return {f"text_model.{module}": tensor}
