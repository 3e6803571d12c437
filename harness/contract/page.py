"""The page that lists all formulas, made from the contract's rows."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from gradmark import reference
from gradmark.harness.contract import CONTRACT, Formula, Kind, kinds
from gradmark.harness.resolve import CHECKOUT

FILE = CHECKOUT / "docs" / "formulas.md"
TITLES: dict[Kind, str] = {
    "loss": "Losses: a number from labels and predictions",
    "gradient": "Gradients of losses, with respect to the second argument",
    "activation": "Activations and their slopes",
    "norm": "Norms and their gradients",
    "network": "Networks",
    "in hand": "Gradients in hand: what is done to them before a step",
    "optimizer": "Optimizers: classes",
    "schedule": "Schedules: the learning rate of an epoch or a step",
    "test function": "Test functions, and their gradients",
    "chance": "Chance: what is drawn, and [judged by its distribution](chance.md)",
}
ABOUT = """\
# All formulas

<!-- Made by `python -m gradmark.harness.contract`: change harness/contract, not this. -->

A file is judged on those of these names that it has. Arguments of functions come in this order;
an optimizer's come by keyword, and `opt.step(w, grad)` returns the new weights and leaves both
arguments alone; `opt.lr` may be set between steps. Code that uses other names is found by those
in the last column, and [by what it looks like](bindings.md). `gradmark explain NAME` gives a
formula's equation, domain and convention, and `gradmark list NAME` all forms of it.
"""


def text() -> str:
    """Write the page."""
    return "\n".join([ABOUT, *map(_section, kinds())])


def _section(kind: Kind) -> str:
    head = [
        f"## {TITLES[kind]}\n",
        "| call | what it is | returns | other names |",
        "| --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *(_row(f) for f in CONTRACT.values() if f.kind == kind), ""])


def _row(formula: Formula) -> str:
    return f"| {' | '.join(_cells(formula))} |"


def _cells(formula: Formula) -> Iterator[str]:
    yield f"`{formula.call}`"
    yield (inspect.getdoc(getattr(reference, formula.name)) or "").partition("\n\n")[0]
    yield "an object with `step`" if formula.stepped else formula.returns
    yield ", ".join(f"`{name}`" for name in formula.synonyms)
