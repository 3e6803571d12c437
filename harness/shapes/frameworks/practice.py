"""What an optimizer of PyTorch's must do in practice: groups, parameters of every kind.

Each check holds an optimizer against itself, bit for bit, so that no truth is needed. What raises
refuses, and nothing is said against that. What differs may be meant: a norm may be taken over all
parameters. What is wrong whatever was meant fails: a rate that is another group's, a step without a
gradient.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

Make = Callable[..., Any]  # from parameters and arguments to an optimizer
STEPS = 5
PASSED, DIFFERS, FAILED, REFUSED = "passed", "differs", "failed", "refused"
Outcome = tuple[str, str]


def torch() -> Any:
    """Return the framework, which the contender has imported."""
    return sys.modules["torch"]


def gradients(like: Any, seed: int = 0) -> Iterator[Any]:
    """Yield gradients of which no two are alike."""
    generator = torch().Generator().manual_seed(seed)
    for _ in range(STEPS):
        yield torch().randn(like.shape, generator=generator, dtype=like.dtype)


def parameter(*shape: int, seed: int = 7) -> Any:
    """Make a parameter of double precision."""
    generator = torch().Generator().manual_seed(seed)
    values = torch().randn(shape, generator=generator, dtype=torch().float64)
    return torch().nn.Parameter(values)


def taken(optimizer: Any, held: Any, slopes: Any) -> Any:
    """Take steps; return where they led."""
    for slope in slopes:
        held.grad = slope.clone()
        optimizer.step()
    return held.detach().clone()


def alone(make: Make, held: Any, seed: int = 0, **more: Any) -> Any:
    """Return where a parameter comes to by itself."""
    copy = torch().nn.Parameter(held.detach().clone().contiguous())
    return taken(make([copy], **more), copy, gradients(held, seed))


def same(got: Any, wanted: Any) -> bool:
    """Whether two tensors are the same bit for bit."""
    return bool(torch().equal(got.detach(), wanted.detach()))


# --- the checks -----------------------------------------------------------------------------------


def groups(make: Make) -> Outcome:
    """Give each group of parameters the rate that is its own."""
    a, b = parameter(3), parameter(2, 2, seed=8)
    wanted = alone(make, a, lr=0.25), alone(make, b, lr=0.0625)
    both = make([{"params": [a], "lr": 0.25}, {"params": [b], "lr": 0.0625}])
    for one, other in zip(gradients(a), gradients(b)):
        a.grad, b.grad = one.clone(), other.clone()
        both.step()
    at_the_first = alone(make, parameter(2, 2, seed=8), lr=0.25)
    # Who does not move yet, as RAdam at first, has told nothing of its rate.
    if same(b, at_the_first) and not same(wanted[1], at_the_first):
        return FAILED, "every group has the rate of the first"
    return max(_told(a, wanted[0]), _told(b, wanted[1]), key=_badness)


def several(make: Make) -> Outcome:
    """Let no parameter know of the others."""
    held = [parameter(3), parameter(2, 2, seed=8), parameter(1, seed=9)]
    wanted = [alone(make, each, seed) for seed, each in enumerate(held)]
    optimizer = make(held)
    for slopes in zip(*(gradients(each, seed) for seed, each in enumerate(held))):
        for each, slope in zip(held, slopes):
            each.grad = slope.clone()
        optimizer.step()
    return max(map(_told, held, wanted), key=_badness)


def without_gradient(make: Make) -> Outcome:
    """Leave a parameter alone that has no gradient."""
    held, still = parameter(3), parameter(2, seed=8)
    before, wanted = still.detach().clone(), alone(make, held)
    optimizer = make([held, still])
    for slope in gradients(held):
        held.grad = slope.clone()
        optimizer.step()
    return max(_told(still, before, FAILED), _told(held, wanted), key=_badness)


def of_zero_gradient(make: Make) -> Outcome:
    """Stay a number where every gradient is zero."""
    held = parameter(3)
    reached = taken(make([held]), held, [torch().zeros_like(held)] * STEPS)
    if bool(torch().isfinite(reached).all()):
        return PASSED, ""
    return FAILED, f"comes to {reached.tolist()}"


def of_no_axes(make: Make) -> Outcome:
    """Step a single number as a vector of one."""
    held = parameter(1)
    wanted = alone(make, held)
    single = torch().nn.Parameter(held.detach()[0].clone())
    reached = taken(make([single]), single, (slope[0] for slope in gradients(held)))
    return _told(reached.reshape(1), wanted)


def empty(make: Make) -> Outcome:
    """Let a parameter without entries change nothing for the others."""
    held, nothing = parameter(3), parameter(0)
    wanted = alone(make, held)
    optimizer = make([held, nothing])
    for slope in gradients(held):
        held.grad, nothing.grad = slope.clone(), torch().zeros_like(nothing)
        optimizer.step()
    return _told(held, wanted)


def of_strides(make: Make) -> Outcome:
    """Step a transposed parameter as one that lies in order."""
    held = parameter(3, 2)
    turned = torch().nn.Parameter(held.detach().t().clone().t())
    wanted = alone(make, held)
    return _told(taken(make([turned]), turned, gradients(held)), wanted)


def _told(got: Any, wanted: Any, otherwise: str = DIFFERS) -> Outcome:
    if same(got, wanted):
        return PASSED, ""
    return otherwise, f"comes to {got.tolist()}, not to {wanted.tolist()}"


def _badness(outcome: Outcome) -> int:
    return (PASSED, DIFFERS, FAILED).index(outcome[0])


CHECKS: dict[str, Callable[[Make], Outcome]] = {
    "gives each group its own rate": groups,
    "steps each parameter as if it were alone": several,
    "leaves a parameter without gradient alone": without_gradient,
    "stays a number where the gradient is zero": of_zero_gradient,
    "steps a number without axes": of_no_axes,
    "takes a parameter without entries": empty,
    "steps a parameter that is not contiguous": of_strides,
}


def checked(kind: Any, arguments: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Carry out all checks on an optimizer; return each with its outcome and what a person sees."""

    def make(parameters: Any, **more: Any) -> Any:
        return kind(parameters, **{**arguments, **more})

    found = []
    for name, check in CHECKS.items():
        try:
            outcome = check(make)
        except Exception as error:  # whatever it raises, it refuses
            outcome = REFUSED, f"{type(error).__name__}: {error}"[:200]
        found.append((name, *outcome))
    return found
