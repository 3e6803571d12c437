"""The contender's side of the conversation: run by the contender's interpreter.

This file imports nothing of gradmark and keeps to Python 3.9, since it runs in environments that
know neither. It answers one request at a time; requests and answers are plain data (numbers,
strings, bytes, tuples) in execnet's serial form, never pickles, so nothing a contender returns can
run in the host. Each is preceded by `HEADER`: `MAGIC` and its length.

A request is ``(operation, *arguments)``. An answer is ``("value", value, changed)``, where
`changed` lists the positions of the arguments that the contender wrote to, or
``("fault", what, step, traceback, spent)``, where `step` counts a trajectory's steps from 1
(0 elsewhere) and a `spent` process has no memory left for another request.
"""

from __future__ import annotations

import ast
import copy
import dis
import functools
import importlib
import importlib.util
import inspect
import linecache
import math
import os
import pickle
import random
import re
import signal
import struct
import sys
import threading
import traceback
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from io import FileIO, StringIO
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

# Each is held here, since a contender may put something else in its place.
from numpy import asarray, asfortranarray, broadcast_to, flip, frombuffer, generic, ndarray, stack
from numpy.random import Generator, default_rng, get_state, set_state
from numpy.random import seed as sow

PREFIX = "contender_"  # of the module's name that a contender's file gets
SHAPES = "gradmark_shapes"  # of the package's name that a contender's process knows
RELATIVE = re.compile(rb"^[ \t]*from[ \t]+\.", re.MULTILINE)  # an import from the package itself
ABOVE_ALL = ""  # a finder with this name looks for any
ABOVE = 6  # how many folders, from a file upwards, may hold what it imports
COLLECTIONS = frozenset(("params", "parameters", "grads", "gradients", "weights_list"))
# Parts of names that speak of a formula without being a name of it.
HINTS = frozenset("ent sq lr cost update desc prime deriv moment decay activ nonlin".split())  # noqa: SIM905
IN_PLACE = "in hand"  # the kind of formula that may write to what it is given
VECTOR, TABLE = [0.25, 0.5, 0.75], [[0.25, 0.75], [0.5, 0.5]]
TINY = 1e-4  # no option is as small as the ε of a guard
ENDS = ("T_max", "total_epochs", "total_steps")  # what schedules of one period call its length
TRAINING = ("train", "is_train")  # how the names of a switch begin
KEEPING = ("IMPORT_NAME", "STORE_GLOBAL", "STORE_ATTR")  # steps that reach beyond a call
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
HOOKS = ("from_numpy", "to_numpy", "synchronize")
# Packages of which `shapes/frameworks` knows how what is in them is called.
FRAMEWORKS = frozenset(
    ("torch", "optax", "keras", "mlx", "jax", "tensorflow", "paddle", "sklearn", "autograd")
)
HEADER = struct.Struct("!4sQ")
MAGIC = b"grad"
BFLOAT16 = "bfloat16"  # NumPy knows it by the package ml_dtypes alone, and has no code for it
LARGEST_ARRAY = 2**29  # bytes
LARGEST_MESSAGE = 5 * LARGEST_ARRAY  # bytes: no request or answer holds more arrays
LONGEST_TEXT = 600  # characters
DEEPEST = 10  # lines of a traceback
RISING = re.compile(  # what a comment or a name says of a sign that is meant
    r"ascent|ascends?\b|climb|uphill|neg(ative|ated)?[ _-]grad|descent[ _-]direction"
    r"|direction of (steepest )?descent|pseudo.?residual|maximi[sz](es|ing|e the)",
    re.IGNORECASE,
)
ADDED_TO = re.compile(
    r"_?(syn|w|b|weights?|bias(es)?|theta|synaptic_weights)_?\w{0,2}", re.IGNORECASE
)
PRODUCT = re.compile(r"[*@]|dot\(|outer\(|matmul\(")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{5,}")
SCRATCH = re.compile(
    r"[^\s'\"]*/gradmark-scratch-[a-z0-9_]{8}(?![a-z0-9_])"
)  # as `process` makes them
OUT_OF_REACH = 200  # descriptors from here on are met by no loop over the first few


# How else an array may come than as a block of its own in C order; `{0}` is the array. The same
# words, as an expression of NumPy's, let a user see for himself.
LAYOUTS = {
    "Fortran order": "asfortranarray({0})",
    "strides": "{0}.repeat(2, -1)[..., ::2]",
    "negative strides": "flip(flip({0}).copy())",
    "part of a larger array": "stack((flip({0}), {0}))[1]",
    "read-only": "broadcast_to({0}, {0}.shape)",
    "another byte order": "{0}.astype({0}.dtype.newbyteorder())",
    "list": "{0}.tolist()",
}
SHARED = "one array for two arguments"
_NAMES = {
    "asfortranarray": asfortranarray,
    "flip": flip,
    "stack": stack,
    "broadcast_to": broadcast_to,
}


class BadAnswerError(Exception):
    """The contender answered, but not with what the contract asks for."""


class Seed(int):
    """What a generator is made of where it arrives: chance itself crosses no wire."""


@contextmanager
def sown(seed: int | None) -> Iterator[None]:
    """Sow a seed wherever code may draw from without being given a generator; undo it after."""
    if seed is None:
        yield
        return
    states = random.getstate(), get_state()  # noqa: NPY002 - what old code draws from
    torch = sys.modules.get("torch")
    of_torch = torch.get_rng_state() if torch else None
    random.seed(seed)
    sow(seed % 2**32)  # noqa: NPY002 - as above
    if torch:
        torch.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        set_state(states[1])  # noqa: NPY002 - as above
        if torch:
            torch.set_rng_state(of_torch)


def encode(value: Any, layout: str = "") -> Any:
    """Return `value` as plain data that `decode` turns back bit for bit.

    An array may be told how to lie in memory when it comes out, by a name of `LAYOUTS`.

    Arrays and NumPy scalars become their type, shape and bytes, so that NaN payloads, signed
    zeros and subnormals survive; Python's own numbers stay themselves.
    """
    if isinstance(value, (generic, ndarray)) and not is_real(value.dtype):
        raise TypeError(f"expected real numbers, got dtype {value.dtype}")
    if isinstance(value, ndarray) and value.nbytes > LARGEST_ARRAY:
        raise ValueError(f"expected at most {LARGEST_ARRAY} bytes, got {value.nbytes}")
    if isinstance(value, generic):
        return ("scalar", code_of(value.dtype), value.tobytes())
    if isinstance(value, ndarray):
        plain = ("array", code_of(value.dtype), value.shape, value.tobytes())
        return (*plain, layout) if layout else plain
    if isinstance(value, Seed):
        return ("seed", str(int(value)))
    if type(value) is int and not -(2**31) <= value < 2**31:
        return ("int", str(value))  # beyond what execnet's integers hold
    if isinstance(value, list):
        return ("list", tuple(encode(item) for item in value))
    return value


def decode(value: Any) -> Any:
    """Return what `encode` was given; arrays come out writeable."""
    if not isinstance(value, tuple):
        return value
    if value[0] == "int":
        return int(value[1])
    if value[0] == "seed":
        return default_rng(int(value[1]))
    if value[0] == "list":
        return [decode(item) for item in value[1]]
    if value[0] == "scalar":
        return frombuffer(value[2], dtype_of(value[1]))[0]
    array = frombuffer(value[3], dtype_of(value[1])).reshape(value[2]).copy()
    return laid_out(array, value[4]) if len(value) > 4 else array


def is_real(dtype: Any) -> bool:
    """Whether a dtype holds real numbers."""
    return dtype.kind in "biuf" or dtype.name == BFLOAT16


def code_of(dtype: Any) -> str:
    """Spell a dtype, byte order and all."""
    return BFLOAT16 if dtype.name == BFLOAT16 else str(dtype.str)


