"""Several contenders at a time: each is judged by a process of its own, in its own results file.

The parts lie beside the results file until all are whole; then they become one file, in the order
in which the contenders were named, whatever order they ended in. A run that was killed leaves its
parts, and `--resume` goes on from them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from urllib.parse import quote

from gradmark.conformance.engine.run import Run
from gradmark.harness.results import ResultsWriter, read_results


class LaneError(Exception):
    """A lane ended without its verdicts: its exit status, and the last that it said."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


def parts_of(results: Path) -> Path:
    """Name the folder of what a run has found so far, contender by contender."""
    return results.with_name(results.name + ".parts")


def judge_in_lanes(
    run: Run, arguments: Sequence[str], *, jobs: int, say: Callable[[str], None]
) -> None:
    """Judge the contenders of a run, `jobs` at a time, and give it their verdicts.

    Raises
    ------
    LaneError
        As soon as one lane fails; the others are ended.
    """
    assert run.settings.results is not None
    parts = parts_of(run.settings.results)
    if not run.settings.resume:
        shutil.rmtree(parts, ignore_errors=True)
        run.settings.results.unlink(missing_ok=True)
    parts.mkdir(parents=True, exist_ok=True)
    # A part that is whole gets its lane too, which sees whether it was made as is asked now.
    files = {name: parts / f"{quote(name, safe='')}.jsonl" for name in run.targets}
    lanes = [_Lane(run.typed[name], file, arguments, say) for name, file in files.items()]
    try:
        with ThreadPoolExecutor(jobs) as pool:
            pending = {pool.submit(lane.run) for lane in lanes}
            try:
                while pending:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
            except BaseException:
                for lane in lanes:
                    lane.stop()
                raise
    finally:
        for lane in lanes:
            lane.stop()
    _merge(run, list(files.values()))
    shutil.rmtree(parts)


class _Lane:
    """One contender's process."""

    def __init__(
        self, typed: str, part: Path, arguments: Sequence[str], say: Callable[[str], None]
    ) -> None:
        self._typed = typed
        self._part = part
        asked = [typed, "--results", str(part), *arguments, "--lifeline"]
        self._command = [sys.executable, "-m", "gradmark.conformance", *asked]
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(self) -> None:
        """Judge; relay what it says."""
        if self._stopped:
            return
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,  # its end tells the lane that this process has died
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self._stopped:  # meanwhile
            self._process.terminate()
        assert self._process.stderr is not None
        said = ""
        for line in self._process.stderr:
            said = line.rstrip() or said
            self._say(line.rstrip())
        status = self._process.wait()
        if self._stopped:
            return
        if status < 0:
            status, said = 3, f"ERROR: what judged {self._typed} died of signal {-status}"
            self._say(said)
        if status <= 1 and not self._part.exists():  # Python itself ends with 1, too
            status = 3
        if status > 1:
            raise LaneError(status, said)

    def stop(self) -> None:
        """End it, if it has not ended by itself."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()


def _merge(run: Run, parts: Sequence[Path]) -> None:
    """Write the one results file, and let the run learn what is in it."""
    found = [read_results(part) for part in parts]
    header = {key: value for key, value in found[0].header.items() if key != "kind"}
    header["contenders"] = {k: v for part in found for k, v in part.header["contenders"].items()}
    assert run.settings.results is not None
    draft = run.settings.results.with_name(run.settings.results.name + ".part")
    with ResultsWriter(draft, header) as results:
        for part in found:
            for record in part.records:
                results.write(record)
                run.remember(record)
    draft.replace(run.settings.results)
