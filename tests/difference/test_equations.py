"""Equations are read off bodies: what is shown is what is judged by."""

import re

import numpy as np
import pytest

from gradmark.conformance.catalogue import Variant, form, variants
from gradmark.conformance.equations import equation, marked
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
        state = dict.fromkeys(found.lines, np.zeros(2)) | {"w": np.ones(2)}
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


def test_what_decides_by_its_numbers_has_no_equation() -> None:
    assert equation(form("SGD", "weights-in-half-precision")) is None
    assert equation(form("relu_derivative")) is None


def test_equal_texts_have_nothing_to_mark() -> None:
    assert marked("a + b", "a + b") == ("a + b", "a + b")
