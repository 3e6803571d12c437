"""Several contenders at a time, from few processes: each lane judges one after another.

A lane is a process that is handed contenders by number, and writes what it finds about each into a
results file of its own, its part. Parts lie beside the results file until all are whole. A run that
was killed leaves its parts, and resuming goes on from them.

A lane that dies is started again, once for each contender, and goes on with its part; if it dies
again, the formulas that it did not come to get a verdict that says so.
"""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

from gradmark.conformance.engine.judging import failed
from gradmark.conformance.engine.plan import Plan, Say
from gradmark.conformance.engine.records import Record
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import ResultsWriter

Tell = Callable[[Record, float], None]  # with the seconds that it took

LOOK = 1.0  # seconds between two looks at whether a lane was stopped
TRIES = 2  # of a contender, by lanes that die of it


def judge_in_lanes(
    plan: Plan, files: Mapping[str, Path], *, jobs: int, tell: Tell, say: Say
) -> None:
    """Judge the contenders of a plan, `jobs` at a time, each into its file.

    Raises
    ------
    UsageError
        As soon as one lane meets one; the others are ended.
    """
    waiting: Queue[tuple[str, Path]] = Queue()
    for name, file in files.items():
        waiting.put((name, file))
    lanes = [Lane(plan, waiting, tell, say) for _ in range(min(jobs, len(files)))]
    over = Event()
    Thread(target=_keep_awake, args=(lanes, over, say), daemon=True).start()
    try:
        with ThreadPoolExecutor(len(lanes)) as pool:
            try:
                done, _ = wait([pool.submit(lane.work) for lane in lanes], None, FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:
                for lane in lanes:
                    lane.stop()
                raise
    finally:
        over.set()
        for lane in lanes:
            lane.close()


def _keep_awake(lanes: Sequence[Lane], over: Event, say: Say) -> None:
    """Let go on what a contender has stopped: nobody else would notice."""
    while not over.wait(LOOK):
        for lane in lanes:
            if lane.wake():
                say("a process that judges was stopped, and goes on")


class Lane:
    """One process that judges, and this end of the conversation with it."""

    def __init__(self, plan: Plan, waiting: Queue[tuple[str, Path]], tell: Tell, say: Say) -> None:
        self._plan = plan
        self._waiting = waiting
        self._tell = tell
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def work(self) -> None:
        """Hand it one contender after another, until none is left."""
        while not self._stopped:
            try:
                name, part = self._waiting.get_nowait()
            except Empty:
                self.stop()
                return
            ended = ""
            for _ in range(TRIES):
                ended = self._judge(name, part)
                if not ended or self._stopped:
                    break
                self._say(f"{name}: the process that judged it {ended}")
            if ended and not self._stopped:
                self._give_up(name, part, ended)

    def _judge(self, name: str, part: Path) -> str:
        """Let it judge one contender; return how it ended, if it did."""
        try:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"name": name, "part": str(part)}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._ended()
        for line in process.stdout:
            message = json.loads(line)
            if "say" in message:
                self._say(message["say"])
            elif "verdict" in message:
                self._tell(message["verdict"], message["seconds"])
            elif "usage" in message:
                error = UsageError(message["usage"])
                error.status = message["status"]
                raise error
            elif "done" in message:
                return ""
        return self._ended()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gradmark.conformance.engine.lane"],
                stdin=subprocess.PIPE,  # its end tells the lane that this process has died
                stdout=subprocess.PIPE,
                text=True,
            )
            assert self._process.stdin is not None
            # As it is, with what was found: a file that has gone since must cost nobody else.
            self._process.stdin.write(b64encode(pickle.dumps(self._plan)).decode() + "\n")
        return self._process

    def _ended(self) -> str:
        assert self._process is not None
        status = self._process.wait()
        self.close()
        return f"died of signal {-status}" if status < 0 else f"ended with status {status}"

    def _give_up(self, name: str, part: Path, ended: str) -> None:
        """Write down what is missing: a contender that ends its judges costs its own verdicts."""
        with ResultsWriter(part, self._plan.header([name]), resume=True) as writer:
            judged = {(r["formula"], r["dtype"]) for r in writer.kept if r["kind"] == "verdict"}
            for formula, dtype in self._plan.asked_of(name):
                if (formula, dtype) not in judged:
                    detail = f"the process that judged it {ended}, twice"
                    writer.write(failed(name, formula, dtype, detail))

    def wake(self) -> bool:
        """Let it go on where it was stopped; say whether it was. Only Linux tells."""
        process = self._process
        if process is None or process.poll() is not None:
            return False
        try:
            state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "T":
            process.send_signal(signal.SIGCONT)
        return state == "T"

    def stop(self) -> None:
        """End it, if it has not ended by itself."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def close(self) -> None:
        """End it, and let go of what led to it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            with suppress(BrokenPipeError), process:  # leaving it closes the pipes, and waits
                pass
