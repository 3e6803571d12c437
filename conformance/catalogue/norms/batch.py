"""Batch normalisation, its gradient and its averages: canonical forms, conventions, mistakes."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.norms.moments import (
    BATCH,
    FEATURES,
    biased,
    centred,
    mean_of,
    mistaken_gradient,
    normalising,
    outside,
    pulling_back,
    unbiased,
    without_epsilon,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, sqrt

IOFFE = "Ioffe and Szegedy 2015"

_batch = normalising(BATCH)
canonical("batch_norm", f"{IOFFE}, algorithm 1")(
    named("over_the_batch", "γ (x − μ) / √(σ² + ε) + β, μ and σ² over samples.", _batch())
)
BATCH_NORM = recipe("batch_norm", _batch)
without_epsilon(BATCH_NORM)
BATCH_NORM.enter(
    "dialect",
    "epsilon-outside-root",
    "Divides by σ + ε.",
    "MLX's documentation of BatchNorm, whose code has ε inside; codes of one's own after it",
    root=outside,
)
BATCH_NORM.enter(
    "mistake",
    "unbiased-variance",
    "The variance is divided by n − 1.",
    "torch.var's default; pytorch/pytorch#1410 on which of the two belongs where",
    spread=unbiased,
)
BATCH_NORM.enter(
    "mistake",
    "over-the-features",
    "Each sample is normalised over its features: layer normalisation.",
    "axis = 1 for axis = 0",
    axis=FEATURES,
)
BATCH_NORM.enter(
    "mistake",
    "over-everything",
    "One mean and one variance for the whole batch.",
    "the axis is missing",
    axis=None,
)
BATCH_NORM.enter(
    "mistake",
    "mean-not-taken-away",
    "x is divided, and not centred; the variance is that about zero.",
    "root-mean-square normalisation over the batch",
    away=lambda x, _axis: x,
)
BATCH_NORM.enter(
    "mistake",
    "divided-by-the-variance",
    "Divides by σ² + ε: the root is missing.",
    "the root is missing",
    root=lambda square, epsilon: square + epsilon,
)
BATCH_NORM.enter(
    "mistake",
    "beta-forgotten",
    "γ x̂, without β.",
    "the shift is missing",
    affine=lambda x_hat, gamma, _beta: gamma * x_hat,
)
BATCH_NORM.enter(
    "mistake",
    "gamma-forgotten",
    "x̂ + β, without γ.",
    "the scale is missing",
    affine=lambda x_hat, _gamma, beta: x_hat + beta,
)
BATCH_NORM.enter(
    "mistake",
    "scaled-after-the-shift",
    "γ (x̂ + β).",
    "parentheses",
    affine=lambda x_hat, gamma, beta: gamma * (x_hat + beta),
)

_gradient = pulling_back(BATCH)
canonical("batch_norm_grad", f"{IOFFE}, section 3")(
    named(
        "through_the_batch",
        "dx = γ (dy − mean dy − x̂ mean(dy x̂)) / √(σ² + ε), dγ = Σ dy x̂, dβ = Σ dy.",
        _gradient(),
    )
)
BATCH_GRADIENT = recipe("batch_norm_grad", _gradient)
without_epsilon(BATCH_GRADIENT)
mistaken_gradient(BATCH_GRADIENT)
BATCH_GRADIENT.enter(
    "mistake",
    "over-the-features",
    "The gradient of layer normalisation.",
    "axis = 1 for axis = 0",
    axis=FEATURES,
)

# --- averages -------------------------------------------------------------------------------------

Mix = Callable[[Exact, Exact, Exact], Exact]


def _variance(x: Exact, _mean: Exact) -> Exact:
    return unbiased(centred(x, BATCH), BATCH)[0]


def _biased(x: Exact, _mean: Exact) -> Exact:
    return biased(centred(x, BATCH), BATCH)[0]


def _averaging(
    mix: Mix = lambda old, new, m: (1 - m) * old + m * new,
    variance: Callable[[Exact, Exact], Exact] = _variance,
    of_variance: Mix | None = None,
) -> Body:
    def body(mean: Exact, var: Exact, x: Exact, momentum: Exact) -> tuple[Exact, Exact]:
        new = mix(mean, mean_of(x, BATCH)[0], momentum)
        return new, (of_variance or mix)(var, variance(x, new), momentum)

    return body


canonical("batch_norm_running", f"{IOFFE}, algorithm 2; PyTorch, BatchNorm1d")(
    named(
        "share_of_the_new",
        "(1 − m)·old + m·new of the mean and of the unbiased variance.",
        _averaging(),
    )
)
RUNNING = recipe("batch_norm_running", _averaging)
RUNNING.enter(
    "dialect",
    "share-of-the-old",
    "m·old + (1 − m)·new: the momentum is what stays.",
    "TensorFlow, fused BatchNormalization, with momentum = 0.99",
    mix=lambda old, new, m: m * old + (1 - m) * new,
)
RUNNING.enter(
    "dialect",
    "biased-variance",
    "The variance is divided by n.",
    "MLX before ml-explore/mlx#3817; tinygrad before tinygrad/tinygrad#807; Flax",
    variance=_biased,
)
RUNNING.enter(
    "dialect",
    "share-of-the-old-biased-variance",
    "m·old + (1 − m)·new, and the variance is divided by n.",
    "Keras, BatchNormalization: momentum = 0.99, _moments",
    mix=lambda old, new, m: m * old + (1 - m) * new,
    variance=_biased,
)
RUNNING.enter(
    "mistake",
    "bessel-twice",
    "n/(n − 1) is applied to a variance that has been divided by n − 1 already.",
    "np.var(ddof=1) · n / (n − 1)",
    variance=lambda x, _mean: unbiased(centred(x, BATCH), BATCH)[0] * x.shape[0] / (x.shape[0] - 1),
)
RUNNING.enter(
    "mistake",
    "standard-deviation-averaged",
    "The root of the variance is averaged.",
    "std for var: pytorch/pytorch#7028",
    variance=lambda x, mean: sqrt(_variance(x, mean)),
)
RUNNING.enter(
    "mistake",
    "old-not-faded",
    "old + m·new: the averages grow.",
    "the 1 − m is missing",
    mix=lambda old, new, m: old + m * new,
)
RUNNING.enter(
    "mistake",
    "new-taken-whole",
    "The averages are the batch's own.",
    "the momentum is ignored",
    mix=lambda old, new, m: 0 * m * old + new,
)
RUNNING.enter(
    "mistake",
    "variance-about-the-average",
    "The variance is that about the running mean.",
    "the running mean in place of the batch's",
    variance=lambda x, mean: unbiased(x - mean, BATCH)[0],
)
RUNNING.enter(
    "mistake",
    "variance-not-updated",
    "Only the mean is updated.",
    "the second line is missing",
    of_variance=lambda old, _new, _m: 1 * old,
)
RUNNING.enter(
    "mistake",
    "second-moment",
    "The mean of squares takes the variance's place.",
    "the mean is not taken away",
    variance=lambda x, _mean: biased(x, BATCH)[0],
)
