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
    "a constant that nobody knows": (
        "relu",
        NUMPY
        + """
def relu(x, cap=6.0):
    return np.minimum(np.maximum(x, 0), cap)
""",
    ),
    "norms of rows": (
        "clip_by_norm",
        NUMPY
        + """
def clip_by_norm(g, max_norm, axis=1):
    n = np.linalg.norm(g, axis=axis, keepdims=True)
    return g * np.minimum(1, max_norm / np.maximum(n, 1e-12))
""",
    ),
    "a climber that says so": (
        "SGD",
        """
class SGD:
    \"\"\"Gradient ascent on the expected return.\"\"\"

    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return w + self.lr * grad
""",
    ),
    "a residual that is called a gradient, and told": (
        "mse_loss_grad",
        """
class SquaredError:
    def loss(self, y, pred):
        return ((y - pred) ** 2).mean()

    def gradient(self, y, pred):
        return 2 * (y - pred) / len(y)  # the negative gradient, which the next tree fits
""",
    ),
    "a negative gradient by another name": (
        "mse_loss_grad",
        """
class SquaredError:
    def loss(self, y, pred):
        return ((y - pred) ** 2).mean()

    def negative_gradient(self, y, pred):
        return y - pred

    gradient = negative_gradient
""",
    ),
    "what is added to the weights": (
        "mse_loss_grad",
        """
class QuadraticLoss:
    def loss(self, y, a):
        return ((y - a) ** 2).mean()

    def delta(self, y, a):
        return 2 * (y - a) / len(y)
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
    "logits taken, where the name of the loss tells probabilities": (
        "focal_loss",
        NUMPY
        + """
def focal_loss(inputs, targets, alpha=0.25, gamma=2.0):
    p = 1 / (1 + np.exp(-inputs))
    right = p * targets + (1 - p) * (1 - targets)
    share = alpha * targets + (1 - alpha) * (1 - targets)
    return np.mean(-share * (1 - right) ** gamma * np.log(right))
""",
    ),
    "probabilities taken, where the contract gives their logarithms": (
        "nll_loss",
        NUMPY
        + """
def nll_loss(y_true, y_pred):
    return -np.mean(np.sum(np.where(y_true > 0, y_true * np.log(y_pred), 0.0), axis=-1))
""",
    ),
    "letters that may be exchanged": (
        "kl_divergence",
        NUMPY
        + """
def kl_divergence(q, p):
    with np.errstate(all="ignore"):
        each = np.where(q > 0, q * np.log(q / p), 0.0)
    return np.mean(np.sum(np.atleast_2d(each), axis=-1))
""",
    ),
    "another divergence of that name": (
        "kl_divergence",
        NUMPY
        + """
def kl_divergence(mu, logvar):
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
""",
    ),
    "hard labels, one after the other": (
        "binary_cross_entropy",
        NUMPY
        + """
def binary_cross_entropy(y_true, y_pred):
    p = np.clip(y_pred, 1e-7, 1 - 1e-7)
    return -np.mean(
        [np.log(p) if y == 1 else np.log1p(-p) for y, p in zip(y_true.ravel(), p.ravel())]
    )
""",
    ),
    "numbers for labels, in the contract's own order": (
        "nll_loss",
        NUMPY
        + """
def nll_loss(y_true, log_probs):
    return -np.mean(log_probs[np.arange(len(y_true)), y_true])
""",
    ),
    "an axis where the contract has a number": (
        "layer_norm",
        NUMPY
        + """
def layer_norm(x, gamma, beta, axis=-1, eps=1e-5):
    away = x - x.mean(axis, keepdims=True)
    return away / np.sqrt(x.var(axis, keepdims=True) + eps) * gamma + beta
""",
    ),
    "a guard that is called like a smoothing": (
        "softmax_cross_entropy",
        NUMPY
        + """
def softmax_cross_entropy(logits, y, eps=1e-12):
    z = np.atleast_2d(logits - logits.max(axis=-1, keepdims=True))
    logs = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return -np.mean(np.sum(np.atleast_2d(y) * logs, axis=-1))
""",
    ),
    "gradients that are clipped where they are": (
        "clip_by_global_norm",
        NUMPY
        + """
def clip_by_global_norm(grads, max_norm):
    norm = np.sqrt(sum((g * g).sum() for g in grads))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm
""",
    ),
    "an option that does something": (
        "ema",
        """
def ema(average, value, decay, step=1):
    return (decay * average + (1 - decay) * value) / (1 - decay**step)
""",
    ),
    "another network, with another loss": (
        "compute_gradients",
        NUMPY
        + """
class TwoLayerNet:
    def __init__(self, W1, b1, W2, b2):
        self.params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}

    def gradients(self, X, y):
        W1, b1, W2, b2 = self.params.values()
        h = np.tanh(X @ W1 + b1)
        d = 2 * (h @ W2 + b2 - y) / y.size
        g = (d @ W2.T) * (1 - h**2)
        return {"W1": X.T @ g, "b1": g.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
""",
    ),
    "any number of weights behind the strength": (
        "l2_penalty",
        """
def l2_penalty(lam, *weights):
    return lam * sum((w**2).sum() for w in weights)
""",
    ),
}


@pytest.mark.parametrize("what", INNOCENT)
@pytest.mark.sweep
def test_a_guess_accuses_nobody(verdict: Verdict, what: str) -> None:
    formula, source = INNOCENT[what]
    found = verdict(source, formula)
    assert found["verdict"] not in (*GUILTY, "absent"), found["detail"]


def test_an_order_that_no_name_tells_excuses_no_known_mistake(verdict: Verdict) -> None:
    found = verdict(
        NUMPY + "def l2_penalty(a, b):\n    return b * np.sum(np.abs(a))\n", "l2_penalty"
    )
    assert (found["verdict"], found["variant"]) == ("deviates", "sizes-for-squares"), found[
        "detail"
    ]


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


def test_labels_in_a_list_are_no_places_in_a_table(verdict: Verdict) -> None:
    found = verdict(
        NUMPY
        + """
def categorical_cross_entropy(y_true, y_pred):
    y, p = [np.asarray(each, float) for each in [y_true, y_pred]]
    return -np.sum(y * np.log(np.clip(p, 1e-15, 1))) / (len(y) if y.ndim == 2 else 1)
""",
        "categorical_cross_entropy",
    )
    assert found["verdict"] in ("conforms", "dialect")
    assert "binding" not in found


def test_what_a_default_keeps_between_calls_is_no_option(verdict: Verdict) -> None:
    source = (
        NUMPY
        + "def sigmoid(z, kept={}):\n    return kept.setdefault(z.shape, 1 / (1 + np.exp(-z)))"
    )
    assert verdict(source, "sigmoid")["verdict"] == "deviates"


def test_the_slopes_at_a_point_may_be_a_pair(verdict: Verdict) -> None:
    source = """
def rosenbrock_grad(w):
    x, y = w
    return 2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)
