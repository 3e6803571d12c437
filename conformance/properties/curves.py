"""What every activation owes to its derivative, to its limits, and to its mirror image.

One table says where each passes zero, where it ends far out, and what it and its mirror image add
up to; each row makes the same theorems.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.catalogue import form
from gradmark.conformance.live import live
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.gradients import Signals, offsets, signals
from gradmark.conformance.properties.strategies import Array, pre_activations
from gradmark.conformance.properties.theorem import Theorem, drawn, of_a_pair, rejects
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import roundoff

FAR = 100.0  # e^−100 is below the roundoff of every dtype
SCALE, SCALED_ALPHA = 1.0507009873554805, 1.7580993408473766  # SELU's λ and λ α
Of = Callable[[float], float]  # of α, where there is one


@dataclass(frozen=True)
class Facts:
    """What is known of an activation: numbers, or functions of its constant α.

    Parameters
    ----------
    at_zero : float
        Its value at 0.
    right, left : float or callable
        What its value is at ±`FAR`.
    slope : float or callable
        That of its derivative at 0.
    slope_right, slope_left : float or callable
        Those of its derivative at ±`FAR`.
    mirrored : callable, optional
        What its value at −z is, by z and the value there.
    kinks : tuple of float
        Where it has no derivative.
    """

    at_zero: float
    right: float | Of
    left: float | Of
    slope: float | Of
    slope_right: float | Of
    slope_left: float | Of
    mirrored: Callable[[Array, Array], Array] | None = None
    kinks: tuple[float, ...] = ()


def _less_z(z: Array, value: Array) -> Array:
    return value - z


KNOWN = {
    "gelu": Facts(0, FAR, 0, 0.5, 1, 0, _less_z),
    "tanh": Facts(0, 1, -1, 1, 0, 0, lambda _, value: -value),
    "silu": Facts(0, FAR, 0, 0.5, 1, 0, _less_z),
    "leaky_relu": Facts(
        0, FAR, lambda a: -a * FAR, lambda a: a, 1, lambda a: a, kinks=(0.0,)
    ),
    "softplus": Facts(math.log(2), FAR, 0, 0.5, 1, 0, _less_z),
    "elu": Facts(0, FAR, lambda a: -a, lambda a: a, 1, 0, kinks=(0.0,)),
    "selu": Facts(
        0, SCALE * FAR, -SCALED_ALPHA, SCALED_ALPHA, SCALE, 0, kinks=(0.0,)
    ),
    "mish": Facts(0, FAR, 0, 0.6, 1, 0),  # tanh(log 2) = 3/5
    "hard_sigmoid": Facts(
        0.5, 1, 0, 1 / 6, 0, 0, lambda _, value: 1 - value, kinks=(-3.0, 3.0)
    ),
    "hard_swish": Facts(0, FAR, 0, 0.5, 1, 0, _less_z, kinks=(-3.0, 3.0)),
}  # fmt: skip


def _constants(name: str) -> tuple[float, ...]:
    return CONTRACT[name].numbers(1)


def _known(fact: float | Of, name: str) -> float:
    return fact(*_constants(name)) if callable(fact) else fact


def _raised(name: str) -> Callable[..., Any]:
    """Make a body that is off by 1/16 everywhere."""
    right = live(form(name))
    return lambda z, *constants: right(z, *constants) + 0.0625


def _bent(name: str) -> Callable[..., Any]:
    """Make a body that is off by something neither odd nor even."""
    right = live(form(name))
    return lambda z, *constants: right(z, *constants) + z / 8 + z * z / 16


def _state(name: str, takes: Iterable[str], theorem: Theorem, *wrong: dict[str, Any]) -> None:
    """Enter a theorem under its name, about the formulas that it takes, with what it rejects."""
    signature = [inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY) for each in takes]
    theorem.__name__ = theorem.__qualname__ = name
    theorem.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]  # as told
    for bodies in wrong:
        rejects(**bodies)(theorem)
    globals()[name] = theorem


# --- a point, and far out -------------------------------------------------------------------------


def _at_zero(name: str, expected: float | Of) -> None:
    def theorem(**asked: Function) -> None:
        f = asked[name]
        agree(f(0.0, *_constants(name)), _known(expected, name), "rounding", f.dtype)

    _state(f"{name}_at_zero", [name], theorem, {name: _raised(name)})


def _far_out(name: str, right: float | Of, left: float | Of) -> None:
    def theorem(**asked: Function) -> None:
        f = asked[name]
        for z, expected in ((FAR, _known(right, name)), (-FAR, _known(left, name))):
            got = f(z, *_constants(name))
            agree(got, expected, "rounding", f.dtype, scale=1 + abs(expected))

    _state(f"{name}_far_out", [name], theorem, {name: _raised(name)})


# --- entries, and their mirror images -------------------------------------------------------------


def _alone(name: str) -> None:
    def theorem(z: Array, **asked: Function) -> None:
        f = asked[name]
        first = (0,) * z.ndim
        together = f(z, *_constants(name))
        agree(together[first], f(z[first], *_constants(name)), "rounding", f.dtype, scale=8)

    def mixed(z: Array, *constants: float) -> Array:
        return np.asarray(live(form(name))(z, *constants) + np.mean(z))

    drawn(z=pre_activations())(theorem)
    _state(f"{name}_treats_each_entry_alone", [name, "z"], theorem, {name: mixed})


def _mirrored(name: str, mirrored: Callable[[Array, Array], Array]) -> None:
    def theorem(z: Array, **asked: Function) -> None:
        f = asked[name]
        expected = mirrored(z, f(z, *_constants(name)))
        agree(f(-z, *_constants(name)), expected, "rounding", f.dtype, scale=8)

    drawn(z=pre_activations())(theorem)
    _state(f"{name}_and_its_mirror_image", [name, "z"], theorem, {name: _bent(name)})


# --- the derivative -------------------------------------------------------------------------------

REFUSED = ("wrong", "kink")
H = 2.0**-7  # h⁶ f⁽⁷⁾ / 140 is below 1e-12, even of GELU


def _off_kinks(kinks: tuple[float, ...]) -> st.SearchStrategy[Array]:
    """Draw z that no point of a stencil takes over a kink."""

    def away(z: Array) -> Array:
        near = np.any([abs(z - kink) <= 4 * H for kink in kinks], axis=0)
        return np.where(near, z + 16 * H, z) if kinks else z

    return pre_activations().map(away)


def _slope(name: str, kinks: tuple[float, ...]) -> None:
    derivative = f"{name}_derivative"

    def theorem(z: Array, **asked: Function) -> None:
        f, u = asked[name], roundoff(asked[name].dtype)
        constants = _constants(name)
        values = [f(z + t, *constants) for t in offsets(H)]
        size = u * (1 + abs(z))

        def slopes_at(its: Array) -> Signals:
            slope = asked[derivative](its, *constants)
            return signals(values, slope, H, noise=size, rounding=size)

        found = slopes_at(z)
        # Whichever it is a function of, it is right: half of public code hands it the activation.
        if not (found.has(*REFUSED) and not slopes_at(values[0]).has(*REFUSED)):
            found.refuse(*REFUSED)

    drawn(z=_off_kinks(kinks))(theorem)
    of_a_pair(theorem)
    _state(
        f"{derivative}_is_the_slope_of_{name}",
        [derivative, name, "z"],
        theorem,
        {derivative: "returns-the-function"},
        {derivative: "sign-flipped"},
    )


for _name, _facts in KNOWN.items():
    _of_slope = f"{_name}_derivative"
    _at_zero(_name, _facts.at_zero)
    _at_zero(_of_slope, _facts.slope)
    _far_out(_name, _facts.right, _facts.left)
    _far_out(_of_slope, _facts.slope_right, _facts.slope_left)
    _alone(_name)
    _slope(_name, _facts.kinks)
    if _facts.mirrored is not None:
        _mirrored(_name, _facts.mirrored)
