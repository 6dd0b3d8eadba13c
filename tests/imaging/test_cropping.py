import ast
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.foundation.box import Box
from modules.foundation.size import Size
from modules.imaging.cropping import expand_box, masked_box

RECORDED = json.loads((Path(__file__).parent.parent / "fixtures/imaging/crop_region.json").read_text())


def mask_of(size, box):
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


@pytest.mark.parametrize("case", RECORDED)
def test_recorded_boxes(case):
    box, padding, target = re.fullmatch(r"(\(.*?\)) pad (\d+) to (\(.*\))", case).groups()
    found = masked_box(mask_of((128, 128), ast.literal_eval(box)), int(padding))
    assert found.as_tuple() == tuple(RECORDED[case]["crop"])
    expanded = expand_box(found, Size(*ast.literal_eval(target)), Size(128, 128))
    assert expanded.as_tuple() == tuple(RECORDED[case]["expanded"])


@pytest.mark.parametrize("box, padding, target, cropped, expanded", [
    ((100, 200, 228, 232), 32, (512, 512), (68, 168, 260, 264), (68, 120, 260, 312)),
    ((100, 200, 228, 232), 32, (768, 512), (68, 168, 260, 264), (68, 152, 260, 280)),
    ((480, 0, 512, 40), 0, (1024, 512), (480, 0, 512, 40), (432, 0, 512, 40)),
])
def test_known_boxes(box, padding, target, cropped, expanded):
    found = masked_box(mask_of((512, 512), box), padding)
    assert found == Box(*cropped)
    assert expand_box(found, Size(*target), Size(512, 512)) == Box(*expanded)


def test_a_blank_mask_has_no_box():
    assert masked_box(Image.new("L", (8, 8)), 4) is None


@settings(deadline=None)
@given(st.data(), st.integers(1, 300), st.integers(1, 300), st.integers(1, 40), st.integers(1, 40))
def test_the_box_grows_within_the_picture_towards_the_proportions(data, width, height, across, down):
    x1, y1 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = Box(x1, y1, data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height)))
    grown = expand_box(box, Size(across, down), Size(width, height))
    assert 0 <= grown.x1 <= box.x1 and 0 <= grown.y1 <= box.y1
    assert box.x2 <= grown.x2 <= width and box.y2 <= grown.y2 <= height
    if grown.size.width < width and grown.size.height < height:
        ratio, size = across / down, grown.size
        assert (size.width - 1) / size.height <= ratio <= (size.width + 1) / size.height or \
            size.width / (size.height + 1) <= ratio <= size.width / max(size.height - 1, 1e-9)
