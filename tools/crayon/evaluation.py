"""Score a checkpoint on held-out captions: colours, backgrounds and objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.crayon.captions import COLOUR_WORDS, PLACE_PHRASES, PLACE_TAGS, caption
from tools.crayon.classifier import classify, kinds_in, load_classifier
from tools.crayon.measurement import background_of, object_colour
from tools.crayon.pictures import save_grid, to_pixels
from tools.crayon.renderer import render
from tools.crayon.sampler import Painter
from tools.crayon.scene import NATURAL_COLOURS, Scene, draw_scene

HELD_OUT_SEED = 20_000_000


@dataclass(frozen=True)
class Score:
    """Shares of pictures that show what their caption says, each with how many pictures were judged."""

    colour: tuple[float, int]
    background: tuple[float, int]
    objects: tuple[float, int]
    single_objects: tuple[float, int]

    def row(self, name: str) -> str:
        """Return one line of the table."""
        cells = (self.colour, self.background, self.objects, self.single_objects)
        return f"| {name} | " + " | ".join(f"{100 * share:.1f} % of {number}" for share, number in cells) + " |"


HEADER = "| pictures | colour | background | all objects | single objects |\n| --- | --- | --- | --- | --- |"


def held_out_scenes(number: int) -> list[Scene]:
    """Return scenes that no training has drawn; blurred ones are left out."""
    scenes = (draw_scene(HELD_OUT_SEED + index) for index in range(2 * number))
    return [scene for scene in scenes if not scene.blurred][:number]


def paint_scenes(painter: Painter, scenes: list[Scene], steps: int, cfg: float, batch: int = 20) -> np.ndarray:
    """Draw every scene's caption; the seed of a picture is its place in the list."""
    parts = []
    for start in range(0, len(scenes), batch):
        chosen = scenes[start : start + batch]
        seeds = list(range(start, start + len(chosen)))
        parts.append(to_pixels(painter.paint([caption(scene) for scene in chosen], seeds, steps, cfg)))
    return np.concatenate(parts)


def score(pictures: np.ndarray, scenes: list[Scene], folder: Path) -> Score:
    """Judge pictures against the captions of their scenes; what a caption leaves open is not judged.

    Line drawings are too pale for the colour measures and only count for objects.
    """
    classifier = load_classifier(folder)
    found = classify(classifier, pictures, [len(kinds_in(scene)) for scene in scenes])
    right_objects = [kinds == kinds_in(scene) for kinds, scene in zip(found, scenes)]
    single = [right for right, scene in zip(right_objects, scenes) if scene.other is None and scene.count == 1]
    colours = [
        object_colour(picture, scene.background) in accepted_colours(scene)
        for picture, scene in zip(pictures, scenes)
        if scene.other is None and scene.style != "outline"
    ]
    backgrounds = [
        background_of(picture) == scene.background
        for picture, scene in zip(pictures, scenes)
        if names_background(scene) and scene.style != "outline"
    ]
    return Score(_share(colours), _share(backgrounds), _share(right_objects), _share(single))


def accepted_colours(scene: Scene) -> set[str]:
    """Return the colours that fit a caption: the one it names, else all natural ones."""
    words = caption(scene).replace(",", " ").split()
    names = COLOUR_WORDS.get(scene.subject.colour, (scene.subject.colour,))
    if scene.paper == scene.subject.colour or any(name in words for name in names):
        return {scene.subject.colour}
    return set(NATURAL_COLOURS[scene.subject.kind])


def names_background(scene: Scene) -> bool:
    """Tell whether the caption says which background it wants."""
    text = caption(scene)
    if scene.place is not None:
        return any(phrase in text for phrase in (*PLACE_PHRASES[scene.place], *PLACE_TAGS[scene.place]))
    return "background" in text or "paper" in text


def evaluate(painter: Painter, folder: Path, number: int = 200, steps: int = 20, cfg: float = 5.0) -> str:
    """Return the table of scores, and leave a sheet of the judged pictures in the folder."""
    scenes = held_out_scenes(number)
    painted = paint_scenes(painter, scenes, steps, cfg)
    rendered = np.stack([np.asarray(render(scene, painted.shape[1])) for scene in scenes])
    save_grid(folder / "evaluation.png", painted, 20)
    rows = [score(rendered, scenes, folder).row("renderer (ceiling)"), score(painted, scenes, folder).row("crayon")]
    return "\n".join([HEADER, *rows])


def _share(verdicts: list[bool]) -> tuple[float, int]:
    return (float(np.mean(verdicts)) if verdicts else 0.0), len(verdicts)
