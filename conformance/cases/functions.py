"""Cases of the losses, activations and test functions; `left_out` says what is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.harness.contract import CONTRACT, Formula

OF_THE_ARTICLE = ("sigmoid", "sigmoid_derivative", "relu", "relu_derivative")


def _cases(formula: str, **inputs: tuple[Any, ...]) -> list[Case]:
    return [
        Case(formula, name.replace("_", "-"), tuple(np.asarray(a, dtype=float) for a in arguments))
        for name, arguments in inputs.items()
    ]


def _mse(draw: np.random.Generator) -> list[Case]:
    return _cases(
        "mse_loss",
        one=([3.0], [1.0]),
        article=([3.0, 5.0, 7.0, 9.0], [2.0, 4.0, 8.0, 11.0]),
        equal=([1.5, -2.0], [1.5, -2.0]),
        matrix=(draw.normal(size=(3, 2)), draw.normal(size=(3, 2))),
        close=([1.0, 1.0, 1.0], [1.0 + 2**-20, 1.0 - 2**-18, 1.0]),
        wide=([1e-12, 1e6, -1e3, 0.0], [-1e-12, 1e-6, 1e3, 1e-3]),
        many=(draw.normal(size=64), draw.normal(size=64)),
    )


def _binary(draw: np.random.Generator) -> list[Case]:
    return _cases(
        "binary_cross_entropy",
        one_positive=([1.0], [0.9]),
        one_negative=([0.0], [0.25]),
        # What guards log(0), and how, shows only next to 0 and 1.
        sure_and_wrong_at_0=([1.0], [0.0]),
        sure_and_wrong_at_1=([0.0], [1.0]),
        sure_and_right_at_1=([1.0], [1.0]),
        sure_and_right_at_0=([0.0], [0.0]),
        article=([1, 0, 1, 1, 0], [0.4, 0.7, 0.3, 0.5, 0.6]),
        soft_and_sure=([0.25], [1.0]),
        column=([[1.0], [0.0]], [[0.75], [0.125]]),
        soft_labels=(draw.uniform(size=16), draw.uniform(0.05, 0.95, size=16)),
        matrix=([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[0.75, 0.5], [0.25, 0.5], [0.875, 0.625]]),
        below_epsilon=([1.0, 1.0, 1.0], [1e-16, 1e-20, 1e-30]),
        above_epsilon=([1.0, 1.0, 1.0, 1.0], [2e-15, 1e-14, 1e-10, 1e-8]),
        # log(1 − p) is p to first order: forming 1 − p first loses it.
        rare_negatives=([0.0, 0.0], [1e-10, 1e-9]),
        mixed=([1.0, 0.0, 1.0, 0.5], [1e-9, 1e-4, 0.999, 0.5]),
        next_to_1=([1.0, 0.0], [1 - 2**-24, 1 - 2**-24]),
        cube=([[[1.0, 0.0]], [[0.25, 1.0]]], [[[0.5, 0.125]], [[0.75, 0.0625]]]),
    )


def _categorical(draw: np.random.Generator) -> list[Case]:
    soft = draw.dirichlet(np.ones(4), size=5)
    p = draw.dirichlet(np.ones(4), size=5)
    return _cases(
        "categorical_cross_entropy",
        one_row=([[0.0, 1.0]], [[0.25, 0.75]]),
        article_as_a_row=([[0, 0, 1]], [[0.4, 0.4, 0.2]]),
        three_rows=(np.eye(3), [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.2, 0.2, 0.6]]),
        soft_labels=(soft, p),
        unnormalised=([[0.0, 1.0], [1.0, 0.0]], [[0.5, 0.75], [0.25, 0.25]]),
        sure_and_right=([[0.0, 1.0]], [[0.0, 1.0]]),
        sure_and_wrong=([[1.0, 0.0]], [[0.0, 1.0]]),
        below_epsilon=([[1.0, 0.0]], [[1e-20, 1.0]]),
        # A vector is one sample; len(y_true) is its number of classes.
        article_as_a_vector=([0, 0, 1], [0.4, 0.4, 0.2]),
        above_epsilon=([[0.5, 0.5], [1.0, 0.0]], [[2e-15, 1.0], [1e-8, 1.0]]),
        # Whether a row is clipped before it is divided by its sum, or after.
        below_epsilon_unnormalised=([[1.0, 0.0]], [[1e-20, 0.5]]),
    )


def _activations(draw: np.random.Generator) -> list[Case]:
    ordinary = draw.normal(scale=3, size=(4, 3))
    tails = np.array([-1000, -745, -600, -100, -90, -40, -20, 20, 40, 90, 600, 1000])
    kink = np.array([-1.0, -1e-30, -0.0, 0.0, 1e-30, 1.0])
    activation = np.array([0.0, 1e-12, 0.25, 0.5, 0.75, 1.0 - 2**-20, 1.0])
    # Below the smallest normal number of float64, and of float32.
    subnormal = np.array([-1e-310, 1e-310, -1e-40, 1e-40])
    empty = (np.empty((0, 3)),)
    cube = (np.arange(-6.0, 6.0).reshape(2, 3, 2) / 4,)
    return [
        *_cases(
            "sigmoid",
            zero=(0.0,),
            empty=empty,
            near_zero=([-1e-8, 1e-8, 1e-3],),
            ordinary=(ordinary,),
            tails=(tails,),
            between=([-300.0, -30.0, -7.0, -2.75, 2.75, 7.0, 30.0],),
            subnormal=(subnormal,),
            cube=cube,
        ),
        *_cases(
            "sigmoid_derivative",
            half=(0.5,),
            empty=empty,
            whole_range=(activation,),
            drawn=(draw.uniform(size=(3, 4)),),
            cube=(np.arange(12).reshape(2, 3, 2) / 11,),
        ),
        *_cases(
            "relu",
            one=(2.5,),
            empty=empty,
            kink=(kink,),
            ordinary=(ordinary,),
            tails=(tails,),
            subnormal=(subnormal,),
            cube=cube,
        ),
        *_cases(
            "relu_derivative",
            one=(2.5,),
            empty=empty,
            ordinary=(ordinary,),
            tails=(tails,),
            kink=(kink,),
            cube=cube,
        ),
    ]


# What each activation beyond the article's is asked, whatever it is: both sides of every kink that
# one of them has, where digits cancel, and where exponentials overflow and underflow.
CURVES = {
    "zero": 0.0,
    "kinks": [-3.0, -2.5, -1.0, -0.0, 1.0, 2.5, 3.0],
    "beside-kinks": [-3 - 2**-16, -3 + 2**-16, -1e-30, 1e-30, 3 - 2**-16, 3 + 2**-16],
    "empty": np.empty((0, 3)),
    "near-zero": [-1e-8, 1e-8, 1e-3],
    "ordinary": np.array([[-4.5, -2.75, -1.25], [-0.625, -0.25, 0.375], [0.875, 1.5, 4.25]]),
    "tails": [-1000, -745, -600, -100, -90, -40, -20, 18, 22, 40, 90, 600, 1000],
    "between": [-30.0, -14.0, -9.0, -7.0, 7.0, 9.0, 14.0, 30.0],
    "subnormal": [-1e-310, 1e-310, -1e-40, 1e-40],
    "cube": np.arange(-6.0, 6.0).reshape(2, 3, 2) / 4,
}
SLOPES = ("_derivative", "_slope")  # some jump at 0, where a subnormal number may be flushed to
FURTHER = ("ordinary", "kinks")  # what is asked with other constants, too


def _curves() -> list[Case]:
    rows = [row for row in CONTRACT.values() if row.kind == "activation" and row.elementwise]
    return [case for row in rows if row.name not in OF_THE_ARTICLE for case in _of_a_curve(row)]


def _of_a_curve(row: Formula) -> Iterator[Case]:
    usual = row.numbers()
    for name, z in CURVES.items():
        if name != "subnormal" or not row.name.endswith(SLOPES):
            yield Case(row.name, name, (np.asarray(z, float), *usual))
    for place in range(1, max((len(p.values) for p in row.takes), default=0)):
        numbers = row.numbers(place)
        for name in FURTHER:
            spelled = "-".join(f"{number:g}" for number in numbers)
            yield Case(row.name, f"{name}-{spelled}", (np.asarray(CURVES[name], float), *numbers))


def _rosenbrock(draw: np.random.Generator) -> list[Case]:
    points = {"minimum": [1.0, 1.0], "start": [-1.5, 2.0], "origin": [0.0, 0.0]}
    points |= {f"drawn-{i}": list(draw.normal(scale=2, size=2)) for i in range(6)}
    return [
        Case(formula, name, (np.array(point),))
        for formula in ("rosenbrock", "rosenbrock_grad")
        for name, point in points.items()
    ]


def _not_finite() -> list[Case]:
    """Ask whether NaN goes through, and for the limits of σ and ReLU."""
    nan, infinite = np.array([np.nan, 0.5]), np.array([-np.inf, np.inf])
    return [
        *_cases("sigmoid", nan=(nan,), infinite=(infinite,)),
        *_cases("sigmoid_derivative", nan=(nan,)),
        *_cases("relu", nan=(nan,), infinite=([np.inf],)),
        *_cases("relu_derivative", infinite=(infinite,)),
    ]


def make(seed: int) -> dict[str, list[Case]]:
    """Make the cases of every plain function."""
    draw = np.random.default_rng(seed)
    every = [
        *_mse(draw),
        *_binary(draw),
        *_categorical(draw),
        *_activations(draw),
        *_curves(),
        *_rosenbrock(draw),
        *_not_finite(),
    ]
    table: dict[str, list[Case]] = {}
    for case in every:
        table.setdefault(case.formula, []).append(case)
    return table
