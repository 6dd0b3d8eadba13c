"""OFT and BOFT against rotations written out as whole matrices."""

from __future__ import annotations

import pytest
import torch

from modules.adapters.lora.change import recognise_change

OUT, IN = 8, 5


def cayley(block):
    skew = block - block.T
    identity = torch.eye(len(block))
    return (identity + skew) @ torch.linalg.inv(identity - skew)


@pytest.mark.parametrize("shape", [(OUT, IN), (OUT, IN, 3, 3)])
def test_oft_rotates_outputs_in_blocks(rand, shape):
    blocks, weight = rand(2, 4, 4) * 0.2, rand(*shape)
    whole = torch.block_diag(*(cayley(block) for block in blocks))
    change = recognise_change({"oft_blocks": blocks, "alpha": torch.tensor(0.0)})
    rotated = (whole.T @ weight.flatten(1)).reshape(shape)
    torch.testing.assert_close(change.weight_change(weight), rotated - weight, rtol=1e-4, atol=1e-5)


def test_a_rotation_keeps_lengths(rand):
    weight = rand(OUT, IN)
    rotated = weight + recognise_change({"oft_blocks": rand(2, 4, 4)}).weight_change(weight)
    torch.testing.assert_close(rotated.norm(dim=0), weight.norm(dim=0))


def test_alpha_limits_the_angle(rand):
    blocks, weight = rand(2, 4, 4), rand(OUT, IN)
    skew = blocks - blocks.mT
    limited = blocks * (0.01 * OUT / skew.norm())
    free = recognise_change({"oft_blocks": limited}).weight_change(weight)
    bound = recognise_change({"oft_blocks": blocks, "alpha": torch.tensor(0.01)}).weight_change(weight)
    torch.testing.assert_close(bound, free, rtol=1e-4, atol=1e-6)


def test_old_files_hold_the_rotation_itself(rand):
    blocks, weight = rand(2, 4, 4) * 0.2, rand(OUT, IN)
    rotations = torch.stack([cayley(block) for block in blocks])
    old = recognise_change({"oft_diag": rotations}).weight_change(weight)
    torch.testing.assert_close(old, recognise_change({"oft_blocks": blocks}).weight_change(weight), rtol=1e-4,
                               atol=1e-5)


def test_rescaling_comes_after_the_rotation(rand):
    blocks, weight, rescale = rand(2, 4, 4) * 0.2, rand(OUT, IN), rand(OUT, 1)
    whole = torch.block_diag(*(cayley(block) for block in blocks))
    change = recognise_change({"oft_blocks": blocks, "rescale": rescale})
    torch.testing.assert_close(change.weight_change(weight), rescale * (whole.T @ weight) - weight, rtol=1e-4,
                               atol=1e-5)


def test_boft_is_a_butterfly_of_rotations(rand):
    size, stages = 2, rand(3, 4, 2, 2) * 0.3  # 8 outputs: neighbours, then two apart, then four apart
    weight = rand(OUT, IN)
    expected = weight
    for stage, blocks in enumerate(stages):
        distance = 2 ** stage * (size // 2)
        places = torch.tensor([(row // (2 * distance)) * 2 * distance + (row % distance) * 2 + (row // distance) % 2
                               for row in range(OUT)])
        permutation = torch.eye(OUT)[:, places].T  # row r of the weight goes to places[r]
        block_diagonal = torch.block_diag(*(cayley(block) for block in blocks))
        expected = permutation @ block_diagonal @ permutation.T @ expected
    change = recognise_change({"oft_blocks": stages})
    torch.testing.assert_close(change.weight_change(weight), expected - weight, rtol=1e-4, atol=1e-5)
