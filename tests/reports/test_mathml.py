"""Equations in a line become equations as books print them; what is none stays text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from gradmark.reports.onepage.mathml import mathml

ADAM = "w ← w − η m / ((1 − β₁ᵗ⁺¹) (√(v / (1 − β₂ᵗ)) + ε))"


def shape(equation: str) -> str:
    """Spell the tree of an equation: tags and texts."""
    tree = ET.fromstring(str(mathml(equation)))

    def spelled(node: ET.Element) -> str:
        inner = " ".join(map(spelled, node))
        return f"{node.tag}({inner})" if inner else str(node.text)

    return re.sub(r"mrow\((\S+)\)", r"\1", " ".join(map(spelled, tree)))


@pytest.mark.parametrize(
    ("equation", "found"),
    [
        ("w − η g", "w − η \u2062 g"),
        ("Σ |y − p| / n", "mfrac(mrow(Σ \u2062 mrow(| y − p |)) n)"),
        ("√(s + ε)", "msqrt(s + ε)"),
        ("1 / √s", "mfrac(1 msqrt(s))"),
        ("(1 − β) g²", "mrow(( 1 − β )) \u2062 msup(g 2)"),
        ("max(v_hat, v)", "mrow(max ( mover(v ^) , v ))"),
        ("(1 − t / T)^(power)", "msup(mrow(( 1 − mfrac(t T) )) power)"),
        ("βₜ₋₁", "msub(β mrow(t − 1))"),
        (
            "z if z > 0, 0 if z < −1, else −z",
            "mrow({ mtable(mtr(mtd(z) mtd(if\u00a0 z > 0)) mtr(mtd(0) mtd(if\u00a0 z < − 1))"
            " mtr(mtd(− z) mtd(else))))",
        ),
        ("Σ over the last axis x / n", "mfrac(mrow(munder(Σ the last axis) \u2062 x) n)"),
        ("⌊t / D⌋", "mrow(⌊ mfrac(t D) ⌋)"),
    ],
)
def test_it_is_read_as_it_is_meant(equation: str, found: str) -> None:
    assert shape(equation) == found


def test_each_line_is_one_equation_and_no_bracket_is_left_around_a_fraction() -> None:
    told = str(mathml(f"t ← t + 1\n{ADAM}"))
    assert told.count("<math") == 2
    assert told.count("<mfrac>") == 2
    assert "<code>" not in told


@pytest.mark.parametrize(
    "text", ["w ← ", "(w", "a ) b", "<script>alert(1)</script>", "w # 2", "^²"]
)
def test_what_is_no_equation_stays_text(text: str) -> None:
    told = str(mathml(text))
    assert told.startswith("<p><code>")
    assert "<script>" not in told
