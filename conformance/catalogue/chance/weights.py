"""The weights that training starts from: the law of each entry of a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.law import (
    Law,
    by_sample,
    normal,
    shared,
    truncated,
    uniform,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake

SPREAD = 0.87962566103423978  # the standard deviation of a normal number cut off at two
TURNED = "PyTorch, nn.init and nn.Linear: (out_features, in_features)"


def permitted(formula: str, source: str) -> Callable[[Body], Body]:
    """Enter a documented form, and the same with one row an output."""

    def enter(body: Body) -> Body:
        dialect(formula, source)(body)
        _turned(formula, f"{body.__name__}_transposed", f"{source}; {TURNED}", body)
        return body

    return enter


def _turned(formula: str, name: str, source: str, body: Body) -> None:
    """Enter a form with one row an output."""

    def turned(*fans: Any) -> Any:
        return replace(body(*fans), turned=True)

    says = f"{(body.__doc__ or '').rstrip('.')}; one row an output."
    dialect(formula, source)(named(name, says, turned))


def _symmetric(limit: float) -> Law:
    return uniform(-limit, limit)


# --- Glorot ---------------------------------------------------------------------------------------

GLOROT = "Glorot and Bengio 2010, equation 16"


@canonical("glorot_uniform", GLOROT)
def glorot(n: float, m: float) -> Law:
    """Uniform within ±√(6/(fan_in + fan_out))."""
    return _symmetric(math.sqrt(6 / (n + m)))


_turned("glorot_uniform", "transposed", TURNED, glorot)


@permitted("glorot_uniform", "PyTorch, nn.init.xavier_normal_")
def normal_distribution(n: float, m: float) -> Law:
    """Normal with variance 2/(fan_in + fan_out): Glorot's variance, another distribution."""
    return normal(math.sqrt(2 / (n + m)))


@permitted("glorot_uniform", "Keras and JAX, glorot_normal")
def truncated_normal(n: float, m: float) -> Law:
    """Normal, cut off at two deviations, and widened to a variance of 2/(fan_in + fan_out)."""
    return truncated(math.sqrt(2 / (n + m)) / SPREAD)


@permitted("glorot_uniform", 'PyTorch, xavier_uniform_(w, gain=calculate_gain("relu"))')
def gain_for_relu(n: float, m: float) -> Law:
    """Uniform within ±√2·√(6/(fan_in + fan_out)): with the gain of a ReLU."""
    return _symmetric(math.sqrt(12 / (n + m)))


@permitted("glorot_uniform", 'Caffe, "xavier", by default: XavierFiller in filler.hpp')
def variance_over_fan_in(n: float, m: float) -> Law:
    """Uniform within ±√(3/fan_in): a variance of 1/fan_in, the outputs do not count."""
    return _symmetric(math.sqrt(3 / n))


@mistake("glorot_uniform", "He et al. 2015, uniform: he_uniform in Keras")
def fan_in_alone(n: float, m: float) -> Law:
    """Uniform within ±√(6/fan_in): the outputs do not count."""
    return _symmetric(math.sqrt(6 / n))


@mistake("glorot_uniform", "np.sqrt(6 / fan_out)")
def fan_out_alone(n: float, m: float) -> Law:
    """Uniform within ±√(6/fan_out): the inputs do not count."""
    return _symmetric(math.sqrt(6 / m))


@mistake("glorot_uniform", "limit = 6 / (fan_in + fan_out)")
def root_forgotten(n: float, m: float) -> Law:
    """Uniform within ±6/(fan_in + fan_out): no root is taken."""
    return _symmetric(6 / (n + m))


@mistake(
    "glorot_uniform", "np.sqrt(3 / (fan_in + fan_out)): √3 of the uniform, not the 2 beside it"
)
def three_for_six(n: float, m: float) -> Law:
    """Uniform within ±√(3/(fan_in + fan_out)): half the variance."""
    return _symmetric(math.sqrt(3 / (n + m)))


@mistake("glorot_uniform", "rng.uniform(-std, std) with std = np.sqrt(2 / (fan_in + fan_out))")
def deviation_for_the_limit(n: float, m: float) -> Law:
    """Uniform within ±√(2/(fan_in + fan_out)): the standard deviation is taken for the limit."""
    return _symmetric(math.sqrt(2 / (n + m)))


@mistake("glorot_uniform", "Glorot and Bengio 2010, equation 1, which equation 16 is to replace")
def one_over_root_fan_in(n: float, m: float) -> Law:
    """Uniform within ±1/√fan_in: what was usual before, and PyTorch's nn.Linear still has."""
    return _symmetric(1 / math.sqrt(n))


@mistake("glorot_uniform", "rng.random(shape) * limit")
def never_negative(n: float, m: float) -> Law:
    """Uniform between 0 and the limit: no weight is negative."""
    return uniform(0.0, math.sqrt(6 / (n + m)))


@mistake("glorot_uniform", "(rng.random(shape) - 0.5) * limit")
def limit_for_the_width(n: float, m: float) -> Law:
    """Uniform within half the limit: the limit is taken for the whole width."""
    return _symmetric(math.sqrt(6 / (n + m)) / 2)


