"""A network of any depth: the canonical forms, conventions and mistakes of its loss and gradients.

What happens at the end is softmax cross-entropy's own, and so are its forms: each is met in a
network, too, and is entered here under its name. So is every other activation of the contract in
ReLU's place, with its slope, and every loss that may stand at the end in this one's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradmark.conformance.catalogue.losses.gradients as _gradients
import gradmark.conformance.catalogue.losses.softmax as _softmax
from gradmark.conformance.catalogue.activations import (
    LEAK,
    half_at_zero,
    of_the_activation,
    one_at_zero,
    piecewise,
    rectifier,
    zero_at_zero,
)
from gradmark.conformance.catalogue.activations.elu import ELU
from gradmark.conformance.catalogue.activations.gelu import GELU
from gradmark.conformance.catalogue.activations.hard import HARD_SIGMOID, HARD_SWISH
from gradmark.conformance.catalogue.activations.leaky_relu import LEAKY
from gradmark.conformance.catalogue.activations.mish import MISH
from gradmark.conformance.catalogue.activations.selu import SELU
from gradmark.conformance.catalogue.activations.silu import SILU
from gradmark.conformance.catalogue.activations.softplus import SOFTPLUS
from gradmark.conformance.catalogue.activations.tanh import TANH
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.forms import variants
from gradmark.conformance.catalogue.losses.logits import BCE
from gradmark.conformance.catalogue.losses.mse import half_summed_within_samples, mean_of_squares
from gradmark.conformance.catalogue.losses.regression import HUBER, MAE
from gradmark.conformance.catalogue.network.forward import RUMELHART
from gradmark.conformance.catalogue.recipe import Recipe, form, recipe
from gradmark.conformance.catalogue.variant import Body, canonical, takes_dtype
from gradmark.conformance.truth import Exact, Number, total
from gradmark.harness.contract import CONTRACT

Layers = list[Exact]
Both = tuple[Layers, Layers]
Change = Callable[[Exact, int], Exact]  # of a gradient and the number of samples
After = Callable[[Both, int], Both]
SOURCE = f"{RUMELHART}; softmax cross-entropy: Bridle 1990"


End = Callable[[Exact, Exact, str], Exact]  # of labels, logits and the dtype
Parts = dict[str, Any]


Curve = Callable[[Exact, str], Exact]  # of what goes in and the dtype


def _of(formula: str, name: str | None = None) -> Callable[..., Exact]:
    """Take a form of another formula, with its numbers at their usual values."""
    body, numbers = form(formula, name).body, map(Number, CONTRACT[formula].numbers())
    given, told = tuple(numbers), takes_dtype(body)

    def part(*arrays: Exact, dtype: str) -> Exact:
        its = (*arrays, *given)
        exactly: Exact = body(*its, dtype=dtype) if told else body(*its)
        return exactly

    return part


def _ending(formula: str, name: str | None = None) -> End:
    """Take the end of a network from a form of a loss, or of its gradient."""
    body = _of(formula, name)
    return lambda y, z, dtype: body(y, z, dtype=dtype)


def _plainly(loss: Callable[[Exact, Exact], Exact]) -> End:
    return lambda y, z, _: loss(y, z)


def _curve(formula: str) -> Curve:
    body = _of(formula)
    return lambda z, dtype: body(z, dtype=dtype)


def _rectified(z: Exact, dtype: str) -> Exact:
    del dtype
    return rectifier(z)


LAST, ERROR = _ending(_softmax.NAME), _ending(_gradients.SOFTMAX.formula)


# --- the loss -------------------------------------------------------------------------------------


def _same(z: Exact, dtype: str = "") -> Exact:
    del dtype
    return z


def _every(layer: int, last: int) -> bool:
    del layer, last
    return True


def _loss(
    end: End = LAST,
    hidden: Curve = _rectified,
    output: Callable[[Exact], Exact] = _same,
    shifts: Callable[[int, int], bool] = _every,
    decay: float = 0.0,
) -> Body:
    def body(X: Exact, y: Exact, weights: Layers, biases: Layers, *, dtype: str) -> Exact:
        z, last = X, len(weights) - 1
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            z = (hidden(z, dtype) if layer else z) @ W + (b if shifts(layer, last) else 0 * b)
        loss = end(y, output(z), dtype)
        if decay:
            loss = loss + Number(decay / 2) * sum(total(W**2) for W in weights)
        return loss

    return body


canonical("mlp_loss", SOURCE)(
    named("canonical", "−1/n Σ y log softmax(z), z of the last layer, ReLU in the others.", _loss())
)
LOSS = recipe("mlp_loss", _loss)
_NOT_HERE = ("canonical", "smooth", "vector")  # it has no such argument
_OWN = ("sigmoid-for-each-class", "logits-less-labels")  # another loss at the end: no mistake here


def _borrow(its: Recipe, formula: str, slot: str) -> None:
    """Enter the forms of a loss of logits that a network may end in."""
    for one in variants(formula):
        if one.name not in _OWN and not any(word in one.name for word in _NOT_HERE):
            parts = {slot: _ending(formula, one.name)}
            its.enter(one.meant, one.name, one.says, one.source, one.guard, **parts)


_borrow(LOSS, _softmax.NAME, "end")
_FORMS: tuple[tuple[str, str, str, Parts], ...] = (
    (
        "relu-missing",
        "No activation: the layers are one.",
        "F.relu is forgotten",
        {"hidden": _same},
    ),
    (
        "relu-at-the-end",
        "The last layer has a ReLU, too, before the softmax.",
        "pytorch/examples#117: a rectifier before the output's activation",
        {"output": rectifier},
    ),
    (
        "biases-missing",
        "No layer has a bias.",
        "the biases are forgotten",
        {"shifts": lambda *_: False},
    ),
    (
        "last-bias-missing",
        "The last layer has no bias.",
        "the bias of the output is forgotten",
        {"shifts": lambda layer, last: layer < last},
    ),
    (
        "first-bias-missing",
        "The first layer has no bias.",
        "the bias of the input is forgotten",
        {"shifts": lambda layer, _: layer > 0},
    ),
)
for _name, _says, _source, _parts in _FORMS:
    LOSS.enter("mistake", _name, _says, _source, **_parts)

# --- the gradients --------------------------------------------------------------------------------


def _column_sums(dz: Exact) -> Exact:
    return np.sum(dz, axis=0, keepdims=True)


def _carried(dz: Exact, W: Exact) -> Exact:
    return dz @ W.T


def _unchanged(found: Both, n: int) -> Both:
    del n
    return found


def _backward(
    error: End = ERROR,
    output: Callable[[Exact], Exact] = _same,
    carried: Callable[[Exact, Exact], Exact] = _carried,
    hidden: Curve = _rectified,
    slope: Curve = lambda z, _: zero_at_zero(z),
    masked: Callable[[Exact, Exact], Exact] = lambda da, slope: da * slope,
    incoming: Curve | None = None,
    shift: Callable[[Exact], Exact] = _column_sums,
    after: After = _unchanged,
    decay: float = 0.0,
) -> Body:
    def body(X: Exact, y: Exact, weights: Layers, biases: Layers, *, dtype: str) -> Both:
        zs = [X]
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            zs.append((hidden(zs[-1], dtype) if layer else X) @ W + b)
        dz = error(y, output(zs.pop()), dtype)
        dW: Layers = []
        db: Layers = []
        for layer in reversed(range(len(weights))):
            dW.insert(0, ((incoming or hidden)(zs[layer], dtype) if layer else X).T @ dz)
            db.insert(0, shift(dz))
            if decay:
                dW[0] = dW[0] + Number(decay) * weights[layer]
            if layer:
                dz = masked(carried(dz, weights[layer]), slope(zs[layer], dtype))
        return after((dW, db), len(X))

    return body


canonical("mlp_gradients", SOURCE)(
    named(
        "canonical",
        "(softmax(z) − y) / n at the end, carried back by Wᵀ and ReLU'; dW = aᵀ dz, db = Σ dz.",
        _backward(),
    )
)
GRADIENTS = recipe("mlp_gradients", _backward)
_borrow(GRADIENTS, _gradients.SOFTMAX.formula, "error")
for _name, _says, _source, _slope in (
    (
        "half-slope-at-the-kink",
        "ReLU' is ½ at 0.",
        "HIPS autograd and JAX, maximum(z, 0): a tie shares its gradient (jax-ml/jax#37821)",
        half_at_zero,
    ),
    (
        "full-slope-at-the-kink",
        "ReLU' is 1 at 0.",
        "Saitoh, Deep Learning from Scratch, relu_grad: z ≥ 0",
        one_at_zero,
    ),
):
    GRADIENTS.enter(
        "dialect",
        _name,
        _says,
        _source,
        slope=lambda z, _, at_zero=_slope: at_zero(z),
    )


def _where_square(dz: Exact, W: Exact) -> Exact:
    rows, columns = np.shape(W)
    return dz @ W if rows == columns else dz @ W.T


def _kept(g: Exact, n: int) -> Exact:
    del n
    return g


def _each(of_weights: Change, of_biases: Change) -> After:
    """Change the gradients of all layers."""
    return lambda found, n: (
        [of_weights(g, n) for g in found[0]],
        [of_biases(g, n) for g in found[1]],
    )


def _inner(change: Change) -> After:
    """Change the gradients of all layers but the last."""

    def after(found: Both, n: int) -> Both:
        dW, db = ([*(change(g, n) for g in its[:-1]), its[-1]] for its in found)
        return dW, db

    return after


_OF_GRADIENTS: tuple[tuple[str, str, str, Parts], ...] = (
    (
        "relu-mask-missing",
        "dz = da: ReLU' is missing.",
        "ujjwalkarn/Machine-Learning-Tutorials#16: deltas without the slope",
        {"masked": lambda da, slope: da + 0 * slope},
    ),
    (
        "mask-of-the-error",
        "dz = da where da > 0: the mask is taken from the wrong tensor.",
        "guided backpropagation without its other half: the sign of the error is asked",
        {"masked": lambda da, slope: da * zero_at_zero(da) + 0 * slope},
    ),
    (
        "error-replaced-by-the-mask",
        "dz = ReLU'(z): what came back is lost.",
        "haifengl/smile#528: = for *=",
        {"masked": lambda da, slope: 0 * da + slope},
    ),
    (
        "mask-inverted",
        "dz = da where the unit is off.",
        "z < 0 for z > 0",
        {"slope": lambda z, _: piecewise(z, 0, 0, 1)},
    ),
    (
        "activation-for-its-slope",
        "dz = da · ReLU(z).",
        "NVlabs/tiny-cuda-nn#465 asks for it: ReLU where ReLU' belongs",
        {"slope": lambda z, _: rectifier(z)},
    ),
    (
        "leaky-slope-under-relu",
        "dz leaks 0.01 da where the unit is off.",
        "Maas et al. 2013: the leaky rectifier's slope under ReLU",
        {"slope": lambda z, _: piecewise(z, 1, LEAK, LEAK)},
    ),
    (
        "sigmoid-slope-under-relu",
        "dz = da · a (1 − a), as if the hidden layers had sigmoids.",
        "the hidden layer's slope of a network of sigmoids",
        {"slope": lambda z, _: of_the_activation(rectifier(z))},
    ),
    (
        "weights-not-transposed",
        "da = dz W where W is square, which no shape forbids.",
        "@ W for @ W.T: seen where a layer is not square, and silent where it is",
        {"carried": _where_square},
    ),
    (
        "pre-activation-for-the-activation",
        "dW = zᵀ dz: what the layer before put out, before its ReLU.",
        "z kept in a's place",
        {"incoming": _same},
    ),
    (
        "relu-at-the-end",
        "The softmax is taken of ReLU(z).",
        "pytorch/examples#117: a rectifier before the output's activation",
        {"output": rectifier},
    ),
    (
        "divided-twice-in-every-layer",
        "Divided by n at the output, and once more in dW and db.",
        "SkalskiP/ILearnDeepLearning.py#29: 1/m at dz and at the weights",
        {"after": _each(lambda g, n: g / n, lambda g, n: g / n)},
    ),
    (
        "biases-divided-twice",
        "db is a mean of what is a mean already.",
        "kvfrans/notes#5: mean for sum in the biases alone",
        {"after": _each(_kept, lambda g, n: g / n)},
    ),
    (
        "inner-layers-divided-twice",
        "The layers before the last are divided by n once more.",
        "DeepLearning.AI forum 63071: dZ1 multiplied by 1/m, then dW1 once more",
        {"after": _inner(lambda g, n: g / n)},
    ),
    (
        "biases-summed-over-units",
        "Each db is one number, the same for every unit.",
        "np.sum without its axis",
        {"shift": lambda dz: 0 * _column_sums(dz) + np.sum(dz)},
    ),
    (
        "biases-of-one-sample",
        "db is dz of the first sample alone.",
        "dz[0] for a sum over the batch",
        {"shift": lambda dz: dz[:1] + 0 * _column_sums(dz)},
    ),
    (
        "biases-zero",
        "db is 0.",
        "the biases are left out of training",
        {"shift": lambda dz: 0 * _column_sums(dz)},
    ),
    (
        "only-the-last-layer-learns",
        "The gradients of the other layers are 0.",
        "the loop over the layers stops after the first",
        {"after": _inner(lambda g, _: 0 * g)},
    ),
    (
        "doubled",
        "2 dz.",
        "the factor 2 of a squared error",
        {"after": _each(lambda g, _: 2 * g, lambda g, _: 2 * g)},
    ),
)
for _name, _says, _source, _parts in _OF_GRADIENTS:
    GRADIENTS.enter("mistake", _name, _says, _source, **_parts)

# --- both -----------------------------------------------------------------------------------------


_CURVES = (
    *((its.name, its.derivative) for its in (ELU, GELU, HARD_SIGMOID, HARD_SWISH, LEAKY, MISH)),
    *((its.name, its.derivative) for its in (SELU, SILU, SOFTPLUS, TANH)),
    ("sigmoid", "sigmoid_slope"),
)
for _name, _its_slope in _CURVES:
    _parts = {"hidden": _curve(_name)}
    _told = (
        f"{_name.replace('_', '-')}-for-relu",
        f"The hidden layers have {_name}.",
        f"Keras, Dense(activation={_name!r}); PyTorch, in nn.Sequential",
    )
    LOSS.enter("dialect", *_told, **_parts)
    GRADIENTS.enter("dialect", *_told, **_parts, slope=_curve(_its_slope))
# Of two a form of softmax cross-entropy is known already: as a mistake there, and as a loss of its
# own here, by the same name.
for _name, _of_slopes, _end, _error, _says, _source in (
    (
        "mse-loss-at-the-end",
        "mse-loss-at-the-end",
        _plainly(mean_of_squares),
        _ending(_gradients.MSE.formula),
        "the mean of the squares",
        "Keras and PyTorch, a mean over every axis",
    ),
    (
        "half-of-squares-at-the-end",
        "logits-less-labels",
        _plainly(half_summed_within_samples),
        _ending(_gradients.MSE.formula, "of-half-the-sum-within-samples"),
        "half the squares summed, averaged over samples",
        "Bishop, Pattern Recognition and Machine Learning, eq. 5.11; Nielsen, QuadraticCost",
    ),
    (
        "mae-loss-at-the-end",
        "mae-loss-at-the-end",
        _ending(MAE.formula),
        _ending(MAE.gradient.formula),
        "the mean of the differences' sizes",
        "PyTorch, L1Loss",
    ),
    (
        "huber-loss-at-the-end",
        "huber-loss-at-the-end",
        _ending(HUBER.formula),
        _ending(HUBER.gradient.formula),
        "the mean of Huber's loss, δ = 1",
        "PyTorch, HuberLoss",
    ),
    (
        "bce-with-logits-at-the-end",
        "bce-with-logits-at-the-end",
        _ending(BCE.formula),
        _ending(BCE.gradient.formula),
        "a sigmoid for each output and its cross-entropy, averaged over every axis",
        "PyTorch, BCEWithLogitsLoss; Keras, BinaryCrossentropy",
    ),
    (
        "sigmoid-for-each-class",
        "sigmoid-for-each-class",
        _ending(BCE.formula, "summed-within-samples"),
        _ending(BCE.gradient.formula, "summed-within-samples"),
        "a sigmoid for each output and its cross-entropy, averaged over samples",
        "Nielsen, network2.py, CrossEntropyCost; Article, in two layers",
    ),
):
    _says = f"At the end is {_says}."
    LOSS.enter("dialect", _name, _says, _source, end=_end)
    GRADIENTS.enter("dialect", _of_slopes, _says, _source, error=_error)

for _rate in (0.001, 0.01):
    for _its, _says in ((LOSS, "{:g}/2 Σ W² over the layers"), (GRADIENTS, "{:g} W to each dW")):
        _its.enter(
            "mistake",
            f"weights-decayed-by-{_rate:g}",
            f"Adds {_says.format(_rate)}.",
            "CS231n, neural networks case study: reg left in",
            decay=_rate,
        )
