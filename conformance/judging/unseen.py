"""Mistakes that no question of a narrow dtype tells from a permitted form: they pass there.

They differ by less than roundings of float16 and bfloat16 explain. In float32 all are told apart,
so that code is to be judged in it, too. ``python -m gradmark.conformance.judging.unseen`` finds
them anew; a test holds the list for some formulas.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.catalogue.forms import LOST, SQUARES
from gradmark.conformance.judging.separation import distances
from gradmark.harness.contract import DETERMINED
from gradmark.harness.contract.dtypes import DTYPES, USUAL

# "… inside bfloat16" is the mistake beside state in that dtype alone: beside state in float32 it
# is seen.
UNSEEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "float16": {
        "binary_cross_entropy": ("epsilon-inside-logs",),
        "categorical_cross_entropy": ("epsilon-inside-log",),
        "binary_cross_entropy_grad": (
            "clipped-at-1e-12",
            "epsilon-1e-12-added",
            "clipped-at-1e-15",
            "epsilon-1e-15-added",
        ),
        "gelu": ("root-times-the-first-term-alone",),
        "hard_sigmoid": ("slope-0.1668",),
        "SGD": ("weights-in-half-precision",),
        "Adam": (
            "amsgrad-greatest-not-stored inside float32",
            "counter-stuck-at-256 inside float16",
            "amsgrad-ignored inside float16",
            "amsgrad-greatest-not-stored inside float16",
        ),
        "AMSGrad": ("greatest-written-over-the-moment inside float16",),
        "NAdam": ("next-product-with-an-extra-momentum inside float16",),
    },
    "bfloat16": {
        "gelu": ("cube-forgotten", "root-times-the-first-term-alone"),
        "gelu_derivative": ("inner-derivative-forgotten",),
        "hard_sigmoid": ("slope-0.1668",),
        "selu": ("scaled-above-zero-only",),
        "selu_derivative": ("scaled-above-zero-only",),
        "compute_loss": ("leaky-hidden-layer",),
        "mlp_loss": ("mean-of-the-means-of-two-parts", "argmax-of-soft-labels"),
        "RMSprop": ("centered-ignored inside bfloat16",),
        "Adam": (
            "amsgrad-ignored inside float32",
            "amsgrad-greatest-not-stored inside float32",
            "counter-stuck-at-256 inside bfloat16",
            "one-beta inside bfloat16",
            "decay-of-signs inside bfloat16",
            "amsgrad-ignored inside bfloat16",
            "amsgrad-greatest-not-stored inside bfloat16",
        ),
        "AMSGrad": (
            "greatest-forgotten inside bfloat16",
            "greatest-not-stored inside bfloat16",
            "greatest-written-over-the-moment inside bfloat16",
        ),
        "NAdam": (
            "one-beta inside bfloat16",
            "next-product-with-an-extra-momentum inside bfloat16",
            "look-ahead-by-two inside bfloat16",
        ),
        "LAMB": (
            "counter-stuck-at-one inside bfloat16",
            "betas-exchanged inside bfloat16",
            "betas-ignored inside bfloat16",
        ),
    },
}


def unseen(formula: str, dtype: str) -> tuple[str, ...]:
    """Find the mistakes of a formula that pass for a permitted form in a dtype."""
    right = [one for one in variants(formula, dtype) if one.kind(dtype) != "mistake"]
    wrong = [one for one in variants(formula, dtype) if is_wrong(one, dtype)]

    def passes(one: Variant) -> bool:
        # State in the dtype has a wide bound, which is no excuse for who has it in float32.
        permitted = [its for its in right if one.inside == dtype or its.inside != dtype]
        return min(distances(one, permitted, dtype, enough=1)) <= 1

    return tuple(one.key for one in wrong if passes(one))


def is_wrong(form: Variant, dtype: str) -> bool:
    """Whether a form is a mistake; what rounding loses is seen where it is lost alone."""
    return form.kind(dtype) == "mistake" and not form.name.endswith((LOST, SQUARES))


if __name__ == "__main__":
    for _dtype in (dtype for dtype in DTYPES if dtype not in USUAL):
        for _formula in sys.argv[1:] or DETERMINED:
            if _found := unseen(_formula, _dtype):
                sys.stdout.write(f"{_dtype} {_formula}: {', '.join(_found)}\n")
