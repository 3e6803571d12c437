"""The clock's part of ``gradmark check --time``."""

from __future__ import annotations

import argparse
from pathlib import Path

from gradmark.benchmarks.paired.__main__ import main
from gradmark.harness.resolve import UsageError


def time_contenders(asked: argparse.Namespace, verdicts: Path) -> bool:
    """Time what was judged right; say whether something is slower than it may be."""
    out = asked.out / "results" if asked.out else verdicts.parent
    told = [*asked.names, f"--verdicts={verdicts}", f"--results={out / 'timing.jsonl'}"]
    given = ("baseline", "margin", "budget", "threads", "stored", "python", "seed")
    told += [f"--{name}={v}" for name in given if (v := getattr(asked, name)) is not None]
    samples = asked.benchmark_json or (asked.out and out / "timing-benchmark.json")
    if samples:
        told.append(f"--benchmark-json={samples}")
    told += [f"--{name}={value}" for name in ("formula", "dtype") for value in getattr(asked, name)]
    for name in ("quick", "resume", "quiet", "fail_if_slower"):
        if getattr(asked, name):
            told.append(f"--{name.replace('_', '-')}")
    status = main(told)
    if status > 1:
        raise UsageError("nothing was timed: the reason stands above")
    return bool(status)
