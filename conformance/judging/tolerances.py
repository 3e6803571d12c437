"""How much error is allowed, in one table, and why.

Truth: an answer passes while ``|got − truth| <= factor · u · error + tiny``. `error` is the running
bound of the canonical formula at that very input (`conformance.truth`), so that condition number
and operation count are in it already; `u` is the roundoff of the dtype; `tiny` its smallest normal
number, below which hardware and libraries may flush to zero. The factor covers what the bound does
not know.

Properties: two sides of an identity are computed by the contender itself, each with an error of its
own; a row says how many roundoffs may separate them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gradmark.harness.contract.dtypes import USUAL


@dataclass(frozen=True)
class Tolerance:
    """A factor and the reason for it; `narrow` is the one for dtypes narrower than float32.

    For answers it is half of the usual one: functions of narrow dtypes are computed in float32 and
    rounded once, so that none errs by 4 ulp; what is left is for the other orders of operations.

    Of properties a thousand roundoffs would allow anything (1024 u is ½ in float16), and
    worst cases of many roundings do not happen: NumPy carries float16's means and products in
    float32, and n roundings of either sign add up like √n. Numbers that float32 holds exactly, on
    the other hand, are rounded before they are asked.
    """

    factor: float
    reason: str
    narrow: float | None = None

    def within(self, dtype: str) -> float:
        """Return the factor for a dtype."""
        narrow = dtype not in USUAL and self.narrow is not None
        return self.narrow if narrow and self.narrow is not None else self.factor


TRUTH: Mapping[str, Tolerance] = MappingProxyType(
    {
        "loss": Tolerance(
            8,
            "float32 log of SIMD libraries errs by up to 4 ulp = 8 u where the bound counts 1 u",
            narrow=4,
        ),
        "gradient": Tolerance(
            8,
            "exp and log as in the losses, and quotients that may be associated in several ways",
            narrow=4,
        ),
        "activation": Tolerance(
            8,
            "float32 exp of SIMD libraries errs by up to 4 ulp = 8 u where the bound counts 1 u",
            narrow=4,
        ),
        "norm": Tolerance(8, "a root and a quotient, or a reciprocal root and a product", narrow=4),
        "in hand": Tolerance(
            8, "a scale may be formed first and multiplied, or each divided", narrow=4
        ),
        "network": Tolerance(
            8,
            "exp and log as above; sums in any order and fused products stay under the bound",
            narrow=4,
        ),
        "optimizer": Tolerance(
            8,
            "each hyperparameter is rounded to the dtype where it meets an array (1 u per product),"
            " and rate·m̂/(√v̂+ε) may be associated in several ways",
            narrow=4,
        ),
        "schedule": Tolerance(
            8, "powers by repeated products, cos² for 1 + cos, and a float32 π are all in use"
        ),
        "test function": Tolerance(
            8,
            "x² as a power or a product, and 400x or −2·200x, differ by a few u per term",
            narrow=4,
        ),
    }
)

# What still counts as the right formula computed badly (`inaccurate`), beside the error that
# float32 arithmetic inside a float64 answer explains:
CANCELLATION = Tolerance(
    64,
    "an absolute error of some roundoffs (the dtype's, or float32's where the answer is a float32"
    " number) at the size of the row's `natural`: what is left when 1 − p is formed first or a tail"
    " is cut off; of bfloat16 64 are a quarter of it, and one or two are what that costs",
    narrow=8,
)

# What is drawn is compared with quantiles, and not with a truth of its own:
DRAWN = Tolerance(
    16, "1 − p, its reciprocal, two products, and a quotient here, in any order: a roundoff each"
)

# A form is refuted where its error exceeds what is allowed this many times; the search for the
# nearest form stops there.
REFUTED = 1e4
REFUTED_NARROW = 8.0  # of float16 no error is ten thousand times its bound: 1/u is 2048


def refuted(dtype: str) -> float:
    """Return how many times what is allowed refutes a form in a dtype, and no further search."""
    return REFUTED if dtype in USUAL else REFUTED_NARROW


PROPERTY: Mapping[str, Tolerance] = MappingProxyType(
    {
        "exact": Tolerance(0, "both sides round the same operations, or none", narrow=4),
        "rounding": Tolerance(
            64, "two evaluations of a dozen operations, each within TRUTH of its own truth"
        ),
        "sum": Tolerance(
            256, "two sums of up to 64 terms in different orders, n − 1 roundings each", narrow=64
        ),
        "difference": Tolerance(
            64,
            "a central difference of step h = u^⅓, where the scale is |f|/h: each f as in"
            " `rounding`, and truncation h²|f‴|/6 is of the same order since h² = u/h",
        ),
        "line": Tolerance(
            32,
            "a conforming function may err by 8 times its bound, which counts a few roundoffs: so"
            " much for each value on a line, and for each entry of the gradient",
        ),
        "trajectory": Tolerance(
            1024, "two runs of up to 32 steps with about 16 roundings a step each", narrow=128
        ),
    }
)
