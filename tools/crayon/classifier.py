"""Train a small network that tells which objects a picture shows; it only serves the evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from tools.crayon.checkpoint import load_tensors, save_tensors
from tools.crayon.pictures import load_pictures, to_tensor
from tools.crayon.scene import OBJECTS, Scene, draw_scene

_EXTENT_PX = 64


class ObjectClassifier(torch.nn.Module):
    """Give each kind of object a logit of being in the picture."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[torch.nn.Module] = []
        for before, after in ((3, 32), (32, 64), (64, 96), (96, 128)):
            layers += [torch.nn.Conv2d(before, after, 3, padding=1), torch.nn.BatchNorm2d(after), torch.nn.ReLU()]
            layers += [torch.nn.MaxPool2d(2)]
        self.features = torch.nn.Sequential(*layers)
        self.hidden = torch.nn.Linear(128 * 16, 128)
        self.logits = torch.nn.Linear(128, len(OBJECTS))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return logits.

        Shapes: pixels: [B, 3, h, w] in [-1, 1], result: [B, len(OBJECTS)]
        """
        small = F.interpolate(pixels, (_EXTENT_PX, _EXTENT_PX), mode="area")
        return self.logits(F.relu(self.hidden(self.features(small).flatten(1))))


def kinds_in(scene: Scene) -> set[str]:
    """Return the kinds of objects a scene shows."""
    return {scene.subject.kind} | ({scene.other.kind} if scene.other else set())


def classify(model: ObjectClassifier, pictures: np.ndarray, numbers: list[int]) -> list[set[str]]:
    """Return the likeliest kinds of each picture; `numbers` says how many to name."""
    with torch.inference_mode():
        order = model(to_tensor(pictures)).argsort(1, descending=True).tolist()
    return [{OBJECTS[index] for index in row[:number]} for row, number in zip(order, numbers)]


def load_classifier(folder: Path, number: int = 12_000, steps: int = 350) -> ObjectClassifier:
    """Return the classifier, trained on rendered pictures now or read from the folder."""
    path, model = folder / "classifier.safetensors", ObjectClassifier()
    if path.exists():
        model.load_state_dict(load_tensors(path)[0]["model"])
        return model.eval()
    torch.manual_seed(3)
    pictures = load_pictures(folder, number, 128)
    targets = torch.zeros(number, len(OBJECTS))
    for seed in range(number):
        for kind in kinds_in(draw_scene(seed)):
            targets[seed, OBJECTS.index(kind)] = 1.0
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3)
    for step in range(steps):
        rows = np.random.default_rng(step).integers(number, size=64)
        optimiser.param_groups[0]["lr"] = 2e-3 * min(1.0, (steps - step) / steps * 2)
        loss = F.binary_cross_entropy_with_logits(
            model(_roughened(to_tensor(pictures[np.sort(rows)]))), targets[np.sort(rows)]
        )
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    save_tensors(path, {"model": model.state_dict()}, {"steps": steps})
    return model.eval()


def _roughened(pixels: torch.Tensor) -> torch.Tensor:
    """Soften and speckle pictures a little, so that a painter's small flaws do not confuse."""
    small = F.interpolate(pixels, (_EXTENT_PX, _EXTENT_PX), mode="area")
    soft = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, 1)
    share = torch.rand(len(small), 1, 1, 1)
    return small + share * (soft - small) + torch.randn_like(small) * 0.06 * torch.rand(len(small), 1, 1, 1)
