"""SiLU, which is Swish at β = 1, and its derivative."""

from __future__ import annotations

from gradmark.conformance.catalogue.activations.curves import Curve, entrywise, weighed
from gradmark.conformance.catalogue.activations.hard import ramp
from gradmark.conformance.catalogue.activations.sigmoid import sigma
from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.truth import tanh

SILU = Curve("silu", "silu_derivative", weighed)

SILU.canonical(
    "Elfwing, Uchibe and Doya 2018; Hendrycks and Gimpel 2016",
    "z σ(z).",
    lambda z: z * sigma(z),
    "σ(z) (1 + z (1 − σ(z))).",
    lambda z: sigma(z) * (1 + z * sigma(-z)),
)
spelled(
    "silu",
    "σ is formed as (1 + tanh(z/2)) / 2",
    entrywise(lambda z: z * (1 + tanh(z / 2)) / 2),
)
SILU.form(
    "mistake",
    "hard",
    "z max(0, min(1, z/6 + ½)), which is hard swish.",
    "Howard et al. 2019, h-swish in SiLU's place",
    lambda z: z * ramp(z),
    lambda z: ramp(z) + (z / 6 if -3 < z <= 3 else z * 0),
)
SILU.form(
    "mistake",
    "exponent_mirrored",
    "z σ(−z): the sign of the exponent is lost.",
    "z / (1 + np.exp(z))",
    lambda z: z * sigma(-z),
)
SILU.form(
    "mistake",
    "sum_for_product",
    "z + σ(z).",
    "a plus where the product belongs",
    lambda z: z + sigma(z),
)
SILU.form(
    "mistake",
    "sigmoid_alone",
    "σ(z): the factor z is missing.",
    "the gate without what it lets through",
    sigma,
    lambda z: sigma(z) * sigma(-z),
)
SILU.form(
    "mistake",
    "of_twice_z",
    "z σ(2z).",
    "Swish's β at 2",
    lambda z: z * sigma(2 * z),
)
SILU.form(
    "mistake",
    "of_gelu",
    "z σ(1.702 z), which approximates GELU.",
    "CLIP's QuickGELU under this name",
    lambda z: z * sigma(1.702 * z),
)
SILU.slope_form(
    "mistake",
    "product_rule_forgotten",
    "z σ(z) (1 − σ(z)): one term of two.",
    "z taken for a constant",
    lambda z: z * sigma(z) * sigma(-z),
)
SILU.slope_form(
    "mistake",
    "output_for_input",
    "a + σ(a) (1 − a) with a = z σ(z) in both places.",
    "pytorch/pytorch#110815: which of y and x the sigmoid is of",
    lambda z: z * sigma(z) + sigma(z * sigma(z)) * (1 - z * sigma(z)),
)
