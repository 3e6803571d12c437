"""Options: who has one is judged with it, who has none is not asked, and a guess accuses nobody."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradmark.conformance.cases import cases
from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.engine.subject import Subject, subject_of
from gradmark.conformance.judging.judge import Judgement
from gradmark.harness.contract import CONTRACT
from gradmark.harness.in_process import in_process


def judged(formula: str, **names: Any) -> Judgement:
    """Judge what a module of these names has."""
    return Subject(in_process(SimpleNamespace(**names), name="mine"), "float64").judgement(formula)


def told(found: Judgement) -> str:
    return f"{found.verdict} {found.variant}" if found.variant else found.verdict


def adam(
    shrunk: Callable[[Any, Any, float, float], Any] = lambda _w, moved, _lr, _decay: moved,
    pulled: Callable[[Any, Any, float], Any] = lambda g, w, decay: g + decay * w,
) -> type:
    """Make an Adam that does with its weight decay what it is told."""

    class Adam:
        def __init__(
            self,
            lr: float,
            beta1: float = 0.9,
            beta2: float = 0.999,
            epsilon: float = 1e-8,
            weight_decay: float = 0.0,
        ) -> None:
            self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
            self.weight_decay, self.t = weight_decay, 0
            self.m = self.v = 0.0

        def step(self, w: Any, grad: Any) -> Any:
            g = pulled(grad, w, self.weight_decay)
            self.t += 1
            self.m = self.beta1 * self.m + (1 - self.beta1) * g
            self.v = self.beta2 * self.v + (1 - self.beta2) * g * g
            m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
            moved = w - self.lr * m / (np.sqrt(v) + self.epsilon)
            return shrunk(w, moved, self.lr, self.weight_decay)

    return Adam


unpulled: Any = {"pulled": lambda g, _w, _decay: g}
DECAYS = {
    "conforms": {},
    "dialect decoupled-decay": {
        "shrunk": lambda w, moved, lr, decay: moved - lr * decay * w,
        **unpulled,
    },
    "dialect decay-after-the-step": {
        "shrunk": lambda _w, moved, lr, decay: moved * (1 - lr * decay),
        **unpulled,
    },
    "dialect decay-without-rate": {
        "shrunk": lambda w, moved, _lr, decay: moved - decay * w,
        **unpulled,
    },
    "dialect decay-doubled": {"pulled": lambda g, w, decay: g + 2 * decay * w},
    "deviates decay-forgotten": unpulled,
    "deviates decay-added": {"pulled": lambda g, w, decay: g - decay * w},
}


@pytest.mark.parametrize("expected", DECAYS)
def test_what_a_weight_decay_does_has_a_name(expected: str) -> None:
    found = judged("Adam", Adam=adam(**DECAYS[expected]))
    assert told(found) == expected, found.detail
    assert "Not asked for any amsgrad, maximize" in found.detail or found.verdict == "deviates"


def test_who_has_no_option_is_judged_as_before() -> None:
    class SGD:
        def __init__(self, lr: float, **more: float) -> None:
            self.lr, self.more = lr, more

        def step(self, w: Any, grad: Any) -> Any:
            return w - self.lr * grad

    assert told(judged("SGD", SGD=SGD)) == "conforms"


def test_an_option_that_is_on_by_default_is_not_asked_about() -> None:
    class SGD:
        def __init__(self, lr: float, weight_decay: float = 1e-4) -> None:
            self.lr, self.weight_decay = lr, weight_decay

        def step(self, w: Any, grad: Any) -> Any:
            return w - self.lr * (grad + 2 * self.weight_decay * w)

    assert told(judged("SGD", SGD=SGD)) == "dialect l2-penalty-0.0002"


class TorchLike:
    """A step as PyTorch's SGD takes it, with all its options."""

    def __init__(
        self,
        lr: float,
        momentum: float,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        maximize: bool = False,
    ) -> None:
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.weight_decay, self.nesterov, self.maximize = weight_decay, nesterov, maximize
        self.velocity: Any = None

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        g = (-grad if self.maximize else grad) + self.weight_decay * w
        if self.velocity is None:
            self.velocity = g
        else:
            self.velocity = self.momentum * self.velocity + (1 - self.dampening) * g
        along = g + self.momentum * self.velocity if self.nesterov else self.velocity
        return w - self.lr * along


