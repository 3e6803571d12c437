"""How a contender's names are called, as the host knows it: in words, and what is not asked."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gradmark.harness.contract import CAPABILITIES, CONTRACT, Formula
from gradmark.harness.resolve import Declaration

SHAPES = Path(__file__).with_name("shapes")
# Capabilities.
CHANGES, WEIGHTS, SOFT = "rate that changes", "weights given", "soft labels"
SAMPLES = "several samples"
PARTS = "one number"
FRACTIONS = "fractions of an epoch"
PAST = "epochs past the end"
ENDS = ("T_max", "total_epochs", "total_steps")  # what schedules of one period call its length
SHAPE = "any shape"
LARGE, LARGEST = "large numbers", 300.0  # e^2z is a number there
DECLARED = "declared"  # the shape of a call that is carried out as it is declared
BESIDE = "biases"  # the path on which these are looked at, not weights
MOST_WAYS = 4  # that a formula is tried in
SIGNS = {"epsilon": "ε", "beta": "β", "beta1": "β₁", "beta2": "β₂"}


class NotAskedError(Exception):
    """A question that needs what the contender lacks: it is no fault of the contender's."""


@dataclass(frozen=True)
class Binding:
    """How one formula is called.

    Parameters
    ----------
    formula, target : str
        The contract's name, and the contender's.
    call, shape : str
        How it is called, for a person to read, and the shape that recognised it.
    pinned : mapping of str to float
        What is written into the code: it is judged at this value.
    without : tuple of str
        Parameters with a neutral value that it does not take.
    lacks : tuple of str
        Capabilities, by the contract's names.
    certain : bool
        Whether no other way to call it remains possible.
    notes : tuple of str
        What else a person should know.
    others : int
        How many other ways to call it remain possible: a deviation stands if it deviates in all.
    paths : tuple of str
        The ways in which it can be told to compute, and what it steps in another way beside
        weights, all of which are judged; the usual one first.
    practised : bool
        Whether it can be asked what a framework's optimizer must do in practice.
    defaults : mapping of str to float
        The values that its hyperparameters have where nothing is given.
    guessed : bool
        Whether a value that it is judged at is a guess: then nothing accuses it.
    declared : bool
        Whether its user has declared it.
    turned : bool
        Whether its source speaks of a sign that is turned round: then no wrong sign accuses it.
    """

    formula: str
    target: str
    call: str
    shape: str
    pinned: Mapping[str, float] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    certain: bool = True
    notes: tuple[str, ...] = ()
    others: int = 0
    paths: tuple[str, ...] = ()
    practised: bool = False
    defaults: Mapping[str, float] = field(default_factory=dict)
    guessed: bool = False
    declared: bool = False
    turned: bool = False

    def __str__(self) -> str:
        fixed = [f"{SIGNS.get(n, n)} fixed at {value:g}" for n, value in self.pinned.items()]
        return "; ".join([f"{self.formula} ← {self.call}", *fixed, *self.notes])

    @property
    def as_it_is(self) -> bool:
        """Whether it is a function that is called as the contract says, with nothing between."""
        its = f"{self.formula}({', '.join(CONTRACT[self.formula].parameters)})"
        plain = not (self.lacks or self.notes or self.pinned or self.others)
        return self.certain and plain and self.call == its

    def check(self, given: Mapping[str, Any]) -> None:
        """Refuse a value for what is written into the code, unless it is that very value.

        Raises
        ------
        NotAskedError
            Naming it.
        """
        for name, value in self.pinned.items():
            if name in given and given[name] != value:
                raise NotAskedError(f"its {name} is fixed at {value:g}")
        if SAMPLES in self.lacks and _rows(next(iter(given.values()))) != 1:
            raise NotAskedError("it takes one sample at a time")
        if FRACTIONS in self.lacks and any(value % 1 for value in self._times(given)):
            raise NotAskedError("it counts whole epochs")
        ends = [given[name] for name in ENDS if name in given]
        if PAST in self.lacks and any(value >= min(ends) for value in self._times(given) if ends):
            raise NotAskedError("its last step is the one before the end")
        if LARGE in self.lacks and bool(np.any(np.abs(next(iter(given.values()))) > LARGEST)):
            raise NotAskedError("e^z overflows there")
        if SHAPE in self.lacks and np.ndim(next(iter(given.values()))) > 1:
            raise NotAskedError("it takes vectors only")
        if SOFT in self.lacks and not are_hard(self.formula, next(iter(given.values()))):
            raise NotAskedError("it takes labels of one class alone")

    def _times(self, given: Mapping[str, Any]) -> list[Any]:
        """List what is given for the epoch or the step."""
        row = CONTRACT[self.formula]
        return [value for name, value in given.items() if row.parameter(name).role == "time"]

    def check_rates(self, rates: Sequence[float]) -> None:
        """Refuse rates that change, where they cannot."""
        if CHANGES in self.lacks and len(set(rates)) > 1:
            raise NotAskedError("its rate is that of the whole run")

    def check_weights(self, held: Any, given: Any) -> None:
        """Refuse weights that are not those of the last step, where the object holds them."""
        same = held is None or np.array_equal(held, given, equal_nan=True)
        if WEIGHTS in self.lacks and not same:
            raise NotAskedError("it holds the weights itself")


def _rows(array: Any) -> int:
    """Count the samples: a vector is one, and so is a table of one row."""
    return math.prod(np.shape(array)[:-1])


