from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import Size
from modules.sampling.noise import NoiseSettings, NoiseSource, paste_centre, slerp
from modules.sampling.philox import PhiloxGenerator

GOLDEN = np.load(Path(__file__).parents[1] / "fixtures/sampling/random.npz")
CPU = torch.device("cpu")


def source(*seeds: int, shape: tuple[int, ...] = (4, 8, 8), subseeds: tuple[int, ...] = (),
           **settings: Any) -> NoiseSource:
    return NoiseSource(seeds, shape, CPU, subseeds=subseeds, settings=NoiseSettings(**{"source": "CPU", **settings}))


def same(made: Tensor, name: str) -> bool:
    return torch.allclose(made, torch.from_numpy(GOLDEN[name]), rtol=0, atol=1e-6)


CASES: dict[str, dict[str, Any]] = {
    "subseed": {"subseeds": (555,), "variation_strength": 0.3},
    "subseed1": {"subseeds": (555,), "variation_strength": 1.0},
    "ensd": {"seed_delta": 31337},
    "resize_up": {"resize_from": Size(48, 32)},
    "resize_down": {"resize_from": Size(96, 128)},
}


@pytest.mark.parametrize("origin", ["CPU", "NV"])
@pytest.mark.parametrize("name", ["plain", "big", *CASES])
def test_draws_are_a1111s(origin: str, name: str) -> None:
    seeds = {"plain": (1000, 1001), "big": (2**32 - 1,)}.get(name, (1000,))
    made = source(*seeds, source=origin, **CASES.get(name, {}))
    assert same(made.first(), f"{origin}.{name}.0")
    assert same(made.next(), f"{origin}.{name}.1")
    assert same(made.next(), f"{origin}.{name}.2")


@pytest.mark.parametrize("origin", ["CPU", "NV"])
def test_brownian_increments_are_a1111s(origin: str) -> None:
    noise = source(1000, 1001, source=origin).brownian(0.03, 14.6)
    for index, (sigma, sigma_next) in enumerate([(14.6, 7.0), (7.0, 1.0), (1.0, 0.03)]):
        expected = torch.from_numpy(GOLDEN[f"{origin}.brownian.{index}"])
        assert torch.allclose(noise(sigma, sigma_next), expected, atol=1e-5)


def test_philox_is_cudas() -> None:
    assert same(PhiloxGenerator(1000).randn((20,)), "philox.1000.20")
    wide = PhiloxGenerator(2**32 + 5)
    assert same(wide.randn((3, 5)), "philox.2^32+5.a")
    assert same(wide.randn((7,)), "philox.2^32+5.b")


@pytest.mark.parametrize("settings", [{}, *CASES.values()], ids=["plain", *CASES])
@pytest.mark.parametrize("origin", ["CPU", "NV", "GPU"])
def test_a_batch_equals_its_images(origin: str, settings: dict[str, Any]) -> None:
    settings = {**settings, "source": origin}
    subseeds = settings.pop("subseeds", ()) * 3
    batch = source(5, 6, 7, subseeds=subseeds, **settings)
    singles = [source(seed, subseeds=subseeds[:1], **settings) for seed in (5, 6, 7)]
    assert torch.equal(batch.first(), torch.cat([single.first() for single in singles]))
    assert torch.equal(batch.next(), torch.cat([single.next() for single in singles]))


def test_one_image_of_a_batch_shares_its_generator() -> None:
    batch, again = source(5, 6), source(5, 6)
    assert torch.equal(batch.image(1).next(), again.next()[1:])
    assert torch.equal(batch.image(1).next(), again.next()[1:])


def test_first_noise_is_drawn_once() -> None:
    made = source(1)
    assert made.first() is made.first()


def test_unseeded_brownian_differs_from_run_to_run() -> None:
    first, second = (source(1, 2).brownian_unseeded(0.1, 10.0)(10.0, 1.0) for _ in range(2))
    assert first.shape == (2, 4, 8, 8)
    assert not torch.equal(first, second)


def test_slerp_keeps_strength_between_different_noises() -> None:
    low, high = source(1, shape=(4, 64, 64)).first()[0], source(2, shape=(4, 64, 64)).first()[0]
    assert torch.allclose(slerp(0.0, low, high), low, atol=1e-5)
    assert torch.allclose(slerp(1.0, low, high), high, atol=1e-5)
    assert slerp(0.5, low, high).std().item() == pytest.approx(1.0, abs=0.03)


def test_slerp_of_equal_noises_is_a_line_with_swapped_weights() -> None:
    low = source(1).first()[0]
    high = low * 2
    assert torch.allclose(slerp(0.25, low, high), low * 0.25 + high * 0.75)


@pytest.mark.parametrize(("canvas", "patch", "place", "part"), [
    ((4, 6), (2, 2), (slice(1, 3), slice(2, 4)), (slice(None), slice(None))),
    ((2, 2), (4, 6), (slice(None), slice(None)), (slice(1, 3), slice(2, 4))),
    ((2, 6), (4, 2), (slice(None), slice(2, 4)), (slice(1, 3), slice(None))),
])
def test_patch_goes_to_the_middle(canvas: tuple[int, int], patch: tuple[int, int], place: tuple[slice, slice],
                                  part: tuple[slice, slice]) -> None:
    content = torch.arange(1.0, 1 + patch[0] * patch[1]).view(1, *patch)
    result = paste_centre(torch.zeros(1, *canvas), content)
    assert torch.equal(result[0][place], content[0][part])
    assert result.count_nonzero() == content[0][part].numel()


@pytest.mark.parametrize(("field", "settings"), [
    ("randn_source", {"source": "cuda"}),
    ("subseed_strength", {"variation_strength": -0.1}),
    ("subseed_strength", {"variation_strength": float("nan")}),
    ("seed_resize_from_w", {"resize_from": Size(4, 64)}),
])
def test_impossible_settings_are_refused(field: str, settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        NoiseSettings(**settings)
    assert refusal.value.field == field
