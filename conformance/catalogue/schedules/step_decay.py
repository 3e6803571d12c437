"""Step decay: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import product
from math import ceil
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.schedules.curves import SECTION, compounded, plain, whole
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Exact, exp, log1p, maximum

Count = Callable[[Any, Any], Any]  # of numbers, or of symbols


def _drops(count: Count) -> Body:
    """Make a schedule of a function that counts the drops up to an epoch."""

    @wraps(count)
    def body(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
        drops = count(plain(epoch), plain(epochs_drop))
        return compounded(initial_lr * drop**drops, drops)

    return body


@canonical("step_decay", SECTION)
def drops_at_multiples(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
    """η₀ dropᵏ with k = ⌊epoch / epochs_drop⌋."""
    drops = whole(plain(epoch) // plain(epochs_drop))
    return compounded(initial_lr * drop**drops, drops)


# --- conventions ----------------------------------------------------------------------------------


@dialect(
    "step_decay",
    "a widely copied Keras recipe, floor((1 + epoch) / epochs_drop); timm, MultiStepLRScheduler",
)
@_drops
def drops_one_epoch_early(epoch: Any, every: Any) -> Any:
    """Counts epochs from one: each drop comes an epoch early."""
    return whole((epoch + 1) // every)


@dialect("step_decay", "Keras, PiecewiseConstantDecay: a boundary still has the rate before it")
@_drops
def drops_one_epoch_late(epoch: Any, every: Any) -> Any:
    """Each drop comes an epoch late."""
    return max(whole((epoch - 1) // every), 0)


@dialect("step_decay", "Keras, ExponentialDecay(staircase=False), its default")
def drops_continuously(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
    """The exponent is not floored: no steps, a smooth decay."""
    return initial_lr * exp(log1p(drop - 1) * (epoch / epochs_drop))


# --- mistakes -------------------------------------------------------------------------------------


@mistake("step_decay", "the remainder in place of the quotient")
@_drops
def drops_by_the_remainder(epoch: Any, every: Any) -> Any:
    """epoch % epochs_drop drops: a saw."""
    return whole(epoch % every)


@mistake("step_decay", "the number of epochs between drops is ignored")
@_drops
def drops_every_epoch(epoch: Any, every: Any) -> Any:
    """Drops at every epoch."""
    del every
    return whole(epoch)


@mistake("step_decay", "round() for floor()")
@_drops
def drops_half_way(epoch: Any, every: Any) -> Any:
    """Drops in the middle between the boundaries."""
    return round(epoch / every)


@mistake("step_decay", "ceil() for floor()")
@_drops
def drops_at_once(epoch: Any, every: Any) -> Any:
    """Drops right after epoch 0, and again right after each boundary."""
    return ceil(epoch / every)


@mistake("step_decay", "drops counted from one")
@_drops
def one_drop_too_many(epoch: Any, every: Any) -> Any:
    """Starts with the rate that belongs behind the first boundary."""
    return whole(epoch // every) + 1


@mistake("step_decay", "an elif that is never reached: mangye16/Unsupervised_Embedding_Learning#7")
@_drops
def drops_only_once(epoch: Any, every: Any) -> Any:
    """Drops at the first boundary and never again."""
    return int(epoch >= every)


@mistake("step_decay", "get_lr() read in place of the rate, in PyTorch 1.1: pytorch/pytorch#22107")
@_drops
def drops_twice_at_a_boundary(epoch: Any, every: Any) -> Any:
    """One drop too many at each boundary, for that epoch alone."""
    return int(epoch // every) + int(epoch > 0 and epoch % every == 0)


@mistake("step_decay", "the factor applied to the current rate each time: pytorch/pytorch#20527")
@_drops
def drops_compound(epoch: Any, every: Any) -> Any:
    """Every epoch multiplies by all the drops so far."""
    return sum(int(t // every) for t in range(int(epoch) + 1))


@mistake("step_decay", "the drop taken for the share that goes")
def drop_taken_away(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
    """η₀ (1 − drop)ᵏ: a drop to a tenth becomes a drop by a tenth."""
    return drops_at_multiples(epoch, initial_lr, 1 - drop, epochs_drop)


@mistake("step_decay", "× for **")
def drop_times_count(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
    """η₀ drop k: zero until the first boundary, then rising."""
    return initial_lr * drop * whole(plain(epoch) // plain(epochs_drop))


@mistake("step_decay", "divided where it should be multiplied")
def rises_in_steps(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
    """η₀ / dropᵏ: grows at each boundary."""
    return initial_lr / drop ** whole(plain(epoch) // plain(epochs_drop))


def _line(*, share: bool, cut: bool) -> Body:
    def body(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
        fall = (1 - drop if share else drop) * whole(plain(epoch) // plain(epochs_drop))
        return initial_lr * (maximum(1 - fall, 0.0) if cut else 1 - fall)

    return body


for _share, _cut in product((False, True), repeat=2):
    _name = "line" + "_by_the_share_that_goes" * _share + "_to_zero" * _cut
    _fall = "(1 − drop) k" if _share else "drop k"
    _says = (
        f"η₀ (1 − {_fall}){', and 0 where that is negative' * _cut}: a line where powers belong."
    )
    mistake("step_decay", "1 - drop * k for drop ** k")(
        named(_name, _says, _line(share=_share, cut=_cut))
    )
