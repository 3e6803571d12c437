"""From what a user types to the contender that is meant."""

import difflib
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


class UsageError(Exception):
    """What was asked for cannot be meant: a wrong name, a missing file, nothing to judge."""


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
    """

    name: str
    path: Path | None = None
    module: str | None = None
    attribute: str = ""
    search_path: tuple[Path, ...] = ()


def shipped() -> tuple[str, ...]:
    """Return the names of the contenders that come with gradmark, sorted."""
    files = (CHECKOUT / "implementations").glob("*.py")
    return tuple(sorted(path.stem for path in files if path.stem[0] != "_"))


def resolve(name_or_path: str, cwd: Path) -> Target:
    """Find the contender that a name or a path means.

    `reference` is the built-in one; a bare name is a file of `implementations/`; what ends in
    `.py` is a file, relative to `cwd`; `module:attribute` and `package.module` are imported, from
    `cwd` or from the contender's environment.

    Raises
    ------
    UsageError
        An unknown name (with the nearest known ones), or a file that is not there.

    Examples
    --------
    >>> resolve("reference", Path()).module
    'reference'
    >>> resolve("references", Path())
    Traceback (most recent call last):
    harness.resolve.UsageError: no contender is called 'references'; did you mean reference?
    """
    if name_or_path == "reference":
        return Target("reference", module="reference", search_path=(CHECKOUT,))
    if name_or_path.endswith(".py"):
        path = (cwd / Path(name_or_path).expanduser()).resolve()
        if not path.is_file():
            raise UsageError(f"there is no file {path}")
        return Target(path.stem, path=path, search_path=(path.parent,))
    if name_or_path in shipped():
        # Its folder is not searched: implementations/torch.py must never be what `torch` means.
        return Target(name_or_path, path=CHECKOUT / "implementations" / f"{name_or_path}.py")
    module, _, attribute = name_or_path.partition(":")
    dotted = f"{module}.{attribute}" if attribute else module
    importable = all(part.isidentifier() for part in dotted.split("."))
    if importable and (attribute or "." in module or _is_package(cwd / module)):
        return Target(name_or_path, module=module, attribute=attribute, search_path=(cwd,))
    known = ("reference", *shipped())
    near = difflib.get_close_matches(name_or_path, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    raise UsageError(f"no contender is called {name_or_path!r}; {hint}")


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()
