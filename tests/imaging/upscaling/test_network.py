"""Every kind of network through our own door: built small, saved, recognised, and as good as before."""

import os
import pickle  # noqa: TID251
import subprocess
import sys

import pytest
import torch

from modules.foundation.errors import InvalidPictureError, ModelFileError, OutOfMemoryError, UnsupportedModelError
from modules.hardware.torchvision_repair import repair_torchvision
from modules.imaging.upscaling.network import UpscalingNetwork, load_upscaler

from .conftest import CPU, compact

repair_torchvision()


def esrgan(**options):
    from spandrel.architectures.ESRGAN import ESRGAN

    return ESRGAN(num_filters=8, num_blocks=1, **options)


def swinir():
    from spandrel.architectures.SwinIR import SwinIR

    return SwinIR(img_size=16, embed_dim=8, depths=[2], num_heads=[2], window_size=8, mlp_ratio=2, upscale=2,
                  upsampler="nearest+conv")


def scunet():
    from spandrel.architectures.SCUNet import SCUNet

    return SCUNet(config=[1] * 7, dim=64)


def dat():
    from spandrel.architectures.DAT import DAT

    return DAT(img_size=16, embed_dim=16, split_size=[4, 8], depth=[2], num_heads=[2], expansion_factor=2.0, upscale=2)


def hat():
    from spandrel.architectures.HAT import HAT

    return HAT(img_size=16, embed_dim=12, depths=(2,), num_heads=(2,), window_size=8, compress_ratio=3,
               squeeze_factor=6, mlp_ratio=2, upscale=2)


def small_compact():
    from spandrel.architectures.Compact import Compact

    return Compact(num_feat=8, num_conv=2, upscale=4)


def span():
    from spandrel.architectures.SPAN import SPAN

    return SPAN(num_in_ch=3, num_out_ch=3, feature_channels=8, upscale=2)


def new_names(old):
    """Rename the parts of an ESRGAN from the first layout to that of Real-ESRGAN."""
    table = {"model.0.": "conv_first.", "model.1.sub.1.": "conv_body.", "model.3.": "conv_up1.",
             "model.6.": "conv_up2.", "model.8.": "conv_hr.", "model.10.": "conv_last."}
    renamed = {}
    for name, tensor in old.items():
        name = name.replace("model.1.sub.0.", "body.0.").replace("RDB", "rdb").replace(".0.weight", ".weight")
        name = name.replace(".0.bias", ".bias") if name.startswith("body") else name
        for before, after in table.items():
            name = after + name.removeprefix(before) if name.startswith(before) else name
        renamed[name.replace("model.weight", "conv_first.weight")] = tensor
    return renamed


