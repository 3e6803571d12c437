"""How an object's step is handed weights and a gradient, and where the new weights are read."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from numpy import array, asarray, zeros, zeros_like

from .answers import first
from .containers import Plain, told_apart
from .driven import RATE, first_of, probe, works
from .holders import Layer
from .words import Row

WEIGHTS, SLOPE = object(), object()  # what stands for other weights, and for their gradients


class Wrap:
    """How an object's step is handed weights and a gradient, and where the new ones are."""

    certain = True
    counter: tuple[str, ...] = ()
    alike = False  # whether what is stepped beside is given the same, and is what is asked about

    @property
    def as_is(self) -> bool:
        """Whether it is handed arrays and returns weights."""
        return False

    def make(self, w: Any) -> Any:
        """Make what the constructor is to hold."""
        del w

    def step(self, optimizer: Any, _held: Any) -> Callable[..., Any]:
        """Return the step; what else it is given, by name, is handed on."""
        raise NotImplementedError

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Find out what a first step alone shows: whether weights or a change come back."""


class OfTwo(Wrap):
    """``update(w, grad)`` over arrays, dicts or lists; returns weights or a change, or neither."""

    def __init__(
        self,
        method: str,
        w: str,
        g: str,
        ways: list[Plain],
        beside: dict[str, Any] | None = None,
        counter: tuple[str, ...] = (),
    ) -> None:
        self.method, self.w, self.g, self.ways = method, w, g, ways
        self.within = ways[0]
        self.beside = beside or {}
        self.counter = counter
        self.counted_from = 1
        self.change: float | None = None  # the sign that a change is added with

    def otherwise(self) -> OfTwo:
        """Return the same, counted from 0."""
        its = copy.copy(self)
        its.counted_from = 0
        return its

    @property
    def as_is(self) -> bool:
        """Whether it is handed arrays and returns weights."""
        return type(self.within) is Plain and self.change is None

    def step(self, optimizer: Any, _held: Any) -> Callable[..., Any]:
        """Return the step; a dict or a list stays the same one."""
        kept: dict[str, Any] = {}
        counted = dict.fromkeys(self.counter, self.counted_from - 1)

        def step(w: Any, g: Any, **more: Any) -> Any:
            for name in counted:
                counted[name] += 1
            box = self.within.put(kept["box"], w) if kept else self.within.weights(w)
            kept["box"] = box
            slope = self.within.gradient(g)
            beside = {n: self._beside(v, w, g) for n, v in self.beside.items()}
            beside.update(counted, **more)
            answer = getattr(optimizer, self.method)(**{self.w: box, self.g: slope}, **beside)
            if answer is None:
                return self.within.read(box)
            others = sum(value is WEIGHTS for value in self.beside.values())
            if self.alike and others and isinstance(answer, tuple) and len(answer) == 1 + others:
                answer = told_apart(*answer)
            answer = self.within.read(answer if type(answer) is type(box) else first(answer))
            return answer if self.change is None else w + self.change * asarray(answer)

        return step

    def _beside(self, value: Any, w: Any, g: Any) -> Any:
        """Return what is handed over beside: a name, or other weights and gradients."""
        if isinstance(value, str):
            return value
        return zeros(1) if not self.alike else array(g if value is SLOPE else w)

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Find what weights lie in, and tell them from a change: they move with those given."""
        for each in self.ways:
            self.within = each
            if works(make, row):
                break
        else:  # the verdict will say what it raises
            self.within = self.ways[0]
        try:
            low, high = (first_of(make, row, at) for at in (0.0, 1.0))
        except Exception:
            return
        if abs(high - low) < 0.5:
            self.change = 1.0 if low < 0 else -1.0
            self.certain = False


class OfOne(Wrap):
    """``get_update(grad)``, which returns the change."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.sign = 1.0

    def step(self, optimizer: Any, _held: Any) -> Callable[..., Any]:
        """Return the step."""
        moved = getattr(optimizer, self.method)
        return lambda w, g, **more: w + self.sign * asarray(moved(array(g), **more))

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Tell a change from what is to be taken away: a first step goes against its gradient."""
        try:
            moved = first_of(make, row, 0.0)
        except Exception:
            return
        if moved > 0:
            self.sign, self.certain = -1.0, False


class OfHolder(Wrap):
    """``step(layer)``, ``step(net)``, or ``step()`` of what the constructor was given."""

    def __init__(
        self, method: str, its: Layer, *, passed: str = "", beside: dict[str, Any] | None = None
    ) -> None:
        self.method, self.holder, self.passed = method, its, passed
        self.beside = beside or {}

    def make(self, w: Any) -> Any:
        """Make what holds weights and gradients."""
        held = self.holder.make()
        self.holder.fill(held, w, zeros_like(w))
        return held

    def step(self, optimizer: Any, _held: Any) -> Callable[..., Any]:
        """Return the step."""
        held = self.holder.make() if _held is None else _held

        def step(w: Any, g: Any, **more: Any) -> Any:
            self.holder.fill(held, w, g)
            passed = {self.passed: held} if self.passed else {}
            getattr(optimizer, self.method)(**passed, **self.beside, **more)
            return self.holder.read(held)

        return step

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Doubt what moves nothing: it may hold its weights in another way."""
        self.certain = moves(make, row)


class OfHeld(Wrap):
    """``step(grads)`` of what the constructor was given, which it keeps under a name."""

    def __init__(self, method: str, name: str, g: str, within: Plain) -> None:
        self.method, self.name, self.g, self.within = method, name, g, within

    def make(self, w: Any) -> Any:
        """Make what holds the weights."""
        return self.within.weights(w)

    def step(self, optimizer: Any, _held: Any) -> Callable[..., Any]:
        """Return the step."""

        def step(w: Any, g: Any, **more: Any) -> Any:
            setattr(optimizer, self.name, self.within.put(getattr(optimizer, self.name), w))
            getattr(optimizer, self.method)(**{self.g: self.within.gradient(g)}, **more)
            return self.within.read(getattr(optimizer, self.name))

        return step

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Doubt what moves nothing: it may hold its weights in another way."""
        self.certain = moves(make, row)


def moves(make: Callable[..., Any], row: Row) -> bool:
    """Find out whether one of two steps moves weights; or raises, which the verdict will say."""
    w, g = row.weights(0.5), row.weights(0.5)
    try:
        its = probe(make, row)(RATE)
        return any(bool((asarray(its.step(w, g)) != w).any()) for _ in range(2))
    except Exception:
        return True