def are_hard(formula: str, labels: Any) -> bool:
    """Whether each label is one class: a row of a one, or 0 or 1."""
    if CONTRACT[formula].takes[0].role == "class label":
        return _one_hot(labels)
    return bool(np.isin(labels, (0.0, 1.0)).all())


def _one_hot(labels: Any) -> bool:
    rows = np.atleast_2d(labels)
    return bool(np.isin(rows, (0.0, 1.0)).all() and (rows.sum(axis=-1) == 1).all())


@cache
def told_rows(names: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    """Spell the contract's rows as plain data, for a process that knows nothing of it."""
    return tuple(_told(CONTRACT[name]) for name in names if name in CONTRACT)


def told_declaration(its: Declaration) -> dict[str, Any]:
    """Spell a declaration as plain data."""
    return {**asdict(its), "fixed": dict(its.fixed)}


def _told(row: Formula) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "names": (row.name, *row.synonyms),
        "stepped": row.stepped,
        "matrices": row.matrices,
        "constants": row.constants,
        "arrays": len(row.returned),
        "returned": tuple(each.name for each in row.returned),
        "lists": any(each.many for each in row.returned),
        "params": tuple(
            {
                "name": p.name,
                "role": p.role,
                "is_array": p.is_array,
                "many": p.many,
                "usual": p.usual,
                "neutral": p.neutral,
                "synonyms": p.synonyms,
                "option": p in row.options,
            }
            for p in (*row.takes, *row.options)
        ),
    }


@dataclass(frozen=True)
class Found:
    """What a contender's process found out about its names.

    Parameters
    ----------
    bindings : mapping of str to Binding
        How each formula is called, where that is not as the contract says.
    several : mapping of str to tuple of Binding
        The bindings of a formula that more than one name may be.
    unbound : mapping of str to str
        Of a formula that may be there and is not bound, what may be meant and why not.
    calls : mapping of str to str
        A call to put right, for a declaration of such a formula.
    wrong : tuple of str
        Declarations that cannot be meant.
    defaults : mapping of str to mapping
        The defaults of what is called as the contract says.
    turned : set of str
        The contract's own names there whose source speaks of a sign that is turned round.
    """

    bindings: Mapping[str, Binding] = field(default_factory=dict)
    several: Mapping[str, tuple[Binding, ...]] = field(default_factory=dict)
    unbound: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    defaults: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    turned: frozenset[str] = frozenset()


def understood(answer: Any, provided: Collection[str]) -> Found:
    """Read what a contender's process found; `provided` are the contract's own names there.

    What is nothing of the kind raises whatever error Python finds in it.
    """
    found: dict[str, list[Binding]] = {}
    read = [_read(each) for each in answer["bindings"]]
    misses = {_name(n): [(str(a), str(b)) for a, b in why] for n, why in answer["misses"]}
    calls = {_name(n): str(call) for n, call in answer["calls"].items()}
    defaults = {_name(n): _numbers(its) for n, its in answer["defaults"].items()}
    wrong = tuple(map(str, answer["wrong"]))
    turned = frozenset(map(_name, answer["turned"]))
    for binding in read:
        # Who has both under the contract's own names means each by its own: `relu_derivative` is
        # not also the gradient of the framework's `relu`.
        names = {binding.target, binding.formula}
        if binding.declared or len(names) == 1 or not names <= {*provided}:
            found.setdefault(binding.formula, []).append(binding)
    several = {
        n: tuple(its) for n, its in found.items() if len(its) > 1 or _beside(n, its, provided)
    }
    unbound = {n: _nearly(why) for n, why in misses.items() if n not in found}
    for name, its in several.items():
        if name not in provided or any(each.target == name for each in its):
            unbound[name] = _nearly(
                ((each.target, f"{name} ← {each.call}") for each in its), "Several names may be it"
            )
    single = {name: its[0] for name, its in found.items() if name not in several}
    return Found(single, several, unbound, calls, wrong, defaults, turned)


def _beside(name: str, its: Sequence[Binding], provided: Collection[str]) -> bool:
    """Whether another name may be a formula that is there under the contract's own name, too."""
    return name in provided and its[0].target != name and not its[0].declared


def _numbers(told: Mapping[Any, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in told.items()}


def _read(told: Mapping[str, Any]) -> Binding:
    return Binding(
        formula=_name(told["formula"]),
        target=str(told["target"]),
        call=str(told["call"]),
        shape=str(told["shape"]),
        pinned=_numbers(told["pinned"]),
        without=tuple(map(str, told["without"])),
        lacks=tuple(lack for lack in told["lacks"] if lack in CAPABILITIES),
        certain=told["certain"] is True,
        notes=tuple(map(str, told["notes"])),
        others=min(int(told["others"]), MOST_WAYS),
        paths=tuple(map(str, told["paths"]))[:MOST_WAYS],
        practised=told["practised"] is True,
        defaults=_numbers(told["defaults"]),
        guessed=told["guessed"] is True,
        turned=told["turned"] is True,
        declared=told["declared"] is True,
    )


def _name(formula: Any) -> str:
    if formula not in CONTRACT:
        raise ValueError(f"no formula: {formula!r}"[:100])
    return str(formula)


def _nearly(why: Iterable[tuple[str, str]], said: str = "May be there") -> str:
    """Say what may be meant, and what speaks against it."""
    return f"{said}: {'; '.join(f'{name}: {reason}' for name, reason in why)}"
