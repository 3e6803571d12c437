"""Losses, activations and schedules are recognised by their names and their parameters' names."""

from __future__ import annotations

import pytest

from tests.harness.shapes.conftest import Verdict

CROSS_ENTROPY = """
import numpy as np


def cross(y, p):
    with np.errstate(all="ignore"):
        return -np.mean({positive} + np.where(y < 1, (1 - y) * np.log1p(-p), 0.0))

"""
LOSSES = {
    "prediction first": """
def binary_crossentropy(y_hat, targets):
    return cross(targets, y_hat)
""",
    "an object": """
class BinaryCrossEntropyLoss:
    def forward(self, y_pred, y_true):
        return cross(y_true, y_pred)
""",
    "a value and a gradient": """
def log_loss(predictions, labels):
    return cross(labels, predictions), predictions - labels
""",
    "samples in columns": """
def compute_cost(AL, Y):
    m = Y.shape[1]
    return cross(Y, AL) + 0.0 * np.sum(1 - Y) * np.log(1.0) / m
""",
}
RIGHT, LOST = "np.where(y > 0, y * np.log(p), 0.0)", "0 * y"

DERIVATIVES = {
    "by its name": """
def relu_prime(z):
    return {slope}
""",
    "with a flag": """
def relu(x, derivative=False):
    z = x
    return {slope} if derivative else np.maximum(x, 0)
""",
    "of a class": """
class ReLU:
    def __call__(self, z):
        return np.maximum(z, 0)

    def gradient(self, z):
        return {slope}
""",
    "of a layer": """
class ReluLayer:
    def forward(self, inputs):
        self.z = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dvalues):
        z = self.z
        self.dinputs = dvalues * ({slope})
""",
    "forward and backward": """
def relu_forward(z):
    return np.maximum(z, 0), z


def relu_backward(dA, cache):
    z = cache
    return dA * ({slope})
""",
    "one number at a time": """
def drelu(z):
    if z != z:
        return z
    return float({slope})
""",
}

DECAYS = {
    "other names": """
def step_lr(epoch, base_lr, gamma, step_size):
    return base_lr * gamma ** {drops}
""",
    "an object": """
class StepDecay:
    def __init__(self, base_lr, drop=0.5, step_size=10):
        self.base_lr, self.gamma, self.step_size = base_lr, drop, step_size

    def __call__(self, epoch):
        base_lr, gamma, step_size = self.base_lr, self.gamma, self.step_size
        return base_lr * gamma ** {drops}
""",
    "a factory": """
def step_decay_schedule(base_lr, gamma, step_size):
    def rate(epoch):
        return base_lr * gamma ** {drops}

    return rate


step_decay = step_decay_schedule
del step_decay_schedule
""",
    "constants": """
BASE_LR, GAMMA, STEP_SIZE = 0.3, 0.25, 7


def step_decay(epoch):
    def decayed(step_size):
        return BASE_LR * GAMMA ** {drops}

    return decayed(STEP_SIZE)
""",
}


@pytest.mark.parametrize("shape", LOSSES)
@pytest.mark.parametrize(("positive", "expected"), [(RIGHT, "dialect"), (LOST, "deviates")])
def test_a_loss_in_every_shape(verdict: Verdict, shape: str, positive: str, expected: str) -> None:
    found = verdict(CROSS_ENTROPY.format(positive=positive) + LOSSES[shape], "binary_cross_entropy")
    assert found["verdict"] == expected, found["detail"]


@pytest.mark.parametrize("shape", DERIVATIVES)
@pytest.mark.parametrize(
    ("slope", "expected"),
    [
        ("np.where(z > 0, 1.0, 0.0)", ("conforms", None)),
        ("np.ones_like(z)", ("deviates", "one-everywhere")),
    ],
)
def test_a_derivative_in_every_shape(
    verdict: Verdict, shape: str, slope: str, expected: tuple[str, str | None]
) -> None:
    found = verdict(
        "import numpy as np\n" + DERIVATIVES[shape].format(slope=slope), "relu_derivative"
    )
    assert (found["verdict"], found["variant"]) == expected, found["detail"]


@pytest.mark.parametrize("shape", DECAYS)
@pytest.mark.parametrize(
    ("drops", "expected"),
    [
        ("(epoch // step_size)", ("conforms", None)),
        ("((epoch + 1) // step_size)", ("dialect", "drops-one-epoch-early")),
    ],
)
def test_a_schedule_in_every_shape(
    verdict: Verdict, shape: str, drops: str, expected: tuple[str, str | None]
) -> None:
    found = verdict(DECAYS[shape].format(drops=drops), "step_decay")
    assert (found["verdict"], found["variant"]) == expected, found["detail"]


def test_what_takes_z_is_as_right_as_what_takes_the_activation(verdict: Verdict) -> None:
    sigmoid = "import numpy as np\n\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n\n"
    of_z = "def sigmoid_derivative(z):\n    return sigmoid(z) * (1 - sigmoid(z))\n"
    of_a = "def sigmoid_derivative(a):\n    return a * (1 - a)\n"
    assert verdict(sigmoid + of_z, "sigmoid_derivative")["verdict"] == "dialect"
    assert verdict(sigmoid + of_a, "sigmoid_derivative")["verdict"] == "conforms"
