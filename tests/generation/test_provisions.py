"""What plugins add is used like what came with the program."""

from __future__ import annotations

import torch
from PIL import Image

from modules.generation.events import ImageFinished
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from modules.imaging.upscaling.entry import Tiling
from modules.plugins import provide_sampler, provide_schedule, provide_upscaler
from modules.plugins.importing import acting_for
from modules.plugins.provisions import PROVISIONS
from modules.settings.values import Settings


def test_an_added_sampler_and_an_added_upscaler_make_pictures(tiny_bench):
    steps = []

    def halfway(denoise, x, levels, noise, on_step):
        steps.append(len(levels))
        return denoise(x, levels[0])

    with acting_for("someone"):
        provide_sampler("Halfway", halfway)
        provide_schedule("flat", "Flat", lambda request: torch.linspace(request.sigma_max, 0, request.steps + 1))
        provide_upscaler("Twice", lambda image, scale: image.resize((image.width * 2, image.height * 2)))
    events = []
    try:
        request = GenerationRequest(prompt="a", steps=3, width=64, height=64, seed=1, sampler_name="Halfway",
                                    scheduler="Flat", save_images=False)
        run(plan(request, tiny_bench.surroundings(Settings(), {})), tiny_bench, RunContext(events.append))
        enlarged = tiny_bench.upscalers.upscale(Image.new("RGB", (16, 16)), "Twice", 2, Tiling())
    finally:
        PROVISIONS.forget("someone")
    [picture] = [event for event in events if isinstance(event, ImageFinished)]
    assert "Sampler: Halfway, Schedule type: Flat" in picture.infotext and steps == [4]
    assert enlarged.size == (32, 32)
