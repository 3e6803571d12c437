"""From what a user types to the contender that is meant."""

import difflib
import importlib.util
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gradmark import version
from gradmark.harness.sources import Sources
from gradmark.harness.worker import printable

CHECKOUT = Path(__file__).resolve().parent.parent
SITE = Path(version.__file__).parent.parent  # where `import gradmark` finds it
MANIFEST = "contender.toml"
# What people train with is meant by its bare name, whether or not gradmark could import it.
LIBRARIES = frozenset(
    ("torch", "jax", "optax", "keras", "tensorflow", "sklearn", "timm", "pytorch_optimizer")
)


class UsageError(Exception):
    """A usage error: a name that does not exist, a missing file."""

    status = 2  # of the process that ends with it


@dataclass(frozen=True)
class Declaration:
    """How one formula is called, as the user has declared it.

    Parameters
    ----------
    formula : str
        The contract's name.
    where : str
        The place of the declaration, with its key: what is wrong with it is told so.
    call, make, step : str
        A name or a call; of an optimizer also what makes it, and what takes a step.
    fixed : mapping of str to float
        Hyperparameters that are written into the code, with their values.
    lacks : tuple of str
        Capabilities that it lacks.
    everywhere : bool
        Whether it is for several files: one without that name is not spoken of.
    itself : bool
        Whether one file of several says it of itself: what is wrong with it costs no other.
    typed : str
        What was typed after --map, if it was.
    """

    formula: str
    where: str
    call: str = ""
    make: str = ""
    step: str = ""
    fixed: Mapping[str, float] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    everywhere: bool = False
    itself: bool = False
    typed: str = ""


@dataclass(frozen=True)
class Target:
    """A contender that has been found, but not run.

    Parameters
    ----------
    name : str
        What reports call it.
    path : Path or None
        Its file; None for a package that is imported by name.
    module : str or None
        The package to import; None for a file.
    attribute : str
        Dotted path to the namespace inside it; empty for the module itself.
    search_path : tuple of Path
        Folders that it may import from, beside its own environment.
    folder : Path or None
        The folder of a contender that speaks the line protocol; None for one in Python.
    names : mapping of str to str
        What it calls a formula, where that is not the contract's name for it.
    command, setup : tuple of str
        What starts it, and what installs it before; from its folder's `contender.toml`.
    declared : tuple of Declaration
        How its formulas are called, where the user says so.
    packages : tuple of str
        What its environment needs, where its file does not say so.
    device : str
        Where a framework is to compute: "cuda"; empty for its own choice.
    sources : Sources, optional
        What its files held when a run began.
    """

    name: str
    path: Path | None = None
    module: str | None = None
    attribute: str = ""
    search_path: tuple[Path, ...] = ()
    folder: Path | None = None
    command: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    declared: tuple[Declaration, ...] = ()
    packages: tuple[str, ...] = ()
    device: str = ""
    sources: Sources | None = None

    def read(self, file: Path) -> bytes:
        """Return the content of one of its files, as it was if a run has begun."""
        known = self.sources.texts if self.sources else {}
        return known[file] if file in known else file.read_bytes()


def shipped() -> tuple[str, ...]:
    """Return the names of the contenders that come with gradmark, sorted."""
    room = CHECKOUT / "implementations"
    names = {path.stem for path in room.glob("*.py")}
    names |= {path.parent.name for path in room.glob(f"*/{MANIFEST}")}
    return tuple(sorted(name for name in names if name[0] != "_"))


