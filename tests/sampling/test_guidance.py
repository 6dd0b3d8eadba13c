"""Guidance, seen through whole runs of a one-line network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from modules.sampling.conditioning import Branch, Context, GuidanceInput, fit_tokens, pick, stack
from modules.sampling.denoiser import DiffusionModel
from modules.sampling.guidance import ImageConditioning, Refiner
from modules.sampling.hooks import Combination, Denoising, MaskBlend, ModelCall, SamplingHooks
from modules.sampling.sample import sample
from modules.sampling.solvers.contract import SolverStep
from modules.sampling.start import InitialImage
from tests.sampling.toy import END, SHAPE, ToyNetwork, always, context, guidance, model, noise, task


def run(network: ToyNetwork | None = None, hooks: SamplingHooks | None = None, **fields: Any) -> Tensor:
    return sample(task(network, **fields), hooks=hooks).latents


def parts(*weights_and_values: tuple[float, float]) -> tuple[Branch, ...]:
    return tuple(Branch(weight, always(value)) for weight, value in weights_and_values)


@pytest.mark.parametrize(("step", "value"), [(0, 1.0), (3, 1.0), (4, 2.0), (9, 2.0), (10, 3.0), (99, 3.0)])
def test_a_text_counts_up_to_its_end(step: int, value: float) -> None:
    schedule = ((3, context(1.0)), (9, context(2.0)), (12, context(3.0)))
    assert pick(schedule, step).cross[0, 0] == value


def test_short_texts_are_filled_with_their_last_token() -> None:
    made = stack([Context(torch.tensor([[1.0], [2.0]])), Context(torch.tensor([[5.0], [6.0], [7.0], [8.0]]))])
    assert made.cross[..., 0].tolist() == [[1, 2, 2, 2], [5, 6, 7, 8]]
    assert fit_tokens(made.cross, 1)[..., 0].tolist() == [[1], [5]]


def test_a_negative_weight_is_the_opposite_direction() -> None:
    both = run(guidance=guidance(cond=parts((1.0, 1.0), (-1.0, 1.0))))
    assert torch.allclose(both, run(cfg_scale=0.0), atol=1e-4)


def test_images_may_have_different_numbers_of_parts() -> None:
    two = GuidanceInput((parts((1.0, 1.0), (0.5, 2.0)), parts((1.0, 3.0))), (always(-1.0), always(-2.0)))
    network = ToyNetwork()
    batch = run(network, guidance=two, noise=noise(1, 2))
    singles = [run(guidance=two.image(i), noise=noise(i + 1)) for i in (0, 1)]
    assert torch.allclose(batch, torch.cat(singles), atol=1e-5)
    assert set(network.sizes) == {5}


def test_rows_know_their_image() -> None:
    network = ToyNetwork()
    two = GuidanceInput((parts((1.0, 1.0), (0.5, 2.0)), parts((1.0, 3.0))), (always(-1.0),) * 2)
    run(network, guidance=two, noise=noise(1, 2), steps=1)
    assert network.owners == [[0, 0, 1, 0, 1]]


@pytest.mark.parametrize(("options", "sizes"), [({}, [5]), ({"batch_cond_uncond": False}, [2, 2, 1])])
def test_one_call_or_pieces_of_the_batch(options: dict[str, Any], sizes: list[int]) -> None:
    network = ToyNetwork()
    two = GuidanceInput((parts((1.0, 1.0), (0.5, 2.0)), parts((1.0, 3.0))), (always(-1.0),) * 2)
    run(network, guidance=two, noise=noise(1, 2), steps=1, **options)
    assert network.sizes == sizes


def test_guidance_of_one_needs_no_negative_prompt() -> None:
    network, asked = ToyNetwork(), ToyNetwork()
    fast = run(network, cfg_scale=1.0)
    full = run(asked, hooks=SamplingHooks(), cfg_scale=1.0)
    assert (set(network.sizes), set(asked.sizes)) == ({1}, {2})
    assert torch.allclose(fast, full, atol=1e-4)


@pytest.mark.parametrize("fields", [{"guidance": guidance(cond=parts((0.5, 1.0)))},
                                    {"sampler": "DDIM CFG++", "cfg_scale": 12.5}])
def test_guidance_of_one_is_no_shortcut_elsewhere(fields: dict[str, Any]) -> None:
    network = ToyNetwork()
    run(network, **{"cfg_scale": 1.0, **fields})
    assert set(network.sizes) == {2}


def lengths(cond: int, uncond: int) -> GuidanceInput:
    return GuidanceInput(((Branch(1.0, always(1.0, cond)),),), (always(-1.0, uncond),), context(0.5))


@pytest.mark.parametrize(("cond", "uncond", "options", "tokens", "noted"), [
    (4, 2, {}, [4, 2], {}),
    (2, 4, {}, [2, 4], {}),
    (4, 2, {"pad_cond_uncond": True}, [4], {"Pad conds": True}),
    (2, 6, {"pad_cond_uncond": True}, [6], {"Pad conds": True}),
    (2, 2, {"pad_cond_uncond": True}, [2], {}),
    (3, 2, {"pad_cond_uncond": True}, [3, 2], {}),
    (4, 2, {"pad_cond_uncond_v0": True}, [4], {"Pad conds v0": True}),
    (2, 4, {"pad_cond_uncond_v0": True, "pad_cond_uncond": True}, [2], {"Pad conds v0": True}),
])
def test_texts_of_different_length(cond: int, uncond: int, options: dict[str, Any], tokens: list[int],
                                   noted: dict[str, Any]) -> None:
    network = ToyNetwork()
    result = sample(task(network, guidance=lengths(cond, uncond), steps=1, **options))
    assert network.tokens == tokens
    assert result.infotext == noted


def test_whole_empty_prompts_fill_up() -> None:
    padded = run(guidance=lengths(4, 2), steps=1, pad_cond_uncond=True)
    by_hand = GuidanceInput(((Branch(1.0, always(1.0, 4)),),),
                            (((END, Context(torch.cat([context(-1.0).cross, context(0.5).cross]))),),))
    assert torch.equal(padded, run(guidance=by_hand, steps=1))


def test_pictures_with_texts_of_different_length_run_apart() -> None:
    apart, together = run(guidance=lengths(4, 2)), run(guidance=lengths(2, 2))
    assert torch.allclose(apart, together, atol=1e-5)


class SeesImage(ToyNetwork):
    def __call__(self, x: Tensor, timestep: Tensor, cross: Tensor, vector: Tensor | None,
                 concat: Tensor | None, owners: Sequence[int]) -> Tensor:
        assert concat is not None
        return super().__call__(x, timestep, cross, vector, concat, owners) + 0.1 * concat.mean((1, 2, 3), keepdim=True)


def test_image_conditioning_goes_to_every_row() -> None:
    network = SeesImage()
    image = ImageConditioning(torch.full((1, 5, 4, 4), 2.0))
    run(network, image=image, steps=1)
    assert [concat.shape for concat in network.concats if concat is not None] == [(2, 5, 4, 4)]
    assert all(torch.equal(concat, torch.full((2, 5, 4, 4), 2.0)) for concat in network.concats if concat is not None)


def test_unclip_conditioning_is_a_vector_and_zero_without_prompt() -> None:
    network = ToyNetwork()
    run(network, image=ImageConditioning(torch.ones(1, 3), "unclip"), steps=1)
    assert network.concats == [None]
    assert network.vectors[0] is not None
    assert network.vectors[0].tolist() == [[1, 1, 1], [0, 0, 0]]


def test_edit_models_are_guided_by_text_and_picture() -> None:
    network = SeesImage()
    image = ImageConditioning(torch.ones(1, 4, 4, 4), "edit")
    made = run(network, image=image, steps=1, cfg_scale=5.0, image_cfg_scale=1.5)
    assert network.sizes == [3]
    assert network.concats[0] is not None
    assert network.concats[0].mean((1, 2, 3)).tolist() == [1, 1, 0]

    def alone(value: float, picture: float) -> Tensor:
        return run(SeesImage(), image=ImageConditioning(torch.full((1, 4, 4, 4), picture)), steps=1, cfg_scale=1.0,
                   guidance=guidance(cond=parts((1.0, value))))

    text, with_image, without = alone(1.0, 1.0), alone(-1.0, 1.0), alone(-1.0, 0.0)
    assert torch.allclose(made, without + 5.0 * (text - with_image) + 1.5 * (with_image - without), atol=1e-3)


def test_edit_models_at_image_scale_one_are_guided_as_others() -> None:
    network = SeesImage()
    run(network, image=ImageConditioning(torch.ones(1, 4, 4, 4), "edit"), steps=1, image_cfg_scale=1.0)
    assert network.sizes == [2]


def test_pooled_vectors_travel_with_their_texts() -> None:
    network = ToyNetwork()
    cond = Branch(1.0, ((END, Context(torch.ones(2, 3), torch.tensor([1.0]))),))
    uncond = ((END, Context(torch.zeros(2, 3), torch.tensor([-1.0]))),)
    run(network, guidance=GuidanceInput(((cond,),), (uncond,)), steps=1)
    assert network.vectors[0] is not None
    assert network.vectors[0].tolist() == [[1], [-1]]


class Recorder(SamplingHooks):
    """Notes what every hook is given."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.sigmas: list[float] = []

    def before_model(self, call: ModelCall) -> None:
        self.events.append(f"before_model {call.denoiser.step}/{call.denoiser.total_steps} {len(call.x)}")
        self.sigmas.append(float(call.sigma[0]))

    def after_model(self, outputs: Tensor, denoiser: Denoising) -> None:
        self.events.append("after_model")

    def combine(self, combination: Combination) -> Tensor:
        self.events.append("combine")
        return super().combine(combination)

    def after_guidance(self, prediction: Tensor, denoiser: Denoising) -> Tensor:
        self.events.append("after_guidance")
        return prediction

    def before_update(self, step: SolverStep) -> None:
        self.events.append(f"before_update {step.index}")


