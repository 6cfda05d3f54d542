"""Seeded randomness: every draw is named by the seed, a purpose and integers, so order never matters."""

from __future__ import annotations

import zlib

import numpy as np

DEFAULT_SEED = 20261121


def generator(seed: int, purpose: str, *keys: int) -> np.random.Generator:
    """A generator for one named purpose; the same arguments give the same numbers on any machine."""
    words = [seed & 0xFFFFFFFF, zlib.crc32(purpose.encode()), *(key & 0xFFFFFFFF for key in keys)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def fraction(seed: int, purpose: str, *keys: int) -> float:
    """One number in [0, 1) for a named purpose."""
    return float(generator(seed, purpose, *keys).random())
