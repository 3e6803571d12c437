"""What a contender's files hold when a run begins: that is judged, whatever becomes of them."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from gradmark.harness.worker import ABOVE

# What an installer or an interpreter put there is no source.
LEFT_OUT = ("node_modules", "__pycache__", ".git")
INSTALLED = ("site-packages", "dist-packages")  # what lies there is no contender's own
LONGEST = 2**27  # bytes of a file: a notebook holds its pictures, too
# Without ways back (`+` after a repetition), and bounded: a hostile file would take minutes else.
IMPORT = re.compile(
    rb"""(?:^|[;:"'])[ \t]*+(?:from\b[ \t]*+(\.*+)[ \t]*+((?:(?!import\b)[\w.]++)?+)[ \t]*+"""
    rb"""import\b[ \t]*+(?:\(((?:[^()#]|#.*+){,4999})\)|([^;#\n]*+))|import[ \t]++([^;#\n]*+))""",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Sources:
    """A contender's files, read once.

    Parameters
    ----------
    root : Path
        The folder from which they are named.
    texts : mapping of Path to bytes
        Its Python, which is run as it was.
    others : mapping of Path to str
        The hashes of what else belongs to it, which is read where it lies.
    unread : str
        Why nobody can be judged by them; nothing where they can be.
    """

    root: Path = Path()
    texts: Mapping[Path, bytes] = field(default_factory=dict)
    others: Mapping[Path, str] = field(default_factory=dict)
    unread: str = ""

    @property
    def have_changed(self) -> bool:
        """Whether something that is read where it lies is another by now, or gone."""
        try:
            return any(_hash(path) != its for path, its in self.others.items())
        except OSError:
            return True

    @property
    def digest(self) -> str:
        """Hash all that they hold, with their names; of one file of Python its content alone."""
        if len(self.texts) == 1 and not self.others:
            return _hash(*self.texts.values())[:16]
        told = hashlib.sha256()
        for path in sorted({*self.others, *self.texts}):
            its = self.others.get(path) or _hash(self.texts[path])
            told.update(os.fsencode(f"{os.path.relpath(path, self.root)}\0{its}\n"))
        return told.hexdigest()[:16]


def of_file(path: Path) -> Sources:
    """Read a file of Python, or a notebook, and what it imports from the folders around it."""
    texts: dict[Path, bytes] = {}
    seen: set[tuple[Path, str]] = set()
    waiting = [path]
    for file in waiting:  # which grows meanwhile
        if file in texts:
            continue
        texts[file] = _content(file)
        fresh = {*_imports(path, file, texts[file])} - seen
        seen |= fresh
        for folder, name in fresh:
            waiting += filter(Path.is_file, _files_of(folder, name.split(".")))
    return Sources(path.parent, texts)


def of_folder(folder: Path, *, python: bool) -> Sources:
    """Read a folder; with `python` it is a package, and its modules are run as they were."""
    files = list(_files(folder))
    texts = {path: _content(path) for path in files if python and path.suffix == ".py"}
    return Sources(folder, texts, {path: _hash(path) for path in files if path not in texts})


def digest(folder: Path) -> str:
    """Hash a folder's files with their names."""
    return of_folder(folder, python=False).digest


def _content(path: Path) -> bytes:
    """Read a file of source text; what is longer is none, or not written to be read."""
    with path.open("rb") as stream:
        content = stream.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def _hash(content: bytes | Path) -> str:
    with BytesIO(content) if isinstance(content, bytes) else content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """List what is a file: to read a pipe would take for ever, as would a link to what is above."""
    within = (*above, folder.resolve())
    if within[-1] in above:
        return
    for path in folder.iterdir():
        if path.name in LEFT_OUT:
            continue
        if path.is_dir():
            yield from _files(path, within)
        elif path.is_file():
            yield path


# --- what a file imports --------------------------------------------------------------------------


def _imports(path: Path, file: Path, text: bytes) -> Iterator[tuple[Path, str]]:
    """List what a file imports, and where it may lie: beside it, or around the one that began."""
    around = (file.parent, *path.parents[:ABOVE])
    own = [folder for folder in around if folder.name not in INSTALLED]
    for level, name in _modules(text):
        yield from ((folder, name) for folder in own if level == 0)
        if level > 0:  # the packages that it lies in are imported first
            yield from ((folder, name) for folder in file.parents[level - 1 : level])
            yield from ((folder, "__init__") for folder in file.parents)


def _files_of(folder: Path, name: list[str]) -> Iterator[Path]:
    """List which files may be what is imported by this name from a folder."""
    for part in name:
        yield folder / "__init__.py"
        yield folder / f"{part}.py"
        folder /= part
        if not folder.is_dir():
            return
    yield folder / "__init__.py"


def _modules(text: bytes) -> set[tuple[int, str]]:
    """List what a file may import, each with the dots before its name.

    By its lines: these are read much faster than syntax is, be they a notebook's or of a later
    Python's. What is no import after all, as in a text, is only looked for.
    """
    found = set()
    for each in IMPORT.finditer(text.replace(b"\r\n", b"\n").replace(b"\\\n", b" ")):
        dots, of, inside, *lines = (part.decode(errors="replace") for part in each.groups(b""))
        names = re.sub(r"#.*", "", inside) or "".join(lines)
        imported = (re.match(r"\s*([\w.]+)", name) for name in names.split(","))
        inner = (".".join(filter(None, (of, name[1]))) for name in imported if name)
        found |= {(len(dots), name) for name in (*filter(None, [of]), *inner)}
    return found