def test_hooks_are_called_in_order_and_change_nothing_by_themselves() -> None:
    recorder = Recorder()
    made = run(hooks=recorder, steps=2)
    once = ["after_model", "combine", "after_guidance"]
    assert recorder.events == ["before_model 0/2 2", *once, "before_update 0", "before_model 1/2 2", *once,
                               "before_update 1"]
    assert recorder.sigmas == pytest.approx([14.6146, 0.0292], abs=1e-4)
    assert torch.equal(made, run(steps=2))


def change(name: str, amount: float) -> SamplingHooks:
    """Make hooks that change one thing by a factor."""
    class Change(SamplingHooks):
        def before_model(self, call: ModelCall) -> None:
            if name == "sigma":
                call.sigma *= amount
            if name == "x":
                call.x = call.x * amount
            if name == "text":
                call.text_cond.cross.mul_(amount)

        def after_model(self, outputs: Tensor, denoiser: Denoising) -> None:
            if name == "outputs":
                outputs.mul_(amount)

        def combine(self, combination: Combination) -> Tensor:
            return super().combine(combination) * (amount if name == "combine" else 1)

        def after_guidance(self, prediction: Tensor, denoiser: Denoising) -> Tensor:
            return prediction * amount if name == "prediction" else prediction

        def before_update(self, step: SolverStep) -> None:
            if name == "denoised":
                step.denoised.mul_(amount)

    return Change()


