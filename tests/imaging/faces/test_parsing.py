import numpy as np
import torch

from modules.imaging.faces.parsing import ParseNet, face_mask


def test_the_network_has_the_parts_of_the_published_file():
    """Counts and names of ``parsing_parsenet.pth`` as facexlib's own network has them."""
    with torch.device("meta"):
        shapes = {name: tuple(tensor.shape) for name, tensor in ParseNet().state_dict().items()}
    expected = {
        "encoder.0.conv2d.weight": (64, 3, 3, 3), "encoder.0.conv2d.bias": (64,),
        "encoder.1.shortcut_func.conv2d.weight": (128, 64, 3, 3), "encoder.1.conv1.conv2d.weight": (128, 64, 3, 3),
        "encoder.4.conv2.norm.norm.running_var": (256,), "body.9.conv1.conv2d.weight": (256, 256, 3, 3),
        "decoder.0.shortcut_func.conv2d.bias": (256,), "decoder.3.conv1.conv2d.weight": (64, 128, 3, 3),
        "out_img_conv.conv2d.weight": (3, 64, 3, 3), "out_mask_conv.conv2d.weight": (19, 64, 3, 3),
    }
    assert {name: shapes.get(name) for name in expected} == expected
    assert "body.0.shortcut_func.conv2d.weight" not in shapes and "body.0.conv1.conv2d.bias" not in shapes
    assert len(shapes) == 238


class Halves(torch.nn.Module):
    """Sees skin on the left and background on the right."""

    def forward(self, x):
        classes = torch.zeros(1, 19, 512, 512)
        classes[:, 1, :, :256] = 1
        classes[:, 17, :, 256:] = 1
        return classes


def test_the_face_is_in_the_mask_and_the_rest_fades_out():
    mask = np.asarray(face_mask(Halves(), torch.zeros(1, 3, 512, 512)))
    assert mask[256, 100] == 255 and mask[256, 400] == 0
    assert 100 < mask[256, 256] < 155
    assert mask[:10].max() == 0 and mask[:, :10].max() == 0


def test_a_small_face_keeps_its_shape():
    network = ParseNet().eval()
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 19, 64, 64)
