"""On a GPU: what each path of an optimizer follows there, and how near to the memory's speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradmark.harness.records import VerdictRecord
from gradmark.harness.results import Results
from gradmark.reports.formulas import in_order
from gradmark.reports.markdown import escape, table
from gradmark.reports.provenance import provenance
from gradmark.reports.wild import form_of

ABOUT = (
    "The paths of PyTorch's optimizers (one tensor after the other, many at once, in one kernel, "
    "in a graph that a GPU has captured) and, where an interpreter was given for it, Optax's, "
    "judged in float32 and bfloat16. "
    "A cell is the form that all paths follow; what one of them does otherwise is said below."
)
TIMES = (
    "A step reads and writes every weight, gradient and moment once at least. The last column says "
    "how near that comes to a copy in the same memory: above 100 % the caches helped."
)
NAMES = {"tf32": "PyTorch, TF32 on", "no_tf32": "PyTorch, TF32 off", "torch.optim": "PyTorch"}


def page(results: Results) -> str:
    """Write the page."""
    told: Mapping[str, Any] = results.header["device"]
    records = list(results.of(VerdictRecord))
    parts = ["# On a GPU\n", _where(told), ABOUT + "\n", _verdicts(records)]
    parts += _said(records)
    parts += ["## Against the memory\n", TIMES + "\n", _times(told), provenance([("run", results)])]
    return "\n".join(parts)


def _where(told: Mapping[str, Any]) -> str:
    versions = f"PyTorch {told['torch']}, CUDA {told['cuda']}"
    if not str(told["on"]).startswith("cuda"):
        return (
            f"> **No GPU was at hand: all of this ran on {told['device']}** ({versions}). The paths"
            " that only a GPU has were not asked; TF32 changes nothing here.\n"
        )
    return f"Ran on {told['device']} ({versions}).\n"


def _verdicts(records: Sequence[VerdictRecord]) -> str:
    columns = list(dict.fromkeys((r["implementation"], r["dtype"]) for r in records))
    cells: dict[tuple[str, str, str], str] = {}
    for record in records:
        place = record["formula"], record["implementation"], record["dtype"]
        cells[place] = form_of(record)
    rows = [
        [f"`{formula}`", *(cells.get((formula, *column), "") for column in columns)]
        for formula in in_order({record["formula"] for record in records})
    ]
    heads = [f"{NAMES.get(name, name)}, {dtype}" for name, dtype in columns]
    return table(["formula", *heads], rows)


def _said(records: Sequence[VerdictRecord]) -> list[str]:
    wrong = [r for r in records if r["verdict"] not in ("conforms", "dialect")]
    lines = [
        f"- **{r['formula']}, {escape(NAMES.get(r['implementation'], r['implementation']))},"
        f" {r['dtype']}:** {escape(r['detail'])}"
        for r in wrong
    ]
    return ["## What is wrong or inaccurate\n", "\n".join(lines or ["Nothing."]) + "\n"]


def _times(told: Mapping[str, Any]) -> str:
    rows = [
        [
            f"`{its['name']}`" if its["path"] else "a copy",
            its["path"],
            f"{its['seconds'] * 1e3:.3g} ms",
            f"{its['bytes_per_second'] / 1e9:.3g} GB/s",
            f"{its['share']:.0%}",
        ]
        for its in told["timed"]
        if "refused" not in its
    ]
    count = f"{told['weights']:,} weights of float32 in 64 tensors.\n\n"
    times = table(["optimizer", "path", "a step", "memory", "of a copy"], rows)
    return count + times + _refused(told["timed"])


def _refused(timed: Sequence[Mapping[str, Any]]) -> str:
    """Say which paths PyTorch refuses here, and in which words."""
    lines = [
        f"- `{its['name']}`, {its['path']}: {escape(its['refused'])}"
        for its in timed
        if "refused" in its
    ]
    return "\nNot there, as PyTorch says:\n\n" + "\n".join(lines) + "\n" if lines else ""
