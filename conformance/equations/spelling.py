"""How terms are written: products as fractions, powers high, roots with their sign."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from gradmark.conformance.equations.term import Term

SUPERSCRIPTS = str.maketrans("0123456789+−-t.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ᵗ·")
CASES, SUM, PRODUCT, POWER, ATOM = range(5)  # how tightly something holds together
FUNCTIONS = {"maximum": "max", "minimum": "min", "softplus": "softplus", "abs": "abs"}
COMPARISONS = ("<", "≤", ">", "≥", "≠")
CONDITIONS = (*COMPARISONS, "and", "or")
GREEK = "ηγβελαδρμ"


class Speller:
    """Writes terms; `number` says how a number is written."""

    def __init__(self, number: Callable[[str], str] = str) -> None:
        self._number = number

    def line(self, its: Term) -> str:
        """Write a term."""
        return self._made(its)[0]

    def _of(self, its: Term, least: int = SUM) -> str:
        text, holds = self._made(its)
        return text if holds >= least else f"({text})"

    def _made(self, its: Term) -> tuple[str, int]:
        if not its.of:
            text = self._number(its.head)
            return text, SUM if re.match(r"−|.*[+−]", text[1:] or "") else ATOM
        if its.head == "+":
            return self._sum(its), SUM
        if its.head == "if":
            return self._cases(*its.of), CASES
        if its.head in CONDITIONS:
            return f" {its.head} ".join(self._compared(one) for one in its.of), CASES
        if its.head == "neg":
            return f"−{self._of(its.of[0], PRODUCT)}", SUM
        if its.head in ("*", "/"):
            return self._fraction(its), PRODUCT
        if its.head == "@":
            return " ".join(self._of(one, POWER) for one in its.of), PRODUCT
        if its.head == "**":
            return self._power(*its.of), POWER
        if its.head == "T":
            return f"{self._of(its.of[0], ATOM)}ᵀ", ATOM
        if its.head == "sqrt":
            return f"√{self._of(its.of[0], ATOM)}", POWER
        if its.head == "floor":
            return f"⌊{self._of(its.of[0])}⌋", ATOM
        if its.head == "abs":
            return f"|{self._of(its.of[0])}|", ATOM
        if its.head.startswith("Σ"):
            return f"{its.head} {self._of(its.of[0], PRODUCT)}", PRODUCT
        called = FUNCTIONS.get(its.head, its.head)
        return f"{called}({', '.join(self._of(one) for one in its.of)})", ATOM

    def _compared(self, its: Term) -> str:
        return self._of(its, CASES if its.head in COMPARISONS else SUM)

    def _cases(self, condition: Term, yes: Term, no: Term) -> str:
        rest = self._of(no, CASES if no.head == "if" else SUM)
        told = f"{self._of(yes)} if {self._of(condition, CASES)}"
        return f"{told}, {rest if no.head == 'if' else f'else {rest}'}"

    def _power(self, base: Term, exponent: Term) -> str:
        below, above = self._of(base, ATOM), self._of(exponent)
        high = above.replace(" ", "").translate(SUPERSCRIPTS)
        plain = re.fullmatch(r"[0-9+−t]+", above.replace(" ", ""))
        return f"{below}{high}" if plain else f"{below}^({above})"

    def _sum(self, its: Term) -> str:
        first, second = its.of
        left = self._of(first, SUM)
        if second.head == "neg":
            return f"{left} − {self._of(second.of[0], PRODUCT)}"
        return f"{left} + {self._of(second, SUM)}"

    def _fraction(self, its: Term) -> str:
        over: list[str] = []
        under: list[str] = []
        self._factors(its, over, under)
        top = self._joined(over) or "1"
        if not under:
            return top
        below = self._joined(under)
        return f"{top} / {below if len(under) == 1 else f'({below})'}"

    def _factors(self, its: Term, over: list[str], under: list[str]) -> None:
        """Take a product apart: what is multiplied, and what is divided by."""
        if its.head in ("*", "/"):
            first, second = its.of
            self._factors(first, over, under)
            self._factors(second, *((over, under) if its.head == "*" else (under, over)))
        else:
            over.append(self._of(its, PRODUCT if its.head.startswith("Σ") else POWER))

    def _joined(self, factors: list[str]) -> str:
        times = Counter(one for one in factors if one != "1")
        powers = [f"{one}{str(n).translate(SUPERSCRIPTS)}" if n > 1 else one
                  for one, n in times.items()]  # fmt: skip
        return " ".join(sorted(powers, key=_rank))


def _rank(factor: str) -> int:
    """Order factors as textbooks do: numbers, hyperparameters, brackets of these, the rest."""
    plain = factor.lstrip("(√")
    if plain[:1].isdigit():
        return 1 if factor.startswith("(") else 0
    if plain[:1] in GREEK:
        return 0
    return 3 if factor.startswith("Σ") else 2
