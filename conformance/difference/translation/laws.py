"""What a number that was solved for is, in terms of the others: ε √(1 − β₂), η (1 − γ), λ / η."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product

from gradmark.conformance.equations.written import symbol
from gradmark.harness.contract import CONTRACT

CLOSE = 1e-6
POWERS = ((1.0, "{}"), (-1.0, "/{}"), (0.5, "√{}"), (-0.5, "/√{}"))
MOST = 2  # factors beside the number itself

BASES: Sequence[tuple[str, Callable[[float], float]]] = (
    ("{}", lambda x: x),
    ("e^(−{})", lambda x: math.exp(-x)),
    ("1 − e^(−{})", lambda x: 1 - math.exp(-x)),
    ("−ln {}", lambda x: -math.log(x)),
    ("−ln(1 − {})", lambda x: -math.log(1 - x)),
    ("1 − {}", lambda x: 1 - x),
    ("2 {}", lambda x: 2 * x),
    ("{} / 2", lambda x: x / 2),
    ("1 / {}", lambda x: 1 / x),
    ("1 / {}²", lambda x: x**-2),
    ("√{}", math.sqrt),
    ("1 / √{}", lambda x: x**-0.5),
    ("{}²", lambda x: x * x),
)

Atoms = Mapping[str, float]


@dataclass(frozen=True)
class Law:
    """What a number is made of: as it is written, and as it is computed from others' values."""

    text: str
    of: Callable[[Atoms], float]


def law(
    name: str, formula: str, values: Sequence[float], given: Sequence[Atoms],
    more: Sequence[Atoms] = (),
) -> Law | None:  # fmt: skip
    """Find what a number's values are, made of the numbers that were given; None if nothing fits.

    Parameters
    ----------
    name : str
        The number that was solved for.
    formula : str
        The formula that takes it.
    values : sequence of float
        What came out, at several settings.
    given : sequence of mapping
        The numbers of those settings.
    more : sequence of mapping
        What else may be a factor there, by how it is written: 1 − β₂ᵗ, the number of classes.

    Examples
    --------
    >>> found = law("lr", "SGDMomentum", [0.01, 0.015], [{"lr": 0.1, "momentum": 0.9},
    ...                                                  {"lr": 0.05, "momentum": 0.7}])
    >>> found.text
    'η (1 − γ)'
    >>> round(found.of({"lr": 1.0, "momentum": 0.75}), 12)
    0.25
    """
    known = [{**its, **more[i]} if more else dict(its) for i, its in enumerate(given)]
    sign = symbol(name)
    for spelled, factors in products([*_atoms(formula, known[0])]):
        for text, base in BASES:
            its = partial(_value, name, formula, base, factors)
            if _fits(its, values, known):
                own = text.format(sign)
                return Law(f"({own}){spelled}" if spelled and " " in own else own + spelled, its)
    constant = times(name, values[0] / given[0][name] if given[0][name] else math.nan)
    return constant if len(values) > 1 and _fits(constant.of, values, known) else None


def times(name: str, share: float) -> Law:
    """Return the law of a number that is multiplied."""
    return Law(f"{share:.6g} {symbol(name)}", lambda given: share * given[name])


def _fits(its: Callable[[Atoms], float], values: Sequence[float], given: Sequence[Atoms]) -> bool:
    pairs = zip(values, given, strict=True)
    return all(math.isclose(its(known), value, rel_tol=CLOSE) for value, known in pairs)


def _value(
    name: str, formula: str, base: Callable[[float], float], factors: Sequence[tuple[str, float]],
    given: Atoms,
) -> float:  # fmt: skip
    """Return what a law makes of the numbers that are given; NaN where it makes nothing."""
    atoms = _atoms(formula, given)
    try:
        made = base(given[name]) * math.prod(atoms[n] ** power for n, power in factors)
    except (KeyError, ValueError, ZeroDivisionError, OverflowError):
        return math.nan
    return math.nan if isinstance(made, complex) else float(made)


def _atoms(formula: str, given: Atoms) -> dict[str, float]:
    """List what may be a factor: a rate, a decay, what a share leaves of one, a count."""
    row, found = CONTRACT[formula], dict[str, float]()
    its = {p.name for p in (*row.takes, *row.options)}
    for name, value in given.items():
        if name not in its:
            found[name] = value
            continue
        if row.parameter(name).role in ("time", "switch"):
            continue
        sign = symbol(name)
        if row.parameter(name).domain[1] <= 1:
            found[f"(1 − {sign})"] = 1 - value
        found[sign] = value
        if row.parameter(name).role == "factor" and abs(value) < 1:
            found[f"e^{sign}"] = math.exp(value)
    return found


def products(names: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """List products of up to `MOST` factors, the plainest first."""
    for count in range(MOST + 1):
        for chosen in combinations(names, count):
            for powers in product(POWERS, repeat=count):
                over = [t for (_, t) in powers]
                spelled = "".join(
                    f" {text.format(name)}" if not text.startswith("/") else ""
                    for name, text in zip(chosen, over, strict=True)
                )
                spelled += "".join(
                    f" / {text[1:].format(name)}" if text.startswith("/") else ""
                    for name, text in zip(chosen, over, strict=True)
                )
                yield spelled, [(n, p) for n, (p, _) in zip(chosen, powers, strict=True)]