@pytest.mark.parametrize("name", ["sigma", "x", "text", "outputs", "combine", "prediction", "denoised"])
def test_hooks_act(name: str) -> None:
    assert not torch.allclose(run(hooks=change(name, 0.9)), run(), atol=1e-3)
    assert torch.allclose(run(hooks=change(name, 1.0)), run(), atol=1e-5)


def test_texts_changed_by_a_hook_are_fresh_in_the_next_step() -> None:
    halved = run(hooks=change("text", 0.5))
    assert torch.allclose(halved, run(guidance=guidance(cond=parts((1.0, 0.5)))), atol=1e-4)


def test_sigma_changed_by_a_hook_reaches_the_model() -> None:
    network = ToyNetwork()
    run(network, hooks=change("sigma", 0.5), steps=1)
    assert network.timesteps[0] < 900


def test_mask_hook_replaces_every_blend() -> None:
    finals: list[bool] = []

    class Keep(SamplingHooks):
        def blend_mask(self, blend: MaskBlend) -> Tensor:
            finals.append(blend.is_final)
            return blend.current

    initial = InitialImage(torch.zeros(1, *SHAPE), 0.6, torch.zeros(1, 1, 4, 4))
    assert torch.equal(run(initial=initial), torch.zeros(1, *SHAPE))
    assert run(initial=initial, hooks=Keep()).abs().max() > 0
    assert finals == [False] * 4 + [True]


@pytest.mark.parametrize("sampler", ["Euler", "DDIM"])
def test_a_soft_mask_mixes(sampler: str) -> None:
    picture = torch.ones(1, *SHAPE)
    made = run(sampler=sampler, initial=InitialImage(picture, 0.6, torch.full((1, 1, 4, 4), 0.5)))
    assert not torch.allclose(made, picture, atol=0.01)


def test_extra_noise_hook_replaces_the_noise() -> None:
    class Silence(SamplingHooks):
        def extra_noise(self, noise: Tensor, x: Tensor, noised: Tensor) -> Tensor:
            return torch.zeros_like(noise)

    initial = InitialImage(torch.ones(1, *SHAPE), 0.6)
    assert torch.equal(run(initial=initial, img2img_extra_noise=0.5, hooks=Silence()), run(initial=initial))


@pytest.mark.parametrize(("by_steps", "switch_at", "expected"), [
    (False, 0.5, [999, 799, 599, None, None, None]), (False, 1.0, [999, 799, 599, 400, 200, 0]),
    (True, 0.5, [999, 799, 599, None, None, None]), (True, 0.0, [None] * 6),
])
def test_a_refiner_takes_over(by_steps: bool, switch_at: float, expected: list[int | None]) -> None:
    first, second, loads = ToyNetwork(), ToyNetwork(), []

    def load() -> tuple[DiffusionModel, GuidanceInput]:
        loads.append(1)
        return model(second), guidance(cond=parts((1.0, 3.0)))

    result = sample(task(first, refiner=Refiner(switch_at, load), refiner_switch_by_sample_steps=by_steps))
    kept = [t for t in expected if t is not None]
    assert first.timesteps == pytest.approx(kept, abs=0.7)
    assert len(second.timesteps) == 6 - len(kept)
    assert len(loads) == (len(kept) < 6)
    assert result.infotext == ({"Refiner switch by sampling steps": True} if by_steps else {})
