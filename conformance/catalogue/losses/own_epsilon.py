"""Guards with an ε of one's own: a family of forms for each way to keep clear of zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradmark.conformance.catalogue.losses.guards import clipped, limits, rounded
from gradmark.conformance.catalogue.losses.pairs import of_each
from gradmark.conformance.catalogue.recipe import WHOLE, family
from gradmark.conformance.catalogue.variant import Body, Guard
from gradmark.conformance.truth import Exact

SCRATCH = "from scratch, with an ε of one's own"
LOW, HIGH = 1e-20, 0.2
FLAT = "autograd through a clip: Keras, on JAX and on TensorFlow; torch.clamp of one's own"
Parts = Callable[[float], Mapping[str, Any]]
Slope = Callable[..., Exact]  # of one label, one prediction, and the constants


def own_epsilon(
    formula: str, name: str, says: str, parts: Parts, source: str = SCRATCH, *, above: bool = False
) -> None:
    """Enter forms that differ in their ε; `above` says that 1 − ε is stored, too."""

    def lost(epsilon: float) -> Guard:
        return Guard(beside_one=epsilon if above else None, above_zero=epsilon)

    family(formula, name, says, source, parts, LOW, HIGH, guard=lost)


def whole(made: Callable[[float], Body]) -> Parts:
    """Let a whole body be what a constant decides."""
    return lambda epsilon: {WHOLE: made(epsilon)}


def clipping(*, above: bool = False, label: bool = False) -> Parts:
    """Clip predictions to [ε, 1], or `above` to 1 − ε as well, and a `label` like them."""

    def parts(epsilon: float) -> Mapping[str, Any]:
        def guarded(y: Exact, p: Exact, dtype: str) -> tuple[Exact, Exact]:
            held = clipped(p, epsilon, dtype, above=above)
            return clipped(y, epsilon, dtype, above=above) if label else y, held

        return {"guarded": guarded}

    return parts


def flat(slope: Slope, *, above: bool = False) -> Parts:
    """Give no slope to what a clip to [ε, 1], or `above` to 1 − ε as well, replaces.

    So do autograd, and whoever differentiates the clip, too.
    """

    def parts(epsilon: float) -> Mapping[str, Any]:
        def slopes(y: Exact, p: Exact, *constants: Exact, dtype: str) -> Exact:
            low, high = limits(epsilon, dtype, above=above)
            kept = of_each(lambda a, q: 0 * q if q < low or q > high else slope(a, q, *constants))
            return kept(y, p)

        return {"slopes": slopes}

    return parts


def adding(*, label: bool = False) -> Parts:
    """Add ε to predictions, and to a `label` like them, before anything is computed."""

    def parts(epsilon: float) -> Mapping[str, Any]:
        def guarded(y: Exact, p: Exact, dtype: str) -> tuple[Exact, Exact]:
            its = rounded(epsilon, dtype)
            return y + its if label else y, p + its

        return {"guarded": guarded}

    return parts
