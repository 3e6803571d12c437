"""Activations and their slopes, one number at a time with `math`, and from lists."""

# A user's file: without types and docstrings.
# mypy: ignore-errors
# ruff: noqa: D103

import math

import numpy as np

SCALE, ALPHA = 1.0507009873554804934, 1.6732632423543772848
NORMAL = 1 / math.sqrt(2 * math.pi)


def _each(function):
    """Answer in the dtype that was given, whatever was computed in."""

    def of_all(z, *constants):
        z = np.asarray(z)
        answers = [function(float(x), *map(float, constants)) for x in z.ravel().tolist()]
        with np.errstate(over="ignore"):
            return np.array(answers, np.result_type(z, np.float16)).reshape(z.shape)

    return of_all


def _exp(x):
    return math.inf if x > 709.7 else math.exp(x)


def _sigma(x):
    return 1 / (1 + _exp(-x)) if x >= 0 else _exp(x) / (1 + _exp(x))


def _softplus(x):
    return math.log1p(_exp(-x)) + x if x > 0 else math.log1p(_exp(x))


def _share(x):
    """The normal distribution below x."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _tanh_slope(x):
    e = _exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def _silu(x):
    return x * _sigma(x) if x > -745 else -0.0


def _silu_slope(x):
    s = _sigma(x)
    return s + x * s * _sigma(-x) if abs(x) < 745 else s


def _gelu(x):
    return 0.0 * x if x < -40 else x * _share(x)


def _gelu_slope(x):
    return _share(x) + x * NORMAL * _exp(-x * x / 2) if abs(x) < 40 else float(x > 0)


def _mish(x):
    return x * math.tanh(_softplus(x)) if x > -745 else -0.0


def _mish_slope(x):
    if x < -745:
        return 0.0
    t = math.tanh(_softplus(x))
    return t + x * _sigma(x) * _tanh_slope(_softplus(x))


def _hard_sigmoid(x):
    return 0.0 if x <= -3 else 1.0 if x >= 3 else (x + 3) / 6


def _hard_swish_slope(x):
    return 0.0 if x <= -3 else 1.0 if x > 3 else x / 3 + 0.5


sigmoid_slope = _each(lambda x: _sigma(x) * _sigma(-x))
tanh = _each(math.tanh)
tanh_derivative = _each(_tanh_slope)
softplus = _each(_softplus)
softplus_derivative = _each(_sigma)
silu = _each(_silu)
silu_derivative = _each(_silu_slope)
gelu = _each(_gelu)
gelu_derivative = _each(_gelu_slope)
mish = _each(_mish)
mish_derivative = _each(_mish_slope)
leaky_relu = _each(lambda x, a: x if x > 0 else a * x)
leaky_relu_derivative = _each(lambda x, a: 1.0 if x > 0 else a)
elu = _each(lambda x, a: x if x > 0 else a * math.expm1(x))
elu_derivative = _each(lambda x, a: 1.0 if x > 0 else a * math.exp(x))
selu = _each(lambda x: SCALE * (x if x > 0 else ALPHA * math.expm1(x)))
selu_derivative = _each(lambda x: SCALE * (1.0 if x > 0 else ALPHA * math.exp(x)))
hard_sigmoid = _each(_hard_sigmoid)
hard_sigmoid_derivative = _each(lambda x: 1 / 6 if -3 < x <= 3 else 0.0)
hard_swish = _each(lambda x: x * _hard_sigmoid(x))
hard_swish_derivative = _each(_hard_swish_slope)


def softmax(z):
    z = np.asarray(z)
    rows = z.reshape(-1, z.shape[-1]).astype(float) if z.size else z
    shares = [_shares(row) for row in rows.tolist()] if z.size else z
    return np.array(shares, np.result_type(z, np.float16)).reshape(z.shape)


def _shares(row):
    top = max(row)
    odds = [math.exp(x - top) for x in row]
    whole = math.fsum(odds)
    return [odd / whole for odd in odds]


def log_softmax(z):
    z = np.asarray(z)
    top = np.max(z, axis=-1, keepdims=True) if z.size else 0
    rest = np.exp(z - top)
    return (z - top) - np.log(np.einsum("...i->...", rest))[..., None]
