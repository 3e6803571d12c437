"""GELU, the Gaussian error linear unit: z times the share of a normal distribution below z."""

from __future__ import annotations

from gradmark.conformance.catalogue.activations.curves import Curve, rounded, weighed
from gradmark.conformance.catalogue.activations.sigmoid import sigma
from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.truth import REAL, Exact, Number, allowing, erfc, exp, sech2, tanh

GELU = Curve("gelu", "gelu_derivative", weighed)
PAPER = "Hendrycks and Gimpel 2016"

ROOT_HALF = rounded(lambda: REAL.sqrt(0.5))
ROOT_TWO_OVER_PI = rounded(lambda: REAL.sqrt(REAL.div(2, REAL.const_pi())))
PEAK = rounded(lambda: REAL.rec_sqrt(REAL.mul(2, REAL.const_pi())))  # of the normal density
CUBE = 0.044715


def below(z: Number) -> Exact:
    """Φ(z), with the error that is allowed to who adds 1 and erf as it is printed."""
    return allowing(erfc(-z * ROOT_HALF) / 2, 1.0)


def density(z: Number) -> Exact:
    """φ(z), of the normal distribution."""
    return PEAK * exp(-z * z / 2)


def _inner(z: Number, cube: float = CUBE, root: Exact = ROOT_TWO_OVER_PI) -> Exact:
    return root * (z + cube * z * z * z)


def _by_tanh(z: Number, cube: float = CUBE, root: Exact = ROOT_TWO_OVER_PI) -> Exact:
    # ½ (1 + tanh u) = σ(2u), which is whole in the tail; who adds 1 and tanh is right, too.
    return z * allowing(sigma(2 * _inner(z, cube, root)), 1.0)


def _slope_by_tanh(z: Number) -> Exact:
    u = _inner(z)
    inner = ROOT_TWO_OVER_PI * (1 + 3 * CUBE * z * z)
    return allowing(sigma(2 * u), 1.0) + z * sech2(u) * inner / 2


def _by_sigmoid(z: Number, steepness: float = 1.702) -> Exact:
    return z * sigma(steepness * z)


def _slope_by_sigmoid(z: Number) -> Exact:
    at = 1.702 * z
    return sigma(at) + at * sigma(at) * sigma(-at)


GELU.canonical(
    PAPER,
    "z Φ(z) = z · ½ (1 + erf(z / √2)).",
    lambda z: z * below(z),
    "Φ(z) + z φ(z).",
    lambda z: below(z) + z * density(z),
)
GELU.form(
    "dialect",
    "tanh_approximation",
    "½ z (1 + tanh(√(2/π) (z + 0.044715 z³))).",
    f"{PAPER}; JAX, nn.gelu's default (jax-ml/jax#4428); PyTorch, GELU(approximate='tanh')",
    _by_tanh,
    _slope_by_tanh,
)
for _root in (0.79788, 0.797884, 0.797885, 0.7978845, 0.7978846, 0.79788456, 0.7978845608):
    spelled(
        GELU.name,
        f"√(2/π) is {_root}",
        weighed(lambda z, root=_root: _by_tanh(z, root=root)),
        of="tanh-approximation",
    )
GELU.form(
    "dialect",
    "sigmoid_approximation",
    "z σ(1.702 z).",
    f"{PAPER}; MLX, gelu_fast_approx; OpenAI, CLIP's QuickGELU",
    _by_sigmoid,
    _slope_by_sigmoid,
)
GELU.form(
    "mistake",
    "sigmoid_of_the_other_constant",
    "z σ(√(2/π) z): the constant of the other approximation.",
    "harvard-edge/cs249r_book#1154: 1.702 taken for √(2/π)",
    lambda z: z * sigma(ROOT_TWO_OVER_PI * z),
)
GELU.form(
    "mistake",
    "root_two_forgotten",
    "½ z (1 + erf(z)): z is not divided by √2.",
    "erf taken for the normal distribution",
    lambda z: z * erfc(-z) / 2,
)
GELU.form(
    "mistake",
    "half_forgotten",
    "z (1 + erf(z / √2)): the ½ is missing.",
    "0.5 lost with the brackets",
    lambda z: 2 * z * below(z),
)
GELU.form(
    "mistake",
    "cube_forgotten",
    "½ z (1 + tanh(√(2/π) z)): the term of z³ is missing.",
    "apache/tvm#16188: the tanh form put together wrongly",
    lambda z: _by_tanh(z, 0.0),
)
GELU.form(
    "mistake",
    "constant_misplaced",
    "½ z (1 + tanh(√(2/π) (z + 0.44715 z³))): a zero is lost.",
    "a slip in 0.044715",
    lambda z: _by_tanh(z, 0.44715),
)
GELU.form(
    "mistake",
    "root_times_the_first_term_alone",
    "½ z (1 + tanh(√(2/π) z + 0.044715 z³)): the root does not multiply the cube.",
    "brackets lost around z + 0.044715 z³",
    lambda z: z * sigma(2 * (ROOT_TWO_OVER_PI * z + CUBE * z * z * z)),
)
GELU.form(
    "mistake",
    "square_for_cube",
    "½ z (1 + tanh(√(2/π) (z + 0.044715 z²))): the square where the cube belongs.",
    "x * x for x * x * x",
    lambda z: z * sigma(2 * ROOT_TWO_OVER_PI * (z + CUBE * z * z)),
)
GELU.form(
    "mistake",
    "sigmoid_weighted",
    "z σ(z), which is SiLU.",
    "tenstorrent/tt-metal#1262: a cheaper function under this name",
    lambda z: z * sigma(z),
)
GELU.form(
    "mistake",
    "share_alone",
    "Φ(z): the factor z is missing.",
    "the distribution where its product with z belongs",
    below,
)
GELU.slope_form(
    "mistake",
    "share_alone",
    "Φ(z): the product rule's second term is missing.",
    "z taken for a constant",
    below,
)
GELU.slope_form(
    "mistake",
    "density_without_its_root",
    "Φ(z) + z e^(−z²/2) / (2π): the root is missing.",
    "1 / (2π) for 1 / √(2π)",
    lambda z: below(z) + z * density(z) * PEAK,
)


def _tanh_without_inner(z: Number) -> Exact:
    u = _inner(z)
    return (1 + tanh(u)) / 2 + z * sech2(u) / 2


GELU.slope_form(
    "mistake",
    "inner_derivative_forgotten",
    "The tanh form's, without the inner derivative √(2/π) (1 + 3 · 0.044715 z²).",
    "a chain rule that ends at tanh",
    _tanh_without_inner,
)
