"""How much of a function's value is noise."""

import numpy as np

from gradmark.reference._checks import FloatArray
from gradmark.reference.gradient_check.parameters import ScalarFunction, evaluate, steps

WALKS = 7
POINTS = 12
REACH = 8  # difference steps
DEGREE = 3


def _move(arrays: list[FloatArray], direction: list[FloatArray], t: float) -> list[FloatArray]:
    return [(x + t * d).astype(x.dtype) for x, d in zip(arrays, direction, strict=True)]


def noise_level(
    function: ScalarFunction, arrays: list[FloatArray], random: np.random.Generator
) -> float:
    """Estimate the standard deviation of the function's noise near a point.

    σ² ≈ |residuals of a cubic fitted to f(x + t d) at random t|² / (points − 4)

    Each walk leaves the point in one random direction, its entries one difference step long, and
    looks at random places of 0 < t < 8: so near, a cubic misses the smooth part by about h⁴f⁗,
    next to nothing; and at random places no error, not even a periodic one, falls in step. The
    median over the walks counts, as a kink nearby spoils those that cross it (a kink at the point
    itself is crossed by none). It is at least the roundoff of the narrowest dtype that holds
    every value seen: where a float32 function does not move at all, its noise would go unseen.

    Source: after J. Moré, S. Wild, "Estimating computational noise", SIAM Journal on Scientific
    Computing 33 (2011), whose differences need equal steps.
    """
    walks = []
    values = []
    for _ in range(WALKS):
        direction = [random.choice([-1.0, 1.0], x.shape) * steps(x) for x in arrays]
        t = random.uniform(0, REACH, POINTS)
        seen = np.array([evaluate(function, _move(arrays, direction, t_k)) for t_k in t])
        powers = np.vander(t / REACH, DEGREE + 1)
        # less the first value, so that the fit's own roundoff is none of the function's
        rise = seen - seen[0]
        residual = rise - powers @ np.linalg.lstsq(powers, rise)[0]
        walks.append(np.linalg.norm(residual) / np.sqrt(POINTS - DEGREE - 1))
        values.append(seen)
    with np.errstate(over="ignore", under="ignore"):
        narrow = all(np.array_equal(seen, seen.astype(np.float32)) for seen in values)
    roundoff = np.finfo(np.float32 if narrow else np.float64).eps * np.max(np.abs(values))
    return float(max(np.median(walks), roundoff))
