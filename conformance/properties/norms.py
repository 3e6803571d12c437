"""Properties of the normalisations and of their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.strategies import Array, dyadic, grid
from gradmark.conformance.properties.theorem import asked_of, drawn, rejects
from gradmark.harness.contract.dtypes import roundoff

EPSILON = 0.25  # of the size of what is drawn, so that it has its say
NO_EPSILON = 2.0**-80  # which code may refuse, were it 0


class Samples(NamedTuple):
    """Samples of features, none of which is alike throughout, and what is needed beside them."""

    x: Array
    dy: Array
    gamma: Array
    beta: Array


@st.composite
def samples(draw: st.DrawFn) -> Samples:
    """Draw 3 or 4 samples of 3 or 4 features in [−4, 4], spread along both axes."""
    n, d = draw(st.integers(3, 4)), draw(st.integers(3, 4))
    # No row and no column is without a spread: the corner stands out of each by more than 1.
    spread = 4 * np.eye(max(n, d))[:n, :d] + np.arange(d) / 2 - np.arange(n)[:, None]
    x = draw(grid((n, d), -8, 8, 16)) + spread
    return Samples(
        x, draw(grid((n, d), -16, 16, 8)), draw(grid((d,), 4, 16, 8)), draw(grid((d,), -8, 8, 8))
    )


# --- wrong on purpose -----------------------------------------------------------------------------


def _norm(
    axis: int | None = -1,
    ddof: int = 0,
    centred: bool = True,
    affine: Callable[..., Any] = lambda x, g, *b: g * x + sum(b),
    root: Callable[[Any], Any] = np.sqrt,
) -> Callable[..., Any]:
    """A normalisation with one of its steps replaced, in float64."""

    def body(x: Array, gamma: Array, *rest: Any) -> Any:
        *beta, epsilon = rest
        c = x - np.mean(x, axis=axis, keepdims=True) if centred else x
        count = c.size if axis is None else c.shape[axis]
        square = np.sum(c * c, axis=axis, keepdims=True) / (count - ddof)
        return affine(c / root(square + epsilon), gamma, *beta)

    return body


TRUE = {"batch_norm": _norm(0), "layer_norm": _norm(), "rms_norm": _norm(centred=False)}


def _slopes(name: str) -> Callable[..., tuple[Any, ...]]:
    return getattr(reference, f"{name}_grad")  # type: ignore[no-any-return]  # one of the contract


def _part(name: str, at: int, change: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient with one of its arrays changed."""

    def body(dy: Array, x: Array, gamma: Array, epsilon: float) -> tuple[Any, ...]:
        found = list(_slopes(name)(dy, x, gamma, epsilon))
        found[at] = change(found[at], dy, x, gamma)
        return tuple(found)

    return body


# --- what they share ------------------------------------------------------------------------------


def _given(name: str, its: Samples) -> list[Array]:
    return [its.gamma] if name == "rms_norm" else [its.gamma, its.beta]


def _scaled_and_shifted(norm: Function, its: Samples) -> None:
    given = _given(norm.name, its)
    neutral = [np.ones_like(its.gamma), np.zeros_like(its.gamma)][: len(given)]
    x_hat = norm(its.x, *neutral, EPSILON)
    shift = its.beta if len(given) > 1 else 0
    got = norm(its.x, *given, EPSILON)
    agree(got, its.gamma * x_hat + shift, "rounding", norm.dtype, scale=4)


def _knows_no_unit(norm: Function, its: Samples, power: int) -> None:
    given, factor = _given(norm.name, its), 2.0**power
    here = norm(its.x, *given, EPSILON)
    there = norm(its.x * factor, *given, EPSILON * factor**2)
    agree(there, here, "rounding", norm.dtype, scale=16)


def _gradient_is_the_slope(gradient: Function, its: Samples, data: st.DataObject) -> None:
    # Of the true normalisation, in float64, along a direction of signs: f′ of Σ dy · y.
    name = gradient.name.removesuffix("_grad")
    given = its.x, *_given(name, its)
    found = gradient(its.dy, its.x, its.gamma, EPSILON)
    for at, slopes in enumerate(found):
        signs = 2 * data.draw(grid(given[at].shape, 0, 1, 1), f"direction {at}") - 1

        def along(t: float, at: int = at, signs: Array = signs) -> float:
            moved = [part + t * signs if i == at else part for i, part in enumerate(given)]
            return float(np.sum(its.dy * TRUE[name](*moved, EPSILON)))

        h = 2.0**-9  # of fourth order: what is left of h⁴ is below float32's roundoff
        slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
        scale = 16 + float(np.sum(abs(slopes)))
        assert slopes.shape == given[at].shape
        within = 64 if gradient.dtype == "float64" else 1
        off = abs(float(np.sum(slopes * signs)) - slope)
        assert off <= max(1e-8, within * 64 * roundoff(gradient.dtype)) * scale, f"off by {off:.3g}"


