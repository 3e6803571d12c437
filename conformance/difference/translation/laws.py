"""What a number that was solved for is, in terms of the others: ε √(1 − β₂), η (1 − γ), λ / η."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    ("√{}", math.sqrt),
    ("{}²", lambda x: x * x),
)

Atoms = Mapping[str, float]


def law(
    name: str, formula: str, values: Sequence[float], given: Sequence[Atoms],
    more: Sequence[Atoms] = (),
) -> str | None:  # fmt: skip
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
    >>> law("lr", "SGDMomentum", [0.01, 0.015], [{"lr": 0.1, "momentum": 0.9},
    ...                                          {"lr": 0.05, "momentum": 0.7}])
    'η (1 − γ)'
    """
    atoms = [_atoms(formula, its) | dict(more[i] if more else {}) for i, its in enumerate(given)]
    for spelled, factors in _products(list(atoms[0])):
        for text, base in BASES:
            if all(
                _is(value, base, its[name], its_atoms, factors)
                for value, its, its_atoms in zip(values, given, atoms, strict=True)
            ):
                own = text.format(symbol(name))
                wrapped = f"({own})" if spelled and " " in own else own
                return f"{wrapped}{spelled}"
    shares = [value / its[name] for value, its in zip(values, given, strict=True)]
    if len(shares) > 1 and all(math.isclose(s, shares[0], rel_tol=CLOSE) for s in shares):
        return f"{shares[0]:.6g} {symbol(name)}"
    return None


def _is(
    value: float,
    base: Callable[[float], float],
    own: float,
    atoms: Atoms,
    factors: Sequence[tuple[str, float]],
) -> bool:
    try:
        made = base(own) * math.prod(atoms[name] ** power for name, power in factors)
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        return False
    return not isinstance(made, complex) and math.isclose(made, value, rel_tol=CLOSE)


def _atoms(formula: str, given: Atoms) -> dict[str, float]:
    """List what may be a factor: a rate, a decay, what a share leaves of one."""
    row, found = CONTRACT[formula], dict[str, float]()
    for name, value in given.items():
        if name not in row.parameters:
            continue
        sign = symbol(name)
        if row.parameter(name).domain[1] <= 1:
            found[f"(1 − {sign})"] = 1 - value
        found[sign] = value
        if row.parameter(name).role == "factor" and abs(value) < 1:
            found[f"e^{sign}"] = math.exp(value)
    return found


def _products(names: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, float]]]]:
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
