"""Layer and root-mean-square normalisation, and their gradients."""

from __future__ import annotations

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.norms.moments import (
    BATCH,
    FEATURES,
    Along,
    biased,
    centred,
    mean_of,
    mistaken_gradient,
    normalising,
    outside,
    pulling_back,
    unbiased,
    without_epsilon,
)
from gradmark.conformance.catalogue.recipe import Recipe, recipe
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, sqrt

BA, ZHANG = "Ba, Kiros and Hinton 2016", "Zhang and Sennrich 2019"


def _itself(x: Exact, _axis: object) -> Exact:
    return x


_layer = normalising(FEATURES)
canonical("layer_norm", f"{BA}, equations 3 and 4; PyTorch, Keras")(
    named("over_the_features", "γ (x − μ) / √(σ² + ε) + β, μ and σ² over features.", _layer())
)
LAYER = recipe("layer_norm", _layer)
LAYER.enter(
    "dialect",
    "unbiased-deviation-epsilon-outside",
    "Divides by s + ε, where s² is divided by d − 1.",
    "The Annotated Transformer, LayerNorm: x.std() + eps",
    spread=unbiased,
    root=outside,
)
LAYER.enter(
    "mistake",
    "mean-not-taken-away",
    "Root-mean-square normalisation, and a shift.",
    "RMSNorm taken for LayerNorm",
    away=_itself,
)
LAYER.enter(
    "mistake",
    "beta-forgotten",
    "γ x̂, without β.",
    "the shift is missing",
    affine=lambda x_hat, gamma, _beta: gamma * x_hat,
)
LAYER.enter(
    "mistake",
    "scaled-after-the-shift",
    "γ (x̂ + β).",
    "parentheses",
    affine=lambda x_hat, gamma, beta: gamma * (x_hat + beta),
)
LAYER.enter(
    "mistake",
    "centred-for-the-spread-alone",
    "x / √(σ² + ε): the mean is left in.",
    "x for x − μ in the quotient",
    away=_itself,
    spread=lambda x, axis: biased(centred(x, axis), axis),
)
LAYER.enter(
    "mistake",
    "squared-for-the-root",
    "Divides by (σ² + ε)².",
    "131250208/TPlinker-joint-extraction#37: ** 2 for ** 0.5",
    root=lambda square, epsilon: (square + epsilon) * (square + epsilon),
)

_rms = normalising(FEATURES, _itself)
canonical("rms_norm", f"{ZHANG}, equation 4; Llama; PyTorch, RMSNorm")(
    named("by_the_root_of_the_mean_square", "γ x / √(mean x² + ε).", _rms())
)
RMS = recipe("rms_norm", _rms)
RMS.enter(
    "dialect",
    "one-plus-gamma",
    "(1 + γ) x / √(mean x² + ε).",
    "Gemma in Transformers: huggingface/transformers#29402, linkedin/Liger-Kernel#74",
    affine=lambda x_hat, gamma: (1 + gamma) * x_hat,
)
RMS.enter(
    "mistake",
    "multiplied-where-divided",
    "γ x √(mean x² + ε).",
    "mosaicml/llm-foundry#371: x / rsqrt(…)",
    affine=lambda x_hat, gamma: gamma * x_hat,
    root=lambda square, epsilon: 1 / sqrt(square + epsilon),
)
RMS.enter(
    "mistake",
    "spread-about-the-mean",
    "Divides by √(σ² + ε), the mean being taken away in it alone.",
    "variance for the mean square: stanford-cs336/assignment1-basics#93",
    spread=lambda x, axis: biased(centred(x, axis), axis),
)
RMS.enter(
    "mistake",
    "mean-taken-away",
    "Layer normalisation without its shift.",
    "LayerNorm taken for RMSNorm",
    away=centred,
)
RMS.enter(
    "mistake",
    "by-the-norm",
    "Divides by √(Σ x² + ε): the 1/d is missing.",
    "the Euclidean norm for the root of the mean square",
    spread=lambda x, axis: mean_of(x * x, axis) * x.shape[-1],
)


def _both(its: Recipe, away: Along) -> None:
    """Enter what layer and root-mean-square normalisation have in common."""
    without_epsilon(its)
    its.enter(
        "dialect",
        "epsilon-outside-root",
        "Divides by the root + ε.",
        "the code of Zhang and Sennrich, rmsnorm_torch.py; OLMo: allenai/OLMo#281",
        root=outside,
    )
    its.enter(
        "mistake",
        "over-the-batch",
        "Each feature is normalised over the samples.",
        "axis = 0 for the last one",
        axis=BATCH,
    )
    its.enter(
        "mistake",
        "over-everything",
        "One divisor for the whole array.",
        "the axis is missing",
        axis=None,
    )
    its.enter(
        "mistake",
        "unbiased-variance",
        "The squares are divided by d − 1.",
        "torch.var's default",
        spread=unbiased,
    )
    its.enter(
        "mistake",
        "root-missing",
        "Divides by the mean of squares + ε.",
        "the root is missing",
        root=lambda square, epsilon: square + epsilon,
    )
    its.enter(
        "mistake",
        "gamma-forgotten",
        "γ has no say.",
        "the scale is missing",
        affine=lambda x_hat, _gamma, *beta: sum(beta, x_hat),
    )
    its.enter(
        "mistake",
        "epsilon-in-the-count",
        "The sum of squares is divided by d + ε.",
        "xlite-dev/LeetCUDA#309: variance / (K + epsilon)",
        whole=_counted(away),
    )


def _counted(away: Along) -> Body:
    def body(x: Exact, gamma: Exact, *beta_and_epsilon: Exact) -> Exact:
        *beta, epsilon = beta_and_epsilon
        c = away(x, FEATURES)
        total = (c * c).sum(axis=FEATURES, keepdims=True)
        return sum(beta, gamma * (c / sqrt(total / (c.shape[-1] + epsilon))))

    return body


_layer_gradient = pulling_back(FEATURES)
canonical("layer_norm_grad", BA)(
    named(
        "through_the_features",
        "dx = (γ dy − mean γ dy − x̂ mean(γ dy x̂)) / √(σ² + ε), dγ = Σ dy x̂, dβ = Σ dy.",
        _layer_gradient(),
    )
)
_rms_gradient = pulling_back(FEATURES, _itself, beta=False)
canonical("rms_norm_grad", f"{ZHANG}, section 4.2")(
    named(
        "through_the_mean_square",
        "dx = (γ dy − x̂ mean(γ dy x̂)) / √(mean x² + ε), dγ = Σ dy x̂.",
        _rms_gradient(),
    )
)
LAYER_GRADIENT = recipe("layer_norm_grad", _layer_gradient)
RMS_GRADIENT = recipe("rms_norm_grad", _rms_gradient)
_both(LAYER, centred)
_both(RMS, _itself)
for _its in (LAYER_GRADIENT, RMS_GRADIENT):
    without_epsilon(_its)
    mistaken_gradient(_its, mean=_its is LAYER_GRADIENT)
    _its.enter(
        "mistake",
        "gamma-after-the-projection",
        "γ multiplies what has been carried back without it.",
        "γ (dy − …) / √(…), as in batch normalisation, where γ is one number for each mean",
        scale=lambda _gamma, dy: dy,
        after=True,
    )
RMS_GRADIENT.enter(
    "mistake",
    "mean-taken-away",
    "The gradient of layer normalisation.",
    "LayerNorm taken for RMSNorm",
    away=centred,
    through_mean=mean_of,
)
