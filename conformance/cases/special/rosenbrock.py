"""Rosenbrock's valley: where accuracy is looked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.draws import Arguments, Draw, magnitudes, signed
from gradmark.conformance.cases.own import points


@points("rosenbrock")
@points("rosenbrock_grad")
def valley(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give points in the valley y = x², beside it and off it, and around the minimum."""
    del dtype
    for x in (0.0, 1.0, *signed(magnitudes(draw, 1e-4, 1e4, 8))):
        for y in (x**2, x**2 * (1 + draw.normal() * 1e-5), draw.normal() * 100):
            yield (np.array([x, y]),)
    for x, y in 1 + magnitudes(draw, 1e-7, 1e-1, 20).reshape(10, 2) * draw.choice([-1, 1], 2):
        yield (np.array([x, y]),)