def resolve(name_or_path: str, cwd: Path) -> Target:
    """Find the contender that a name or a path means.

    `reference` is the built-in one; a bare name is a file or folder of `implementations/`; what
    ends in `.py` or `.ipynb` is a file, relative to `cwd`; a `contender.toml`, or a folder with
    one, is a contender in another language (harness/PROTOCOL.md); `module:attribute` and
    `package.module` are imported, from `cwd` or from the contender's environment; the path of a
    package is imported from the folder around it. `LABEL=` before any of these gives it another
    name.

    Raises
    ------
    UsageError
        An unknown name (with the nearest known ones), a file that is not there, or a manifest that
        does not exist.

    Examples
    --------
    >>> resolve("reference", Path()).module
    'gradmark.reference'
    >>> resolve("refrence", Path())
    Traceback (most recent call last):
    gradmark.harness.resolve.UsageError: no contender is called 'refrence'; did you mean reference?
    """
    label, labelled, rest = name_or_path.partition("=")
    if labelled and label and not (cwd / name_or_path).exists():
        return replace(resolve(rest, cwd), name=printable(label))
    if name_or_path == "reference":
        return Target("reference", module="gradmark.reference", search_path=(SITE,))
    if name_or_path.endswith(".jsonl"):
        raise UsageError(
            f"{name_or_path} is a results file, not a contender; --stored {name_or_path} sets its "
            "times beside those of a new run"
        )
    if name_or_path.endswith((".py", ".ipynb")):
        path = Path(os.path.realpath(cwd / Path(name_or_path).expanduser()))
        if not path.is_file():
            raise UsageError(f"there is no file {path}")
        return Target(printable(path.stem), path=path, search_path=(path.parent,))
    given = Path(os.path.realpath(cwd / Path(name_or_path).expanduser()))
    if given.name == MANIFEST:
        return _described(given)
    if name_or_path in shipped():
        room = CHECKOUT / "implementations"
        if (room / name_or_path / MANIFEST).is_file():
            return _described(room / name_or_path / MANIFEST)
        # Its folder is not searched: implementations/torch.py must never be what `torch` means.
        return Target(name_or_path, path=room / f"{name_or_path}.py")
    if (given / MANIFEST).is_file():
        return _described(given / MANIFEST)
    module, _, attribute = name_or_path.partition(":")
    dotted = f"{module}.{attribute}" if attribute else module
    importable = all(part.isidentifier() for part in dotted.split("."))
    if importable and (
        attribute or "." in module or _is_package(cwd / module) or _is_known(module)
    ):
        return Target(name_or_path, module=module, attribute=attribute, search_path=(cwd,))
    if _is_package(given):
        root = next(each for each in given.parents if not _is_package(each))
        name = ".".join(given.relative_to(root).parts)
        return Target(printable(os.path.normpath(name_or_path)), module=name, search_path=(root,))
    known = ("reference", *shipped())
    near = difflib.get_close_matches(name_or_path, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    raise UsageError(f"no contender is called {name_or_path!r}; {hint}")


def resolve_all(names: Sequence[str], cwd: Path) -> dict[str, str]:
    """Tell several contenders apart: return what to `resolve` each by, under its name.

    Different files that share a name are called by as many of their folders as differ:
    `old/my.py` and `new/my.py` are old/my and new/my, `my.py` and `my.ipynb` are called so.

    Raises
    ------
    UsageError
        As from `resolve`; or two contenders of one name that are no files.

    Examples
    --------
    >>> resolve_all(["reference", "reference"], Path())
    {'reference': 'reference'}
    """
    found: dict[tuple[str, str], tuple[str, Target]] = {}
    for name in names:
        target = resolve(name, cwd)
        found.setdefault(_identity(target), (name, target))
    told: dict[str, str] = {}
    for name, target in found.values():
        namesakes = [other for _, other in found.values() if other.name == target.name]
        label = target.name if len(namesakes) == 1 else _label(target, namesakes)
        if told.setdefault(label, name) != name:
            raise UsageError(
                f"two contenders are called {label}: {told[label]}, {name}; give one of them "
                f"another name: other={name}"
            )
        if label != target.name:
            told[label] = f"{label}={name}"
    return told


def place(target: Target) -> str:
    """Name a contender as the user would, who stands in the current folder."""
    path = target.folder if target.command else target.path
    root = root_of(target)
    if path is None and root is not None:
        return seen(root.joinpath(*str(target.module).split(".")))
    if path is None:
        return ":".join(filter(None, (target.module, target.attribute)))
    return seen(path)


def root_of(target: Target) -> Path | None:
    """Return the folder that a package given by its path is imported from; None for any other."""
    root = next(iter(target.search_path), None)
    if target.module is None or root is None or root in (Path.cwd(), SITE):
        return None
    return root if _is_package(root.joinpath(*target.module.split("."))) else None


def seen(path: Path) -> str:
    """Spell a path as it is seen from the current folder; whole, where it lies outside."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _identity(target: Target) -> tuple[str, str]:
    place = target.path or target.folder
    return str(place or f"{target.module}:{target.attribute}"), target.name


def _label(target: Target, namesakes: Sequence[Target]) -> str:
    """Name a file with what it needs to be told from its namesakes: folders, or its ending."""
    paths = [other.path for other in namesakes if other.path is not None]
    if target.path is None or len(paths) < len(namesakes):
        return target.name
    for named in (lambda path: path.with_suffix(""), Path):
        mine = named(target.path).parts
        for length in range(1, len(mine)):
            if sum(named(path).parts[-length:] == mine[-length:] for path in paths) == 1:
                return printable("/".join(mine[-length:]))
    return target.name


def _is_known(module: str) -> bool:
    """Whether a bare name is that of a library, here or in an environment of its own."""
    return module in LIBRARIES or importlib.util.find_spec(module) is not None


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _described(manifest: Path) -> Target:
    """Read a contender's manifest."""
    try:
        fields = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except OSError:
        raise UsageError(f"there is no file {manifest}") from None
    except ValueError as error:  # of TOML, or of UTF-8
        raise UsageError(f"{manifest}: {error}") from None
    for key in fields:
        if key not in ("command", "setup"):
            raise UsageError(f"{manifest}: expected command and setup, got {key!r}")
    command = _words(manifest, "command", fields.get("command", []))
    setup = _words(manifest, "setup", fields.get("setup", []))
    if not command:
        raise UsageError(f"{manifest}: command is missing: a list of words that starts it")
    return Target(
        printable(manifest.parent.name), folder=manifest.parent, command=command, setup=setup
    )


def _words(manifest: Path, key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(word, str) and word for word in value):
        return tuple(value)
    raise UsageError(f"{manifest}: {key}: expected a list of words, got {value!r}")
