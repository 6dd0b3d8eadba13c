"""Every kind of change against its formula, written out."""

from __future__ import annotations

import pytest
import torch

from modules.adapters.lora.change import recognise_change
from modules.adapters.lora.kinds import recognise_kind

OUT, IN, RANK = 6, 4, 2


def close(actual, expected):
    assert actual.shape == expected.shape
    torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)


def test_lora_is_up_times_down(rand):
    up, down, weight = rand(OUT, RANK), rand(RANK, IN), rand(OUT, IN)
    change = recognise_change({"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(1.0)})
    close(change.weight_change(weight), up @ down * (1.0 / RANK))


def test_lora_of_a_convolution(rand):
    up, down, weight = rand(OUT, RANK, 1, 1), rand(RANK, IN, 3, 3), rand(OUT, IN, 3, 3)
    change = recognise_change({"lora_up.weight": up, "lora_down.weight": down})
    close(change.weight_change(weight), torch.einsum("or,rikl->oikl", up[:, :, 0, 0], down))


def test_a_projection_may_be_a_matrix_in_the_file_and_a_convolution_in_the_model(rand):
    up, down = rand(OUT, RANK), rand(RANK, IN)
    change = recognise_change({"lora_up.weight": up, "lora_down.weight": down})
    close(change.weight_change(rand(OUT, IN, 1, 1)), (up @ down)[:, :, None, None])


def test_lora_with_a_middle_part(rand):
    up, mid, down = rand(OUT, RANK, 1, 1), rand(RANK, 3, 3, 3), rand(3, IN, 1, 1)
    change = recognise_change({"lora_up.weight": up, "lora_mid.weight": mid, "lora_down.weight": down,
                               "alpha": torch.tensor(1.5)})
    x = rand(1, IN, 8, 8)
    conv = torch.nn.functional.conv2d
    passed = conv(conv(conv(x, down), mid), up) * 0.5  # what the three convolutions do in training
    close(conv(x, change.weight_change(rand(OUT, IN, 3, 3))), passed)


def test_loha_multiplies_two_products(rand):
    a1, b1, a2, b2 = rand(OUT, RANK), rand(RANK, IN), rand(OUT, RANK), rand(RANK, IN)
    change = recognise_change({"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2,
                               "alpha": torch.tensor(4.0)})
    close(change.weight_change(rand(OUT, IN)), (a1 @ b1) * (a2 @ b2) * (4.0 / RANK))


def test_loha_of_a_convolution(rand):
    a1, b1, a2, b2 = rand(OUT, RANK), rand(RANK, IN * 9), rand(OUT, RANK), rand(RANK, IN * 9)
    change = recognise_change({"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2})
    close(change.weight_change(rand(OUT, IN, 3, 3)), ((a1 @ b1) * (a2 @ b2)).reshape(OUT, IN, 3, 3))


def test_loha_in_tucker_form(rand):
    factors = {f"hada_{name}": value for n in "12" for name, value in (
        (f"t{n}", rand(RANK, RANK, 3, 3)), (f"w{n}_a", rand(RANK, OUT)), (f"w{n}_b", rand(RANK, IN)))}

    def rebuilt(n):
        core, a, b = (factors[f"hada_{name}"] for name in (f"t{n}", f"w{n}_a", f"w{n}_b"))
        total = torch.zeros(OUT, IN, 3, 3)
        for i in range(RANK):
            for j in range(RANK):
                total += a[i][:, None, None, None] * b[j][None, :, None, None] * core[i, j]
        return total

    close(recognise_change(factors).weight_change(rand(OUT, IN, 3, 3)), rebuilt(1) * rebuilt(2))


@pytest.mark.parametrize("shape", [(OUT, IN), (OUT, IN, 3, 3)])
@pytest.mark.parametrize("on_input", [True, False])
def test_ia3_scales_inputs_or_outputs(rand, shape, on_input):
    weight, factor = rand(*shape), rand(IN if on_input else OUT)
    change = recognise_change({"weight": factor, "on_input": torch.tensor(on_input)})
    expected = weight.clone()
    for index, value in enumerate(factor):
        if on_input:
            expected[:, index] *= value
        else:
            expected[index] *= value
    close(change.weight_change(weight), expected)


@pytest.mark.parametrize("factorised", ["", "1", "2", "12"])
def test_lokr_is_a_kronecker_product(rand, factorised):
    factors, whole = {}, []
    for n, (rows, columns) in (("1", (2, 2)), ("2", (3, 2))):
        if n in factorised:
            a, b = rand(rows, RANK), rand(RANK, columns)
            factors |= {f"lokr_w{n}_a": a, f"lokr_w{n}_b": b}
            whole.append(a @ b)
        else:
            whole.append(rand(rows, columns))
            factors[f"lokr_w{n}"] = whole[-1]
    factors["alpha"] = torch.tensor(3.0)
    expected = torch.cat([torch.cat([whole[0][i, j] * whole[1] for j in range(2)], 1) for i in range(2)])
    scale = 3.0 / RANK if factorised else 1.0  # without a rank, alpha means nothing
    close(recognise_change(factors).weight_change(rand(6, 4)), expected * scale)


def test_lokr_of_a_convolution(rand):
    first, second = rand(2, 2), rand(3, 2, 3, 3)
    expected = torch.zeros(6, 4, 3, 3)
    for i in range(2):
        for j in range(2):
            expected[i * 3:i * 3 + 3, j * 2:j * 2 + 2] = first[i, j] * second
    close(recognise_change({"lokr_w1": first, "lokr_w2": second}).weight_change(rand(6, 4, 3, 3)), expected)
    flat = {"lokr_w1": first, "lokr_w2": second.flatten(1)}
    close(recognise_change(flat).weight_change(rand(6, 4, 3, 3)), expected)


def test_lokr_in_tucker_form(rand):
    first, core, a, b = rand(2, 2), rand(RANK, RANK, 3, 3), rand(RANK, 3), rand(RANK, 2)
    second = torch.einsum("ijkl,ip,jr->prkl", core, a, b)
    change = recognise_change({"lokr_w1": first, "lokr_t2": core, "lokr_w2_a": a, "lokr_w2_b": b})
    expected = torch.cat([torch.cat([first[i, j] * second for j in range(2)], 1) for i in range(2)])
    close(change.weight_change(rand(6, 4, 3, 3)), expected)


def test_a_whole_difference(rand):
    diff, bias = rand(OUT, IN), rand(OUT)
    change = recognise_change({"diff": diff, "diff_b": bias})
    close(change.weight_change(rand(OUT, IN)), diff)
    close(change.bias_change(), bias)


def test_a_normalisation(rand):
    scale, bias = rand(OUT), rand(OUT)
    change = recognise_change({"w_norm": scale, "b_norm": bias})
    close(change.weight_change(rand(OUT)), scale)
    close(change.bias_change(), bias)


@pytest.mark.parametrize("swapped", [False, True], ids=["LyCORIS 2", "LyCORIS 3"])
def test_glora(rand, swapped):
    weight, left, right = rand(OUT, IN), (rand(OUT, RANK), rand(RANK, IN)), (rand(IN, RANK), rand(RANK, IN))
    names = ("b1", "b2", "a1", "a2") if swapped else ("b2", "b1", "a2", "a1")
    change = recognise_change({f"{name}.weight": value for name, value in zip(names, (*left, *right))})
    close(change.weight_change(weight), left[0] @ left[1] + weight @ right[0] @ right[1])


def test_glora_of_a_convolution(rand):
    weight, b2, b1, a2, a1 = rand(OUT, IN, 3, 3), rand(OUT, RANK), rand(RANK, IN * 9), rand(IN, RANK), rand(RANK, IN)
    change = recognise_change({"a1.weight": a1, "a2.weight": a2, "b1.weight": b1, "b2.weight": b2})
    expected = (b2 @ b1).reshape(weight.shape)
    for k in range(3):
        for m in range(3):
            expected[:, :, k, m] += weight[:, :, k, m] @ a2 @ a1
    close(change.weight_change(weight), expected)


@pytest.mark.parametrize(("factors", "title"), [
    (("lora_up.weight", "lora_down.weight", "diff"), "LoRA"), (("weight", "on_input"), "IA3"), (("oft_blocks",), "OFT"),
    (("oft_diag", "alpha"), "OFT"), (("diff", "diff_b"), "full"), (("w_norm",), "norm"), (("lora_up.weight",), None),
    (("alpha",), None), (("hada_w1_a", "hada_w1_b"), None), (("weight",), None), (("lokr_w1", "lokr_w2_a"), None),
])
def test_names_of_factors_tell_the_kind(factors, title):
    kind = recognise_kind({name: torch.zeros(1) for name in factors})
    assert (kind and kind.title) == title
