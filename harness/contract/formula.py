"""One row of the contract: everything known about a formula that is not mathematics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any, Literal, NamedTuple

from gradmark.harness.contract.cost import Cost
from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.contract.parameter import Parameter

Kind = Literal[
    "loss",
    "gradient",
    "activation",
    "norm",
    "network",
    "in hand",
    "optimizer",
    "schedule",
    "test function",
    "chance",
]


class Returned(NamedTuple):
    """An array of an answer: what it is called, and the parameter whose shape it has.

    `many` is whether it is a list of arrays, each like its own in a list of them; one array that
    is like a list has the shape that each of these has.
    """

    name: str
    like: str
    many: bool = False


@dataclass(frozen=True)
class State:
    """A variable that an optimizer may show, and the names under which it may show it."""

    name: str
    other_names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, the canonical one first."""
        return (self.name, *self.other_names)


@dataclass(frozen=True)
class Formula:
    """One name of the contract.

    Parameters
    ----------
    name : str
        What a contender calls it: a function, or for an optimizer a class.
    kind : str
        "loss", "gradient" (that of a loss), "activation", "norm", "network", "in hand" (what is
        done to a gradient before a step), "optimizer", "schedule", "test function" or "chance"
        (what is drawn, and judged by its distribution).
    takes : tuple of Parameter
        Its parameters. Functions get theirs by position, optimizers by keyword.
    returns : str
        "number"; "array like P", where P is the parameter whose shape it has, or each in P has if
        that is a list; "table of P by Q",
        whose lengths are these parameters; "list like P", for one array for each of a list; several
        of these in parentheses, "(dP, Q, R like P)", each with its name, and with the parameter
        that it is like unless the name tells; or "optimizer".
    options : tuple of Parameter
        What an optimizer may take besides, each with its neutral value: what has none of it is
        the formula all the same, and is not asked.
    state : tuple of State
        What an optimizer may show of itself, in the order in which a step computes it.
    synonyms : tuple of str
        Other names that code gives to this formula.
    may_lack : tuple of str
        The capabilities (`capabilities.py`) that contenders are known to lack here.
    elementwise : bool
        Whether each entry of the answer hangs on the entries at its own place alone.
    natural : float
        The magnitude from which it subtracts, as 1 − p does, and which bounds what that can lose;
        0 where it subtracts nothing of the kind.
    matrices : bool
        Whether an optimizer steps matrices alone.
    degree : int
        The highest power of a gradient that plain code of an optimizer forms: what it has to have
        the range for.
    constants : tuple of str
        What code calls constants of its conventions: a contender is judged at its own default.
    lengths : tuple of str
        The lengths that its arrays' shapes name, in the order in which an input is shortened.
    sizes : tuple of str
        What its size is told in where it is timed: its own lengths; none is never timed.
    cost : Cost, optional
        What one entry costs.

    Examples
    --------
    >>> from gradmark.harness.contract import CONTRACT
    >>> CONTRACT["Adam"].parameters
    ('lr', 'beta1', 'beta2', 'epsilon')
    """

    name: str
    kind: Kind
    takes: tuple[Parameter, ...]
    returns: str
    options: tuple[Parameter, ...] = ()
    state: tuple[State, ...] = ()
    synonyms: tuple[str, ...] = ()
    may_lack: tuple[str, ...] = ()
    elementwise: bool = False
    natural: float = 0.0
    matrices: bool = False
    degree: int = 2
    constants: tuple[str, ...] = ()
    lengths: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    cost: Cost | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters' names."""
        return tuple(parameter.name for parameter in self.takes)

    @property
    def roles(self) -> tuple[str, ...]:
        """The parameters' roles."""
        return tuple(parameter.role for parameter in self.takes)

    @property
    def stepped(self) -> bool:
        """Whether it is an object that takes steps, judged by its trajectory; else it is called."""
        return self.returns == "optimizer"

    @property
    def by_chance(self) -> bool:
        """Whether its answer is drawn: judged by its distribution, since no number is the truth."""
        return "generator" in self.roles

    @property
    def lengths_returned(self) -> tuple[str, ...]:
        """The parameters that are the lengths of the table that it returns, if they are.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["he_normal"].lengths_returned
        ('fan_in', 'fan_out')
        """
        what, _, lengths = self.returns.partition(" of ")
        return tuple(lengths.split(" by ")) if what == "table" else ()

    @property
    def takes_numbers(self) -> bool:
        """Whether all that it takes are Python numbers, in every dtype."""
        return not self.stepped and not any(parameter.is_array for parameter in self.takes)

    def computed_in(self, dtype: str) -> str:
        """Name the dtype whose roundoff an answer is held to.

        What takes Python's numbers alone meets no array of a narrow dtype: it is computed no
        narrower than that dtype's sums are.
        """
        return DTYPES[dtype].sums_in if self.takes_numbers else dtype

    @property
    def hyperparameters(self) -> tuple[Parameter, ...]:
        """What an optimizer takes beside its rate, which comes with each step."""
        return tuple(p for p in self.takes if not p.is_array and p.role not in ("rate", "time"))

    @property
    def optional(self) -> tuple[str, ...]:
        """The parameters that a contender may do without: each has a neutral value."""
        return tuple(p.name for p in self.takes if p.neutral is not None)

    @property
    def returned(self) -> tuple[Returned, ...]:
        """The arrays of its answer, or the lists of arrays; none for a number.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["compute_gradients"].returned[0]
        Returned(name='dW1', like='W1', many=False)
        """
        if not self.returns.startswith("("):
            what, _, like = self.returns.partition(" like ")
            name, many = ("", False) if what == "array" else (like, True)
            return (Returned(name, like, many),) if like else ()
        return tuple(map(self._returned, self.returns.strip("()").split(", ")))

    def _returned(self, told: str) -> Returned:
        name, _, like = told.partition(" like ")
        own = like or (name if name in self.parameters else name.removeprefix("d"))
        return Returned(name, own, self.parameter(own).many)

    @property
    def depth(self) -> int:
        """How deep the arrays of its answer lie: 0 for one, 1 for several, 2 for several lists."""
        return (len(self.returned) > 1) + any(each.many for each in self.returned)

    def due(self, arguments: Sequence[Any]) -> tuple[tuple[str, Any, Parameter], ...]:
        """Name each array of an answer, with that whose shape it has and the parameter of this.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> its = CONTRACT["clip_by_global_norm"].due([[[1.0], [2.0, 3.0]], 1.0])
        >>> [(name, like) for name, like, _ in its]
        [('gradients[0]', [1.0]), ('gradients[1]', [2.0, 3.0])]
        """
        given = dict(zip(self.parameters, arguments, strict=False))
        found: list[tuple[str, Any, Parameter]] = []
        for name, like, many in self.returned:
            its, parameter = given[like], self.parameter(like)
            if many:
                found += [(f"{name}[{i}]", one, parameter) for i, one in enumerate(its)]
            else:
                found.append((name, its[0] if parameter.many else its, parameter))
        return tuple(found)

    @property
    def array_roles(self) -> tuple[str, ...]:
        """The roles of the arrays that it takes; of a list of arrays, what each is."""
        return tuple(f"each {p.role}" if p.many else p.role for p in self.takes if p.is_array)

    def numbers(self, place: int = 0) -> tuple[float, ...]:
        """Return a function's numbers: their usual values (0), or further ones.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["softmax_cross_entropy"].numbers(1)
        (0.1,)
        """
        return tuple(p.value(place) for p in self.takes if not p.is_array)

    def settings(self, place: int) -> dict[str, float]:
        """Return an optimizer's hyperparameters: their usual values (0), or further ones.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["RMSprop"].settings(0)
        {'beta': 0.9, 'epsilon': 1e-08}
        """
        return {p.name: p.value(place) for p in self.hyperparameters}

    def folded(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape that weights of some shape have here: where all are matrices, a matrix's.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["SGD"].folded((6,)), CONTRACT["Muon"].folded((6,)), CONTRACT["Muon"].folded(())
        ((6,), (2, 3), (1, 1))
        """
        if not self.matrices or len(shape) == 2:
            return shape
        size = math.prod(shape)
        rows = max((n for n in range(1, math.isqrt(size) + 1) if size % n == 0), default=0)
        return (rows, size // rows) if rows else (0, 1)

    def beside_others(self, defaults: Mapping[str, float]) -> dict[str, dict[str, float]]:
        """Set an optimizer's own defaults beside those of libraries, where these differ.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["Adam"].beside_others({"lr": 0.1, "epsilon": 1e-8})
        {'epsilon': {'here': 1e-08, 'PyTorch': 1e-08, 'Keras': 1e-07, 'Optax': 1e-08}}
        """
        return {
            p.name: {"here": defaults[p.name], **dict(p.elsewhere)}
            for p in self.takes
            if p.name in defaults and p.elsewhere
        }

    def parameter(self, name: str) -> Parameter:
        """Return one parameter, or an option, by its name."""
        return next(one for one in (*self.takes, *self.options) if one.name == name)

    def chosen(self, given: Mapping[str, float]) -> dict[str, float]:
        """Return the options among hyperparameters.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["Adam"].chosen({"beta1": 0.9, "amsgrad": True})
        {'amsgrad': True}
        """
        return {one.name: given[one.name] for one in self.options if one.name in given}

    def state_of(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an optimizer shows of its state by the row's own names for it.

        Variables that share a name are told apart by each other: where one of them shows itself
        under no name, nobody knows which the others are.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["Adam"].state_of({"v": 1, "s": 2, "step": 3})
        {'t': 3, 'm': 1, 'v': 2}
        >>> CONTRACT["Adam"].state_of({"v": 1, "t": 3})
        {'t': 3}
        """
        names = {its.name: its.names for its in self.state}
        often = Counter(chain.from_iterable(names.values()))
        shared = {n for n, its in names.items() if any(often[one] > 1 for one in its)}
        ways = product(*([own for own in its if own in shown] or [""] for its in names.values()))
        found = dict(zip(names, max(ways, key=lambda way: len({*way} - {""})), strict=True))
        unknown = shared if len({found[n] for n in shared} - {""}) < len(shared) else set()
        return {n: shown[own] for n, own in found.items() if own and n not in unknown}

    @property
    def call(self) -> str:
        """How it is called, its options with their neutral values.

        Examples
        --------
        >>> from gradmark.harness.contract import CONTRACT
        >>> CONTRACT["SGD"].call
        'SGD(lr, *, weight_decay=0, maximize=False)'
        """
        options = [f"{one.name}={one.neutral}" for one in self.options]
        return (
            f"{self.name}({', '.join((*self.parameters, *(['*'] if options else []), *options))})"
        )
