"""The exponential linear unit and its derivative."""

from __future__ import annotations

from gradmark.conformance.catalogue.activations.curves import (
    Curve,
    exp_by_way_of_the_output,
    less_one,
)
from gradmark.conformance.truth import exp

ELU = Curve("elu", "elu_derivative")

ELU.canonical(
    "Clevert, Unterthiner and Hochreiter 2016",
    "z where z > 0, else α (e^z − 1).",
    lambda z, alpha: z if z > 0 else alpha * less_one(z),
    "1 where z > 0, else α e^z; in particular α at 0.",
    lambda z, alpha: z * 0 + 1 if z > 0 else alpha * exp_by_way_of_the_output(z),
)
ELU.form(
    "dialect",
    "continuous_slope",
    "α (e^(z/α) − 1) below 0, which is CELU: of slope 1 at 0, whatever α is.",
    "Barron 2017; PyTorch, CELU; JAX, nn.celu",
    lambda z, alpha: z if z > 0 else alpha * less_one(z / alpha),
    lambda z, alpha: z * 0 + 1 if z > 0 else exp(z / alpha),
)
ELU.form(
    "mistake",
    "alpha_inside",
    "e^z − α below 0: α is subtracted, not multiplied with.",
    "apache/singa#480: exp(x) - alpha",
    lambda z, alpha: z if z > 0 else exp(z) - alpha,
)
ELU.form(
    "mistake",
    "alpha_in_the_exponent",
    "e^(αz) − 1 below 0: α multiplies z, and not what comes of it.",
    "np.expm1(alpha * z), the brackets misplaced",
    lambda z, alpha: z if z > 0 else less_one(alpha * z),
    lambda z, alpha: z * 0 + 1 if z > 0 else alpha * exp(alpha * z),
)
ELU.form(
    "mistake",
    "one_after_alpha",
    "α e^z − 1 below 0: α does not multiply the 1.",
    "alpha * np.exp(z) - 1, the brackets lost",
    lambda z, alpha: z if z > 0 else alpha * exp(z) - 1,
)
ELU.form(
    "mistake",
    "one_forgotten",
    "α e^z below 0: a jump at 0.",
    "alpha * np.exp(z)",
    lambda z, alpha: z if z > 0 else alpha * exp(z),
)
ELU.form(
    "mistake",
    "alpha_ignored",
    "e^z − 1 below 0, whatever α is asked for.",
    "an α that is taken and never used",
    lambda z, _: z if z > 0 else less_one(z),
    lambda z, _: z * 0 + 1 if z > 0 else exp(z),
)
ELU.form(
    "mistake",
    "alpha_on_both_sides",
    "α z where z > 0, too.",
    "pytorch/pytorch#43389: coefficients of ELU and SELU in one kernel",
    lambda z, alpha: alpha * z if z > 0 else alpha * less_one(z),
)
ELU.form(
    "mistake",
    "sign_of_the_exponent",
    "α (e^(−z) − 1) below 0.",
    "exp(-z) for exp(z)",
    lambda z, alpha: z if z > 0 else alpha * less_one(-z),
)
ELU.slope_form(
    "dialect",
    "one_at_zero",
    "1 at 0: the slope on the right.",
    "Clevert, Unterthiner and Hochreiter 2016 as printed, against its code: BVLC/caffe#3388",
    lambda z, alpha: z * 0 + 1 if z >= 0 else alpha * exp(z),
)
ELU.of_the_activation(
    lambda a, alpha: a * 0 + 1 if a > 0 else a + alpha,
    "hughperkins/DeepCL#46: x >= 0 ? 1 : x + 1, of the output",
)
ELU.slope_form(
    "mistake",
    "function_below_zero",
    "α (e^z − 1) below 0: the function where its derivative belongs, on one side.",
    "vlfeat/matconvnet#914",
    lambda z, alpha: z * 0 + 1 if z > 0 else alpha * less_one(z),
)