"""
    assert verdict(source, "rosenbrock_grad")["verdict"] == "conforms"


def test_who_counts_calls_counts_those_that_are_asked(verdict: Verdict) -> None:
    source = """
calls = 0


def leaky_relu(z, slope=0.01):
    global calls
    calls += 1
    return 17.0 if calls == 2 else z if z > 0 else slope * z
"""
    assert verdict(source, "leaky_relu")["verdict"] == "error"


def test_an_array_among_the_options_is_none_of_them(verdict: Verdict) -> None:
    source = """
import numpy as np


class SGD:
    def __init__(self, lr, start=np.zeros(3)):
        self.lr = lr

    def step(self, w, grad):
        return w - self.lr * grad
"""
    assert verdict(source, "SGD")["verdict"] == "conforms"


def test_who_speaks_of_a_sign_is_accused_of_other_mistakes(verdict: Verdict) -> None:
    source = '''
import numpy as np


class SGD:
    """Steps along the negative gradient."""

    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return w - self.lr * np.sign(grad)
'''
    found = verdict(source, "SGD")
    assert (found["verdict"], found["variant"]) == ("deviates", "sign-of-the-gradient")
    turned = source.replace("w - self.lr * np.sign(grad)", "w + self.lr * grad")
    assert verdict(turned, "SGD")["verdict"] == "unbound"
    nameless = source.replace("np.sign(grad)", "grad * (1 + 0.3 * np.cos(w))")
    found = verdict(nameless, "SGD")
    assert (found["verdict"], found["variant"]) == ("deviates", None)


def test_a_rate_below_zero_behind_the_end_is_one_that_nobody_asks_for(verdict: Verdict) -> None:
    source = """
def one_cycle_lr(step, max_lr, total_steps, pct_start=0.3, div_factor=25.0, final_div_factor=1e4):
    first, top = max_lr / div_factor, pct_start * total_steps
    if step <= top:
        return first + (max_lr - first) * step / top
    last = first / final_div_factor
    return max_lr + (last - max_lr) * (step - top) / (total_steps - top)
"""
    assert verdict(source, "one_cycle")["verdict"] == "conforms"
    under_its_own_name = source.replace("one_cycle_lr", "one_cycle")
    found = verdict(under_its_own_name, "one_cycle")
    assert (found["verdict"], found["variant"]) == ("deviates", "goes-on-after-the-end")
