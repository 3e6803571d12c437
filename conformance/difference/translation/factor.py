"""A loss that is another times a factor: the learning rate then makes up for it."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.difference.translation.model import SAMPLES, Model, Question

CLOSE = 1e-9
SIZES = {"n": 0, "C": 1}  # how the samples and the classes are written


def factor(a: Model, b: Model) -> str | None:
    """Say how B's loss follows from A's; None where it does not by a factor."""
    asked = [Question(place) for place in range(len(SAMPLES))]
    one, other = (np.concatenate([model({}, q) for q in asked]) for model in (a, b))
    if one.shape != (len(asked),) or other.shape != one.shape:
        return None
    if not np.isfinite(one).all() or not np.all(one != 0):
        return None
    ratios = other / one
    for text, sizes in _factors():
        constants = ratios / sizes
        if np.allclose(constants, constants[0], rtol=CLOSE, atol=0):
            return _told(float(constants[0]), text)
    return None


def _factors() -> list[tuple[str, np.ndarray]]:
    n, c = (np.array([shape[at] for shape in SAMPLES], float) for at in SIZES.values())
    return [("", np.ones(len(SAMPLES))), ("n", n), ("C", c), ("n C", n * c), ("/ n", 1 / n),
            ("/ C", 1 / c)]  # fmt: skip


def _told(constant: float, text: str) -> str:
    number = "" if abs(constant - 1) < CLOSE and text else f"{constant:.6g}".replace("-", "−")
    return " ".join(filter(None, (number or ("1" if text.startswith("/") else ""), text)))
