"""What shows a verdict: the case, the digits that differ, and a line that shows it again."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, WIDEST
from gradmark.harness.resolve import Target, place, root_of, seen
from gradmark.harness.worker import LAYOUTS, SHARED

ALSO = ("asfortranarray", "broadcast_to", "flip", "stack", "int64", "float64")  # where needed
SHORT = 72  # characters of a question that is worth spelling out


@dataclass(frozen=True)
class Evidence:
    """The first entry of the first case on which an answer is not the canonical one."""

    case: Case
    entry: int
    expected: float
    got: float
    shrunk: bool = False  # whether the case is a simpler one than that of its id

    def __str__(self) -> str:
        dtype = self.case.dtype
        expected, got = plain(self.expected, dtype), plain(self.got, dtype)
        of_what = f", {self.array}" if self.array else ""
        return f"{self.where}{of_what}: expected {expected}, got {mark(expected, got)}"

    @property
    def where(self) -> str:
        """Say which case this is, and for an optimizer which step."""
        case = self.case
        name = f"case {case.id}, made smaller" if self.shrunk else f"case {case.id}"
        if not CONTRACT[case.formula].stepped:
            question = f"{case.formula}({', '.join(map(_spell, case.arguments))})"
            return f"{name}, {question}" if len(question) <= SHORT else name
        return f"{name}, step {self.step}"

    @property
    def array(self) -> str:
        """Name the number that this is about, where an answer has several arrays: dW1[0, 2]."""
        at = self.entry
        named = CONTRACT[self.case.formula].due(self.case.arguments)
        for name, its, _ in named if len(named) > 1 else ():
            if at < math.prod(shape := np.shape(its)):
                return f"{name}[{', '.join(map(str, np.unravel_index(at, shape)))}]"
            at -= math.prod(shape)
        return ""

    @property
    def step(self) -> int:
        """The step of an optimizer that this is about, counted from 1."""
        return self.entry // max(int(self.case.arguments[0].size), 1) + 1


def plain(value: float, dtype: str) -> str:
    """Spell a computed number with the digits that its dtype has."""
    return f"{value:.{DTYPES[dtype].decimals + 2}g}"


def mark(expected: str, got: str) -> str:
    """Put brackets around the digits of `got` that differ.

    >>> mark("0.69314718", "0.69314802")
    '0.69314[802]'
    """
    same = 0
    while same < min(len(expected), len(got)) and expected[same] == got[same]:
        same += 1
    return got if same < 3 or same == len(got) else f"{got[:same]}[{got[same:]}]"


def reproduction(evidence: Evidence, target: Target, python: str = "python") -> str:
    """Write a shell line that shows the answer again; for Python it needs nothing of gradmark."""
    case = evidence.case
    if target.command:
        # Not Python: gradmark itself has to do the talking.
        asked = f"--formula {case.formula} --dtype {case.dtype}"
        return f"gradmark check {shell_word(place(target))} {asked}"
    own = DTYPES[case.dtype].make().type.__module__ == "numpy"
    its = [case.dtype] if own and case.dtype != WIDEST else []
    names = ["array", "asarray", *its, "inf", "nan"]
    program = _load(target, case.formula)
    hooks = hooks_of(target)

    def given(value: str) -> str:
        return f'm["from_numpy"]({value})' if "from_numpy" in hooks else value

    def handed(value: Any, spelled: str) -> str:
        if isinstance(value, list):
            return f"[{', '.join(handed(item, _spell(item)) for item in value)}]"
        return given(spelled) if np.ndim(value) else spelled

    def shown(value: str) -> str:
        answer = f'm["to_numpy"]({value})' if "to_numpy" in hooks else value
        return f"asarray({answer}).tolist()"

    def all_shown(value: str, depth: int) -> str:
        if not depth:
            return shown(value)
        one = "ab"[depth - 1]
        return f"[{all_shown(one, depth - 1)} for {one} in {value}]"

    if CONTRACT[case.formula].stepped:
        w, gradients, rates = case.arguments
        steps = evidence.step
        hyper = ", ".join(f"{k}={v!r}" for k, v in {"lr": rates[0], **case.hyper}.items())
        path = f"zip({_spell(gradients[:steps])}, {rates[:steps]!r})"
        if case.layouts:
            program.append(f"w = {_spell(w)}")
            first = _laid_out("w", case.layout(0))
            gradient = given(_laid_out("g", case.layout(1), same="w"))
        else:
            first, gradient = _spell(w), given("asarray(g)") if hooks else "g"
        program += [f"w = {given(first)}", f"o = f({hyper})"]
        program += [f"[w := o.step(w, {gradient}) for g, o.lr in {path}]", f"print({shown('w')})"]
    else:
        spelled = list(map(_spell, case.arguments))
        if case.layouts:
            named = CONTRACT[case.formula].parameters
            program += [f"{n} = {its}" for n, its in zip(named, spelled, strict=False)]
            places = range(len(spelled))
            spelled = [_laid_out(named[i], case.layout(i), same=named[0]) for i in places]
        arguments = map(handed, case.arguments, spelled)
        call = f"f({', '.join(arguments)})"
        program.append(f"print({all_shown(call, CONTRACT[case.formula].depth)})")
    text = "; ".join(program)
    names += [name for name in ALSO if re.search(rf"\b{name}\(", text)]
    text = f"from numpy import {', '.join(names)}; {text}"
    text = text if own else f"from ml_dtypes import {case.dtype}; {text}"
    return text if _in_session(target) else f"{shell_word(python)} -c {shell_word(text)}"


def _laid_out(name: str, layout: str, same: str = "") -> str:
    """Spell a variable as the array that it is to become."""
    if layout == SHARED:
        return same
    return LAYOUTS[layout].format(name) if layout else name


def importing(target: Target, python: str = "python") -> str:
    """Write a shell line that shows again how the import of a contender fails."""
    if target.command:
        return f"gradmark check {shell_word(place(target))}"
    return f"{shell_word(python)} -c {shell_word('; '.join(_namespace(target)))}"


def shell_word(text: str) -> str:
    r"""Quote a word for the shell; what could not be typed is escaped.

    Examples
    --------
    >>> print(shell_word("my file.py"), shell_word("a\x1bb"))
    'my file.py' $'a\x1bb'
    """
    if text.isprintable():
        return shlex.quote(text)
    spelled = (
        c if c.isprintable() and c not in "\\'" else "".join(f"\\x{b:02x}" for b in os.fsencode(c))
        for c in text
    )
    return f"$'{''.join(spelled)}'"


def _literal(text: str) -> str:
    """Spell a string for Python, in double quotes where it can be: single ones are the shell's."""
    spelled = repr("'" + text)
    return f'"{spelled[2:]}' if spelled[0] == '"' else repr(text)


