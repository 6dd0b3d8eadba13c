"""Whole runs: every sampler, batches, interrupts, reports."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from modules.families.noise_schedule import NoiseSchedule
from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import InvalidRequestError
from modules.sampling.conditioning import Branch, GuidanceInput
from modules.sampling.registry import BUILTIN, SamplerSpec
from modules.sampling.sample import StepReport, sample
from modules.sampling.sigmas import downcast, zero_terminal_snr
from modules.sampling.solvers.contract import Denoise, Noise, OnStep
from modules.sampling.start import InitialImage
from tests.sampling.toy import SHAPE, ToyNetwork, always, guidance, model, noise, task

SAMPLERS = [spec.label for spec in BUILTIN.samplers]
SCHEDULERS = [spec.label for spec in BUILTIN.schedulers]
PICTURE = torch.linspace(-1, 1, 64).view(1, *SHAPE)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLERS), st.sampled_from(SCHEDULERS), st.integers(1, 30),
       st.none() | st.sampled_from([0.0, 0.04, 0.3, 0.75, 1.0]), st.booleans())
def test_anything_gives_latents_or_a_clear_refusal(sampler: str, scheduler: str, steps: int, strength: float | None,
                                                   fix_steps: bool) -> None:
    initial = None if strength is None else InitialImage(PICTURE, strength)
    asked = task(sampler=sampler, scheduler=scheduler, steps=steps, initial=initial, img2img_fix_steps=fix_steps)
    try:
        result = sample(asked)
    except InvalidRequestError as refusal:
        assert refusal.remedy
        assert strength is not None
        return
    assert result.latents.shape == (1, *SHAPE)
    assert torch.isfinite(result.latents).all()


def two_images() -> GuidanceInput:
    return GuidanceInput(((Branch(1.0, always(1.0)),), (Branch(1.0, always(1.5)), Branch(-0.3, always(0.2)))),
                         (always(-1.0), always(-0.5)))


@pytest.mark.parametrize("initial", [None, 0.6], ids=["noise", "picture"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_batch_equals_its_images(sampler: str, initial: float | None) -> None:
    texts = two_images()
    start = initial and InitialImage(torch.cat([PICTURE, PICTURE.flip(-1)]), initial)
    batch = sample(task(sampler=sampler, guidance=texts, noise=noise(5, 6), initial=start, eta=0.7)).latents
    for index, seed in enumerate((5, 6)):
        single = task(sampler=sampler, guidance=texts.image(index), noise=noise(seed), eta=0.7,
                      initial=start and start.image(index))
        assert torch.allclose(batch[index], sample(single).latents[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("stop_at", [0, 1, 4])
def test_an_interrupt_stops_before_the_next_call(sampler: str, stop_at: int) -> None:
    cancellation, reports = Cancellation(), []

    class Impatient(ToyNetwork):
        def __call__(self, *inputs: Any) -> Tensor:
            if len(self.timesteps) == stop_at:
                cancellation.interrupt()
            return super().__call__(*inputs)

    network = Impatient()
    result = sample(task(network, sampler=sampler, steps=12), on_step=reports.append, cancellation=cancellation)
    assert result.interrupted
    assert len(network.timesteps) == stop_at + 1
    assert torch.isfinite(result.latents).all()
    if reports:
        assert torch.equal(result.latents, reports[-1].denoised)


def test_a_stop_asked_for_beforehand_makes_no_call() -> None:
    cancellation, network = Cancellation(), ToyNetwork()
    cancellation.skip()
    result = sample(task(network), cancellation=cancellation)
    assert (result.interrupted, network.sizes) == (True, [])
    assert result.latents.shape == (1, *SHAPE)


def test_an_interrupted_picture_keeps_what_lies_outside_the_mask() -> None:
    cancellation = Cancellation()
    cancellation.interrupt()
    initial = InitialImage(PICTURE, 0.6, torch.zeros(1, 1, 4, 4))
    assert torch.equal(sample(task(initial=initial), cancellation=cancellation).latents, PICTURE)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_reports_count_steps(sampler: str) -> None:
    reports: list[StepReport] = []
    sample(task(sampler=sampler, steps=8), on_step=reports.append)
    assert [report.step for report in reports] == list(range(len(reports)))
    assert all(report.step < report.steps for report in reports)
    assert reports[0].sigma > reports[-1].sigma > 0
    for content in ("Combined", "Prompt", "Negative prompt"):
        assert torch.isfinite(reports[-1].preview(content)).all()


@pytest.mark.parametrize("sampler", ["Euler", "DDIM"])
def test_previews_of_the_parts_lead_to_the_whole(sampler: str) -> None:
    def check(report: StepReport) -> None:
        positive, negative = report.preview("Prompt"), report.preview("Negative prompt")
        assert torch.allclose(report.preview(), negative + 7 * (positive - negative), rtol=1e-3, atol=1e-3)

    sample(task(sampler=sampler), on_step=check)


@pytest.mark.parametrize("sampler", ["Euler", "DDIM", "UniPC", "DPM++ SDE"])
def test_a_strength_that_leaves_nothing_to_do_changes_nothing(sampler: str) -> None:
    result = sample(task(sampler=sampler, initial=InitialImage(PICTURE, 0.0), img2img_fix_steps=True))
    assert torch.equal(result.latents, PICTURE)
    assert "not changed" in result.comments[0]


@pytest.mark.parametrize(("steps", "order", "comments"), [(2, 3, 1), (3, 3, 0), (3, 5, 1), (20, 3, 0)])
def test_unipc_lowers_its_order_and_says_so(steps: int, order: int, comments: int) -> None:
    result = sample(task(sampler="UniPC", steps=steps, uni_pc_order=order))
    assert len(result.comments) == comments
    assert torch.isfinite(result.latents).all()


@pytest.mark.parametrize("sampler", ["DPM fast", "DPM adaptive"])
def test_own_steps_need_room(sampler: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        sample(task(sampler=sampler, steps=20, initial=InitialImage(PICTURE, 0.04)))
    assert refusal.value.field == "denoising_strength"


@pytest.mark.parametrize(("fields", "field"), [
    ({"sampler": "Nope"}, "sampler_name"), ({"scheduler": "Nope"}, "scheduler"),
    ({"sampler": "DDIM", "eta": 1.5}, "eta"), ({"sampler": "PLMS", "steps": 1001}, "steps"),
    ({"sampler": "LCM", "scheduler": "DDIM", "steps": 30, "initial": InitialImage(PICTURE, 0.05),
      "img2img_fix_steps": True}, "scheduler"),
])
def test_what_cannot_be_done_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        sample(task(**fields))
    assert refusal.value.field == field


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_an_impossible_strength_is_refused(strength: float) -> None:
    with pytest.raises(InvalidRequestError):
        InitialImage(PICTURE, strength)


@pytest.mark.parametrize(("option", "alphas", "noted"), [
    ("use_downcasted_alpha_bar", downcast(NoiseSchedule().alphas_cumprod()), {"Downcast alphas_cumprod": True}),
    ("zero_terminal_snr", zero_terminal_snr(NoiseSchedule().alphas_cumprod()), {"Noise Schedule": "Zero Terminal SNR"}),
])
@pytest.mark.parametrize("sampler", ["Euler", "DDIM", "LCM"])
def test_options_change_the_model_schedule(sampler: str, option: str, alphas: Tensor, noted: dict[str, Any]) -> None:
    by_option = sample(task(sampler=sampler, **{option: True}))
    by_model = sample(task(sampler=sampler, model=model(alphas_cumprod=alphas)))
    assert torch.equal(by_option.latents, by_model.latents)
    assert by_option.infotext == {**noted, **by_model.infotext}


@pytest.mark.parametrize("sampler", ["Euler", "DDIM"])
def test_a_model_can_ask_for_zero_terminal_snr_itself_and_nothing_is_told(sampler: str) -> None:
    by_option = sample(task(sampler=sampler, zero_terminal_snr=True))
    by_model = sample(task(sampler=sampler, model=model(zero_terminal_snr=True)))
    assert torch.equal(by_option.latents, by_model.latents)
    assert "Noise Schedule" not in by_model.infotext


def test_both_changes_of_the_schedule_combine() -> None:
    result = sample(task(use_downcasted_alpha_bar=True, zero_terminal_snr=True))
    assert torch.isfinite(result.latents).all()


def test_a_noise_multiplier_scales_the_start() -> None:
    result = sample(task(initial=InitialImage(PICTURE, 0.6, noise_multiplier=0.0)))
    other = sample(task(noise=noise(7), initial=InitialImage(PICTURE, 0.6, noise_multiplier=0.0)))
    assert torch.equal(result.latents, other.latents)
    assert result.infotext == {"Noise multiplier": 0.0}


def test_sde_samplers_can_do_without_their_seed() -> None:
    first, second = (sample(task(sampler="DPM++ 2M SDE", no_dpmpp_sde_batch_determinism=True)).latents
                     for _ in range(2))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_starting_noise_is_left_alone(sampler: str) -> None:
    made = noise()
    before = made.first().clone()
    sample(task(sampler=sampler, noise=made))
    assert torch.equal(made.first(), before)


def test_a_sampler_of_a_plugin() -> None:
    def halfway(denoise: Denoise, x: Tensor, sigmas: list[float], noise: Noise, on_step: OnStep, *,
                eta: float = 0.0) -> Tensor:
        return denoise(x, sigmas[0]) * eta

    registry = BUILTIN.with_sampler(SamplerSpec("Mine", halfway, scheduler="karras"))
    result = sample(task(sampler="Mine", registry=registry, eta=0.5))
    assert result.infotext == {"Schedule type": "Karras", "Eta": 0.5}


def test_every_image_needs_its_texts() -> None:
    with pytest.raises(ValueError, match="2 images"):
        sample(task(guidance=guidance(1), noise=noise(1, 2)))
