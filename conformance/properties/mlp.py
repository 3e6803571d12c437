"""What a network of any depth must do: its gradients are slopes; depth alone changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.gradients import beside_a_guard, offsets, signals
from gradmark.conformance.properties.strategies import Array, grid
from gradmark.conformance.properties.theorem import drawn, of_a_pair, rejects
from gradmark.harness.contract.dtypes import roundoff

STEP = 2.0**-11
MOST = 32.0  # logits of a drawn network are below


class Deep(NamedTuple):
    """The arguments of both formulas."""

    X: Array
    y: Array
    weights: list[Array]
    biases: list[Array]

    def moved(self, t: float, direction: list[list[Array]]) -> Deep:
        """Go from here by t times a direction."""
        dW, db = direction
        return self._replace(
            weights=[W + t * d for W, d in zip(self.weights, dW, strict=True)],
            biases=[b + t * d for b, d in zip(self.biases, db, strict=True)],
        )


@st.composite
def deep_networks(draw: st.DrawFn, *, layers: int = 0) -> Deep:
    """Draw a network of one to three layers, with every hidden unit off its kink.

    What goes into a hidden layer is a multiple of twice the odd fraction that its biases are of, so
    that no unit comes nearer to its kink than that: 1/8 in the first layer, 1/16 in the second.
    """
    depth = layers or draw(st.integers(1, 3))
    n, *widths = (draw(st.integers(1, 3)) for _ in range(depth + 1))
    widths.append(draw(st.integers(2, 3)))
    weights, biases = [], []
    for layer, (d, h) in enumerate(pairwise(widths)):
        if layer == depth - 1:
            weights.append(draw(grid((d, h), -4, 4, 64 if layer else 8)))  # no answer is sure
            biases.append(draw(grid((1, h), -4, 4, 8)))
        else:
            weights.append(draw(grid((d, h), -1, 1, 1) if layer else grid((d, h), -2, 2, 2)))
            biases.append(draw(grid((1, h), -4, 3, 4)) + 1 / (16 if layer else 8))
    y = np.eye(widths[-1])[draw(grid((n,), 0, widths[-1] - 1, 1)).astype(int)]
    return Deep(draw(grid((n, widths[0]), -2, 2, 2)), y, weights, biases)


def _signs(like: list[Array]) -> st.SearchStrategy[list[Array]]:
    signs = (grid(one.shape, 0, 1, 1).map(lambda bits: 2 * bits - 1) for one in like)
    return st.tuples(*signs).map(list)


def _one_entry_off(*network: Any) -> Any:
    dW, db = reference.mlp_gradients(*network)
    dW[0][0, 0] = 1.25 * dW[0][0, 0] + 0.125
    return dW, db


def _flat(found: Any) -> Array:
    return np.concatenate([np.ravel(one) for its in found for one in its])


# --- the gradients are those of the loss ----------------------------------------------------------


@rejects(mlp_gradients="relu-mask-missing")
@rejects(mlp_gradients="weights-not-transposed")
@rejects(mlp_gradients="softmax-alone")
@rejects(mlp_gradients="sign-flipped")
@rejects(mlp_gradients=_one_entry_off)
@rejects(mlp_loss="sigmoid-for-relu")
@of_a_pair
@drawn(network=deep_networks(), data=st.data())
def gradients_of_a_deep_network_are_the_slopes_of_the_loss_beside_them(
    mlp_gradients: Function, mlp_loss: Function, network: Deep, data: st.DataObject
) -> None:
    direction = data.draw(st.tuples(_signs(network.weights), _signs(network.biases)), "direction")
    values = [mlp_loss(*network.moved(t, list(direction))) for t in offsets(STEP)]
    found = _flat(mlp_gradients(*network))
    slope = float(np.sum(found * _flat(direction)))
    size = found.size * MOST / 8 + float(np.sum(abs(found)))
    u = roundoff(mlp_loss.dtype)
    rounding = beside_a_guard(found, size, u)
    signals(values, slope, STEP, noise=u * MOST, rounding=rounding).refuse("wrong", "kink")


# --- what changes nothing -------------------------------------------------------------------------


@rejects(mlp_loss="sigmoid-for-each-class")
@rejects(mlp_loss="relu-at-the-end")
@rejects(mlp_loss="logits-not-normalised")
@drawn(network=deep_networks(), shift=st.integers(-8, 8))
def one_shift_of_all_the_last_biases_changes_no_loss(
    mlp_loss: Function, network: Deep, shift: int
) -> None:
    *before, last = network.biases
    there = mlp_loss(*network._replace(biases=[*before, last + shift]))
    agree(there, mlp_loss(*network), "rounding", mlp_loss.dtype, scale=MOST + abs(shift))


@rejects(mlp_gradients="softmax-alone")
@rejects(mlp_gradients="softmax-over-samples")
@rejects(mlp_gradients="sign-flipped")
@drawn(network=deep_networks())
def gradients_of_the_last_biases_sum_to_zero_and_are_no_larger_than_one(
    mlp_gradients: Function, network: Deep
) -> None:
    # Else a shift of all of them would change the loss. Each is a mean of p − y.
    last = mlp_gradients(*network)[1][-1]
    agree(np.sum(last), 0.0, "rounding", mlp_gradients.dtype)
    assert np.all(abs(last) <= 1 + 8 * roundoff(mlp_gradients.dtype))
    picked = np.mean(network.y, axis=0)
    assert np.all(-last <= picked + 8 * roundoff(mlp_gradients.dtype))


@rejects(mlp_loss="relu-missing")
@rejects(mlp_loss="leaky-relu-for-relu")
@rejects(mlp_loss="tanh-for-relu")
@drawn(network=deep_networks(layers=2), at=st.integers(-4, 4))
def a_layer_that_hands_on_what_relu_let_through_changes_nothing(
    mlp_loss: Function, network: Deep, at: int
) -> None:
    # ReLU(ReLU(z) I) is ReLU(z): and so is one beside another way around zero.
    (first, last), (before, after) = network.weights, network.biases
    h = first.shape[1]
    plain = mlp_loss(*network)
    deeper = [first, np.eye(h), last], [before, np.zeros((1, h)), after]
    agree(mlp_loss(network.X, network.y, *deeper), plain, "rounding", mlp_loss.dtype, scale=MOST)
    # A unit that is off whatever comes in may be heard as loudly as anyone likes.
    loud = np.arange(last.shape[1]) * at
    off = np.hstack([first, np.zeros((first.shape[0], 1))]), np.vstack([last, loud])
    shut = [np.hstack([before, [[-1.0]]]), after]
    agree(mlp_loss(network.X, network.y, list(off), shut), plain, "rounding", mlp_loss.dtype,
          scale=MOST)  # fmt: skip


# --- of one layer it is softmax regression --------------------------------------------------------


@rejects(mlp_loss="biases-missing")
@rejects(mlp_loss="mean-over-elements")
@rejects(mlp_loss="relu-at-the-end")
@drawn(network=deep_networks(layers=1))
def of_one_layer_it_is_softmax_regression(mlp_loss: Function, network: Deep) -> None:
    z = network.X @ network.weights[0] + network.biases[0]
    expected = np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(network.y * z, axis=1))
    agree(mlp_loss(*network), expected, "rounding", mlp_loss.dtype, scale=MOST)


@rejects(mlp_gradients="diagonal-of-the-softmax-s-derivative")
@rejects(mlp_gradients="of-the-sum")
@rejects(mlp_gradients="biases-divided-twice")
@rejects(mlp_gradients="logits-less-labels")
@drawn(network=deep_networks(layers=1))
def its_gradients_are_those_of_softmax_regression(mlp_gradients: Function, network: Deep) -> None:
    odds = np.exp(network.X @ network.weights[0] + network.biases[0])
    error = odds / np.sum(odds, axis=1, keepdims=True) - network.y
    (dW,), (db,) = mlp_gradients(*network)
    agree(dW, np.mean(network.X[:, :, None] * error[:, None], axis=0), "rounding",
          mlp_gradients.dtype, scale=2)  # fmt: skip
    agree(db[0], np.mean(error, axis=0), "rounding", mlp_gradients.dtype)


# --- samples and units ----------------------------------------------------------------------------


@rejects(mlp_gradients="of-the-sum")
@rejects(mlp_gradients="biases-of-one-sample")
@rejects(mlp_gradients="inner-layers-divided-twice")
@drawn(network=deep_networks())
def gradients_of_a_batch_are_the_mean_of_those_of_its_samples(
    mlp_gradients: Function, network: Deep
) -> None:
    X, y, *layers = network
    alone = [_flat(mlp_gradients(X[i : i + 1], y[i : i + 1], *layers)) for i in range(len(X))]
    together = _flat(mlp_gradients(*network))
    agree(together, np.mean(alone, axis=0), "sum", mlp_gradients.dtype, scale=MOST)


def _first_layer(change: Callable[[Any, Any], tuple[Any, Any]]) -> Callable[..., Any]:
    """Compute the loss of a network whose first layer is changed."""

    def changed(X: Any, y: Any, weights: Any, biases: Any) -> Any:
        W, b = change(weights[0], biases[0])
        return reference.mlp_loss(X, y, [W, *weights[1:]], [b, *biases[1:]])

    return changed


@rejects(mlp_loss=_first_layer(lambda W, b: (W * np.arange(1, b.size + 1), b)))
@rejects(mlp_loss=_first_layer(lambda W, b: (W, b * 0 + b[0, 0])))
@drawn(network=deep_networks(layers=2))
def the_order_of_hidden_units_does_not_matter(mlp_loss: Function, network: Deep) -> None:
    (first, last), (before, after) = network.weights, network.biases
    turned = [first[:, ::-1], last[::-1]], [before[:, ::-1], after]
    there = mlp_loss(network.X, network.y, *turned)
    agree(there, mlp_loss(*network), "rounding", mlp_loss.dtype, scale=MOST)
