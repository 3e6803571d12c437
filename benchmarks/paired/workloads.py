"""What contenders are timed on: a task, dtype and sizes, and inputs that are the same for all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradmark.benchmarks.inputs import Inputs, function_inputs, network_inputs
from gradmark.harness.contract import CONTRACT, Formula
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.timing import Job
from gradmark.reference.network import XOR_X, XOR_Y, initialize

PARAMETERS = (10**3, 10**5, 10**7)
ELEMENTS = (10**3, 10**6)
WIDTHS = (32, 256, 1024)
LARGEST_QUICK = 10**5  # entries of an argument: a quick run leaves larger ones out
# The lengths that a size is told in, and the sizes of each; where two are told, both are the same.
SIZES: Mapping[tuple[str, ...], tuple[int, ...]] = {
    ("parameters",): PARAMETERS,
    ("elements",): ELEMENTS,
    ("batch", "width"): WIDTHS,
}
TRAINING = "training"
EPOCHS = 100  # of the article's 1000: its rate of time is known after a tenth of its way
RATE = 0.5  # the article's

Sizes = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Task:
    """What can be timed, whatever its size.

    Parameters
    ----------
    needs : tuple of str
        The formulas of the contract that it is made of: who computes one of them wrongly is not
        timed on it.
    sizes : tuple of Sizes
        The sizes that it is timed at.
    draw : callable
        Gives the arguments, from sizes and a generator.
    optimizer : str
        Whose steps are timed; empty for a function, which is the one formula needed.
    hyper : mapping of str to float, optional
        The optimizer's keyword arguments.
    """

    needs: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    draw: Callable[[Mapping[str, int], np.random.Generator], Inputs]
    optimizer: str = ""
    hyper: Mapping[str, float] | None = None


def _formula(formula: Formula) -> Task:
    """Make the task of calling a formula; one without sizes is not timed."""
    sizes = tuple(
        tuple((name, size) for name in formula.sizes) for size in SIZES.get(formula.sizes, ())
    )
    if formula.stepped:
        # All are given: a contender's own default may be no momentum at all, which is less work.
        hyper = {p.name: p.value(0) for p in formula.takes}
        return Task((formula.name,), sizes, _step_inputs, formula.name, hyper)
    if formula.lengths:
        return Task((formula.name,), sizes, _network_inputs)
    return Task(
        (formula.name,),
        sizes,
        lambda size, rng: function_inputs(formula.name, size["elements"], rng),
    )


def _each(name: str, sizes: tuple[int, ...]) -> tuple[Sizes, ...]:
    return tuple(((name, size),) for size in sizes)


def _step_inputs(size: Mapping[str, int], rng: np.random.Generator) -> Inputs:
    return tuple(rng.standard_normal((2, size["parameters"])))


def _network_inputs(size: Mapping[str, int], rng: np.random.Generator) -> Inputs:
    # As many inputs as the layer is wide: the matrix products are square.
    return network_inputs(size["batch"], size["width"], size["width"], rng)


def _xor(*_: object) -> Inputs:
    return XOR_X, XOR_Y, *initialize()


TASKS: Mapping[str, Task] = {
    **{formula.name: _formula(formula) for formula in CONTRACT.values()},
    # The article's network learns XOR. No update is judged again: its two parts are.
    TRAINING: Task(
        ("compute_gradients", "SGD"), _each("epochs", (EPOCHS,)), _xor, "SGD", {"lr": RATE}
    ),
}


@dataclass(frozen=True)
class Workload:
    """One task in one dtype at one size.

    Parameters
    ----------
    formula, dtype : str
        What is computed, by its name in `TASKS`, and in which floating-point type.
    sizes : tuple of (str, int)
        By name: `parameters`, `elements`, `epochs`, or `batch` and `width`.
    """

    formula: str
    dtype: str
    sizes: Sizes

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Workload:
        """Return the workload that a record of a results file is about."""
        return cls(record["formula"], record["dtype"], tuple(record["params"].items()))

    def __str__(self) -> str:
        sizes = " × ".join(f"{size:,}" for _, size in self.sizes)
        return f"{self.formula} {self.dtype}, {sizes}"

    @property
    def params(self) -> Mapping[str, int]:
        """The sizes, as records hold them."""
        return dict(self.sizes)

    @property
    def needs(self) -> tuple[str, ...]:
        """The formulas that it is made of."""
        return TASKS[self.formula].needs

    @property
    def is_large(self) -> bool:
        """Whether a quick run leaves it out."""
        sizes = [size for _, size in self.sizes]
        return max(*sizes, int(np.prod(sizes))) > LARGEST_QUICK

    def inputs(self, seed: int) -> Inputs:
        """Draw the arguments, rounded to the dtype."""
        drawn = TASKS[self.formula].draw(self.params, np.random.default_rng(seed))
        return tuple(array.astype(self.dtype) for array in drawn)

    def job(self, seed: int, folder: Path) -> Job:
        """Say what a contender is to do; its arguments lie in that folder from then on."""
        task = TASKS[self.formula]
        # Optimizers of one size share theirs: at 10⁷ parameters that is a quarter of a gigabyte.
        about = "step" if task.draw is _step_inputs else self.formula
        name = "-".join([about, self.dtype, *(str(size) for _, size in self.sizes)])
        files = saved(folder / name, lambda: self.inputs(seed))
        epochs = self.params.get("epochs", 0)
        return Job(task.optimizer or self.formula, files, task.hyper, epochs)


def saved(folder: Path, arrays: Callable[[], Inputs]) -> tuple[Path, ...]:
    """Write arrays to files of a folder, one each, if it is not there yet."""
    if not folder.is_dir():
        folder.mkdir()
        for number, array in enumerate(arrays()):
            np.save(folder / f"{number}.npy", array)
    return tuple(sorted(folder.iterdir()))


def workloads() -> Iterator[Workload]:
    """Give all there are, in the contract's order; what is made of several formulas comes last."""
    for name, task in TASKS.items():
        for dtype in USUAL:
            for sizes in task.sizes:
                yield Workload(name, dtype, sizes)


def chosen(
    formulas: Collection[str], dtypes: Collection[str], *, quick: bool = False
) -> list[Workload]:
    """Give those that need no other formulas, in these dtypes; a quick run has no large ones."""
    return [
        workload
        for workload in workloads()
        if {*workload.needs} <= {*formulas}
        and workload.dtype in dtypes
        and not (quick and workload.is_large)
    ]
