"""Central differences along a line, and the order of what a gradient leaves of the function.

    odd(t)  = [f(x + t d) − f(x − t d)] / 2 − t ∇f·d
    even(t) = [f(x + t d) + f(x − t d)] / 2 − f(x)

are the halves of the Taylor remainder. Where the gradient is right they are of order t³ and t², so
that the remainder is of order 2. An error of the gradient is an odd half of order 1, a kink an even
half of order 1, and noise is of order 0: of what a central difference finds, they tell the cause.

`reference.gradient_check` asks one function entry by entry and measures its noise. Here the
function's rounding is known, and one line serves a hundred thousand networks at once.

Source: Article, "Gradient Checking: Verify Your Backprop"; P. Farrell, D. Ham, S. Funke, M. Rognes,
"Automated derivation of the adjoint of high-level transient finite element programs" (2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gradmark.conformance.judging.tolerances import PROPERTY

Array = np.ndarray

# The central difference of sixth order: f′ = Σ cₖ [f(kh) − f(−kh)] / h + h⁶ f⁽⁷⁾ / 140.
STENCIL = np.array([3 / 4, -3 / 20, 1 / 60])
# The rungs of the remainder's ladder, below the stencil's outermost point.
RUNGS = 3 * 4.0 ** -np.arange(7)
NOISE = PROPERTY["line"].factor
# A guard inside a loss's logarithm, log(p + 1e-7) or a clip, of which the gradient beside it does
# not know, is no other convention: what it takes from the slope, of each entry and of what entries
# cancel to. Conventions that are mixed differ by factors.
GUARDED, GUARDED_AT_ZERO = 2.0**-12, 2.0**-20
# Of what size, in that noise, a half of the remainder has to be before its order is measured.
CLEAR = 4


@dataclass(frozen=True)
class Signals:
    """What was found, line by line.

    `difference` is the central difference less the slope that was given, `resolution` the largest
    that rounding explains. `order` is the Taylor remainder's, infinite where it is all rounding.
    """

    difference: Array
    resolution: Array
    order: Array
    verdict: Array  # of "right", "wrong", "noisy", "kink"

    def has(self, *verdicts: str) -> bool:
        """Whether a line has one of these verdicts."""
        return bool(np.isin(self.verdict, verdicts).any())

    def refuse(self, *verdicts: str) -> None:
        """Assert that no line has one of these verdicts."""
        refused = np.isin(self.verdict, verdicts)
        if not np.any(refused):
            return
        at = tuple(int(i) for i in np.argwhere(refused)[0])
        raise AssertionError(
            f"{self.verdict[at]}: the central difference is off by {self.difference[at]:.3g}"
            f" ± {self.resolution[at]:.1g}, the Taylor remainder is of order {self.order[at]:.2f}"
        )


def offsets(h: float) -> Array:
    """List the t at which to ask for f(x + t d): 0, then the steps to the right, then to the left.

    Examples
    --------
    >>> len(offsets(0.125))
    19
    """
    steps = h * np.concatenate([[1.0, 2.0], RUNGS])
    return np.concatenate([[0.0], steps, -steps])


def beside_a_guard(entries: ArrayLike, size: float, roundoff: float) -> float:
    """Bound the error of a gradient along a line, where the loss beside it may have a guard.

    `entries` are the gradient's, and `size` the roundoffs that rounding explains.
    """
    return max(roundoff, GUARDED_AT_ZERO) * size + GUARDED * float(np.sum(np.abs(entries)))


def signals(
    values: ArrayLike, slope: ArrayLike, h: float, *, noise: ArrayLike, rounding: ArrayLike = 0.0
) -> Signals:
    """Compare slopes with the function's values along their lines.

    `values` are f at `offsets(h)`, first axis t, one line in each of the other axes; `slope` is
    ∇f·d. A value may be wrong by NOISE · `noise`, the slope by NOISE · `rounding`, which are
    roundoffs times the largest magnitudes met. h is to be so small that h⁶ f⁽⁷⁾ / 140 is neither.

    wrong: the central difference is off by more than that, and outside of both one-sided slopes
    kink:  the even half is of order 1;  noisy: of order 0
    right: none of these

    Examples
    --------
    >>> t = offsets(2.0**-8)
    >>> found = [signals(np.exp(t), s, 2.0**-8, noise=1e-16) for s in (1.0, 1.001)]
    >>> [(str(s.verdict), f"{s.order:.1f}") for s in found]
    [('right', '2.0'), ('wrong', '1.0')]
    >>> str(signals(abs(t), 0.0, 2.0**-8, noise=1e-16).verdict)
    'kink'
    """
    slope, sigma = np.asarray(slope, dtype=float), NOISE * np.asarray(noise, dtype=float)
    here, right, left = np.split(np.asarray(values, dtype=float), [1, 1 + 2 + len(RUNGS)])
    across = (1,) * slope.ndim
    stencil = STENCIL.reshape(-1, *across)
    central = np.sum(stencil * (right[:3] - left[:3]), axis=0) / h
    resolution = sigma * 2 * np.sum(abs(STENCIL)) / h + NOISE * np.asarray(rounding)
    difference = central - slope

    t = h * RUNGS.reshape(-1, *across)
    odd = abs((right[2:] - left[2:]) / 2 - t * slope)
    even = abs((right[2:] + left[2:]) / 2 - here)
    clear = CLEAR * (sigma + t * NOISE * np.asarray(rounding))
    order, bend = _order(odd + even, t, clear), _order(even, t, clear)

    slopes = np.stack([(right[2] - here[0]) / t[0], (here[0] - left[2]) / t[0]])
    outside = np.maximum(np.min(slopes, axis=0) - slope, slope - np.max(slopes, axis=0))
    verdict = np.select(
        [bend < 0.5, (bend < 1.5) & (outside <= resolution), abs(difference) > resolution],
        ["noisy", "kink", "wrong"],
        "right",
    )
    return Signals(difference, np.broadcast_to(resolution, slope.shape), order, verdict)


def _order(part: Array, t: Array, clear: Array) -> Array:
    """Fit the slope of log part over log t to the three smallest steps that are clear of noise."""
    usable = part > clear
    lowest = usable & (np.cumsum(usable[::-1], axis=0)[::-1] <= 3)
    count = np.sum(lowest, axis=0)
    x = np.where(lowest, np.log(t), 0.0)
    y = np.log(np.where(lowest, part, 1.0))
    centre = np.sum(x, axis=0) / np.maximum(count, 1)
    dx = np.where(lowest, x - centre, 0.0)
    spread = np.sum(dx**2, axis=0)
    fitted = np.sum(dx * y, axis=0) / np.where(count > 1, spread, 1.0)
    order: Array = np.where(count > 1, fitted, np.inf)
    return order
