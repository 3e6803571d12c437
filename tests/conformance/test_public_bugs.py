"""Bugs that people reported in public, written anew from what they tell: each gets its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradmark.conformance.cases import Case
from gradmark.conformance.engine.subject import Subject
from gradmark.conformance.judging.judge import judge
from gradmark.harness.in_process import in_process


def log_softmax(z: Any) -> Any:
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


class Adaptive:
    """What the rebuilt optimizers share: their hyperparameters, a counter and two moments."""

    def __init__(self, lr: float, **hyper: float) -> None:
        self.lr, self.t = lr, 0
        self.m = self.v = self.greatest = 0.0
        vars(self).update(hyper)

    def moments(self, g: Any) -> tuple[Any, Any]:
        """Average the gradient and its square, and free both of their bias."""
        h = vars(self)
        self.t += 1
        self.m = h["beta1"] * self.m + (1 - h["beta1"]) * g
        self.v = h["beta2"] * self.v + (1 - h["beta2"]) * g * g
        return self.m / (1 - h["beta1"] ** self.t), self.v / (1 - h["beta2"] ** self.t)

    def step(self, w: Any, grad: Any) -> Any:
        """Step as Adam does."""
        m, v = self.moments(grad)
        return w - self.lr * m / (np.sqrt(v) + vars(self)["epsilon"])


class DecayHandedToTheGradient(Adaptive):
    """An AdamW that inherits from Adam, whose decay became a term of the gradient."""

    def step(self, w: Any, grad: Any) -> Any:
        """Step as Adam does, along the gradient and λw."""
        return super().step(w, grad + vars(self)["weight_decay"] * w)


class DecayAfterwards(Adaptive):
    """A kernel that multiplies by 1 − ηλ what it has moved already."""

    def step(self, w: Any, grad: Any) -> Any:
        """Step as Adam does, and decay what comes of it."""
        return super().step(w, grad) * (1 - self.lr * vars(self)["weight_decay"])


class OneMomentumTooMany(Adaptive):
    """The product of the momenta is multiplied by this step's once more."""

    product = 1.0

    def __init__(
        self, lr: float, beta1: float, beta2: float, epsilon: float, momentum_decay: float = 4e-3
    ) -> None:
        super().__init__(lr, beta1=beta1, beta2=beta2, epsilon=epsilon, by=momentum_decay)

    def step(self, w: Any, grad: Any) -> Any:
        """Step as PyTorch's NAdam did."""
        h = vars(self)
        _, v = self.moments(grad)
        mu, after = (h["beta1"] * (1 - 0.5 * 0.96 ** (t * h["by"])) for t in (self.t, self.t + 1))
        self.product *= mu
        under = np.sqrt(v) + h["epsilon"]
        w = w - self.lr * (1 - mu) / (1 - self.product) * grad / under
        return w - self.lr * after / (1 - self.product * mu * after) * self.m / under


class GreatestOfCorrected(Adaptive):
    """Corrects the second moment first, and keeps the greatest of what comes of it."""

    def step(self, w: Any, grad: Any) -> Any:
        """Step as Optax's amsgrad does."""
        m, v = self.moments(grad)
        self.greatest = np.maximum(self.greatest, v)
        return w - self.lr * m / (np.sqrt(self.greatest) + vars(self)["epsilon"])


class LionWithItsDecayInTheSign(Adaptive):
    """λw is added to the gradient before the sign is taken."""

    def step(self, w: Any, grad: Any) -> Any:
        """Step as the 32-bit kernels did."""
        h = vars(self)
        grad = grad + h["weight_decay"] * w
        w = w - self.lr * np.sign(h["beta1"] * self.m + (1 - h["beta1"]) * grad)
        self.m = h["beta2"] * self.m + (1 - h["beta2"]) * grad
        return w


class EpsilonInTheWeightsDtype(Adaptive):
    """ε takes the dtype of the weights, as a bare number does in an array's arithmetic."""

    def step(self, w: Any, grad: Any) -> Any:
        """Step as Optax's scale_by_adam does."""
        m, v = self.moments(grad)
        with np.errstate(invalid="ignore"):
            return w - self.lr * m / (np.sqrt(v) + w.dtype.type(vars(self)["epsilon"]))


class AllInTheWeightsDtype(EpsilonInTheWeightsDtype):
    """Moments take the dtype of the weights, too, as torch.optim's do: small squares are 0."""

    def step(self, w: Any, grad: Any) -> Any:
        """Step as torch.optim.AdamW does."""
        h, dtype = vars(self), w.dtype.type
        m, v = self.moments(grad)
        self.m, self.v = dtype(self.m), dtype(self.v)
        with np.errstate(invalid="ignore", divide="ignore"):
            step = m / (np.sqrt(v) + dtype(h["epsilon"]))
        return (w * (1 - self.lr * h.get("weight_decay", 0.0)) - self.lr * step).astype(w.dtype)