for _name, _wrong in (
    ("batch_norm", _norm(0, affine=lambda x, g, b: g * (x + b))),
    ("layer_norm", _norm(affine=lambda x, g, b: x + b + 0 * g)),
    ("rms_norm", _norm(centred=False, affine=lambda x, g: (1 + g) * x)),
):
    _says = f"{_name}_is_scaled_and_shifted_feature_by_feature"
    globals()[_says] = rejects(**{_name: _wrong})(
        drawn(its=samples())(asked_of(_name, _scaled_and_shifted, _says))
    )
    _says = f"{_name}_knows_no_unit"
    _no_root = _norm(0 if _name == "batch_norm" else -1, root=lambda square: square)
    globals()[_says] = rejects(**{_name: _no_root})(
        drawn(its=samples(), power=st.integers(-2, 2))(asked_of(_name, _knows_no_unit, _says))
    )
    _says = f"{_name}_grad_is_the_slope_of_{_name}"
    _forgotten = _part(_name, 0, lambda _dx, dy, _x, gamma: gamma * dy)
    _averaged = _part(_name, 1, lambda dgamma, dy, _x, _gamma: dgamma / len(dy))
    _theorem = asked_of(f"{_name}_grad", _gradient_is_the_slope, _says)
    _theorem = rejects(**{f"{_name}_grad": _forgotten})(_theorem)
    _theorem = rejects(**{f"{_name}_grad": _averaged})(_theorem)
    globals()[_says] = drawn(its=samples(), data=st.data())(_theorem)

# --- batch normalisation --------------------------------------------------------------------------


@rejects(batch_norm=_norm(-1))
@rejects(batch_norm=_norm(0, ddof=1))
@rejects(batch_norm=_norm(0, centred=False))
@drawn(its=samples())
def batch_norm_has_mean_beta_and_variance_gamma_squared(batch_norm: Function, its: Samples) -> None:
    y = batch_norm(its.x, its.gamma, its.beta, NO_EPSILON)
    agree(np.mean(y, axis=0), its.beta, "rounding", batch_norm.dtype, scale=8)
    agree(np.var(y, axis=0), its.gamma**2, "rounding", batch_norm.dtype, scale=16)


@rejects(batch_norm=_norm(None))
@rejects(batch_norm=_norm(0, centred=False))
@drawn(its=samples(), shift=grid((4,), -16, 16, 4), power=st.integers(-1, 1))
def batch_norm_does_not_see_an_affine_change_of_a_feature(
    batch_norm: Function, its: Samples, shift: Array, power: int
) -> None:
    here = batch_norm(its.x, its.gamma, its.beta, NO_EPSILON)
    moved = its.x * 2.0**power + shift[: its.x.shape[1]]
    agree(
        batch_norm(moved, its.gamma, its.beta, NO_EPSILON),
        here,
        "rounding",
        batch_norm.dtype,
        scale=64,
    )


@rejects(batch_norm=_norm(0, affine=lambda x, g, b: g[::-1] * x + b))
@rejects(layer_norm=_norm(-1, ddof=1))
@drawn(its=samples())
def batch_norm_is_layer_norm_of_the_transposed(
    batch_norm: Function, layer_norm: Function, its: Samples
) -> None:
    n, d = its.x.shape
    expected = layer_norm(its.x.T, np.ones(n), np.zeros(n), EPSILON).T
    got = batch_norm(its.x, its.gamma, its.beta, EPSILON)
    agree(got, its.gamma * expected + its.beta, "rounding", batch_norm.dtype, scale=8)
    assert got.shape == (n, d)


# --- layer normalisation --------------------------------------------------------------------------


@rejects(layer_norm=_norm(0))
@rejects(layer_norm=_norm(None))
@drawn(its=samples())
def layer_norm_of_a_sample_does_not_depend_on_the_others(
    layer_norm: Function, its: Samples
) -> None:
    together = layer_norm(its.x, its.gamma, its.beta, EPSILON)
    alone = [layer_norm(x[None], its.gamma, its.beta, EPSILON)[0] for x in its.x]
    agree(together, alone, "rounding", layer_norm.dtype, scale=8)


@rejects(layer_norm=_norm(ddof=1))
@rejects(layer_norm=_norm(centred=False))
@drawn(its=samples())
def layer_norm_has_mean_0_and_variance_1_in_each_sample(layer_norm: Function, its: Samples) -> None:
    d = its.x.shape[1]
    y = layer_norm(its.x, np.ones(d), np.zeros(d), NO_EPSILON)
    agree(np.mean(y, axis=1), np.zeros(len(y)), "rounding", layer_norm.dtype, scale=8)
    agree(np.var(y, axis=1), np.ones(len(y)), "rounding", layer_norm.dtype, scale=8)


