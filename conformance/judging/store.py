"""Files of kept truth: one for a formula in a dtype, in the user's cache or in the package.

A file that is torn, foreign or of another make is no file, and where nothing can be written
nothing is kept: all of it can be evaluated again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import numpy as np

from gradmark.conformance.truth import Numbers
from gradmark.conformance.truth.numbers import ROWS
from gradmark.harness.cache import cache

SHIPPED = Path(__file__).with_name("shipped")
OLD = 3  # files of other makes that stay: a user has several versions, and goes back and forth

Key = tuple[str, str, bool]  # form, case, and whether hyperparameters are taken for data


class Known(NamedTuple):
    """What is known of one form on one case: the numbers of its first parts, and their ends."""

    known: Numbers
    ends: list[int]
    whole: bool


def folder() -> Path | None:
    """Return the folder of the user's cache that truth is kept in, if the user has one."""
    try:
        return cache("truth")
    except RuntimeError:  # no home
        return None


def read(places: Iterable[Path], name: str, make: str) -> dict[Key, Known]:
    """Read what is kept under a name, if it is of this make."""
    found: dict[Key, Known] = {}
    for place in places:
        found = _merged(found, _read(place / f"{name}-{make}.npz"))
    return found


def write(
    place: Path,
    name: str,
    make: str,
    known: Mapping[Key, Known],
    *,
    most: int | None = None,
    packed: bool = False,
) -> Path:
    """Keep what is known, beside what another process has written; at `most` so many numbers.

    The file is replaced in one go. Where two processes write at once one's news may be lost, and
    is evaluated again.
    """
    path = place / f"{name}-{make}.npz"
    draft = place / f".{uuid4().hex}.part"
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        every = latest(_merged(_read(path), known), most)
        try:
            _write(draft, every, packed=packed)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        clean(path, name)
    return path


def _merged(old: Mapping[Key, Known], new: Mapping[Key, Known]) -> dict[Key, Known]:
    """Join what is known: of two what reaches further, and what is new last."""
    found = {key: known for key, known in old.items() if key not in new}
    for key, known in new.items():
        found[key] = max(known, old.get(key, known), key=lambda its: (its.whole, len(its.ends)))
    return found


def latest(known: Mapping[Key, Known], most: int | None) -> dict[Key, Known]:
    """Return what is known, without the first where it is more than so many numbers."""
    known = dict(known)
    total = sum(len(its.known) for its in known.values())
    for key in list(known):
        if most is None or total <= most:
            break
        total -= len(known.pop(key).known)
    return known


def _write(path: Path, known: Mapping[Key, Known], *, packed: bool) -> None:
    index = [[*key, len(one.known), len(one.ends), one.whole] for key, one in known.items()]
    ends = [end for one in known.values() for end in one.ends]
    rows = Numbers.joined([one.known for one in known.values()]).rows
    listed = np.frombuffer(json.dumps(index).encode(), np.uint8)
    with path.open("wb") as file:
        (np.savez_compressed if packed else np.savez)(
            file, index=listed, ends=np.array(ends, np.int32), rows=rows
        )


def _read(path: Path) -> dict[Key, Known]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(_known(arrays["index"], arrays["ends"], arrays["rows"]))
    except Exception:  # bytes of any kind: what they raise on the way is not foreseeable
        return {}


def _known(index: np.ndarray, ends: np.ndarray, rows: np.ndarray) -> Iterator[tuple[Key, Known]]:
    listed = json.loads(index.tobytes())
    numbers = sum(row[3] for row in listed)
    if rows.dtype != np.float64 or rows.shape != (ROWS, numbers):
        raise ValueError("a file of another kind")
    every, start, first = ends.tolist(), 0, 0
    for form, case, rough, size, count, whole in listed:
        its = every[first : first + count]
        if (its[-1] if its else 0) != size:
            raise ValueError("a file that contradicts itself")
        yield (form, case, rough), Known(Numbers(rows[:, start : start + size]), its, whole)
        start, first = start + size, first + count


def clean(path: Path, name: str) -> None:
    """Delete what was kept under this name by other versions, but for the latest."""
    others = [p for p in path.parent.glob(f"{name}-*{path.suffix}") if p != path]
    with contextlib.suppress(OSError):
        others.sort(key=lambda p: os.stat(p).st_mtime, reverse=True)  # noqa: PTH116
        for other in others[OLD:]:
            other.unlink(missing_ok=True)
