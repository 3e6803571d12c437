"""What a step of Adam, or of AdamW, is put together of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.optimizers import adam_mistakes, adamw  # noqa: F401 - their forms
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    from_here,
    held,
    mean_square,
    one_late,
    sign,
    where_moved,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits import options
from gradmark.conformance.catalogue.traits.trajectories import (
    AROUND,
    fixed,
    swapped,
)
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, elementwise, maximum, mean, sqrt
from gradmark.harness.contract.dtypes import WIDEST, largest

Root = Callable[[Exact], Exact]
Average = Callable[[Exact, Exact, Real], Exact]


def complement(beta: Real, t: int) -> Exact:
    """Free an average of its bias."""
    return 1 - beta**t


def one(_beta: Real, _t: int) -> Exact:
    """Leave an average its bias."""
    return 1


def _outside(root: Root, v: Exact, epsilon: Real) -> Exact:
    return root(v) + epsilon


def inside(root: Root, v: Exact, epsilon: Real) -> Exact:
    """Add ε under the root."""
    return root(v + epsilon)


def _squared(v: Exact, g: Exact, beta: Real, _epsilon: Real) -> Exact:
    return mean_square(v, g, beta)


def fading_maximum(u: Exact, g: Exact, beta: Real, _epsilon: Real) -> Exact:
    """The greatest gradient so far, which fades."""
    return maximum(beta * u, abs(g))


def _gradient(g: Exact, _m: Exact) -> Exact:
    return g


def _new(_old: tuple[Exact, Exact], new: tuple[Exact, Exact]) -> tuple[Exact, Exact]:
    return new


Past = dict[str, Exact]  # what else a trajectory remembers


def _m_hat(m: Exact, _g: Exact, share: Exact, _beta: Real, _t: int, _past: Past) -> Exact:
    return m / share


def looking_ahead(m: Exact, g: Exact, _share: Exact, beta: Real, t: int, _past: Past) -> Exact:
    """Free the first moment of its bias one step ahead, with one more gradient like this one."""
    return average(m / (1 - beta ** (t + 1)), g / (1 - beta**t), beta)


def _divided(top: Exact, under: Exact) -> Exact:
    return top / under


def same(x: Any) -> Any:
    """Change nothing."""
    return x


def _adaptive(_plain: Exact, adaptive: Exact, _beta: Real, _t: int) -> Exact:
    return adaptive


def plain(w: Exact, lr: Exact, step: Exact, _decay: Real, _first: Exact) -> Exact:
    """Move the weights alone."""
    return w - lr * step


def unpenalised(g: Exact, _w: Exact, _decay: Real) -> Exact:
    """Leave the gradient as it is."""
    return g


def assemble(
    counter: Callable[[int], int] = same,
    penalised: Callable[[Exact, Exact, Real], Exact] = unpenalised,
    first: Average = average,
    second: Callable[[Exact, Exact, Real, Real], Exact] = _squared,
    fed: Callable[[Exact, Exact], Exact] = _gradient,
    one_array: bool = False,
    used: Callable[[tuple[Exact, Exact], tuple[Exact, Exact]], tuple[Exact, Exact]] = _new,
    share1: Callable[[Real, int], Exact] = complement,
    share2: Callable[[Real, int], Exact] = complement,
    crossed: bool = False,
    stored: bool = False,
    greatest_of: str = "",
    root: Root = sqrt,
    place: Callable[[Root, Exact, Real], Exact] = _outside,
    in_the_rate: bool = False,
    top: Callable[..., Exact] = _m_hat,
    divided: Callable[[Exact, Exact], Exact] = _divided,
    settled: Callable[[Exact, Exact, Real, int], Exact] = _adaptive,
    moved: Callable[..., Exact] = plain,
    lazy: bool = False,
) -> Body:
    """Put together a trajectory of Adam; a `lazy` one leaves alone what has no gradient."""

    def body(
        w: Exact,
        gradients: Exact,
        rates: Exact,
        beta1: Real,
        beta2: Real,
        epsilon: Real,
        weight_decay: Real = 0,
    ) -> Trajectory:
        m = v = greatest = 0 * w
        past: Past = {}
        first_lr = None
        for step, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            first_lr = lr if first_lr is None else first_lr
            t, old, g = counter(step), (m, v, w), penalised(g, w, weight_decay)
            m = first(m, g, beta1)
            v = second(m if one_array else v, fed(g, m), beta2, epsilon)
            m = v if one_array else m
            if lazy:
                m, v = where_moved(g, m, old[0]), where_moved(g, v, old[1])
            shares = share1(beta1, t), share2(beta1 if crossed else beta2, t)
            if stored:
                m, v, shares = m / shares[0], v / shares[1], (1, 1)
            used_m, used_v = used(old[:2], (m, v))
            if greatest_of:
                greatest = maximum(greatest, used_v / (shares[1] if greatest_of == "v̂" else 1))
                used_v = greatest * (shares[1] if greatest_of == "v̂" else 1)
            if in_the_rate:
                under = place(root, used_v, epsilon) / sqrt(shares[1])
            else:
                under = place(root, used_v / shares[1], epsilon)
            ahead = top(used_m, g, shares[0], beta1, t, past)
            along = settled(ahead, divided(ahead, under), beta2, t)
            w = moved(w, lr, along, weight_decay, first_lr)
            w = where_moved(g, w, old[2]) if lazy else w
            w = from_here(w, (yield w))

    return body


def decoupled(w: Exact, lr: Exact, step: Exact, decay: Real, _first: Exact) -> Exact:
    """Decay the weights beside the step, by the rate."""
    return w - lr * (step + decay * w)


def _by(decay: float) -> Callable[..., Exact]:
    """Decouple a decay that is fixed."""
    return lambda w, lr, step, _decay, _first: w - lr * (step + decay * w)


def decayed(of: Callable[..., Exact]) -> Callable[..., Exact]:
    """Say what the weights lose beside the step: of λ, η, w and the first rate."""
    return lambda w, lr, step, decay, first: w - lr * step - of(decay, lr, w, first)


def after(w: Exact, lr: Exact, step: Exact, decay: Real, _first: Exact) -> Exact:
    """Move first, and decay what was moved."""
    moved = w - lr * step
    return moved - lr * decay * moved


ADAM = recipe(
    "Adam",
    assemble,
    {**options.OF_ALL, "amsgrad": lambda _: {"greatest_of": "v"}},
    **AROUND,
    **options.AROUND,
)
ADAMW = recipe("AdamW", partial(assemble, moved=decoupled), **AROUND)


def _uncorrected(**more: Any) -> dict[str, Any]:
    return {"share1": one, "share2": one, **more}


# What only concerns the step is the same in both.
BOTH: dict[str, dict[str, Any]] = {
    "epsilon-hat": {"in_the_rate": True},
    "epsilon-inside-root-of-second-moment": {"place": inside},
    "no-bias-correction": _uncorrected(),
    "nesterov": {"top": looking_ahead},
    "amsgrad": {"greatest_of": "v"},
    "counter-starts-at-two": {"counter": lambda t: t + 1},
    "counter-stuck-at-one": {"counter": lambda _: 1},
    "betas-exchanged": {"hyper": swapped("beta1", "beta2")},
}


def _average_exchanged(old: Exact, new: Exact, beta: Real) -> Exact:
    return average(new, old, beta)


def _sum_of_squares(v: Exact, g: Exact, _beta: Real, _epsilon: Real) -> Exact:
    return v + g**2


ADAM.traits.update(
    {
        **BOTH,
        # --- conventions
        "amsgrad-uncorrected": _uncorrected(greatest_of="v"),
        "amsgrad-epsilon-hat": {"greatest_of": "v", "in_the_rate": True},
        "amsgrad-of-corrected-moments": {"greatest_of": "v̂"},
        "decoupled-weight-decay-1e-2": {"moved": _by(0.01)},
        "decoupled-weight-decay-1e-4": {"moved": _by(1e-4)},
        "decoupled-weight-decay-4e-3-epsilon-hat": {"moved": _by(0.004), "in_the_rate": True},
        "decoupled-weight-decay-1e-2-uncorrected": _uncorrected(moved=_by(0.01)),
        # --- the counter
        "counter-starts-at-zero": {"counter": lambda t: t - 1},
        "counter-lags-behind": {"counter": lambda t: max(t - 1, 1)},
        "counter-raised-twice": {"counter": lambda t: 2 * t},
        "counter-stuck-at-256": {"counter": lambda t: min(t, 256)},
        "counter-capped-at-1000": {"counter": lambda t: min(t, 1000)},
        # --- the bias correction
        "correction-stored": {"stored": True},
        "correction-multiplied": {
            "share1": lambda beta, t: 1 / (1 - beta**t),
            "share2": lambda beta, t: 1 / (1 - beta**t),
        },
        "correction-with-a-product": {
            "share1": lambda beta, t: 1 - beta * t,
            "share2": lambda beta, t: 1 - beta * t,
        },
        "correction-complemented": {"share2": lambda beta, t: beta**t, "in_the_rate": True},
        "correction-after-the-root": {"share2": lambda beta, t: (1 - beta**t) ** 2},
        "first-moment-not-corrected": {"share1": one},
        "second-moment-not-corrected": {"share2": one},
        # --- the moments
        "one-beta": {"hyper": lambda hyper: hyper | {"beta2": hyper["beta1"]}},
        "betas-ignored": {"hyper": fixed(beta1=0.9, beta2=0.999)},
        "weights-exchanged": {
            "first": _average_exchanged,
            "second": lambda v, g, beta, _epsilon: average(g**2, v, beta),
        },
        "moments-not-weighted": {
            "first": lambda m, g, beta: beta * m + g,
            "second": lambda v, g, beta, _epsilon: beta * v + g**2,
        },
        "moments-forgotten": {
            "first": lambda _m, g, beta: (1 - beta) * g,
            "second": lambda _v, g, beta, _epsilon: (1 - beta) * g**2,
        },
        "squares-summed": {"second": _sum_of_squares},
        "gradient-not-squared": {"second": lambda v, g, beta, _epsilon: average(v, abs(g), beta)},
        "one-scale-for-all-entries": {
            "second": lambda v, g, beta, _epsilon: average(v, mean(g**2) if np.size(g) else 0, beta)
        },
        "first-moment-squared": {"fed": lambda _g, m: m},
        "deviation-from-first-moment": {"fed": lambda g, m: g - m},
        "moments-share-memory": {"one_array": True},
        "first-moment-lags-behind": {"used": lambda old, new: (old[0], new[1])},
        "second-moment-lags-behind": {"used": lambda old, new: (new[0], old[1])},
        "previous-gradient": {"gradients": one_late},
        # --- the step
        "ascent": {"moved": lambda w, lr, step, _decay, _first: w + lr * step},
        "learning-rate-kept": {"rates": held},
        "gradient-in-place-of-first-moment": {"top": lambda _m, g, *_: g},
        "root-missing": {"root": same},
        "multiplied-by-the-root": {"divided": lambda top, under: top * under},
        "infinity-norm": {
            "second": fading_maximum,
            "share2": one,
            "root": same,
        },
        "weight-decay-in-the-gradient": {"penalised": lambda g, w, _: g + 0.01 * w},
        "weight-decay-without-rate": {
            "moved": lambda w, lr, step, _decay, _first: w - 0.01 * w - lr * step,
            "in_the_rate": True,
        },
        # --- where ε stands
        "epsilon-ignored": {"hyper": fixed(epsilon=1e-8)},
        "epsilon-forgotten": {"place": lambda root, v, _: root(v)},
        "epsilon-subtracted": {"place": lambda root, v, epsilon: root(v) - epsilon},
        "epsilon-multiplied": {"place": lambda root, v, epsilon: root(v) * epsilon},
        "epsilon-after-the-division": {
            "place": lambda root, v, epsilon: 1 / (1 / root(v) + epsilon)
        },
    }
)


ADAMW.traits.update(
    {
        **BOTH,
        "decay-without-rate": {"moved": decayed(lambda decay, _lr, w, _first: decay * w)},
        "decay-by-relative-rate": {
            "moved": decayed(lambda decay, lr, w, first: lr / first * decay * w)
        },
        "decay-by-rate-squared": {
            "moved": decayed(lambda decay, lr, w, first: lr / first * (lr * (decay * w)))
        },
        "coupled-l2": {
            "penalised": lambda g, w, decay: g + decay * w,
            "moved": plain,
        },
        "decayed-twice": {"penalised": lambda g, w, decay: g + decay * w},
        "decay-after-the-step": {"moved": after},
        "decay-forgotten": {"moved": plain},
        "decay-added": {"moved": decayed(lambda decay, lr, w, _first: -lr * (decay * w))},
        "decay-of-squares": {"moved": decayed(lambda decay, lr, w, _first: lr * (decay * w**2))},
        "decay-of-signs": {"moved": decayed(lambda decay, lr, w, _first: lr * (decay * sign(w)))},
        "decay-doubled": {"moved": decayed(lambda decay, lr, w, _first: lr * (2 * decay * w))},
        "decay-halved": {"moved": decayed(lambda decay, lr, w, _first: lr * (decay * w / 2))},
        "decay-at-the-first-rate": {
            "moved": decayed(lambda decay, _lr, w, first: first * decay * w)
        },
        "decay-always-1e-2": {"moved": decayed(lambda _decay, lr, w, _first: lr * (0.01 * w))},
        "only-first-moment-corrected": {"share2": one},
        "first-rate-kept": {"rates": held},
    }
)


def _fixed_share(decay: float) -> Callable[[Real, int], Exact]:
    return lambda _beta, t: 1 - decay**t


def _square(beta: Real, _t: int) -> Exact:
    return 1 - beta**2


def _power_of_the_complement(beta: Real, t: int) -> Exact:
    """Take the power of the wrong number: in floats it is soon too small to be one, and then 0."""
    power = (1 - beta) ** t
    return power if float(power) > 0 else 0 * power


@elementwise
def _as_a_float(x: Exact) -> Exact:
    """What exceeds the largest float64 is infinite in floats."""
    return x if abs(x) <= largest(WIDEST) else x * inf


POWERS_OF_THE_FIRST: dict[str, Any] = {
    "share1": _power_of_the_complement,
    "top": lambda m, _g, share, *_: _as_a_float(m / share),
}
for its in (ADAM, ADAMW):
    its.enter(
        "mistake",
        "powers-of-the-complements",
        "The moments are divided by (1 − β)ᵗ, not by 1 − βᵗ.",
        "(1 - beta) ** t: a parenthesis too many",
        **POWERS_OF_THE_FIRST,
        share2=_power_of_the_complement,
        root=lambda v: sqrt(_as_a_float(v)),
    )
    its.enter(
        "dialect",
        "lazy",
        "Moments and weights change only where the gradient is not zero.",
        "PyTorch, SparseAdam; TensorFlow Addons, LazyAdam",
        lazy=True,
    )
    its.enter(
        "mistake",
        "powers-of-the-default-betas",
        "The bias correction takes powers of 0.9 and 0.999, whatever β₁ and β₂ are.",
        "running products that start from the defaults",
        share1=_fixed_share(0.9),
        share2=_fixed_share(0.999),
    )
    its.enter(
        "mistake",
        "second-correction-by-the-first-beta",
        "v is divided by 1 − β₁ᵗ, not by 1 − β₂ᵗ.",
        "a line that was copied from the one of m",
        crossed=True,
    )
    its.enter(
        "mistake",
        "second-correction-by-a-square",
        "v is divided by 1 − β₂² at every step, not by 1 − β₂ᵗ.",
        "β₂ squared where it is raised to t",
        share2=_square,
    )
    its.enter(
        "mistake",
        "corrections-by-squares",
        "The moments are divided by 1 − β² at every step, not by 1 − βᵗ.",
        "β squared where it is raised to t",
        share1=_square,
        share2=_square,
    )


options.enter_options(ADAM)
options.enter_decoupled(ADAM)
ADAM.enter(
    "dialect",
    "amsgrad-before-the-correction-alone",
    "With amsgrad=True the greatest v so far and m are used as they are: no bias is corrected.",
    "Reddi, Kale and Kumar 2018, algorithm 2",
    with_amsgrad=lambda _: _uncorrected(greatest_of="v"),
)
ADAM.enter(
    "dialect",
    "amsgrad-after-the-correction",
    "With amsgrad=True it divides by the greatest bias-corrected v̂ so far.",
    "Optax, amsgrad: google-deepmind/optax#1389; PyTorch's documentation: pytorch/pytorch#142323",
    with_amsgrad=lambda _: {"greatest_of": "v̂"},
)
ADAM.enter(
    "mistake",
    "amsgrad-ignored",
    "Divides by v, also where it is told to take the greatest so far.",
    "amsgrad is taken and never used: chaoshangcs/GTS#16; LiyuanLucasLiu/RAdam#6",
    with_amsgrad=lambda _: {},
)
ADAM.enter(
    "mistake",
    "amsgrad-greatest-not-stored",
    "With amsgrad=True it divides by the greater of v and the v before it.",
    "the maximum goes to a local name: chainer/chainer#7661",
    with_amsgrad=lambda _: {"used": lambda old, new: (new[0], maximum(old[1], new[1]))},
)
ADAM.enter(
    "mistake",
    "gradient-taken-for-its-square",
    "v averages g, not g²: its root is NaN where that is below 0.",
    "grad for grad ** 2",
    second=lambda v, g, beta, _epsilon: average(v, g, beta),
)