# --- root-mean-square normalisation ---------------------------------------------------------------


@rejects(rms_norm=_norm(centred=False, ddof=1))
@rejects(rms_norm=_norm(None, centred=False))
@drawn(its=samples())
def rms_norm_has_mean_square_1_in_each_sample(rms_norm: Function, its: Samples) -> None:
    y = rms_norm(its.x, np.ones(its.x.shape[1]), NO_EPSILON)
    agree(np.mean(y**2, axis=1), np.ones(len(y)), "rounding", rms_norm.dtype, scale=8)


@rejects(rms_norm=_norm(centred=True))
@rejects(rms_norm=_norm(0, centred=False))
@drawn(its=samples())
def rms_norm_keeps_each_sample_s_direction(rms_norm: Function, its: Samples) -> None:
    y = rms_norm(its.x, np.ones(its.x.shape[1]), EPSILON)
    lengths = [np.linalg.norm(rows, axis=1, keepdims=True) for rows in (its.x, y)]
    agree(y * lengths[0], its.x * lengths[1], "rounding", rms_norm.dtype, scale=64)


# --- gradients ------------------------------------------------------------------------------------


@rejects(
    batch_norm_grad=_part("batch_norm", 0, lambda dx, dy, _x, _gamma: dx + np.mean(dy, axis=0))
)
@rejects(
    batch_norm_grad=_part("batch_norm", 0, lambda dx, *_: dx[::-1] * np.arange(len(dx))[:, None])
)
@drawn(its=samples())
def batch_norm_grad_sums_to_zero_over_the_batch(batch_norm_grad: Function, its: Samples) -> None:
    # A shift of a feature changes nothing: the sum of the slopes is that of the shift.
    dx, _, dbeta = batch_norm_grad(its.dy, its.x, its.gamma, EPSILON)
    agree(np.sum(dx, axis=0), np.zeros(dx.shape[1]), "rounding", batch_norm_grad.dtype, scale=16)
    agree(dbeta, np.sum(its.dy, axis=0), "rounding", batch_norm_grad.dtype, scale=8)


@rejects(batch_norm_grad=_part("batch_norm", 0, lambda dx, _dy, x, _gamma: dx + 0.1 * x))
@rejects(batch_norm_grad=_part("batch_norm", 0, lambda _dx, dy, _x, gamma: gamma * dy))
@drawn(its=samples())
def batch_norm_grad_is_orthogonal_to_the_batch_without_epsilon(
    batch_norm_grad: Function, its: Samples
) -> None:
    # Nor does a change of its unit.
    dx, _, _ = batch_norm_grad(its.dy, its.x, its.gamma, NO_EPSILON)
    along = np.sum(dx * its.x, axis=0)
    agree(along, np.zeros_like(along), "rounding", batch_norm_grad.dtype, scale=256)


@rejects(layer_norm_grad=_part("layer_norm", 0, lambda dx, *_: dx + 0.1))
@rejects(layer_norm_grad=_part("layer_norm", 2, lambda dbeta, dy, *_: dbeta / len(dy)))
@drawn(its=samples())
def layer_norm_grad_sums_to_zero_over_the_features(layer_norm_grad: Function, its: Samples) -> None:
    dx, _, dbeta = layer_norm_grad(its.dy, its.x, its.gamma, EPSILON)
    agree(np.sum(dx, axis=1), np.zeros(len(dx)), "rounding", layer_norm_grad.dtype, scale=32)
    agree(dbeta, np.sum(its.dy, axis=0), "rounding", layer_norm_grad.dtype, scale=8)


@rejects(layer_norm_grad=_part("layer_norm", 0, lambda _dx, dy, _x, gamma: gamma * dy))
@rejects(layer_norm_grad=_part("layer_norm", 0, lambda dx, _dy, x, _gamma: dx + 0.1 * x))
@drawn(its=samples())
def layer_norm_grad_is_orthogonal_to_each_sample_without_epsilon(
    layer_norm_grad: Function, its: Samples
) -> None:
    dx, _, _ = layer_norm_grad(its.dy, its.x, its.gamma, NO_EPSILON)
    along = np.sum(dx * its.x, axis=1)
    agree(along, np.zeros_like(along), "rounding", layer_norm_grad.dtype, scale=256)


