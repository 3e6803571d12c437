"""What options do to a form: the same to every form of a formula, however it is put together.

At their neutral values a form is what it is without them. At any other an option fills slots of
the formula's recipe, beside those that the form fills: so a convention, or a mistake, is met with
every option that stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from gradmark.harness.contract import CONTRACT

Body = Callable[..., Any]
Set = Mapping[str, Any]  # options at other values than their neutral ones

# By formula: puts a form together, known by its name or else by its body, with options set.
MADE: dict[str, Callable[[str, Body, Set], Body]] = {}


def taking_options(formula: str, body: Body, made: Callable[[Set], Body]) -> Body:
    """Let a body take the formula's options; where there are none it is left as it is."""
    options = CONTRACT[formula].options if formula in CONTRACT else ()  # a row may be forgotten
    neutral = {option.name: option.neutral for option in options}
    if not neutral:
        return body

    @wraps(body)
    def with_options(*arguments: Any, **hyper: Any) -> Any:
        given = {name: hyper.pop(name) for name in neutral if name in hyper}
        chosen = {name: value for name, value in given.items() if float(value) != neutral[name]}
        return (made(chosen) if chosen else body)(*arguments, **hyper)

    return with_options


def entered(formula: str, name: str, body: Body) -> Body:
    """Let an entered form take options, by the recipe that its formula has by then."""
    return taking_options(formula, body, lambda chosen: MADE[formula](name, body, chosen))