def _in_session(target: Target) -> bool:
    """Tell whether it was typed into an interpreter: it is there, and nowhere else."""
    return target.module == "__main__"


def _load(target: Target, formula: str) -> list[str]:
    its = target.names.get(formula, formula)
    if _in_session(target):
        return [f"f = {its}"]
    return [*_namespace(target), f"f = m[{json.dumps(its)}]"]


def _namespace(target: Target) -> list[str]:
    if target.path is not None:
        return ["from runpy import run_path", f"m = run_path({_literal(place(target))})"]
    inner, root = f".{target.attribute}" if target.attribute else "", root_of(target)
    found = [] if root is None else ["import sys", f"sys.path.insert(0, {_literal(seen(root))})"]
    return [*found, f"import {target.module} as module", f"m = vars(module{inner})"]


def hooks_of(target: Target) -> set[str]:
    """Find the conversions that a contender's file defines: its functions want them."""
    if target.path is None:
        return set()
    try:
        source = target.read(target.path).decode(errors="replace")
    except OSError:  # gone meanwhile
        return set()
    return set(re.findall(r"^(?:def )?(from_numpy|to_numpy)\b", source, re.MULTILINE))


def _spell(value: Any) -> str:
    if isinstance(value, np.generic):
        return f"{value.dtype.name}({value!s})"
    if isinstance(value, list):
        return f"[{', '.join(map(_spell, value))}]"
    if not isinstance(value, np.ndarray):
        return repr(value)
    spelled = np.array2string(
        value,
        separator=", ",
        threshold=1 << 30,
        max_line_width=1 << 30,
        floatmode="unique",
    ).replace("\n", "")
    name = value.dtype.name
    dtype = f", dtype={name}" if name in DTYPES and name != WIDEST else ""
    return f"array({spelled}{dtype})"
