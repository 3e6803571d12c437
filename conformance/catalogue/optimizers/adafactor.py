"""Adafactor: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.losses.guards import as_stored
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    norm,
    one_late,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits.trajectories import AROUND, fixed, swapped
from gradmark.conformance.catalogue.variant import Body, Guard, canonical
from gradmark.conformance.truth import Exact, maximum, mean, minimum, power, sqrt

SHAZEER = "Shazeer and Stern 2018"
Axes = tuple[int, int]  # that of a row, and that of a column
Product = Callable[[Exact, Exact, Axes, Real], Exact]  # of r, c, and ε₁


def rms(x: Exact) -> Exact:
    """The root mean square of a whole array; that of none is 0."""
    return sqrt(mean(x**2)) if np.size(x) else 0


def along(x: Exact, axis: int) -> Exact:
    """The mean along an axis, which stays with a length of 1."""
    return np.sum(x, axis=axis, keepdims=True) / x.shape[axis]


def last_two(x: Exact) -> Axes | None:
    """The axes of a matrix; nothing where there is none."""
    return (-1, -2) if np.ndim(x) > 1 and np.size(x) else None


def _product(r: Exact, c: Exact, axes: Axes, _epsilon: Real) -> Exact:
    return r / along(r, axes[1]) * c  # r c alone is 0 in float32 where both are 1e-30


def share(t: int, exponent: Real) -> Exact:
    """How much of the past stays: β₂ₜ."""
    return 1 - power(float(t), -exponent)


@canonical("Adafactor", f"{SHAZEER}, algorithms 4 and 5, with the rate given")
def factored_second_moment(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    decay_exponent: Real = 0.8,
    epsilon1: Real = 1e-30,
    epsilon2: Real = 1e-3,
    clip_threshold: Real = 1,
) -> Trajectory:
    """v = r c / mean(r); u = g / √v; w ← w − η max(ε₂, RMS(w)) u / max(1, RMS(u) / d)."""
    r = c = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        beta = 1 - power(float(t), -decay_exponent)
        squares = g**2 + epsilon1
        if last_two(g):
            r, c = average(r, along(squares, -1), beta), average(c, along(squares, -2), beta)
            v = r * c / along(r, -2)
        else:
            v = average(v, squares, beta)
        u = g / sqrt(v)
        u = u / maximum(1, rms(u) / clip_threshold)
        w = w - lr * maximum(epsilon2, rms(w)) * u
        yield w


def assemble(
    shared: Callable[[int, Real], Exact] = share,
    prepared: Callable[[Exact, Real], Exact] = lambda g, _most: g,
    squared: Callable[[Exact, Real], Exact] = lambda g, epsilon: g**2 + epsilon,
    axes: Callable[[Exact], Axes | None] = last_two,
    product: Product = _product,
    mixed: Callable[[Exact, Exact, Real], Exact] = average,
    divided: Callable[[Exact, Exact, Real, str], Exact] = lambda g, v, _epsilon, _dtype: (
        g / sqrt(v)
    ),
    clipped: Callable[[Exact, Real], Exact] = lambda u, most: u / maximum(1, rms(u) / most),
    scaled: Callable[[Exact, Real], Exact] = lambda w, least: maximum(least, rms(w)),
    relative: Callable[[Exact, int], Exact] = lambda lr, _t: lr,
    direction: int = 1,
) -> Body:
    """Put together a trajectory of Adafactor."""

    def body(
        w: Exact,
        gradients: Exact,
        rates: Exact,
        decay_exponent: Real = 0.8,
        epsilon1: Real = 1e-30,
        epsilon2: Real = 1e-3,
        clip_threshold: Real = 1,
        *,
        dtype: str,
    ) -> Trajectory:
        r = c = v = 0 * w
        for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            g = prepared(g, clip_threshold)
            beta, squares, factored = shared(t, decay_exponent), squared(g, epsilon1), axes(g)
            if factored:
                r = mixed(r, along(squares, factored[0]), beta)
                c = mixed(c, along(squares, factored[1]), beta)
                v = product(r, c, factored, epsilon1)
            else:
                v = mixed(v, squares, beta)
            u = clipped(divided(g, v, epsilon1, dtype), clip_threshold)
            w = w - direction * (relative(lr, t) * scaled(w, epsilon2) * u)
            yield w

    return body


ADAFACTOR = recipe("Adafactor", assemble, **AROUND)

# --- conventions ----------------------------------------------------------------------------------


def _two_longest(x: Exact) -> Axes | None:
    shorter, longer = np.argsort(x.shape)[-2:].tolist() if last_two(x) else (0, 0)
    return (longer, shorter) if last_two(x) else None


def _floored(g: Exact, v: Exact, epsilon: Real, dtype: str) -> Exact:
    return g / sqrt(maximum(v, as_stored(float(epsilon) ** 2, dtype)))


def _over_a_floor(r: Exact, c: Exact, axes: Axes, epsilon: Real) -> Exact:
    return r * c / maximum(along(r, axes[1]), epsilon)


ADAFACTOR.enter(
    "dialect",
    "rate-not-scaled-by-the-weights",
    "w ← w − η u: the rate is the same for weights of every size.",
    "Transformers and MLX, Adafactor(scale_parameter=False); Optax, "
    "adafactor(multiply_by_parameter_scale=False)",
    scaled=lambda _w, _least: 1,
)
ADAFACTOR.enter(
    "dialect",
    "rate-at-most-one-over-root-t",
    "The rate is min(η, 1/√t).",
    "PyTorch, Adafactor; Keras, Adafactor, also with relative_step=False",
    relative=lambda lr, t: minimum(lr, 1 / sqrt(float(t))),
)
ADAFACTOR.enter(
    "dialect",
    "relative-step",
    "The rate is min(0.01, 1/√t), whatever is asked for.",
    f"{SHAZEER}, section 8; MLX and Transformers, Adafactor(relative_step=True), their default",
    relative=lambda lr, t: 0 * lr + minimum(0.01, 1 / sqrt(float(t))),
)
ADAFACTOR.enter(
    "dialect",
    "epsilon1-as-a-floor",
    "ε₁ is not added to squares: v is at least ε₁², and the mean that it is divided by ε₁. Where "
    "ε₁² is rounded to 0, as 1e-60 is in float32, it is NaN without a gradient.",
    "PyTorch, Adafactor, with its rate: pytorch/pytorch#154862",
    Guard(above_zero=1e-60),
    squared=lambda g, _epsilon: g**2,
    product=_over_a_floor,
    divided=_floored,
)
ADAFACTOR.enter(
    "dialect",
    "never-factored",
    "A matrix has a second moment for each entry, as a vector has.",
    "Optax, adafactor, and T5X, Adafactor, of axes shorter than 128; Optax, factored=False",
    axes=lambda _x: None,
)
ADAFACTOR.enter(
    "dialect",
    "two-longest-axes-factored",
    "Of more than two axes the two longest are the matrix.",
    "Optax, adafactor, and T5X, Adafactor, of axes of 128 and more",
    axes=_two_longest,
)

# --- mistakes -------------------------------------------------------------------------------------


ADAFACTOR.enter(
    "mistake",
    "clipping-upside-down",
    "u / min(1, RMS(u) / d): what is long stays so, and what is short is made longer.",
    "min for max: huggingface/pytorch-image-models#2790",
    clipped=lambda u, most: u / minimum(1, rms(u) / most),
)
ADAFACTOR.enter(
    "mistake",
    "gradient-clipped-in-the-place-of-the-step",
    "g / max(1, RMS(g) / d) comes first, and u stays as it is.",
    "google-deepmind/optax#408",
    prepared=lambda g, most: g / maximum(1, rms(g) / most),
    clipped=lambda u, _most: u,
)
ADAFACTOR.enter(
    "mistake",
    "clipping-forgotten",
    "u stays as long as it is.",
    "clip_threshold is taken and never used",
    clipped=lambda u, _most: u,
)
ADAFACTOR.enter(
    "mistake",
    "clipped-by-the-norm",
    "u / max(1, ‖u‖ / d): the larger the array, the shorter the step.",
    "a norm where its root mean square is meant",
    clipped=lambda u, most: u / maximum(1, norm(u) / most),
)
ADAFACTOR.enter(
    "mistake",
    "divided-by-the-row-itself",
    "v = r c / r: the mean of each row's one number is that number, and v is c alone.",
    "the mean over the axis that has gone: a review of pytorch/pytorch#129905",
    product=lambda r, c, axes, _epsilon: r * c / along(r, axes[0]),
)
ADAFACTOR.enter(
    "mistake",
    "factors-not-divided",
    "v = r c: the fourth power of gradients.",
    "the mean of the row is missing",
    product=lambda r, c, _axes, _epsilon: r * c,
)
ADAFACTOR.enter(
    "mistake",
    "sums-beside-means",
    "r and c are sums, and they are divided by a mean.",
    "facebookresearch/fairseq#5290 asks which of the two it is",
    product=lambda r, c, axes, _epsilon: r * r.shape[axes[1]] * c / along(r, axes[1]),
)
ADAFACTOR.enter(
    "mistake",
    "epsilons-exchanged",
    "ε₁ bounds the scale of the weights, and ε₂ is added to squares.",
    "eps[0] for eps[1]: konstmish/prodigy#25 asks which is which",
    hyper=swapped("epsilon1", "epsilon2"),
)
ADAFACTOR.enter(
    "mistake",
    "epsilon1-beside-the-root",
    "u = g / (√v + ε₁), as in Adam.",
    "Adam's ε in the place of Adafactor's",
    squared=lambda g, _epsilon: g**2,
    divided=lambda g, v, epsilon, _dtype: g / (sqrt(v) + epsilon),
)
ADAFACTOR.enter(
    "mistake",
    "epsilon1-ignored",
    "ε₁ is 1e-30 whatever the argument says.",
    "1e-30 written into the step",
    hyper=fixed(epsilon1=1e-30),
)
ADAFACTOR.enter(
    "mistake",
    "counter-starts-at-two",
    "β₂ₜ = 1 − (t + 1)^−δ: the first average has a share of zeros in it.",
    "the counter raised twice, or a step offset of one: google-deepmind/optax#1791",
    shared=lambda t, exponent: share(t + 1, exponent),
)
ADAFACTOR.enter(
    "mistake",
    "decay-constant",
    "β₂ is δ itself, and does not grow: RMSprop's average.",
    "a decay in the place of its exponent: google-research/language#112 asks what it is",
    shared=lambda _t, exponent: exponent,
)
ADAFACTOR.enter(
    "mistake",
    "scaled-by-the-norm",
    "The rate is scaled by max(ε₂, ‖w‖), which is more the larger the array is.",
    "a norm where its root mean square is meant",
    scaled=lambda w, least: maximum(least, norm(w)),
)
ADAFACTOR.enter(
    "mistake",
    "least-scale-forgotten",
    "The rate is scaled by RMS(w): weights that are zero stay so.",
    "ε₂ is taken and never used",
    scaled=lambda w, _least: rms(w),
)
ADAFACTOR.enter(
    "mistake",
    "least-scale-added",
    "The rate is scaled by ε₂ + RMS(w).",
    "a sum for the greater of two",
    scaled=lambda w, least: least + rms(w),
)
ADAFACTOR.enter(
    "mistake",
    "root-missing",
    "u = g / v.",
    "the root of the second moment is missing",
    divided=lambda g, v, _epsilon, _dtype: g / v,
)
ADAFACTOR.enter("mistake", "ascent", "w ← w + …: climbs.", "the sign of the step", direction=-1)
ADAFACTOR.enter(
    "mistake",
    "learning-rate-kept",
    "Goes on with the first learning rate when opt.lr is changed.",
    "a learning rate copied at construction",
    rates=held,
)
ADAFACTOR.enter(
    "mistake",
    "previous-gradient",
    "Moves by the gradient of the step before: the first step does nothing.",
    "the step taken before the new gradient is stored",
    gradients=one_late,
)
