"""What no case asks, and why: questions to which a formula has no one right answer.

`conformance/vectors/index.json` lists it for those who use the vectors elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradmark.conformance.cases.case import Case, arrays_in
from gradmark.harness.contract import CONTRACT, DETERMINED, Kind
from gradmark.harness.contract.dtypes import tiny
from gradmark.harness.contract.parameter import PROBABILITIES as PROBABLE


@dataclass(frozen=True)
class Gap:
    """Inputs that no case of some formulas has; `holds` recognises them."""

    formulas: tuple[str, ...]
    inputs: str
    why: str
    holds: Callable[..., bool]  # of the arguments

    def covers(self, case: Case) -> bool:
        """Whether a case asks what this leaves out."""
        return case.formula in self.formulas and self.holds(*case.arguments)


def _of(*kinds: Kind) -> tuple[str, ...]:
    return tuple(name for name, formula in CONTRACT.items() if formula.kind in kinds)


def _empty(*given: Any) -> bool:
    return any(array.size == 0 for array in arrays_in(*given))


def _nan(*given: Any) -> bool:
    return any(bool(np.isnan(array).any()) for array in arrays_in(*given))


def _infinite(*given: Any) -> bool:
    return any(bool(np.isinf(array).any()) for array in arrays_in(*given))


def _not_finite(*arrays: Any) -> bool:
    return _nan(*arrays) or _infinite(*arrays)


def _outside_0_1(*arrays: Any) -> bool:
    given = [array for array in arrays if isinstance(array, np.ndarray)]
    with np.errstate(invalid="ignore"):  # bfloat16's comparisons tell of NaN
        return any(bool(np.any((array < 0) | (array > 1))) for array in given)


def _subnormal(*arrays: Any) -> bool:
    given = [array for array in arrays if isinstance(array, np.ndarray)]
    with np.errstate(invalid="ignore"):
        return any(bool(np.any((a != 0) & (abs(a) < tiny(a.dtype.name)))) for a in given)


def _narrow_integers(*arrays: Any) -> bool:
    kinds = [array.dtype for array in arrays_in(*arrays)]
    return any(kind.kind == "b" or (kind.kind in "iu" and kind.itemsize < 8) for kind in kinds)


def _many_axes(*arrays: Any) -> bool:
    return any(np.ndim(array) > 4 for array in arrays)


def _no_rows(z: Any) -> bool:
    return np.ndim(z) == 0 or np.size(z) == 0


LONGEST = 33008  # steps
ARTICLE = ("sigmoid", "sigmoid_derivative", "relu", "relu_derivative")
BEYOND = tuple(name for name in _of("activation") if name not in ARTICLE)
SLOPES = tuple(name for name in BEYOND if name.endswith(("_derivative", "_slope")))
LOSSES = _of("loss", "gradient")
OF_THE_ARTICLE = ("binary_cross_entropy", "categorical_cross_entropy", "softmax_cross_entropy")
ARRAYS = tuple(name for name, row in DETERMINED.items() if not row.takes_numbers)
PROBABILITIES = tuple(name for name in LOSSES if PROBABLE & {*CONTRACT[name].roles})

LEFT_OUT = (
    Gap(
        (*LOSSES, *_of("network")),
        "empty arrays",
        "a mean over nothing is 0/0: some code raises, some returns NaN",
        _empty,
    ),
    Gap(
        _of("norm"),
        "empty arrays, and single numbers",
        "a mean over nothing is 0/0, and what has no axis has no features",
        lambda x, *rest: _empty(x, *rest) or np.ndim(x) == 0,
    ),
    Gap(
        ("batch_norm_running",),
        "a batch of one sample",
        "its unbiased variance is 0/0: PyTorch refuses it",
        lambda _mean, _var, x, *_: len(x) < 2,
    ),
    Gap(
        _of("norm", "in hand"),
        "NaN and infinities",
        "∞ − ∞, ∞/∞ and 0 · ∞ depend on the order of operations, which a formula leaves open",
        _not_finite,
    ),
    Gap(
        LOSSES,
        "single numbers, without an axis",
        "Keras reduces over the last axis, and refuses what has none",
        lambda y_true, y_pred, *_: np.ndim(y_true) == 0 or np.ndim(y_pred) == 0,
    ),
    Gap(
        ("mse_loss",),
        "arrays of three axes or more",
        "scikit-learn refuses them",
        lambda y_true, *_: np.ndim(y_true) > 2,
    ),
    Gap(
        (*(n for n in LOSSES if n not in OF_THE_ARTICLE), *_of("network", "optimizer")),
        "NaN and infinities",
        "scikit-learn refuses them; elsewhere ∞ − ∞ and 0 · ∞ depend on the order of operations,"
        " which a formula leaves open",
        _not_finite,
    ),
    Gap(PROBABILITIES, "NaN", "PyTorch and scikit-learn refuse it", _nan),
    Gap(
        ("focal_loss", "focal_loss_grad"),
        "predictions of exactly 0 and 1",
        "there is no guard: 0 · log 0 is 0, NaN or an exception",
        lambda _, y_pred, *__: bool(np.any((y_pred == 0) | (y_pred == 1))),
    ),
    Gap(
        ("kl_divergence_grad", "categorical_cross_entropy_grad"),
        "predictions of 0",
        "the gradient divides by them",
        lambda _, y_pred: bool(np.any(y_pred == 0)),
    ),
    Gap(
        ("kl_divergence",),
        "0 against 0",
        "0 log(0/0) is 0, and NaN where the logarithm of q is taken first",
        lambda p, q: bool(np.any((p == 0) & (q == 0))),
    ),
    Gap(
        ("hinge_loss", "hinge_loss_grad"),
        "labels other than −1 and 1",
        "some code takes 0 for −1, some goes on, some raises",
        lambda y_true, _: bool(np.any(abs(y_true) != 1)),
    ),
    Gap(
        ("nll_loss", "nll_loss_grad"),
        "log probabilities above 0",
        "they are no logarithms of probabilities: some code raises, some goes on",
        lambda _, log_probs: bool(np.any(log_probs > 0)),
    ),
    Gap(
        ("relu",),
        "−∞",
        "z · (z > 0) makes it NaN, max(0, z) makes it 0; both are in use",
        lambda z: bool(np.isneginf(z).any()),
    ),
    Gap(
        BEYOND,
        "NaN and infinities",
        "z times a share that vanishes is ∞ · 0 = NaN, a comparison with NaN is false: what becomes"
        " of them is told, and not judged",
        lambda z, *_: _not_finite(z),
    ),
    Gap(
        ("softmax", "log_softmax"),
        "single numbers, and rows without entries",
        "there is nothing that could be shared",
        _no_rows,
    ),
    Gap(
        ("softmax", "log_softmax"),
        "arrays of three axes or more",
        "axis=1 is in use for the last axis of a table",
        lambda z: np.ndim(z) > 2,
    ),
    Gap(
        _of("test function"),
        "infinities",
        "the gradient, expanded, is ∞ − ∞",
        _infinite,
    ),
    Gap(
        ("relu_derivative",),
        "NaN",
        "a comparison with NaN is false and gives 0, arithmetic gives NaN; both are in use",
        _nan,
    ),
    Gap(
        (*PROBABILITIES, "sigmoid_derivative"),
        "labels, predictions and activations outside [0, 1]",
        "they are no probabilities: some code raises, some clips, some goes on",
        _outside_0_1,
    ),
    Gap(
        (*PROBABILITIES, "relu_derivative", *SLOPES),
        "subnormal numbers",
        "hardware and libraries may flush them to 0, where these formulas jump",
        _subnormal,
    ),
    Gap(
        _of("optimizer"),
        "a run of no steps",
        "it has no answer",
        lambda _w, gradients, _rates: len(gradients) == 0,
    ),
    Gap(
        tuple(name for name, row in CONTRACT.items() if row.matrices),
        "weights that are no matrix",
        "some code refuses them, some flattens what has more axes, some steps them by Adam",
        lambda w, *_: np.ndim(w) != 2,
    ),
    Gap(
        _of("schedule"),
        "negative epochs",
        "training has none",
        lambda epoch, *_: epoch < 0,
    ),
    Gap(
        ("multi_step_decay",),
        "milestones out of order, or none",
        "PyTorch asks for increasing ones, and Keras for one at least",
        lambda _epoch, _rate, ends, *_: not ends or sorted(ends) != list(ends),
    ),
    Gap(
        ("noam",),
        "step 0",
        "the formula counts from 1, and 0 to the power −½ is infinite",
        lambda step, *_: step < 1,
    ),
    Gap(
        ("step_decay", "cosine_annealing"),
        "a period of no epochs: epochs_drop = 0, T_max = 0",
        "the formulas divide by it",
        lambda *arguments: arguments[-1] == 0,
    ),
    Gap(
        ("cosine_restarts", "one_cycle"),
        "no steps at all: T_0 = 0, total_steps = 0",
        "the formulas divide by them",
        lambda _epoch, _rate, length, *_: length == 0,
    ),
    Gap(
        ("polynomial_decay",),
        "no steps at all: total_steps = 0",
        "the formula divides by them",
        lambda _step, _initial, _end, total, _power: total == 0,
    ),
    Gap(
        ("warmup_stable_decay",),
        "a decay of no steps",
        "whether the step after the plateau still has its rate, the formula leaves open",
        lambda *arguments: arguments[-1] == 0,
    ),
    Gap(
        ("warmup_cosine",),
        "total_epochs = warmup_epochs",
        "the formula divides by their difference",
        lambda *arguments: arguments[-1] == arguments[-2],
    ),
    Gap(
        ARRAYS,
        "Booleans, and integers of fewer than 64 bits",
        "NumPy's own arithmetic wraps them around: 3 − 5 of two uint8 arrays is 254",
        _narrow_integers,
    ),
    Gap(
        _of("activation", "norm", "in hand", "optimizer"),
        "arrays of five axes or more",
        "what is right for four is right for more",
        lambda first, *_: _many_axes(*arrays_in(first)),
    ),
    Gap(
        _of("optimizer"),
        f"more than {LONGEST} steps",
        "they take too long to be asked of everybody",
        lambda _w, gradients, _rates: len(gradients) > LONGEST,
    ),
)
