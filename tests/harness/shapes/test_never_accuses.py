"""A guess never accuses: what happened where code was bound naively does not happen here."""

from __future__ import annotations

import pytest

from tests.harness.shapes.adams import adam
from tests.harness.shapes.conftest import Verdict

GUILTY = ("deviates", "error", "crash", "timeout")
NUMPY = "import numpy as np\n\n\n"

INNOCENT = {
    "epsilon in the code": ("Adam", adam("epsilon written into it")),
    "one rate for the whole run": ("Adam", adam("a training loop")),
    "a rate that is kept from the start": (
        "SGD",
        """
class GradientDescent:
    def __init__(self, learning_rate=0.1):
        self.move = lambda w, g: w - learning_rate * g

    def update(self, w, grad):
        return self.move(w, grad)
""",
    ),
    "one-hot rows only": (
        "softmax_cross_entropy",
        NUMPY
        + """
def softmax_loss(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(y)), y].mean(), np.exp(logs)
""",
    ),
    "classes in columns": (
        "categorical_cross_entropy",
        NUMPY
        + """
def cross_entropy(AL, Y):
    return -np.sum(np.where(Y > 0, Y * np.log(AL), 0.0)) / Y.shape[1]
""",
    ),
    "labels and predictions without names": (
        "binary_cross_entropy",
        NUMPY
        + """
def log_loss(a, b):
    return -np.mean(b * np.log(a) + (1 - b) * np.log(1 - a))
""",
    ),
    "what an option does is not known": (
        "SGD",
        """
class SGD:
    def __init__(self, learning_rate=0.1, stretch=2.0):
        self.learning_rate, self.stretch = learning_rate, stretch

    def update(self, w, grad):
        return w - self.learning_rate * self.stretch * grad
""",
    ),
    "a typo that raises": (
        "SGD",
        """
class VanillaSGD:
    def __init__(self, learning_rate=0.1):
        self.learning_rate = learning_rate

    def update(self, w, grad):
        return w - self.leaning_rate * grad
""",
    ),
    "state that is not where it is looked for": (
        "Adam",
        """
def adam_step(w, g, memory, lr=0.001):
    raise KeyError("m")
""",
    ),
    "a training of its own": (
        "Adam",
        NUMPY
        + """
def fit_adam(X, y, epochs=3):
    return np.zeros(X.shape[1])
""",
    ),
}


@pytest.mark.parametrize("what", INNOCENT)
def test_a_guess_accuses_nobody(verdict: Verdict, what: str) -> None:
    formula, source = INNOCENT[what]
    found = verdict(source, formula)
    assert found["verdict"] not in (*GUILTY, "absent"), found["detail"]


def test_labels_are_told_by_their_names_and_never_by_place(verdict: Verdict) -> None:
    source = (
        NUMPY
        + "def log_loss(y_pred, y_true):\n"
        + """
    with np.errstate(all="ignore"):
        return -np.mean(np.where(y_true > 0, y_true * np.log(y_pred), 0.0)
                        + np.where(y_true < 1, (1 - y_true) * np.log1p(-y_pred), 0.0))
"""
    )
    assert verdict(source, "binary_cross_entropy")["verdict"] == "dialect"


def test_a_right_formula_under_the_contracts_name_in_the_other_order_is_right(
    verdict: Verdict,
) -> None:
    source = (
        NUMPY
        + "def binary_cross_entropy(y_pred, y_true):\n"
        + """
    with np.errstate(all="ignore"):
        return -np.mean(np.where(y_true > 0, y_true * np.log(y_pred), 0.0)
                        + np.where(y_true < 1, (1 - y_true) * np.log1p(-y_pred), 0.0))
"""
    )
    assert verdict(source, "binary_cross_entropy")["verdict"] == "dialect"


def test_two_that_may_be_meant_are_not_chosen_from(verdict: Verdict) -> None:
    found = verdict(adam("another name") + adam("state passed"), "Adam")
    assert found["verdict"] == "unbound"
    assert "MyAdamOptimizer" in found["detail"]
    assert "update_adam" in found["detail"]
