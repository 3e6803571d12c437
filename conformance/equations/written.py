"""The equation of a form, derived from its body: it is run on symbols, and what it does is read.

An optimizer is run until its counter is far out; what it then makes of the state of the step before
is its equation, a line for each variable that it keeps. What decides by its numbers is run each
way. Where symbols cannot do what numbers can, there is no equation: its sentence has to do.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import getgeneratorlocals
from itertools import count, islice
from typing import Any

from gradmark.conformance.catalogue import Variant, takes_dtype
from gradmark.conformance.equations.spelling import CONDITIONS, Speller
from gradmark.conformance.equations.term import Condition, Table, Term, again, term
from gradmark.conformance.equations.ways import Straight, either, every_way, going
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import WIDEST
from gradmark.harness.contract.parameter import Parameter

FAR = 1100  # steps: beyond what any counter is known to be capped at
Made = dict[str, Term]  # what a variable becomes, by its name
NEAR = 9  # steps by which a counter may be off
LONGEST = 240  # characters of a line that still helps
LONG = 100  # characters of a line in which what is said again and again gets a letter
LEAST_SAVED = 40  # characters
LETTERS = "abc"
COMPUTED = re.compile(r"[0-9]\.?[0-9]{5}(?![0-9]*…)")  # nobody has typed that number
NO_POWERS = dict.fromkeys(map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗ"))
SYMBOLS = {
    "lr": "η", "initial_lr": "η₀", "beta": "β", "beta1": "β₁", "beta2": "β₂", "momentum": "γ",
    "epsilon": "ε", "weight_decay": "λ", "label_smoothing": "ε", "y_true": "y", "y_pred": "p",
    "logits": "z", "decay_rate": "k", "epochs_drop": "D", "warmup_epochs": "T_w", "total_epochs":
    "T", "greatest": "v_max", "velocity": "v", "T_max": "T", "epoch": "t", "weights": "w",
    "alpha": "α", "delta": "δ", "gamma": "γ", "rho": "ρ",
}  # fmt: skip
SYMBOLS |= {p.name: p.symbol for row in CONTRACT.values() for p in row.takes if p.symbol}
PLACES = "₁₂"  # of a list
LISTED = {  # what one of a list is called
    "weights": "W", "biases": "b", "gradients": "g", "dweights": "dW", "dbiases": "db",
    "counts": "n",
}  # fmt: skip


@dataclass(frozen=True)
class Equation:
    """A form's equation: for each variable that it computes, what it becomes.

    Parameters
    ----------
    lines : mapping
        The right-hand sides by the variables' names, in the order in which they are computed.

    Examples
    --------
    >>> from gradmark.conformance.catalogue import form
    >>> print(equation(form("SGDMomentum", "lr-outside-velocity")))
    v ← γ v + g
    w ← w − η v
    """

    lines: Mapping[str, str]

    def __str__(self) -> str:
        return "\n".join(f"{name} ← {its}" if name else its for name, its in self.lines.items())


_known: dict[tuple[str, str], Equation | None] = {}


def equation(form: Variant) -> Equation | None:
    """Derive the equation of a form, once; None where it has none that one run shows."""
    name = form.formula, form.key
    if name not in _known:
        _known[name] = _derived(form)
    return _known[name]


def read(form: Variant) -> Made:
    """Run a form on symbols, and return what each of its variables becomes.

    Raises
    ------
    TypeError, AttributeError, ValueError, RecursionError, IndexError, OverflowError
        It does with symbols what symbols cannot do.
    """
    return _stepped(form) if CONTRACT[form.formula].stepped else _called(form)


def _derived(form: Variant) -> Equation | None:
    if CONTRACT[form.formula].by_chance:
        return None  # it is a law
    speller = Speller(_counted if CONTRACT[form.formula].stepped else _rows)
    try:
        made = _taken_apart(read(form), speller)
        lines = {name: speller.line(its) for name, its in made.items()}
    except (TypeError, AttributeError, ValueError, RecursionError, IndexError, OverflowError):
        return None  # it does with symbols what symbols cannot do
    if any(len(line) > LONGEST or COMPUTED.search(line) for line in lines.values()):
        return None
    return Equation(lines)


def symbol(name: str) -> str:
    """Write a name as formulas have it.

    >>> symbol("beta1"), symbol("m")
    ('β₁', 'm')
    """
    return SYMBOLS.get(name, name)


def _options(form: Variant) -> dict[str, Any]:
    return {"dtype": form.stored or WIDEST} if takes_dtype(form.body) else {}


# --- functions ------------------------------------------------------------------------------------


def _called(form: Variant) -> Made:
    row = CONTRACT[form.formula]
    given = [_symbols(p.name) if p.many else _symbol(p) for p in row.takes]

    def answered() -> Made:
        answer = form.body(*given, **_options(form))
        several = [each.name for each in row.returned] if isinstance(answer, tuple) else [""]
        answers = answer if isinstance(answer, tuple) else (answer,)
        return dict(_named_apart(zip(several, answers, strict=True)))

    made = every_way(answered, _either)
    if not any(its.of for its in made.values()):
        raise TypeError("no symbol is left in it")
    return made


def _symbol(its: Parameter) -> Term:
    return (Table if its.shape == "n d" else Term)(symbol(its.name))


def _symbols(name: str) -> list[Term]:
    """Give a list of two: as many as show what becomes of the one after the other."""
    return [Term(f"{LISTED.get(name, symbol(name))}{at}") for at in PLACES]


def _named_apart(answers: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Term]]:
    """Name each answer, and each of a list."""
    for name, its in answers:
        if isinstance(its, list):
            yield from (
                (f"{LISTED.get(name, 'g')}{at}", term(one))
                for at, one in zip(PLACES, its, strict=True)
            )
        else:
            yield name, term(its)


def _rows(number: str) -> str:
    """Write the number of rows as such."""
    return "rows" if number == str(Table.ROWS) else number


def _either(condition: Term, yes: Made, no: Made) -> Made:
    """Join line by line what comes of two ways; what one of them has no need of is the other's."""
    longer, shorter = (yes, no) if len(yes) >= len(no) else (no, yes)
    if not {*shorter} <= {*longer}:
        raise TypeError("each way computes what the other does not")
    return {
        name: either(condition, yes[name], no[name]) if name in shorter else longer[name]
        for name in longer
    }


