"""A photo as a phone makes it (map_ui/lib/shrink.js: 2,048 pixels, JPEG), of a wished size in bytes."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 2048, 1536
QUALITY = 80
MOST_NOISE = 24.0
NEAR = 0.05


def photo(size: int) -> bytes:
    """A JPEG within 5 % of so many bytes: soft shapes and as much grain as it takes (bytes grow nearly in proportion)."""
    least, most = (0.0, len(grained(0.0))), (MOST_NOISE, len(grained(MOST_NOISE)))
    for _ in range(8):
        noise = least[0] + (most[0] - least[0]) * (size - least[1]) / (most[1] - least[1])
        found = grained(noise)
        if abs(len(found) - size) <= NEAR * size:
            return found
        here = (noise, len(found))
        least, most = (here, most) if len(found) < size else (least, here)
    raise ValueError(f"no picture of {size} bytes")


def grained(noise: float) -> bytes:
    """The picture with grain of a standard deviation; the same number gives the same bytes."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = (np.sin(x / 90) + np.cos(y / 70), np.sin(x / 50 + y / 80), np.cos(x / 120))
    soft = np.stack([wave * 55 + 124 for wave in waves], axis=-1)
    grain = np.random.default_rng(1).normal(0, noise, (HEIGHT // 2, WIDTH // 2, 3))
    whole = np.clip(soft + np.kron(grain, np.ones((2, 2, 1))), 0, 255).astype("uint8")
    kept = io.BytesIO()
    Image.fromarray(whole).save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()
