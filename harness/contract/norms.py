"""Normalisations over the samples or over the features, and their gradients."""

from __future__ import annotations

import math

from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter

_X = Parameter("x", "data", shape="n d", other_names=("input", "inputs", "X"))
_DY = Parameter("dy", "data", shape="n d", other_names=("dout", "grad_output", "dY", "upstream"))
_GAMMA = Parameter("gamma", "data", shape="d", other_names=("weight", "scale", "g"))
_BETA = Parameter("beta", "data", shape="d", other_names=("bias", "offset", "shift", "b"))
_EPSILON = Parameter("epsilon", "epsilon", (0.0, math.inf), 1e-5, (1e-3, 0.1, 1e-6))
_ROWS = ("vectors", "several samples")
_LENGTHS = ("n", "d")  # samples, features


def _norm(
    name: str,
    *takes: Parameter,
    returns: str = "array like x",
    synonyms: tuple[str, ...],
    may_lack: tuple[str, ...] = ("vectors",),
) -> Formula:
    return Formula(
        name,
        "norm",
        takes,
        returns,
        synonyms=synonyms,
        may_lack=("any shape", "any epsilon", "zeros", "float32", *may_lack),
        natural=1.0,  # a mean that is taken away, of what is about as large as its spread
        lengths=_LENGTHS,
    )


_GRADIENTS = "(dx, dgamma, dbeta like gamma)"

NORMS = (
    _norm(
        "batch_norm",
        *(_X, _GAMMA, _BETA, _EPSILON),
        synonyms=("batchnorm", "BatchNorm", "BatchNorm1d", "batch_normalization"),
        may_lack=("one sample",),
    ),
    _norm(
        "batch_norm_grad",
        *(_DY, _X, _GAMMA, _EPSILON),
        returns=_GRADIENTS,
        synonyms=("batch_norm_backward", "batchnorm_backward", "batchnorm_grad"),
        may_lack=("one sample",),
    ),
    _norm(
        "layer_norm",
        _X,
        _GAMMA,
        _BETA,
        _EPSILON,
        synonyms=("layernorm", "LayerNorm", "layer_normalization"),
        may_lack=_ROWS,
    ),
    _norm(
        "layer_norm_grad",
        *(_DY, _X, _GAMMA, _EPSILON),
        returns=_GRADIENTS,
        synonyms=("layer_norm_backward", "layernorm_backward", "layernorm_grad"),
    ),
    _norm("rms_norm", _X, _GAMMA, _EPSILON, synonyms=("rmsnorm", "RMSNorm"), may_lack=_ROWS),
    _norm(
        "rms_norm_grad",
        *(_DY, _X, _GAMMA, _EPSILON),
        returns="(dx, dgamma)",
        synonyms=("rms_norm_backward", "rmsnorm_backward", "rmsnorm_grad"),
    ),
    _norm(
        "batch_norm_running",
        Parameter("mean", "data", shape="d", other_names=("running_mean", "moving_mean")),
        Parameter(
            "var",
            "data",
            (0.0, math.inf),
            shape="d",
            other_names=("running_var", "moving_var", "moving_variance"),
        ),
        _X,
        Parameter("momentum", "share", (0.0, 1.0), 0.1, (0.01, 0.37)),
        returns="(mean, var)",
        may_lack=(),
        synonyms=("batch_norm_update", "update_running_stats", "running_stats"),
    ),
)
