"""Lion: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    one_late,
    sign,
)
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits.adam import (
    ADAMW,
    after,
    decayed,
    decoupled,
    plain,
    unpenalised,
)
from gradmark.conformance.catalogue.traits.trajectories import AROUND, fixed, swapped
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, elementwise, maximum, mean, minimum, tanh

CHEN = "Chen et al. 2023"
Mix = Callable[[Exact, Exact, Real], Exact]


@canonical("Lion", f"{CHEN}, algorithm 2; Keras, Optax, MLX and timm, Lion")
def sign_of_an_average(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    weight_decay: Real = 0,
) -> Trajectory:
    """w ← w − η (sign(β₁m + (1−β₁)g) + λw), then m ← β₂m + (1−β₂)g."""
    m = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        direction = sign(beta1 * m + (1 - beta1) * g)
        w = w - lr * (direction + weight_decay * w)
        m = beta2 * m + (1 - beta2) * g
        yield w


def assemble(
    penalised: Callable[[Exact, Exact, Real], Exact] = unpenalised,
    mixed: Mix = average,
    shaped: Callable[[Exact], Exact] = sign,
    masked: Callable[[Exact, Exact], Exact] = lambda step, _g: step,
    remembered: Mix = average,
    updated_first: bool = False,
    signs_remembered: bool = False,
    mix_stored: bool = False,
    decay_in_the_sign: bool = False,
    moved: Callable[..., Exact] = decoupled,
) -> Body:
    """Put together a trajectory of Lion."""

    def body(
        w: Exact,
        gradients: Exact,
        rates: Exact,
        beta1: Real,
        beta2: Real,
        weight_decay: Real = 0,
    ) -> Trajectory:
        m, first_lr = 0 * w, None
        for g, lr in zip(gradients, rates, strict=True):
            first_lr = lr if first_lr is None else first_lr
            g = penalised(g, w, weight_decay)
            new = remembered(m, g, beta2)
            mix = mixed(new if updated_first else m, g, beta1)
            step = shaped(mix + weight_decay * w if decay_in_the_sign else mix)
            if signs_remembered:
                new = remembered(m, step, beta2)
            m, step = mix if mix_stored else new, masked(step, g)
            w = moved(w, lr, step, weight_decay, first_lr)
            yield w

    return body


LION = recipe("Lion", assemble, **AROUND)

# --- conventions ----------------------------------------------------------------------------------


def _within_one(mix: Exact) -> Exact:
    return maximum(minimum(mix, 1.0), -1.0)


def _exchanged(m: Exact, g: Exact, beta: Real) -> Exact:
    return average(g, m, beta)


_never_zero = elementwise(lambda mix: -1.0 if mix < 0 else 1.0)
_together = elementwise(lambda step, g: 1.0 if step * g > 0 else 0.0, 2)


def _cautious(step: Exact, g: Exact) -> Exact:
    mask = _together(step, g) + 0 * g
    return step * (mask / maximum(mean(mask), 1e-3)) if np.size(g) else step


LION.enter(
    "dialect",
    "refined-sign",
    "Mixtures within ±1 are taken as they are, and only larger ones are cut off.",
    'Optax, scale_by_lion(mode="refined")',
    shaped=_within_one,
)
family(
    "Lion",
    "smooth-sign-of-{}-times",
    "The step is tanh({} · mixture) in the place of its sign.",
    'Optax, scale_by_lion(mode="smooth", smooth_beta=...)',
    lambda factor: {"shaped": lambda mix: tanh(factor * mix)},
    1e-2,
    1e4,
)
LION.enter(
    "dialect",
    "cautious",
    "Where the step goes against the gradient it is left out, and the rest is made as much longer.",
    "timm, Lion(caution=True): Liang et al. 2024",
    masked=_cautious,
)
LION.enter(
    "dialect",
    "decay-by-relative-rate",
    "The decay is λ η/η₀: it follows the schedule, and not the size of the first rate.",
    "lion-pytorch, Lion(decoupled_weight_decay=True)",
    moved=decayed(lambda decay, lr, w, first: lr / first * decay * w),
)
LION.enter(
    "dialect",
    "decay-by-rate-squared",
    "The decay is λ η²/η₀: it falls with the square of the schedule.",
    "timm, Lion(corrected_weight_decay=True)",
    moved=decayed(lambda decay, lr, w, first: lr / first * (lr * (decay * w))),
)
family(
    "Lion",
    "decoupled-weight-decay-{}",
    "The weights decay by η · {} w beside what is asked for.",
    "Optax, lion(weight_decay=1e-3), its default, where no other can be asked for",
    lambda own: {"moved": lambda w, lr, step, decay, _first: w - lr * (step + (decay + own) * w)},
    1e-7,
    1.0,
)

# --- mistakes: the decay --------------------------------------------------------------------------

LION.borrow(ADAMW, "decay-forgotten", "decay-doubled", "decay-at-the-first-rate")
LION.enter(
    "mistake",
    "coupled-l2",
    "λ w is added to the gradient: the sign and m see it, and weights that are large decay no more"
    " than others.",
    "bitsandbytes-foundation/bitsandbytes#1992, in three backends",
    penalised=lambda g, w, decay: g + decay * w,
    moved=plain,
)
LION.enter(
    "mistake",
    "decay-inside-the-sign",
    "sign(β₁m + (1−β₁)g + λw): the decay only turns the direction.",
    "λ w added to the mixture, before its sign is taken",
    decay_in_the_sign=True,
    moved=plain,
)
LION.enter(
    "mistake",
    "decay-without-rate",
    "The decay is λ w, whatever the rate is.",
    "w ·= 1 − λ where 1 − ηλ is meant",
    moved=decayed(lambda decay, _lr, w, _first: decay * w),
)
LION.enter(
    "mistake",
    "decay-added",
    "w ← w − η (sign(…) − λ w): the weights grow.",
    "the sign of the decay",
    moved=decayed(lambda decay, lr, w, _first: -lr * (decay * w)),
)
LION.enter(
    "mistake",
    "decay-after-the-step",
    "The weights are moved first and decayed then: the step itself is decayed.",
    "the order of the two",
    moved=after,
)

# --- mistakes: the step ---------------------------------------------------------------------------

LION.enter(
    "mistake",
    "betas-exchanged",
    "β₂ mixes the direction, and β₁ remembers.",
    "β₁ and β₂ exchanged",
    hyper=swapped("beta1", "beta2"),
)
LION.enter(
    "mistake",
    "weights-exchanged",
    "β and 1 − β are exchanged in both averages.",
    "β dx + (1 − β) m: FluxML/Optimisers.jl#129",
    mixed=_exchanged,
    remembered=_exchanged,
)
LION.enter(
    "mistake",
    "average-updated-first",
    "m ← β₂m + (1−β₂)g comes first, and the direction is mixed of the new m.",
    "the order of the two lines; what reviews of HomericIntelligence/Odyssey#5487 look for",
    updated_first=True,
)
LION.enter(
    "mistake",
    "sign-of-the-average",
    "w ← w − η sign(m), of the new m: Signum. β₁ is not used.",
    "one average for both: Bernstein et al. 2018",
    updated_first=True,
    mixed=lambda m, _g, _beta: m,
)
LION.enter(
    "mistake",
    "sign-of-the-old-average",
    "w ← w − η sign(m), of the m before the step: the first step does nothing.",
    "the gradient is missing in the mixture",
    mixed=lambda m, _g, _beta: m,
)
LION.enter(
    "mistake",
    "sign-of-the-gradient",
    "w ← w − η sign(g): there is no memory.",
    "signSGD under this name: Bernstein et al. 2018",
    mixed=lambda _m, g, _beta: g,
)
LION.enter(
    "mistake",
    "sign-forgotten",
    "w ← w − η (β₁m + (1−β₁)g): steps of the gradient's size.",
    "the sign is missing",
    shaped=lambda mix: mix,
)
LION.enter(
    "mistake",
    "zero-moves",
    "sign(0) = 1: weights without a gradient move, too.",
    "np.where(mix >= 0, 1, -1)",
    shaped=_never_zero,
)
LION.enter(
    "mistake",
    "mixture-stored",
    "m keeps β₁m + (1−β₁)g, so that β₂ is not used.",
    "the direction computed in m's own memory",
    mix_stored=True,
)
LION.enter(
    "mistake",
    "step-remembered",
    "m averages the signs that were taken, not the gradients.",
    "the name of the step in the place of the gradient",
    signs_remembered=True,
)
LION.enter(
    "mistake",
    "ascent",
    "w ← w + η sign(…): climbs.",
    "the sign of the step",
    masked=lambda step, _g: -step,
)
LION.enter(
    "mistake",
    "learning-rate-kept",
    "Goes on with the first learning rate when opt.lr is changed.",
    "a learning rate copied at construction",
    rates=held,
)
LION.enter(
    "mistake",
    "previous-gradient",
    "The direction and m are those of the step before.",
    "the step taken before the new gradient is stored",
    gradients=one_late,
)
LION.enter(
    "mistake",
    "betas-ignored",
    "β₁ is 0.9 and β₂ is 0.99 whatever the arguments say.",
    "0.9 and 0.99 written into the step",
    hyper=fixed(beta1=0.9, beta2=0.99),
)
