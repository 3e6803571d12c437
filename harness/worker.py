"""The contender's side of the conversation: shipped whole to the contender's interpreter.

This file imports nothing of gradmark and keeps to Python 3.9, since it runs in environments that
know neither. It answers one request at a time; requests and answers are plain data (numbers,
strings, bytes, tuples), never pickles, so nothing a contender returns can run in the host.

A request is ``(operation, *arguments)``. An answer is ``("value", value, changed)``, where
`changed` lists the positions of the arguments that the contender wrote to, or
``("fault", what, step)``, where `step` counts a trajectory's steps from 1 (0 elsewhere).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

STATE = ("m", "v", "s", "velocity", "t")
PREFIX = "contender_"  # of the module's name that a contender's file gets
HOOKS = ("from_numpy", "to_numpy", "synchronize")
MEMORY_LIMIT = 16 * 2**30  # bytes: a runaway allocation meets MemoryError, not the whole machine
LONGEST_MESSAGE = 600  # characters


class BadAnswerError(Exception):
    """The contender answered, but not with what the contract asks for."""


def encode(value: Any) -> Any:
    """Return `value` as plain data that `decode` turns back bit for bit.

    Arrays and NumPy scalars become their type, shape and bytes, so that NaN payloads, signed
    zeros and subnormals survive; Python's own numbers stay themselves.
    """
    if isinstance(value, (np.generic, np.ndarray)) and value.dtype.kind not in "biuf":
        raise TypeError(f"expected real numbers, got dtype {value.dtype}")
    if isinstance(value, np.generic):
        return ("scalar", value.dtype.str, value.tobytes())
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, value.tobytes())
    if type(value) is int and not -(2**31) <= value < 2**31:
        return ("int", str(value))  # beyond what execnet's integers hold
    return value


def decode(value: Any) -> Any:
    """Return what `encode` was given; arrays come out writeable."""
    if not isinstance(value, tuple):
        return value
    if value[0] == "int":
        return int(value[1])
    if value[0] == "scalar":
        return np.frombuffer(value[2], value[1])[0]
    return np.frombuffer(value[3], value[1]).reshape(value[2]).copy()


def printable(text: str) -> str:
    r"""Return `text` on one line, with control characters and lone surrogates escaped.

    Addresses are left out: they differ from run to run, and reports must not.
    """
    text = re.sub(r"\bat 0x[0-9a-fA-F]+", "at 0x…", text)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def type_name(value: object) -> str:
    """Return the name a user knows a value's type by."""
    kind = type(value)
    module = str(kind.__module__)
    own = module == "builtins" or module.startswith(PREFIX)
    return printable(kind.__qualname__ if own else f"{module}.{kind.__qualname__}")


def is_plain(value: object) -> bool:
    """Tell whether a value needs no `to_numpy`: a Python number, or NumPy's own."""
    return isinstance(value, (bool, int, float, np.generic, np.ndarray))