@rejects(rms_norm_grad=_part("rms_norm", 0, lambda _dx, dy, _x, gamma: gamma * dy))
@rejects(rms_norm_grad=_part("rms_norm", 0, lambda dx, _dy, x, _gamma: dx + 0.1 * x))
@drawn(its=samples())
def rms_norm_grad_is_orthogonal_to_each_sample_without_epsilon(
    rms_norm_grad: Function, its: Samples
) -> None:
    dx, _ = rms_norm_grad(its.dy, its.x, its.gamma, NO_EPSILON)
    along = np.sum(dx * its.x, axis=1)
    agree(along, np.zeros_like(along), "rounding", rms_norm_grad.dtype, scale=256)


@rejects(rms_norm_grad=_part("rms_norm", 1, lambda _dg, dy, x, _gamma: np.sum(dy * x, axis=0)))
@rejects(rms_norm_grad=_part("rms_norm", 1, lambda dg, dy, _x, _gamma: dg / len(dy)))
@drawn(its=samples())
def rms_norm_grad_of_a_batch_is_that_of_its_samples(rms_norm_grad: Function, its: Samples) -> None:
    # y is linear in γ: what dγ says along γ is what dy says along y.
    dx, dgamma = rms_norm_grad(its.dy, its.x, its.gamma, EPSILON)
    y = TRUE["rms_norm"](its.x, its.gamma, EPSILON)
    along = float(np.sum(dgamma * its.gamma))
    agree(along, float(np.sum(its.dy * y)), "rounding", rms_norm_grad.dtype, scale=64)
    each = [rms_norm_grad(g[None], x[None], its.gamma, EPSILON)[0][0]
            for g, x in zip(its.dy, its.x, strict=True)]  # fmt: skip
    agree(dx, each, "rounding", rms_norm_grad.dtype, scale=8)


# --- what batch normalisation keeps ---------------------------------------------------------------


def _running(
    mix: Callable[[Any, Any, float], Any] = lambda old, new, m: (1 - m) * old + m * new,
    ddof: int = 1,
) -> Callable[..., tuple[Any, Any]]:
    return lambda mean, var, x, m: (
        mix(mean, np.mean(x, axis=0), m),
        mix(var, np.var(x, axis=0, ddof=ddof), m),
    )


_swapped = _running(lambda old, new, m: m * old + (1 - m) * new)


@rejects(batch_norm_running=_swapped)
@rejects(batch_norm_running=_running(lambda old, new, m: old + m * new))
@drawn(its=samples())
def batch_norm_running_keeps_all_at_a_momentum_of_0_and_nothing_at_1(
    batch_norm_running: Function, its: Samples
) -> None:
    mean, var = batch_norm_running(its.beta, its.gamma, its.x, 0.0)
    agree(mean, its.beta, "rounding", batch_norm_running.dtype, scale=8)
    agree(var, its.gamma, "rounding", batch_norm_running.dtype, scale=8)
    mean, var = batch_norm_running(its.beta, its.gamma, its.x, 1.0)
    agree(mean, np.mean(its.x, axis=0), "rounding", batch_norm_running.dtype, scale=8)
    agree(var, np.var(its.x, axis=0, ddof=1), "rounding", batch_norm_running.dtype, scale=64)


@rejects(batch_norm_running=_running(ddof=0))
@rejects(batch_norm_running=lambda mean, var, x, m: (mean, (1 - m) * var + m * np.std(x, axis=0)))
@drawn(its=samples(), momentum=dyadic(1, 64, 64))
def the_variance_of_batch_norm_running_is_half_the_mean_square_of_two_samples_difference(
    batch_norm_running: Function, its: Samples, momentum: float
) -> None:
    # Unbiased: over all pairs of samples, the mean of (xᵢ − xⱼ)² / 2.
    old = np.zeros_like(its.gamma)
    _, var = batch_norm_running(old, old, its.x, momentum)
    n = len(its.x)
    pairs = its.x[:, None] - its.x[None]
    expected = momentum * np.sum(pairs**2, axis=(0, 1)) / (2 * n * (n - 1))
    agree(var, expected, "rounding", batch_norm_running.dtype, scale=64)


@rejects(batch_norm_running=lambda mean, var, x, m: _running()(0 * mean, var, x, m))
@rejects(batch_norm_running=lambda mean, var, x, m: _running()(mean, var, x - mean, m))
@drawn(its=samples(), shift=dyadic(-32, 32, 8), momentum=dyadic(0, 64, 64))
def batch_norm_running_moves_with_the_batch(
    batch_norm_running: Function, its: Samples, shift: float, momentum: float
) -> None:
    mean, var = batch_norm_running(its.beta, its.gamma, its.x, momentum)
    moved = batch_norm_running(its.beta + shift, its.gamma, its.x + shift, momentum)
    agree(moved[0], mean + shift, "rounding", batch_norm_running.dtype, scale=16)
    agree(moved[1], var, "rounding", batch_norm_running.dtype, scale=128)
