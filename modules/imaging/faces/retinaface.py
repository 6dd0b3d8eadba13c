"""RetinaFace on ResNet-50: the network that finds faces and their landmarks.

Names of parts are those of the published file ``detection_Resnet50_Final.pth``.
Reference: arXiv 1905.00641; ResNet arXiv 1512.03385; feature pyramid arXiv 1612.03144; context module arXiv 1708.03979.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

ANCHORS_PER_CELL = 2
_FEATURES = 256
_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
"""(inner channels, blocks, stride)"""
_EXPANSION = 4


class RetinaFace(nn.Module):
    """Looks at three scales, of 8, 16 and 32 pixels per cell."""

    def __init__(self) -> None:
        super().__init__()
        self.body = _ResNet()
        self.fpn = _Pyramid([inner * _EXPANSION for inner, _, _ in _STAGES[1:]])
        self.ssh1, self.ssh2, self.ssh3 = _Context(), _Context(), _Context()
        self.ClassHead = nn.ModuleList(_Head(2) for _ in range(3))
        self.BboxHead = nn.ModuleList(_Head(4) for _ in range(3))
        self.LandmarkHead = nn.ModuleList(_Head(10) for _ in range(3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Look for faces in a picture of blue, green and red less their means.

        Shapes: x [1,3,h,w] -> scores [n], boxes [n,4], landmarks [n,10], for every anchor, coded relative to it.
        """
        levels = self.fpn(self.body(x))
        features = [look(level) for look, level in zip((self.ssh1, self.ssh2, self.ssh3), levels)]
        classes, boxes, landmarks = (
            torch.cat([head(feature) for head, feature in zip(heads, features)], 1)[0]
            for heads in (self.ClassHead, self.BboxHead, self.LandmarkHead))
        return classes.softmax(-1)[:, 1], boxes, landmarks


class _Head(nn.Module):
    def __init__(self, numbers: int) -> None:
        super().__init__()
        self._numbers = numbers
        self.conv1x1 = nn.Conv2d(_FEATURES, ANCHORS_PER_CELL * numbers, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1x1(x).permute(0, 2, 3, 1).reshape(x.shape[0], -1, self._numbers)


class _Context(nn.Module):
    """Looks at a place with three fields of view (the SSH module)."""

    def __init__(self) -> None:
        super().__init__()
        half, quarter = _FEATURES // 2, _FEATURES // 4
        self.conv3X3 = _layer(_FEATURES, half, active=False)
        self.conv5X5_1 = _layer(_FEATURES, quarter)
        self.conv5X5_2 = _layer(quarter, quarter, active=False)
        self.conv7X7_2 = _layer(quarter, quarter)
        self.conv7x7_3 = _layer(quarter, quarter, active=False)

    def forward(self, x: Tensor) -> Tensor:
        near = self.conv5X5_1(x)
        views = [self.conv3X3(x), self.conv5X5_2(near), self.conv7x7_3(self.conv7X7_2(near))]
        return functional.relu(torch.cat(views, 1))


class _Pyramid(nn.Module):
    """Tells the finer levels what the coarser ones see."""

    def __init__(self, channels: list[int]) -> None:
        super().__init__()
        self.output1, self.output2, self.output3 = (_layer(count, _FEATURES, kernel=1) for count in channels)
        self.merge1, self.merge2 = _layer(_FEATURES, _FEATURES), _layer(_FEATURES, _FEATURES)

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        fine, middle, coarse = self.output1(levels[0]), self.output2(levels[1]), self.output3(levels[2])
        middle = self.merge2(middle + functional.interpolate(coarse, size=middle.shape[2:], mode="nearest"))
        fine = self.merge1(fine + functional.interpolate(middle, size=fine.shape[2:], mode="nearest"))
        return [fine, middle, coarse]


class _ResNet(nn.Module):
    """ResNet-50 without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        given = 64
        for number, (inner, blocks, stride) in enumerate(_STAGES, 1):
            first = _Bottleneck(given, inner, stride, reshape=True)
            given = inner * _EXPANSION
            rest = [_Bottleneck(given, inner, 1, reshape=False) for _ in range(blocks - 1)]
            self.add_module(f"layer{number}", nn.Sequential(first, *rest))

    def forward(self, x: Tensor) -> list[Tensor]:
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        levels = []
        for number in range(1, len(_STAGES) + 1):
            x = self.get_submodule(f"layer{number}")(x)
            levels.append(x)
        return levels[1:]


class _Bottleneck(nn.Module):
    def __init__(self, given: int, inner: int, stride: int, *, reshape: bool) -> None:
        super().__init__()
        made = inner * _EXPANSION
        self.conv1, self.bn1 = nn.Conv2d(given, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, made, 1, bias=False), nn.BatchNorm2d(made)
        shortcut = (nn.Conv2d(given, made, 1, stride, bias=False), nn.BatchNorm2d(made))
        self.downsample = nn.Sequential(*shortcut) if reshape else None

    def forward(self, x: Tensor) -> Tensor:
        kept = self.downsample(x) if self.downsample is not None else x
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        return functional.relu(self.bn3(self.conv3(x)) + kept)


def _layer(given: int, made: int, *, kernel: int = 3, active: bool = True) -> nn.Sequential:
    parts: list[Any] = [nn.Conv2d(given, made, kernel, 1, kernel // 2, bias=False), nn.BatchNorm2d(made)]
    return nn.Sequential(*parts, *([nn.ReLU()] if active else []))
