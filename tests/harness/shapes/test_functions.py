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
    "with a flag, whatever it is called": """
def nonlin(x, deriv=False):
    if deriv:
        z = x
        return {slope}
    return np.maximum(0, x)
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
@pytest.mark.sweep
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
@pytest.mark.sweep
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
@pytest.mark.sweep
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


CACHED = {
    "sigmoid": "    A = 1 / (1 + np.exp(-Z))\n    return A, Z\n",
    "relu": "    A = np.maximum(0, Z)\n    cache = Z\n    return A, cache\n",
}


@pytest.mark.parametrize("formula", CACHED)
def test_a_value_with_its_cache_under_the_contracts_own_name_is_the_value(
    verdict: Verdict, formula: str
) -> None:
    found = verdict(f"import numpy as np\n\ndef {formula}(Z):\n{CACHED[formula]}", formula)
    assert found["verdict"] == "conforms", found["detail"]


@pytest.mark.parametrize("axis", [0, 1])
def test_softmax_of_columns_is_as_right_as_of_rows(verdict: Verdict, axis: int) -> None:
    source = (
        "import numpy as np\n\ndef softmax(Z):\n"
        f"    e = np.exp(Z - Z.max(axis={axis}, keepdims=True))\n"
        f"    return e / e.sum(axis={axis}, keepdims=True)\n"
    )
    found = verdict(source, "softmax")
    assert found["verdict"] == "conforms", found["detail"]
    assert f"samples are {'rows' if axis else 'columns'}" in found["binding"]


def test_methods_that_need_nothing_of_their_object_are_functions(verdict: Verdict) -> None:
    source = (
        "import numpy as np\n\nclass NeuralNetwork:\n"
        "    def __init__(self, x): self.x = x\n"
        "    def sigmoid(self, z): return 1 / (1 + np.exp(-z))\n"
        "    def sigmoid_derivative(self, a): return a * (1 - a)\n"
    )
    for formula in ("sigmoid", "sigmoid_derivative"):
        found = verdict(source, formula)
        assert found["verdict"] == "conforms", found["detail"]
        assert f"NeuralNetwork.{formula}" in found["binding"]


def test_automatic_differentiation_of_numbers_is_asked_for_its_slope(verdict: Verdict) -> None:
    source = """
class Scalar:
    def __init__(self, data):
        self.data, self.grad, self._back = data, 0.0, lambda: None

    def relu(self):
        out = Scalar(self.data if self.data > 0 or self.data != self.data else 0.0)

        def back():
            self.grad += {slope} * out.grad

        out._back = back
        return out

    def backward(self):
        self.grad = 1.0
        self._back()
"""
    right = verdict(source.replace("{slope}", "(out.data > 0)"), "relu_derivative")
    assert right["verdict"] == "conforms", right["detail"]
    wrong = verdict(source.replace("{slope}", "1"), "relu_derivative")
    assert (wrong["verdict"], wrong["variant"]) == ("deviates", "one-everywhere")


COUNTED = """
class StepLR:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.optimizer, self.base, self.n = optimizer, optimizer.lr, 0
        self.step_size, self.gamma = step_size, gamma

    def step(self):
        self.n += 1
        self.optimizer.lr = self.base * self.gamma ** {drops}
"""


@pytest.mark.parametrize(
    ("drops", "expected"),
    [
        ("(self.n // self.step_size)", ("conforms", None)),
        ("round(self.n / self.step_size)", ("deviates", "drops-half-way")),
    ],
)
def test_a_schedule_beside_an_optimizer_is_read_from_it(
    verdict: Verdict, drops: str, expected: tuple[str, str | None]
) -> None:
    found = verdict(COUNTED.replace("{drops}", drops), "step_decay")
    assert (found["verdict"], found["variant"]) == expected, found["detail"]
