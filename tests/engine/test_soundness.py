"""Numbers that are none are noticed."""

from __future__ import annotations

import pytest
import torch

from modules.engine.soundness import is_finite, require_finite
from modules.foundation.errors import InvalidPictureError


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_one_bad_value_is_enough(value: float):
    tensor = torch.zeros(2, 3)
    require_finite(tensor, "U-Net")
    tensor[1, 2] = value
    assert not is_finite(tensor)
    with pytest.raises(InvalidPictureError, match="The U-Net produced values that are not numbers"):
        require_finite(tensor, "U-Net")