# --- optimizers -----------------------------------------------------------------------------------


def _stepped(form: Variant) -> Made:
    hyper = {
        p.name: Term(symbol(p.name)) if p.role != "count" else p.usual
        for p in CONTRACT[form.formula].hyperparameters
    }
    steps = [_at("g", t) for t in range(1, FAR + 1)], [_at("η", t) for t in range(1, FAR + 1)]

    speller = Speller(_counted)

    def far() -> Made:
        made = _last(form, steps, hyper)
        needed = _needed({name: speller.line(its) for name, its in made.items()})
        return {name: made[name] for name in needed}

    return every_way(far, _either)


def _last(form: Variant, steps: Sequence[Any], hyper: Mapping[str, Any]) -> Made:
    """Take the last step, in terms of what the one before it left."""
    body = form.body(Term("w"), *steps, **hyper, **_options(form))
    with going(Straight()):  # one way is as good as another: what it comes to has a name afterwards
        deque(islice(body, FAR - 1), maxlen=0)
    before = _locals(body)
    now = next(body)
    after = _locals(body)
    known = [its.name for its in CONTRACT[form.formula].state]
    state = [n for n in (*known, *after) if n in after and n != "w" and _is_kept(n, before, after)]
    names = {id(before["w"]): "w"} | {id(before[n]): symbol(n) for n in reversed(state)}
    lines: dict[str, Term] = {}
    for name, its in [*((n, after[n]) for n in dict.fromkeys(state)), ("w", term(now))]:
        if id(its) in names:  # another variable's name for the same
            continue
        if name == "w":
            for way in Condition.ways[-1:]:
                way.asked = [_named(one, names) for one in way.asked]
        lines[symbol(name)] = _named(its, names)
        names[id(its)] = symbol(name)
        if id(before[name]) in names:  # what comes after it would mean the new one
            names[id(before[name])] = f"{symbol(name)}ₜ₋₁"
    return lines


