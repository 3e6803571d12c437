"""The network's gradients by backpropagation: the canonical form and conventions."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.activations import (
    half_at_zero,
    one_at_zero,
    zero_at_zero,
)
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losses.guards import EPSILON, clipped
from gradmark.conformance.catalogue.network.forward import (
    BACKPROP,
    Gradients,
    Pass,
    of_a_pass,
    over,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect
from gradmark.conformance.truth import Exact, Number, elementwise


def summed_gradients(net: Pass, slope: Body = zero_at_zero) -> Gradients:
    """The chain rule, summed over the samples."""
    return net.carried_back(net.dz2, slope)


@canonical("compute_gradients", BACKPROP)
@of_a_pass
def mean_over_samples(net: Pass) -> Gradients:
    """dz2 = a2 − y carried back by the chain rule, averaged over samples."""
    return over(net.m, summed_gradients(net))


@dialect("compute_gradients", "Keras and PyTorch: the gradient of a mean over every axis")
@of_a_pass
def mean_over_samples_and_outputs(net: Pass) -> Gradients:
    """Averaged over outputs as well as samples."""
    return over(net.m * net.outputs, summed_gradients(net))


# --- the kink -------------------------------------------------------------------------------------


@dialect("compute_gradients", "HIPS autograd, maximum: a tie shares its gradient")
@of_a_pass
def half_slope_at_the_kink(net: Pass) -> Gradients:
    """ReLU' is ½ at 0."""
    return over(net.m, summed_gradients(net, half_at_zero))


@dialect("compute_gradients", "JAX, jnp.maximum(z, 0) under a mean: jax-ml/jax#37821")
@of_a_pass
def half_slope_at_the_kink_mean_over_samples_and_outputs(net: Pass) -> Gradients:
    """ReLU' is ½ at 0; averaged over outputs as well as samples."""
    return over(net.m * net.outputs, summed_gradients(net, half_at_zero))


@dialect("compute_gradients", "Saitoh, Deep Learning from Scratch, relu_grad: z ≥ 0")
@of_a_pass
def full_slope_at_the_kink(net: Pass) -> Gradients:
    """ReLU' is 1 at 0."""
    return over(net.m, summed_gradients(net, one_at_zero))


@dialect("compute_gradients", "tensorflow/playground#19: z ≥ 0, under a mean over every axis")
@of_a_pass
def full_slope_at_the_kink_mean_over_samples_and_outputs(net: Pass) -> Gradients:
    """ReLU' is 1 at 0; averaged over outputs as well as samples."""
    return over(net.m * net.outputs, summed_gradients(net, one_at_zero))


# --- the guards' own gradients --------------------------------------------------------------------


def _cut_by_clipping(net: Pass) -> Exact:
    def passes(a: Number, kept: Number) -> Number:
        return Number(1 if a <= kept <= a else 0)

    a2 = net.stored_a2
    return net.dz2 * elementwise(passes, 2)(a2, clipped(a2, 1e-7, net.dtype))


def _of_the_guarded_logs(net: Pass) -> Exact:
    a2 = net.stored_a2
    return a2 * (1 - a2) * ((1 - net.y) / (1 - a2 + EPSILON) - net.y / (a2 + EPSILON))


def _both(name: str, says: str, dz2: Callable[[Pass], Exact]) -> tuple[Body, Body]:
    """Make the gradient of a loss that sums over outputs, and of one that averages."""

    def summed(net: Pass) -> Gradients:
        return over(net.m, net.carried_back(dz2(net)))

    def averaged(net: Pass) -> Gradients:
        return over(net.outputs, summed(net))

    also = says.removesuffix(".") + "; averaged over outputs as well as samples."
    return (
        named(name, says, of_a_pass(summed)),
        named(f"{name}_mean_over_samples_and_outputs", also, of_a_pass(averaged)),
    )


for _name, _says, _dz2, _source in (
    (
        "zero_where_clipped_at_1e-7",
        "No gradient where a2 is within 1e-7 of 0 or 1: the slope of clipping is 0 there.",
        _cut_by_clipping,
        "Keras, BinaryCrossentropy(from_logits=False) through automatic differentiation",
    ),
    (
        "gradient_of_the_guarded_logs",
        "The gradient of log(a2 + 1e-15): it vanishes where a2 is rounded to 0 or 1.",
        _of_the_guarded_logs,
        "Article, the listing's loss through automatic differentiation",
    ),
):
    for _body in _both(_name, _says, _dz2):
        dialect("compute_gradients", _source)(_body)
