"""Tells the author of a contender in another language whether it keeps to the line protocol.

`python -m gradmark.harness.selfcheck FOLDER`, or a `contender.toml`, or a command. The exit status
is 0 where gradmark can judge it, 1 where something must be fixed, and 2 for a usage error.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gradmark.harness import wire
from gradmark.harness.contract import CONTRACT, Formula, Parameter
from gradmark.harness.host import ContenderFailure, arrays_due
from gradmark.harness.installation import installed
from gradmark.harness.line_process import LineProcess, MissingProgramError
from gradmark.harness.line_protocol import command
from gradmark.harness.resolve import Target, UsageError, resolve
from gradmark.harness.wire import Array, RaisedError, WireError

START, CALL = 60.0, 10.0  # seconds
MEMORY = 4 * 2**30  # bytes
USAGE = "usage: python -m gradmark.harness.selfcheck FOLDER | contender.toml | COMMAND [WORD ...]"
SAMPLE = 0.25  # exact in both dtypes, and inside most domains
STEPS = 3
# Every length that has a name is another, so that an exchange of two is seen.
LENGTHS = {"n": 4, "d": 3, "h": 2, "k": 1}

Say = Callable[[str], None]


class BrokenError(Exception):
    """What is wrong, and how to fix it."""


def main(words: Sequence[str], say: Say) -> int:
    """Walk through the protocol, and return the exit status."""
    try:
        target = _target(words)
        process = LineProcess(command(target.command, installed(target, say=say)), MEMORY)
    except (UsageError, MissingProgramError) as error:
        say(f"{error}\n{USAGE}")
        return 2
    except ContenderFailure as error:
        say(f"{error.reason}\n{error.output}")
        return 1
    try:
        _walk(process, say)
    except (BrokenError, WireError, RaisedError) as error:
        say(f"WRONG  {error}")
    except TimeoutError:
        say(
            "WRONG  no answer in time: is each answer ended by a newline and flushed,"
            " and is exactly one line read for each request?"
        )
    except EOFError:
        say(
            f"WRONG  {process.how_it_ended()}: it must go on until its input ends,"
            " and answer even what it cannot do"
        )
    else:
        say("All is well: gradmark can judge it.")
        return 0
    finally:
        process.kill()
        if process.output():
            say(f"The last on its standard error:\n{process.output().rstrip()}")
    say("harness/PROTOCOL.md says what is expected.")
    return 1


def _target(words: Sequence[str]) -> Target:
    if not words or words[0].startswith("-"):
        raise UsageError("name what to check")
    if len(words) == 1:
        target = resolve(words[0], Path.cwd())
        if not target.command:
            raise UsageError(f"{words[0]} is a contender in Python, which needs no protocol")
        return target
    return Target(words[0], folder=Path.cwd(), command=tuple(words))


def _walk(process: LineProcess, say: Say) -> None:
    names = process.hello(START)
    say(f"ok     hello: computes in {' and '.join(process.dtypes)}")
    known = [CONTRACT[name] for name in names if name in CONTRACT]
    for name in names:
        if name not in CONTRACT:
            say(f"note   provides {name}, which gradmark does not know and never calls")
    if not known:
        raise BrokenError(
            f"provides nothing that gradmark can judge; it knows {', '.join(CONTRACT)}"
        )
    process.echo(START)
    say("ok     echo: NaN, infinities, -0 and subnormals come back as they went")
    _expect_error(process, "an unknown request", request="gradmark_selfcheck")
    _expect_error(
        process, "an unknown name", request="call", name="gradmark_selfcheck", arguments=[]
    )
    say("ok     errors: what it does not know is answered with an error, and it goes on")
    dtype = process.dtypes[0]
    for formula in known:
        check = _trajectory if formula.stepped else _call
        try:
            check(process, formula, dtype)
        except (WireError, RaisedError, BrokenError) as error:
            raise BrokenError(f"{formula.name}: {error}") from None
        say(f"ok     {formula.name}")


def _expect_error(process: LineProcess, what: str, **request: Any) -> None:
    try:
        process.ask(CALL, **request)
    except RaisedError:
        return
    raise BrokenError(f"answered {what} with a result; expected an error with type and message")


def _sample(formula: Formula, dtype: str) -> list[Any]:
    return [_value(parameter, dtype) for parameter in formula.takes]


def _value(parameter: Parameter, dtype: str) -> Any:
    any_shape = parameter.shape == "..."
    if parameter.many:  # layers of one shape fit together once
        return [_value(replace(parameter, many=False), dtype)] * (2 if any_shape else 1)
    if not parameter.is_array:
        return 1 if parameter.role == "time" else (parameter.values or (SAMPLE,))[0]
    shape = (2, 3) if any_shape else map(_length, parameter.shape.split())
    low, high = parameter.domain
    inside = high if parameter.role == "signed label" else min(max(SAMPLE, low), high)
    return np.full(tuple(shape), inside, dtype)


def _length(name: str) -> int:
    return LENGTHS[name] if name in LENGTHS else int(name)


def _call(process: LineProcess, formula: Formula, dtype: str) -> None:
    given = _sample(formula, dtype)
    due = arrays_due(formula, given)
    arguments = [wire.argument(value) for value in given]
    answer = process.ask(CALL, "call", name=formula.name, arguments=arguments)
    for got, shapes in zip(wire.arrays(answer, len(due)), due.values(), strict=True):
        if got.shape not in shapes:
            raise BrokenError(f"returned an array of shape {got.shape}, expected {shapes[0]}")


def _trajectory(process: LineProcess, formula: Formula, dtype: str) -> None:
    """Each trajectory has a new optimizer, except with `keep`: split in two it is the same."""
    w, gradients = np.full((2, 3), SAMPLE, dtype), np.full((STEPS, 2, 3), SAMPLE, dtype)

    def run(w: Array, gradients: Array, **members: int) -> Array:
        answer = process.ask(
            CALL,
            "trajectory",
            name=formula.name,
            hyper=dict.fromkeys(formula.parameters, SAMPLE),
            w=wire.array(w),
            gradients=wire.array(gradients),
            rates=[SAMPLE] * len(gradients),
            **members,
        )
        (path,) = wire.arrays(answer, 1)
        if path.shape != gradients.shape:
            raise BrokenError(
                f"returned weights of shape {path.shape}, expected {gradients.shape},"
                " those of the gradients: the weights after each step"
            )
        return path

    whole = run(w, gradients)
    if not np.array_equal(run(w, gradients), whole):
        raise BrokenError(
            "a second trajectory differs from the first: without keep, each needs a new optimizer"
        )
    first = run(w, gradients[:1], keep=1)
    rest = run(first[0], gradients[1:], keep=1)
    if not np.array_equal(np.concatenate([first, rest]), whole):
        raise BrokenError(
            "two trajectories with the same keep differ from one of all their steps:"
            " the optimizer must be kept with all that it remembers"
        )
    process.ask(CALL, "forget", keep=1)
    if not np.array_equal(run(w, gradients, keep=1), whole):
        raise BrokenError("an optimizer that was forgotten still remembers: forget must drop it")
    process.ask(CALL, "forget", keep=1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], lambda text: print(text, flush=True)))  # noqa: T201 - its output