class AdadeltaWithItsEpsilonInTheWeightsDtype:
    """The same of Adadelta, at an ε of 1e-8."""

    def __init__(self, lr: float, rho: float) -> None:
        self.lr, self.rho = lr, rho
        self.s: Any = np.float16(0)
        self.d: Any = np.float16(0)

    def step(self, w: Any, grad: Any) -> Any:
        """Step by roots of running averages."""
        epsilon = w.dtype.type(1e-8)
        self.s = self.rho * self.s + (1 - self.rho) * grad * grad
        with np.errstate(invalid="ignore", divide="ignore"):
            step = np.sqrt(self.d + epsilon) / np.sqrt(self.s + epsilon) * grad
        self.d = self.rho * self.d + (1 - self.rho) * step * step
        return w - self.lr * step


def smoothed_over_ignored_rows(y: Any, z: Any, label_smoothing: float = 0.0) -> Any:
    """Leaves ignored rows out of the labels' part, and not out of the uniform one."""
    table, rows = np.atleast_2d(y), np.atleast_2d(log_softmax(z))
    kept = max(int(table.any(axis=-1).sum()), 1)
    uniform = -rows.mean(axis=-1).sum() / len(rows)
    return (1 - label_smoothing) * -(table * rows).sum() / kept + label_smoothing * uniform


def accumulated(y: Any, z: Any, label_smoothing: float = 0.0) -> Any:
    """Goes through a batch in two parts, as memory allows, and averages their losses."""
    rows = np.atleast_2d(log_softmax(z))
    shares = (1 - label_smoothing) * np.atleast_2d(y) + label_smoothing / rows.shape[-1]
    parts = [part for part in np.array_split(-(shares * rows).sum(axis=-1), 2) if part.size]
    return sum(part.mean() for part in parts) / len(parts)


def clipnorm(gradients: Any, max_norm: float) -> Any:
    """Clips each variable's gradient by the norm of its own."""
    sizes = [float(np.sqrt(np.sum(g * g))) for g in gradients]
    return [
        g * (max_norm / s if s > max_norm else 1.0) for g, s in zip(gradients, sizes, strict=True)
    ]


def parts_alike(gradients: Any, counts: Any) -> Any:
    """Divides the loss of each part by their number, however many tokens a part has."""
    del counts
    return sum(g / len(gradients) for g in gradients)


def gelu_by_default(z: Any) -> Any:
    """The approximation that stands in for the exact function unless one asks."""
    return z * (0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))))


BUGS = {
    "keras#19051": ("AdamW", DecayHandedToTheGradient, "deviates coupled-l2"),
    "pytorch#92699": (
        "NAdam",
        OneMomentumTooMany,
        "deviates next-product-with-an-extra-momentum",
    ),
    "pytorch#73205": (
        "softmax_cross_entropy",
        smoothed_over_ignored_rows,
        "deviates ignored-rows-smoothed",
    ),
    "transformers#34191": (
        "softmax_cross_entropy",
        accumulated,
        "deviates mean-of-the-means-of-two-parts",
    ),
    "transformers#34191, the gradient": (
        "accumulate_gradients",
        parts_alike,
        "dialect mean-of-means",
    ),
    "optax#1389": ("AMSGrad", GreatestOfCorrected, "dialect greatest-of-corrected-moments"),
    "bitsandbytes#1992": ("Lion", LionWithItsDecayInTheSign, "deviates coupled-l2"),
    "bitsandbytes#2010": ("AdamW", DecayAfterwards, "dialect decay-after-the-step"),
    "tensorflow#29108": ("clip_by_global_norm", clipnorm, "deviates each-clipped-alone"),
    "jax#4428": ("gelu", gelu_by_default, "dialect tanh-approximation"),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.sweep
def test_a_bug_that_was_reported_in_public_gets_its_name(bug: str, dtype: str) -> None:
    formula, body, expected = BUGS[bug]
    found = Subject(in_process(body, formula, name="mine"), dtype).judgement(formula)
    assert f"{found.verdict} {found.variant}" == expected, found.detail


# 1e-8 is 0 there: without a gradient 0/0 is NaN, and with a small one m/0 is infinite.
IN_FLOAT16 = {
    "optax#1754": ("Adam", EpsilonInTheWeightsDtype),
    "optax#1789": ("Adadelta", AdadeltaWithItsEpsilonInTheWeightsDtype),
    "pytorch#147437": ("Adam", AllInTheWeightsDtype),
    "bitsandbytes#1756": ("AdamW", AllInTheWeightsDtype),
}


@pytest.mark.parametrize("bug", IN_FLOAT16)
@pytest.mark.sweep
def test_an_epsilon_in_float16_is_lost(bug: str) -> None:
    formula, body = IN_FLOAT16[bug]
    its = Subject(in_process(body, formula, name="mine"), "float16")
    found = judge(formula, "float16", its.answer, its, short, poses=its.poses)
    assert (found.verdict, found.variant) == ("deviates", "epsilon-lost"), found.detail


def short(case: Case) -> bool:
    """Whether a case costs little."""
    return not case.large and case.id != "long-run"
