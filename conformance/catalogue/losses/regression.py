"""Losses of differences: absolute, Huber's, smooth L1; and their gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.catalogue.losses.pairs import Gradient, Loss, of_each
from gradmark.conformance.catalogue.variant import mistake
from gradmark.conformance.truth import Exact, maximum, mean, minimum, sqrt, total


def _sign(y: Exact, p: Exact, at_equality: float) -> Exact:
    return (p - y) * 0 + (1 if p > y else at_equality if p >= y else -1)


def _clip(x: Exact, limit: Exact) -> Exact:
    return minimum(maximum(x, -limit), limit)


# --- mean absolute error --------------------------------------------------------------------------

MAE = Loss("mae_loss", Gradient("mae_loss_grad"))

MAE.canonical(
    "Laplace 1774; Bloomfield and Steiger 1983",
    "The mean of |y − p|.",
    of_each(lambda y, p: abs(y - p)),
    "sign(p − y) / n; −1/n where they are equal, the slope on the left.",
    of_each(lambda y, p: _sign(y, p, -1)),
)
MAE.gradient.form(
    "dialect",
    "zero-at-equality",
    "0 where label and prediction are equal.",
    "PyTorch, l1_loss; TensorFlow and NumPy, sign(0) = 0",
    of_each(lambda y, p: _sign(y, p, 0)),
)
MAE.gradient.form(
    "dialect",
    "one-at-equality",
    "1/n where label and prediction are equal.",
    "JAX, the gradient of jnp.abs at 0",
    of_each(lambda y, p: _sign(y, p, 1)),
)
MAE.form(
    "mistake",
    "sign-kept",
    "The mean of y − p: errors of opposite sign cancel.",
    "mmp/pbrt-v4#442; factor/factor#3200",
    of_each(lambda y, p: y - p),
    of_each(lambda y, p: (y - p) * 0 - 1),
)
MAE.form(
    "mistake",
    "squares",
    "Squares where absolute differences belong.",
    "chainer/chainer#1881: mean squared error under this name",
    of_each(lambda y, p: (y - p) * (y - p)),
    of_each(lambda y, p: 2 * (p - y)),
)
MAE.form(
    "mistake",
    "relative",
    "|y − p| / |y|, a share of the target.",
    "the mean absolute percentage error under this name",
    of_each(lambda y, p: abs(y - p) / abs(y)),
)
MAE.form(
    "mistake",
    "difference-of-magnitudes",
    "|y| − |p|: the difference is taken of the absolute values.",
    "np.abs(y) - np.abs(p)",
    of_each(lambda y, p: abs(y) - abs(p)),
)
MAE.gradient.form(
    "mistake",
    "difference-itself",
    "(p − y) / n: the gradient of half a squared error.",
    "a squared error's backward pass",
    of_each(lambda y, p: p - y),
)


@mistake("mae_loss", "shizenglin/Deep-NCL#3: abs(sum(a) - sum(b))")
def difference_of_sums(y: Exact, p: Exact) -> Exact:
    """|Σ y − Σ p| / n: errors of opposite sign cancel."""
    return abs(total(y - p)) / np.size(y)


@mistake("mae_loss", "fastai/fastbook#401's kind: a root mean square under this name")
def root_mean_square(y: Exact, p: Exact) -> Exact:
    """The root of the mean square."""
    return sqrt(mean((y - p) ** 2))


# --- Huber ----------------------------------------------------------------------------------------

HUBER = Loss("huber_loss", Gradient("huber_loss_grad"))


def _huber(y: Exact, p: Exact, delta: Exact) -> Exact:
    d = abs(y - p)
    return d * d / 2 if d <= delta else delta * (d - delta / 2)


HUBER.canonical(
    "Huber 1964",
    "½ d² for |d| ≤ δ, else δ (|d| − ½ δ), d = y − p; the mean.",
    of_each(_huber),
    "p − y clipped to ±δ, over n.",
    of_each(lambda y, p, delta: _clip(p - y, delta)),
)
HUBER.form(
    "dialect",
    "smooth-l1",
    "Divided by δ, so that the slope far out is 1: smooth L1.",
    "PyTorch, SmoothL1Loss, against its HuberLoss: pytorch/pytorch#48595",
    of_each(lambda y, p, delta: _huber(y, p, delta) / delta),
    of_each(lambda y, p, delta: _clip(p - y, delta) / delta),
)
HUBER.both(
    "dialect",
    "doubled",
    "d² within δ, else 2 δ |d| − δ².",
    "scikit-learn, HuberRegressor; h2oai/h2o-3#6015",
    factor=2.0,
)


def _bowl(y: Exact, p: Exact, delta: Exact) -> Exact:
    return sqrt(1 + ((y - p) / delta) ** 2)


HUBER.form(
    "dialect",
    "pseudo-huber",
    "δ² (√(1 + (d/δ)²) − 1), which is smooth.",
    "Charbonnier et al. 1997; SciPy, special.pseudo_huber",
    # (√(1 + x²) − 1) = x² / (√(1 + x²) + 1), without the cancellation.
    of_each(lambda y, p, delta: (y - p) ** 2 / (_bowl(y, p, delta) + 1)),
    of_each(lambda y, p, delta: (p - y) / _bowl(y, p, delta)),
)


spelled(
    "huber_loss",
    "√(1 + (d/δ)²) is rounded before 1 is taken from it",
    HUBER.body(of_each(lambda y, p, delta: delta * delta * (_bowl(y, p, delta) - 1))),
    of="pseudo-huber",
)


def _jumping(name: str, says: str, source: str, far: Callable[[Exact, Exact], Exact]) -> None:
    """Enter another line far out, which does not meet the bowl at δ: on either side of it."""

    def beyond(y: Exact, p: Exact, delta: Exact) -> Exact:
        return _huber(y, p, delta) if abs(y - p) <= delta else far(abs(y - p), delta)

    def already_at(y: Exact, p: Exact, delta: Exact) -> Exact:
        return _huber(y, p, delta) if abs(y - p) < delta else far(abs(y - p), delta)

    HUBER.form("mistake", name, f"{says} far out: a jump at δ.", source, of_each(beyond))
    HUBER.form(
        "mistake",
        f"{name}-at-delta-already",
        f"{says} far out, and at δ itself: a jump there.",
        source,
        of_each(already_at),
    )


_jumping(
    "half-delta-not-subtracted",
    "δ |d|",
    "the two pieces do not meet: pytorch/pytorch#17447's kind",
    lambda size, delta: delta * size,
)
_jumping(
    "half-delta-not-multiplied",
    "δ |d| − ½ δ",
    "δ for δ²: the two pieces meet for δ = 1 alone",
    lambda size, delta: delta * (size - 0.5),
)
_jumping(
    "whole-delta-subtracted",
    "δ (|d| − δ)",
    "h2oai/h2o-3#6015",
    lambda size, delta: delta * (size - delta),
)
HUBER.form(
    "mistake",
    "delta-forgotten-far-out",
    "|d| − ½ δ far out: not multiplied by δ.",
    "PaddlePaddle/Paddle#44019's kind; smooth L1's line under Huber's bowl",
    of_each(
        lambda y, p, delta: _huber(y, p, delta) if abs(y - p) <= delta else abs(y - p) - delta / 2
    ),
    of_each(lambda y, p, delta: p - y if abs(y - p) <= delta else _sign(y, p, 0)),
)
HUBER.form(
    "mistake",
    "half-forgotten",
    "d² within δ, and δ (|d| − ½ δ) far out: the ½ is missing in the bowl.",
    "error**2 for error**2 / 2",
    of_each(
        lambda y, p, delta: (
            (y - p) * (y - p) if abs(y - p) <= delta else delta * (abs(y - p) - delta / 2)
        )
    ),
)
HUBER.form(
    "mistake",
    "one-sided",
    "0 where y − p is below −δ: the second mask lacks its absolute value.",
    "marlbenchmark/on-policy#47: e > d for abs(e) > d",
    of_each(lambda y, p, delta: _huber(y, p, delta) * (0 if y - p < -delta else 1)),
    of_each(lambda y, p, delta: _clip(p - y, delta) * (0 if y - p < -delta else 1)),
)
HUBER.form(
    "mistake",
    "delta-fixed-at-1",
    "δ = 1, whatever is asked for.",
    "a threshold that is taken and never used",
    of_each(lambda y, p, delta: _huber(y, p, 0 * delta + 1)),
    of_each(lambda y, p, delta: _clip(p - y, 0 * delta + 1)),
)
HUBER.gradient.form(
    "mistake",
    "not-clipped",
    "(p − y) / n, however far out.",
    "the bowl's slope everywhere",
    of_each(lambda y, p, delta: p - y + 0 * delta),
)

# --- smooth L1 ------------------------------------------------------------------------------------

SMOOTH = Loss("smooth_l1_loss", Gradient("smooth_l1_loss_grad"))


def _smooth(y: Exact, p: Exact, beta: Exact) -> Exact:
    d = abs(y - p)
    return d * d / 2 / beta if d < beta else d - beta / 2


SMOOTH.canonical(
    "Girshick 2015; PyTorch, SmoothL1Loss",
    "½ d² / β for |d| < β, else |d| − ½ β, d = y − p; the mean.",
    of_each(_smooth),
    "(p − y) / β clipped to ±1, over n.",
    of_each(lambda y, p, beta: _clip((p - y) / beta, 0 * beta + 1)),
)
SMOOTH.form(
    "dialect",
    "huber",
    "Times β, so that the curvature at 0 is 1: Huber's loss.",
    "Chainer and PaddlePaddle, Huber's loss as smooth L1 (PaddlePaddle/Paddle#44019)",
    of_each(lambda y, p, beta: beta * _smooth(y, p, beta)),
    of_each(lambda y, p, beta: _clip(p - y, beta)),
)


def _by_sigma(y: Exact, p: Exact, sigma: Exact) -> Exact:
    d, square = abs(y - p), sigma * sigma
    return square * d * d / 2 if d * square < 1 else d - 1 / (2 * square)


SMOOTH.form(
    "dialect",
    "threshold-at-one-over-the-square",
    "½ σ² d² for |d| < 1/σ², else |d| − ½ / σ²: the parameter is a σ.",
    "Girshick 2015, py-faster-rcnn, smooth_L1_loss's sigma",
    of_each(_by_sigma),
    of_each(lambda y, p, sigma: _clip(sigma * sigma * (p - y), 0 * sigma + 1)),
)
SMOOTH.form(
    "mistake",
    "bowl-not-divided",
    "½ d² within β: not divided by β, a jump at β.",
    "keras-team/keras-cv#920; pytorch/pytorch#17447",
    of_each(lambda y, p, beta: _smooth(y, p, beta) * (beta if abs(y - p) < beta else 1)),
    of_each(lambda y, p, beta: p - y if abs(y - p) < beta else _sign(y, p, 0)),
)
SMOOTH.form(
    "mistake",
    "half-for-half-beta",
    "|d| − ½ far out, whatever β is.",
    "fastestimator/fastestimator#330: the line of β = 1",
    of_each(lambda y, p, beta: _smooth(y, p, beta) if abs(y - p) < beta else abs(y - p) - 0.5),
)
SMOOTH.form(
    "mistake",
    "half-beta-not-subtracted",
    "|d| far out: a jump at β.",
    "the two pieces do not meet",
    of_each(lambda y, p, beta: _smooth(y, p, beta) if abs(y - p) < beta else abs(y - p)),
)
SMOOTH.form(
    "mistake",
    "half-forgotten",
    "d² / β within β: the ½ is missing.",
    "error**2 / beta for error**2 / (2 * beta)",
    of_each(lambda y, p, beta: _smooth(y, p, beta) * (2 if abs(y - p) < beta else 1)),
    of_each(lambda y, p, beta: 2 * (p - y) / beta if abs(y - p) < beta else _sign(y, p, 0)),
)
SMOOTH.form(
    "mistake",
    "beta-fixed-at-1",
    "β = 1, whatever is asked for.",
    "fastestimator/fastestimator#330: a β that is not there",
    of_each(lambda y, p, beta: _smooth(y, p, 0 * beta + 1)),
    of_each(lambda y, p, beta: _clip(p - y, 0 * beta + 1)),
)
SMOOTH.form(
    "mistake",
    "sign-not-taken-off",
    "½ d² / β wherever d < β, far below it, too.",
    "ml-explore/mlx#1986: (x − y) < β for |x − y| < β, as its documentation had it",
    of_each(lambda y, p, beta: (y - p) ** 2 / 2 / beta if p - y < beta else p - y - beta / 2),
    of_each(lambda y, p, beta: minimum((p - y) / beta, 0 * beta + 1)),
)