def _named(its: Term, names: Mapping[int, str]) -> Term:
    """Put their names in place of the terms that have one."""
    made: dict[int, Term] = {}

    def of(one: Term) -> Term:
        if id(one) not in made:
            name = names.get(id(one))
            made[id(one)] = Term(name) if name else again(one, [*map(of, one.of)])
        return made[id(one)]

    return again(its, [*map(of, its.of)])


def _needed(lines: Mapping[str, str]) -> dict[str, str]:
    """Leave out the variables that no other is made of."""
    plain = {name: its.replace("ₜ₋₁", "").translate(NO_POWERS) for name, its in lines.items()}
    words = {name: set(re.findall(r"\w+", its)) for name, its in plain.items()}
    found = {
        name: its
        for name, its in lines.items()
        if name == "w" or any(name in words[other] for other in lines if other != name)
    }
    return found if len(found) == len(lines) else _needed(found)


def _taken_apart(made: Made, speller: Speller) -> Made:
    """Give a line of its own to what long lines say again and again."""
    for letter in LETTERS:
        often = _repeated([it for it in made.values() if len(speller.line(it)) > LONG], speller)
        if often is None or letter in made:
            return made
        short = {name: _by_key(its, often.key, Term(letter)) for name, its in made.items()}
        first = next(at for at, name in enumerate(made) if made[name].key != short[name].key)
        lines = [*short.items()]
        made = dict([*lines[:first], (letter, often), *lines[first:]])
    return made


def _repeated(lines: Sequence[Term], speller: Speller) -> Term | None:
    """Return what is said most often, the longest of several; None where nothing is."""
    waiting, met, known = [*lines], Counter[int](), dict[int, Term]()
    while waiting:
        one = waiting.pop()
        if one.of and one.head not in CONDITIONS:
            met[one.key] += 1
            known[one.key] = one
        waiting += one.of
    texts = {key: speller.line(known[key]) for key, times in met.items() if times > 2}
    saved = {key: (met[key] - 1) * (len(text) - 1) for key, text in texts.items()}
    best = max(saved, key=lambda key: (saved[key], texts[key]), default=None)
    return None if best is None or saved[best] < LEAST_SAVED else known[best]


def _by_key(its: Term, key: int, by: Term) -> Term:
    if its.key == key:
        return by
    return again(its, [_by_key(one, key, by) for one in its.of])


def _at(name: str, t: int) -> Term:
    """Name what comes with a step, seen from the last one."""
    ago = FAR - t
    return Term(name if not ago else f"{name}ₜ₋₁" if ago == 1 else f"{name}₁" if t == 1 else "…")


def _locals(body: Any) -> dict[str, Term]:
    """Return the variables of a running body that are made of something."""
    found = getgeneratorlocals(innermost(body))
    return {name: its for name, its in found.items() if isinstance(its, Term) and its.of}


def innermost(body: Any) -> Any:
    """Return the running body that others hand on, as those with other rates or gradients do."""
    while getattr(body, "gi_yieldfrom", None) is not None:
        body = body.gi_yieldfrom
    return body


def _is_kept(name: str, before: Mapping[str, Term], after: Mapping[str, Term]) -> bool:
    """Whether a variable is state: what it was in the step before is part of what it is now."""
    return (
        name in before
        and before[name] is not after[name]
        and _inside(before[name], after[name], beyond=before["w"])
    )


def _inside(part: Term, whole: Term, beyond: Term) -> bool:
    """Whether a term is part of another, and not only of what that has from the weights."""
    waiting, seen = [whole], set[int]()
    for _ in count():
        if not waiting or len(seen) > 200:
            return False
        its = waiting.pop(0)
        if its is part:
            return True
        if id(its) not in seen and its is not beyond:
            seen.add(id(its))
            waiting += its.of
    return False


def _counted(number: str) -> str:
    """Write the counter's number as t, and those near it by how far they are from it.

    >>> _counted("1100"), _counted("1102"), _counted("1099"), _counted("2200"), _counted("1e-8")
    ('t', 't + 2', 't − 1', '2t', '1e-8')
    """
    off = int(number) - FAR if number.isdecimal() else FAR
    if abs(off) <= NEAR:
        return f"t + {off}" if off > 0 else f"t − {-off}" if off else "t"
    return "2t" if number == str(2 * FAR) else number
