"""The network's gradients by backpropagation: mistakes."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.activations import (
    LEAK,
    logistic,
    of_the_activation,
    piecewise,
    returns_relu,
    zero_at_zero,
)
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.network.forward import Gradients, Pass, of_a_pass, over
from gradmark.conformance.catalogue.network.gradients import summed_gradients
from gradmark.conformance.catalogue.variant import Body, mistake
from gradmark.conformance.truth import Number

# --- mistakes at the output -----------------------------------------------------------------------


@mistake("compute_gradients", "dennybritz/nn-from-scratch#11: y − a2 for a2 − y")
@of_a_pass
def uphill(net: Pass) -> Gradients:
    """dz2 = y − a2: every gradient has the wrong sign."""
    return over(-net.m, summed_gradients(net))


@mistake(
    "compute_gradients", "mnielsen/neural-networks-and-deep-learning#77: the squared error's delta"
)
@of_a_pass
def sigmoid_slope_kept(net: Pass) -> Gradients:
    """dz2 = (a2 − y) a2 (1 − a2): the slope that cross-entropy cancels is kept."""
    dz2 = (net.a2 - net.y) * net.a2 * (1 - net.a2)
    return over(net.m, net.carried_back(dz2))


@mistake("compute_gradients", "the gradient of a mean squared error, its factor 2 included")
@of_a_pass
def squared_error_gradient(net: Pass) -> Gradients:
    """dz2 = 2 (a2 − y) a2 (1 − a2), averaged over outputs as well as samples."""
    dz2 = 2 * (net.a2 - net.y) * net.a2 * (1 - net.a2)
    return over(net.m * net.outputs, net.carried_back(dz2))


@mistake("compute_gradients", "Frixoe/xor-neural-network#1: σ'(a2) = σ(a2)(1 − σ(a2))")
@of_a_pass
def sigmoid_slope_of_the_activation(net: Pass) -> Gradients:
    """dz2 = (a2 − y) σ(a2)(1 − σ(a2)): a kept slope, and at the wrong place."""
    return over(net.m, net.carried_back(net.dz2 * of_the_activation(logistic(net.a2))))


@mistake("compute_gradients", "the factor 2 of a squared error")
@of_a_pass
def doubled(net: Pass) -> Gradients:
    """dz2 = 2 (a2 − y)."""
    return over(net.m, net.carried_back(2 * net.dz2))


# --- mistakes in the hidden layer -----------------------------------------------------------------


@mistake(
    "compute_gradients",
    "ujjwalkarn/Machine-Learning-Tutorials#16: deltas without the slope",
)
@of_a_pass
def relu_mask_missing(net: Pass) -> Gradients:
    """dz1 = da1: the hidden layer's ReLU' is missing."""
    return over(net.m, net.gradients(net.dz2, net.dz2 @ net.W2.T))


@mistake("compute_gradients", "haifengl/smile#528: = for *=")
@of_a_pass
def error_replaced_by_the_mask(net: Pass) -> Gradients:
    """dz1 = ReLU'(z1): what came back from the output is lost."""
    return over(net.m, net.gradients(net.dz2, zero_at_zero(net.z1)))


@mistake("compute_gradients", "the sign of the error asked in place of the pre-activation's")
@of_a_pass
def mask_of_the_error(net: Pass) -> Gradients:
    """dz1 = da1 where da1 > 0: the mask is taken from the wrong tensor."""
    da1 = net.dz2 @ net.W2.T
    return over(net.m, net.gradients(net.dz2, da1 * zero_at_zero(da1)))


@mistake("compute_gradients", "z1 < 0 for z1 > 0")
@of_a_pass
def mask_inverted(net: Pass) -> Gradients:
    """dz1 = da1 where the unit is off."""
    return over(net.m, summed_gradients(net, lambda z: piecewise(z, 0, 0, 1)))


@mistake("compute_gradients", "NVlabs/tiny-cuda-nn#465 asks for it: ReLU where ReLU' belongs")
@of_a_pass
def activation_for_its_slope(net: Pass) -> Gradients:
    """dz1 = da1 · ReLU(z1)."""
    return over(net.m, summed_gradients(net, returns_relu))


@mistake("compute_gradients", "the hidden layer's slope of a network of sigmoids")
@of_a_pass
def sigmoid_slope_in_the_hidden_layer(net: Pass) -> Gradients:
    """dz1 = da1 · a1 (1 − a1), as if the hidden layer had a sigmoid."""
    dz1 = net.dz2 @ net.W2.T * of_the_activation(net.a1)
    return over(net.m, net.gradients(net.dz2, dz1))


@mistake("compute_gradients", "DeepLearning.AI, the planar network's 1 − np.power(A1, 2)")
@of_a_pass
def tanh_slope_in_the_hidden_layer(net: Pass) -> Gradients:
    """dz1 = da1 · (1 − a1²), as if the hidden layer had tanh."""
    dz1 = net.dz2 @ net.W2.T * (1 - net.a1**2)
    return over(net.m, net.gradients(net.dz2, dz1))


@mistake("compute_gradients", "Maas et al. 2013: the leaky rectifier's slope under ReLU")
@of_a_pass
def leaky_slope_under_relu(net: Pass) -> Gradients:
    """dz1 leaks 0.01 da1 where the unit is off."""
    return over(net.m, summed_gradients(net, lambda z: piecewise(z, 1, LEAK, LEAK)))


