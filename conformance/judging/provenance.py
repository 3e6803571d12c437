"""What kept truth depends on: its hash changes when a body, a case or the arithmetic does."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from gradmark.conformance.cases import cases
from gradmark.harness.contract import CONTRACT, dtypes

CONFORMANCE = Path(__file__).parent.parent
CATALOGUE = "gradmark.conformance.catalogue"
IMPORTED = re.compile(rf"\b{re.escape(CATALOGUE)}((?:\.\w+)*)")


@cache
def provenance(formula: str, dtype: str) -> str:
    """Identify the truth about all forms of a formula on its cases in one dtype.

    It covers the arithmetic, the formula's cases, and every module of the catalogue that its forms
    can run: one that names the formula, and what such a module imports.
    """
    digest = _of_forms(formula)
    digest.update(f"{formula} {CONTRACT[formula].stepped} {dtype}".encode())
    for case in cases(formula, dtype):
        digest.update(case.canonical_bytes())
    return digest.hexdigest()[:16]


@cache
def of_equations(formula: str) -> str:
    """Identify the equations of all forms of a formula, and what derives them."""
    digest, row = _of_forms(formula), CONTRACT[formula]
    for path in sorted((CONFORMANCE / "equations").glob("*.py")):
        digest.update(path.read_bytes())
    given = [each.name for each in (*row.takes, *row.hyperparameters)]
    names = given + [each.name for each in row.returned] + [each.name for each in row.state]
    digest.update(f"{formula} {row.stepped} {row.by_chance} {names}".encode())
    return digest.hexdigest()[:16]


def _of_forms(formula: str) -> hashlib._Hash:
    digest = hashlib.sha256(_arithmetic())
    for path in modules(formula):
        digest.update(str(path.relative_to(CONFORMANCE)).encode() + path.read_bytes())
    return digest


def modules(formula: str) -> list[Path]:
    """List the files of the catalogue that the forms of a formula depend on."""
    sources = _sources()
    # A form is entered under its formula's name: where that is not spelled, none is entered.
    named = re.compile(rf"""["']{formula}["']""")
    found: set[Path] = set()
    coming = [path for path, text in sources.items() if named.search(text)]
    while coming:
        path = coming.pop()
        if path not in found:
            found.add(path)
            coming += _imports(sources[path], sources)
    return sorted(found)


@cache
def _sources() -> dict[Path, str]:
    return {p: p.read_text(encoding="utf-8") for p in (CONFORMANCE / "catalogue").rglob("*.py")}


def _imports(text: str, sources: dict[Path, str]) -> list[Path]:
    """List the modules that a text imports from, and the packages on the way to them."""
    found = []
    for match in IMPORTED.finditer(text):
        names = match[1].split(".")[1:]
        if not names:
            continue  # the package itself, which imports everything
        place = (CONFORMANCE / "catalogue").joinpath(*names)
        found += [p for p in (place.with_suffix(".py"), place / "__init__.py") if p in sources]
    return found


@cache
def _arithmetic() -> bytes:
    """Read what evaluates the forms: the arithmetic here, the dtypes, and which MPFR is below.

    Some forms are what low precision makes of others, by the tolerances' factors.
    """
    digest = hashlib.sha256()
    ours = sorted((CONFORMANCE / "truth").glob("*.py"))
    judging = [CONFORMANCE / "judging" / name for name in ("unfold.py", "tolerances.py")]
    low = CONFORMANCE / "catalogue" / "forms.py"
    for path in (*ours, *judging, low, Path(dtypes.__file__)):
        digest.update(path.read_bytes())
    spec = find_spec("gmpy2")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    digest.update(Path(spec.origin).read_bytes())
    # Its metadata name the release; importing it to ask costs more than all else that is read.
    digest.update(" ".join(sorted(p.name for p in package.parent.glob("gmpy2-*"))).encode())
    return digest.digest()
