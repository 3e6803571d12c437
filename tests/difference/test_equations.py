"""Equations are read off bodies: what is shown is what is judged by."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradmark.conformance.catalogue import Variant, form, takes_dtype, variants
from gradmark.conformance.equations import equation, marked
from gradmark.conformance.equations.term import CONSTANTS, Term
from gradmark.conformance.equations.values import COMPUTED, same
from gradmark.conformance.equations.written import read, symbol
from gradmark.harness.contract import CONTRACT


def lines(formula: str, name: str | None = None) -> dict[str, str]:
    found = equation(form(formula, name))
    assert found is not None
    return dict(found.lines)


def test_the_equation_of_adam_is_that_of_its_paper() -> None:
    assert lines("Adam") == {
        "m": "β₁ m + (1 − β₁) g",
        "v": "β₂ v + (1 − β₂) g²",
        "w": "w − η m / ((1 − β₁ᵗ) (√(v / (1 − β₂ᵗ)) + ε))",
    }


@pytest.mark.parametrize(
    ("formula", "name", "variable", "has"),
    [
        ("Adam", "counter-starts-at-two", "w", "1 − β₂ᵗ⁺¹"),
        ("NAdam", "counter-starts-at-two", "w", "1 − β₁ᵗ⁺²"),
        ("Adam", "counter-capped-at-1000", "w", "1 − β₂¹⁰⁰⁰"),
        ("Adam", "previous-gradient", "m", "gₜ₋₁"),
        ("SGDMomentum", "step-lags-behind", "w", "w − vₜ₋₁"),
        ("SGDMomentum", "learning-rate-kept", "v", "η₁ g"),
        ("SGDMomentum", "velocity-reversed", "v", "−γ v"),
        ("Adam", "epsilon-hat + counter-starts-at-two", "w", "√(1 − β₂ᵗ⁺¹)"),
        ("RMSprop", "epsilon-always-1e-5", "w", "1e-5"),
        ("mse_loss", "sum-of-squares", "", "Σ (y − p)²"),
    ],
)
def test_what_a_form_changes_stands_in_its_equation(
    formula: str, name: str, variable: str, has: str
) -> None:
    assert has in lines(formula, name)[variable]


def as_python(line: str) -> str:
    """Write a line of an optimizer's equation as code: every sign but a product's is there."""
    names = {"β₁": "b1", "β₂": "b2", "β": "b", "η": "lr", "ε": "eps", "γ": "mom", "λ": "wd"}
    code = re.sub(r"\bg\s*\^", "g**", line)
    for sign, name in names.items():
        code = code.replace(sign, f" {name} ")
    code = code.replace("−", "-").replace("√", " sqrt ").replace("v_max", " vmax ")
    code = re.sub(r"([ᵗ⁰-⁹²³⁺⁻¹]+)", lambda m: "**(" + m[1].translate(LOW) + ")", code)
    code = re.sub(r"(\d)t\b", r"\1*t", code)
    parts = re.findall(r"\*\*|[A-Za-z_]\w*|\d[\d.]*(?:e-?\d+)?|[-+*/(),]", code)
    made = ""
    for before, part in zip(["", *parts], parts, strict=False):
        value = before[-1:].isalnum() or before == ")"
        if value and (part[0].isalnum() or part == "(") and before not in ("sqrt", "max", "min"):
            made += " * "
        made += part
    return re.sub(r"sqrt\s*(\w+)", r"sqrt(\1)", made)


LOW = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗ", "0123456789+-t")


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RMSprop", "SGD", "SGDMomentum"])
@pytest.mark.thorough
def test_an_equation_computed_as_it_is_written_is_its_form(name: str) -> None:
    """The printed line, evaluated as a person would type it, takes the step that the body takes."""
    row = CONTRACT[name]
    hyper = row.settings(1)
    gradients, rates = np.random.default_rng(3).normal(size=(4, 2)), [0.1] * 4
    signs = {"beta1": "b1", "beta2": "b2", "beta": "b", "epsilon": "eps", "momentum": "mom",
             "weight_decay": "wd"}  # fmt: skip
    known = [v for v in variants(name) if v.kind("float64") != "mistake"]
    told = [(v, found) for v in known if (found := equation(v)) is not None]
    assert len(told) > len(known) / 2
    checked = 0
    for variant, found in told:
        if re.search(r"η₁|ₜ|\||accumulated|_|max|first|\b[a-z]{3,}", str(found)):
            continue  # what a line of Python has no sign for
        begun = {"s": gradients[0] ** 2} if "starts-at-the-first-square" in variant.name else {}
        state = dict.fromkeys(found.lines, np.zeros(2)) | {"w": np.ones(2)} | begun
        fixed = {signs[k]: v for k, v in hyper.items()} | {"lr": 0.1, "sqrt": np.sqrt}
        for t, g in enumerate(gradients, 1):
            for variable, line in found.lines.items():
                state[variable] = eval(as_python(line), {**fixed, **state, "g": g, "t": t})
        *_, last = body(variant, gradients, rates, hyper)
        if not np.allclose(state["w"], last, rtol=1e-9, equal_nan=True):
            assert re.search(NOT_ALL, variant.name), (variant.name, str(found))
            continue
        checked += 1
    assert checked


# What an equation of one far step does not show of the first ones; their sentences do.
NOT_ALL = "after-the-first-step|starts-at-one"


def body(variant: Variant, gradients: np.ndarray, rates: list[float], hyper: dict[str, float]):  # type: ignore[no-untyped-def]  # whatever it yields
    with np.errstate(all="ignore"):
        yield from variant.body(np.ones(2), list(gradients), rates, **hyper)


@pytest.mark.parametrize(
    ("formula", "name", "told"),
    [
        ("relu_derivative", None, "1 if z > 0, else 0"),
        ("elu", None, "z if z > 0, else α (exp(z) − 1)"),
        ("huber_loss", None, "Σ (|y − p|² / 2 if |y − p| ≤ δ, else δ (|y − p| − δ / 2)) / n"),
        ("sigmoid", None, "1 / (1 + exp(−z))"),  # two ways to compute it, and one function
        ("hard_swish_derivative", None, "0 if z ≤ −3, z / 3 + 0.5 if z ≤ 3, else 1"),
        ("step_decay", None, "η₀ drop^(⌊t / D⌋)"),
        ("softmax", None, "exp(z) / Σ over the last axis exp(z)"),
    ],
)
def test_what_decides_by_its_numbers_is_written_way_by_way(
    formula: str, name: str | None, told: str
) -> None:
    assert lines(formula, name) == {"": told}


def test_an_optimizer_that_decides_does_so_in_the_step_that_is_written() -> None:
    assert lines("Lion")["w"] == "w − η (sign(β₁ mₜ₋₁ + (1 − β₁) g) + λ w)"
    assert "if √(Σ w²) > 0 and √(Σ g²) > 0, else 1)" in lines("LARS")["v"]
    assert lines("RAdam")["w"].endswith("if a > 4, else m / (1 − β₁ᵗ))")


ENTRIES = ("activation", "activation derivative")


@pytest.mark.parametrize(
    "formula",
    [f for f in CONTRACT if CONTRACT[f].kind in ENTRIES and "softmax" not in f],  # that is of rows
)
def test_what_is_written_of_a_function_computes_what_its_form_computes(formula: str) -> None:
    """The equation as a tree, evaluated at numbers, against the body on the same numbers."""
    row, checked = CONTRACT[formula], 0
    numbers = [-7.3, -2.2, -0.4, 0.3, 1.9, 6.8]
    for variant in variants(formula):
        if equation(variant) is None:
            continue
        written = next(iter(read(variant).values()))
        given = {symbol(p.name): p.usual for p in row.takes[1:]}
        for number in numbers:
            known = {row.parameters[0]: number, **given}
            with np.errstate(all="ignore"):
                told = value(written, known)
                body = variant.body(np.float64(number), *given.values(), **dtype_of(variant))
            if told is None:
                break
            assert np.isclose(told, float(body), rtol=1e-4, equal_nan=True), (variant.name, number)
            checked += 1
    assert checked


def dtype_of(variant: Variant) -> dict[str, str]:
    return {"dtype": variant.stored or "float64"} if takes_dtype(variant.body) else {}


def value(its: Term, known: dict[str, float | None]) -> float | None:
    """Compute a term as a person would; None where it needs what numbers have not."""
    if not its.of:
        if its.head in known:
            return known[its.head]
        named = {sign: number for number, sign in CONSTANTS.items()}
        return named.get(its.head) or float(its.head.replace("−", "-").replace("∞", "inf"))
    of = [value(one, known) for one in its.of]
    how = MEANS.get(its.head)
    return None if how is None or None in of else float(how(*of))


MEANS: dict[str, Callable[..., Any]] = COMPUTED | {
    "erfc": math.erfc,
    "erf": math.erf,
    "and": np.logical_and,
    "or": np.logical_or,
}


def test_lists_of_arrays_and_sums_over_rows_are_written_too() -> None:
    assert lines("clip_by_global_norm")["g₂"].startswith("g₂ (min(1, max_norm / √(Σ g₁² + Σ g₂²))")
    assert lines("mlp_gradients")["dW₂"] == "max(0, X W₁ + b₁)ᵀ a"
    summed = lines("mlp_gradients", "of-the-sum")["a"]
    assert lines("mlp_gradients")["a"] == f"({summed}) / rows"
    assert lines("layer_norm_grad")["dbeta"] == "Σ over axis 0 dy"
    running = lines("batch_norm_running")["mean"]
    assert running == "(1 − γ) mean + γ Σ over axis 0 x / rows"


def test_what_differs_in_two_of_a_hundred_values_differs() -> None:
    for name in map("x{}".format, range(20)):
        x = Term(name)
        assert not same(Term("if", Term("<", x, Term("−2")), x, Term("0")), Term("0"))


def test_a_term_has_the_same_key_in_every_process() -> None:
    assert Term("x").key == 4246504288959852079


def test_what_symbols_cannot_do_has_no_equation() -> None:
    assert equation(form("SGD", "weights-in-half-precision")) is None


def test_equal_texts_have_nothing_to_mark() -> None:
    assert marked("a + b", "a + b") == ("a + b", "a + b")


def test_what_compares_the_numbers_of_a_list_has_no_equation() -> None:
    assert equation(form("multi_step_decay")) is None
    found = str(equation(form("accumulate_gradients")))
    assert found == "g₁ n₁ / (n₁ + n₂) + g₂ n₂ / (n₁ + n₂)"