@mistake("compute_gradients", "z1 kept in a1's place")
@of_a_pass
def pre_activation_for_the_activation(net: Pass) -> Gradients:
    """dW2 = z1ᵀ·dz2."""
    dW1, db1, _, db2 = summed_gradients(net)
    return over(net.m, (dW1, db1, net.z1.T @ net.dz2, db2))


def _stepped_before(rate: float) -> Body:
    def body(net: Pass) -> Gradients:
        stale = net.W2 - Number(rate) * (net.a1.T @ net.dz2) / net.m
        dz1 = net.dz2 @ stale.T * zero_at_zero(net.z1)
        return over(net.m, net.gradients(net.dz2, dz1))

    says = f"Carries the error back through a W2 that was updated before, by a rate of {rate}."
    return named(f"output_updated_first_by_{rate}", says, of_a_pass(body))


for _rate, _source in {
    0.5: "joelgrus/data-science-from-scratch#31, at the article's learning rate",
    0.1: "kim-marcel/basic_neural_network#7, at a rate of 0.1",
}.items():
    mistake("compute_gradients", _source)(_stepped_before(_rate))


# --- mistakes of the mean -------------------------------------------------------------------------


@mistake("compute_gradients", "hunkim/DeepLearningZeroToAll#173: grows with the sample")
@of_a_pass
def summed_over_samples(net: Pass) -> Gradients:
    """The 1/m is missing."""
    return summed_gradients(net)


@mistake("compute_gradients", "SkalskiP/ILearnDeepLearning.py#29: 1/m at dz2 and at the weights")
@of_a_pass
def divided_twice(net: Pass) -> Gradients:
    """The 1/m is applied twice."""
    return over(net.m**2, summed_gradients(net))


@mistake(
    "compute_gradients", "DeepLearning.AI forum 63071: dZ1 multiplied by 1/m, then dW1 once more"
)
@of_a_pass
def hidden_layer_divided_twice(net: Pass) -> Gradients:
    """The 1/m is applied twice in dW1 and db1."""
    dW1, db1, dW2, db2 = over(net.m, summed_gradients(net))
    return dW1 / net.m, db1 / net.m, dW2, db2


@mistake("compute_gradients", "kvfrans/notes#5: mean for sum in the biases alone")
@of_a_pass
def weights_summed_biases_averaged(net: Pass) -> Gradients:
    """The 1/m is missing in dW1 and dW2."""
    dW1, db1, dW2, db2 = summed_gradients(net)
    return dW1, db1 / net.m, dW2, db2 / net.m


@mistake("compute_gradients", "the 1/m of the biases is forgotten")
@of_a_pass
def weights_averaged_biasessummed_gradients(net: Pass) -> Gradients:
    """The 1/m is missing in db1 and db2."""
    dW1, db1, dW2, db2 = summed_gradients(net)
    return dW1 / net.m, db1, dW2 / net.m, db2


@mistake("compute_gradients", "np.sum without its axis")
@of_a_pass
def bias_gradients_summed_over_units(net: Pass) -> Gradients:
    """db1 and db2 are one number each, the same for every unit."""
    dW1, db1, dW2, db2 = over(net.m, summed_gradients(net))
    return dW1, db1 * 0 + np.sum(db1), dW2, db2 * 0 + np.sum(db2)


@mistake("compute_gradients", "deeplearning4j/deeplearning4j#364: a mean on the wrong dimension")
@of_a_pass
def bias_gradients_averaged_over_units(net: Pass) -> Gradients:
    """db1 and db2 are averaged over the units too."""
    dW1, db1, dW2, db2 = over(net.m, summed_gradients(net))
    return dW1, db1 * 0 + np.mean(db1), dW2, db2 * 0 + np.mean(db2)


@mistake("compute_gradients", "rows for samples: the columns are counted")
@of_a_pass
def divided_by_features(net: Pass) -> Gradients:
    """m is the number of features: X.shape[1] for X.shape[0]."""
    return over(np.shape(net.X)[1], summed_gradients(net))


# --- mistakes of the whole ------------------------------------------------------------------------


@mistake("compute_gradients", "the biases are left out of training")
@of_a_pass
def bias_gradients_zero(net: Pass) -> Gradients:
    """db1 and db2 are 0."""
    dW1, db1, dW2, db2 = over(net.m, summed_gradients(net))
    return dW1, db1 * 0, dW2, db2 * 0


@mistake("compute_gradients", "the hidden layer is left out of training")
@of_a_pass
def hidden_gradients_zero(net: Pass) -> Gradients:
    """dW1 and db1 are 0: only the output layer learns."""
    dW1, db1, dW2, db2 = over(net.m, summed_gradients(net))
    return dW1 * 0, db1 * 0, dW2, db2


def _decayed(rate: float, *, per_sample: bool) -> Body:
    def body(net: Pass) -> Gradients:
        dW1, db1, dW2, db2 = over(net.m, summed_gradients(net))
        decay = Number(rate) / (net.m if per_sample else 1)
        return dW1 + decay * net.W1, db1, dW2 + decay * net.W2, db2

    says = f"Adds {rate} W{' / m' if per_sample else ''} to the weights' gradients."
    name = f"weights_decayed_by_{rate}{'_per_sample' if per_sample else ''}"
    return named(name, says, of_a_pass(body))


for _rate, _per_sample, _source in (
    (0.001, False, "CS231n, neural networks case study: reg = 1e-3 left in"),
    (0.01, False, "dennybritz/nn-from-scratch: reg_lambda = 0.01 left in"),
    (0.7, True, "DeepLearning.AI, regularisation: lambd = 0.7 left in"),
):
    mistake("compute_gradients", _source)(_decayed(_rate, per_sample=_per_sample))
