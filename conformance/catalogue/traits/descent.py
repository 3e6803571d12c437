"""What a step of plain descent is put together of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.optimizers.steps import (
    Trajectory,
    from_here,
    held,
    norm,
    one_late,
    sign,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits import options
from gradmark.conformance.catalogue.traits.trajectories import (
    each,
    with_gradients,
    with_rates,
)
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, maximum, mean


def assemble(
    penalty: float = 0.0,
    factor: float = 1.0,
    scaled: Callable[[Exact, int], Exact] = lambda lr, _t: lr,
    forgets: bool = False,
) -> Body:
    """Put together a trajectory of gradient descent."""

    def body(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
        for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            g = g + penalty * w if penalty else g
            w = (0 * w if forgets else w) - factor * (scaled(lr, t) * g)
            w = from_here(w, (yield w))

    return body


SGD = recipe(
    "SGD", assemble, options.OF_ALL, rates=with_rates, gradients=with_gradients, **options.AROUND
)
SGD.traits.update(
    {
        "l2-penalty-1e-4": {"penalty": 1e-4},
        "weight-decay-left-in": {"penalty": 5e-4},
        "ascent": {"factor": -1.0},
        "step-doubled": {"factor": 2.0},
        "weights-overwritten": {"forgets": True},
        "first-learning-rate-kept": {"rates": held},
        "rate-forgotten": {"scaled": lambda _lr, _t: 1},
        "rate-applied-twice": {"scaled": lambda lr, _t: lr * lr},
        "rate-divided-by-step-number": {"scaled": lambda lr, t: lr / t},
        "sign-of-the-gradient": {"gradients": each(sign)},
        "gradient-normalised": {"gradients": each(lambda g: g / norm(g))},
        "gradient-norm-clipped-at-one": {
            "gradients": each(lambda g: g / maximum(norm(g), 1.0)),
        },
        "gradient-clipped-at-one": {"gradients": each(lambda g: g / maximum(abs(g), 1.0))},
        "gradient-averaged-over-entries": {
            "gradients": each(lambda g: 0 * g + mean(g) if np.size(g) else g),
        },
        "gradient-divided-by-its-size": {
            "gradients": each(lambda g: g / max(np.size(g), 1)),
        },
        "previous-gradient": {"gradients": one_late},
    }
)
options.enter_options(SGD)
