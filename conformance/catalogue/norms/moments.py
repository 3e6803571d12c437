"""What the bodies of the normalisations share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gradmark.conformance.catalogue.recipe import Recipe, family
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, Number, allowing, elementwise, sqrt

Along = Callable[[Exact, Any], Exact]
BATCH, FEATURES = 0, -1  # the axis that a mean is taken over


def mean_of(x: Exact, axis: Any) -> Exact:
    """The mean along an axis, which stays; over all entries where there is none."""
    if axis is None:
        return x.sum() / x.size
    return x.sum(axis=axis, keepdims=True) / x.shape[axis]


def centred(x: Exact, axis: Any) -> Exact:
    """x − μ."""
    return x - mean_of(x, axis)


_of_squares = False


@contextmanager
def of_squares_and_means() -> Iterator[None]:
    """Let variances be as wrong as E[x²] − E[x]² may be."""
    global _of_squares
    _of_squares = True
    try:
        yield
    finally:
        _of_squares = False


def biased(c: Exact, axis: Any) -> Exact:
    """The mean of squares."""
    square = mean_of(c * c, axis)
    if not _of_squares:
        return square
    # What x was before μ was taken away is the largest number that an entry has met.
    met = elementwise(lambda v: Number(float(v.scale) ** 2))(c)
    allowed = elementwise(lambda s, size: allowing(s, 4 * float(size)), 2)
    return allowed(square, mean_of(met, axis))


def unbiased(c: Exact, axis: Any) -> Exact:
    """The sum of squares over one less than their number."""
    count = c.size if axis is None else c.shape[axis]
    return biased(c, axis) * count / (count - 1)


def inside(square: Exact, epsilon: Exact) -> Exact:
    """√(σ² + ε)."""
    return sqrt(square + epsilon)


def outside(square: Exact, epsilon: Exact) -> Exact:
    """√σ² + ε."""
    return sqrt(square) + epsilon


def over_samples(x: Exact) -> Exact:
    """The sum over all axes but the last."""
    return x.reshape(-1, x.shape[-1]).sum(axis=0)


def normalising(axis: Any, away: Along = centred, spread: Along = biased) -> Callable[..., Body]:
    """Make the way to put a normalisation together, over an axis."""

    def assemble(
        axis: Any = axis,
        away: Along = away,
        spread: Along = spread,
        root: Callable[[Exact, Exact], Exact] = inside,
        guard: Callable[[Exact], Exact] = lambda epsilon: epsilon,
        affine: Callable[..., Exact] = lambda x_hat, gamma, *beta: sum(beta, gamma * x_hat),
    ) -> Body:
        def body(x: Exact, gamma: Exact, *beta_and_epsilon: Exact) -> Exact:
            *beta, epsilon = beta_and_epsilon
            c = away(x, axis)
            return affine(c / root(spread(c, axis), guard(epsilon)), gamma, *beta)

        return body

    return assemble


def pulling_back(axis: Any, away: Along = centred, *, beta: bool = True) -> Callable[..., Body]:
    """Make the way to put a normalisation's gradient together, over an axis."""

    def assemble(
        axis: Any = axis,
        away: Along = away,
        root: Callable[[Exact, Exact], Exact] = inside,
        guard: Callable[[Exact], Exact] = lambda epsilon: epsilon,
        scale: Callable[[Exact, Exact], Exact] = lambda gamma, dy: gamma * dy,
        through_mean: Along = mean_of if away is centred else lambda _g, _axis: 0,
        through_spread: Callable[[Exact, Exact, Any], Exact] = lambda g, x_hat, axis: (
            x_hat * mean_of(g * x_hat, axis)
        ),
        basis: Callable[[Exact, Exact], Exact] = lambda x_hat, _x: x_hat,
        gather: Callable[[Exact], Exact] = over_samples,
        after: bool = False,
    ) -> Body:
        def body(dy: Exact, x: Exact, gamma: Exact, epsilon: Exact) -> tuple[Exact, ...]:
            c = away(x, axis)
            divisor = root(biased(c, axis), guard(epsilon))
            x_hat, g = c / divisor, scale(gamma, dy)
            dx = (g - through_mean(g, axis) - through_spread(g, x_hat, axis)) / divisor
            dx = gamma * dx if after else dx
            found = dx, gather(dy * basis(x_hat, x))
            return (*found, gather(dy)) if beta else found

        return body

    return assemble


# --- what all of them may have --------------------------------------------------------------------


def always(epsilon: float) -> Callable[[Exact], Exact]:
    """An ε of the code's own, whatever the argument says."""
    return lambda _: Number(epsilon, unit=0.0) if epsilon else 0


def without_epsilon(its: Recipe) -> None:
    """Enter what becomes of ε in any of them."""
    its.enter(
        "mistake",
        "epsilon-ignored",
        "No ε: a feature that does not vary is 0/0.",
        "an ε that is not handed on: keras-team/keras-hub#1472, VeriSilicon/TIM-VX#589",
        guard=always(0.0),
    )
    family(
        its.formula,
        "epsilon-always-{}",
        "ε is {} whatever the argument says.",
        "a default of one's own, written into the code: LeelaChessZero/lc0#1914",
        lambda epsilon: {"guard": always(epsilon)},
        1e-13,
        1e-1,
        kind="mistake",
    )


def mistaken_gradient(its: Recipe, *, mean: bool = True) -> None:
    """Enter what goes wrong in the gradient of any of them."""
    if mean:
        its.enter(
            "mistake",
            "mean-taken-for-constant",
            "What x does to the mean is left out.",
            "∂L/∂μ is forgotten, or its sign lost",
            through_mean=lambda _g, _axis: 0,
        )
        its.enter(
            "mistake",
            "statistics-taken-for-constants",
            "γ dy / √(σ² + ε): the gradient of what is computed in inference.",
            "the mean and the variance detached from the graph",
            through_mean=lambda _g, _axis: 0,
            through_spread=lambda _g, _x_hat, _axis: 0,
        )
    its.enter(
        "mistake",
        "spread-taken-for-constant",
        "What x does to the divisor is left out.",
        "∂L/∂σ² is forgotten: pjreddie/darknet#1723",
        through_spread=lambda _g, _x_hat, _axis: 0,
    )
    its.enter(
        "mistake",
        "spread-counted-twice",
        "The part of the divisor has twice its size.",
        "the 2 of the square without the ½ of the root",
        through_spread=lambda g, x_hat, axis: 2 * x_hat * mean_of(g * x_hat, axis),
    )
    its.enter(
        "mistake",
        "gamma-forgotten",
        "dx does not know γ.",
        "dy taken for ∂L/∂x̂: denizyuret/Knet.jl#288",
        scale=lambda _gamma, dy: dy,
    )
    its.enter(
        "mistake",
        "gamma-gradient-of-the-input",
        "dγ = Σ dy x: the input in place of what it was normalised to.",
        "the cached x in place of x̂",
        basis=lambda _x_hat, x: x,
    )
    its.enter(
        "mistake",
        "averaged-over-samples",
        "The gradients of the parameters are divided by the number of samples, which dy has been.",
        "np.mean for np.sum",
        gather=lambda x: over_samples(x) / (x.size // x.shape[-1]),
    )
    its.enter(
        "dialect",
        "epsilon-outside-root",
        "The gradient of a form that divides by σ + ε, taken as if that were √(σ² + ε).",
        "hand-written backward passes that go on from the cached divisor",
        root=outside,
    )
