"""Muon: the canonical form, conventions and mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    norm,
    one_late,
)
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits.trajectories import AROUND, fixed
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, Number, allowing, elementwise, maximum, sqrt
from gradmark.conformance.truth.spectral import Coefficients, iterated
from gradmark.harness.contract.dtypes import roundoff

JORDAN = "Jordan et al. 2024"
QUINTIC: Coefficients = (3.4445, -4.7750, 2.0315)
Coefficient = Callable[[int], Coefficients]  # by the number of the iteration, from 0
Divided = Callable[[Exact], Exact]
Scale = Callable[[Exact, Exact], Exact]  # of rows and columns
Narrow = Callable[[Exact, Sequence[Coefficients]], Exact]


def _divided(u: Exact) -> Exact:
    return u / (norm(u) + 1e-7)


def _lying(x: Exact, change: Divided) -> Exact:
    """Turn a tall matrix on its side for a change, and back again."""
    rows, columns = x.shape
    return change(x.T).T if rows > columns else change(x)


def _widely(x: Exact, each: Sequence[Coefficients]) -> Exact:
    """Iterate with the smaller of the two Gram matrices: the answer is the same."""
    return _lying(x, lambda wide: iterated(wide, each))


def _taller(rows: Exact, columns: Exact) -> Exact:
    return sqrt(maximum(1, rows / columns))


@canonical("Muon", f"{JORDAN}, github.com/KellerJordan/Muon, iterated exactly; MLX, Muon")
def orthogonalised_momentum(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    momentum: Real = 0.95,
    steps: Real = 5,
) -> Trajectory:
    """v ← μv + (1−μ)g; u = μv + (1−μ)g; w ← w − η √max(1, rows/columns) NSₖ(u / (‖u‖ + 1e-7))."""
    v, (rows, columns) = 0 * w, w.shape
    for g, lr in zip(gradients, rates, strict=True):
        v = momentum * v + (1 - momentum) * g
        u = momentum * v + (1 - momentum) * g
        x = _widely(u / (norm(u) + 1e-7), [QUINTIC] * int(float(steps)))
        w = w - lr * (_taller(0 * lr + rows, 0 * lr + columns) * x if np.size(x) else x)
        yield w


def assemble(
    memory: Callable[[Exact, Exact, Real], Exact] = average,
    ahead: Callable[..., Exact] = lambda v, g, momentum, _t: average(v, g, momentum),
    looks: bool = True,
    divided: Divided = _divided,
    coefficients: Coefficient = lambda _: QUINTIC,
    count: Callable[[int], int] = lambda steps: steps,
    iterate: Callable[..., Exact] = _widely,
    narrow: Narrow | None = None,
    stored: Divided = lambda step: step,
    scaled: Scale = _taller,
    moved: Callable[[Exact, Exact, Exact], Exact] = lambda w, lr, step: w - lr * step,
) -> Body:
    """Put together a trajectory of Muon."""

    def body(
        w: Exact,
        gradients: Exact,
        rates: Exact,
        momentum: Real = 0.95,
        steps: Real = 5,
    ) -> Trajectory:
        v, (rows, columns) = 0 * w, w.shape
        each = [coefficients(at) for at in range(count(int(float(steps))))]
        for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            v = memory(v, g, momentum)
            u = ahead(v, g, momentum, t) if looks else v
            x = narrow(u, each) if narrow else iterate(divided(u), each)
            step = scaled(0 * lr + rows, 0 * lr + columns) * x if np.size(x) else x
            w = moved(w, lr, stored(step))
            yield w

    return body


def _decoupled(decay: Real) -> dict[str, Any]:
    return {"moved": lambda w, lr, step: w - lr * decay * w - lr * step}


MUON = recipe(
    "Muon",
    assemble,
    {"weight_decay": _decoupled, "nesterov": lambda _: {"looks": False}},
    **AROUND,
)

# --- conventions ----------------------------------------------------------------------------------


def _summed(v: Exact, g: Exact, momentum: Real) -> Exact:
    return momentum * v + g


def _unbiased(v: Exact, g: Exact, momentum: Real, t: int) -> Exact:
    return average(v / (1 - momentum ** (t + 1)), g / (1 - momentum**t), momentum)


def _beside(epsilon: float) -> Divided:
    return lambda u: u / (norm(u) + epsilon)


def _longer(rows: Exact, columns: Exact) -> Exact:
    return sqrt(maximum(rows, columns))


def _wider(rows: Exact, columns: Exact) -> Exact:
    return _taller(columns, rows)


# --- in bfloat16 ----------------------------------------------------------------------------------

# What a rounding that falls the other way, and what it leads to, make of a number near 1: in units
# of float32's roundoff, since in float64 no more than float32 explains is explained by it.
FLIP = 2.0**-9 / roundoff("float32")


def _nearest(x: Any) -> Any:
    """Round a number to the eight digits of bfloat16."""
    value = float(x)
    if math.isfinite(value):
        digits, power = math.frexp(value)
        value = math.ldexp(round(digits * 256) / 256, power)
    return Number(value) if isinstance(x, Number) else value


_short = elementwise(_nearest)
_flipping = elementwise(lambda one: allowing(one, FLIP))


def _each_rounded(x: Exact, coefficients: Coefficients) -> Exact:
    a, b, c = coefficients
    gram = _short(x @ x.T)
    inner = _short(_short(b * gram) + _short(_short(c * gram) @ gram))
    return _short(_short(a * x) + _short(inner @ x))


def _sums_rounded(x: Exact, coefficients: Coefficients) -> Exact:
    a, b, c = coefficients
    gram = _short(x @ x.T)
    return _short(a * x + _short(b * gram + c * (gram @ gram)) @ x)


def _in_bfloat16(quintic: Callable[[Exact, Coefficients], Exact], guarded: Divided) -> Narrow:
    """Iterate with every array rounded: sums are wider, so that which way one falls may differ."""

    def narrow(u: Exact, each: Sequence[Coefficients]) -> Exact:
        def change(wide: Exact) -> Exact:
            x = _short(wide)
            x = _short(x / _short(guarded(_short(norm(x)))))
            for coefficients in each:
                x = quintic(x, coefficients)
            return _flipping(x)

        return _lying(u, change) if np.size(u) else u

    return narrow


MUON.enter(
    "dialect",
    "iterated-in-bfloat16",
    "u is rounded to bfloat16, and so is each array of the iteration, and the scaled step.",
    f"{JORDAN}, github.com/KellerJordan/Muon; NorMuon",
    narrow=_in_bfloat16(_each_rounded, lambda size: size + 1e-7),
    stored=lambda step: _flipping(_short(step)),
)
MUON.enter(
    "dialect",
    "iterated-in-bfloat16-by-addmm",
    "u is rounded to bfloat16, and so is each sum of products of the iteration.",
    "PyTorch, Muon",
    narrow=_in_bfloat16(_sums_rounded, lambda size: maximum(size, 1e-7)),
)

SUMMED: dict[str, Any] = {
    "memory": _summed,
    "ahead": lambda v, g, momentum, _t: g + momentum * v,
}
MUON.enter(
    "dialect",
    "velocity-summed",
    "v ← μv + g, and u = g + μv: the same but for what 1e-7 is beside.",
    f"{JORDAN}, algorithm 2; Keras, Muon",
    **SUMMED,
)
MUON.enter(
    "dialect",
    "no-look-ahead",
    "u is v: plain momentum.",
    "PyTorch, Keras, Optax and MLX, Muon(nesterov=False); the paper of NorMuon: "
    "zichongli5/NorMuon#5",
    looks=False,
)
MUON.enter(
    "dialect",
    "freed-of-bias",
    "v is freed of its bias one step ahead, and g with it, before they are mixed.",
    "Optax, contrib.muon",
    ahead=_unbiased,
)
MUON.enter(
    "dialect",
    "norm-at-least-1e-7",
    "u / max(‖u‖, 1e-7).",
    "PyTorch, Muon",
    divided=lambda u: u / maximum(norm(u), 1e-7),
)
family(
    "Muon",
    "epsilon-{}-beside-the-norm",
    "u / (‖u‖ + {}).",
    "Optax, contrib.muon(eps=1e-8), its default",
    lambda epsilon: {"divided": _beside(epsilon)},
    1e-12,
    1e-2,
)
MUON.enter(
    "dialect",
    "scaled-by-columns-over-rows",
    "The step is scaled by √max(1, columns/rows): weights have an input a row, and an output a "
    "column.",
    "Optax, contrib.muon: google-deepmind/optax#1249; Flax's layers",
    scaled=_wider,
)
MUON.enter(
    "dialect",
    "not-scaled",
    "A step of every shape has singular values near 1.",
    f"{JORDAN}, algorithm 2; Keras, Muon(rms_rate=None)",
    scaled=lambda _rows, _columns: 1,
)
family(
    "Muon",
    "scaled-by-{}-root-of-the-longer-side",
    "The step is scaled by {} √max(rows, columns), to the size of AdamW's.",
    'Liu et al. 2025: PyTorch, Muon(adjust_lr_fn="match_rms_adamw"); Keras, Muon(rms_rate=0.2), '
    "its default; marin-community/levanter#1084",
    lambda share: {"scaled": lambda rows, columns: share * _longer(rows, columns)},
    1e-3,
    10.0,
)
MUON.enter(
    "dialect",
    "scaled-by-root-of-rows-over-columns",
    "The step is scaled by √(rows/columns), also where that is below 1.",
    "Optax before google-deepmind/optax#1249",
    scaled=lambda rows, columns: sqrt(rows / columns),
)
family(
    "Muon",
    "decoupled-weight-decay-{}",
    "w ← (1 − η {}) w − …: decoupled, as in AdamW.",
    "PyTorch, Muon(weight_decay=0.1), its default; KellerJordan/Muon; Keras and Optax",
    _decoupled,
    1e-7,
    1.0,
)
family(
    "Muon",
    "weight-decay-{}-in-the-gradient",
    "g + {} w in place of g: the decay has a share in v, and is orthogonalised with it.",
    "MLX, Muon(weight_decay=0.01), its default",
    lambda share: {"pulled_around": lambda g, w: g + share * w},
    1e-7,
    1.0,
)

MUON.enter(
    "dialect",
    "decay-in-the-gradient",
    "weight_decay adds λ w to the gradient: it has a share in v, and is orthogonalised with it.",
    "MLX, Muon(weight_decay=...)",
    with_weight_decay=lambda decay: {"pulled_around": lambda g, w: g + decay * w},
)

# --- mistakes: the options ------------------------------------------------------------------------

MUON.enter(
    "mistake",
    "decay-forgotten",
    "The weights do not decay.",
    "weight_decay is taken and never used",
    with_weight_decay=lambda _: {},
)
MUON.enter(
    "mistake",
    "decay-scaled-by-the-shape",
    "w ← (1 − η λ √max(1, rows/columns)) w − …: the rate of the step decays the weights, too.",
    "one adjusted rate for both: MoonshotAI/Moonlight#31 asks which it is",
    with_weight_decay=lambda decay: {
        "moved": lambda w, lr, step: (
            w - lr * _taller(0 * lr + w.shape[0], 0 * lr + w.shape[1]) * decay * w - lr * step
            if np.size(w)
            else w
        )
    },
)
MUON.enter(
    "mistake",
    "decay-after-the-step",
    "The weights are moved first and decayed then: the step itself is decayed.",
    "the order of the two",
    with_weight_decay=lambda decay: {
        "moved": lambda w, lr, step: (w - lr * step) * (1 - lr * decay)
    },
)
MUON.enter(
    "mistake",
    "nesterov-always",
    "u looks ahead, also where it is told not to.",
    "nesterov is taken and never used",
    with_nesterov=lambda _: {},
)

# --- mistakes: the direction ----------------------------------------------------------------------


def _transposed(x: Exact, each: Sequence[Coefficients]) -> Exact:
    """Turn a tall matrix on its side, and forget to turn it back where that fits."""
    rows, columns = x.shape
    square = rows == columns and rows > 1
    return iterated(x, each).T if square else _widely(x, each)


MUON.enter(
    "mistake",
    "gradient-orthogonalised",
    "The iteration is given g: v is kept, and never used.",
    "the update in the place of the momentum: google-deepmind/optax#1170",
    ahead=lambda _v, g, _momentum, _t: g,
)
MUON.enter(
    "mistake",
    "look-ahead-without-weights",
    "v is an average, and u = g + μv as of a sum: g has twenty times its share.",
    "lerp in one of two lines: ml-explore/mlx#2364 and tinygrad/tinygrad#11409 weigh both",
    ahead=lambda v, g, momentum, _t: g + momentum * v,
)
MUON.enter(
    "mistake",
    "weights-exchanged",
    "v ← (1 − μ) v + μ g: remembers what it should forget.",
    "lerp by μ where 1 − μ is meant",
    memory=lambda v, g, momentum: average(g, v, momentum),
)
MUON.enter(
    "mistake",
    "momentum-ignored",
    "μ is 0.95 whatever the argument says.",
    "0.95 written into the step",
    hyper=fixed(momentum=0.95),
)
MUON.enter(
    "mistake",
    "not-turned-back",
    "X of a square matrix is its transpose.",
    "a transpose that is decided on twice, by > and by ≥",
    iterate=_transposed,
)
MUON.enter("mistake", "ascent", "w ← w + η …: climbs.", "the sign of the step",
           moved=lambda w, lr, step: w + lr * step)  # fmt: skip
MUON.enter(
    "mistake",
    "learning-rate-kept",
    "Goes on with the first learning rate when opt.lr is changed.",
    "a learning rate copied at construction",
    rates=held,
)
MUON.enter(
    "mistake",
    "previous-gradient",
    "Moves by the gradient of the step before: the first step does nothing.",
    "the step taken before the new gradient is stored",
    gradients=one_late,
)

# --- mistakes: the iteration ----------------------------------------------------------------------

MUON.enter(
    "mistake",
    "cubic-iteration",
    "X ← 1.5 X − 0.5 X Xᵀ X, which needs many more steps.",
    "Newton and Schulz's own iteration, five steps of it: MoonshotAI/Moonlight#22 wonders at what "
    "the quintic leaves",
    coefficients=lambda _: (1.5, -0.5, 0.0),
)
MUON.enter(
    "mistake",
    "converging-quintic",
    "X ← 15/8 X − 10/8 X XᵀX + 3/8 (X Xᵀ)² X: converges, too slowly for five steps.",
    "the quintic of textbooks: Bernstein and Newhouse 2024",
    coefficients=lambda _: (1.875, -1.25, 0.375),
)
MUON.enter(
    "mistake",
    "coefficient-rounded",
    "−4.775 is written as −4.77.",
    "a digit lost: a review of pytorch/pytorch#160213 asks where they come from",
    coefficients=lambda _: (3.4445, -4.77, 2.0315),
)
MUON.enter(
    "mistake",
    "one-step-less",
    "The iteration takes k − 1 steps.",
    "range(1, steps)",
    count=lambda steps: max(steps - 1, 0),
)
MUON.enter(
    "mistake",
    "steps-ignored",
    "The iteration takes 5 steps whatever the argument says.",
    "5 written into the loop",
    hyper=fixed(steps=5),
)
MUON.enter(
    "mistake",
    "gram-not-squared",
    "X ← a X + (b A + c A) X, A = X Xᵀ: A where A² belongs.",
    "B = b * A + c * A",
    coefficients=lambda _: (QUINTIC[0], QUINTIC[1] + QUINTIC[2], 0.0),
)
MUON.enter(
    "mistake",
    "not-iterated",
    "The step is u / ‖u‖: momentum of a length of its own.",
    "NorMuon's norm alone; normalised descent under this name",
    count=lambda _: 0,
)

# --- mistakes: the scale --------------------------------------------------------------------------

MUON.enter(
    "mistake",
    "scale-without-root",
    "The step is scaled by max(1, rows/columns).",
    "** 0.5 is missing",
    scaled=lambda rows, columns: maximum(1, rows / columns),
)
MUON.enter(
    "mistake",
    "least-for-greatest",
    "The step is scaled by √min(1, rows/columns).",
    "min for max",
    scaled=lambda rows, columns: 1 / _taller(columns, rows),
)
MUON.enter(
    "mistake",
    "two-scales-at-once",
    "The step is scaled by 0.2 √max(rows, columns), and by √max(1, rows/columns) as well.",
    "kozistr/pytorch_optimizer#371",
    scaled=lambda rows, columns: 0.2 * _longer(rows, columns) * _taller(rows, columns),
)
MUON.enter(
    "mistake",
    "scaled-by-the-root-of-the-size",
    "The step is scaled by 0.2 √(rows · columns).",
    "the product for the greater: zichongli5/NorMuon#9",
    scaled=lambda rows, columns: 0.2 * sqrt(rows * columns),
)
