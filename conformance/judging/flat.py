"""The numbers of an answer or an argument, whatever it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np


def flat(value: Any) -> np.ndarray:
    """Lay out the numbers of an array, or of all arrays of a tuple or a list, in order."""
    if not isinstance(value, tuple | list):
        return np.asarray(value, dtype=float).ravel()
    return np.concatenate([np.empty(0), *map(flat, value)])
