"""Equations as MathML, which browsers draw by themselves: read from how they are written in a line.

An equation is written as textbooks write in a line: ``w ← w − η m / (√v + ε)``. Factors stand
beside each other, powers and indices are Unicode's, ``^( )`` is any other power.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup, escape

HIGH = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗ·", "0123456789+−t.", strict=True))
LOW = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₜ", "0123456789+−t", strict=True))
TOKEN = re.compile(  # powers and indices before names: some of them are letters, too
    rf"\s*(?:(?P<number>\d+(?:\.\d+)?(?:e[+−-]?\d+)?…?|∞)"
    rf"|(?P<high>[{''.join(HIGH)}]+)|(?P<low>[{''.join(LOW)}]+)"
    rf"|(?P<name>(?!Σ)[^\W\d_][A-Za-z0-9_]*)|(?P<sign>[-+−/^()|,√Σ←⌊⌋<>≤≥≠]))"
)
Token = tuple[str, str]
RELATIONS = ("<", ">", "≤", "≥", "≠")
TIMES = Markup("<mo>&#8290;</mo>")  # which is not seen
WORDS = ("if", "else", "and", "or")


class UnreadableError(Exception):
    """It is written in another way."""


def mathml(equation: str) -> Markup:
    """Write an equation of one or more lines; as code, where it cannot be read.

    Examples
    --------
    >>> print(mathml("v ← 1 / β₁²"))
    <math display="block"><mi>v</mi><mo>←</mo><mfrac><mn>1</mn><mrow><msup><msub><mi>β</mi><mrow><mn>1</mn></mrow></msub><mrow><mn>2</mn></mrow></msup></mrow></mfrac></math>
    """  # noqa: E501 - one line is what it writes
    return Markup("\n").join(_line(line) for line in equation.splitlines())


def _line(line: str) -> Markup:
    try:
        return Markup('<math display="block">{}</math>').format(_Reader(line).line())
    except (UnreadableError, RecursionError):
        return Markup("<p><code>{}</code></p>").format(line)


def _tag(name: str, *inner: str | Markup) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(Markup(name), Markup("").join(map(escape, inner)))


class _Reader:
    """One line, token by token."""

    def __init__(self, line: str) -> None:
        self.tokens: list[Token] = []
        at = 0
        while line[at:].strip():
            match = TOKEN.match(line, at)
            if match is None:
                raise UnreadableError
            self.tokens.append((str(match.lastgroup), str(match[str(match.lastgroup)])))
            at = match.end()
        self.at = 0
        self.bars = 0  # of absolute values that are open

    def line(self) -> Markup:
        """Read all of it."""
        told = Markup("")
        if ("sign", "←") in self.tokens:
            told = self._factor() + _tag("mo", "←")
            self._take("←")
        told += self._cases()
        if self._next():
            raise UnreadableError
        return told

    def _next(self, ahead: int = 0) -> Token | None:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def _is(self, *signs: str) -> bool:
        return self._next() in [("sign", sign) for sign in signs]

    def _take(self, sign: str) -> None:
        if not self._is(sign):
            raise UnreadableError
        self.at += 1

    def _is_word(self, *words: str) -> bool:
        return self._next() in [("name", word) for word in words]

    def _cases(self) -> Markup:
        """Read `a if x > 0, b if x < 0, else c`: a brace, and a row for each."""
        one = self._sum()
        if not self._is_word("if"):
            return one
        rows = Markup("")
        while self._is_word("if"):
            self.at += 1
            when = _tag("mtext", "if\u00a0") + self._condition()
            rows += _tag("mtr", _tag("mtd", one), _tag("mtd", when))
            self._take(",")
            last = self._is_word("else")
            self.at += last
            one = self._sum()
            if last:
                break
        rows += _tag("mtr", _tag("mtd", one), _tag("mtd", _tag("mtext", "else")))
        return _tag("mrow", _tag("mo", "{"), _tag("mtable", rows))

    def _condition(self) -> Markup:
        told = self._sum()
        while self._is(*RELATIONS) or self._is_word("and", "or"):
            kind, sign = self.tokens[self.at]
            self.at += 1
            joined = _tag("mtext", f"\u00a0{sign}\u00a0") if kind == "name" else _tag("mo", sign)
            told += joined + self._sum()
        return told

    def _sum(self) -> Markup:
        told = Markup("")
        if self._is("−", "-"):
            self.at += 1
            told = _tag("mo", "−")
        told += self._quotient()
        while self._is("+", "−", "-"):
            sign = self.tokens[self.at][1]
            self.at += 1
            told += _tag("mo", "−" if sign == "-" else sign) + self._quotient()
        return told

    def _quotient(self) -> Markup:
        over = self._product()
        while self._is("/"):
            self.at += 1
            over = _tag("mfrac", _row(over), _row(self._bare()))
        return over

    def _product(self) -> Markup:
        factors = [self._factor()]
        ends = ("+", "−", "-", "/", ")", ",", "←", "⌋", *RELATIONS, *(["|"] if self.bars else []))
        while self._next() and not self._is(*ends) and not self._is_word(*WORDS):
            factors.append(self._factor())
        return TIMES.join(factors)

    def _bare(self) -> Markup:
        """Read what is divided by; a fraction needs no brackets around it."""
        start = self.at
        if self._is("("):
            inner = self._within("(", ")", self._cases)
            if (self._next() or ("", ""))[0] != "high" and not self._is("^"):
                return inner
            self.at = start
        return self._factor()

    def _factor(self) -> Markup:
        base = self._atom()
        token = self._next()
        if token and token[0] == "high":
            self.at += 1
            return _tag("msup", base, _indices(token[1], HIGH))
        if self._is("^"):
            self.at += 1
            return _tag("msup", base, _row(self._within("(", ")", self._sum)))
        return base

    def _within(self, opens: str, closes: str, read: Callable[[], Markup]) -> Markup:
        self._take(opens)
        inner = read()
        self._take(closes)
        return inner

    def _atom(self) -> Markup:
        token = self._next()
        if token is None:
            raise UnreadableError
        kind, text = token
        if kind == "sign":
            return self._signed(text)
        self.at += 1
        if kind == "number":
            return _tag("mn", text)
        if kind != "name":
            raise UnreadableError
        name = _name(text)
        low = self._next()
        if low and low[0] == "low":
            self.at += 1
            name = _tag("msub", name, _indices(low[1], LOW))
        if self._is("(") and len(text) > 1:
            inner = self._within("(", ")", self._listed)
            return _tag("mrow", name, _tag("mo", "("), inner, _tag("mo", ")"))
        return name

    def _signed(self, sign: str) -> Markup:
        if sign == "(":
            inner = self._within("(", ")", self._cases)
            return _tag("mrow", _tag("mo", "("), inner, _tag("mo", ")"))
        if sign == "⌊":
            inner = self._within("⌊", "⌋", self._sum)
            return _tag("mrow", _tag("mo", "⌊"), inner, _tag("mo", "⌋"))
        if sign == "|":
            self.bars += 1
            inner = self._within("|", "|", self._sum)
            self.bars -= 1
            return _tag("mrow", _tag("mo", "|"), inner, _tag("mo", "|"))
        if sign == "√":
            self.at += 1
            return _tag("msqrt", self._bare() if self._is("(") else self._atom())
        if sign == "Σ":
            self.at += 1
            return self._over(_tag("mo", "Σ")) + TIMES + self._product()
        raise UnreadableError

    def _over(self, sign: Markup) -> Markup:
        """Write what a sum goes over below its sign."""
        if not self._is_word("over"):
            return sign
        told: list[str] = []
        while self._next() and (not told or told[-1] != "axis"):
            self.at += 1
            told.append(self.tokens[self.at][1] if self._next() else "")
        self.at += 1
        if told[0] == "axis":  # its number comes after it
            told += ["−"] * self._is("−", "-")
            self.at += self._is("−", "-")
            token = self._next()
            told.append(token[1] if token else "")
            self.at += 1
        return _tag("munder", sign, _tag("mtext", " ".join(told)))

    def _listed(self) -> Markup:
        told = self._sum()
        while self._is(","):
            self.at += 1
            told += _tag("mo", ",") + self._sum()
        return told


def _row(inner: Markup) -> Markup:
    return inner if re.fullmatch(r"<(m[nio])>[^<]*</\1>", inner) else _tag("mrow", inner)


def _indices(text: str, plain: dict[str, str]) -> Markup:
    parts = re.findall(r"\d+|.", "".join(plain[c] for c in text))
    kinds = ("mn" if p[0].isdigit() else "mi" if p == "t" else "mo" for p in parts)
    return _tag("mrow", *map(_tag, kinds, parts))


def _name(text: str) -> Markup:
    """Write a name: ``v_hat`` has a hat, ``d_model`` an index."""
    first, _, rest = text.partition("_")
    if rest == "hat" and len(first) == 1:
        return _tag("mover", _tag("mi", first), _tag("mo", "^"))
    if rest and len(first) == 1:
        return _tag("msub", _tag("mi", first), _tag("mi", rest))
    return _tag("mi", text)
