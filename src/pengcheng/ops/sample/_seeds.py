"""Where chance comes from: one stream for each purpose, so that adding a person moves no street."""

from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np

Chosen = TypeVar("Chosen")


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers that depend on the seed and the purpose only."""
    return np.random.default_rng([seed, crc32(purpose.encode())])


def pick(chance: np.random.Generator, options: Sequence[Chosen]) -> Chosen:
    """One of the options, each as likely as the others."""
    return options[int(chance.integers(len(options)))]


def steady(key: str, count: int) -> int:
    """A number below `count` that is always the same for the key, whatever the seed."""
    return crc32(key.encode()) % count
