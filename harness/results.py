"""Results files: JSON Lines, written as a run goes, honest about where it stopped."""

import errno
import fcntl
import hashlib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar, cast

import numpy as np

from gradmark.harness.records import KINDS, Record
from gradmark.harness.records.fields import kind_of
from gradmark.version import __version__

SCHEMA_VERSION = 1
# What ends a line, so that what was lost or changed is seen in a run that was cut off, too.
SUM = re.compile(rb',"sum":"([0-9a-f]{8})"\}$')
PROGRAM = "gradmark"
Line = dict[str, Any]
Kind = TypeVar("Kind", bound=Record)


class ResultsError(Exception):
    """A file that gradmark did not write, or a record that cannot be written."""

    status = 2  # of the process that ends with it


class ResultsWriter:
    """Writes one run's results, a line per record.

    A file of that name is replaced at once, so that nothing of an earlier run survives; unless
    another run is writing it, which is an error. Leaving the `with` block adds the footer, with a
    checksum of all that is before it; leaving it through an exception does not, and the file then
    says that it is incomplete.

    Each line is strict JSON with sorted keys, and ends with a checksum of the file up to there.
    Numbers that JSON lacks are written as the strings
    "NaN", "Infinity" and "-Infinity", which `float` reads back. The same records give the same
    bytes.

    Parameters
    ----------
    path : Path
        The file; its folder is made if need be.
    header : mapping
        What is the same for the whole run, as `HeaderRecord` tells; what names the format and
        gradmark's version is added.
    resume : bool
        Go on with the run in the file, if there is one: its whole records are `kept`, and what
        follows them is cut off.

    Raises
    ------
    ResultsError
        A record of no known kind, or that holds something JSON has no form for, or that comes
        after the footer; a run to resume that used other settings, naming what differs; a file
        that another run is writing, or that was removed meanwhile.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "run.jsonl"
    ...     with ResultsWriter(path, {"seed": 0}) as results:
    ...         results.write({"kind": "finding", "id": "two", "statement": "1 + 1 = 2"})
    ...     read_results(path).footer  # doctest: +ELLIPSIS
    {'counts': {'finding': 1}, 'kind': 'footer', 'sha256': '...'}
    """

    def __init__(self, path: Path, header: Mapping[str, Any], *, resume: bool = False) -> None:
        fixed = {
            "kind": "header",
            "schema": SCHEMA_VERSION,
            "program": PROGRAM,
            "gradmark": __version__,
        }
        whole = _plain({**header, **fixed})
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._digest = hashlib.sha256()
        # Appended to, not opened anew: what is there is another run's until the lock is held.
        self._file = path.open("ab", buffering=0)
        try:
            _lock(self._file, path)
            resume = resume and b"\n" in path.read_bytes()
            self.kept = _to_resume(path, whole) if resume else ()
            self._counts: Counter[str] = Counter(record["kind"] for record in self.kept)
            if resume:
                self._digest.update(path.read_bytes())
            else:
                if os.fstat(self._file.fileno()).st_size:
                    self._file.truncate(0)
                self._line(whole)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(whole=kind is None)

    def write(self, record: Mapping[str, Any]) -> None:
        """Append a record, and see it to the file."""
        kind = record.get("kind")
        if kind not in KINDS:
            raise ResultsError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
        self._line(record)
        self._counts[kind] += 1

    def close(self) -> None:
        """Write the footer, which says that the run is whole."""
        self.end(whole=True)

    def end(self, *, whole: bool) -> None:
        """Close the file, with the footer only where the run came to its end."""
        if self._file.closed:
            return
        try:
            if whole and not os.fstat(self._file.fileno()).st_nlink:
                raise ResultsError(f"{self._path} was removed while it was written")
            if whole:
                sum_of_all = self._digest.hexdigest()
                counts = dict(self._counts)
                self._line({"kind": "footer", "counts": counts, "sha256": sum_of_all})
        finally:
            self._file.close()

    def _line(self, record: Mapping[str, Any]) -> None:
        if self._file.closed:
            raise ResultsError(f"{self._path}: nothing can be written after the footer")
        text = json.dumps(
            _plain(record),
            sort_keys=True,
            allow_nan=False,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        # A lone surrogate becomes \\udxxx, which is also its escape in JSON.
        line = text.encode("utf-8", "backslashreplace")
        if record["kind"] != "footer":  # which has its own
            line = line[:-1] + b',"sum":"%s"}' % _sum(self._digest, line)
        line += b"\n"
        try:
            written = self._file.write(line)
        except OSError as error:
            error.filename = str(self._path)
            raise
        if written != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        self._digest.update(line)


def _lock(file: FileIO, path: Path) -> None:
    """Keep others from writing into a file for as long as it is open here."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ResultsError(f"{path}: another run is writing it; wait for that one's end") from None


@dataclass(frozen=True)
class Results:
    """One run, as far as its file goes.

    Parameters
    ----------
    header : dict
        Its first line: a `HeaderRecord`, or what an earlier version wrote.
    records : tuple of dict
        What lies between header and footer: each a `Record`; `of` gives those of one type.
    footer : dict or None
        Its last line, a `FooterRecord`; None where the run was cut off.
    """

    header: Line
    records: tuple[Line, ...]
    footer: Line | None

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.footer is not None

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Return the records of one type, in the order they were written: ``of(VerdictRecord)``."""
        return cast("tuple[Kind, ...]", self.of_kind(kind_of(kind)))

    def of_kind(self, kind: str) -> tuple[Line, ...]:
        """Return the records of one kind, whatever is in them: ``of_kind("verdict")``."""
        return tuple(record for record in self.records if record["kind"] == kind)


def _to_resume(path: Path, header: Line) -> tuple[Line, ...]:
    """Cut a run's file back to its last whole record, and return its records."""
    run = read_results(path)
    told = "; ".join(differences(run.header, header))
    if told:
        raise ResultsError(f"{path}: cannot resume: that run used other settings ({told})")
    with path.open("r+b") as file:
        for _ in range(1 + len(run.records)):
            file.readline()
        file.truncate(file.tell())
    return run.records


def differences(there: Any, now: Any, path: str = "") -> Iterator[str]:
    """Name what differs, and nothing around it: `contenders.mine`, not all contenders."""
    if isinstance(there, Mapping) and isinstance(now, Mapping):
        for key in {**there, **now}:
            yield from differences(there.get(key), now.get(key), f"{path}.{key}".strip("."))
    elif there != now:
        yield f"{path}: {there} there, {now} now"


def read_results(path: Path) -> Results:
    """Read a results file.

    A last line without its end was cut off as it was written: it is left out, and the run is
    incomplete. Anything else that is not as written is an error.

    Raises
    ------
    ResultsError
        Naming the file and, where there is one, the line.
    """
    try:
        *lines, _cut_off = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ResultsError(f"{path}: {error.strerror}") from None
    records = [_parse(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]
    if not records or records[0]["kind"] != "header":
        raise ResultsError(f"{path}, line 1: expected the header of a results file")
    header, *rest = records
    if header.get("program") != PROGRAM or header.get("schema") != SCHEMA_VERSION:
        raise ResultsError(
            f"{path}, line 1: expected program {PROGRAM}, schema {SCHEMA_VERSION}, "
            f"got {header.get('program')!r}, {header.get('schema')!r}"
        )
    footer = rest.pop() if rest and rest[-1]["kind"] == "footer" else None
    for number, record in enumerate(rest, 2):
        if record["kind"] not in KINDS:
            raise ResultsError(f"{path}, line {number}: a {record['kind']} does not belong here")
    counts = dict(Counter(record["kind"] for record in rest))
    if footer is not None and footer.get("counts") != counts:
        raise ResultsError(
            f"{path}, line {len(records)}: the footer counts {footer.get('counts')}, "
            f"the file holds {counts}"
        )
    if footer is not None and "sha256" in footer:  # earlier versions wrote none
        before = b"".join(line + b"\n" for line in lines[:-1])
        if hashlib.sha256(before).hexdigest() != footer["sha256"]:
            raise ResultsError(f"{path}: its lines are not those that were written; run it again")
    _check_sums(path, lines[: 1 + len(rest)])
    return Results(header, tuple(rest), footer)


def _check_sums(path: Path, lines: Sequence[bytes]) -> None:
    """Refuse lines that are not those that were written; earlier versions wrote no sums."""
    if not any(map(SUM.search, lines)):
        return
    before = hashlib.sha256()
    for number, line in enumerate(lines, 1):
        found = SUM.search(line)
        if found is None or found[1] != _sum(before, line[: found.start()] + b"}"):
            raise ResultsError(f"{path}, line {number}: not as it was written; run it again")
        before.update(line + b"\n")


def _sum(before: "hashlib._Hash", line: bytes) -> bytes:
    """Return the checksum of a line, less that, and of all lines before it."""
    digest = before.copy()
    digest.update(line)
    return digest.hexdigest()[:8].encode()


def _parse(line: bytes, where: str) -> Line:
    try:
        record = json.loads(line, parse_constant=_refuse_constant)
    except ValueError as error:  # a decoding error is one too
        raise ResultsError(f"{where}: not a line of JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("kind"), str):
        raise ResultsError(f"{where}: expected an object with a kind")
    record.pop("sum", None)
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _plain(value: Any) -> Any:
    """Return `value` in JSON's own types."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ResultsError(f"a record's keys are strings, got {key!r}")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, str | int | float):
        return value
    raise ResultsError(f"a record cannot hold {type(value).__name__}: {value!r}")