KINDS = {"ESRGAN": (esrgan, 4), "Compact": (small_compact, 4), "SwinIR": (swinir, 2), "ScuNET": (scunet, 1),
         "DAT": (dat, 2), "HAT": (hat, 2), "SPAN": (span, 2)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_does_what_the_module_did(kind, put):
    build, scale = KINDS[kind]
    torch.manual_seed(3)
    module = build().eval()
    network = load_upscaler(put(f"{kind}/x.pth", module.state_dict()), CPU, half=False)
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        expected = module(pixels.clone()).clamp(0, 1)
    assert network.scale == scale
    assert torch.allclose(network(pixels), expected, atol=1e-5)


@pytest.mark.parametrize("wrapper", [None, "params_ema", "params", "state_dict", "model"])
def test_the_tables_around_weights_are_taken_off(wrapper, put):
    weights = compact()
    path = put("ESRGAN/x.pth", {wrapper: weights} if wrapper else weights)
    assert load_upscaler(path, CPU, half=False).scale == 4


def test_files_from_before_torch_1_6_are_read(put):
    path = put("ESRGAN/x.pth")
    torch.save({"params": compact()}, path, _use_new_zipfile_serialization=False)
    assert load_upscaler(path, CPU, half=False).scale == 4


def test_both_layouts_of_esrgan_are_one_network(put):
    torch.manual_seed(5)
    old = esrgan().state_dict()
    new = new_names(old)
    assert "body.0.rdb1.conv1.weight" in new and "conv_last.weight" in new
    first, second = (load_upscaler(put(f"ESRGAN/{name}.pth", weights), CPU, half=False)
                     for name, weights in (("old", old), ("new", new)))
    pixels = torch.rand(1, 3, 16, 16)
    assert torch.equal(first(pixels), second(pixels))


@pytest.mark.parametrize("weights, error, words", [
    ({"unrelated": torch.zeros(3)}, UnsupportedModelError, "no upscaler of a kind"),
    ({**compact(), "body.0.weight": torch.zeros(5, 3, 3, 3)}, ModelFileError, "damaged"),
    ({name: tensor for name, tensor in compact().items() if name != "body.4.bias"}, ModelFileError, "damaged"),
])
def test_other_files_are_explained(weights, error, words, put):
    with pytest.raises(error, match=words):
        load_upscaler(put("ESRGAN/x.pth", weights), CPU, half=False)


def test_grey_networks_are_refused(put):
    from spandrel.architectures.Compact import Compact

    grey = Compact(num_in_ch=1, num_out_ch=1, num_feat=8, num_conv=1, upscale=2).state_dict()
    with pytest.raises(UnsupportedModelError, match="1 channels"):
        load_upscaler(put("ESRGAN/x.pth", grey), CPU, half=False)


def test_a_list_of_weights_is_refused(put):
    path = put("ESRGAN/x.pth")
    torch.save([torch.zeros(2)], path)
    with pytest.raises(ModelFileError, match="no table"):
        load_upscaler(path, CPU, half=False)


def test_nothing_in_a_file_is_run(put, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    path = put("ESRGAN/x.pth")
    path.write_bytes(pickle.dumps({"params": Evil()}, protocol=2))
    with pytest.raises(ModelFileError, match="refused"):
        load_upscaler(path, CPU, half=False)
    assert not (tmp_path / "ran").exists()


class Descriptor:
    """Stands for a network whose numbers overflow in 16 bits, and perhaps always."""

    device, scale = CPU, 1

    def __init__(self, dtype, fails_in=(torch.float16,), error=None):
        self.dtype, self.fails_in, self.error = dtype, fails_in, error

    def float(self):
        self.dtype = torch.float32

    def __call__(self, pixels):
        if self.error:
            raise self.error
        return pixels * (float("nan") if self.dtype in self.fails_in else 1)


def test_overflow_in_16_bits_is_mended_in_32():
    descriptor = Descriptor(torch.float16)
    pixels = torch.full((1, 3, 4, 4), 0.5)
    assert torch.equal(UpscalingNetwork(descriptor, "x")(pixels), pixels)
    assert descriptor.dtype is torch.float32


def test_what_is_no_picture_is_not_shown():
    with pytest.raises(InvalidPictureError, match="x made something"):
        UpscalingNetwork(Descriptor(torch.float32, fails_in=(torch.float32,)), "x")(torch.zeros(1, 3, 4, 4))


def test_too_little_memory_is_explained():
    network = UpscalingNetwork(Descriptor(torch.float32, error=torch.OutOfMemoryError("full")), "x")
    with pytest.raises(OutOfMemoryError, match="4x2") as refused:
        network(torch.zeros(1, 3, 2, 4))
    assert "smaller tile" in refused.value.remedy


def test_listing_loads_no_network_library():
    code = ("import sys, torch; from pathlib import Path\n"
            "from modules.imaging.upscaling.shelf import UpscalerShelf\n"
            "from modules.imaging.faces.restorers import FaceRestorers, face_folders\n"
            "UpscalerShelf({}, torch.device('cpu')).names\n"
            "FaceRestorers(face_folders(Path('/none')), torch.device('cpu')).entries\n"
            "print([name for name in ('spandrel', 'torchvision', 'cv2', 'scipy') if name in sys.modules])")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
