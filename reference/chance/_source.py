"""Where chance comes from."""

from typing import TypeAlias

import numpy as np

Source: TypeAlias = np.random.Generator | int


def generator(name: str, given: Source) -> np.random.Generator:
    """Give a generator as it is, so that it goes on; of a seed make one."""
    if isinstance(given, np.random.Generator):
        return given
    if isinstance(given, int | np.integer) and given >= 0:
        return np.random.default_rng(given)
    raise TypeError(f"{name}: expected a numpy.random.Generator or a seed, got {given!r}")
