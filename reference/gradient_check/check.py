"""Right, wrong, or not to be told: the verdict on a gradient."""

from collections.abc import Sequence

import numpy as np

from gradmark.reference._checks import FloatArray, positive
from gradmark.reference.gradient_check.differences import at_offset, relative_difference
from gradmark.reference.gradient_check.noise import noise_level
from gradmark.reference.gradient_check.parameters import (
    GradientFunction,
    Parameters,
    ScalarFunction,
    as_arrays,
    evaluate,
    like,
    steps,
)
from gradmark.reference.gradient_check.report import EntryCheck, GradientReport, Verdict
from gradmark.reference.gradient_check.taylor import taylor_remainder_order

# Noise σ puts √70/2 = 4.2 σ/h between the one-sided derivatives: 5 standard deviations of that.
NOISE_MULTIPLE = 20


def _derivatives(
    function: ScalarFunction, arrays: list[FloatArray], parameter: int, index: tuple[int, ...]
) -> tuple[float, float, float]:
    """Differentiate in one entry from the left, about the point and from the right.

    All three have errors of order h²: [−3f₀ + 4f₁ − f₂] / 2h on one side, [f₁ − f₋₁] / 2h about.
    """
    h = float(steps(arrays[parameter])[index])
    f = evaluate(function, arrays)
    (f1, h1), (f2, _), (f_1, h_1), (f_2, _) = (
        at_offset(function, arrays, parameter, index, offset) for offset in (h, 2 * h, -h, -2 * h)
    )
    left = (3 * f - 4 * f_1 + f_2) / (2 * h)
    right = (-3 * f + 4 * f1 - f2) / (2 * h)
    return left, (f1 - f_1) / (h1 - h_1), right


def check_gradient(
    function: ScalarFunction,
    gradient: GradientFunction,
    parameters: Parameters,
    *,
    names: Sequence[str] | None = None,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> GradientReport:
    """Check every entry of a gradient, and say what can be concluded.

    a = analytical;  l, c, r = left, central, right difference;  ρ = 20 σ/h
    wrong:  a is outside [min(l, c, r), max(l, c, r)] by more than tolerance · max(|a|, |c|) + ρ
    kink:   max(l, c, r) − min(l, c, r) > tolerance · max|c over all entries| + ρ
    noisy:  ρ > tolerance · max|c over all entries|
    right:  none of these

    `function`, `gradient` and `parameters` as for `central_difference`; h is its step and σ the
    noise of the function's values, measured from their fourth differences. `names` are the
    parameters' in the report; `tolerance` is relative, best between 1e-8 and 1e-3; `seed` draws
    the directions of the noise estimate and of the Taylor remainders, which are reported.

    The report's verdict is the gravest of any entry. `wrong` is certain: noise and a kink have
    been allowed for. `kink`: the slope jumps within 2h, and a is one of the slopes around, as
    ReLU′(0) = 0 is; another point tells more. (The article's own XOR network starts there: b1 = 0
    and a sample x = 0 put every hidden unit at z1 = 0.) `noisy`: an error of `tolerance` would
    drown, as in float32 functions, or next to a minimum, where a relative tolerance has nothing
    to be relative to. The article's single threshold of 1e-5 on the relative difference calls all
    of these FAIL or PASS.

    Raises
    ------
    ValueError
        As `central_difference` (the function is evaluated as far as 0.01 away), or the gradient
        does not have the parameters' shapes, `tolerance` is not positive, or there are not as
        many names as parameters.

    Examples
    --------
    >>> cube = lambda w: np.sum(w**3)
    >>> print(check_gradient(cube, lambda w: 3 * w**2, np.array([1.0, -2.0])).verdict)
    right
    >>> print(check_gradient(np.abs, np.sign, 0.0).verdict)
    kink

    References
    ----------
    Article, "Gradient Checking: Verify Your Backprop".
    """
    positive("tolerance", tolerance)
    arrays = as_arrays("parameters", parameters)
    if names is None:
        names = [f"parameter {i}" for i in range(len(arrays))]
    if len(names) != len(arrays):
        raise ValueError(f"names: expected {len(arrays)}, got {len(names)}: {list(names)}")
    random = np.random.default_rng(seed)
    gradients = like("gradient", gradient(*(array.copy()[()] for array in arrays)), arrays)
    noise = noise_level(function, arrays, random)
    places = [(i, index) for i, array in enumerate(arrays) for index in np.ndindex(array.shape)]
    derivatives = [_derivatives(function, arrays, i, index) for i, index in places]
    largest = max(abs(central) for _, central, _ in derivatives)
    entries = []
    for (i, index), (left, central, right) in zip(places, derivatives, strict=True):
        analytical = float(gradients[i][index])
        resolution = NOISE_MULTIPLE * noise / float(steps(arrays[i])[index])
        low, high = min(left, central, right), max(left, central, right)
        outside = max(low - analytical, analytical - high)
        verdict: Verdict
        if outside > tolerance * max(abs(analytical), abs(central)) + resolution:
            verdict = "wrong"
        elif high - low > tolerance * largest + resolution:
            verdict = "kink"
        elif resolution > tolerance * largest:
            verdict = "noisy"
        else:
            verdict = "right"
        entries.append(
            EntryCheck(
                names[i],
                index,
                analytical,
                central,
                left,
                right,
                float(relative_difference(analytical, central)),
                resolution,
                verdict,
            )
        )
    orders = {}
    for i, name in enumerate(names):
        direction = [np.zeros_like(array) for array in arrays]
        direction[i] = random.standard_normal(arrays[i].shape).astype(arrays[i].dtype)
        orders[name] = taylor_remainder_order(function, gradient, arrays, direction)
    return GradientReport(tuple(entries), orders, tolerance, noise, seed)
