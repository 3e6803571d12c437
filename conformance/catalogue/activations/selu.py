"""The scaled exponential linear unit and its derivative."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from itertools import product

from gradmark.conformance.catalogue.activations.curves import (
    Curve,
    Entry,
    entrywise,
    exp_by_way_of_the_output,
    less_one,
    rounded,
)
from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.truth import Number, exp, real

SELU = Curve("selu", "selu_derivative")
# λ and α of mean 0 and variance 1, as the paper's code gives them; a computer rounds each.
SCALE = rounded(lambda: real("1.0507009873554804934193349852946"))
ONE = rounded(lambda: 1)
ALPHA = rounded(lambda: real("1.6732632423543772848170429916717"))


def _selu(scale: Number, alpha: Number) -> tuple[Entry, Entry]:
    return (
        lambda z: scale * z if z > 0 else scale * (alpha * less_one(z)),
        lambda z: z * 0 + scale * 1 if z > 0 else scale * alpha * exp_by_way_of_the_output(z),
    )


_value, _slope = _selu(SCALE, ALPHA)
SELU.canonical(
    "Klambauer, Unterthiner, Mayr and Hochreiter 2017",
    "λ z where z > 0, else λ α (e^z − 1), λ = 1.0507…, α = 1.6732….",
    _value,
    "λ where z > 0, else λ α e^z; in particular λ α at 0.",
    _slope,
)
for _digits, _rounding in product(range(6, 13), ("ROUND_HALF_EVEN", "ROUND_DOWN")):
    _typed = (
        Decimal(float(constant.value)).quantize(Decimal(10) ** -_digits, _rounding)
        for constant in (SCALE, ALPHA)
    )
    spelled(
        "selu",
        f"λ and α are typed with {_digits} digits",
        entrywise(_selu(*(rounded(partial(float, typed)) for typed in _typed))[0]),
    )
for _name, _scale, _alpha, _says, _source in (
    (
        "constants_of_five_digits",
        1.0507,
        1.67326,
        "λ = 1.0507 and α = 1.67326.",
        "MLX, nn.selu: elu(x, 1.67326) * 1.0507",
    ),
    (
        "constants_as_printed",
        1.0507,
        1.6733,
        "λ = 1.0507 and α = 1.6733, as the paper's text rounds them.",
        "Klambauer, Unterthiner, Mayr and Hochreiter 2017, below equation 3",
    ),
    (
        "constants_of_float32",
        1.05070102214813232421875,
        1.67326319217681884765625,
        "λ and α as ONNX's schema gives them, which float32 has rounded.",
        "ONNX, Selu: gamma = 1.0507010221481323, alpha = 1.6732631921768188",
    ),
):
    SELU.form(
        "dialect",
        _name,
        _says,
        _source,
        *_selu(rounded(partial(float, _scale)), rounded(partial(float, _alpha))),
    )
for _name, _one, _other, _says, _source in (
    ("scale_forgotten", ONE, ALPHA, "λ = 1: an ELU of α = 1.6732….", "elu(z, 1.6733) alone"),
    ("alpha_forgotten", SCALE, ONE, "α = 1: a scaled ELU.", "scale * elu(z) with ELU's own α"),
    (
        "constants_exchanged",
        ALPHA,
        SCALE,
        "λ and α in each other's place.",
        "a pair unpacked in the other order",
    ),
):
    SELU.form("mistake", _name, _says, _source, *_selu(_one, _other))
SELU.form(
    "mistake",
    "scaled_below_zero_only",
    "z where z > 0: λ is on one side.",
    "np.where(z > 0, z, scale * alpha * (np.exp(z) - 1))",
    lambda z: z if z > 0 else SCALE * (ALPHA * less_one(z)),
)
SELU.form(
    "mistake",
    "scaled_above_zero_only",
    "α (e^z − 1) below 0: λ is on one side.",
    "np.where(z > 0, scale * z, alpha * (np.exp(z) - 1))",
    lambda z: SCALE * z if z > 0 else ALPHA * less_one(z),
    lambda z: z * 0 + SCALE * 1 if z > 0 else ALPHA * exp_by_way_of_the_output(z),
)
SELU.form(
    "mistake",
    "one_after_alpha",
    "λ (α e^z − 1) below 0: α does not multiply the 1.",
    "scale * (alpha * np.exp(z) - 1), the brackets lost",
    lambda z: SCALE * z if z > 0 else SCALE * (ALPHA * exp(z) - 1),
)
SELU.slope_form(
    "dialect",
    "one_side_at_zero",
    "λ at 0: the slope on the right.",
    "np.where(z >= 0, scale, scale * alpha * np.exp(z))",
    lambda z: z * 0 + SCALE if z >= 0 else SCALE * ALPHA * exp(z),
)
SELU.of_the_activation(
    lambda a: a * 0 + SCALE if a > 0 else a + SCALE * ALPHA,
    "PyTorch, elu_backward(is_result=True), which keeps the output",
)
