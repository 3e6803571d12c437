"""The network's loss: mistakes."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.activations import LEAK, leaking, logistic, rectifier
from gradmark.conformance.catalogue.activations.sigmoid import softplus
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.network.forward import Pass, beside_one, of_a_pass
from gradmark.conformance.catalogue.network.loss import cross_entropy, loss_of
from gradmark.conformance.catalogue.variant import Body, mistake
from gradmark.conformance.truth import REAL, Exact, Number, mean, total


@mistake("compute_loss", "a sum where the formula has a mean")
@of_a_pass
def not_averaged(net: Pass) -> Exact:
    """The 1/n is missing."""
    return total(cross_entropy(net.y, net.z2))


@mistake("compute_loss", "the 1/(2m) of a squared error")
@of_a_pass
def halved(net: Pass) -> Exact:
    """Half the mean."""
    return loss_of(net, net.z2) / 2


@mistake("compute_loss", "the hidden activation is forgotten")
@of_a_pass
def linear_hidden_layer(net: Pass) -> Exact:
    """The hidden layer has no ReLU."""
    return loss_of(net, net.z1 @ net.W2 + net.b2)


@mistake("compute_loss", "the output's activation in the hidden layer too")
@of_a_pass
def sigmoid_hidden_layer(net: Pass) -> Exact:
    """The hidden layer has a sigmoid in place of ReLU."""
    return loss_of(net, logistic(net.z1) @ net.W2 + net.b2)


@mistake("compute_loss", "the hidden layer of DeepLearning.AI's planar network")
@of_a_pass
def tanh_hidden_layer(net: Pass) -> Exact:
    """The hidden layer has tanh in place of ReLU."""
    return loss_of(net, (2 * logistic(2 * net.z1) - 1) @ net.W2 + net.b2)


@mistake("compute_loss", "Maas et al. 2013: the leaky rectifier in ReLU's place")
@of_a_pass
def leaky_hidden_layer(net: Pass) -> Exact:
    """The hidden layer leaks 0.01 z below zero."""
    return loss_of(net, leaking(LEAK)(net.z1) @ net.W2 + net.b2)


@mistake("compute_loss", "the first bias is forgotten")
@of_a_pass
def hidden_bias_forgotten(net: Pass) -> Exact:
    """z1 = X·W1, without b1."""
    return loss_of(net, rectifier(net.X @ net.W1) @ net.W2 + net.b2)


@mistake("compute_loss", "the second bias is forgotten")
@of_a_pass
def output_bias_forgotten(net: Pass) -> Exact:
    """z2 = a1·W2, without b2."""
    return loss_of(net, net.a1 @ net.W2)


@mistake("compute_loss", "pytorch/examples#117: a rectifier before the output's activation")
@of_a_pass
def output_rectified(net: Pass) -> Exact:
    """σ(ReLU(z2)): no prediction is below ½."""
    return loss_of(net, rectifier(net.z2))


@mistake("compute_loss", "a2 handed to a loss of logits, as in NVIDIA/DeepLearningExamples#468")
@of_a_pass
def sigmoid_applied_twice(net: Pass) -> Exact:
    """BCE of σ(σ(z2))."""
    return loss_of(net, net.a2)


@mistake("compute_loss", "the squared error of a regression")
@of_a_pass
def squared_error(net: Pass) -> Exact:
    """The mean of (a2 − y)², where cross-entropy belongs."""
    return mean(net.dz2**2)


@mistake("compute_loss", "deeplearning4j/nd4j#1319: only half of the formula")
@of_a_pass
def positive_class_only(net: Pass) -> Exact:
    """−y log a2: the term of the negative class is missing."""
    return total(beside_one(net.y * softplus(-net.z2))) / net.m


@mistake("compute_loss", "the leading minus is missing")
@of_a_pass
def sign_lost(net: Pass) -> Exact:
    """Better predictions score lower, and below zero."""
    return -loss_of(net, net.z2)


@mistake("compute_loss", "fastai/fastbook#349: each class is scored as the other")
@of_a_pass
def classes_exchanged(net: Pass) -> Exact:
    """−y log(1 − a2) − (1 − y) log a2."""
    return loss_of(net, -net.z2)


@mistake("compute_loss", "bits where the formula counts nats")
@of_a_pass
def base_two(net: Pass) -> Exact:
    """Logarithms to base two."""
    return loss_of(net, net.z2) / Number(REAL.log(2))


@mistake("compute_loss", "tensorflow/tensorflow#30040: (n,) against (n, 1)")
@of_a_pass
def broadcast_to_all_pairs(net: Pass) -> Exact:
    """Labels in a row against predictions in a column: the mean over all pairs."""
    return mean(cross_entropy(np.reshape(net.y, (1, -1)), np.reshape(net.z2, (-1, 1))))


def _penalised(rate: float) -> Body:
    def body(net: Pass) -> Exact:
        return loss_of(net, net.z2) + Number(rate / 2) * (total(net.W1**2) + total(net.W2**2))

    says = f"Adds ½·{rate}·Σ W², a penalty on the weights."
    return named(f"weights_penalised_by_{rate}", says, of_a_pass(body))


for _rate, _source in {
    0.001: "CS231n, neural networks case study: reg = 1e-3 left in",
    0.01: "dennybritz/nn-from-scratch: reg_lambda = 0.01 left in",
}.items():
    mistake("compute_loss", _source)(_penalised(_rate))
