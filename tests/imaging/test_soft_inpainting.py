import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from modules.foundation.size import Size
from modules.imaging.soft_inpainting import SoftBlend, blend_latents, overlay_masks, percentile_mean

OPTIONS = SoftBlend(schedule_bias=1.5, preservation_strength=0.7, contrast_boost=3.0)


def latents(count=2, height=5, width=6, seed=0):
    return torch.randn(count, 4, height, width, generator=torch.Generator().manual_seed(seed))


def length(vector):
    return math.sqrt(sum(value * value for value in vector))


def slow_blend(original, current, share, sigma, options):
    """The mix of two latent vectors, number by number."""
    share = share ** (sigma ** options.schedule_bias * options.preservation_strength)
    mixed = [a * (1 - share) + b * share for a, b in zip(original, current)]
    power = options.contrast_boost
    wanted = (length(original) ** power * (1 - share) + length(current) ** power * share) ** (1 / power)
    return [value * wanted / (length(mixed) + 1e-5) for value in mixed]


def test_blending_against_the_definition():
    original, current = latents(seed=1), latents(seed=2)
    share = torch.rand(5, 6, generator=torch.Generator().manual_seed(3))
    sigmas = (2.5, 0.3)
    blended = blend_latents(original, current, share, torch.tensor(sigmas), OPTIONS)
    for image, y, x in np.ndindex(2, 5, 6):
        expected = slow_blend(original[image, :, y, x].tolist(), current[image, :, y, x].tolist(),
                              share[y, x].item(), sigmas[image], OPTIONS)
        assert blended[image, :, y, x].tolist() == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_every_way_to_give_a_mask_and_a_sigma_is_the_same():
    original, current = latents(seed=1), latents(seed=2)
    share = torch.rand(5, 6, generator=torch.Generator().manual_seed(3))
    expected = blend_latents(original, current, share, 1.7, OPTIONS)
    for mask in (share[None], share.expand(1, 1, 5, 6), share.repeat(2, 1, 1, 1)):
        assert torch.equal(blend_latents(original, current, mask, torch.full((2,), 1.7), OPTIONS), expected)


@pytest.mark.parametrize("height, width", [(5, 7), (13, 17), (16, 16)])
def test_an_image_in_a_batch_is_blended_as_it_is_alone(height, width):
    original, current = latents(3, height, width, seed=1), latents(3, height, width, seed=2)
    shares = torch.rand(3, 1, height, width, generator=torch.Generator().manual_seed(3))
    sigmas = torch.tensor([3.0, 1.0, 0.2])
    batch = blend_latents(original, current, shares, sigmas, OPTIONS)
    for image in range(3):
        one = slice(image, image + 1)
        alone = blend_latents(original[one], current[one], shares[one], sigmas[one], OPTIONS)
        assert torch.equal(batch[one], alone)


@pytest.mark.parametrize("contrast", [1.0, 4.0, 32.0])
def test_the_ends_of_the_mask_and_the_end_of_the_schedule(contrast):
    options = SoftBlend(contrast_boost=contrast)
    original, current = latents(seed=1), latents(seed=2)
    share = torch.full((5, 6), 0.5)
    for mask, sigma, expected in ((share * 0, 1.0, original), (share * 2, 1.0, current), (share, 0.0, current)):
        blended = blend_latents(original, current, mask, sigma, options)
        assert torch.allclose(blended, expected, rtol=2e-3, atol=1e-4)
    assert blend_latents(original.half(), current.half(), share, 1.0, options).dtype == torch.float16


def test_a_mix_of_opposites_stays_finite():
    original = latents()
    assert torch.isfinite(blend_latents(original, -original, torch.full((5, 6), 0.5), 1.0, SoftBlend(0, 1))).all()


def weight(dy, dx):
    floor = math.exp(-4)
    return (math.exp(-(dy * dy + dx * dx) / 1.5 ** 2) - floor) / (1 - floor)


def slow_percentile_mean(values, low, high):
    """Stack each cell's neighbours by value and average a part of the stack, one after another."""
    height, width = values.shape
    result = np.zeros_like(values)
    for y, x in np.ndindex(height, width):
        stack = sorted((values[v, u], weight(v - y, u - x))
                       for v in range(max(y - 2, 0), min(y + 3, height))
                       for u in range(max(x - 2, 0), min(x + 3, width)))
        total = sum(own for _, own in stack)
        middle, reach = (low + high) / 2 * total, max((high - low) * total, 1) / 2
        start, end = middle - reach, middle + reach
        if end > total:
            start, end = total - 2 * reach, total
        if start < 0:
            start, end = 0, 2 * reach
        top = summed = weights = 0
        for value, own in stack:
            share = max(0, min(end, top + own) - max(start, top))
            top, summed, weights = top + own, summed + value * share, weights + share
        result[y, x] = summed / weights
    return result


@pytest.mark.parametrize("low, high", [(0.9, 1.0), (0.25, 0.75), (0.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("shape", [(9, 7), (1, 1), (1, 6), (2, 3)])
def test_percentiles_against_the_definition(low, high, shape):
    values = np.random.default_rng(0).random(shape)
    assert percentile_mean(values, low, high) == pytest.approx(slow_percentile_mean(values, low, high))


def slow_overlay(distance, share, options):
    distance = slow_percentile_mean(slow_percentile_mean(distance, 0.9, 1.0), 0.25, 0.75)
    scale = 0.5 * (1 - options.mask_influence) \
        + options.mask_influence * (1 - share ** (options.preservation_strength / 2))
    distance = distance / (options.difference_threshold * scale / (1.00001 - scale))
    alike = 1 / (1 + distance ** options.difference_contrast)
    return 255 * (1 - (6 * alike ** 5 - 15 * alike ** 4 + 10 * alike ** 3))


@pytest.mark.parametrize("options", [SoftBlend(), SoftBlend(mask_influence=0.5, difference_contrast=3.0)])
def test_overlay_masks_against_the_definition(options):
    original = latents(count=2, height=8, width=8, seed=1)
    processed = original + latents(count=2, height=8, width=8, seed=2) * 0.3
    share = torch.rand(8, 8, generator=torch.Generator().manual_seed(3)) * 0.9
    masks = overlay_masks(original, processed, share, options, Size(64, 64))
    distances = (processed - original).norm(dim=1).numpy()
    for mask, distance in zip(masks, distances, strict=True):
        small = Image.fromarray(slow_overlay(distance, share.numpy(), options).astype(np.uint8))
        expected = small.resize((64, 64), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(4))
        assert abs(np.asarray(mask).astype(int) - np.asarray(expected)).max() <= 1


def test_what_did_not_change_is_not_shown_and_what_did_is():
    original = torch.zeros(2, 4, 16, 16)
    processed = original.clone()
    processed[1] += 20
    for share in (torch.zeros(16, 16), torch.full((16, 16), 0.5)):
        same, other = overlay_masks(original, processed, share, SoftBlend(), Size(128, 128))
        assert same.getextrema() == (0, 0) and other.getextrema() == (254, 254)


@pytest.mark.parametrize("influence", [0.0, 1.0])
@pytest.mark.parametrize("threshold", [0.0, 8.0])
@pytest.mark.parametrize("contrast", [0.0, 8.0])
def test_extreme_options_give_masks(influence, threshold, contrast):
    options = SoftBlend(0, 8, 1, influence, threshold, contrast)
    share = torch.tensor([[0.0, 1.0], [0.5, 1.0]])
    for mask in overlay_masks(latents(1, 2, 2), latents(1, 2, 2, seed=5), share, options, Size(16, 24)):
        assert mask.size == (16, 24)
