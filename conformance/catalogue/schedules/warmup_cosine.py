"""Warm-up and cosine annealing: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from gradmark.conformance.catalogue.schedules.curves import SECTION, SGDR, half_cosine
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Exact, cos, maximum, minimum

GOYAL = "Goyal et al. 2017"

Ramp = Callable[[Exact, Exact], Exact]
Fall = Callable[[Exact, Exact, Exact], Exact]


def _from_zero(epoch: Exact, warmup: Exact) -> Exact:
    return epoch / warmup


def _from(share: float) -> Ramp:
    """A ramp that starts at a share of the rate."""
    return lambda epoch, warmup: share + (1 - share) * (epoch / warmup)


def _after(ramp: Ramp = _from_zero) -> Callable[[Fall], Body]:
    """Make a schedule of what follows the ramp."""

    def of(fall: Fall) -> Body:
        @wraps(fall)
        def body(
            epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact
        ) -> Exact:
            if epoch < warmup_epochs:
                return initial_lr * ramp(epoch, warmup_epochs)
            return initial_lr * fall(epoch, warmup_epochs, total_epochs)

        return body

    return of


def _fall(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    return half_cosine((epoch - warmup) / (total - warmup))


@canonical("warmup_cosine", f"{SECTION}; {GOYAL} and {SGDR}")
def ramp_from_zero(
    epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact
) -> Exact:
    """A line from 0 to η₀ over the warm-up, then half a cosine down to zero at total_epochs."""
    if epoch < warmup_epochs:
        return initial_lr * epoch / warmup_epochs
    return initial_lr * half_cosine((epoch - warmup_epochs) / (total_epochs - warmup_epochs))


# --- conventions ----------------------------------------------------------------------------------


@dialect("warmup_cosine", f"{GOYAL} in many codes: (epoch + 1) / warmup_epochs")
@_after(lambda epoch, warmup: (epoch + 1) / warmup)
def ramp_from_first_step(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The ramp starts at η₀ / warmup_epochs: no epoch is spent at a rate of zero."""
    return _fall(epoch, warmup, total)


