"""A symbol that a form can compute with: it keeps what was done instead of doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite, isnan, log, pi, sqrt
from typing import Any, ClassVar
from zlib import crc32

import numpy as np

from gradmark.conformance.truth import Number
from gradmark.conformance.truth.symbol import Symbol

Operand = Any  # a Term, a Number or a plain number


class Term(Symbol):
    """A symbol, a number, or an operation on terms.

    A comparison is a `Condition`: which way it goes is for those to say who run the form.

    Parameters
    ----------
    head : str
        The operation ("+", "*", "/", "**", "@", "sqrt", "Σ", …), the name of a symbol, or a number.
    of : tuple of Term
        What it is done to; nothing for symbols and numbers.

    Examples
    --------
    >>> x = Term("x")
    >>> y = (x - 1) ** 2 / 2
    >>> y.head, y.of[1].head
    ('/', '2')
    """

    __slots__ = ("head", "key", "of")
    __array_priority__ = 1000.0  # NumPy's arrays leave operations with it to it

    def __init__(self, head: str, *of: Term) -> None:
        self.head: str = head
        self.of: tuple[Term, ...] = of
        # The same for the same text, in every process: Python's hash of a text is not.
        self.key: int = hash((crc32(head.encode()), *(its.key for its in of)))

    def __repr__(self) -> str:
        return f"{self.head}({', '.join(map(repr, self.of))})" if self.of else self.head

    def __add__(self, other: Operand) -> Term:
        return sum_of(self, term(other))

    def __radd__(self, other: Operand) -> Term:
        return sum_of(term(other), self)

    def __sub__(self, other: Operand) -> Term:
        return sum_of(self, negated(term(other)))

    def __rsub__(self, other: Operand) -> Term:
        return sum_of(term(other), negated(self))

    def __mul__(self, other: Operand) -> Term:
        return product(self, term(other))

    def __rmul__(self, other: Operand) -> Term:
        return product(term(other), self)

    def __truediv__(self, other: Operand) -> Term:
        return quotient(self, term(other))

    def __rtruediv__(self, other: Operand) -> Term:
        return quotient(term(other), self)

    def __floordiv__(self, other: Operand) -> Term:
        return Term("floor", quotient(self, term(other)))

    def __mod__(self, other: Operand) -> Term:
        return Term("mod", self, term(other))

    def __matmul__(self, other: Operand) -> Term:
        return Term("@", self, term(other))

    def __rmatmul__(self, other: Operand) -> Term:
        return Term("@", term(other), self)

    def __pow__(self, exponent: Operand) -> Term:
        its = term(exponent)
        return self if "1" in (its.head, self.head) else Term("**", self, its)

    def __rpow__(self, base: Operand) -> Term:
        return Term("**", term(base), self)

    def __neg__(self) -> Term:
        return negated(self)

    def __abs__(self) -> Term:
        return Term("abs", self)

    def __lt__(self, other: Operand) -> Any:
        return Condition("<", self, term(other))

    def __le__(self, other: Operand) -> Any:
        return Condition("≤", self, term(other))

    def __gt__(self, other: Operand) -> Any:
        return Condition(">", self, term(other))

    def __ge__(self, other: Operand) -> Any:
        return Condition("≥", self, term(other))

    def __bool__(self) -> bool:
        raise TypeError("a symbol is neither true nor false")

    def decided(self, function: Callable[..., Any], *values: Any) -> Term:
        """Apply a function of single numbers, whichever way it decides."""
        from gradmark.conformance.equations.ways import decided

        return decided(function, *map(term, values))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **_: Any) -> Term:
        if method != "__call__":
            raise TypeError(f"{ufunc.__name__}.{method} of a symbol")
        return self.applied(ufunc.__name__.removesuffix(" (vectorized)"), *inputs)

    def applied(self, name: str, *values: Any) -> Term:
        """Apply a function that goes by a name."""
        its = OPERATORS.get(name)
        given = [term(one) for one in values]
        return its(*given) if its else Term(name, *given)

    def item(self) -> Term:
        """Be a scalar, where an array of none is asked for its item."""
        return self

    def sum(self, axis: Any = None, keepdims: bool = False, **_: Any) -> Term:
        """Be summed: over everything, or over one axis."""
        del keepdims
        return Term("Σ" if axis is None else f"Σ over {_axis(axis)}", self)

    def max(self, axis: Any = None, **_: Any) -> Term:
        """Give the greatest entry."""
        return Term("max" if axis is None else f"max over {_axis(axis)}", self)

    def reshape(self, *_: Any) -> Term:
        """Lie otherwise: what is computed stays the same."""
        return self

    def __getitem__(self, at: Any) -> Term:
        """Give the only row of a table that has one alone, as sums over its rows have."""
        if at == 0 and _is_row(self):
            return self
        raise TypeError("a symbol has no parts")

    __iter__ = None  # nor is it a list of them

    @property
    def T(self) -> Term:  # noqa: N802 - NumPy's own name
        """The transpose."""
        return Term("T", self)

    @property
    def size(self) -> Term:
        """How many entries there are."""
        return Count("n")

    @property
    def ndim(self) -> int:
        """How many axes there are: those of a matrix, of which there are formulas of their own."""
        return 2

    @property
    def shape(self) -> tuple[Term, ...]:
        """Its lengths: rows, and whatever a row holds."""
        return (Count("rows"), Count("columns"))


class Table(Term):
    """A symbol of a table, of which its rows are counted by a number that nothing else is."""

    __slots__ = ()
    ROWS: ClassVar[int] = 99991

    def __len__(self) -> int:
        return self.ROWS


class Condition(Term):
    """A comparison; true or false as the way that is gone says."""

    __slots__ = ()
    ways: ClassVar[list[Any]] = []  # the innermost last

    def __bool__(self) -> bool:
        if not self.ways:
            raise TypeError("nobody says which way this goes")
        return bool(self.ways[-1].answer(self))


class Count(Term):
    """How many there are: some."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True

    def __lt__(self, other: float) -> bool:
        return False

    def __gt__(self, other: float) -> bool:
        return True


