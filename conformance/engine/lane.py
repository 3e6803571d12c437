"""The other end of a lane: judges the contenders that it is handed, until there are no more."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import threading
from base64 import b64decode
from pathlib import Path
from queue import Queue
from typing import Any

from gradmark.conformance.engine.judging import judge_contender, nothing_to_judge, undisturbed
from gradmark.conformance.engine.plan import Plan, Stopwatch
from gradmark.conformance.engine.records import Record
from gradmark.harness.host import NothingProvidedError
from gradmark.harness.own_process import settle
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import ResultsError, ResultsWriter


def main(plan: Plan) -> None:
    """Judge whom standard input names; report on standard output."""
    for task in iter(_tasks().get, None):
        try:
            with undisturbed():
                _judge(plan, task["name"], Path(task["part"]))
        except (UsageError, ResultsError) as error:
            _report(usage=str(error), status=error.status)
            return
        _report(done=task["name"])


def _judge(plan: Plan, name: str, part: Path) -> None:
    with ResultsWriter(part, plan.header([name]), resume=True) as writer:
        kept: list[Record] = list(writer.kept)
        clock = Stopwatch()
        try:
            for record in judge_contender(plan, name, kept, lambda line: _report(say=line)):
                _write(writer, record, clock)
        except NothingProvidedError as error:
            _report(say=str(error))
            for record in nothing_to_judge(plan, name, error):
                _write(writer, record, clock)


def _write(writer: ResultsWriter, record: Record, clock: Stopwatch) -> None:
    writer.write(record)
    if record["kind"] == "verdict":
        _report(verdict=record, seconds=clock.lap())


def _report(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _tasks() -> Queue[dict[str, Any] | None]:
    """Read tasks in the background: with the process at the other end this one ends, too."""
    tasks: Queue[dict[str, Any] | None] = Queue()

    def read() -> None:
        for line in sys.stdin:
            tasks.put(json.loads(line))
        os.kill(os.getpid(), signal.SIGKILL)  # its contenders go with it

    threading.Thread(target=read, daemon=True).start()
    return tasks


if __name__ == "__main__":
    settle()
    main(pickle.loads(b64decode(sys.stdin.readline())))
