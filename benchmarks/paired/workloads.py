"""What contenders are timed on: formula, dtype and sizes, and inputs that are the same for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workloads import Inputs, activation_inputs, loss_inputs, network_inputs
from harness.contract import CONTRACT

DTYPES = ("float64", "float32")
PARAMETERS = (10**3, 10**5, 10**7)
ELEMENTS = (10**3, 10**6)
WIDTHS = (32, 256, 1024)
LARGEST_QUICK = 10**5  # entries of an argument: a quick run leaves larger ones out
# All are given: a contender's own default may be no momentum at all, which is less work.
HYPER = {
    "lr": 0.001, "momentum": 0.9, "beta": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8
}  # fmt: skip


@dataclass(frozen=True)
class Workload:
    """One formula in one dtype at one size.

    Parameters
    ----------
    formula, dtype : str
        What is computed, and in which floating-point type.
    sizes : tuple of (str, int)
        By name: `parameters`, `elements`, or `batch` and `width`.
    """

    formula: str
    dtype: str
    sizes: tuple[tuple[str, int], ...]

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
    def is_large(self) -> bool:
        """Whether a quick run leaves it out."""
        sizes = [size for _, size in self.sizes]
        return max(*sizes, int(np.prod(sizes))) > LARGEST_QUICK

    @property
    def hyper(self) -> Mapping[str, float] | None:
        """An optimizer's keyword arguments; None for a function."""
        formula = CONTRACT[self.formula]
        if formula.kind != "optimizer":
            return None
        return {name: HYPER[name] for name in formula.parameters}

    def inputs(self, seed: int) -> Inputs:
        """Draw the arguments, rounded to the dtype."""
        rng = np.random.default_rng(seed)
        size = self.params
        kind = CONTRACT[self.formula].kind
        if kind == "optimizer":
            drawn: Inputs = tuple(rng.standard_normal((2, size["parameters"])))
        elif kind == "loss":
            drawn = loss_inputs(self.formula, size["elements"], rng)
        elif kind == "activation":
            drawn = activation_inputs(self.formula, size["elements"], rng)
        else:  # as many inputs as the layer is wide: the matrix products are square
            drawn = network_inputs(size["batch"], size["width"], size["width"], rng)
        return tuple(array.astype(self.dtype) for array in drawn)

    def files(self, seed: int, folder: Path) -> tuple[Path, ...]:
        """Write the arguments to files, one each, if they are not there yet."""
        # Optimizers of one size share theirs: at 10⁷ parameters that is a quarter of a gigabyte.
        about = self.formula if self.hyper is None else "step"
        folder = folder / "-".join([about, self.dtype, *(str(size) for _, size in self.sizes)])
        if not folder.is_dir():
            folder.mkdir()
            for number, array in enumerate(self.inputs(seed)):
                np.save(folder / f"{number}.npy", array)
        return tuple(sorted(folder.iterdir()))


def workloads() -> Iterator[Workload]:
    """Give all there are, in the contract's order."""
    for formula in CONTRACT.values():
        for dtype in DTYPES:
            for sizes in _sizes(formula.name, formula.kind):
                yield Workload(formula.name, dtype, sizes)


def _sizes(name: str, kind: str) -> list[tuple[tuple[str, int], ...]]:
    if kind == "optimizer":
        return [(("parameters", n),) for n in PARAMETERS]
    if kind in ("loss", "activation"):
        return [(("elements", n),) for n in ELEMENTS]
    if name == "compute_gradients":
        return [(("batch", n), ("width", n)) for n in WIDTHS]
    return []
