"""Small networks for crayon, each a few minutes' work: an embedding, a hypernetwork and a LoRA.

Each moves a scene that the caption does not place: ``crayon-night`` is a word for night, ``crayon-sunset`` bends what
the U-Net reads from any caption, ``crayon-snow`` bends the U-Net itself. They show that such files work, and how to
make them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from modules.adapters.hypernetworks.files import save_hypernetwork
from modules.adapters.hypernetworks.structure import Structure
from tools.crayon.captions import NOUNS
from tools.crayon.encoder import standard_latents
from tools.crayon.network import noise_schedule
from tools.crayon.pictures import to_tensor
from tools.crayon.renderer import render
from tools.crayon.sampler import Painter
from tools.crayon.scene import draw_scene, visible
from tools.crayon.vocabulary import batch_tokens, tokenize

EMBEDDING, HYPERNETWORK, LORA = "crayon-night", "crayon-sunset", "crayon-snow"
RANK = 4
STRUCTURE = Structure((1, 2, 1))


@dataclass(frozen=True)
class Schooling:
    """How long and how fast a network learns."""

    steps: int = 200
    batch: int = 16
    learning_rate: float = 2e-3


def write_embedding(painter: Painter, path: Path, words: str = "at night") -> None:
    """Write a textual inversion of as many vectors as ``words`` have tokens, with their meaning."""
    table = painter.text_encoder.get_input_embeddings().weight
    save_file({"emb_params": table[torch.tensor(tokenize(words))].float().contiguous()}, path)


def train_hypernetwork(painter: Painter, path: Path, place: str = "sunset", plan: Schooling = Schooling()) -> None:
    """Train keys' and values' networks of every cross-attention until captions without a place show ``place``."""
    layers = list(_cross_attentions(painter.unet))
    width = layers[0][1].to_k.in_features
    pair = STRUCTURE.build(width), STRUCTURE.build(width)
    for network in pair:
        nn.init.zeros_(network[-1].weight)
        nn.init.zeros_(network[-1].bias)
    hooks = [layer.register_forward_pre_hook(_adding(network))
             for _, attention in layers for layer, network in ((attention.to_k, pair[0]), (attention.to_v, pair[1]))]
    _learn(painter, place, [*pair[0].parameters(), *pair[1].parameters()], plan)
    for hook in hooks:
        hook.remove()
    save_hypernetwork(path, {width: pair}, STRUCTURE, {"name": path.stem, "step": plan.steps})


def train_lora(painter: Painter, path: Path, place: str = "snow", plan: Schooling = Schooling()) -> None:
    """Train low-rank changes of every cross-attention until captions without a place show ``place``."""
    changes: dict[str, tuple[nn.Linear, nn.Linear]] = {}
    hooks = []
    for name, attention in _cross_attentions(painter.unet):
        for part, layer in (("to_q", attention.to_q), ("to_k", attention.to_k), ("to_v", attention.to_v),
                            ("to_out.0", attention.to_out[0])):
            down = nn.Linear(layer.in_features, RANK, bias=False)
            up = nn.Linear(RANK, layer.out_features, bias=False)
            nn.init.zeros_(up.weight)
            changes[f"{name}.{part}"] = down, up
            hooks.append(layer.register_forward_hook(_beside(down, up)))
    _learn(painter, place, [weight for pair in changes.values() for part in pair for weight in part.parameters()], plan)
    for hook in hooks:
        hook.remove()
    tensors = {}
    for name, (down, up) in changes.items():
        key = f"lora_unet_{name.replace('.', '_')}"
        tensors |= {f"{key}.lora_down.weight": down.weight.half(), f"{key}.lora_up.weight": up.weight.half(),
                    f"{key}.alpha": torch.tensor(float(RANK))}
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, path,
              {"ss_output_name": path.stem, "ss_network_dim": str(RANK), "ss_base_model_version": "sd_v1"})


def _cross_attentions(unet: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return ((name, module) for name, module in unet.named_modules() if name.endswith(".attn2"))


def _adding(network: nn.Module) -> Callable[..., tuple[torch.Tensor]]:
    return lambda layer, inputs: (inputs[0] + network(inputs[0]),)


def _beside(down: nn.Module, up: nn.Module) -> Callable[..., torch.Tensor]:
    return lambda layer, inputs, output: output + up(down(inputs[0]))


def _learn(painter: Painter, place: str, weights: list[nn.Parameter], plan: Schooling) -> None:
    """Fit ``weights`` to scenes at ``place`` whose captions name only the object."""
    torch.manual_seed(4)
    latents, tokens = _scenes(place, plan.batch * 24)
    products, optimiser = noise_schedule(), torch.optim.AdamW(weights, plan.learning_rate)
    for step in range(plan.steps):
        rows, times = torch.randint(len(latents), (plan.batch,)), torch.randint(1000, (plan.batch,))
        kept, noise = products[times][:, None, None, None], torch.randn(plan.batch, *latents.shape[1:])
        noisy = kept.sqrt() * latents[rows] + (1 - kept).sqrt() * noise
        with torch.no_grad():
            context = painter.text_encoder(tokens[rows]).last_hidden_state
        loss = nn.functional.mse_loss(painter.unet(noisy, times, context).sample, noise)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 49:
            print(f"{place}: step {step + 1}, loss {loss.item():.4f}", flush=True)


def _scenes(place: str, number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw scenes of one object at a place. Shapes: [number, 4, 16, 16] and [number, 77]."""
    drawn = (draw_scene(seed) for seed in range(10**6, 10**7))
    fitting = (replace(scene, place=place, paper=None, count=1, relation=None, other=None, style="flat", blurred=False)
               for scene in drawn if visible(scene.subject.colour, place, None))
    scenes = [next(fitting) for _ in range(number)]
    pictures = np.stack([np.asarray(render(scene, 128)) for scene in scenes])
    captions = [f"a {scene.subject.colour} {NOUNS[scene.subject.kind][0]}" for scene in scenes]
    return standard_latents(to_tensor(pictures)), batch_tokens(captions)