class Session:
    """One loaded contender and the optimizers made from it."""

    def __init__(self) -> None:
        self.namespace: Any = None
        self.root = ""
        self.hooks: dict[str, Any] = {}
        self.optimizers: dict[int, Any] = {}
        self.step_number = 0

    def answer(self, operation: str, *arguments: Any) -> tuple[Any, ...]:
        """Carry out one request; whatever the contender does, there is an answer."""
        self.step_number = 0
        try:
            value, changed = getattr(self, operation)(*arguments)
        except BadAnswerError as error:
            return ("fault", str(error), self.step_number)
        except SystemExit as error:
            return ("fault", f"called sys.exit({self.text(error)})", self.step_number)
        except BaseException as error:  # an answer is owed whatever a contender raises
            return ("fault", "raised " + self.describe(error), self.step_number)
        return ("value", value, changed)

    def load(
        self,
        path: str | None,
        module: str | None,
        attribute: str,
        search_path: tuple[str, ...],
        names: tuple[str, ...],
    ) -> tuple[Any, tuple[()]]:
        """Import the contender; return which of `names` it provides, and what else is callable."""
        if path is not None:
            # Last on the path, under a name of its own: a contender's file may well be called
            # torch.py, and must not become what `import torch` finds.
            sys.path.extend(search_path)
            module = PREFIX + Path(path).stem
            spec = importlib.util.spec_from_file_location(module, path)
            if spec is None or spec.loader is None:
                raise BadAnswerError("is no Python file")
            namespace: Any = importlib.util.module_from_spec(spec)
            sys.modules[module] = namespace
            self.root = path
            spec.loader.exec_module(namespace)
        else:
            sys.path[:0] = search_path
            namespace = importlib.import_module(str(module))
            self.root = str(Path(namespace.__file__ or "").parent)
        for part in filter(None, attribute.split(".")):
            namespace = getattr(namespace, part)
        self.namespace = namespace
        self.hooks = {name: getattr(namespace, name) for name in HOOKS if hasattr(namespace, name)}
        provided = tuple(name for name in names if callable(getattr(namespace, name, None)))
        others = tuple(
            printable(name)
            for name in dir(namespace)
            if name[0] != "_"
            and name not in (*names, *HOOKS)
            and callable(getattr(namespace, name))
        )
        return (provided, others), ()

    def call(
        self, name: str, count: int, arguments: tuple[Any, ...]
    ) -> tuple[Any, tuple[int, ...]]:
        """Call a function that owes `count` arrays; return them in a tuple."""
        given = [self.to_native(decode(argument)) for argument in arguments]
        value, changed = self.watched(getattr(self.namespace, name), given)
        if count == 1:
            return (encode(self.to_array(value)),), changed
        if not isinstance(value, (tuple, list)) or len(value) != count:
            length = f" of length {len(value)}" if isinstance(value, (tuple, list)) else ""
            raise BadAnswerError(f"returned {type_name(value)}{length}, expected {count} arrays")
        return tuple(encode(self.to_array(part)) for part in value), changed

    def make(self, handle: int, name: str, hyper: dict[str, Any]) -> tuple[None, tuple[()]]:
        """Make an optimizer and keep it under `handle`."""
        self.optimizers[handle] = self.make_optimizer(name, hyper)
        return None, ()

    def step(self, handle: int, w: Any, grad: Any) -> tuple[Any, tuple[int, ...]]:
        """Take one step."""
        _, new, changed = self.take_step(
            self.optimizers[handle], self.to_native(decode(w)), decode(grad)
        )
        return encode(new), changed

    def get_lr(self, handle: int) -> tuple[Any, tuple[()]]:
        """Read an optimizer's learning rate."""
        return encode(self.to_array(self.optimizers[handle].lr)), ()

    def set_lr(self, handle: int, rate: Any) -> tuple[None, tuple[()]]:
        """Set an optimizer's learning rate."""
        set_rate(self.optimizers[handle], decode(rate))
        return None, ()

    def state(self, handle: int) -> tuple[dict[str, Any], tuple[()]]:
        """Return what an optimizer shows of its state; unset and unreadable parts are left out."""
        shown = {}
        for name in STATE:
            try:
                shown[name] = encode(self.to_array(getattr(self.optimizers[handle], name)))
            except (AttributeError, BadAnswerError):
                continue
        return shown, ()

    def drop(self, handle: int) -> tuple[None, tuple[()]]:
        """Forget an optimizer."""
        del self.optimizers[handle]
        return None, ()

    def trajectory(
        self, name: str, hyper: dict[str, Any], w0: Any, gradients: Any, rates: Any
    ) -> tuple[Any, tuple[int, ...]]:
        """Take one step per gradient; return the weights after each, stacked."""
        optimizer = self.make_optimizer(name, hyper)
        w = self.to_native(decode(w0))
        gradients = decode(gradients)
        weights = []
        written: set[int] = set()
        for i in range(len(gradients)):
            self.step_number = i + 1
            if rates is not None:
                set_rate(optimizer, rates[i])
            w, new, changed = self.take_step(optimizer, w, gradients[i])
            weights.append(new.copy())  # an optimizer may hand out the buffer it works in
            written.update(changed)
        return encode(np.stack(weights)), tuple(sorted(written))

    def make_optimizer(self, name: str, hyper: dict[str, Any]) -> Any:
        """Construct an optimizer from its keyword arguments."""
        return getattr(self.namespace, name)(**{key: decode(hyper[key]) for key in hyper})

    def take_step(
        self, optimizer: Any, w: Any, grad: np.ndarray[Any, Any]
    ) -> tuple[Any, np.ndarray[Any, Any], tuple[int, ...]]:
        """Step once; return the new weights as the contender's own, and as an array."""
        native, changed = self.watched(optimizer.step, [w, self.to_native(grad)])
        new = self.to_array(native)
        if new.shape != grad.shape:
            raise BadAnswerError(f"returned an array of shape {new.shape}, expected {grad.shape}")
        return native, new, changed

    def watched(self, function: Any, arguments: list[Any]) -> tuple[Any, tuple[int, ...]]:
        """Call `function`; return its value, and which arguments it wrote to."""
        before = [self.to_array(argument).tobytes() for argument in arguments]
        value = function(*arguments)
        if "synchronize" in self.hooks:
            self.hooks["synchronize"](value)
        changed = tuple(
            i for i in range(len(before)) if self.to_array(arguments[i]).tobytes() != before[i]
        )
        return value, changed

    def to_native(self, value: Any) -> Any:
        """Convert an array to what the contender computes with."""
        if "from_numpy" in self.hooks and isinstance(value, np.ndarray):
            return self.hooks["from_numpy"](value)
        return value

    def to_array(self, value: Any) -> np.ndarray[Any, Any]:
        """Convert an answer to a real array, or say what it is instead."""
        if value is None:
            raise BadAnswerError("returned None (is a `return` missing?)")
        if not is_plain(value) and "to_numpy" in self.hooks:
            value = self.hooks["to_numpy"](value)
        if not (is_plain(value) or isinstance(value, (list, tuple)) or hasattr(value, "__array__")):
            raise BadAnswerError(f"returned {type_name(value)}, expected real numbers")
        try:
            array = np.asarray(value)
        except ValueError:
            raise BadAnswerError(
                f"returned a ragged {type_name(value)}, expected an array"
            ) from None
        if array.dtype.kind not in "biuf":
            raise BadAnswerError(
                f"returned {type_name(value)} of dtype {array.dtype}, expected real numbers"
            )
        return array

    def describe(self, error: BaseException) -> str:
        """Return an exception's type, message, and lines in the contender's own files."""
        lines = [
            f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
            if self.root and frame.filename.startswith(self.root)
        ]
        text = self.text(error)
        raised = type_name(error) + (f": {text}" if text else "")
        return raised + (f" ({printable(' → '.join(lines[-4:]))})" if lines else "")

    @staticmethod
    def text(error: BaseException) -> str:
        """Return an exception's message, even where asking for it raises."""
        try:
            return printable(str(error))
        except BaseException as second:  # an exception's own __str__ is the contender's code too
            return f"<its str() raised {type_name(second)}>"


def set_rate(optimizer: Any, rate: float) -> None:
    """Set a learning rate that is there; setting one that is not would silently do nothing."""
    if not hasattr(optimizer, "lr"):
        raise BadAnswerError(f"{type_name(optimizer)} has no attribute lr to set")
    optimizer.lr = rate


def confine() -> None:
    """Die with the host, keep within the memory limit, leave no core file, print to one place."""
    import ctypes
    import faulthandler
    import resource

    if sys.platform == "linux":
        # The end of its input also ends a worker, but not one that is stuck in compiled code.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(hard, MEMORY_LIMIT)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    faulthandler.enable()
    os.dup2(2, 1)  # both streams end in the host's tail of the output


def serve(channel: Any) -> None:
    """Answer requests until the host goes away."""
    confine()
    session = Session()
    while True:
        channel.send(session.answer(*channel.receive()))


if __name__ == "__channelexec__":
    serve(channel)  # type: ignore[name-defined]  # noqa: F821 - execnet puts `channel` here
