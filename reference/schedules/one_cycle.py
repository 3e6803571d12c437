"""The one-cycle policy."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import (
    FloatArray,
    as_epochs,
    between_zero_and_one,
    non_negative,
    positive,
)


def one_cycle(
    step: ArrayLike,
    max_lr: float = 0.1,
    total_steps: float = 100,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> FloatArray:
    """Learning rate that rises along a line, and falls along another, far below its beginning.

    η(t) = η₀ + (η̂ − η₀) t / a             for t < a = pT
    η(t) = η_T + (η̂ − η_T) (T − t) / (T − a)  for a ≤ t < T,  η_T for t ≥ T
    η₀ = η̂ / div_factor,  η_T = η₀ / final_div_factor

    `step` (t ≥ 0, whole or not) is a number or an array; `max_lr` (η̂ ≥ 0), `total_steps` (T > 0),
    `pct_start` (p in (0, 1)), `div_factor` and `final_div_factor` (> 0) are numbers. The result has
    the shape of `step`.

    Convention: two legs, lines as in the paper, which end at pT and T. The paper's text falls back
    to η₀ first and then further: PyTorch's `three_phase=True`, Optax's `linear_onecycle_schedule`.
    PyTorch, fastai and Optax's `cosine_onecycle_schedule` have cosine legs; PyTorch's end a step
    earlier, Optax's at whole steps, and fastai divides η̂, not η₀, for the end.

    Raises
    ------
    ValueError
        A step is negative or not finite; a parameter is outside its range or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(one_cycle([0, 15, 30, 65, 100], 1.0, 100, 0.3, 10.0, 10.0))
    [0.1   0.55  1.    0.505 0.01 ]

    References
    ----------
    L. N. Smith and N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2017.
    """
    t, T = as_epochs("step", step), positive("total_steps", total_steps)
    peak = non_negative("max_lr", max_lr)
    top = between_zero_and_one("pct_start", pct_start) * T
    first = peak / positive("div_factor", div_factor)
    last = first / positive("final_div_factor", final_div_factor)
    up: FloatArray = first + (peak - first) * (t / top)
    down: FloatArray = last + (peak - last) * ((T - np.minimum(t, T)) / (T - top))
    return np.where(t < top, up, down)[()]