@dialect("warmup_cosine", "PyTorch, SequentialLR([LinearLR(), CosineAnnealingLR()]): from ⅓")
@_after(_from(1 / 3))
def ramp_from_a_third(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The ramp starts at η₀ / 3."""
    return _fall(epoch, warmup, total)


@dialect("warmup_cosine", "torchvision, references/classification: lr_warmup_decay = 0.01")
@_after(_from(0.01))
def ramp_from_a_hundredth(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The ramp starts at η₀ / 100."""
    return _fall(epoch, warmup, total)


@dialect(
    "warmup_cosine",
    "Lightning Bolts, LinearWarmupCosineAnnealingLR; DINO, cosine_scheduler: np.linspace",
)
@_after(lambda epoch, warmup: epoch / (warmup - 1))
def ramp_one_epoch_short(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The last epoch of the warm-up is at η₀ already, and the next one too."""
    return _fall(epoch, warmup, total)


@dialect("warmup_cosine", "schedules chained after a warm-up: total_epochs counts from its end")
@_after()
def warmup_not_counted(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The warm-up comes on top of total_epochs."""
    return half_cosine((epoch - warmup) / total)


@dialect("warmup_cosine", "Keras, CosineDecay(warmup_target=..., warmup_steps=...)")
@_after()
def warmup_not_counted_zero_after_the_end(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The warm-up comes on top of total_epochs; stays at zero after both."""
    return half_cosine(minimum(epoch - warmup, total) / total)


@dialect("warmup_cosine", "Optax, warmup_cosine_decay_schedule")
@_after()
def zero_after_the_end(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """Stays at zero past total_epochs."""
    return _fall(minimum(epoch, total), warmup, total)


@dialect("warmup_cosine", "timm, CosineLRScheduler(warmup_prefix=False), its default")
@_after()
def cosine_from_epoch_zero_zero_after_the_end(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The cosine counts from epoch 0, so that the rate jumps down after the warm-up; then zero."""
    del warmup
    return half_cosine(minimum(epoch, total) / total)


@dialect("warmup_cosine", "nanoGPT, get_lr: (it + 1) / (warmup_iters + 1), min_lr a tenth")
@_after(lambda epoch, warmup: (epoch + 1) / (warmup + 1))
def falls_to_a_tenth(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The ramp starts at η₀ / (warmup_epochs + 1); ends at η₀ / 10 and stays there."""
    return 0.1 + 0.9 * _fall(minimum(epoch, total), warmup, total)


@dialect("warmup_cosine", "mmcv, LrUpdaterHook(warmup='linear', warmup_ratio=0.1), its default")
def cosine_times_ramp_from_a_tenth(
    epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact
) -> Exact:
    """The ramp, from 1/10 on, multiplies a cosine that counts from epoch 0."""
    ramp = _from(0.1)(epoch, warmup_epochs) if epoch < warmup_epochs else 1
    return initial_lr * ramp * half_cosine(epoch / total_epochs)


@dialect("warmup_cosine", "Transformers, get_linear_schedule_with_warmup")
@_after()
def linear_after_the_warmup(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """A straight line down to zero in place of the cosine; stays there."""
    return (total - minimum(epoch, total)) / (total - warmup)


@dialect("warmup_cosine", "Transformers, get_constant_schedule_with_warmup")
@_after()
def constant_after_the_warmup(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """η₀ for ever after the warm-up."""
    del epoch, warmup, total
    return 1


# --- mistakes -------------------------------------------------------------------------------------


@mistake("warmup_cosine", "the cosine does not wait for the warm-up: stickeritis/sticker#153")
@_after()
def cosine_from_epoch_zero(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The cosine counts from epoch 0: the rate jumps at the end of the warm-up."""
    del warmup
    return half_cosine(epoch / total)


@mistake("warmup_cosine", "no warm-up at all")
def no_warmup(epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact) -> Exact:
    """Starts at full rate."""
    del warmup_epochs
    return initial_lr * half_cosine(epoch / total_epochs)


@mistake("warmup_cosine", "a warm-up that only shortens the cosine: Tencent-Hunyuan/UniRL#223")
def warmup_cut_off(
    epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact
) -> Exact:
    """Starts at full rate, reaches zero warmup_epochs early and rises again."""
    return initial_lr * half_cosine(epoch / (total_epochs - warmup_epochs))


@mistake("warmup_cosine", "two schedules multiplied, not one after the other")
def cosine_times_ramp(
    epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact
) -> Exact:
    """The ramp multiplies a cosine that counts from epoch 0."""
    ramp = _from_zero(epoch, warmup_epochs) if epoch < warmup_epochs else 1
    return initial_lr * ramp * half_cosine(epoch / total_epochs)


@mistake("warmup_cosine", "the warm-up's length as T_max: lucidrains/imagen-pytorch#71")
@_after()
def cosine_as_long_as_the_warmup(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The cosine swings with the warm-up's length as its half period."""
    del total
    return half_cosine((epoch - warmup) / maximum(warmup, 1.0))


@mistake("warmup_cosine", "the last rate of the ramp taken for the base rate: Oneflow-Inc/libai#37")
@_after()
def peak_never_reached(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The cosine starts where the ramp has got to: η₀ (1 − 1/warmup_epochs)."""
    peak = (warmup - 1) / warmup if warmup > 0 else 1
    return peak * _fall(epoch, warmup, total)


@mistake("warmup_cosine", "the factor ½ is missing")
@_after()
def twice_the_rate(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """Jumps to 2 η₀ at the end of the warm-up."""
    return 2 * _fall(epoch, warmup, total)


@mistake("warmup_cosine", "integer division, as in C or Python 2")
@_after(lambda epoch, warmup: 0 * (epoch / warmup))
def zero_during_the_warmup(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """epoch // warmup_epochs: a rate of zero until the warm-up is over."""
    return _fall(epoch, warmup, total)


@mistake("warmup_cosine", "total_epochs for warmup_epochs in the ramp")
def ramp_over_the_total(
    epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact
) -> Exact:
    """The ramp would reach η₀ at total_epochs: the rate jumps at the end of the warm-up."""
    if epoch < warmup_epochs:
        return initial_lr * epoch / total_epochs
    return initial_lr * _fall(epoch, warmup_epochs, total_epochs)


@mistake("warmup_cosine", "warmup_epochs + 1 in the ramp")
@_after(lambda epoch, warmup: epoch / (warmup + 1))
def ramp_one_epoch_long(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """The ramp would reach η₀ one epoch after its end."""
    return _fall(epoch, warmup, total)


@mistake("warmup_cosine", "total − warm-up − 1 in the denominator")
@_after()
def one_epoch_short(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """Reaches zero one epoch early."""
    return half_cosine((epoch - warmup) / (total - warmup - 1))


@mistake("warmup_cosine", "epochs counted from one")
def one_epoch_early(
    epoch: Exact, initial_lr: Exact, warmup_epochs: Exact, total_epochs: Exact
) -> Exact:
    """Every rate comes an epoch early."""
    return ramp_from_zero(epoch + 1, initial_lr, warmup_epochs, total_epochs)


@mistake("warmup_cosine", "a full period in place of half of one")
@_after()
def full_period(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """Falls to zero half-way and rises again before the end."""
    return half_cosine(2 * (epoch - warmup) / (total - warmup))


@mistake("warmup_cosine", "degrees handed to a cosine of radians")
@_after()
def degrees(epoch: Exact, warmup: Exact, total: Exact) -> Exact:
    """cos(180 · progress): swings wildly after the warm-up."""
    return (1 + cos(180 * (epoch - warmup) / (total - warmup))) / 2
