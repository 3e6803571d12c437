"""``gradmark gpu``: the paths of optimizers that a GPU has, judged, and timed by its memory."""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradmark.benchmarks.device import paths
from gradmark.command.options import declare, verb_parser
from gradmark.command.progress import Progress
from gradmark.command.wild import FOLDER, libraries
from gradmark.conformance.engine.plan import Limits, Plan
from gradmark.conformance.engine.run import conduct
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.environment import environment
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import ResultsWriter, read_results
from gradmark.reports.gpu import page

OPTIMIZERS = ("SGD", "SGDMomentum", "RMSprop", "Adam", "AdamW", "Adagrad", "Adamax", "Muon")
DTYPES = ("float32", "bfloat16")
BFLOAT16 = "ml-dtypes==0.6.0"  # without it no array of bfloat16 reaches PyTorch
SECONDS = 300.0  # that timing may take
# Whether matrices may be multiplied in TF32, which has the range of float32 and 10 bits.
TF32 = """
import torch
torch.backends.cuda.matmul.allow_tf32 = {allowed}
from torch.optim import Muon
"""


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser(
        "gpu",
        "Judge PyTorch's optimizers and Optax on a GPU, in a quarter of an hour at"
        " most, and time\nPyTorch's against the memory. Without a GPU it all runs on the CPU, and"
        " the page says so.",
    )
    it.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help="where it all is")
    it.add_argument(
        "--optax", default="", metavar="PYTHON", help="an interpreter that has JAX and Optax"
    )
    declare(it, "python", "device", "seed", "timeout", "memory", "quiet")
    return it


def run(asked: argparse.Namespace) -> int:
    """Time, judge, and draw."""
    progress = Progress(quiet=asked.quiet)
    known = libraries(asked.folder / "libraries.toml", ["PyTorch 2", "Optax"])
    torch, optax = (tuple(sorted({*its["packages"], BFLOAT16})) for its in known.values())
    with tempfile.TemporaryDirectory(prefix="gradmark-") as scratch:
        here = Path(scratch)
        for name, allowed in (("tf32", True), ("no_tf32", False)):
            (here / f"{name}.py").write_text(TF32.format(allowed=allowed), encoding="utf-8")
        told = _timed(_plan(asked, ("torch.optim",), here, torch, asked.python), progress)
        plans = [_plan(asked, ("torch.optim", "tf32.py", "no_tf32.py"), here, torch, asked.python)]
        if asked.optax or not asked.python:
            plans.append(_plan(asked, ("optax",), here, optax, asked.optax or None))
        records: list[Any] = []
        for plan in plans:
            part = here / f"{len(records)}.jsonl"
            conduct(plan, results=part, tell=progress.tell, say=progress.say)
            records += _kept(part)
        head = {**plans[0].header(list(plans[0].typed)), "device": told}
        whole = asked.folder / "gpu.jsonl"
        with ResultsWriter(whole, head) as writer:
            for record in records:
                writer.write(record)
    text = page(read_results(whole))
    (asked.folder / "gpu.md").write_text(text, encoding="utf-8")
    return 0


def _plan(
    asked: argparse.Namespace,
    names: tuple[str, ...],
    here: Path,
    packages: tuple[str, ...],
    python: str | None,
) -> Plan:
    limits = Limits(asked.timeout, asked.memory, python, packages, device=asked.device or "")
    return Plan(names, here, OPTIMIZERS, DTYPES, Settings(seed=asked.seed, quick=True), limits)


def _timed(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Time the paths in PyTorch's own interpreter; tell what it ran on."""
    target = plan.target("torch.optim")
    python = environment(target, python=plan.limits.python, say=progress.say)
    command = [python, "-I", str(Path(paths.__file__).resolve()), plan.limits.device]
    progress.say("timing PyTorch's paths against a copy in memory")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        raise UsageError(f"timing PyTorch's paths took more than {SECONDS:g} s") from late
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise UsageError(f"{python} cannot time PyTorch: {said[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _kept(file: Path) -> Iterator[Any]:
    for record in read_results(file).records:
        if record["kind"] == "verdict" and record["verdict"] != "absent":
            yield record