def dtype_of(code: str) -> Any:
    """Read a dtype; bfloat16 is one where ml_dtypes is there, which nothing else needs."""
    if code != BFLOAT16:
        return code
    try:
        return importlib.import_module("ml_dtypes").bfloat16
    except ImportError:
        raise BadAnswerError(
            "cannot be given bfloat16 arrays: its environment lacks the package ml_dtypes"
        ) from None


def laid_out(array: ndarray[Any, Any], layout: str) -> Any:
    """Return the same numbers, in another place or kind of memory.

    Examples
    --------
    >>> from numpy import ones
    >>> laid_out(ones((2, 3)), "Fortran order").flags.f_contiguous
    True
    """
    return eval(LAYOUTS[layout].format("array"), {**_NAMES, "array": array})


def printable(text: str) -> str:
    r"""Return `text` on one line, with control characters and lone surrogates escaped.

    Addresses and scratch folders are left out: they differ from run to run, and reports must not.
    """
    text = text[: 4 * LONGEST_TEXT]  # escapes make it longer; a gigabyte is not escaped first
    text = ADDRESS.sub("0x…", SCRATCH.sub("<scratch>", text))
    text = escaped(text)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def escaped(text: str) -> str:
    r"""Escape what a terminal might obey or show in another place: controls, marks of direction.

    Examples
    --------
    >>> print(escaped("a\x1b[2J\u202eb"))
    a\x1b[2J\u202eb
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def type_name(value: object) -> str:
    """Return the name a user knows a value's type by."""
    kind = type(value)
    module = str(kind.__module__)
    own = module == "builtins" or module.rpartition(".")[2].startswith(PREFIX)
    return printable(kind.__qualname__ if own else f"{module}.{kind.__qualname__}")


def masked(value: object) -> int:
    """Count the entries that a masked array hides: what is hidden is no answer."""
    masks = sys.modules.get("numpy.ma")  # who returns one has imported it
    if masks is None or not isinstance(value, masks.MaskedArray):
        return 0
    return int(masks.getmaskarray(value).sum())


def is_plain(value: object) -> bool:
    """Tell whether a value needs no `to_numpy`: a Python number, or NumPy's own."""
    return isinstance(value, (bool, int, float, generic, ndarray))


class Snapshot(SourceFileLoader):
    """Loads a file as it was when the run began, though it may have been changed since."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self.source = source
        try:
            text = importlib.util.decode_source(source)  # Windows' ends of lines are no others
        except (SyntaxError, UnicodeError):
            text = source.decode(errors="replace")
        # For `inspect` and for tracebacks, which read a function's source where the file's is.
        linecache.cache[path] = (len(text), None, StringIO(text).readlines(), path)

    def get_data(self, path: Any) -> bytes:
        """Return the file's bytes as they were."""
        return self.source if path == self.path else super().get_data(path)

    def path_stats(self, path: Any) -> Any:
        """Know of no bytecode: it may be of other code."""
        raise OSError(f"{path} is not looked at")


class Kept:
    """Finds what was kept of the contender's files, where its folder's turn on the path comes."""

    def __init__(self, texts: dict[str, bytes]) -> None:
        self.texts = texts
        files = map(Path, texts)
        self.names = {f.parent.name if f.stem == "__init__" else f.stem for f in files}

    def has(self, file: Path) -> bool:
        """Whether a file is there, or was when the run began."""
        return str(file) in self.texts or file.is_file()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Look for its file among these, though it may be gone from the disk."""
        del target
        last = name.rpartition(".")[2]
        folders = (sys.path if path is None else path) if last in self.names else ()
        for folder in (folder for folder in folders if isinstance(folder, str)):
            within = str(Path(folder) / last)
            for file, inner in ((f"{within}/__init__.py", [within]), (f"{within}.py", None)):
                if file in self.texts:
                    loader = Snapshot(name, file, self.texts[file])
                    return importlib.util.spec_from_file_location(
                        name, file, loader=loader, submodule_search_locations=inner
                    )
            other = PathFinder.find_spec(name, [folder])
            if other is not None and other.loader is not None:
                return None
        return None


class NotItself:
    """Finds what a file means that imports a package by the name that the file has.

    A package without `__init__.py`, as MLX is, is found after every module, wherever that lies.
    """

    def __init__(self, stem: str, folders: tuple[str, ...]) -> None:
        self.stem, self.folders = stem, folders

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Look for it everywhere else."""
        if name != self.stem or path is not None:
            return None
        return PathFinder.find_spec(name, [f for f in sys.path if f not in self.folders], target)


class Partly(Snapshot):
    """Loads a file of the contender's package: where it raises, its definitions alone."""

    def __init__(self, name: str, path: str, source: bytes, failed: list[str], define: Any) -> None:
        super().__init__(name, path, source)
        self.failed, self.define = failed, define

    def exec_module(self, module: Any) -> None:
        """Execute the file; what it needs besides is not here, or not asked for."""
        try:
            super().exec_module(module)
        except SyntaxError:
            raise
        except (Exception, SystemExit) as error:
            name = Path(self.path).name
            self.failed.append(f"the import of {name} raised {type_name(error)}: {error}")
            self.define(module, self.path, self.source)


class Around:
    """Finds packages and modules of the contender's own in the folders around its file."""

    def __init__(
        self, file: Path, folders: dict[str, str], kept: Kept, said: list[str], define: Any
    ) -> None:
        self.file, self.folders, self.kept = file, folders, kept
        self.said, self.define = said, define

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Look for it where the file's package lies; a finder without one, in the folders above."""
        package = name.partition(".")[0]
        if path is None and ABOVE_ALL in self.folders:
            self.folders.setdefault(package, self.above(package))
        if not self.folders.get(package):
            return None
        where = path or [self.folders[package]]
        found = self.kept.find_spec(name, where) or PathFinder.find_spec(name, where, target)
        if found is not None and isinstance(found.loader, SourceFileLoader):
            its = found.loader.path
            source = found.loader.get_data(its)
            found.loader = Partly(name, its, source, self.said, self.define)
        return found

    def above(self, name: str) -> str:
        """Find the folder above the file that has a package or module: its own before others."""
        around = self.file.parents[1:ABOVE]
        own = [each for each in around if (each / name) in self.file.parents]
        for each in around:
            has = self.kept.has(each / name / "__init__.py") or self.kept.has(each / f"{name}.py")
            if has and not self.kept.has(each / "__init__.py"):  # what is in a package is its own
                own.append(each)
        return str(own[0]) if own else ""


def enclosing(file: Path, source: bytes, kept: Kept, said: list[str], define: Any) -> str:
    """Make importable what a file imports of its own, and return the name of its module.

    With relative imports it belongs to a package. What it imports by whole names, and nothing else
    provides, is looked for in the folders above. What of it cannot be imported is said.
    """
    sys.meta_path.append(Around(file, {ABOVE_ALL: ""}, kept, said, define))
    folders: list[Path] = []
    for folder in file.parents if RELATIVE.search(source) else ():
        if not kept.has(folder / "__init__.py"):
            break
        folders.insert(0, folder)
    names = [folder.name for folder in folders]
    if names:
        first = {names[0]: str(folders[0].parent)}
        sys.meta_path.insert(0, Around(file, first, kept, said, define))
    own = names.pop() if names and file.stem == "__init__" else file.stem
    if names:
        importlib.import_module(".".join(names))
    return ".".join([*names, PREFIX + own])


def is_array(value: object) -> bool:
    """Tell an array, be it NumPy's or the contender's own, from a number."""
    return not isinstance(value, (bool, int, float, generic))


