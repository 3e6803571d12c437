"""``gradmark check --explain-binding``: how each name is called, or why not."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from gradmark.conformance.engine.plan import Plan
from gradmark.harness.declarations import lines_to_paste
from gradmark.harness.host import Contender, ContenderFailure, NothingProvidedError


def explain_bindings(plan: Plan) -> int:
    """Print it for every contender of a plan; return 0 if anything can be called, else 2."""
    console = Console(highlight=False, soft_wrap=True)
    told = 0
    for name in plan.typed:
        console.print(Text(name, style="bold"))
        with plan.contender(name) as contender:
            for line in _lines(contender):
                told += line.startswith("  ✓")
                console.print(Text(line))
    return 0 if told else 2


def _lines(contender: Contender) -> Iterator[str]:
    try:
        found, provided = contender.bindings(), contender.provides
    except (ContenderFailure, NothingProvidedError) as error:
        yield f"  ! {error}"
        return
    if contender.loaded:
        yield f"  loaded by its definitions alone: {contender.loaded}"
    for formula in sorted(provided - {*found.bindings}):
        yield f"  ✓ {formula}: it has the contract's own name, and is called as the contract says"
    bound = [(binding,) for binding in found.bindings.values()]
    yield from (f"  ✓ {each}" for its in (*bound, *found.several.values()) for each in its)
    for formula, why in found.unbound.items():
        if formula not in found.several:
            yield f"  ? {formula}: {why}"
            if formula in found.calls:
                lines = lines_to_paste(formula, found.calls[formula])
                yield from (f"      {line}" for line in lines)
