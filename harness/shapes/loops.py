"""Optimizers that run to the end: they ask for gradients, and are answered from outside."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Callable
from itertools import repeat
from queue import Queue
from typing import Any

from numpy import array

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import weights_name
from .driven import Driven, bound, fixed
from .shown import Running, arrays
from .source import Source
from .stepped import METHODS
from .words import Row

CALLBACKS = frozenset(
    "grad g grad_fn grad_f gradient gradient_fn df f_grad fprime grad_func gradf".split()
)
ROUNDS = frozenset(
    "num_iters n_iter n_iters iters iterations num_steps n_steps steps epochs max_iter num_epochs"
    " n_epochs maxiter nsteps niter".split()
)
STARTS = frozenset(
    "start init initial x_init x_start w0 w_init theta0 theta_init initial_point starting_point"
    " start_point initial_guess guess initial_x initial_weights".split()
)
TOLERANCES = frozenset("tol tolerance xtol gtol ftol thresh threshold precision".split())
ENDLESS = 10**9
NEVER = -1e-200  # no change is smaller, and no square of one: its own is 0
WHOLE = ("minimize", "minimise", "run", "solve", "descend", "fit")  # methods that take all steps
LACKS = ("rate that changes", "weights given")


class _Enough(BaseException):
    """Ends a loop that nobody waits for any more."""


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a training loop that is handed a function for its gradients."""
    del look
    if not row.stepped:
        return None
    if inspect.isclass(thing):
        return _object(name, thing, row)
    its = named(thing)
    source = Source(thing)
    asks = [p.name for p in its if p.name.lower() in CALLBACKS and source.calls(p.name)]
    if len(asks) != 1:
        return None
    rest = [p for p in its if p.name != asks[0]]
    starts = [p.name for p in rest if p.name.lower() in STARTS]
    start = weights_name([p.name for p in rest if p.name != "t"]) or _only(starts)
    rounds = [p.name for p in rest if p.name.lower() in ROUNDS]
    endless = inspect.isgeneratorfunction(thing) and not rounds
    if start is None or not (endless or len(rounds) == 1):
        raise NotThisShapeError("where it starts, or how often it asks, cannot be told")
    ends = [p.name for p in rest if p.name.lower() in TOLERANCES]
    roles = assign([p for p in rest if p.name not in (start, *rounds, *ends)], row.hyper)
    pinned = fixed(roles, Constants(thing, row))

    def make(**hyper: Any) -> Driven:
        given = {**dict.fromkeys(rounds, ENDLESS), **dict.fromkeys(ends, NEVER)}
        given.update(roles.arguments(hyper))
        run = _Run(lambda ask, w: thing(**{asks[0]: ask, start: w, **given}), thing)
        return Driven(hyper, run.advance, run.variables.held)

    call = f"{name}({asks[0]}, {start}, …), driven through {asks[0]}"
    return bound(name, row, call, "training loop", make, roles, pinned, lacks=LACKS)


def _object(name: str, thing: Any, row: Row) -> Binding | None:
    """Recognise ``it.minimize(grad, x0)``, and ``w = it.update(w, grad_func)``, step by step."""
    ctor = named(thing)
    for method in (*METHODS, *WHOLE):
        step = getattr(thing, method, None)
        own = named(step)[1:] if callable(step) else []
        ends = _ends(own)
        its = [p.name for p in own if p.default is p.empty and p.name not in ends]
        asks = [n for n in its if n.lower() in CALLBACKS and Source(step).calls(n)]
        rest = [n for n in its if n not in asks]
        w = weights_name(rest) or _only([n for n in rest if n.lower() in STARTS])
        whole = ENDLESS in (*ends.values(), *_ends(ctor).values())
        if len(its) == 2 and len(asks) == 1 and w is not None and (whole or method in METHODS):
            run = _runner(method, {w: 0, asks[0]: 1}, ends, whole=whole)
            return _of_object(name, thing, row, method, f"({w}, {asks[0]})", run)
    return None


def _ends(its: list[inspect.Parameter]) -> dict[str, float]:
    """Say what a loop is given that is never to end."""
    rounds = {p.name: ENDLESS for p in its if p.name.lower() in ROUNDS}
    return {**rounds, **{p.name: NEVER for p in its if p.name.lower() in TOLERANCES}}


def _runner(
    method: str, places: dict[str, int], ends: dict[str, float], *, whole: bool
) -> Callable[[Any, Any, Any], None]:
    def run(made: Any, ask: Any, x: Any) -> None:
        for _ in (None,) if whole else repeat(None):
            given = {name: (x, ask)[place] for name, place in places.items()}
            moved = getattr(made, method)(**given, **ends)
            x = x if moved is None else moved

    return run


def _of_object(
    name: str, thing: Any, row: Row, method: str, takes: str, run: Callable[[Any, Any, Any], None]
) -> Binding:
    its = named(thing)
    ends = _ends(its)
    roles = assign([p for p in its if p.name not in ends], row.hyper)
    pinned = fixed(roles, Constants(thing, row))

    def make(**hyper: Any) -> Driven:
        made = thing(**ends, **roles.arguments(hyper))
        loop = _Run(lambda ask, x: run(made, ask, x), getattr(thing, method))
        return Driven(hyper, loop.advance, lambda: (arrays(made), loop.variables.held()))

    shown = f"{name}.{method}{takes}, driven through its gradient"
    return bound(name, row, shown, "training loop", make, roles, pinned, lacks=LACKS)


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None


class _Run:
    """One loop in a thread of its own, which waits wherever it wants a gradient."""

    def __init__(self, loop: Callable[[Any, Any], Any], code: Any) -> None:
        self._loop = loop
        self.variables = Running(getattr(inspect.unwrap(code), "__code__", None))
        self._asked: Queue[Any] = Queue()
        self._answers: Queue[Any] = Queue()
        self._started = False
        weakref.finalize(self, self._answers.put, None)

    def advance(self, w: Any, g: Any, rate: float) -> Any:
        """Answer with a gradient; return the point at which the next one is asked for.

        Both are vectors there: a loop may make its state of a length.
        """
        del rate
        shape, w, g = w.shape, w.ravel(), g.ravel()
        if not self._started:
            self._started = True
            arguments = self._loop, self.variables, self._asked, self._answers, w
            threading.Thread(target=_work, args=arguments, daemon=True).start()
            self._next()
        self._answers.put(array(g))
        return self._next().reshape(shape)

    def _next(self) -> Any:
        what, value = self._asked.get()
        if what == "raised":
            raise value
        if what == "ended":
            raise NotThisShapeError("the loop ended before it was told to")
        return value


def _work(
    loop: Any, variables: Running, asked: Queue[Any], answers: Queue[Any], start: Any
) -> None:
    def ask(x: Any, *more: Any) -> Any:
        del more
        variables.look()
        asked.put(("point", array(x)))
        slope = answers.get()
        if slope is None:
            raise _Enough
        return slope

    try:
        ended = loop(ask, start)
        for _ in ended if inspect.isgenerator(ended) else ():
            continue
        asked.put(("ended", None))
    except _Enough:
        pass
    except BaseException as error:  # it is raised again where the step was asked for
        asked.put(("raised", error))
