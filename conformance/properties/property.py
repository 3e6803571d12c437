"""A property as data: the theorem, the formulas that it is about, and what breaks it."""

from __future__ import annotations

import copy
import importlib
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import hypothesis
import numpy as np
from hypothesis import Phase
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.strategies import DataObject

from gradmark.conformance.properties.asked import NoQuestionError
from gradmark.conformance.properties.theorem import declared
from gradmark.harness.contract import CONTRACT

Setting = Mapping[str, Any]  # the values of the arguments that `each` declares


@dataclass(frozen=True)
class Broken:
    """What a property objects to: what was asserted, and the input that shows it."""

    says: str
    input: str

    def __str__(self) -> str:
        return f"{self.says} [{self.input}]" if self.input else self.says


@dataclass(frozen=True)
class Draws:
    """How a property's inputs are drawn: how many, from which seed, and whether made small.

    Hypothesis' own profiles are left as they are, whoever has loaded one.
    """

    examples: int
    seed: int | None = None  # without one, each property draws the same inputs in every run
    shrink: bool = False

    def settings(self) -> hypothesis.settings:
        """Spell it for Hypothesis."""
        phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if self.shrink else [])]
        return hypothesis.settings(
            max_examples=self.examples,
            derandomize=self.seed is None,
            database=None,
            deadline=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck),
            print_blob=False,
            verbosity=hypothesis.Verbosity.quiet,
            backend="hypothesis",
        )


@dataclass(frozen=True)
class Property:
    """One property: a function that asks for formulas of the contract, and asserts."""

    name: str
    theorem: Callable[..., None]

    @cached_property
    def formulas(self) -> tuple[str, ...]:
        """The formulas that it asks for, its own one first."""
        return tuple(n for n in inspect.signature(self.theorem).parameters if n in CONTRACT)

    @property
    def wrong(self) -> list[Mapping[str, Any]]:
        """What it declares that it rejects."""
        return declared(self.theorem).wrong

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The combinations of the values that it is tried with."""
        axes = declared(self.theorem).axes
        return [dict(zip(axes, row, strict=True)) for row in itertools.product(*axes.values())]

    @property
    def drawn(self) -> bool:
        """Whether Hypothesis draws its inputs."""
        return bool(declared(self.theorem).strategies)

    @property
    def of_a_pair(self) -> bool:
        """Whether it holds between a contender's own formulas, whatever conventions they follow."""
        return declared(self.theorem).of_a_pair

    @property
    def sentence(self) -> str:
        """Its name as the sentence that it is: `rate_1_2` has no other way to say 1.2."""
        name = re.sub(r"(?<=\d)_(?=\d)", ".", self.theorem.__name__)
        return re.sub(r"_s_", "'s ", name).replace("_", " ")

    def id(self, setting: Setting) -> str:
        """Name one trial of it, the same from run to run."""
        return f"{self.name}[{'-'.join(map(str, setting.values()))}]" if setting else self.name

    def broken(self, asked: Mapping[str, Any], draws: Draws, setting: Setting) -> Broken | None:
        """Try it on these formulas; return what it objects to."""
        formulas = {name: asked[name] for name in self.formulas}
        met: list[Mapping[str, Any]] = []
        held: list[Mapping[str, Any]] = []
        raised: list[Exception] = []

        def trial(**inputs: Any) -> None:
            held.append(copy.deepcopy(inputs) if _are_told(inputs) else {})
            try:
                # A contender's overflow is a warning of its own process, and fails nothing here.
                with np.errstate(all="ignore"):
                    self.theorem(**formulas, **inputs, **setting)
            except NoQuestionError:
                return
            except AssertionError:
                met.append(inputs)  # the last that fails is the smallest
                raise
            except Exception as error:
                raised.append(error)
                raise

        if (drawn := _DRAWN.get((self.name, draws))) and _holds(trial, drawn):
            return None
        held.clear()
        try:
            with _sources_unread():
                self._over_inputs(trial, draws)()
        except Exception as error:
            if raised:  # of a failure that does not come again Hypothesis makes one of its own
                raise raised[0] from None
            if not isinstance(error, AssertionError):
                raise
            said = " ".join((str(error).splitlines() or [""])[0].split())
            shown = {**setting, **met[-1]}
            inputs = [f"{k}={_spell(v)}" for k, v in shown.items() if not _is_data(v)]
            inputs += [n for n in getattr(error, "__notes__", ()) if n.startswith("Draw ")]
            return Broken(said or "fails", ", ".join(inputs))
        if raised:  # by what was drawn before, and not again
            raise raised[0]
        if self.drawn and all(held):
            _DRAWN[self.name, draws] = held
        return None

    def _over_inputs(self, trial: Callable[..., None], draws: Draws) -> Callable[[], None]:
        """Let Hypothesis draw the inputs, as told."""
        if not self.drawn:
            return trial
        # Which inputs are drawn hangs on the seed and on this name, and on nothing else.
        trial.__name__ = trial.__qualname__ = self.theorem.__name__
        trial.__module__ = self.theorem.__module__
        over = hypothesis.given(**declared(self.theorem).strategies)(trial)
        for values in declared(self.theorem).always:
            over = hypothesis.example(**values)(over)
        if draws.seed is not None:
            over = hypothesis.seed(draws.seed)(over)
        asked: Callable[[], None] = draws.settings()(over)
        return asked


