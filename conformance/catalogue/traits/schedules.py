"""What the schedules are put together of."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.schedules.around import AROUND
from gradmark.conformance.catalogue.schedules.curves import compounded, from_rate, half_cosine
from gradmark.conformance.catalogue.variant import Body, mistake
from gradmark.conformance.truth import Exact, cos, exp, maximum, minimum, pi
from gradmark.conformance.truth import log as log_of


def _same(x: Any) -> Any:
    return x


def _early(epoch: Exact) -> Exact:
    return epoch + 1


def _late(epoch: Exact) -> Exact:
    return maximum(epoch - 1, 0.0)


# --- step decay -----------------------------------------------------------------------------------


def _stepping(
    base: Callable[[Exact], Exact] = _same,
    count: Callable[[float, float], int] = lambda epoch, every: int(epoch // every),
    shown: Callable[[Exact, int], Exact] = lambda base, drops: base**drops,
) -> Body:
    def body(epoch: Exact, initial_lr: Exact, drop: Exact, epochs_drop: Exact) -> Exact:
        drops = count(float(epoch), float(epochs_drop))
        return compounded(initial_lr * shown(base(drop), drops), drops)

    return body


STEP = recipe("step_decay", _stepping, **AROUND)
STEP.traits.update(
    {
        "drops-one-epoch-early": {"clock": _early},
        "drops-one-epoch-late": {"clock": _late},
        "drops-by-the-remainder": {"count": lambda epoch, every: int(epoch % every)},
        "drops-every-epoch": {"count": lambda epoch, _every: int(epoch)},
        "drops-half-way": {"count": lambda epoch, every: round(epoch / every)},
        "drops-at-once": {"count": lambda epoch, every: ceil(epoch / every)},
        "one-drop-too-many": {"count": lambda epoch, every: int(epoch // every) + 1},
        "drops-only-once": {"count": lambda epoch, every: int(epoch >= every)},
        "drops-twice-at-a-boundary": {
            "count": lambda epoch, every: (
                int(epoch // every) + int(epoch > 0 and epoch % every == 0)
            )
        },
        "drops-compound": {
            "count": lambda epoch, every: sum(int(t // every) for t in range(int(epoch) + 1))
        },
        "drop-taken-away": {"base": lambda drop: 1 - drop},
        "drop-times-count": {"shown": lambda drop, drops: drop * drops},
        "rises-in-steps": {"shown": lambda drop, drops: 1 / drop**drops},
    }
)

# --- exponential decay ----------------------------------------------------------------------------


def _decaying(
    spent: Callable[[Exact], Exact] = _same,
    at: Callable[[Exact], Exact] = _same,
    curve: Callable[[Exact, Exact], Exact] = lambda k, epoch: exp(-k * epoch),
) -> Body:
    def body(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
        rate = initial_lr * curve(at(decay_rate), spent(epoch))
        return compounded(rate, int(float(epoch)))

    return body


DECAY = recipe("exponential_decay", _decaying, **AROUND)
DECAY.traits.update(
    {
        "factor-per-epoch": {"curve": lambda k, epoch: (1 - k) ** int(float(epoch))},
        "inverse-time": {"curve": lambda k, epoch: 1 / (1 + k * epoch)},
        "constant-for-ten-epochs": {"clock": lambda epoch: maximum(epoch - 9, 0.0)},
        "rate-as-factor": {"curve": lambda k, epoch: k ** int(float(epoch))},
        "grows": {"at": lambda k: -k},
        "base-two": {"at": lambda k: k * log(2)},
        "base-ten": {"at": lambda k: k * log(10)},
        "rate-in-percent": {"at": lambda k: k / 100},
        "one-epoch-early": {"clock": _early},
        "one-epoch-late": {"clock": _late},
        "decay-compounds": {"spent": lambda epoch: epoch * (epoch + 1) / 2},
        "bell-curve": {"spent": lambda epoch: epoch * epoch},
        "rate-as-time-constant": {"at": lambda k: 1 / k},
        "rate-forgotten": {"at": lambda k: 0 * k + 1},
        "epoch-forgotten": {"spent": lambda epoch: 0 * epoch + 1},
        "rises-to-the-rate": {"curve": lambda k, epoch: 1 - exp(-k * epoch)},
        "straight-line": {"curve": lambda k, epoch: 1 - k * epoch},
    }
)

# --- cosine annealing -----------------------------------------------------------------------------


def _hold(epoch: Exact, period: Exact) -> Exact:
    return minimum(epoch, period) / period


def _restarting(growth: int) -> Callable[[Exact, Exact], Exact]:
    def progress(epoch: Exact, period: Exact) -> Exact:
        while epoch >= period:
            epoch, period = epoch - period, growth * period
        return epoch / period

    return progress


def _annealing(
    period: Callable[[Exact], Exact] = _same,
    end: Callable[[Exact, Exact], Exact] = lambda epoch, period: epoch / period,
    stretch: float = 1.0,
    curve: Callable[[Exact], Exact] = half_cosine,
) -> Body:
    def body(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
        return initial_lr * curve(stretch * end(epoch, period(T_max)))

    return body


COSINE = recipe("cosine_annealing", _annealing, **AROUND)
COSINE.traits.update(
    {
        "holds-after-the-end": {"end": _hold},
        "restarts": {"end": _restarting(1)},
        "restarts-with-doubled-periods": {"end": _restarting(2)},
        "falls-to-a-tenth": {"end": _hold, "floor": 0.1},
        "seven-sixteenths": {"curve": lambda x: cos(pi() * (7 * x / 16))},
        "one-epoch-short": {"period": lambda T: T - 1},
        "one-epoch-long": {"period": lambda T: T + 1},
        "one-epoch-early": {"clock": _early},
        "twice-the-rate": {"factor": 2},
        "full-period": {"stretch": 2.0},
        "quarter-period": {"curve": lambda x: cos(pi() * x / 2)},
        "cosine-not-raised": {"curve": lambda x: cos(pi() * x)},
        "half-the-swing": {"curve": lambda x: 1 + cos(pi() * x) / 2},
        "rises-first": {"curve": lambda x: half_cosine(x + 1)},
        "pi-missing": {"curve": lambda x: (1 + cos(x)) / 2},
        "pi-cut-off": {"curve": lambda x: (1 + cos(3.14 * x)) / 2},
        "degrees": {"curve": lambda x: (1 + cos(180 * x)) / 2},
        "whole-periods-only": {"end": lambda epoch, T: 0 * epoch + float(epoch) // float(T)},
    }
)

# --- warm-up --------------------------------------------------------------------------------------


def _ramp(share: float) -> Callable[[Exact, Exact], Exact]:
    return lambda epoch, warmup: share + (1 - share) * (epoch / warmup)


def _warming(
    ramp: Callable[[Exact, Exact, Exact], Exact] = lambda epoch, warmup, _total: epoch / warmup,
    always: bool = False,
    origin: Callable[[Exact], Exact] = _same,
    length: Callable[[Exact, Exact], Exact] = lambda warmup, total: total - warmup,
    held: bool = False,
    curve: Callable[[Exact], Exact] = half_cosine,
    lowest: float = 0.0,
    lowest_rate: float = 0.0,
    first_rate: float = 0.0,
    peak: Callable[[Exact], Exact] = lambda _warmup: 1,
    warming: Callable[[Exact, Exact], bool] = lambda epoch, warmup: epoch < warmup,
    waits: int = 0,
    compared: bool = False,
) -> Body:
    """Put together a warm-up and what follows; `always` lets the ramp multiply a whole fall."""

    def body(epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact) -> Exact:
        rising = warming(epoch, warmup_epochs)
        if rising and not (always or compared):
            return from_rate(first_rate, initial_lr, ramp(epoch, warmup_epochs, total_epochs))
        so_far = initial_lr * (minimum(epoch / warmup_epochs, 1.0) if warmup_epochs > 0 else 1)
        if compared and so_far < 1:
            return so_far
        rises = ramp(epoch, warmup_epochs, total_epochs) if rising else 1
        whole = length(warmup_epochs, total_epochs)
        done = epoch - origin(warmup_epochs)
        done = maximum(done - waits, 0.0) if waits else done
        progress = (minimum(done, whole) if held else done) / whole
        falls = lowest + (1 - lowest) * curve(progress) if lowest else curve(progress)
        return from_rate(lowest_rate, initial_lr * rises * peak(warmup_epochs), falls)

    return body


def _total(_warmup: Exact, total: Exact) -> Exact:
    return total


def _zero(warmup: Exact) -> Exact:
    return 0 * warmup


def _of_warmup(ramp: Callable[[Exact, Exact], Exact]) -> Callable[[Exact, Exact, Exact], Exact]:
    return lambda epoch, warmup, _total: ramp(epoch, warmup)


FROM_ZERO = {"origin": _zero, "length": _total}
WARMUP = recipe("warmup_cosine", _warming, **AROUND)
WARMUP.traits.update(
    {
        "ramp-from-first-step": {"ramp": _of_warmup(lambda epoch, warmup: (epoch + 1) / warmup)},
        "ramp-from-a-third": {"ramp": _of_warmup(_ramp(1 / 3))},
        "ramp-from-a-hundredth": {"ramp": _of_warmup(_ramp(0.01))},
        "ramp-one-epoch-short": {"ramp": _of_warmup(lambda epoch, warmup: epoch / (warmup - 1))},
        "warmup-not-counted": {"length": _total},
        "warmup-not-counted-zero-after-the-end": {"length": _total, "held": True},
        "zero-after-the-end": {"held": True},
        "cosine-from-epoch-zero-zero-after-the-end": FROM_ZERO | {"held": True},
        "falls-to-a-tenth": {
            "ramp": _of_warmup(lambda epoch, warmup: (epoch + 1) / (warmup + 1)),
            "held": True,
            "lowest": 0.1,
        },
        "cosine-times-ramp-from-a-tenth": FROM_ZERO
        | {"ramp": _of_warmup(_ramp(0.1)), "always": True},
        "linear-after-the-warmup": {"curve": lambda x: 1 - x, "held": True},
        "constant-after-the-warmup": {"curve": lambda x: 0 * x + 1},
        # --- mistakes
        "cosine-from-epoch-zero": FROM_ZERO,
        "no-warmup": FROM_ZERO | {"ramp": lambda *_: 1, "always": True},
        "warmup-cut-off": {"ramp": lambda *_: 1, "always": True, "origin": _zero},
        "cosine-times-ramp": FROM_ZERO | {"always": True},
        "cosine-as-long-as-the-warmup": {"length": lambda warmup, _: maximum(warmup, 1.0)},
        "peak-never-reached": {
            "peak": lambda warmup: (warmup - 1) / warmup if warmup > 0 else 1,
        },
        "twice-the-rate": {"peak": lambda _: 2},
        "zero-during-the-warmup": {"ramp": lambda epoch, warmup, _: 0 * (epoch / warmup)},
        "ramp-over-the-total": {"ramp": lambda epoch, _warmup, total: epoch / total},
        "ramp-one-epoch-long": {"ramp": _of_warmup(lambda epoch, warmup: epoch / (warmup + 1))},
        "one-epoch-short": {"length": lambda warmup, total: total - warmup - 1},
        "one-epoch-early": {"clock": _early},
        "full-period": {"curve": lambda x: half_cosine(2 * x)},
        "degrees": {"curve": lambda x: (1 + cos(180 * x)) / 2},
    }
)


def _logarithmic(epoch: Exact, warmup: Exact, _total: Exact) -> Exact:
    return log_of(epoch + 1) / log_of(maximum(warmup, 2.0))


WARMUP.enter(
    "dialect",
    "logarithmic-warmup",
    "The ramp is log(epoch + 1) / log(warmup_epochs): it rises fast at first.",
    "DeepSpeed, WarmupLR(warmup_type='log'), its default: QwenLM/Qwen-VL#183",
    ramp=_logarithmic,
)
WARMUP.enter(
    "mistake",
    "peak-held-for-an-epoch",
    "The cosine starts an epoch late: the peak is held for one more, and the end is not reached.",
    "epoch − warmup_epochs − 1 after a warm-up that ends at the peak",
    waits=1,
)
WARMUP.enter(
    "mistake",
    "peak-overshot",
    "The ramp is (epoch + 1) / warmup_epochs and goes on at warmup_epochs: above η₀ there.",
    "<= for < beside a ramp that counts from one",
    ramp=_of_warmup(lambda epoch, warmup: (epoch + 1) / warmup),
    warming=lambda epoch, warmup: epoch <= warmup and warmup > 0,
)
WARMUP.enter(
    "mistake",
    "warmup-in-the-first-epoch-only",
    "The ramp is left after epoch 0, and the cosine runs from there, counted from warmup_epochs.",
    "if epoch == 0 for if epoch < warmup_epochs",
    warming=lambda epoch, warmup: epoch < minimum(warmup, 1.0),
)
WARMUP.enter(
    "mistake",
    "rate-compared-with-one",
    "Warms up while the rate is below 1, which was meant of its share: below 1 it never falls.",
    "facebookresearch/ParlAI#4384",
    compared=True,
)


def _compounding(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    rate = initial_lr
    for t in range(1, int(float(epoch)) + 1):
        rate = rate * half_cosine(t / T_max)
    return rate


mistake("cosine_annealing", "the current rate in place of the initial one")(
    named(
        "cosine_compounds",
        "η ← η (1 + cos(π·epoch / T_max)) / 2 at each epoch: falls much too fast.",
        _compounding,
    )
)
