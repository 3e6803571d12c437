"""What a gradient check found."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["right", "wrong", "noisy", "kink"]

SHOWN = 10


@dataclass(frozen=True)
class EntryCheck:
    """One entry of the gradient beside its numerical derivatives.

    `left` and `right` are one-sided; `resolution` is the smallest error that would stand out of
    the function's noise.
    """

    parameter: str
    index: tuple[int, ...]
    analytical: float
    numerical: float
    left: float
    right: float
    relative_difference: float
    resolution: float
    verdict: Verdict

    def __str__(self) -> str:
        name = self.parameter + (str(list(self.index)) if self.index else "")
        return (
            f"{self.verdict:<5} {name}: analytical {self.analytical:.10g}, numerical "
            f"{self.numerical:.10g} (left {self.left:.6g}, right {self.right:.6g}), relative "
            f"difference {self.relative_difference:.1e}, resolution {self.resolution:.1e}"
        )


@dataclass(frozen=True)
class GradientReport:
    """The findings of `check_gradient`; printed, a summary and the entries that are not right.

    `orders` has the Taylor remainder's order for each parameter; `noise` is the standard
    deviation of the function's values about a smooth curve.
    """

    entries: tuple[EntryCheck, ...]
    orders: dict[str, float]
    tolerance: float
    noise: float
    seed: int

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of any entry: wrong, then kink, then noisy, then right."""
        return min(
            (entry.verdict for entry in self.entries),
            key=("wrong", "kink", "noisy", "right").index,
        )

    def __str__(self) -> str:
        others = [entry for entry in self.entries if entry.verdict != "right"]
        # the gravest entries first
        others.sort(key=lambda entry: ("wrong", "kink", "noisy").index(entry.verdict))
        lines = [
            f"gradient check: {self.verdict} ({len(self.entries) - len(others)} of "
            f"{len(self.entries)} entries right; tolerance {self.tolerance:.0e}, noise "
            f"{self.noise:.1e}, seed {self.seed})"
        ]
        for name, order in self.orders.items():
            worst = max(e.relative_difference for e in self.entries if e.parameter == name)
            lines.append(
                f"  {name}: Taylor order {order:.2f}, worst relative difference {worst:.1e}"
            )
        lines += [f"  {entry}" for entry in others[:SHOWN]]
        if len(others) > SHOWN:
            lines.append(f"  … and {len(others) - SHOWN} more")
        return "\n".join(lines)
