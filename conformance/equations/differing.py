"""Two equations side by side: which terms differ."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

TOKEN = re.compile(r"\s+|[A-Za-zΑ-ω_]+[̂₀-₉ₜ₋ᵗ⁰-⁹²³⁺⁻]*|[0-9.]+(?:e-?[0-9]+)?|.")
OPEN, CLOSE = "⟦", "⟧"


def marked(one: str, other: str) -> tuple[str, str]:
    """Put brackets around the terms that one text has and the other has not.

    Examples
    --------
    >>> marked("v ← γ v + η g", "v ← γ v + g")
    ('v ← γ v + ⟦η⟧ g', 'v ← γ v + g')
    """
    a, b = TOKEN.findall(one), TOKEN.findall(other)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    of_a, of_b = "", ""
    for how, i, j, k, m in matcher.get_opcodes():
        left, right = "".join(a[i:j]), "".join(b[k:m])
        of_a += left if how == "equal" else _bracketed(left)
        of_b += right if how == "equal" else _bracketed(right)
    return of_a, of_b


def _bracketed(text: str) -> str:
    inner = text.strip()
    if not inner:
        return text
    before = len(text) - len(text.lstrip())
    after = len(text) - len(text.rstrip())
    return f"{text[:before]}{OPEN}{inner}{CLOSE}{text[len(text) - after :]}"
