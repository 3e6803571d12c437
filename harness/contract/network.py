"""The article's network of two layers: its loss, and the gradients of that loss."""

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
)
