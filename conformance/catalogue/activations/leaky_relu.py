"""The leaky rectifier and its derivative."""

from __future__ import annotations

from gradmark.conformance.catalogue.activations.curves import Curve, entrywise
from gradmark.conformance.catalogue.activations.relu import LEAK
from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.truth import maximum

LEAKY = Curve("leaky_relu", "leaky_relu_derivative")

LEAKY.canonical(
    "Maas, Hannun and Ng 2013",
    "z where z > 0, else α z.",
    lambda z, alpha: z if z > 0 else alpha * z,
    "1 where z > 0, else α; in particular α at 0.",
    lambda z, alpha: z * 0 + (1 if z > 0 else alpha * 1),
)
spelled(
    "leaky_relu",
    "½ (1 + α) z and ½ (1 − α) |z| are added, which cancel where z is below 0",
    entrywise(lambda z, alpha: (1 + alpha) * z / 2 + (1 - alpha) * abs(z) / 2),
)
LEAKY.form(
    "dialect",
    "greater_of_both",
    "max(α z, z): for α above 1 the larger slope is on the other side.",
    "TensorFlow before tensorflow/tensorflow#24566; Keras on NumPy; MLX, leaky_relu",
    lambda z, alpha: maximum(alpha * z, z),
    lambda z, alpha: z * 0 + (1 if (z > 0) == (alpha <= 1) else alpha * 1),
)
LEAKY.form(
    "dialect",
    "divided_by_alpha",
    "z / α where z is below 0.",
    "Xu, Wang, Chen and Li 2015: leaky ReLU with a in (1, ∞)",
    lambda z, alpha: z if z > 0 else z / alpha,
    lambda z, alpha: z * 0 + (1 if z > 0 else 1 / alpha),
)
LEAKY.form(
    "mistake",
    "wrong_side",
    "α z where z > 0, and 0 below.",
    "BrainJS/brain.js#560",
    lambda z, alpha: alpha * z if z > 0 else z * 0,
)
LEAKY.form(
    "mistake",
    "rectified_first",
    "max(0, z): what leaks was cut off before.",
    "tflearn/tflearn#784",
    lambda z, alpha: z if z > 0 else z * 0 * alpha,
    lambda z, alpha: z * 0 + (1 if z > 0 else 0 * alpha),
)
LEAKY.form(
    "mistake",
    "mirrored_leak",
    "−α z where z is below 0: never negative.",
    "abs(z) in the leak",
    lambda z, alpha: z if z > 0 else -alpha * z,
)
LEAKY.form(
    "mistake",
    "both_added",
    "z + α z where z > 0: the leak is added on both sides.",
    "np.maximum(z, 0) + alpha * z",
    lambda z, alpha: z + alpha * z if z > 0 else alpha * z,
)
LEAKY.form(
    "mistake",
    "constant_leak",
    "−α where z is below 0: the factor z is missing.",
    "np.where(z > 0, z, -alpha)",
    lambda z, alpha: z if z > 0 else z * 0 - alpha * 1,
)
LEAKY.form(
    "mistake",
    "alpha_fixed_at_0.01",
    "Leaks 0.01 z, whatever α is asked for.",
    "deeplearning4j/deeplearning4j#8178: the slope does not know α",
    lambda z, _: z if z > 0 else LEAK * z,
    lambda z, _: z * 0 + (1 if z > 0 else LEAK),
)
LEAKY.slope_form(
    "dialect",
    "one_at_zero",
    "1 at 0: the slope on the right.",
    "uptake/numpynet#35; JAX, nn.leaky_relu: where(x >= 0, ...)",
    lambda z, alpha: z * 0 + (1 if z >= 0 else alpha * 1),
)
LEAKY.slope_form(
    "mistake",
    "sides_exchanged",
    "α where z > 0, else 1.",
    "z < 0 for z > 0",
    lambda z, alpha: z * 0 + (alpha * 1 if z > 0 else 1),
)
