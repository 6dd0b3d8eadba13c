"""Teach the text encoder what captions say, before the U-Net listens to it.

It learns to name every attribute of a scene from its caption. Random words are strewn in, so that words the
picture book does not know disturb little.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from tools.crayon.captions import caption
from tools.crayon.checkpoint import Log, load_tensors, save_tensors
from tools.crayon.network import CONTEXT_WIDTH, START_TOKEN, build_text_encoder
from tools.crayon.optimizer import learning_rate_factor
from tools.crayon.palette import COLOURS
from tools.crayon.scene import OBJECTS, PAPERS, PLACES, RELATIONS, STYLES, Scene, draw_scene
from tools.crayon.vocabulary import frame, tokenize

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "kind": OBJECTS,
    "colour": tuple(COLOURS),
    "count": ("1", "2", "3"),
    "background": (*PLACES, *(f"{paper} paper" for paper in PAPERS)),
    "style": STYLES,
    "relation": ("none", *RELATIONS),
    "other kind": ("none", *OBJECTS),
    "other colour": ("none", *COLOURS),
    "blurred": ("no", "yes"),
}
FIRST_TRAINING_SEED = 10_000_000


@dataclass(frozen=True)
class TextPlan:
    """Settings of the text encoder's training."""

    steps: int = 1500
    batch: int = 64
    lr: float = 2e-3
    device: str = "cpu"


class AttributeReader(torch.nn.Module):
    """Read a scene's attributes out of the text encoder's tokens by attention, as a U-Net would."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = torch.nn.Parameter(torch.randn(len(ATTRIBUTES), CONTEXT_WIDTH) * 0.1)
        self.keys = torch.nn.Linear(CONTEXT_WIDTH, CONTEXT_WIDTH, bias=False)
        self.heads = torch.nn.ModuleList(torch.nn.Linear(CONTEXT_WIDTH, len(v)) for v in ATTRIBUTES.values())

    def forward(self, context: torch.Tensor) -> list[torch.Tensor]:
        """Return the logits of each attribute.

        Shapes: context: [B, 77, 96]
        """
        weights = (self.queries @ self.keys(context).transpose(1, 2) / CONTEXT_WIDTH**0.5).softmax(-1)
        summaries = weights @ context
        return [head(summaries[:, index]) for index, head in enumerate(self.heads)]


def labels(scene: Scene) -> list[int]:
    """Return the class of each attribute, in the order of `ATTRIBUTES`."""
    other = scene.other
    values = (
        scene.subject.kind, scene.subject.colour, str(scene.count), scene.background, scene.style,
        scene.relation or "none", other.kind if other else "none", other.colour if other else "none",
        "yes" if scene.blurred else "no",
    )  # fmt: skip
    return [names.index(value) for names, value in zip(ATTRIBUTES.values(), values)]


def strewn_tokens(text: str, seed: int, share: float = 0.15) -> list[int]:
    """Return a caption's padded tokens, now and then with a few random tokens among them."""
    rng, tokens = random.Random(f"tokens {seed}"), tokenize(text)
    if rng.random() < share:
        for _ in range(rng.randint(1, 4)):
            tokens.insert(rng.randint(0, len(tokens)), rng.randrange(START_TOKEN))
    return frame(tokens)


def train_text_encoder(folder: Path, plan: TextPlan) -> None:
    """Train on captions of fresh scenes and leave `text.safetensors` in the folder."""
    torch.manual_seed(2)
    encoder, reader = build_text_encoder().to(plan.device), AttributeReader().to(plan.device)
    weights = [*encoder.parameters(), *reader.parameters()]
    optimiser = torch.optim.AdamW(weights, plan.lr, (0.9, 0.98), weight_decay=0.0)
    log, running = Log(folder / "text.jsonl"), torch.zeros(len(ATTRIBUTES) + 1)
    for step in range(plan.steps):
        tokens, targets = _batch(step, plan)
        logits = reader(encoder(tokens).last_hidden_state)
        losses = [F.cross_entropy(part, target) for part, target in zip(logits, targets.unbind(1))]
        loss = torch.stack(losses).mean()
        optimiser.param_groups[0]["lr"] = plan.lr * learning_rate_factor(step / plan.steps, 0.05)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        right = [(part.argmax(1) == target).float().mean() for part, target in zip(logits, targets.unbind(1))]
        running += torch.stack([loss.detach(), *right]).cpu()
        if (step + 1) % 50 == 0:
            shares = dict(zip(ATTRIBUTES, (running[1:] / 50).tolist()))
            log.write(step=step + 1, loss=float(running[0] / 50), **shares)
            running.zero_()
    save_tensors(folder / "text.safetensors", {"model": encoder.state_dict()}, {"step": plan.steps})


def load_text_encoder(folder: Path) -> torch.nn.Module:
    """Return the trained text encoder, frozen."""
    encoder = build_text_encoder()
    encoder.load_state_dict(load_tensors(folder / "text.safetensors")[0]["model"])
    return encoder.eval().requires_grad_(False)


def _batch(step: int, plan: TextPlan) -> tuple[torch.Tensor, torch.Tensor]:
    seeds = range(FIRST_TRAINING_SEED + step * plan.batch, FIRST_TRAINING_SEED + (step + 1) * plan.batch)
    scenes = [draw_scene(seed) for seed in seeds]
    tokens = torch.tensor([strewn_tokens(caption(scene), scene.seed) for scene in scenes])
    return tokens.to(plan.device), torch.tensor([labels(scene) for scene in scenes]).to(plan.device)