def term(value: Operand) -> Term:
    """Read a number of a formula.

    Raises
    ------
    TypeError
        It is an array, which has no symbol.
    """
    if isinstance(value, Term):
        return value
    if isinstance(value, Number):
        value = float(value)
    if isinstance(value, np.generic | np.ndarray):
        if value.ndim:
            raise TypeError("an array among symbols")
        value = value.item()
        if isinstance(value, Term | Number):
            return term(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} among symbols")
    return Term(spell(value))


CONSTANTS = {
    pi: "π",
    2 * pi: "2π",
    sqrt(0.5): "√½",
    sqrt(2 / pi): "√(2/π)",
    sqrt(0.5 / pi): "√(½/π)",
    log(2): "ln 2",
    1.6732632423543772: "1.67326…",  # SELU's two
    1.0507009873554805: "1.05070…",
    1 / 3: "⅓",
    1 / 6: "⅙",
    2 / 3: "⅔",
}


def spell(value: float) -> str:
    """Spell a number as people do.

    >>> spell(2.0), spell(1e-15), spell(0.004)
    ('2', '1e-15', '0.004')
    """
    if not isfinite(value):
        return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"
    for its, sign in CONSTANTS.items():
        if abs(abs(value) - its) <= 1e-15 * its:
            return sign if value > 0 else f"−{sign}"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value)).replace("-", "−")
    text = f"{value:.6g}".replace("e-0", "e-")
    return f"−{text[1:]}" if value < 0 else text


def _is_row(its: Term) -> bool:
    """Whether it is a sum over rows, or made of such sums and of numbers alone."""
    if its.head.endswith("over axis 0"):
        return True
    rows = [one for one in its.of if not isinstance(one, Count)]
    return its.head in BUILT and any(map(_is_row, rows))


def _axis(number: int) -> str:
    return "the last axis" if number == -1 else f"axis {number}"


def sum_of(a: Term, b: Term) -> Term:
    """a + b, without zeros; 1 − (1 − b) is b."""
    if b.head == "neg" and b.of[0].head == "+" and not a.of and b.of[0].of[0].head == a.head:
        return negated(b.of[0].of[1])
    return b if a.head == "0" else a if b.head == "0" else Term("+", a, b)


def negated(a: Term) -> Term:
    """−a."""
    return a.of[0] if a.head == "neg" else a if a.head == "0" else Term("neg", a)


def product(a: Term, b: Term) -> Term:
    """A product, without ones; what zero is multiplied with is zero: forms start their sums so."""
    if "0" in (a.head, b.head):
        return Term("0")
    if "neg" in (a.head, b.head):
        return _turned(product, a, b)
    return b if a.head == "1" else a if b.head == "1" else Term("*", a, b)


def quotient(a: Term, b: Term) -> Term:
    """A quotient, without ones."""
    if "neg" in (a.head, b.head):
        return _turned(quotient, a, b)
    return a if b.head == "1" or a.head == "0" else Term("/", a, b)


def _turned(joined: Callable[[Term, Term], Term], a: Term, b: Term) -> Term:
    """Take the signs out of a product or a quotient."""
    plain = joined(*(one.of[0] if one.head == "neg" else one for one in (a, b)))
    return plain if a.head == b.head else negated(plain)


OPERATORS: dict[str, Callable[..., Term]] = {
    "add": sum_of,
    "subtract": lambda a, b: sum_of(a, negated(b)),
    "multiply": product,
    "divide": quotient,
    "negative": negated,
    "power": lambda a, b: a**b,
    "matmul": lambda a, b: a @ b,
    "absolute": abs,
    "square": lambda a: a**2,
    "sech2": lambda a: 1 - Term("tanh", a) ** 2,
    "expm1": lambda a: Term("exp", a) - 1,
    "log1p": lambda a: Term("log", 1 + a),
}
BUILT: dict[str, Callable[..., Term]] = {
    "+": sum_of,
    "neg": negated,
    "*": product,
    "/": quotient,
    "**": lambda a, b: a**b,
}


def again(its: Term, of: Sequence[Term]) -> Term:
    """Do the same operation to other terms."""
    if all(one is other for one, other in zip(its.of, of, strict=True)):
        return its
    return BUILT[its.head](*of) if its.head in BUILT else type(its)(its.head, *of)
