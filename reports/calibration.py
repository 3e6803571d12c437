"""The calibration page: how far this machine's clock can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from harness.results import Record, Results
from reports.figures import power
from reports.markdown import table
from reports.provenance import provenance, warnings
from reports.style import save

POWER = "calibration_power.png"
READING = (
    "Code was timed against itself, and against itself with known extra work, as `compare --time` "
    "times contenders: nothing differs but the truth, which is known. At 0 % each *slower* or "
    "*faster* is a false alarm. Extra work beyond the margin should be called *slower*; extra work "
    "just at the margin may be either. Neighbours are processes that work and rest in bursts."
)


def page(results: Results, figures: Path) -> str:
    """Write the page, and its picture into `figures`."""
    trials = results.of_kind("trial")
    parts = ["# Calibration\n", *(f"> {told}\n" for told in warnings("calibration", results))]
    parts.append(READING + "\n")
    if trials:
        save(power.draw(trials, results.header), figures / POWER)
        parts += [f"![Share called slower, by extra work](figures/{POWER})\n"]
        parts += [
            f"## Margin {margin} %\n\n{_shares(trials, margin)}" for margin in margins(trials)
        ]
    else:
        parts.append("Nothing was tried.\n")
    parts += ["## Where this comes from\n", provenance([("calibration", results)])]
    return "\n".join(parts)


def margins(trials: Sequence[Record]) -> list[str]:
    """List the margins that trials were judged by, in per cent."""
    return sorted({margin for trial in trials for margin in trial["verdicts"]}, key=float)


def _shares(trials: Sequence[Record], margin: str) -> str:
    rows = []
    for noisy, extra in sorted({(trial["neighbours"], trial["extra"]) for trial in trials}):
        mine = [t for t in trials if (t["neighbours"], t["extra"]) == (noisy, extra)]
        given = [trial["verdicts"][margin] for trial in mine]
        truth = 1 + extra / 100
        held = sum(float(trial["low"]) <= truth <= float(trial["high"]) for trial in mine)
        rows.append(
            [
                str(noisy or "quiet"),
                f"{extra} %",
                *(f"{given.count(v)}" for v in ("slower", "same", "faster", "inconclusive")),
                f"{median(trial['ratio'] for trial in mine):.3f}",
                f"{held} of {len(mine)}",
                f"{median(trial['took'] for trial in mine):.0f} s",
            ]
        )
    head = ["neighbours", "extra work", "slower", "same", "faster", "inconclusive"]
    return table([*head, "median ratio", "intervals with the truth", "time of one"], rows)
