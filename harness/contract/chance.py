"""What is drawn at random: dropout, and the weights that training starts from."""

from __future__ import annotations

import math

from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter

# Code without it is seeded where all draw from: `random`, NumPy and the frameworks that are there.
_RNG = Parameter("rng", "generator", (0.0, math.inf), usual=0, neutral=0)
_FANS = tuple(
    Parameter(f"fan_{way}", "count", (1.0, math.inf), usual, other_names=names)
    for way, usual, names in (
        ("in", 200, ("n_in", "in_features", "input_size", "n_inputs", "input_dim", "in_dim")),
        (
            "out",
            300,
            ("n_out", "out_features", "output_size", "n_outputs", "output_dim", "out_dim"),
        ),
    )
)


def _weights(name: str, *synonyms: str) -> Formula:
    returns = "table of fan_in by fan_out"
    return Formula(name, "chance", (*_FANS, _RNG), returns, synonyms=synonyms)


CHANCE = (
    Formula(
        "dropout",
        "chance",
        (
            Parameter("x", "data", other_names=("input", "inputs", "a", "h", "activations")),
            Parameter(
                "rate",
                "share",
                (0.0, 1.0),
                0.5,
                other_names=(
                    *("p", "prob", "drop_prob", "dropout_prob", "dropout_rate", "drop_rate"),
                    *("drop_p", "p_drop", "drop_probability", "dropout", "drop"),
                    *("dropout_ratio", "drop_ratio", "ratio"),
                ),
            ),
            _RNG,
        ),
        "array like x",
        synonyms=("dropout_forward", "Dropout", "inverted_dropout", "apply_dropout"),
        may_lack=("vectors", "any shape", "float32"),
    ),
    # `xavier_init` and `he_init` say no distribution: whoever has them is not asked for one.
    _weights("glorot_uniform", "xavier_uniform"),
    _weights("he_normal", "kaiming_normal"),
)