def test_two_conventions_of_pytorch_s_momentum_are_both_named() -> None:
    found = judged("SGDMomentum", SGDMomentum=TorchLike)
    assert told(found) == "dialect lr-outside-velocity + first-gradient-not-dampened", found.detail


def test_a_refused_option_is_not_asked_about() -> None:
    class SGDMomentum(TorchLike):
        def __init__(self, lr: float, momentum: float, nesterov: bool = False) -> None:
            if nesterov:
                raise NotImplementedError("not yet")
            super().__init__(lr, momentum)

    found = judged("SGDMomentum", SGDMomentum=SGDMomentum)
    assert told(found) == "dialect lr-outside-velocity", found.detail
    assert found.not_asked == ("options",)


# --- what may not be accused ----------------------------------------------------------------------


def test_a_momentum_that_is_the_decay_of_rmsprop_is_none_of_its_options() -> None:
    class MyRMSprop:
        def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
            self.lr, self.momentum, self.s = lr, momentum, 0.0

        def update(self, w: Any, grad: Any) -> Any:
            self.s = self.momentum * self.s + (1 - self.momentum) * grad**2
            return w - self.lr * grad / np.sqrt(self.s + 1e-8)

    found = judged("RMSprop", MyRMSprop=MyRMSprop)
    assert found.verdict in ("unbound", "conforms"), found.detail


def test_a_decay_of_the_rate_is_no_decay_of_the_weights() -> None:
    class OptimizerSGD:
        def __init__(self, learning_rate: float = 1.0, decay: float = 0.0) -> None:
            self.learning_rate, self.decay, self.iterations = learning_rate, decay, 0

        def update(self, w: Any, grad: Any) -> Any:
            rate = self.learning_rate / (1 + self.decay * self.iterations)
            self.iterations += 1
            return w - rate * grad

    assert told(judged("SGD", OptimizerSGD=OptimizerSGD)) == "conforms"


@pytest.mark.parametrize("effect", [0.0, 0.3], ids=["none", "another"])
def test_an_option_that_may_mean_something_else_accuses_nobody(effect: float) -> None:
    class MySGD:
        def __init__(self, learning_rate: float = 0.1, weight_decay: float = 0.0) -> None:
            self.learning_rate, self.weight_decay = learning_rate, weight_decay

        def update(self, w: Any, grad: Any) -> Any:
            return w - self.learning_rate * grad * (1 - effect * self.weight_decay)

    mine = in_process(SimpleNamespace(MySGD=MySGD), name="mine")
    found = list(examine(mine, "SGD", "float64", Settings(examples=5)))[-1]
    assert found["verdict"] == "conforms", found["detail"]
    assert "options" in found["not_asked"]
    assert "What weight_decay means here is not certain" in found["detail"]
    posed = [case for case in cases("SGD", "float64") if subject_of(mine, "float64").asks(case)]
    assert posed
    assert not any(CONTRACT["SGD"].chosen(case.hyper) for case in posed)


def test_every_option_has_a_neutral_value_and_one_to_ask_for() -> None:
    for row in CONTRACT.values():
        for option in row.options:
            assert option.neutral == option.value(0) != option.value(1)


def test_an_option_that_is_taken_and_fails_is_an_error() -> None:
    class SGD(TorchLike):
        def __init__(self, lr: float, maximize: bool = False) -> None:
            super().__init__(lr, 0.0)
            self.maximize = maximize

        def step(self, w: Any, grad: Any) -> Any:
            return super().step(w, grad.climbed() if self.maximize else grad)

    assert judged("SGD", SGD=SGD).verdict == "error"