# What was drawn for a property: it hangs on the name and the draws alone, and drawing it takes
# longer than asking. Where one of these fails, Hypothesis draws again, and makes it small.
_DRAWN: dict[tuple[str, Draws], list[Mapping[str, Any]]] = {}


def _holds(trial: Callable[..., None], drawn: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a property holds for inputs that were drawn before."""
    try:
        for inputs in drawn:
            trial(**copy.deepcopy(inputs))
    except Exception:  # whatever it is, it comes again
        return False
    return True


def _are_told(inputs: Mapping[str, Any]) -> bool:
    """Whether all inputs are known before it is asked."""
    return not any(map(_is_data, inputs.values()))


@contextmanager
def _sources_unread() -> Iterator[None]:
    """Keep Hypothesis from drawing numbers that stand in the sources of modules around it.

    Else what is drawn hangs on which modules are imported and on where they are installed, and not
    on the seed alone; and reading all sources takes longer than most properties.
    """
    reads = getattr(providers, "_get_local_constants", None)
    if reads is None:  # of another version
        yield
        return
    providers._get_local_constants = Constants
    try:
        yield
    finally:
        providers._get_local_constants = reads


def _is_data(value: Any) -> bool:
    """Tell what draws further inputs as it is asked: Hypothesis notes each of them."""
    return isinstance(value, DataObject)


def _spell(value: Any) -> str:
    """Spell an input in one line, without addresses."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        named = zip(value._fields, value, strict=True)
        return f"({', '.join(f'{name}={_spell(part)}' for name, part in named)})"
    if isinstance(value, np.ndarray):
        return str(value.tolist())
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


@cache
def properties() -> tuple[Property, ...]:
    """Import every property."""
    return tuple(_all())


def properties_of(formula: str) -> tuple[Property, ...]:
    """List the properties whose own formula this is."""
    return tuple(found for found in properties() if found.formulas[0] == formula)


def _all() -> Iterator[Property]:
    # Every module of this folder is looked through: a new file needs no other line to be known.
    for name in sorted(found.name for found in iter_modules([str(Path(__file__).parent)])):
        module = importlib.import_module(f"{__package__}.{name}")
        for its, theorem in vars(module).items():
            own = inspect.isfunction(theorem) and theorem.__module__ == module.__name__
            if own and not its.startswith("_"):
                found = Property(f"{name}::{its}", theorem)
                if found.formulas:
                    yield found
