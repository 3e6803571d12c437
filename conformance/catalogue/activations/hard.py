"""Hard sigmoid and hard swish, put together of straight lines, and their derivatives."""

from __future__ import annotations

from gradmark.conformance.catalogue.activations.curves import Curve
from gradmark.conformance.catalogue.activations.sigmoid import sigma
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, Number, elementwise, maximum, minimum

SIXTH = 1 / 6


def ramp(z: Number, width: float = 6.0) -> Exact:
    """max(0, min(1, z / width + ½))."""
    return minimum(maximum(z / width + 0.5, 0.0), 1.0)


def within(z: Number, at_left: float, inside: Number, at_right: float, width: float = 6.0) -> Exact:
    """Take the left one below the ramp, what is inside on it, the right one above; ends: left."""
    return z * 0 + (at_left if z <= -width / 2 else inside if z <= width / 2 else at_right)


def _rising(slope: float = SIXTH) -> Body:
    return elementwise(lambda z: minimum(maximum(slope * z + 0.5, 0.0), 1.0))


# --- hard sigmoid ---------------------------------------------------------------------------------

HARD_SIGMOID = Curve("hard_sigmoid", "hard_sigmoid_derivative")

HARD_SIGMOID.canonical(
    "Howard et al. 2019, section 5.2",
    "max(0, min(6, z + 3)) / 6.",
    ramp,
    "1/6 for −3 < z ≤ 3, else 0: at a kink the slope on its left.",
    lambda z: within(z, 0, Number(1) / 6, 0),
)
HARD_SIGMOID.form(
    "dialect",
    "slope_a_fifth",
    "max(0, min(1, z/5 + ½)).",
    "ONNX, HardSigmoid's defaults; Theano and Keras 2, hard_sigmoid; PaddlePaddle/Paddle#44820",
    lambda z: ramp(z, 5.0),
    lambda z: within(z, 0, Number(1) / 5, 0, 5.0),
)
HARD_SIGMOID.form(
    "dialect",
    "slope_a_half",
    "max(0, min(1, (z + 1) / 2)).",
    "Courbariaux et al. 2016, BinaryNet's hard sigmoid; JAX, nn.sparse_sigmoid",
    lambda z: ramp(z, 2.0),
    lambda z: within(z, 0, Number(1) / 2, 0, 2.0),
)
HARD_SIGMOID.form(
    "mistake",
    "slope_0.1668",
    "max(0, min(1, 0.1668 z + ½)).",
    "tenstorrent/tt-llk#891",
    lambda z: minimum(maximum(0.1668 * z + 0.5, 0.0), 1.0),
)
recipe("hard_sigmoid", _rising)
family(
    "hard_sigmoid",
    "slope-{}",
    "max(0, min(1, {} z + ½)).",
    "from scratch: 1/6 rounded, or a slope of one's own",
    lambda slope: {"slope": slope},
    0.01,
    5.0,
    kind="mistake",
)
HARD_SIGMOID.form(
    "mistake",
    "sixth_forgotten",
    "max(0, min(6, z + 3)): not divided by 6.",
    "relu6(z + 3) alone",
    lambda z: minimum(maximum(z + 3, 0.0), 6.0),
)
HARD_SIGMOID.form(
    "mistake",
    "three_forgotten",
    "max(0, min(1, z / 6)): z is not shifted.",
    "np.clip(z / 6, 0, 1)",
    lambda z: minimum(maximum(z / 6, 0.0), 1.0),
)
HARD_SIGMOID.form(
    "mistake",
    "not_clipped_above",
    "max(0, z + 3) / 6: it goes on rising.",
    "relu for relu6",
    lambda z: maximum(z / 6 + 0.5, 0.0),
)
HARD_SIGMOID.form(
    "mistake",
    "hard_swish",
    "z max(0, min(6, z + 3)) / 6.",
    "Bisonai/mobilenetv3-tensorflow#11: the two exchanged",
    lambda z: z * ramp(z),
    lambda z: ramp(z) + within(z, 0, z / 6, 0),
)
HARD_SIGMOID.form(
    "mistake",
    "smooth",
    "σ(z).",
    "the function that it approximates",
    sigma,
    lambda z: sigma(z) * sigma(-z),
)
HARD_SIGMOID.slope_form(
    "dialect",
    "zero_at_both_kinks",
    "1/6 for −3 < z < 3, else 0.",
    "PyTorch, hardsigmoid_backward; JAX, the gradient of nn.relu6",
    lambda z: z * 0 + (Number(1) / 6 if -3 < z < 3 else 0),
)
HARD_SIGMOID.slope_form(
    "mistake",
    "sixth_everywhere",
    "1/6 for every z: what is cut off has a slope, too.",
    "pytorch/pytorch#51408",
    lambda z: z * 0 + Number(1) / 6,
)

