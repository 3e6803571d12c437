"""What a contender's process tells is read with distrust, whatever it was asked."""

from collections.abc import Callable
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gradmark.harness import worker
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import Contender, ContenderCrash
from gradmark.harness.process import GARBLED
from gradmark.harness.resolve import resolve
from gradmark.harness.timing import Job, Timer

TRUE: dict[str, Any] = {  # what is told of a file that has every name
    "load": (tuple(CONTRACT), (), ""),
    "bind": dict.fromkeys(("bindings", "misses", "wrong", "turned"), ()) | {"calls": {}}
    | {"defaults": {}},
    "lacks": (),
    "make": None,
    "limit_threads": {"pools": {}, "cpus": ()},
}  # fmt: skip
W = np.ones(2)


def timer(contender: Contender) -> Timer:
    its = Timer(contender)
    its.conditions(1)
    return its


QUESTIONS: dict[str, Callable[[Contender], object]] = {
    "load": lambda its: its.provides,
    "lacks": lambda its: its.lacks("SGD"),
    "call": lambda its: its.call("relu", W),
    "practice": lambda its: its.practice("Adam"),
    "interrupt": lambda its: its.interrupted("SGD", {"lr": 0.1}, W, W, 1),
    "get_lr": lambda its: its.optimizer("SGD", lr=0.1).lr,
    "state": lambda its: its.optimizer("SGDMomentum", lr=0.1, momentum=0.9).state(),
    "step": lambda its: its.optimizer("SGD", lr=0.1).step(W, W),
    "limit_threads": timer,
    "prepare": lambda its: timer(its).prepare(Job("relu", ())),
    "calibrate": lambda its: timer(its).calibrate(),
    "block": lambda its: timer(its).block(8),
    "shown": lambda its: timer(its).shown(),
    "probe": lambda its: timer(its).probe(8, 1.0),
    "count": lambda its: timer(its).count(8),
    "memory": lambda its: timer(its).memory(),
}


class Liar:
    """A process that answers one kind of question as it likes."""

    def __init__(self, operation: str, forged: Any) -> None:
        self.answers = TRUE | {operation: forged}

    def exchange(self, request: tuple[Any, ...], timeout: float) -> tuple[Any, ...]:
        del timeout
        return "value", self.answers[request[request[0] == "time"]], ()

    def is_ready(self) -> bool:
        return True

    def kill(self) -> None:
        pass


@pytest.mark.parametrize("operation", QUESTIONS)
@pytest.mark.parametrize("forged", [None, ((),), {"pools": "5"}], ids=repr)
def test_what_cannot_be_read_is_its_own_crash(
    operation: str, forged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Contender(resolve("reference", Path())) as contender:
        monkeypatch.setattr(contender, "_launch", lambda: Liar(operation, forged))
        with pytest.raises(ContenderCrash, match=GARBLED):
            QUESTIONS[operation](contender)


RELU = "def relu(z): return z\n"


@pytest.mark.parametrize(
    "text",
    [
        "globals()[5] = relu",
        "globals()[''] = relu",
        "def __dir__(): return ['Adam', 5, 'relu']",
        "def __dir__(): raise ValueError",
        "def __getattr__(name): return {'steps': 5}[name]",
        "def __getattr__(name): import nobody_has_it",
        "def __getattr__(name): return 5",
    ],
)
def test_names_are_read_whatever_else_a_module_says_of_itself(text: str) -> None:
    module = ModuleType("contender_odd")
    exec(RELU + text, vars(module))
    session = worker.Session()
    assert session.adopt(module, ("relu", "Adam")) == (("relu",), ())
    assert [*session.own_things()] == ["relu"]
    assert not session.hooks


@pytest.mark.parametrize("text", [b"\n" * 100_000, b"from" + b" " * 100_000, b" " * 100_000])
def test_whether_a_file_needs_its_package_is_soon_seen(text: bytes) -> None:
    begin = process_time()
    assert not worker.RELATIVE.search(text)
    assert process_time() - begin < 0.1
    assert worker.RELATIVE.search(text + b"\n  from .mine import relu")


def test_nothing_that_a_failure_says_is_obeyed_by_a_terminal() -> None:
    told = ContenderCrash("mine", "relu", "\x1b[2J\u202e", traceback="\x1b[2J\n\u202e")
    assert {*(told.reason + told.traceback + str(told))} & {*"\x1b\u202e"} == set()
