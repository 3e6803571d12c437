"""What a caller in Python hands over, and the contender that it becomes."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from gradmark.conformance.engine.plan import Limits
from gradmark.harness.announcement import announce
from gradmark.harness.contenders import contender
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL
from gradmark.harness.host import Contender
from gradmark.harness.in_process import SESSION, InProcess, in_process
from gradmark.harness.resolve import Target, UsageError, resolve
from gradmark.harness.worker import HOOKS, PREFIX


def contender_of(
    thing: Any, formula: str | None, name: str | None = None, limits: Limits | None = None
) -> Contender:
    """Return the contender that an object, a name or a path means.

    A name or a path is hosted in a process of its own, as on the command line; an object is asked
    where it lives.

    Raises
    ------
    UsageError
        A name or a path that means nothing.
    ValueError
        It cannot be told which formula an object is.

    Examples
    --------
    >>> def relu(z):
    ...     return max(z, 0.0)
    >>> contender_of(relu, None).provides
    frozenset({'relu'})
    >>> contender_of({"noan": relu}, None)
    Traceback (most recent call last):
    ValueError: obj_or_module: expected names of the contract, got 'noan'; did you mean 'noam'?
    """
    if isinstance(thing, str | Path):
        return _of_name(f"{name}={thing}" if name else str(thing), limits or Limits())
    if isinstance(thing, Mapping):
        return _of_names(thing, name or "contender")
    if isinstance(thing, ModuleType) or not callable(thing):
        return in_process(thing, name=name)
    return _of_callable(thing, formula, name)


def _of_name(typed: str, limits: Limits) -> Contender:
    """Find a contender as the command line does; a package also where this process finds it."""
    target = resolve(typed, Path.cwd())
    python = None if target.name == "reference" else limits.python
    if target.module is not None and python is None:
        target = replace(target, search_path=(*target.search_path, *_added_to_path()))
    announce([target], python=python, say=_say)
    memory = int(limits.memory * 2**30)
    return contender(
        target,
        python=python,
        timeout=limits.timeout,
        memory=memory,
        total=limits.total,
        builds=limits.builds,
        sandbox=limits.sandbox,
        say=_say,
    )


def _say(line: str) -> None:
    """Tell what there is to wait for, where it disturbs nobody's output."""
    print(line, file=sys.stderr)  # noqa: T201 - that is its purpose


def imported(target: Target) -> Any:
    """Import a contender into this process, by its file or by its name.

    Raises
    ------
    UsageError
        It is not written in Python, or cannot be imported.
    """
    if target.command:
        raise UsageError(f"{target.name} is not written in Python, and runs in its own process")
    sys.path.extend(str(path) for path in target.search_path if str(path) not in sys.path)
    try:
        if target.path is not None:
            return _imported_file(target.path)
        thing: Any = importlib.import_module(str(target.module))
        for part in filter(None, target.attribute.split(".")):
            thing = getattr(thing, part)
    except Exception as error:
        raise UsageError(f"{target.name}: the import raised {error!r}") from error
    return thing


def _imported_file(path: Path) -> ModuleType:
    name = PREFIX + path.stem  # a file called torch.py must not become what `import torch` finds
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _added_to_path() -> Iterator[Path]:
    """List the folders that are on this process's path, and would not be on a new one's."""
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix)
    for entry in map(Path, filter(None, sys.path)):
        if entry.is_dir() and not any(entry.is_relative_to(prefix) for prefix in prefixes):
            yield entry.absolute()


def _of_names(named: Mapping[str, Any], label: str) -> InProcess:
    """Make a contender of a mapping from names to what they stand for."""
    parts: dict[str, Any] = {}
    own: dict[str, str] = {}
    for key, value in named.items():
        if key in HOOKS:
            parts[key] = value
            continue
        formula = canonical("obj_or_module: expected names of the contract", key)
        parts[formula] = value
        its = getattr(value, "__name__", formula)
        own[formula] = its if its.isidentifier() else formula
    return InProcess(SimpleNamespace(**parts), Target(label, module=SESSION, names=own))


def _of_callable(thing: Any, formula: str | None, name: str | None) -> InProcess:
    """Make a contender of a function or a class: it is a formula, or it holds some."""
    own = getattr(thing, "__name__", type(thing).__name__)
    name = name or (formula if not own.isidentifier() else None)
    if formula is not None:
        return in_process(thing, formula, name)
    if (found := _names().get(own)) is not None:
        return in_process(thing, found, name or own)
    if any(callable(getattr(thing, known, None)) for known in CONTRACT):
        return in_process(thing, name=name)
    near = _near(own)
    hint = f", perhaps formula={near[0]!r}" if near else ""
    raise ValueError(f"formula: expected the formula that {own} is to be{hint}; got None")


def canonical(expected: str, name: object) -> str:
    """Return the contract's name for what is called so: itself, or what has it as a synonym.

    Raises
    ------
    ValueError
        There is none; with the nearest.

    Examples
    --------
    >>> canonical("formula", "AdamOptimizer")
    'Adam'
    """
    found = _names().get(str(name))
    if found is not None:
        return found
    near = _near(str(name))
    known = (
        f"did you mean {' or '.join(map(repr, near))}?" if near else f"known: {', '.join(CONTRACT)}"
    )
    raise ValueError(f"{expected}, got {name!r}; {known}")


def _names() -> dict[str, str]:
    """Map every name that means one formula to it."""
    meant: dict[str, set[str]] = {}
    for formula in CONTRACT.values():
        for name in formula.synonyms:
            meant.setdefault(name, set()).add(formula.name)
    synonyms = {name: next(iter(its)) for name, its in meant.items() if len(its) == 1}
    return synonyms | {name: name for name in CONTRACT}


def _near(name: str) -> list[str]:
    """Return the contract's names that this one looks like, the nearest first."""
    plain = {_plain(known): known for known in CONTRACT}
    close = difflib.get_close_matches(_plain(name), plain, n=3)
    inside = sorted((p for p in plain if p in _plain(name)), key=len, reverse=True)
    return list(dict.fromkeys(plain[each] for each in (*inside, *close)))


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def dtypes_of(asked: Any) -> tuple[str, ...]:
    """Return the dtypes' names, in their usual order: of one, of several, or of none.

    Raises
    ------
    ValueError
        A dtype that formulas are not judged in.
    ImportError
        It needs a package that is not there.

    Examples
    --------
    >>> dtypes_of(None), dtypes_of("float32")
    (('float64', 'float32'), ('float32',))
    """
    if asked is None:
        return USUAL
    several = isinstance(asked, Iterable) and not isinstance(asked, str)
    names = [_dtype_name(each) for each in (asked if several else (asked,))]
    for name in names:
        if name not in DTYPES:
            raise ValueError(f"dtype: expected {' or '.join(DTYPES)}, got {name!r}")
        DTYPES[name].make()  # or say what it needs
    return tuple(name for name in DTYPES if name in names)


def _dtype_name(dtype: Any) -> str:
    """Spell a dtype that may be NumPy's: ``np.float32`` and ``np.dtype("float32")``."""
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None)
    return dtype if isinstance(dtype, str) else str(name or dtype)
