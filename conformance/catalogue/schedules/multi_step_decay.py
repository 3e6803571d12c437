"""Decay at milestones: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.schedules.around import AROUND
from gradmark.conformance.catalogue.schedules.curves import compounded
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact

Count = Callable[[float, Sequence[float]], int]


def passed(epoch: float, milestones: Sequence[float]) -> int:
    """The number of milestones up to an epoch."""
    return sum(milestone <= epoch for milestone in milestones)


def _dropping(
    count: Count = passed,
    base: Callable[[Exact], Exact] = lambda drop: drop,
    shown: Callable[[Exact, int], Exact] = lambda base, drops: base**drops,
) -> Body:
    def body(epoch: Exact, initial_lr: Exact, milestones: Sequence[Exact], drop: Exact) -> Exact:
        drops = count(float(epoch), list(map(float, milestones)))
        return compounded(initial_lr * shown(base(drop), drops), drops)

    return body


canonical("multi_step_decay", "PyTorch, MultiStepLR; Optax, piecewise_constant_schedule")(
    named("drops_at_milestones", "η₀ dropᵏ, k the number of milestones ≤ epoch.", _dropping())
)
STEPS = recipe("multi_step_decay", _dropping, **AROUND)
STEPS.enter(
    "dialect",
    "drops-one-epoch-late",
    "At a milestone the rate is still that before it.",
    "Keras, PiecewiseConstantDecay: step <= boundary",
    count=lambda epoch, milestones: passed(epoch - 1, milestones),
)
STEPS.enter(
    "dialect",
    "drops-one-epoch-early",
    "The rate drops in the epoch before each milestone.",
    "timm, MultiStepLRScheduler: huggingface/pytorch-image-models#2753",
    count=lambda epoch, milestones: passed(epoch + 1, milestones),
)
STEPS.enter(
    "mistake",
    "drops-twice-at-a-milestone",
    "One drop too many at each milestone, for that epoch alone.",
    "pytorch/pytorch#20486, get_lr() read in PyTorch 1.1",
    count=lambda epoch, milestones: passed(epoch, milestones) + (epoch in milestones),
)
STEPS.enter(
    "mistake",
    "drops-only-at-milestones",
    "The rate is low in the milestones' epochs alone, and whole between them.",
    "the initial rate in place of the current one: pytorch/pytorch#2548's code",
    count=lambda epoch, milestones: int(epoch in milestones),
)
STEPS.enter(
    "mistake",
    "drops-only-once",
    "Drops at the first milestone, and never again.",
    "an elif that is never reached",
    count=lambda epoch, milestones: min(passed(epoch, milestones), 1),
)
STEPS.enter(
    "mistake",
    "milestones-taken-for-lengths",
    "Each milestone is counted from the one before.",
    "lengths of phases for their ends",
    count=lambda epoch, milestones: passed(
        epoch, [sum(milestones[: i + 1]) for i in range(len(milestones))]
    ),
)
STEPS.enter(
    "mistake",
    "last-milestone-passed-over",
    "The last drop never comes.",
    "milestones[:-1]",
    count=lambda epoch, milestones: passed(epoch, milestones[:-1]),
)
STEPS.enter(
    "mistake",
    "drops-compound",
    "Every epoch multiplies by all the drops so far.",
    "the factor of the epoch applied to the current rate",
    count=lambda epoch, milestones: sum(passed(t, milestones) for t in range(int(epoch) + 1)),
)
STEPS.enter(
    "mistake",
    "drop-taken-away",
    "η₀ (1 − drop)ᵏ: a drop to a tenth becomes a drop by a tenth.",
    "the drop taken for the share that goes",
    base=lambda drop: 1 - drop,
)
STEPS.enter(
    "mistake",
    "drop-times-count",
    "η₀ drop k: zero until the first milestone, then rising.",
    "× for **",
    shown=lambda drop, drops: drop * drops,
)
STEPS.enter(
    "mistake",
    "rises-at-milestones",
    "η₀ / dropᵏ.",
    "divided where it should be multiplied",
    shown=lambda drop, drops: 1 / drop**drops,
)
