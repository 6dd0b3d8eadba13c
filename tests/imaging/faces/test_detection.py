import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from modules.imaging.faces.detection import (
    RetinaFaceFinder,
    decode_boxes,
    decode_landmarks,
    keep_apart,
    place_anchors,
)
from modules.imaging.faces.retinaface import RetinaFace

CPU = torch.device("cpu")


def test_the_network_has_the_parts_of_the_published_file():
    """Counts and names of ``detection_Resnet50_Final.pth`` as facexlib's own network has them."""
    with torch.device("meta"):
        shapes = {name: tuple(tensor.shape) for name, tensor in RetinaFace().state_dict().items()}
    assert len(shapes) == 456
    assert sum(int(np.prod(shape)) for name, shape in shapes.items()
               if "running" not in name and "tracked" not in name) == 27_293_600
    expected = {
        "body.conv1.weight": (64, 3, 7, 7), "body.layer1.0.downsample.0.weight": (256, 64, 1, 1),
        "body.layer2.0.conv2.weight": (128, 128, 3, 3), "body.layer3.5.bn3.running_mean": (1024,),
        "body.layer4.2.conv3.weight": (2048, 512, 1, 1), "fpn.output3.0.weight": (256, 2048, 1, 1),
        "fpn.merge1.1.bias": (256,), "ssh1.conv3X3.0.weight": (128, 256, 3, 3),
        "ssh2.conv5X5_2.1.weight": (64,), "ssh3.conv7x7_3.0.weight": (64, 64, 3, 3),
        "ClassHead.0.conv1x1.weight": (4, 256, 1, 1), "BboxHead.1.conv1x1.bias": (8,),
        "LandmarkHead.2.conv1x1.weight": (20, 256, 1, 1),
    }
    assert {name: shapes.get(name) for name in expected} == expected


def test_one_answer_for_each_anchor():
    network = RetinaFace().eval()
    with torch.inference_mode():
        scores, boxes, landmarks = network(torch.zeros(1, 3, 70, 100))
    anchors = place_anchors(100, 70)
    assert scores.shape == (len(anchors),) and boxes.shape == (len(anchors), 4)
    assert landmarks.shape == (len(anchors), 10)


def test_anchors_lie_row_by_row_two_to_a_cell():
    anchors = place_anchors(24, 16)
    assert anchors[:8].tolist() == [[4, 4, 16], [4, 4, 32], [12, 4, 16], [12, 4, 32], [20, 4, 16], [20, 4, 32],
                                    [4, 12, 16], [4, 12, 32]]
    assert len(anchors) == 2 * (3 * 2 + 2 * 1 + 1) and anchors[-1].tolist() == [16, 16, 512]


def test_boxes_and_landmarks_are_told_relative_to_anchors():
    anchors = torch.tensor([[100.0, 50.0, 20.0]])
    assert decode_boxes(torch.zeros(1, 4), anchors).tolist() == [[90, 40, 110, 60]]
    grown = decode_boxes(torch.tensor([[5.0, 0, float(np.log(2)) / 0.2, 0]]), anchors)
    assert torch.allclose(grown, torch.tensor([[90.0, 40, 130, 60]]))
    points = decode_landmarks(torch.tensor([[0.0, 0, 5, 0, 0, 5, -5, 0, 0, -5]]), anchors)
    assert points.tolist() == [[[100, 50], [110, 50], [100, 60], [90, 50], [100, 40]]]


def test_of_overlapping_boxes_the_first_is_kept():
    boxes = np.array([[0, 0, 100, 100], [5, 5, 105, 105], [200, 0, 260, 60], [60, 0, 160, 100]], dtype=float)
    assert keep_apart(boxes) == [0, 2, 3]
    assert keep_apart(np.zeros((0, 4))) == []


class Planted(nn.Module):
    """A network that is sure of one face, three times over, at a place it is told."""

    def __init__(self, face):
        super().__init__()
        self.face, self.seen = face, None

    def forward(self, x):
        self.seen = tuple(x.shape)
        anchors = place_anchors(x.shape[3], x.shape[2])
        scores, boxes = torch.zeros(len(anchors)), torch.zeros(len(anchors), 4)
        landmarks = torch.zeros(len(anchors), 10)
        for index, score in ((40, 0.98), (41, 0.999), (42, 0.5)):
            scores[index] = score
            centre, side = anchors[index, :2], anchors[index, 2]
            boxes[index, :2] = (torch.tensor(self.face[0]) - centre) / side / 0.1
            boxes[index, 2:] = torch.log(80 / side) / 0.2
            landmarks[index] = ((torch.tensor(self.face) - centre) / side / 0.1).reshape(-1)
        return scores, boxes, landmarks


@pytest.mark.parametrize("size, scale", [((320, 240), 640 / 240), ((1000, 800), 1), ((4300, 2150), 0.5)])
def test_a_face_is_found_once_in_the_pictures_own_pixels(size, scale):
    face = [[100.0, 120.0], [140, 118], [121, 140], [104, 160], [138, 161]]
    finder = RetinaFaceFinder(Planted(face), CPU)
    found = finder.find(Image.new("RGB", size))
    assert len(found) == 1 and found[0].score == pytest.approx(0.999)
    assert np.allclose(found[0].landmarks, np.array(face) / scale, rtol=2e-3)
    assert finder._network.seen[2:] == (round(size[1] * scale), round(size[0] * scale))
