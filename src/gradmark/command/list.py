"""``gradmark list``: what there is, by name."""

from __future__ import annotations

import argparse
import sys

from gradmark.command.options import verb_parser
from gradmark.conformance.catalogue import variants
from gradmark.conformance.engine.expectations import known
from gradmark.harness.contract import CONTRACT
from gradmark.harness.resolve import shipped

KINDS = {"canonical": " ", "dialect": "~", "mistake": "✗"}


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    it = verb_parser("list", "List formulas, the known forms of some, or bundled contenders.")
    it.add_argument(
        "what",
        nargs="*",
        metavar="WHAT",
        default=["formulas"],
        help="formulas, forms, contenders, or the name of a formula, whose forms are listed"
        " [formulas]",
    )
    return it


def run(asked: argparse.Namespace) -> int:
    """Write the lists."""
    for what in asked.what:
        if what == "formulas":
            _formulas()
        elif what == "contenders":
            sys.stdout.write("\n".join(("reference", *shipped())) + "\n")
        elif what == "forms":
            for formula in CONTRACT:
                _forms(formula)
        else:
            known("list", what, ("formulas", "forms", "contenders", *CONTRACT))
            _forms(what)
    return 0


def _formulas() -> None:
    for name, formula in CONTRACT.items():
        call = f"{name}({', '.join(formula.parameters)})"
        sys.stdout.write(f"{call:64} {formula.kind}, {len(variants(name))} forms\n")


def _forms(formula: str) -> None:
    sys.stdout.write(f"{formula}\n")
    for variant in variants(formula):
        kind = variant.kind("float64")
        sys.stdout.write(f"  {KINDS[kind]} {variant.name:44} {variant.says}\n")