@mistake("glorot_uniform", "np.sqrt(6 / (fan_in * fan_out))")
def product_of_fans(n: float, m: float) -> Law:
    """Uniform within ±√(6/(fan_in·fan_out))."""
    return _symmetric(math.sqrt(6 / (n * m)))


# --- He -------------------------------------------------------------------------------------------


@canonical("he_normal", "He et al. 2015, equation 10")
def he(n: float, m: float) -> Law:
    """Normal with variance 2/fan_in."""
    return normal(math.sqrt(2 / n))


_turned("he_normal", "transposed", TURNED, he)


@permitted("he_normal", 'He et al. 2015, equation 14; PyTorch, kaiming_normal_(w, mode="fan_out")')
def fan_out(n: float, m: float) -> Law:
    """Normal with variance 2/fan_out: gradients keep their size, not signals."""
    return normal(math.sqrt(2 / m))


permitted("he_normal", "Keras and JAX, he_normal")(
    named(
        "truncated_normal",
        "Normal, cut off at two deviations, and widened to a variance of 2/fan_in.",
        lambda n, _m: truncated(math.sqrt(2 / n) / SPREAD),
    )
)


@permitted("he_normal", "tf.contrib.layers.variance_scaling_initializer: 1.3 for 1.2924")
def truncated_roughly_corrected(n: float, m: float) -> Law:
    """Normal with variance 1.3·2/fan_in, cut off at two deviations: nearly 2/fan_in is left."""
    return truncated(math.sqrt(1.3 * 2 / n))


@permitted("he_normal", "TensorFlow 1.6, ops/init_ops.py: tensorflow#19081, #16344")
def truncated_uncorrected(n: float, m: float) -> Law:
    """Normal with variance 2/fan_in, cut off at two deviations: 1.55/fan_in is left."""
    return truncated(math.sqrt(2 / n))


@permitted("he_normal", "Keras and JAX, he_uniform; PyTorch, kaiming_uniform_")
def uniform_distribution(n: float, m: float) -> Law:
    """Uniform within ±√(6/fan_in): He's variance, another distribution."""
    return _symmetric(math.sqrt(6 / n))


@permitted("he_normal", "PyTorch, nn.Linear: kaiming_uniform_(w, a=math.sqrt(5)); pytorch#15314")
def default_linear(n: float, m: float) -> Law:
    """Uniform within ±1/√fan_in: a sixth of He's variance, by a leaky ReLU's gain at a = √5."""
    return _symmetric(1 / math.sqrt(n))


@mistake("he_normal", "rng.normal(0, 2 / fan_in, shape)")
def variance_for_the_deviation(n: float, m: float) -> Law:
    """The standard deviation is 2/fan_in: that of the variance, without its root."""
    return normal(2 / n)


@mistake("he_normal", "LeCun et al. 1998: np.sqrt(1 / fan_in)")
def gain_forgotten(n: float, m: float) -> Law:
    """The variance is 1/fan_in: nothing makes up for the half that a ReLU takes."""
    return normal(math.sqrt(1 / n))


@mistake("he_normal", "Glorot and Bengio 2010: np.sqrt(2 / (fan_in + fan_out))")
def average_of_fans(n: float, m: float) -> Law:
    """The variance is 2/(fan_in + fan_out): Glorot's."""
    return normal(math.sqrt(2 / (n + m)))


@mistake("he_normal", "rng.normal(size=shape) / fan_in")
def one_over_fan_in(n: float, m: float) -> Law:
    """The standard deviation is 1/fan_in."""
    return normal(1 / n)


@mistake("he_normal", "rng.random(shape) * np.sqrt(2 / fan_in): rand for randn")
def rand_for_randn(n: float, m: float) -> Law:
    """Uniform between 0 and √(2/fan_in): no weight is negative."""
    return uniform(0.0, math.sqrt(2 / n))


@mistake("he_normal", "rng.normal(size=shape)")
def unscaled(n: float, m: float) -> Law:
    """Normal with variance 1, whatever the layer's size."""
    return normal(1.0)


# --- what goes wrong with either ------------------------------------------------------------------


def _both(name: str, says: str, source: str, change: Callable[[Law], Law]) -> None:
    for formula, right in (("glorot_uniform", glorot), ("he_normal", he)):

        def body(n: float, m: float, right: Callable[..., Law] = right) -> Law:
            return change(right(n, m))

        mistake(formula, source)(named(name, says, body))


_both(
    "same_weights_every_call",
    "Every call draws the same weights, whatever it is given to draw from: layers start alike.",
    "default_rng(0) or np.random.seed(0) inside",
    lambda law: replace(law, always=True),
)
_both(
    "units_alike",
    "All units of the layer start with the same weights, and stay alike for ever.",
    "rng.normal(size=(fan_in, 1)) that is broadcast",
    lambda law: shared(law, by_sample),
)
_both(
    "small_whatever_the_fans",
    "Normal with a deviation of 0.01, whatever the layer's size.",
    "0.01 * rng.normal(size=shape)",
    lambda _: normal(0.01),
)
