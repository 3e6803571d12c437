"""The focal loss of probabilities, with a weight for each class, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradmark.conformance.catalogue.losses.guards import clipped, rounded
from gradmark.conformance.catalogue.losses.own_epsilon import FLAT, clipping, flat, own_epsilon
from gradmark.conformance.catalogue.losses.pairs import Gradient, Loss, Terms, of_each, rows
from gradmark.conformance.truth import (
    Exact,
    elementwise,
    exp,
    left_of_one,
    log,
    log1p,
    maximum,
    power,
    total,
)

FOCAL = Loss("focal_loss", Gradient("focal_loss_grad"))


def _of_each(term: Callable[..., Exact]) -> Terms:
    """Let a term of y, p, log p, log(1 − p) and the constants act on arrays of them."""

    def terms(
        y: Exact, p: Exact, *constants: Exact, logs: tuple[Exact, Exact] | None = None
    ) -> Exact:
        its = logs or (log(p), log1p(-p))
        return elementwise(lambda *of_one: term(*of_one, *constants), 4)(y, p, *its)

    return terms


def _class(share: Exact, weight: Exact, log_share: Exact, rest: Exact, gamma: Exact) -> Exact:
    """−weight · share · rest^γ · log_share."""
    return -weight * share * power(rest, gamma) * log_share


def _terms(y: Exact, p: Exact, log_p: Exact, log_q: Exact, gamma: Exact, alpha: Exact) -> Exact:
    positive = _class(y, alpha, log_p, 1 - p, gamma)
    return positive + _class(1 - y, 1 - alpha, log_q, p, gamma)


def _slope(p: Exact, q: Exact, log_p: Exact, gamma: Exact) -> Exact:
    """The slope of −q^γ log p, q = 1 − p."""
    return power(q, gamma) * (gamma * log_p / q - 1 / p)


def _slopes(y: Exact, p: Exact, gamma: Exact, alpha: Exact) -> Exact:
    q = 1 - p
    positive = alpha * y * _slope(p, q, log(p), gamma)
    return positive - (1 - alpha) * (1 - y) * _slope(q, p, log1p(-p), gamma)


FOCAL.canonical(
    "Lin, Goyal, Girshick, He and Dollár 2017, equation 5",
    "−α y (1 − p)^γ log p − (1 − α)(1 − y) p^γ log(1 − p); the mean.",
    _of_each(_terms),
    "α y (1 − p)^γ (γ log p / (1 − p) − 1/p) − (1 − α)(1 − y) p^γ (γ log(1 − p) / p − 1/(1 − p)).",
    of_each(_slopes),
)


def _of_p_t(y: Exact, p: Exact, log_p: Exact, log_q: Exact, gamma: Exact, alpha: Exact) -> Exact:
    weight = alpha * y + (1 - alpha) * (1 - y)
    wrong = left_of_one(y * (1 - p) + (1 - y) * p)
    return -weight * power(wrong, gamma) * (y * log_p + (1 - y) * log_q)


def _slope_of_p_t(y: Exact, p: Exact, gamma: Exact, alpha: Exact) -> Exact:
    weight, wrong = alpha * y + (1 - alpha) * (1 - y), y * (1 - p) + (1 - y) * p
    inner = gamma * (1 - 2 * y) * (y * log(p) + (1 - y) * log1p(-p)) / wrong
    return -weight * power(wrong, gamma) * (inner + y / p - (1 - y) / (1 - p))


FOCAL.form(
    "dialect",
    "of-p-t",
    "α_t (1 − p_t)^γ times the cross-entropy: another loss for soft labels.",
    "Keras, binary_focal_crossentropy; Optax, sigmoid_focal_loss; torchvision, sigmoid_focal_loss",
    _of_each(_of_p_t),
    of_each(_slope_of_p_t),
)


def _of_log_p_t(y: Exact, p: Exact, _p: Exact, _q: Exact, gamma: Exact, alpha: Exact) -> Exact:
    weight = alpha * y + (1 - alpha) * (1 - y)
    right = y * p + (1 - y) * (1 - p)
    return -weight * power(1 - right, gamma) * log(right)


FOCAL.form(
    "dialect",
    "of-p-t-throughout",
    "−α_t (1 − p_t)^γ log p_t, p_t = y p + (1 − y)(1 − p): another loss for soft labels.",
    "Lin et al. 2017, equation 5, as it is printed, and p_t put together without a case",
    _of_each(_of_log_p_t),
)


def _of_the_entropy(
    y: Exact, _: Exact, log_p: Exact, log_q: Exact, gamma: Exact, alpha: Exact
) -> Exact:
    weight = alpha * y + (1 - alpha) * (1 - y)
    entropy = -(y * log_p + (1 - y) * log_q)
    return weight * power(1 - exp(-entropy), gamma) * entropy


FOCAL.form(
    "dialect",
    "p-t-of-the-cross-entropy",
    "α_t (1 − e^−H)^γ H, H the cross-entropy: another loss for soft labels.",
    "Kornia before binary_focal_loss_with_logits; pt = exp(-bce) in much code over PyTorch",
    _of_each(_of_the_entropy),
)
FOCAL.both(
    "dialect",
    "divided-by-positives",
    "Divided by the sum of the labels, by 1 where there are none.",
    "Lin et al. 2017, section 4.1: by the number of anchors with an object",
    count=lambda y: maximum(total(y), 1.0),
)


def _logs_clipped(epsilon: float) -> dict[str, Any]:
    def logs(p: Exact, dtype: str) -> tuple[Exact, Exact]:
        q = clipped(p, epsilon, dtype)
        return log(q), log1p(-q)

    return {"logs": logs}


def _adding(epsilon: float) -> dict[str, Any]:
    def logs(p: Exact, dtype: str) -> tuple[Exact, Exact]:
        its = rounded(epsilon, dtype)
        return log(p + its), log(1 - p + its)

    return {"logs": logs}


FOCAL.enter(
    "dialect",
    "clipped-at-1e-7",
    "The logarithms, but not the factors, are of p clipped at ε = 1e-7.",
    "Keras, binary_focal_crossentropy: ε = 1e-7 for the logarithms",
    **_logs_clipped(1e-7),
)
own_epsilon(
    "focal_loss",
    "clipped-at-{}",
    "The logarithms, but not the factors, are of p clipped at ε = {}.",
    _logs_clipped,
    above=True,
)
own_epsilon(
    "focal_loss",
    "epsilon-{}-inside-logs",
    "Adds ε = {} inside the logarithms.",
    _adding,
)


def _slopes_adding(epsilon: float) -> dict[str, Any]:
    def slope(p: Exact, q: Exact, gamma: Exact) -> Exact:
        return power(q, gamma) * (gamma * log(p + epsilon) / q - 1 / (p + epsilon))

    def slopes(y: Exact, p: Exact, gamma: Exact, alpha: Exact) -> Exact:
        rest = (1 - alpha) * (1 - y) * slope(1 - p, p, gamma)
        return alpha * y * slope(p, 1 - p, gamma) - rest

    return {"slopes": of_each(slopes)}


own_epsilon(
    "focal_loss_grad",
    "epsilon-{}-inside-logs",
    "The gradient of a loss that adds ε = {} inside the logarithms.",
    _slopes_adding,
)
for _formula in ("focal_loss", "focal_loss_grad"):
    own_epsilon(
        _formula,
        "probability-clipped-at-{}",
        "p is clipped to [ε, 1 − ε], ε = {}, before anything is computed.",
        clipping(above=True),
        above=True,
    )
own_epsilon(
    "focal_loss_grad",
    "flat-where-clipped-at-{}",
    "p outside [ε, 1 − ε], ε = {}, has no slope: it is clipped before anything is computed.",
    flat(_slopes, above=True),
    FLAT,
    above=True,
)


FOCAL.enter(
    "dialect",
    "of-several-classes",
    "−Σ α y (1 − p)^γ log p over the classes of a row; the mean over the rows.",
    "Keras, categorical_focal_crossentropy, of rows that sum to 1; Kornia and MONAI, softmax=True",
    terms=_of_each(lambda y, p, log_p, _, g, a: _class(y, a, log_p, 1 - p, g) if y > 0 else 0 * y),
    count=rows,
)

FOCAL.both(
    "mistake",
    "alpha-on-both-classes",
    "α weighs the negative class, too: it only scales the loss.",
    "liuyuisanai/Focal-Loss#4, mkocabas/focal-loss-keras#6, qubvel/segmentation_models#187",
    constants=lambda gamma, alpha: (2 * alpha, gamma, 0 * alpha + 0.5),
)
FOCAL.both(
    "mistake",
    "alpha-exchanged",
    "1 − α weighs the positive class.",
    "clcarwin/focal_loss_pytorch#10, fudannlp16/focal-loss#6",
    constants=lambda gamma, alpha: (1, gamma, 1 - alpha),
)
FOCAL.both(
    "mistake",
    "alpha-ignored",
    "No class is weighed, whatever α is asked for.",
    "Lin et al. 2017, equation 4, under an α",
    constants=lambda gamma, alpha: (2, gamma, 0 * alpha + 0.5),
)
FOCAL.form(
    "mistake",
    "gamma-multiplied",
    "γ (1 − p) for (1 − p)^γ.",
    "fudannlp16/focal-loss#6: * for **",
    _of_each(
        lambda y, p, log_p, log_q, g, a: (
            -g * (a * y * (1 - p) * log_p + (1 - a) * (1 - y) * p * log_q)
        )
    ),
)
FOCAL.form(
    "mistake",
    "focus-on-the-easy",
    "p^γ for (1 − p)^γ: who is right weighs most.",
    "p_t for 1 − p_t",
    _of_each(
        lambda y, p, log_p, log_q, g, a: (
            _class(y, a, log_p, p, g) + _class(1 - y, 1 - a, log_q, 1 - p, g)
        )
    ),
)
FOCAL.both(
    "mistake",
    "not-focused",
    "γ = 0: the weighted cross-entropy.",
    "a γ that is taken and never used",
    constants=lambda gamma, alpha: (1, 0 * gamma, alpha),
)
FOCAL.form(
    "mistake",
    "positive-class-only",
    "The term of the negative class is missing.",
    "donnyyou/torchcv#64",
    _of_each(lambda y, p, log_p, _, g, a: _class(y, a, log_p, 1 - p, g)),
    of_each(lambda y, p, g, a: a * y * _slope(p, 1 - p, log(p), g)),
)
FOCAL.gradient.form(
    "mistake",
    "factor-taken-for-a-constant",
    "The factor (1 − p)^γ is not differentiated.",
    "one term of a product rule",
    of_each(
        lambda y, p, g, a: -a * y * power(1 - p, g) / p + (1 - a) * (1 - y) * power(p, g) / (1 - p)
    ),
)
