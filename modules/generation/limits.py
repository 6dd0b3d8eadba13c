"""The ranges of what may be asked for, in one place for the web page, the API and the command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Smallest and largest accepted value, both included."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"from {self.low:,.15g} to {self.high:,.15g}"


SIDE_PX = Range(16, 8192)
PICTURE_PX = Range(16 * 16, 16 * 2**20)
RESIZE_FROM_PX = Range(0, 8192)
STEPS = Range(1, 1000)
CFG_SCALE = Range(0, 100)
BATCH_SIZE = Range(1, 64)
BATCH_COUNT = Range(1, 500)
SEED = Range(-1, 2**63 - 1)
STRENGTH = Range(0, 1)
CLIP_SKIP = Range(1, 12)
ETA = Range(0, 10)
SIGMA = Range(0, 1e6)
NOISE_MULTIPLIER = Range(0, 10)
HIRES_SCALE = Range(0.1, 16)
HIRES_STEPS = Range(0, 1000)
HIRES_SIDE_PX = Range(0, 8192)
RESIZE_BY = Range(0.01, 16)
RESIZE_MODE = Range(0, 3)
MASK_BLUR_PX = Range(0, 256)
MASK_CONTENT = Range(0, 3)
MASK_PADDING_PX = Range(0, 4096)
SOFTNESS = Range(0, 64)
OUTPAINT_PX = Range(0, 4096)
EXPONENT = Range(0, 8)
INIT_IMAGES = 64
PROMPT_CHARACTERS = 20_000
STYLES = 64
