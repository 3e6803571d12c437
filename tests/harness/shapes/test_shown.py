"""How a formula was called is shown wherever its verdict is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark.command.line import run
from gradmark.harness.in_process import in_process
from tests.harness.shapes.adams import adam

CALLED = "Adam ← MyAdamOptimizer.step(w, grad)"


def test_the_terminal_and_junit_tell_how_a_formula_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(adam("another name"), encoding="utf-8")
    asked = ("check", "mine.py", "--formula", "Adam", "--dtype", "float64", "--quiet")
    assert run([*asked, "--junitxml", "junit.xml"]) == 0
    assert f"  {CALLED}\n" in capsys.readouterr().out
    assert f"<system-out>{CALLED}</system-out>" in Path("junit.xml").read_text(encoding="utf-8")


class Listed:
    """An Adam over lists and dicts of arrays, of which the squares are forgotten."""

    def __init__(
        self, params: Any, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.params, self.lr, self.beta1, self.beta2, self.eps = params, lr, beta1, beta2, eps
        self.m = [np.zeros_like(p) for p in params]
        self.v, self.t = {i: np.zeros_like(p) for i, p in enumerate(params)}, 0

    def step(self, grads: Any) -> None:
        self.t += 1
        for i, (p, g) in enumerate(zip(self.params, grads, strict=True)):
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g
            v_hat = self.v[i] / (1 - self.beta2**self.t)
            p -= self.lr * self.m[i] / (1 - self.beta1**self.t) / (np.sqrt(v_hat) + self.eps)


def configured(w: Any, dw: Any, config: Any) -> Any:
    """Step an Adam whose settings and state lie in one dict."""
    lr, beta1, beta2 = (config.get(n) for n in ("learning_rate", "beta1", "beta2"))
    m, v, t = config.get("m", 0 * w), config.get("v", 0 * w), config.get("t", 0) + 1
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw
    root = np.sqrt(v / (1 - beta2**t)) + config.get("epsilon")
    config.update(m=m, v=v, t=t)
    return w - lr * m / (1 - beta1**t) / root, config


def sent(w: Any, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Any:
    """Yield the weights of an Adam that is sent gradients."""
    m, v, t = np.zeros_like(w), np.zeros_like(w), 0
    while True:
        g = yield w
        t += 1
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g
        w = w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)


def closed(lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Any:
    """Make the step of an Adam, which shares its state with this function."""
    m = v = t = 0

    def step(w: Any, g: Any) -> Any:
        nonlocal m, v, t
        t += 1
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g
        return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)

    return step


def looping(
    grad: Any, w: Any, iterations: int, lr: float, beta1: float = 0.9, beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:  # fmt: skip
    """Run an Adam to its end, over gradients that a helper asks for."""

    def slope(v: Any) -> Any:  # which is the point
        return grad(v)

    m, v = np.zeros_like(w), np.zeros_like(w)
    for t in range(1, iterations + 1):
        g = slope(w)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g
        w = w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w


def of_torch() -> Any:
    """Return an Adam that derives from PyTorch's optimizers."""
    torch: Any = pytest.importorskip("torch")

    base: Any = torch.optim.Optimizer

    class Derived(base):  # type: ignore[misc]  # torch is not installed where types are checked
        def __init__(
            self, params: Any, lr: float, betas: Any = (0.9, 0.999), eps: float = 1e-8
        ) -> None:
            super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

        @torch.no_grad()  # type: ignore[untyped-decorator]  # as above
        def step(self) -> None:
            for group in self.param_groups:
                (beta1, beta2), eps = group["betas"], group["eps"]
                for p in group["params"]:
                    its = self.state[p] or {"step": 0, "exp_avg": 0, "exp_avg_sq": 0}
                    t = its["step"] + 1
                    m = beta1 * its["exp_avg"] + (1 - beta1) * p.grad
                    v = beta2 * its["exp_avg_sq"] + (1 - beta2) * p.grad
                    root = (v / (1 - beta2**t)).sqrt() + eps
                    p -= group["lr"] * m / (1 - beta1**t) / root
                    self.state[p] = {"step": t, "exp_avg": m, "exp_avg_sq": v}

    return Derived


SHAPES: dict[str, tuple[Any, dict[str, int]]] = {
    "object": (lambda: Listed, {"t": 1}),
    "configured": (lambda: configured, {"t": 1}),
    "generator": (lambda: sent, {}),  # which may have counted on
    "closure": (lambda: closed, {"t": 1}),
    "loop": (lambda: looping, {}),
    "torch": (of_torch, {"t": 1}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_an_optimizer_keeps_is_shown_whatever_its_shape(shape: str) -> None:
    made, counted = SHAPES[shape]
    with in_process(made(), "Adam") as contender:
        given = {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-8}
        with contender.optimizer("Adam", **given) as optimizer:
            assert shape != "loop" or optimizer.state() == {}  # it has not begun
            optimizer.step(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
            shown = {name: value.tolist() for name, value in optimizer.state().items()}
    assert shown == {**counted, "m": [1.0, 2.0], "v": [0.5, 1.0]}


class Awkward:
    """An Adam whose names say other things than they seem to."""

    __slots__ = ("b1", "b2", "eps", "lr", "n", "sq", "v")

    def __init__(
        self, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.lr, self.b1, self.b2, self.eps = lr, beta1, beta2, eps
        self.v, self.sq, self.n = 0.0, 0.0, 0

    def update(self, w: Any, g: Any) -> Any:
        self.n += 1
        self.v = self.b1 * self.v + (1 - self.b1) * g
        self.sq = self.b2 * self.sq + (1 - self.b2) * g**2
        root = np.sqrt(self.sq / (1 - self.b2**self.n)) + self.eps
        return w - self.lr * self.v / (1 - self.b1**self.n) / root


def test_a_name_of_two_moments_is_not_shown_where_the_other_moment_is_not() -> None:
    with in_process(Awkward, "Adam") as contender:
        given = {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-8}
        with contender.optimizer("Adam", **given) as optimizer:
            optimizer.step(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
            assert optimizer.state() == {}


class SGDMomentum:
    """One of the contract's shape, which has something that cannot be read."""

    def __init__(self, lr: float, momentum: float) -> None:
        self.lr, self.momentum, self.velocity = lr, momentum, 0.0

    @property
    def v(self) -> Any:
        raise RuntimeError("not to be looked at")

    def step(self, w: Any, grad: Any) -> Any:
        self.velocity = self.momentum * self.velocity + self.lr * grad
        return w - self.velocity


def test_what_cannot_be_read_is_not_shown() -> None:
    with (
        in_process(SGDMomentum, "SGDMomentum") as contender,
        contender.optimizer("SGDMomentum", lr=0.5, momentum=0.5) as optimizer,
    ):
        optimizer.step(np.array([1.0]), np.array([2.0]))
        assert optimizer.state() == {"velocity": [1.0]}