# --- hard swish -----------------------------------------------------------------------------------

HARD_SWISH = Curve("hard_swish", "hard_swish_derivative")

HARD_SWISH.canonical(
    "Howard et al. 2019, section 5.2",
    "z max(0, min(6, z + 3)) / 6.",
    lambda z: z * ramp(z),
    "0 for z ≤ −3, (2z + 3) / 6 up to 3, then 1: at a kink the slope on its left.",
    lambda z: within(z, 0, z / 3 + 0.5, 1),
)
HARD_SWISH.form(
    "dialect",
    "slope_a_fifth",
    "z max(0, min(1, z/5 + ½)).",
    "Tencent/ncnn#2826, HardSwish's default alpha = 0.2; onnxruntime-qnn#392",
    lambda z: z * ramp(z, 5.0),
    lambda z: within(z, 0, z * 2 / 5 + 0.5, 1, 5.0),
)
HARD_SWISH.form(
    "mistake",
    "sixth_forgotten",
    "z max(0, min(6, z + 3)): not divided by 6.",
    "x * relu6(x + 3)",
    lambda z: 6 * z * ramp(z),
    lambda z: within(z, 0, z * 2 + 3, 6),
)
HARD_SWISH.form(
    "mistake",
    "hard_sigmoid",
    "max(0, min(6, z + 3)) / 6: the factor z is missing.",
    "Bisonai/mobilenetv3-tensorflow#11: the two exchanged",
    ramp,
    lambda z: within(z, 0, Number(1) / 6, 0),
)
HARD_SWISH.form(
    "mistake",
    "not_clipped_above",
    "z max(0, z + 3) / 6: a parabola on the right.",
    "relu for relu6",
    lambda z: z * maximum(z / 6 + 0.5, 0.0),
)
HARD_SWISH.form(
    "mistake",
    "three_forgotten",
    "z max(0, min(6, z)) / 6: z is not shifted.",
    "x * relu6(x) / 6",
    lambda z: z * minimum(maximum(z / 6, 0.0), 1.0),
)
HARD_SWISH.form(
    "mistake",
    "smooth",
    "z σ(z), which is SiLU.",
    "the function that it approximates",
    lambda z: z * sigma(z),
)
HARD_SWISH.slope_form(
    "dialect",
    "one_at_the_right_kink",
    "1 at 3: the slope on the right of that kink.",
    "PyTorch, hardswish_backward; JAX, nn.hard_swish",
    lambda z: z * 0 + (0 if z <= -3 else z / 3 + 0.5 if z < 3 else 1),
)
HARD_SWISH.slope_form(
    "mistake",
    "mask_forgotten",
    "max(0, min(6, z + 3)) / 6 + z / 6 for every z.",
    "tensorflow/swift-apis#743: relu6's own derivative is not in it",
    lambda z: ramp(z) + z / 6,
)
HARD_SWISH.slope_form(
    "mistake",
    "product_rule_forgotten",
    "max(0, min(6, z + 3)) / 6: z is taken for a constant.",
    "one term of two",
    ramp,
)
