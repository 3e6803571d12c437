"""Networks: losses and their gradients, of the article's two layers and of any depth."""

from __future__ import annotations

from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter

# What z1 = X W1 + b1 is computed from decides on which side of ReLU's kink a unit comes to lie.
_TAKES = (
    Parameter("X", "before a kink", shape="n d", other_names=("x", "inputs")),
    Parameter("y", "label", (0.0, 1.0), shape="n k"),
    Parameter("W1", "before a kink", shape="d h", other_names=("w1",)),
    Parameter("b1", "before a kink", shape="1 h"),
    Parameter("W2", "data", shape="h k", other_names=("w2",)),
    Parameter("b2", "data", shape="1 k"),
)
_LENGTHS = ("n", "h", "d", "k")  # samples, hidden units, inputs, outputs
_LACKS = ("several outputs", "other widths", "float32")

# A list of layers, of which each has these shapes, and takes what the one before has made.
_OF_LAYERS = (
    Parameter("X", "before a kink", shape="n d", other_names=("x", "inputs")),
    Parameter("y", "class label", (0.0, 1.0), shape="n k"),
    Parameter("weights", "before a kink", shape="d k", other_names=("W", "Ws"), many=True),
    Parameter("biases", "before a kink", shape="1 k", other_names=("b", "bs"), many=True),
)

NETWORK = (
    Formula(
        "compute_loss",
        "network",
        _TAKES,
        "number",
        synonyms=("loss", "network_loss", "cost"),
        may_lack=_LACKS,
        natural=1.0,  # 1 − p of the cross-entropy
        lengths=_LENGTHS,
    ),
    Formula(
        "compute_gradients",
        "network",
        _TAKES,
        "(dW1, db1, dW2, db2)",
        synonyms=("backward", "backprop", "backpropagation", "gradients"),
        may_lack=_LACKS,
        natural=1.0,  # p − y
        lengths=_LENGTHS,
        sizes=("batch", "width"),
    ),
    Formula(
        "mlp_loss",
        "network",
        _OF_LAYERS,
        "number",
        synonyms=("mlp_cross_entropy", "deep_network_loss"),
        may_lack=("float32",),
        natural=1.0,  # log p, of a p that is next to 1
        lengths=("n",),
    ),
    Formula(
        "mlp_gradients",
        "network",
        _OF_LAYERS,
        "(dweights, dbiases)",
        synonyms=("mlp_grads", "mlp_backward", "mlp_backprop", "deep_network_gradients"),
        may_lack=("float32",),
        natural=1.0,  # p − y
        lengths=("n",),
    ),
)
