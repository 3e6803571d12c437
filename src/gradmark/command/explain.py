"""``gradmark explain``: what a formula, a form or a verdict is, and what to do about it."""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
from collections.abc import Iterator

from gradmark.command.options import verb_parser
from gradmark.conformance.catalogue import Variant, form, variants
from gradmark.conformance.catalogue.conduct import CONDUCT, Conduct
from gradmark.conformance.difference import Side
from gradmark.conformance.difference.matter import matter
from gradmark.conformance.difference.training import runs
from gradmark.conformance.engine.expectations import known
from gradmark.conformance.engine.subject import subject_of
from gradmark.conformance.equations import equation
from gradmark.conformance.live import live
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import WIDEST
from gradmark.harness.in_process import in_process
from gradmark.harness.links import links
from gradmark.harness.verdicts import MEANINGS, SIGNS

MEANS = {
    "canonical": "This is the canonical form: code that follows it conforms.",
    "dialect": "A documented convention, not the formula itself: code that follows it gets the"
    " verdict `dialect`.",
    "mistake": "A known mistake: code that follows it deviates. `gradmark check FILE --advise`"
    " looks for the line to change.",
}


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser("explain", "Explain formulas, forms and verdicts.")
    it.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="a formula (Adam), a form (epsilon-hat, Adam:epsilon-hat) or a verdict (inaccurate)",
    )
    return it


def run(asked: argparse.Namespace) -> int:
    """Write what is known about each name."""
    for name in asked.names:
        lines = list(explained(name))
        if not lines:
            forms = (v.name for f in CONTRACT for v in variants(f))
            known("explain", name, (*CONTRACT, *MEANINGS, *CONDUCT, *forms))
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


def explained(name: str) -> Iterator[str]:
    """Spell what is known about a name; nothing where it is unknown."""
    if name in CONTRACT:
        yield from _formula(name)
    if name in MEANINGS:
        yield f"{SIGNS[name]} {name}"
        yield f"  {MEANINGS[name]}"
    if name in CONDUCT:
        yield from _conduct(CONDUCT[name])
    formula, _, its_name = name.rpartition(":")
    for its in (formula,) if formula in CONTRACT else CONTRACT if not formula else ():
        for variant in variants(its):
            if variant.name == its_name:
                yield from _form(variant)


def _formula(name: str) -> Iterator[str]:
    row = CONTRACT[name]
    yield f"{row.call}: {row.kind}"
    body = getattr(importlib.import_module("gradmark.reference"), name)
    yield from (f"  {line}".rstrip() for line in (inspect.getdoc(body) or "").splitlines())
    for kind in ("canonical", "dialect", "mistake"):
        named = [v.name for v in variants(name) if v.kind("float64") == kind]
        yield f"  {kind}: {', '.join(named)}"


def _form(variant: Variant) -> Iterator[str]:
    kind = variant.kind("float64")
    yield f"{variant.formula}: {variant.name} ({kind})"
    yield f"  {variant.says}"
    if kind != "canonical":
        right = next(v for v in variants(variant.formula) if v.kind("float64") == "canonical")
        yield f"  canonical: {right.says}"
    yield f"  {MEANS[kind]}"
    yield f"  source: {variant.source}"
    yield from (f"    {address}" for address in links(variant.source))
    its = equation(variant)
    if its is not None:
        yield "  as an equation:"
        yield from (f"    {line}" for line in str(its).splitlines())
    weighed = _in_training(variant) if kind != "canonical" else None
    if weighed:
        yield f"  in training, beside the canonical form: {weighed}"
    try:
        source = inspect.getsource(inspect.unwrap(variant.body))
    except (OSError, TypeError):
        return
    if source.startswith("@"):  # else it is made by a factory, of which the text is all its forms'
        yield "  as code:"
        yield from (f"    {line}".rstrip() for line in source.splitlines())


def _in_training(variant: Variant) -> str:
    """Say what following a form does to the small training problems."""
    sides = (
        Side(subject_of(in_process(live(one), one.formula, one.name), WIDEST), one.formula)
        for one in (form(variant.formula), variant)
    )
    found = matter(list(runs(*sides)))
    return "" if found is None else str(found)


def _conduct(conduct: Conduct) -> Iterator[str]:
    yield f"{conduct.name} (conduct: of any formula)"
    yield f"  {conduct.says}"
    yield f"  seen as: {conduct.source}"
