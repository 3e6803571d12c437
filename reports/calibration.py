"""The calibration page: how far this machine's clock can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from gradmark.harness.records import TrialRecord
from gradmark.harness.results import Results
from gradmark.reports.figures import power
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance, warnings
from gradmark.reports.shares import Share
from gradmark.reports.style import save

POWER = "calibration_power.png"
READING = (
    "Code was timed against itself, and against itself with known extra work, as `check --time` "
    "times contenders: nothing differs but the truth, which is known. At 0 % each *slower* or "
    "*faster* is a false alarm. Extra work beyond the margin should be called *slower*; extra work "
    "just at the margin may be either. Neighbours are processes that work and rest in bursts."
)
ELSEWHERE = (
    "**Other tools.** What they would have called slower, by their own code, on the same blocks. "
    "Each measures one version and then the other, so it was given the baseline's blocks from the "
    "first half of the processes and the contender's from the second; pytest-benchmark, which "
    "measures in one process, got one of each. Rules: `--benchmark-compare-fail=mean:MARGIN`, "
    "`pyperf compare_to --min-speed MARGIN`, `asv compare --factor`. Installed were: {}."
)


def page(results: Results, figures: Path) -> str:
    """Write the page, and its picture into `figures`."""
    trials = results.of(TrialRecord)
    parts = ["# Calibration\n", *(f"> {told}\n" for told in warnings("calibration", results))]
    parts.append(READING + "\n")
    if trials:
        save(power.draw(trials, results.header), figures / POWER)
        parts += [f"![Share called slower, by extra work](figures/{POWER})\n", _alarms(trials)]
        for margin in sorted({trial["margin"] for trial in trials}):
            mine = [trial for trial in trials if trial["margin"] == margin]
            parts.append(f"## Margin {margin} %\n\n{_verdicts(mine)}")
        versions = results.header["elsewhere"]
        listed = ", ".join(f"{escape(tool)} {escape(versions[tool])}" for tool in versions)
        parts.append(ELSEWHERE.format(listed or "none") + "\n")
    else:
        parts.append("Nothing was tried.\n")
    parts += ["## Where this comes from\n", provenance([("calibration", results)])]
    return "\n".join(parts)


def _alarms(trials: Sequence[TrialRecord]) -> str:
    """Count false alarms over all margins: the number to trust the clock by."""
    rows = []
    for noisy in sorted({trial["neighbours"] for trial in trials}):
        same = [t for t in trials if t["neighbours"] == noisy and t["extra"] == 0]
        if same:
            alarms = Share(sum(t["verdict"] in ("slower", "faster") for t in same), len(same))
            rows.append([_noise(noisy), str(alarms), f"{100 * alarms.interval[1]:.2g} %"])
    head = ["code against itself", "called slower or faster", "at most, at 95 %"]
    return "## False alarms\n\n" + table(head, rows)


def _verdicts(trials: Sequence[TrialRecord]) -> str:
    tools = sorted({tool for trial in trials for tool in trial["slower_elsewhere"]})
    rows = []
    for noisy, extra in sorted({(trial["neighbours"], trial["extra"]) for trial in trials}):
        mine = [t for t in trials if (t["neighbours"], t["extra"]) == (noisy, extra)]
        given = [trial["verdict"] for trial in mine]
        truth = 1 + extra / 100
        held = sum(float(trial["low"]) <= truth <= float(trial["high"]) for trial in mine)
        rows.append(
            [
                _noise(noisy),
                f"{extra} %",
                *(f"{given.count(v)}" for v in ("slower", "same", "faster", "inconclusive")),
                *(str(sum(t["slower_elsewhere"].get(tool, False) for t in mine)) for tool in tools),
                f"{median(trial['ratio'] for trial in mine):.3f}",
                str(Share(held, len(mine))),
                f"{median(trial['took'] for trial in mine):.0f} s",
            ]
        )
    head = ["neighbours", "extra work", "slower", "same", "faster", "inconclusive"]
    head += [f"slower, says {escape(tool)}" for tool in tools]
    return table([*head, "median ratio", "intervals with the truth", "time of one"], rows)


def _noise(neighbours: int) -> str:
    return str(neighbours or "quiet")
