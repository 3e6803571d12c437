"""Losses of logits under other names, and gradients that come beside the value."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve
from tests.harness.shapes.conftest import Verdict

OF_LOGITS = {
    "by a function of the file": (
        """
import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy_loss(scores, targets):
    n = scores.shape[0]
    return -np.log(softmax(scores)[np.arange(n), targets] + 1e-9).mean()
""",
        "softmax_cross_entropy",
        "softmax-epsilon-1e-9-inside-log",
    ),
    "by a helper's helper": (
        """
import numpy as np


def normalized(e):
    return e / e.sum(axis=-1, keepdims=True)


def chances(z):
    return normalized(np.exp(z - z.max(axis=-1, keepdims=True)))


def predicted(z):
    return chances(z)


def cross_entropy(outputs, targets):
    return -np.mean(np.sum(targets * np.log(predicted(outputs) + 1e-9), axis=1))
""",
        "softmax_cross_entropy",
        "softmax-epsilon-1e-9-inside-log",
    ),
    "behind a base's __call__": (
        """
import numpy as np


class Module:
    def __call__(self, *args):
        return self.forward(*args)


class CrossEntropyLoss(Module):
    def forward(self, logits, targets):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return -np.log(e / e.sum(axis=1, keepdims=True) + 1e-9)[range(len(e)), targets].mean()
""",
        "softmax_cross_entropy",
        "softmax-epsilon-1e-9-inside-log",
    ),
    "under the contract's own name": (
        """
import numpy as np


def binary_cross_entropy(y_true, y_pred):
    p = 1 / (1 + np.exp(-y_pred))
    return -np.sum(y_true * np.log(p + 1e-8) + (1 - y_true) * np.log(1 - p + 1e-8))
""",
        "binary_cross_entropy",
        "epsilon-1e-8-inside-logs + summed + from-logits",
    ),
    "in name alone": (
        """
import numpy as np


def cross_entropy(logits, labels):
    return -np.mean(np.sum(labels * np.log(logits + 1e-8), axis=1))
""",
        "categorical_cross_entropy",
        "epsilon-1e-8-inside-log",
    ),
}


@pytest.mark.parametrize("how", OF_LOGITS)
@pytest.mark.thorough
def test_a_loss_that_makes_probabilities_itself_is_one_of_logits(
    verdict: Verdict, how: str
) -> None:
    source, formula, variant = OF_LOGITS[how]
    found = verdict(source, formula)
    assert (found["verdict"], found["variant"]) == ("dialect", variant), found["detail"]


BESIDE = {
    "first": "grad = {sign} * 2 * d / d.size; return grad, np.mean(d**2)",
    "by a key": 'return {{"loss": np.mean(d**2), "grad": {sign} * 2 * d / d.size}}',
    "by its form": "return np.mean(d**2), {sign} * 2 * d / d.size",
    "by its form, first": "return {sign} * 2 * d / d.size, np.mean(d**2)",
    "turned round": "grad = 2 * d / d.size; return np.mean(d**2), -grad",
}
RIGHT, WRONG, DOUBTED = ("conforms", None), ("deviates", "sign-flipped"), ("unbound", None)


@pytest.mark.parametrize(
    ("how", "sign", "expected"),
    [
        ("first", 1, RIGHT),
        ("by a key", -1, WRONG),
        ("by its form", 1, RIGHT),
        ("by its form", -1, DOUBTED),
        ("by its form, first", 1, RIGHT),
        ("turned round", 1, DOUBTED),
    ],
)
def test_a_gradient_beside_its_value(
    verdict: Verdict, how: str, sign: int, expected: tuple[str, str | None]
) -> None:
    body = BESIDE[how].format(sign=sign)
    source = f"import numpy as np\n\n\ndef mse_loss(y, p):\n    d = p - y\n    {body}\n"
    found = verdict(source, "mse_loss_grad")
    assert (found["verdict"], found["variant"]) == expected, found["detail"]


FLAGGED = """
    import numpy as np


    def mse(y_true, y_pred, {flag}):
        grad = np.empty_like(y_pred)
        grad[...] = {sign} * 2 * (y_pred - y_true) / y_true.size
        loss = np.mean((y_pred - y_true) ** 2)
        return {answer}
"""


@pytest.mark.parametrize(
    ("flag", "answer", "sign", "expected"),
    [
        ("derivative=False", "grad if derivative else loss", 1, RIGHT),
        ("deriv", "grad if deriv else loss", -1, WRONG),
        ("return_grad=True", "(loss, grad) if return_grad else loss", 1, RIGHT),
    ],
)
def test_a_gradient_that_is_asked_for_by_a_flag(
    verdict: Verdict, flag: str, answer: str, sign: int, expected: tuple[str, str | None]
) -> None:
    source = FLAGGED.format(flag=flag, answer=answer, sign=sign)
    found = verdict(source, "mse_loss_grad")
    assert (found["verdict"], found["variant"]) == expected, found["detail"]
    assert verdict(source, "mse_loss")["verdict"] == "conforms"


BY_PLACES = """
    import numpy as np


    class SoftmaxCrossEntropy:
        def forward(self, logits, y_true):
            p = np.exp(logits - logits.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            return -np.log(p[range(len(p)), y_true.argmax(axis=1)]).mean()

        def backward(self, dvalues, y_true):
            dinputs = dvalues.copy()
            dinputs[range(len(dvalues)), np.argmax(y_true, axis=1)] -= 1
            return dinputs / len(dvalues)


    def log_loss(y_true, y_pred, normalize=True):
        p = np.clip(np.column_stack([1 - y_pred, y_pred]), 1e-7, 1)
        loss = -np.log(p[np.arange(len(y_true)), y_true.astype(int)])
        return loss.mean() if normalize else loss.sum()
"""


@pytest.mark.parametrize("formula", ["binary_cross_entropy", "softmax_cross_entropy_grad"])
def test_labels_that_are_places_are_not_soft(tmp_path: Path, formula: str) -> None:
    (tmp_path / "mine.py").write_text(textwrap.dedent(BY_PLACES), encoding="utf-8")
    with Contender(resolve("mine.py", tmp_path)) as contender:
        bound = contender.binding(formula)
    assert bound is not None
    assert "soft labels" in bound.lacks


def test_the_value_is_not_the_gradient_that_comes_first(verdict: Verdict) -> None:
    source = f"import numpy as np\n\n\ndef mse(y, p):\n    d = p - y\n    {BESIDE['first']}\n"
    assert verdict(source.format(sign=1), "mse_loss")["verdict"] == "conforms"


@pytest.mark.parametrize("beside", ["y_true - y_pred", "loss / np.mean(y_true**2)"])
def test_what_is_no_gradient_is_not_taken_for_one(verdict: Verdict, beside: str) -> None:
    source = f"""
    import numpy as np


    def mse_loss(y_true, y_pred):
        loss = np.mean((y_true - y_pred) ** 2)
        return loss, {beside}
    """
    assert verdict(source, "mse_loss_grad")["verdict"] == "absent"


def test_a_loss_of_each_entry_has_a_gradient_of_each_entry(verdict: Verdict) -> None:
    source = """
    class SquareLoss:
        def loss(self, y, y_pred):
            return 0.5 * (y - y_pred) ** 2

        def gradient(self, y, y_pred):
            return -(y - y_pred)
    """
    found = verdict(source, "mse_loss_grad")
    assert (found["verdict"], found["variant"]) == ("dialect", "of-half-the-sum"), found["detail"]
