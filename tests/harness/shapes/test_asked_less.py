"""What code cannot be asked is no fault of its: other code of its kind is right as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.shapes.conftest import judged

Expected = tuple[str, "str | None"]

DECORATED = """
    import functools

    def vectorize(fn):
        @functools.wraps(fn)
        def inner(z):
            return fn(np.asarray(z, dtype=float))
        return inner

    @vectorize
    def elu(z, alpha=1.0):
        return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))
"""
ENDS = """
    import math

    def cosine_annealing(epoch, initial_lr, T_max):
        if epoch > T_max:
            raise ValueError("it is over")
        return {half} * initial_lr * (1 + math.cos(math.pi * epoch / T_max))

    def polynomial_decay(epoch, initial_lr, end_lr, total_epochs, power):
        return (initial_lr - end_lr) * (1 - epoch / total_epochs) ** power + end_lr
"""
OF_MATH = """
    import math

    def tanh(x):
        return (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)

    def dtanh(x):
        return 1 - tanh(x){square}
"""


def test_what_a_decorator_does_not_hand_on_is_not_asked(tmp_path: Path) -> None:
    verdict, _, detail = judged(DECORATED, "elu", tmp_path)
    assert verdict == "conforms", detail


@pytest.mark.parametrize(
    ("formula", "half", "expected"),
    [
        ("cosine_annealing", "1.0", ("deviates", "twice-the-rate")),
        ("polynomial_decay", "", ("conforms", None)),
    ],
)
def test_a_schedule_that_raises_behind_its_end_is_not_asked_there(
    tmp_path: Path, formula: str, half: str, expected: Expected
) -> None:
    *found, detail = judged(ENDS.replace("{half}", half or "0.5"), formula, tmp_path)
    assert tuple(found) == expected, detail


def test_a_schedule_that_keeps_something_is_not_tried_beforehand(tmp_path: Path) -> None:
    source = """
    calls = 0

    def cosine_annealing(epoch, initial_lr, T_max):
        global calls
        calls += 1
        return 0.5 * initial_lr * (1 + np.cos(np.pi * epoch / T_max)) * (1 if calls > 1 else 2)
    """
    assert judged(source, "cosine_annealing", tmp_path)[0] == "deviates"


@pytest.mark.parametrize(
    ("square", "expected"), [(" ** 2", ("conforms", None)), ("", ("deviates", "square-lost"))]
)
def test_numbers_of_which_a_power_overflows_are_not_asked(
    tmp_path: Path, square: str, expected: Expected
) -> None:
    *found, detail = judged(OF_MATH.replace("{square}", square), "tanh_derivative", tmp_path)
    assert tuple(found) == expected, detail


BESIDE = """
    import math

    class LambdaLR:
        def __init__(self, optimizer, factor):
            self.optimizer, self.base, self.factor, self.n = optimizer, optimizer.lr, factor, 0
            self.optimizer.lr = self.base * factor(0)

        def step(self):
            self.n += 1
            self.optimizer.lr = self.base * self.factor(self.n)

    def get_cosine_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps):
        base = optimizer.lr

        def factor(step):
            if step < num_warmup_steps:
                return step / num_warmup_steps
            done = (step - num_warmup_steps) / (num_training_steps - num_warmup_steps)
            return {share} * (1 + math.cos(math.pi * done))

        def set_rate(step):
            optimizer.lr = base * factor(step)

        return {made}
"""


@pytest.mark.parametrize(
    ("made", "share", "expected"),
    [
        ("set_rate", "0.5", ("conforms", None)),
        ("LambdaLR(optimizer, factor)", "1.0", ("deviates", "twice-the-rate")),
        ("factor", "0.5", ("unbound", None)),
    ],
)
def test_what_sets_the_rate_of_an_optimizer_is_asked_for_it(
    tmp_path: Path, made: str, share: str, expected: Expected
) -> None:
    source = BESIDE.replace("{share}", share).replace("{made}", made)
    *found, detail = judged(source, "warmup_cosine", tmp_path)
    assert tuple(found) == expected, detail


def test_epochs_are_counted_in_intervals_of_one(tmp_path: Path) -> None:
    source = """

    def schedule_lr_decay(learning_rate0, epoch_num, decay_rate, time_interval=1000):
        return learning_rate0 / (1 + decay_rate * np.floor(epoch_num / time_interval))
    """
    verdict, _, detail = judged(source, "inverse_time_decay", tmp_path)
    assert verdict == "conforms", detail


OPERATION = """

    class Function:
        @classmethod
        def apply(cls, *inputs):
            return cls.forward(Context(), *inputs)

    {context}

    class Tanh(Function):
        @staticmethod
        def forward(ctx, x):
            t = np.tanh(x)
            ctx.save_for_backward(t)
            return t

        @staticmethod
        def backward(ctx, grad_output):
            (t,) = ctx.{saved}
            return grad_output * (1 - t{square})
"""
OWN_CONTEXT = """class Context:
        def save_for_backward(self, *its):
            self.kept = its"""


@pytest.mark.parametrize(
    ("context", "saved", "square", "expected"),
    [
        ("", "saved_tensors", " ** 2", ("conforms", None)),
        (OWN_CONTEXT, "kept", "", ("deviates", "square-lost")),
    ],
)
def test_an_operation_is_given_a_context(
    tmp_path: Path, context: str, saved: str, square: str, expected: Expected
) -> None:
    source = OPERATION.replace("{context}", context).replace("{saved}", saved)
    *found, detail = judged(source.replace("{square}", square), "tanh_derivative", tmp_path)
    assert tuple(found) == expected, detail


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("self.W += lr * X.T @ mse_prime(y, X @ self.W)", "unbound"),
        ("self.weights[0] += lr * X.T @ mse_prime(y, X @ self.W)", "unbound"),
        ("self.W -= lr * X.T @ mse_prime(y, X @ self.W)", "deviates"),
        ("self.b += 1", "deviates"),
    ],
)
def test_who_adds_a_slope_to_weights_may_have_turned_it(
    tmp_path: Path, step: str, expected: str
) -> None:
    source = f"""
    class Network:
        def train(self, X, y, lr):
            {step}

    def mse_prime(y_true, y_pred):
        return 2 * (y_true - y_pred) / y_true.size
    """
    assert judged(source, "mse_loss_grad", tmp_path)[0] == expected
