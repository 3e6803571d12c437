"""Tells, before the first is built, which environments a run will build, and how large they are."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gradmark.harness.cache import cache as kept_in
from gradmark.harness.environment import STAMP, Plan, Say, megabytes, plan
from gradmark.harness.installation import place
from gradmark.harness.installers import EnvironmentFailure
from gradmark.harness.resolve import Target


@dataclass(frozen=True)
class _Pending:
    name: str
    what: str
    plan: Plan | None = None


def announce(
    targets: Iterable[Target], *, python: str | None = None, cache: Path | None = None, say: Say
) -> None:
    """Say what is installed where before the targets can run; nothing, where all is there.

    Sizes are those of the downloads, and are told where uv can ask for them; those on disk are
    told after each build.

    Parameters
    ----------
    targets : iterable of Target
        What `resolve` found.
    python, cache
        As for `environment`.
    say : callable
        Gets the lines.

    Examples
    --------
    >>> from gradmark.harness.resolve import resolve
    >>> announce([resolve("reference", Path())], say=print)
    """
    pending = [each for target in targets if (each := _pending(target, python, cache))]
    if not pending:
        return
    with ThreadPoolExecutor() as pool:  # an index takes a moment to answer
        told = list(pool.map(lambda each: each.plan and each.plan.download, pending))
    sizes = [size for size in told if size is not None]
    unknown = [each.name for each, size in zip(pending, told, strict=True) if size is None]
    less = f" without {', '.join(unknown)}" if unknown else ""
    total = f", up to {megabytes(sum(sizes))} to download{less}" if sizes else ""
    many = "1 environment" if len(pending) == 1 else f"{len(pending)} environments"
    say(f"{many} to be built first, once, in {cache or kept_in('environments')}{total}:")
    for each, size in zip(pending, told, strict=True):
        large = f" ({megabytes(size)})" if size is not None else ""
        say(f"  {each.name}{large}: {each.what}")


def _pending(target: Target, python: str | None, cache: Path | None) -> _Pending | None:
    if target.command:
        there = not target.setup or (place(target, cache=cache) / STAMP).is_file()
        return None if there else _Pending(target.name, " ".join(target.setup))
    try:
        planned = plan(target, python=python, cache=cache)
    except EnvironmentFailure:  # its verdict will say so
        return None
    if planned is None or planned.is_built:
        return None
    return _Pending(target.name, ", ".join(planned.requirements), planned)
