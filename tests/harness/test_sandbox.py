"""In a sandbox a contender reaches nothing but the system, its interpreter and its own files."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradmark.harness import sandbox
from gradmark.harness.host import Contender, ContenderCrash
from gradmark.harness.resolve import UsageError, resolve
from gradmark.harness.timing import Job, Timer, conditions

REACHING = """
import glob, os, socket, sys
import helper

def names(path):
    return os.path.isdir(path) and os.listdir(path)

def reached():
    worker = os.path.dirname(sys.orig_argv[-2])
    if {"host.py", "process.py"} & {*os.listdir(worker)}:
        yield "the judges' files"
    for module in ("gradmark.reference", "gradmark"):
        try:
            found = __import__(module, fromlist=["*"])
        except ImportError:
            continue
        if getattr(found, "__file__", None):  # folders that only hold the worker are no package
            yield module
    for path in (SECRET, os.path.expanduser("~/secret")):
        if os.path.exists(path):
            yield path
    if len(glob.glob("/proc/[0-9]*")) > 3:
        yield "other processes"
    try:
        socket.create_connection(("127.0.0.1", PORT), 1)
        yield "the network"
    except OSError:
        pass
    for file in (__file__, "/usr/new"):
        try:
            open(file, "a")
            yield f"writing {file}"
        except OSError:
            pass

def relu(z):
    found = list(reached())
    assert not found, found
    return helper.right(z)

def sigmoid(z):
    import ctypes
    ctypes.string_at(0)

def mse_loss(a, b):
    if os.fork() == 0:
        os.setsid()
        os.execvp("sleep", ["sleep", "613"])
    return 1.0
"""


@pytest.fixture(scope="module")
def _there_is_one() -> None:
    try:
        sandbox.available()
    except UsageError as none:
        pytest.skip(str(none))


@pytest.fixture(scope="module")
def confined(_there_is_one: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contender]:
    import socket

    folder = tmp_path_factory.mktemp("mine")
    secret = tmp_path_factory.mktemp("others") / "secret"
    secret.touch()
    (folder / "helper.py").write_text("def right(z):\n    return (z + abs(z)) / 2\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = f"SECRET, PORT = {str(secret)!r}, {server.getsockname()[1]}\n"
        (folder / "mine.py").write_text(told + REACHING)
        with Contender(resolve("mine.py", folder), sandbox=True) as contender:
            yield contender


def test_it_reaches_nothing_that_is_not_its_own_and_computes_all_the_same(
    confined: Contender,
) -> None:
    assert confined.call("relu", -2.0) == 0.0


def test_a_crash_is_told_like_any_other(confined: Contender) -> None:
    with pytest.raises(ContenderCrash, match="its process died of SIGSEGV"):
        confined.call("sigmoid", 1.0)


def sleepers() -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"sleep\x00613" in (process / "cmdline").read_bytes():
                found.append(process)
        except OSError:
            continue
    return found


def test_nothing_outlives_a_keeper_that_is_killed(confined: Contender) -> None:
    confined.call("mse_loss", [1.0], [1.0])
    while not sleepers():  # until its fork has become one
        time.sleep(0.05)
    keeper = confined._process._popen.pid  # type: ignore[union-attr]  # as one who ends it sees it
    os.kill(keeper, signal.SIGKILL)
    for _ in range(100):
        if not sleepers():
            break
        time.sleep(0.05)
    assert not sleepers()


@pytest.mark.usefixtures("_there_is_one")
def test_the_reference_is_there_for_itself() -> None:
    with Contender(resolve("reference", Path()), sandbox=True) as reference:
        assert reference.call("relu", -2.0) == 0.0


@pytest.mark.usefixtures("_there_is_one")
def test_what_is_timed_is_read_there_too(tmp_path: Path) -> None:
    np.save(tmp_path / "z.npy", np.ones(8))
    under = replace(conditions(1), inputs=(tmp_path,))
    with Contender(resolve("reference", Path()), sandbox=True, conditions=under) as reference:
        assert Timer(reference).prepare(Job("relu", (tmp_path / "z.npy",))) > 0


def test_where_there_is_none_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UsageError, match="needs bubblewrap: there is no program bwrap"):
        sandbox.available.__wrapped__()
