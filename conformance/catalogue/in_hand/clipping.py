"""Clipping of gradients: canonical forms, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import Recipe, family, recipe
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, elementwise, maximum, minimum, sqrt, total

PASCANU = "Pascanu, Mikolov and Bengio 2013, algorithm 1"

Gradients = list[Exact]
Size = Callable[[Gradients], Exact]
Factor = Callable[[Exact, Exact], Exact]

# --- by value -------------------------------------------------------------------------------------


def _bounding(
    low: Callable[[Exact], Exact] = lambda c: -c,
    high: Callable[[Exact], Exact] = lambda c: c,
    of: Callable[[Exact], Exact] = lambda g: g,
) -> Body:
    def body(g: Exact, c: Exact) -> Exact:
        return minimum(maximum(of(g), low(c)), high(c))

    return body


canonical("clip_by_value", "PyTorch, clip_grad_value_; Keras, clipvalue; Optax, clip")(
    named("each_entry", "min(max(g, −c), c).", _bounding())
)
VALUE = recipe("clip_by_value", _bounding)


def _largest(g: Exact) -> Exact:
    flat = abs(g).ravel()
    return _greatest(list(flat)) if len(flat) else 0


def _greatest(sizes: list[Exact]) -> Exact:
    found = sizes[0]
    for size in sizes[1:]:
        found = maximum(found, size)
    return found


VALUE.enter(
    "dialect",
    "by-the-largest-entry",
    "g · min(1, c / max |g|): all entries by the same factor.",
    "PyTorch, clip_grad_norm_(norm_type=inf), without its 1e-6",
    whole=lambda g, c: g * _at_most_one(_largest(g), c),
)
for _name, _says, _source, _parts in (
    (
        "clipped-above-alone",
        "Negative entries are left alone.",
        "min(g, c)",
        {"low": lambda c: -1e300 * (0 * c + 1)},
    ),
    (
        "clipped-below-alone",
        "Positive entries are left alone.",
        "max(g, −c)",
        {"high": lambda c: 1e300 * (0 * c + 1)},
    ),
    (
        "negative-entries-lost",
        "Clipped to [0, c].",
        "clip(g, 0, c)",
        {"low": lambda c: 0 * c},
    ),
    (
        "signs-lost",
        "The sizes of the entries are clipped, and their signs are gone.",
        "min(|g|, c)",
        {"of": abs},
    ),
):
    VALUE.enter("mistake", _name, _says, _source, **_parts)
VALUE.enter(
    "mistake",
    "zero-where-too-large",
    "What is too large becomes zero.",
    "a mask in place of the bound",
    whole=lambda g, c: elementwise(lambda x, most: x if abs(x) <= most else 0 * x, 2)(g, c),
)
VALUE.enter(
    "mistake",
    "always-at-the-bound",
    "Every entry has the size c.",
    "c · sign(g)",
    whole=lambda g, c: elementwise(
        lambda x, most: 1 * most if x > 0 else -1 * most if x < 0 else 0 * most, 2
    )(g, c),
)

# --- by norm --------------------------------------------------------------------------------------


def _squares(gradients: Gradients) -> Exact:
    return sum((total(g * g) for g in gradients), start=0)


def _euclidean(gradients: Gradients) -> Exact:
    return sqrt(_squares(gradients))


def _entries(gradients: Gradients) -> int:
    return sum(_size(g) for g in gradients)


def _size(g: Any) -> int:
    return int(getattr(g, "size", 1))


def _at_most_one(size: Exact, most: Exact) -> Exact:
    """min(1, c / ‖g‖); 1 where there is nothing to shorten."""
    return minimum(1.0, most / size) if size > 0 else 1.0


def _shortening(size: Size = _euclidean, factor: Factor = _at_most_one) -> Body:
    def body(gradients: Gradients, max_norm: Exact) -> Gradients:
        by = factor(size(gradients), max_norm)
        return [g * by for g in gradients]

    return body


def _alone(size: Size = _euclidean, factor: Factor = _at_most_one) -> Body:
    def body(g: Exact, max_norm: Exact) -> Exact:
        return g * factor(size([g]), max_norm)

    return body


canonical("clip_by_norm", f"{PASCANU}; TensorFlow, clip_by_norm")(
    named("no_longer_than", "g · min(1, c / ‖g‖).", _alone())
)
NORM = recipe("clip_by_norm", _alone)
canonical(
    "clip_by_global_norm",
    f"{PASCANU}; TensorFlow and Optax, clip_by_global_norm; Keras, global_clipnorm",
)(
    named(
        "together_no_longer_than",
        "Each g · min(1, c / ‖g‖), with one norm over all.",
        _shortening(),
    )
)
GLOBAL = recipe("clip_by_global_norm", _shortening)


def _guarded(epsilon: float) -> Factor:
    return lambda size, most: minimum(1.0, most / (size + epsilon))


def _by_norm(its: Recipe) -> None:
    """Enter what may become of a norm, be it of one gradient or of all."""
    its.enter(
        "dialect",
        "norm-plus-1e-6",
        "g · min(1, c / (‖g‖ + 1e-6)).",
        "PyTorch, clip_grad_norm_",
        factor=_guarded(1e-6),
    )
    family(
        its.formula,
        "norm-plus-{}",
        "g · min(1, c / (‖g‖ + {})).",
        "an ε beside the norm, as in PyTorch's clip_grad_norm_",
        lambda epsilon: {"factor": _guarded(epsilon)},
        1e-12,
        1e-2,
    )
    its.enter(
        "dialect",
        "by-the-largest-entry",
        "g · min(1, c / max |g|).",
        "PyTorch, clip_grad_norm_(norm_type=inf), without its 1e-6",
        size=lambda gradients: _greatest([_largest(g) for g in gradients]),
    )
    its.enter(
        "dialect",
        "by-the-sum-of-sizes",
        "g · min(1, c / Σ |g|).",
        "PyTorch, clip_grad_norm_(norm_type=1), without its 1e-6",
        size=lambda gradients: sum((total(abs(g)) for g in gradients), start=0),
    )
    its.enter(
        "mistake",
        "root-missing",
        "g · min(1, c / ‖g‖²).",
        "paiml/entrenar#311: the sum of squares taken for the norm",
        size=_squares,
    )
    its.enter(
        "mistake",
        "short-ones-stretched",
        "g · c / ‖g‖, also where that is longer.",
        "the 1 in min(1, …) is missing: normalised, not clipped",
        factor=lambda size, most: most / size if size > 0 else 1.0,
    )
    its.enter(
        "mistake",
        "divided-by-the-norm",
        "g / ‖g‖ where it is longer than c: of length 1, whatever c is.",
        "the bound is only compared with",
        factor=lambda size, most: 1 / size if size > most else 1.0,
    )
    its.enter(
        "mistake",
        "never-clipped",
        "g as it was.",
        "NVIDIA/OpenSeq2Seq#192: the result of clipping is not used",
        factor=lambda size, most: 1 + 0 * (size + most),
    )
    its.enter(
        "mistake",
        "divided-by-the-bound",
        "g · min(1, 1 / c) where it is longer than c.",
        "the norm is only compared with",
        factor=lambda size, most: 1 / most if size > most > 0 else 1.0,
    )


_by_norm(NORM)
_by_norm(GLOBAL)
NORM.enter(
    "dialect",
    "by-the-root-mean-square",
    "g · min(1, c / √(mean g²)).",
    "Shazeer and Stern 2018, Adafactor; Optax, clip_by_block_rms",
    size=lambda gradients: sqrt(_squares(gradients) / max(_entries(gradients), 1)),
)
GLOBAL.enter(
    "mistake",
    "each-clipped-alone",
    "Each gradient is shortened by its own norm: their proportions are lost.",
    "tensorflow/tensorflow#29108, keras-team/keras#13575: clipnorm",
    whole=lambda gradients, most: [g * _at_most_one(_euclidean([g]), most) for g in gradients],
)
GLOBAL.enter(
    "mistake",
    "norms-added",
    "The norm of all is the sum of the norms.",
    "√(Σ g²) added up tensor by tensor",
    size=lambda gradients: sum((_euclidean([g]) for g in gradients), start=0),
)
GLOBAL.enter(
    "mistake",
    "squares-squared",
    "Each tensor's sum of squares is squared once more before the root.",
    "paiml/entrenar#311: norm · norm of what is a square already",
    size=lambda gradients: sqrt(sum((_squares([g]) * _squares([g]) for g in gradients), start=0)),
)
GLOBAL.enter(
    "mistake",
    "by-the-greatest-norm",
    "The greatest of the norms takes the place of that of all.",
    "max over tensors",
    size=lambda gradients: _greatest([_euclidean([g]) for g in gradients]),
)
GLOBAL.enter(
    "mistake",
    "last-tensor-left-out",
    "The norm is that of all tensors but the last, by which that is scaled, too.",
    "a loop that ends one early",
    size=lambda gradients: _euclidean(gradients[:-1] or gradients),
)