class Session:
    """One loaded contender and the optimizers made from it.

    `caught` is what it may raise without ending the conversation.
    """

    def __init__(self, caught: tuple[type[BaseException], ...] = (BaseException,)) -> None:
        self.caught = caught
        self.module: Any = None
        self.namespace: Any = None
        self.in_part = False  # whether something of its module is judged, not the whole
        self.package: str | None = None  # that of a contender that is imported by name
        self.folder: Path | None = None
        self.hooks: dict[str, Any] = {}
        self.practices: dict[str, Any] = {}
        self.savings: dict[str, Any] = {}
        self.hooks_of: dict[str, dict[str, Any]] = {}  # where a formula has hooks of its own
        self.own_hooks: dict[str, Any] = {}
        self.optimizers: dict[int, Any] = {}
        self.formulas: dict[int, str] = {}  # what each optimizer is of
        self.stopwatch: Any = None
        self.shapes = ""  # the folder that knows how code is called
        self.ways: dict[str, tuple[Any, ...]] = {}
        self.replaced: list[tuple[type, str, Any]] = []  # methods of classes, as they are written
        self.step_number = 0

    def answer(self, operation: str, *arguments: Any) -> tuple[Any, ...]:
        """Carry out one request; whatever the contender does, there is an answer."""
        self.step_number = 0
        try:
            value, changed = getattr(self, operation)(*arguments)
        except BadAnswerError as error:
            return ("fault", str(error), self.step_number, "", False)
        except self.caught as error:  # an answer is owed whatever a contender raises
            spent = isinstance(error, MemoryError)
            what, lines = self.describe(error)
            return ("fault", what, self.step_number, lines, spent)
        return ("value", value, changed)

    def equip(
        self, stopwatch: str, threadpoolctl: str, cpus: tuple[int, ...]
    ) -> tuple[None, tuple[()]]:
        """Get ready to be timed: by the stopwatch in that file, on these processors."""
        spec = importlib.util.spec_from_file_location("stopwatch", stopwatch)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.pin(cpus)
        self.stopwatch = module.Stopwatch(self, threadpoolctl)
        return None, ()

    def time(self, operation: str, *arguments: Any) -> tuple[Any, tuple[()]]:
        """Let the stopwatch carry out one of its operations."""
        return getattr(self.stopwatch, operation)(*arguments), ()

    def load(
        self,
        file: bytes,
        texts: dict[bytes, bytes],
        module: str | None,
        attribute: str,
        folders: tuple[bytes, ...],
        names: tuple[str, ...],
        shapes: str,
        definitions: bool,
        device: str = "",
    ) -> tuple[Any, tuple[()]]:
        """Import the contender; return which of `names` it provides, and what else is callable.

        Its files are executed as `texts` has them, whatever has become of them. A notebook, or a
        file of which the import raises, is loaded by its definitions alone, as is any file with
        `definitions`. What is said of that comes third.
        """
        said = "the import takes too long" if definitions else ""
        path, search_path = os.fsdecode(file), tuple(map(os.fsdecode, folders))
        source = texts.get(file, b"")
        kept = Kept({os.fsdecode(name): text for name, text in texts.items()})
        sys.meta_path.insert(sys.meta_path.index(PathFinder), kept)
        self.shapes = shapes
        if device:
            load_shapes(shapes).frameworks.compute_on(device)
        sys.argv[:] = [path or str(module)]
        if path:
            # Last on the path, under a name of its own: a contender's file may well be called
            # torch.py, and must not become what `import torch` finds.
            sys.path.extend(search_path)
            sys.meta_path.insert(0, NotItself(Path(path).stem, search_path))
            left_out: list[str] = []

            def define(*about: Any) -> None:  # as it is seldom needed, loaded only then
                load_shapes(shapes).define(*about)

            module = enclosing(Path(path), source, kept, left_out, define)
            loader = Snapshot(module, path, source)
            spec = importlib.util.spec_from_file_location(module, path, loader=loader)
            assert spec is not None
            namespace: Any = importlib.util.module_from_spec(spec)
            sys.modules[module] = namespace
            self.folder = Path(path).parent
            if definitions or path.endswith(".ipynb"):
                define(namespace, path, source)
                said = said or "it is a notebook"
            else:
                if b"keras" in source:
                    load_shapes(shapes).frameworks.prepare_for(source)
                said = self.execute(loader, namespace, shapes) or "; ".join(left_out[:1])
        else:
            sys.path[:0] = search_path
            self.package = str(module).split(".")[0]
            if self.package in FRAMEWORKS:
                load_shapes(shapes).frameworks.prepare(self.package)
            namespace = importlib.import_module(str(module))
            self.folder = Path(namespace.__file__ or os.devnull).parent
        self.module = self.defined = namespace
        self.in_part = attribute != ""
        for part in filter(None, attribute.split(".")):
            namespace = getattr(namespace, part)
        if callable(namespace) and not any(hasattr(namespace, name) for name in names):
            # One class or function of a module: it is all that is meant.
            namespace = types.SimpleNamespace(**{attribute.rpartition(".")[2]: namespace})
        return (*self.adopt(namespace, names), said), ()

    def redefine(
        self, source: str, path: str, names: tuple[str, ...]
    ) -> tuple[tuple[str, ...] | None, tuple[()]]:
        """Take the functions and classes of another source in place of the contender's own.

        What else its file does when it is imported has been done, and is not done again. Where its
        own can take the other code, they do, and None is returned: all is bound as it was. Else
        which of `names` the others provide.
        """
        tree = ast.parse(source)
        kinds = (ast.FunctionDef, ast.ClassDef)
        defined = [node.name for node in tree.body if isinstance(node, kinds)]
        tree.body = [
            node
            for node in tree.body
            if isinstance(node, kinds)
            or (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        ]
        loaded = (self.module, *sys.modules.values())
        inner = (module for module in loaded if found_in(module, "__file__") == path)
        module = next(inner, self.module)
        fresh = types.ModuleType(module.__name__)
        vars(fresh).update(vars(module))
        exec(compile(tree, path, "exec"), vars(fresh))
        before = self.defined
        taken = load_shapes(self.shapes).put_in(module, fresh, defined)
        if not taken and (self.in_part or module is not self.module):
            raise BadAnswerError("what is taken from its module cannot take the other code")
        self.defined = self.module if taken else fresh
        if self.defined is before:
            return None, ()
        self.ways = {}
        return self.adopt(self.defined, names)[0], ()

    def execute(self, loader: Snapshot, namespace: Any, shapes: str) -> str:
        """Execute a file; where that raises, its definitions alone, and say so.

        A file without definitions of its own has nothing else to offer than what it raised.
        """
        try:
            loader.exec_module(namespace)
        except SyntaxError:
            raise
        except (Exception, SystemExit) as error:
            what, _ = self.describe(error)
            vars(namespace).clear()
            vars(namespace).update(vars(types.ModuleType(loader.name)))
            load_shapes(shapes).define(namespace, loader.path, loader.source)
            self.namespace = namespace
            if not self.own_things():
                raise
            return f"the import {what}"
        return ""

    def adopt(self, namespace: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
        """Take a namespace for the contender; return which of `names` it provides, and the rest."""
        self.namespace = namespace
        told = names_in(namespace)
        own = {name: getattr(namespace, name) for name in HOOKS if name in told}
        self.hooks = self.own_hooks = own
        provided = tuple(name for name in names if callable(found_in(namespace, name, told)))
        others = tuple(
            printable(name)
            for name in told
            if name[0] != "_"
            and name not in (*names, *HOOKS)
            and callable(found_in(namespace, name))
        )
        return provided, others

    def bind(
        self,
        rows: tuple[dict[str, Any], ...],
        shapes: str,
        declared: tuple[dict[str, Any], ...] = (),
        *,
        all_names: bool = False,
    ) -> tuple[dict[str, Any], tuple[()]]:
        """Bind what is there under other names, or is called otherwise, than the contract says.

        `shapes` is the folder that knows how; with `all_names` it is asked even where no name
        speaks of a formula. Returns as plain data the bindings; for each formula that some name may
        mean and cannot be bound to the names and why, and a call to put right; which declarations
        cannot be meant; and the defaults of what is called as the contract says.
        """
        scope = {name: found_in(self.namespace, name) for name in names_in(self.namespace)}
        provided = {
            row["name"]: its
            for row in rows
            if callable(its := scope.get(row["name"], found_in(self.namespace, row["name"])))
        }
        odd = {row["name"] for row in rows if not as_the_contract(provided, row)}
        things = self.own_things()
        odd |= {*self.of_frameworks(provided, shapes)}
        stepped = [row for row in rows if row["stepped"] and row["name"] in provided]
        slopes = {row["name"] for row in rows if row["kind"] == "gradient"}
        rising = {row["name"] for row in rows if row["stepped"]} | slopes

        def turned(name: str, thing: Any) -> bool:
            module = sys.modules.get(getattr(thing, "__module__", ""))
            return rises(thing) or (name in slopes and adds_slopes(module))

        found: dict[str, Any] = {
            "bindings": (),
            "misses": (),
            "calls": {},
            "wrong": (),
            "turned": tuple(n for n in rising & {*provided} if turned(n, provided[n])),
            "defaults": {row["name"]: defaults(provided[row["name"]], row) for row in stepped},
        }
        others = {n: its for n, its in things.items() if n not in provided or is_made(its)}
        kept = {n: its for n, its in scope.items() if isinstance(its, dict)}
        loaded = all_names or SHAPES in sys.modules  # if only to define it
        speaks = loaded or may_mean({**kept, **others}, rows) or self.of_frameworks(others, shapes)
        if not (declared or odd or speaks or has_options(provided, rows)):
            return found, ()
        its_things = {**provided, **things}
        survey = load_shapes(shapes).Survey(its_things, list(rows), self.replaced, briefly)
        survey.declare(declared, scope)
        its = {each["formula"] for each in declared}
        wanted = [row["name"] for row in rows if row["name"] not in its]
        survey.search(wanted, {name for name in provided if name not in odd})
        single = {}
        for name, several in survey.bindings.items():
            for each in several if name in rising else ():
                thing = its_things.get(each.target.partition(".")[0])
                if not each.declared and turned(name, thing):
                    each.turned, each.as_is = True, False
            own = name in provided and name not in odd and name not in its
            if len(several) == 1 and not own and not (name in provided and several[0].as_is):
                single[name] = several[0]
        if single:
            self.namespace = Overlay(self.namespace, {n: b.stands for n, b in single.items()})
            self.ways = {n: (b.stands, *b.others, *b.paths.values()) for n, b in single.items()}
            self.hooks_of = {n: b.hooks for n, b in single.items()}
            self.practices = {n: b.practice for n, b in single.items() if b.practice is not None}
            self.savings = {n: b.saving for n, b in single.items() if b.saving is not None}
        told = [
            binding.told()
            for name, several in survey.bindings.items()
            for binding in several
            if not (binding.as_is and binding.target == name and len(several) == 1)
        ]
        found.update(
            bindings=tuple(told),
            misses=tuple((name, tuple(why)) for name, why in survey.misses.items()),
            calls=survey.suggestions(),
            wrong=tuple(survey.wrong),
        )
        return found, ()

    def practice(self, name: str) -> tuple[tuple[tuple[str, ...], ...], tuple[()]]:
        """Carry out what a framework's optimizer must do in practice."""
        told = self.practices[name]() if name in self.practices else ()
        return tuple(tuple(map(printable, each)) for each in told), ()

    def interrupt(
        self, name: str, hyper: dict[str, Any], w0: Any, gradients: Any, at: int
    ) -> tuple[tuple[Any, ...], tuple[()]]:
        """Save an optimizer in the middle of its run.

        Returns what the check is called and whether it is owed, what was saved, the weights of that
        moment, and those at the end of the run, which went on.
        """
        saving = self.saving(name)
        optimizer, w = self.make_optimizer(name, hyper), self.to_native(decode(w0))
        kept, then = b"", None
        for i, gradient in enumerate(decode(gradients)):
            if i == at:
                kept, then = saving.save(optimizer), encode(self.to_array(w).copy())
            w = optimizer.step(w, self.to_native(gradient.copy()))
        return (saving.says, saving.owed, kept, then, encode(self.to_array(w))), ()

    def resume(
        self, name: str, hyper: dict[str, Any], w0: Any, gradients: Any, kept: bytes
    ) -> tuple[Any, tuple[()]]:
        """Go on from what was saved; return the weights at the end."""
        optimizer, w = self.make_optimizer(name, hyper), self.to_native(decode(w0))
        optimizer = self.saving(name).load(optimizer, kept, w)
        for gradient in decode(gradients):
            w = optimizer.step(w, self.to_native(gradient.copy()))
        return encode(self.to_array(w)), ()

    def saving(self, name: str) -> Any:
        """Return how an optimizer is saved: by its framework, or as any object is."""
        return self.savings.get(name) or load_shapes(self.shapes).saving.PICKLE

    def nonsense(
        self, name: str, hyper: dict[str, Any], values: tuple[tuple[str, Any], ...]
    ) -> tuple[tuple[tuple[str, ...], ...], tuple[()]]:
        """Give an optimizer arguments that make no sense: refused or taken, it is told."""
        told = []
        for own, value in values:
            try:
                optimizer = self.make_optimizer(name, {**hyper, own: value})
                optimizer.step(*(self.to_native(asarray(its)) for its in (TABLE, TABLE)))
                outcome = "passed", "it is taken"
            except Exception as error:
                outcome = "refused", f"{type(error).__name__}: {error}"[:200]
            told.append((f"{own} = {value}", *map(printable, outcome)))
        return tuple(told), ()

    def switch(self, name: str, way: int) -> tuple[None, tuple[()]]:
        """Call a formula in another of the ways that remain possible; 0 is the usual one."""
        setattr(self.namespace, name, self.ways[name][way])
        return None, ()

    def of_frameworks(self, things: dict[str, Any], shapes: str) -> list[str]:
        """List which of these a framework knows how to call, or whose arrays these compute with.

        A function is not among them where the contender converts what it takes by itself.
        """
        if not FRAMEWORKS & sys.modules.keys():
            return []
        known = load_shapes(shapes)
        return [
            name
            for name, thing in things.items()
            if (
                not (self.own_hooks and not inspect.isclass(thing))
                and known.frameworks.owner(thing)
            )
            or (not self.own_hooks and known.native.of(thing))
        ]

    def use(self, name: str) -> None:
        """Convert arrays from now on as one formula needs it."""
        self.hooks = self.hooks_of.get(name) or self.own_hooks

    def own_things(self) -> dict[str, Any]:
        """List the functions and classes that the contender defines itself, by name."""
        module = getattr(self.namespace, "__name__", None)
        named = {name: its for name, its in [*vars(self.namespace).items()] if is_name(name)}
        public = [its for name, its in named.items() if name[0] != "_"]
        tables = [its for its in public if type(its) is dict]  # OPTIMIZERS = {"sgd": _sgd}
        entries = [entry for its in tables for entry in its.values()]
        pairs = [each for entry in entries if type(entry) is tuple for each in entry]
        listed = {id(each) for each in (*entries, *pairs)}
        nameless = {
            f"{name}['{key}']": its
            for name, table in named.items()
            for key, its in (table.items() if type(table) is dict and name[0] != "_" else ())
            if type(key) is str and key.isidentifier() and type(its) is types.LambdaType
            if its.__name__ == "<lambda>"
        }
        return nameless | {
            name: value
            for name, value in named.items()
            if (name[0] != "_" or (id(value) in listed and not name.startswith("__")))
            and self.is_thing(value, module)
        }

    def is_thing(self, value: Any, module: str | None) -> bool:
        """Whether a value is a function or class of the contender's own, and may be looked at."""
        try:
            return (
                inspect.isfunction(value) or inspect.isclass(value) or self.is_compiled(value)
                or isinstance(value, functools.partial) or is_made(value) or is_wrapped(value)
            ) and (module is None or self.is_own(value, module))  # fmt: skip
        except Exception:  # it stands for something else, and raises whatever is asked of it
            return False

    def is_compiled(self, value: Any) -> bool:
        """Whether a package has this as a function, though it is none of Python's own."""
        named = hasattr(value, "__name__") or isinstance(value, functools.partial)
        return self.package is not None and callable(value) and named

    def is_own(self, value: Any, module: str) -> bool:
        """Whether a function or class stands in this module, in its package, or in its folder."""
        value = getattr(value, "func", value)  # of a functools.partial
        its = str(getattr(value, "__module__", None) or module)
        if its == module or its.startswith(module + "."):
            return True
        if self.package is not None and its.split(".")[0] == self.package:
            return True
        file = getattr(sys.modules.get(its), "__file__", None)
        return self.folder is not None and file is not None and Path(file).parent == self.folder

    def lacks(
        self, name: str, optional: tuple[tuple[str, int], ...], options: tuple[tuple[str, Any], ...]
    ) -> tuple[tuple[str, ...], tuple[()]]:
        """Return which parameters a callable cannot be given: by place, or by name at place −1.

        An option is one that it names itself, and that has no effect unless it is given.
        """
        try:
            its = inspect.signature(getattr(self.namespace, name)).parameters
        except (TypeError, ValueError):  # not Python's own code: nothing is known
            return tuple(option for option, _ in options), ()
        missing = tuple(
            name for name, off in options if name not in its or its[name].default not in (None, off)
        )
        kinds = [parameter.kind for parameter in its.values()]
        places = sum(kind <= inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds)
        any_place = inspect.Parameter.VAR_POSITIONAL in kinds
        any_name = inspect.Parameter.VAR_KEYWORD in kinds

        def taken(parameter: str, place: int) -> bool:
            return any_name or parameter in its if place < 0 else any_place or place < places

        given = (parameter for parameter, place in optional if not taken(parameter, place))
        return (*given, *missing), ()

    def call(
        self, name: str, counts: Any, arguments: tuple[Any, ...], seed: int | None = None
    ) -> tuple[Any, tuple[int, ...]]:
        """Call a function that owes so many arrays, or lists of so many; return them in a tuple.

        What draws has a seed, whether it takes a generator or not.
        """
        self.use(name)
        given: list[Any] = []
        for argument in arguments:
            shared = isinstance(argument, tuple) and argument[-1] == SHARED
            given.append(given[0] if shared else self.to_native(decode(argument)))
        with sown(seed):
            value, changed = self.watched(getattr(self.namespace, name), given)
        return tuple(encode(array) for array in self.flat(value, counts)), changed

    def flat(self, value: Any, counts: Any) -> list[ndarray[Any, Any]]:
        """List the arrays of an answer: so many, or those of lists of so many each."""
        if counts == 1:
            return [self.to_array(value)]
        if isinstance(counts, tuple):
            lists = [value] if len(counts) == 1 else self.items(value, len(counts), "lists")
            every = [self.items(its, counts[i], "arrays") for i, its in enumerate(lists)]
            return [self.to_array(part) for its in every for part in its]
        return [self.to_array(part) for part in self.items(value, counts, "arrays")]

    @staticmethod
    def items(value: Any, count: int, what: str) -> Any:
        """Return a tuple or a list of so many, or say what it is instead."""
        if isinstance(value, (tuple, list)) and len(value) == count:
            return value
        length = f" of length {len(value)}" if isinstance(value, (tuple, list)) else ""
        raise BadAnswerError(f"returned {type_name(value)}{length}, expected {count} {what}")

    def make(self, handle: int, name: str, hyper: dict[str, Any]) -> tuple[None, tuple[()]]:
        """Make an optimizer and keep it under `handle`."""
        self.optimizers[handle] = self.make_optimizer(name, hyper)
        self.formulas[handle] = name
        return None, ()

    def step(self, handle: int, w: Any, grad: Any) -> tuple[Any, tuple[int, ...]]:
        """Take one step."""
        self.use(self.formulas[handle])
        gradient = decode(grad)
        native = self.to_native(gradient)
        _, new, changed = self.take_step(
            self.optimizers[handle], self.to_native(decode(w)), native, gradient.shape
        )
        return encode(new), changed

    def get_lr(self, handle: int) -> tuple[Any, tuple[()]]:
        """Read an optimizer's learning rate."""
        self.use(self.formulas[handle])
        return encode(self.to_array(self.optimizers[handle].lr)), ()

    def set_lr(self, handle: int, rate: Any) -> tuple[None, tuple[()]]:
        """Set an optimizer's learning rate."""
        set_rate(self.optimizers[handle], decode(rate))
        return None, ()

    def state(self, handle: int, names: Iterable[str]) -> tuple[dict[str, Any], tuple[()]]:
        """Return the variables that an optimizer shows; unset and unreadable ones are left out."""
        self.use(self.formulas[handle])
        its, shown = self.optimizers[handle], {}
        shows = functools.partial(getattr, its)
        if self.formulas[handle] in self.ways:  # ours, with the contender's own behind it
            shows = getattr(its, "shows", shows)
        for name in names:
            try:
                shown[name] = encode(self.to_array(shows(name)))
            except Exception:  # a property may raise what it likes
                continue
        return shown, ()

    def drop(self, handle: int) -> tuple[None, tuple[()]]:
        """Forget an optimizer."""
        del self.optimizers[handle], self.formulas[handle]
        return None, ()

    def trajectory(
        self, name: str, hyper: dict[str, Any], w0: Any, gradients: Any, rates: Any
    ) -> tuple[Any, tuple[int, ...]]:
        """Take one step per gradient; return the weights after each, stacked."""
        optimizer = self.make_optimizer(name, hyper)
        w = self.to_native(decode(w0))
        layout = gradients[4] if len(gradients) > 4 else ""
        gradients = decode(gradients[:4])
        weights = []
        written: set[int] = set()
        first = before = None
        for i in range(len(gradients)):
            self.step_number = i + 1
            if rates is not None:
                set_rate(optimizer, rates[i])
            gradient = w if layout == SHARED else gradients[i, ...]
            if layout and layout != SHARED:
                gradient = laid_out(gradient, layout)
            native = self.to_native(gradient)
            if first is None and layout != SHARED and name not in self.ways:  # its own, not ours
                first, before = native, self.written(native)
            w, new, changed = self.take_step(optimizer, w, native, gradients.shape[1:])
            weights.append(new.copy())  # an optimizer may hand out the buffer it works in
            written.update(changed)
        if first is not None and self.written(first) != before:  # who keeps it may write to it
            written.add(1)
        return encode(self.to_array(stack(weights))), tuple(sorted(written))

    def rounds(
        self,
        name: str,
        hyper: dict[str, Any],
        w0: Any,
        gradients: Any,
        count: int,
        most: float,
        longest: float,
        kept: int = 0,
    ) -> tuple[Any, tuple[()]]:
        """Go through the same gradients again and again; return the weights after each round.

        Of these, only the last `kept`, if that is above 0.
        Nothing is watched on the way, so that thousands of rounds take no longer than they must.
        It returns None as soon as it is clear that it would take more than `most` seconds, of which
        those do not count in which others had the processor; or after `longest`, whoever had it.
        """
        optimizer = self.make_optimizer(name, hyper)
        w = self.to_native(decode(w0))
        steps = [self.to_native(gradient) for gradient in decode(gradients)]
        begin, queued = monotonic(), in_the_queue()
        weights = []
        for done in range(1, count + 1):
            for gradient in steps:
                w = optimizer.step(w, gradient)
            weights.append(self.to_array(w).copy())
            if kept:
                del weights[:-kept]
            taken = monotonic() - begin
            own = taken - (in_the_queue() - queued)
            if taken > longest or own > most or (done > 32 and own * count / done > most):
                return None, ()
        return encode(stack(weights)), ()

    def copy(self, handle: int, new: int, how: str) -> tuple[None, tuple[()]]:
        """Copy an optimizer, by `deepcopy` or through a pickle, and keep the copy under `new`."""
        self.formulas[new] = self.formulas[handle]
        its = self.optimizers[handle]
        self.optimizers[new] = (
            copy.deepcopy(its) if how == "deepcopy" else pickle.loads(pickle.dumps(its))
        )
        return None, ()

    def make_optimizer(self, name: str, hyper: dict[str, Any]) -> Any:
        """Construct an optimizer from its keyword arguments."""
        self.use(name)
        return getattr(self.namespace, name)(**{key: decode(hyper[key]) for key in hyper})

    def take_step(
        self, optimizer: Any, w: Any, grad: Any, shape: tuple[int, ...]
    ) -> tuple[Any, ndarray[Any, Any], tuple[int, ...]]:
        """Step once; return the new weights as the contender's own, and as an array."""
        native, changed = self.watched(optimizer.step, [w, grad])
        new = self.to_array(native)
        if new.shape != shape:
            raise BadAnswerError(f"returned an array of shape {new.shape}, expected {shape}")
        return native, new, changed

    def watched(self, function: Any, arguments: list[Any]) -> tuple[Any, tuple[int, ...]]:
        """Call `function`; return its value, and which arguments it wrote to."""
        before = [self.written(argument) for argument in arguments]
        value = function(*arguments)
        if "synchronize" in self.hooks:
            self.hooks["synchronize"](value)
        changed = tuple(i for i in range(len(before)) if self.written(arguments[i]) != before[i])
        return value, changed

    @staticmethod
    def encoded(value: Any) -> Any:
        """Encode an array for the way back."""
        return encode(value)

    def written(self, argument: Any) -> Any:
        """Return what stands in an argument now; a generator goes on whenever it is drawn from."""
        if isinstance(argument, Generator):
            return None
        if isinstance(argument, list) and any(map(is_array, argument)):
            return [self.written(item) for item in argument]
        return self.to_array(argument).tobytes()

    def to_native(self, value: Any) -> Any:
        """Convert an array, or each of a list, to what the contender computes with."""
        if isinstance(value, list) and any(map(is_array, value)):
            return [self.to_native(item) for item in value]
        if "from_numpy" in self.hooks and isinstance(value, ndarray):
            return self.hooks["from_numpy"](value)
        return value

    def to_array(self, value: Any) -> ndarray[Any, Any]:
        """Convert an answer to a real array, or say what it is instead."""
        if value is None:
            raise BadAnswerError("returned None (is a `return` missing?)")
        if not is_plain(value) and "to_numpy" in self.hooks:
            value = self.hooks["to_numpy"](value)
        if not (is_plain(value) or isinstance(value, (list, tuple)) or hasattr(value, "__array__")):
            raise BadAnswerError(f"returned {type_name(value)}, expected real numbers")
        hidden = masked(value)
        if hidden:
            raise BadAnswerError(f"returned an array of which {hidden} entries are masked")
        try:
            array = asarray(value)
        except ValueError:
            raise BadAnswerError(
                f"returned a ragged {type_name(value)}, expected an array"
            ) from None
        if not is_real(array.dtype):
            raise BadAnswerError(
                f"returned {type_name(value)} of dtype {array.dtype}, expected real numbers"
            )
        if array.nbytes > LARGEST_ARRAY:
            raise BadAnswerError(f"returned {array.nbytes} bytes, expected at most {LARGEST_ARRAY}")
        return array

    def describe(self, error: BaseException) -> tuple[str, str]:
        """Return an exception in one line, and as a traceback of the contender's own lines."""
        try:
            text = self.text(error)
            if isinstance(error, SystemExit):
                raised = f"called sys.exit({text})"
            else:
                raised = "raised " + type_name(error) + (f": {text}" if text else "")
            frames = self.own_frames(error)
            steps = [f"{name}:{frame.lineno} in {frame.name}" for name, frame in frames[-4:]]
            lines = [
                printable(f'  File "{name}", line {frame.lineno}, in {frame.name}')
                + ("\n    " + printable(frame.line) if frame.line else "")
                for name, frame in frames
            ]
            where = f" ({printable(' → '.join(steps))})" if steps else ""
            shown = ["Traceback (most recent call last):", *lines, raised.partition(" ")[2]]
            return raised + where, "\n".join(shown)
        except BaseException:  # its class is the contender's code, too
            return "raised an exception that cannot be told", ""

    def own_frames(self, error: BaseException) -> list[tuple[str, traceback.FrameSummary]]:
        """Return the last steps of a traceback in the contender's folder, each with its file."""
        own = []
        for frame in traceback.extract_tb(error.__traceback__, limit=-10 * DEEPEST):
            path = Path(frame.filename)
            if self.folder is not None and self.folder in path.parents:
                name = path.relative_to(self.folder)
                if "site-packages" not in name.parts:  # of an environment that lies beside it
                    own.append((name.as_posix(), frame))
        return own[-DEEPEST:]

    @staticmethod
    def text(error: BaseException) -> str:
        """Return an exception's message, even where asking for it raises."""
        try:
            return printable(str(error))
        except BaseException as second:  # an exception's own __str__ is the contender's code too
            return f"<its str() raised {type_name(second)}>"


def is_name(key: object) -> bool:
    """Whether this may stand for something: a file can write other keys into its `globals()`."""
    return isinstance(key, str) and key != ""


def names_in(namespace: Any) -> list[str]:
    """Return the names that a namespace tells; its own `__dir__` may raise, or tell anything."""
    try:
        kind: Any = type(namespace)
        told = [*kind.__dir__(namespace)]
    except Exception:
        told = [*vars(namespace)]
    return sorted(filter(is_name, told))


def found_in(namespace: Any, name: str, told: Iterable[str] = ()) -> Any:
    """Return what has this name; a `__getattr__` of its own may raise anything at one untold."""
    try:
        return getattr(namespace, name, None)
    except Exception:
        if name in told:
            raise
        return None


class Overlay:
    """A contender's names, some of which stand for something else."""

    def __init__(self, namespace: Any, bound: dict[str, Any]) -> None:
        self._namespace = namespace
        vars(self).update(bound)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._namespace, name)


def as_the_contract(provided: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether what has the contract's name takes what the contract says, as far as can be seen."""
    thing = provided.get(row["name"])
    if thing is None:
        return True
    try:
        its = inspect.signature(thing).parameters
    except (TypeError, ValueError):  # not Python's own code: nothing is known
        return True
    if takes_less_than_it_wraps(thing, len(its)):
        return False
    kinds = [p.kind for p in its.values()]
    if row["stepped"]:
        # One that it may do without may be there by another name, or written into the code.
        needed = [p["name"] for p in row["params"] if not p["option"]]
        named = inspect.Parameter.VAR_KEYWORD in kinds or all(name in its for name in needed)
        options = [its[p["name"]] for p in row["params"] if p["option"] and p["name"] in its]
        named = named and not any(option.default is option.empty for option in options)
        return named and (not inspect.isclass(thing) or steps_from_arrays(thing))
    one_array = row["arrays"] < 2 and row["params"][0]["role"] != "point"  # a point may be a pair
    several = len(row["returned"]) > 1
    if inspect.isclass(thing) or (one_array and returns_several(thing)):
        return False
    of_rows = row["params"][0]["role"] == "row logit" or (row["kind"] == "norm" and not several)
    if of_rows and takes_tables(thing):
        return False
    if row["params"][0]["role"] == "class label" and indexes_with(thing, next(iter(its), "")):
        return False
    if takes_less(thing, row):
        return False
    if row["kind"] == IN_PLACE and writes(thing):
        return False
    if row["kind"] == "schedule" and ends(thing, row):
        return False
    if row["kind"] == "network" and returns_otherwise(thing, row["returned"]):
        return False
    of_layers = any(p["many"] for p in row["params"]) and row["kind"] == "network"
    if of_layers and len(its) == len(row["params"]):  # its samples may be columns
        return False
    return takes_in_order(list(its.values()), row)


def takes_less_than_it_wraps(thing: Any, count: int) -> bool:
    """Whether a decorator hands on fewer arguments than what it stands for takes."""
    try:
        its = inspect.signature(thing, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return False
    return len(its) < count and not any(p.kind in VARIADIC for p in its)


def takes_in_order(its: list[inspect.Parameter], row: dict[str, Any]) -> bool:
    """Whether each place has a name that is known for it; where one array is all, it needs none."""
    params = row["params"]
    called = [{name.lower() for name in p["synonyms"]} for p in params]
    any_more = any(p.kind == p.VAR_POSITIONAL for p in its)
    places = [p for p in its if p.kind <= p.POSITIONAL_OR_KEYWORD]
    others = [p for p in its if p not in places[: len(params)] and p.kind not in VARIADIC]
    if not all(map(has_no_say, others)):
        return False
    names = [p.name.lower() for p in places[: len(params)]]
    if len(names) < sum(p["neutral"] is None for p in params) and not any_more:
        return False
    lone = [i for i, p in enumerate(params) if p["is_array"]]

    def fits(i: int) -> bool:
        return names[i] in called[i] or ([i] == lone and not any(names[i] in its for its in called))

    return interchangeable(row) or all(map(fits, range(len(names))))


def has_no_say(option: inspect.Parameter) -> bool:
    """Whether an option changes nothing as long as nobody sets it, or is the ε of a guard."""
    default = option.default
    if option.name.lower().startswith(TRAINING):  # untrained, a norm answers from what it keeps
        return False
    if type(default) in (list, dict, set, tuple):
        return not default
    return default is None or default is False or (type(default) is float and 0 <= default <= TINY)


def interchangeable(row: dict[str, Any]) -> bool:
    """Whether a formula is a distance of two arrays, of which either may come first."""
    return row["kind"] == "loss" and [p["role"] for p in row["params"]] == ["target", "data"]


def indexes_with(thing: Any, name: str) -> bool:
    """Whether a function takes entries by what this argument holds: labels are numbers then."""
    places = (node.slice for node in syntax_of(thing) if isinstance(node, ast.Subscript))
    within = (node for place in places for node in ast.walk(place))
    return any(isinstance(node, ast.Name) and node.id == name for node in within)


def takes_less(thing: Any, row: dict[str, Any]) -> bool:
    """Whether a function is of numbers, of vectors or of hard labels alone.

    It is tried, but for labels that it compares with a number; nothing else is looked at.
    """
    arrays = [p for p in row["params"] if p["is_array"]]
    plain = computes_alone(thing)  # else it is left alone until it is asked
    if row["kind"] == "activation":
        whole, part = (TABLE, VECTOR) if arrays[0]["role"] == "row logit" else (VECTOR, VECTOR[0])
        return plain and refuses(thing, whole) and not refuses(thing, part)
    if row["kind"] != "loss" or len(arrays) != 2:
        return False
    if plain and arrays[0]["role"] in ("target", "label") and refuses(thing, TABLE, TABLE):
        return not refuses(thing, VECTOR, VECTOR)
    named = "|".join(arrays[0]["synonyms"])
    compares = re.compile(rf"\b({named})(\[\w+\])?\s*==\s*[01]\b")
    return "label" in arrays[0]["role"] and bool(compares.search(source_of(thing)))


def ends(schedule: Any, row: dict[str, Any]) -> bool:
    """Whether a schedule answers within its one period, and behind it with no real number."""

    def answers(epoch: Any) -> bool:
        odd = {"time": epoch, "exponent": 0.9}  # no real power of what is below zero
        given = [odd.get(p["role"], p["usual"]) for p in row["params"]]
        try:
            with briefly(2):
                float(schedule(*given))
            return True
        except Exception:  # whatever it raises: it does not
            return False

    end = next((p["usual"] for p in row["params"] if p["name"] in ENDS), None)
    if end is None or not keeps_nothing(schedule):
        return False
    return answers(1) and not answers(2 * end)


def computes_alone(thing: Any, seen: tuple[Any, ...] = ()) -> bool:
    """Whether a function uses Python's own numbers and `math` alone, and keeps nothing of a call.

    What it uses may be of any kind: nothing of it is compared or called.
    """
    if not keeps_nothing(thing):
        return False
    names = {name for each in with_inner(thing.__code__) for name in each.co_names}
    used = [thing.__globals__[name] for name in names if name in thing.__globals__]
    return all(
        each is math
        or type(each) in (int, float)
        or (inspect.isbuiltin(each) and each.__module__ == "math")
        or (inspect.isfunction(each) and (each in seen or computes_alone(each, (*seen, thing))))
        for each in used
    )


def keeps_nothing(thing: Any) -> bool:
    """Whether a function itself keeps nothing of a call, so that it may be tried."""
    code = getattr(thing, "__code__", None)
    if code is None or code.co_freevars or any(map(holds_more, preset(thing))):
        return False
    steps = [step for each in with_inner(code) for step in dis.get_instructions(each)]
    return not any(step.opname in KEEPING for step in steps)


def preset(function: Any) -> tuple[Any, ...]:
    """List the defaults of a function."""
    return (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())


def holds_more(default: Any) -> bool:
    """Whether a default may hold what an earlier call has put there."""
    return not isinstance(default, (int, float, str, type(None)))


def with_inner(code: types.CodeType) -> list[types.CodeType]:
    """List a function's code and that of what is written inside it, as of a comprehension."""
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return [code, *(every for each in inner for every in with_inner(each))]


def refuses(function: Any, *arrays: Any) -> bool:
    """Whether a function raises what code of single numbers raises at arrays, or answers badly."""
    try:
        with briefly(2):
            value = function(*map(asarray, arrays))
        return len(arrays) > 1 and asarray(value).size > 1
    except (TypeError, ValueError):
        return True
    except Exception:  # that is its own affair
        return False


class EndlessError(BaseException):
    """What is tried out does not end; no exception of code's own, which may catch those."""


def in_the_queue() -> float:
    """Return the seconds for which this thread could have run, and others did; 0 if not told."""
    try:
        with FileIO("/proc/thread-self/schedstat") as told:  # `open` may be another by now
            return int(told.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):  # Linux tells
        return 0.0


@contextmanager
def briefly(seconds: float) -> Iterator[None]:
    """Interrupt what is tried out where it takes longer, in time of its own.

    Raises
    ------
    TimeoutError
        It did.
    """
    if threading.current_thread() is not threading.main_thread():  # no other is interrupted
        yield
        return

    def end(*about: Any) -> None:
        del about
        raise EndlessError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)  # again, where it was caught
    try:
        yield
    except EndlessError:
        raise TimeoutError(f"it takes longer than {seconds} s") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def source_of(thing: Any) -> str:
    """Return a function's source; nothing where it cannot be read."""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return ""


def rises(thing: Any) -> bool:
    """Whether a source says that it goes up, or gives a slope turned round: its sign is meant."""
    return bool(RISING.search(f"{inspect.getcomments(thing)}\n{source_of(thing)}"))


@functools.cache
def adds_slopes(module: Any) -> bool:
    """Whether a file adds slopes to weights, ``w += lr * x.T.dot(delta)``: it has turned them."""
    for node in syntax_of(module):
        target, value = added(node)
        target = getattr(target, "value", target) if isinstance(target, ast.Subscript) else target
        own = str(getattr(target, "attr", getattr(target, "id", "")))
        # What is subtracted from on the way is a velocity, whose sign is that of a descent.
        if ADDED_TO.fullmatch(own) and PRODUCT.search(value) and "-" not in value:
            return True
    return False


def added(node: ast.AST) -> tuple[Any, str]:
    """Return to what a statement adds, and what: ``w += x`` and ``w = w + x``; else nothing."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        return node.target, ast.unparse(node.value)
    its = getattr(node, "value", None) if isinstance(node, ast.Assign) else None
    if not isinstance(its, ast.BinOp) or not isinstance(its.op, ast.Add):
        return None, ""
    to_itself = ast.unparse(its.left) in {
        ast.unparse(each) for each in getattr(node, "targets", ())
    }
    return (its.left, ast.unparse(its.right)) if to_itself else (None, "")


def syntax_of(thing: Any) -> list[ast.AST]:
    """List what a function is written of; nothing where it cannot be read."""
    try:
        text = source_of(thing)  # of a method: comments may stand further left than it does
        return [*ast.walk(ast.parse(("if True:\n" if text[:1] in (" ", "\t") else "") + text))]
    except SyntaxError:
        return []


def writes(thing: Any) -> bool:
    """Whether a function may write into arrays: with `g *= s`, `g[...] = s` or `out=g`."""
    code = getattr(thing, "__code__", None)
    if code is None:
        return False
    by_name = [names for names in code.co_consts if isinstance(names, tuple)]  # of calls
    return any("out" in names for names in by_name) or any(
        each.opname == "STORE_SUBSCR"
        or each.opname.startswith("INPLACE_")
        or (each.opname == "BINARY_OP" and each.argrepr.endswith("="))
        for each in dis.get_instructions(code)
    )


def returns_several(thing: Any) -> bool:
    """Whether a function returns several in one, as (value, cache), or a function: by its code."""
    code = getattr(thing, "__code__", None)
    kinds = ("BUILD_TUPLE", "BUILD_MAP", "BUILD_CONST_KEY_MAP", "MAKE_FUNCTION")
    made = {dis.opmap[kind] for kind in kinds if kind in dis.opmap}
    steps = [] if code is None else [each.opcode for each in dis.get_instructions(code)]
    returns = dis.opmap["RETURN_VALUE"]
    return any(steps[i] in made and steps[i + 1] == returns for i in range(len(steps) - 1))


def returns_otherwise(thing: Any, names: tuple[str, ...]) -> bool:
    """Whether a function returns its arrays in a dict, or in an order that their names tell."""
    nodes = syntax_of(thing)
    made = {target.id for node in nodes if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Dict)
            for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
    values = [node.value for node in nodes if isinstance(node, ast.Return)]
    orders = [[meant_by(getattr(e, "id", ""), names) for e in getattr(value, "elts", [])]
              for value in values]  # fmt: skip
    return any(
        isinstance(value, ast.Dict) or getattr(value, "id", "") in made for value in values
    ) or any({*order} == {*names} and tuple(order) != names for order in orders)


def meant_by(own: str, names: tuple[str, ...]) -> str:
    """Return which gradient a variable is called like: `grad_W1`, or `dw1`, like `dW1`."""
    return next((name for name in names if name[1:].lower() in own.lower()), "")


def takes_tables(thing: Any) -> bool:
    """Whether a function names axis 0 alone, or axis 1, or goes through what it is given.

    Its rows may be samples, or it may take one alone.
    """
    source = source_of(thing)
    axes = set(re.findall(r"axis\s*=\s*(-?\d)", source))
    goes_through = re.search(r"\.shape\[0\]|\bfor\b|(?<![\w.])(max|sum)\(", source)
    return axes == {"0"} or "1" in axes or goes_through is not None


def defaults(thing: Any, row: dict[str, Any]) -> dict[str, float]:
    """Read which values an optimizer takes for its hyperparameters where nothing is given."""
    try:
        its = inspect.signature(thing).parameters
    except (TypeError, ValueError):  # not Python's own code: nothing is known
        return {}
    given = {p["name"]: its[p["name"]].default for p in row["params"] if p["name"] in its}
    return {name: float(value) for name, value in given.items() if type(value) in (int, float)}


def is_made(value: Any) -> bool:
    """Whether a value is an object that is called, of a class that its file keeps for itself."""
    kind = type(value)
    return kind.__name__[0] == "_" and inspect.isfunction(vars(kind).get("__call__"))


def is_wrapped(value: Any) -> bool:
    """Whether a value stands for a function that is written in Python, as one compiled does."""
    return callable(value) and inspect.isfunction(
        inspect.getattr_static(value, "__wrapped__", None)
    )


def may_mean(things: dict[str, Any], rows: Iterable[dict[str, Any]]) -> bool:
    """Whether a name, or a method's, may speak of a formula: if none does, no shape is loaded."""
    names = [*things]
    for thing in things.values():
        kind = type(thing) if is_made(thing) else thing
        names += [own for own in vars(kind) if own[0] != "_"] if inspect.isclass(kind) else []
    spelled = {re.sub(r"[^a-z]", "", name.lower()) for name in names}
    known = {re.sub(r"[^a-z]", "", name.lower()) for row in rows for name in row["names"]}
    return any(hint in each for hint in {*known, *HINTS} - {""} for each in spelled)


def has_options(provided: dict[str, Any], rows: Iterable[dict[str, Any]]) -> bool:
    """Whether an activation takes more than the contract says: a flag, perhaps."""
    takes = {row["name"]: len(row["params"]) for row in rows if row["kind"] == "activation"}
    return any(
        name in takes
        and getattr(thing, "__code__", None) is not None
        and thing.__code__.co_argcount > takes[name]
        for name, thing in provided.items()
    )


def steps_from_arrays(thing: Any) -> bool:
    """Whether a class has a `step` of two arguments that are not called like collections."""
    step = getattr(thing, "step", None)
    if step is None:
        return False
    try:
        its = list(inspect.signature(step).parameters.values())[1:]
    except (TypeError, ValueError):
        return True
    if any(p.kind is p.VAR_POSITIONAL for p in its):
        return True
    required = [p.name for p in its if p.default is p.empty]
    return len(its) >= 2 and len(required) <= 2 and not COLLECTIONS & {*required}


def load_shapes(folder: str) -> Any:
    """Load the shapes, which lie beside this file, from wherever that is."""
    if SHAPES not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            SHAPES, str(Path(folder) / "__init__.py"), submodule_search_locations=[folder]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[SHAPES] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[SHAPES]


def set_rate(optimizer: Any, rate: float) -> None:
    """Set a learning rate that is there; setting one that is not would silently do nothing."""
    if not hasattr(optimizer, "lr"):
        raise BadAnswerError(f"{type_name(optimizer)} has no attribute lr to set")
    optimizer.lr = rate


def take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Put the conversation out of reach, and what is printed to either stream in one place."""
    import faulthandler
    import fcntl
    import resource

    there_are = resource.getrlimit(resource.RLIMIT_NOFILE)[0]  # -1 where there is no limit
    out_of_reach = min(OUT_OF_REACH, there_are // 2) if there_are > 0 else OUT_OF_REACH
    requests, answers = (
        fcntl.fcntl(stream, fcntl.F_DUPFD_CLOEXEC, out_of_reach) for stream in (0, 1)
    )
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    faulthandler.enable()
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def serve(serializer: str) -> None:
    """Answer requests until the host goes away; `serializer` is the file of execnet's."""
    requests, answers = take_over_streams()
    spec = importlib.util.spec_from_file_location("execnet_serializer", serializer)
    assert spec is not None
    assert spec.loader is not None
    execnet = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(execnet)
    session = Session()
    getpid, leave = os.getpid, os._exit
    own = getpid()
    while header := requests.read(HEADER.size):
        request = execnet.loads(requests.read(HEADER.unpack(header)[1]))
        answer = session.answer(*request)
        if getpid() != own:  # a fork that came back
            leave(0)
        data = execnet.dumps(answer)
        answers.write(HEADER.pack(MAGIC, len(data)) + data)
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[2])
