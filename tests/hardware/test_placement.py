"""Flags and machines lead to the right device and number formats."""

from __future__ import annotations

import pytest
import torch

from modules.foundation.errors import ConfigurationError
from modules.hardware.placement import (
    CPU_PLACEMENT,
    Machine,
    ModelBytes,
    Offload,
    PlacementWish,
    Precision,
    choose_placement,
    loading_device,
    probe_machine,
    settle_offload,
)

CPU, GPU, TWO_GPUS, MAC = Machine(), Machine(cuda_devices=1), Machine(cuda_devices=2), Machine(has_mps=True)
FP32, FP16, BF16 = torch.float32, torch.float16, torch.bfloat16


@pytest.mark.parametrize(("wish", "machine", "device", "unet", "vae", "text"), [
    (PlacementWish(), CPU, "cpu", FP32, FP32, FP32),
    (PlacementWish(precision=Precision.BFLOAT16), CPU, "cpu", BF16, BF16, BF16),
    (PlacementWish(precision=Precision.HALF), CPU, "cpu", BF16, BF16, BF16),
    (PlacementWish(precision=Precision.HALF, no_half=True), CPU, "cpu", FP32, FP32, FP32),
    (PlacementWish(), GPU, "cuda:0", FP16, FP16, FP16),
    (PlacementWish(no_half_vae=True), GPU, "cuda:0", FP16, FP32, FP16),
    (PlacementWish(no_half=True), GPU, "cuda:0", FP32, FP32, FP32),
    (PlacementWish(precision=Precision.FULL), GPU, "cuda:0", FP32, FP32, FP32),
    (PlacementWish(precision=Precision.BFLOAT16), GPU, "cuda:0", BF16, BF16, BF16),
    (PlacementWish(device_id=1), TWO_GPUS, "cuda:1", FP16, FP16, FP16),
    (PlacementWish(use_cpu=True), GPU, "cpu", FP32, FP32, FP32),
    (PlacementWish(), MAC, "mps", FP16, FP32, FP16),
])
def test_choice(wish, machine, device, unet, vae, text):
    placement = choose_placement(wish, machine)
    assert (str(placement.device), placement.unet_dtype, placement.vae_dtype, placement.text_dtype) == (
        device, unet, vae, text)


def test_offloading_needs_memory_of_its_own():
    wish = PlacementWish(offload=Offload.WHOLE_MODELS)
    assert choose_placement(wish, GPU).offload is Offload.WHOLE_MODELS
    assert choose_placement(wish, CPU).offload is Offload.NOTHING


GIB = 2**30
SD1, SDXL = ModelBytes(int(1.6 * GIB), 2 * GIB), ModelBytes(int(4.8 * GIB), int(6.5 * GIB))


@pytest.mark.parametrize(("wish", "weights", "free_gib", "offload"), [
    (Offload.AUTOMATIC, SD1, 24, Offload.NOTHING),
    (Offload.AUTOMATIC, SD1, 3.5, Offload.NOTHING),
    (Offload.AUTOMATIC, SD1, 2.8, Offload.WHOLE_MODELS),
    (Offload.AUTOMATIC, SD1, 1.8, Offload.LAYER_BY_LAYER),
    (Offload.AUTOMATIC, SDXL, 11, Offload.NOTHING),
    (Offload.AUTOMATIC, SDXL, 7.4, Offload.WHOLE_MODELS),
    (Offload.AUTOMATIC, SDXL, 5.5, Offload.LAYER_BY_LAYER),
    (Offload.AUTOMATIC, SDXL, None, Offload.NOTHING),
    (Offload.LARGE_MODELS, SDXL, 24, Offload.WHOLE_MODELS),
    (Offload.LARGE_MODELS, SD1, 24, Offload.NOTHING),
    (Offload.WHOLE_MODELS, SD1, 24, Offload.WHOLE_MODELS),
    (Offload.LAYER_BY_LAYER, SD1, 24, Offload.LAYER_BY_LAYER),
])
def test_free_memory_decides_where_flags_do_not(wish, weights, free_gib, offload):
    placement = choose_placement(PlacementWish(offload=wish), GPU)
    free = None if free_gib is None else int(free_gib * GIB)
    assert settle_offload(placement, weights, free).offload is offload


def test_parts_that_take_turns_start_in_main_memory():
    assert loading_device(choose_placement(PlacementWish(), GPU)) == torch.device("cuda:0")
    assert loading_device(choose_placement(PlacementWish(offload=Offload.WHOLE_MODELS), GPU)) == torch.device("cpu")


@pytest.mark.parametrize(("number", "machine"), [(1, GPU), (0, CPU), (-1, TWO_GPUS)])
def test_a_gpu_that_is_not_there(number: int, machine: Machine):
    with pytest.raises(ConfigurationError, match=f"no GPU number {number}"):
        choose_placement(PlacementWish(device_id=number), machine)


def test_this_machine_has_a_placement():
    assert choose_placement(PlacementWish(use_cpu=True), probe_machine()) == CPU_PLACEMENT


@pytest.mark.parametrize("word", ["autocast", "full", "half", "bf16"])
def test_the_words_of_the_flag(word: str):
    assert Precision(word).value == word
