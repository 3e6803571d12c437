"""The stopwatch: times a contender's calls inside its own process.

Like `worker`, which loads it from its file, it imports nothing of gradmark, keeps to Python 3.9,
and answers in plain data. The clock is read here, so no conversation is ever timed.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import resource
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from glob import glob
from itertools import repeat
from os import _exit, fork, urandom, waitpid
from pathlib import Path
from time import perf_counter_ns, process_time_ns, sleep
from typing import Any

from numpy import arange, concatenate, empty, generic, load, ndarray, resize, stack

UNROLLED = 8  # calls written out in the loop's body: the loop itself costs an eighth as much
BLOCK = 2_000_000  # ns that a block lasts at least: less than a turn of the system's scheduler
TRIES = 5  # to get through a block without giving way to another process
LONGEST_TRYING = 100_000_000  # ns: what takes longer than the system's turns is always interrupted
OVERHEAD = 0.005  # of a block's time: the most that the clock and the loop may cost
STEADY = 0.02  # a block that is this much faster than all before it shows that none was steady
LONGEST_WARM_UP = 500_000_000  # ns
TRAINED = ("W1", "b1", "W2", "b2")  # each has an optimizer of its own
PAGE, LINE = 4096, 64  # bytes: buffers start anywhere in a page, and at the start of a cache line

FUNCTION = """
def timed(call, synchronize, calls, changed, at, another, {arguments}):
    start = clock()
    for _ in repeat(None, calls):
        {body}
    return clock() - start, {result}
"""
ASKS_ANEW = "changed[at] = another(); "  # before each call: it costs some 50 ns, for all alike
GOLDEN = 0.6180339887498949  # its multiples, less what is whole, lie nowhere close together
TIMES_HANDED = 20  # JAX's memory is its own: it takes it from the system the first few times
ENOUGH = 10**6  # numbers: to compute something of each takes longer than whatever takes its time
MANY = 64  # calls of which each is asked something else
LARGEST_SHOWN = 2**25  # bytes of arguments whose answer is looked at
# Seconds in which nothing is to be done, and how often: a machine may itself be halted in one.
IDLE, IDLES = 0.02, 3


class Stopwatch:
    """Times one workload after the other.

    Parameters
    ----------
    session : worker.Session
        The loaded contender.
    threadpoolctl : str
        The file of the host's threadpoolctl, which the contender's environment need not have.
    """

    name: str
    hyper: dict[str, Any] | None
    epochs: int
    inputs: list[ndarray[Any, Any]]

    def __init__(self, session: Any, threadpoolctl: str) -> None:
        self.session = session
        self.threadpoolctl = _module("host_threadpoolctl", threadpoolctl)
        self.asked = 0
        self.folder = Path.cwd()  # where the counter writes, wherever the contender goes
        self.drop()

    # --- conditions -------------------------------------------------------------------------------

    def limit_threads(self, threads: int) -> dict[str, Any]:
        """Set the number of threads wherever it can be set; return what is so then."""
        self.threadpoolctl.threadpool_limits(threads)
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.set_num_threads(threads)
        pools = {
            str(Path(pool["filepath"]).name): pool["num_threads"]
            for pool in self.threadpoolctl.threadpool_info()
        }
        if torch is not None:
            pools["torch"] = torch.get_num_threads()
        return {"cpus": sorted(affinity()), "pools": pools}

    # --- a workload -------------------------------------------------------------------------------

    def prepare(
        self, name: str, hyper: dict[str, Any] | None, files: tuple[str, ...], epochs: int = 0
    ) -> int:
        """Take a job, whose inputs lie in .npy files; return what its first call takes."""
        self.drop()
        self.name, self.hyper, self.epochs = name, hyper, epochs
        self.session.use(name)
        self.inputs = [load(file) for file in files]
        call, arguments = self.fresh(0, warm=False)
        first, answer = self.run(1, 1, call, arguments)
        self.waits = self.is_late(answer)
        gc.collect()
        gc.freeze()  # what a framework has loaded is not looked through before each block
        return first

    def drop(self) -> None:
        """Let go of the workload's memory."""
        self.name, self.hyper, self.epochs, self.inputs = "", None, 0, []
        self.waits = False
        self.last: tuple[int, list[Any], Any] | None = None  # calls, what was asked, the answer
        self.handling: dict[str, int] = {}  # the least nanoseconds of what is off the clock

    @property
    def steps_on(self) -> bool:
        """Whether each call goes on from where the last one led: an optimizer's step does."""
        return self.hyper is not None and not self.epochs

    @property
    def asking(self) -> str:
        """What stands before each call: an optimizer's weights are others at each step anyway."""
        return "" if self.steps_on else ASKS_ANEW

    @property
    def varied(self) -> int:
        """Which argument is another in each question: the last of the largest."""
        return max(range(len(self.inputs)), key=lambda at: (self.inputs[at].size, at))

    def fresh(self, place: int, warm: bool = True) -> tuple[Callable[..., Any], list[Any]]:
        """Return what to call, and arguments in buffers of their own.

        A `warm` one has been called once, an optimizer twice: the code is in the cache again after
        another contender's turn, and what a step allocates for good is there.
        """
        begin = process_time_ns()
        arrays = [copy_at(array, place) for array in self.inputs]
        self.note("taken", begin)
        # Never twice the same: what was asked before could be known.
        if not self.epochs:  # in no number: what is left of the answer could be known, too
            arrays[self.varied] *= self.factors(1)[0]
        self.one_by_one = arrays[self.varied].reshape(-1)
        begin = process_time_ns()
        arguments = [self.session.to_native(array) for array in arrays]
        self.note("handed", begin)
        call = self.called()
        if self.steps_on and self.is_shown(arrays):
            self.began = [self.session.to_array(argument).copy() for argument in arguments]
        if warm:
            answer = call(*arguments)
            self.synchronize(answer)
            if self.steps_on:
                # From its third step on, an optimizer may reuse the memory of its first.
                arguments[0] = answer
                arguments[0] = answer = call(*arguments)
                self.synchronize(answer)
        return call, arguments

    def factors(self, count: int) -> ndarray[Any, Any]:
        """Return numbers between 0.75 and 1, of which none has been there before."""
        self.asked += count
        return 1 - arange(self.asked - count, self.asked) * GOLDEN % 1 / 4

    def is_shown(self, arrays: list[ndarray[Any, Any]]) -> bool:
        """Whether what is asked and answered is looked at: unless it is large, or training."""
        return not self.epochs and sum(array.nbytes for array in arrays) <= LARGEST_SHOWN

    def note(self, what: str, begin: int) -> None:
        """Note the processor's time since `begin`, if it is the least so far."""
        taken = process_time_ns() - begin
        self.handling[what] = min(taken, self.handling.get(what, taken))

    def called(self) -> Callable[..., Any]:
        """Return the contender's function, a new optimizer's step, or a training run of both."""
        if self.hyper is None:
            function: Callable[..., Any] = getattr(self.session.namespace, self.name)
            return function
        if not self.epochs:
            step: Callable[..., Any] = self.session.make_optimizer(self.name, self.hyper).step
            return step
        steps = [self.session.make_optimizer(self.name, self.hyper).step for _ in TRAINED]
        return training(self.session.namespace.compute_gradients, steps, self.epochs)

    def calibrate(self) -> dict[str, int]:
        """Warm up until steady; return the calls of a block, and what the clock and loop cost.

        A block lasts at least `BLOCK`, and so long that reading the clock twice is below
        `OVERHEAD` of it.
        """
        tick = min(clock_cost() for _ in range(100))
        shortest = max(BLOCK, int(2 * tick / OVERHEAD))
        begin, calls, elapsed = perf_counter_ns(), 1, self.block(1, 0)
        while elapsed < shortest:
            # No further than tenfold: the first calls may have been slow for another reason.
            calls = min(10 * calls, max(2 * calls, int(1.2 * calls * shortest / max(elapsed, 1))))
            if calls >= UNROLLED:
                calls += -calls % UNROLLED
            elapsed = self.block(calls, 0)
        best, in_a_row = elapsed, 0
        while in_a_row < 2 and perf_counter_ns() - begin < LONGEST_WARM_UP:
            elapsed = self.block(calls, 0)
            in_a_row = 0 if elapsed < (1 - STEADY) * best else in_a_row + 1
            best = min(best, elapsed)
        turns = calls // UNROLLED
        loop = min(loop_cost(turns, self.asking) for _ in range(5)) if turns else 0
        return {"calls": calls, "elapsed": best, "overhead": 2 * tick + loop}

    def block(self, calls: int, place: int, most: int = TRIES) -> int:
        """Return the nanoseconds that so many calls take, on fresh buffers.

        Where the system gave the processor to another process meanwhile, it is tried again: what
        that took is none of the contender's time. Of tries that all were interrupted the fastest
        counts; long blocks have fewer of them.

        Parameters
        ----------
        calls : int
            How many.
        place : int
            Where in a page the buffers begin, in cache lines: the same for all contenders.
        most : int
            How many tries.
        """
        tries: list[int] = []
        while len(tries) < most and sum(tries) < LONGEST_TRYING:
            self.last = None
            call, arguments = self.fresh(place)
            gc.collect()
            gc.disable()
            before = interruptions()
            try:
                unrolled = 1 if calls % UNROLLED else UNROLLED
                elapsed, answer = self.run(calls, unrolled, call, arguments)
            finally:
                gc.enable()
            if self.is_late(answer):  # though the first was not
                self.waits = True
                continue
            tries.append(elapsed)
            self.handling["call"] = elapsed // calls
            # Now, as what is computed elsewhere would be there a moment later.
            self.keep(calls, arguments, answer)
            if interruptions() == before:
                return elapsed
        return min(tries)

    def run(
        self, calls: int, unrolled: int, call: Callable[..., Any], arguments: list[Any]
    ) -> tuple[int, Any]:
        """Make so many calls; return their nanoseconds, and the last answer.

        Before each, one number of what is asked becomes another, so that no answer was there
        before. Arrays that are not NumPy's, nor share its memory, stay as they are.
        """
        loop, changed = self.loop(unrolled, len(arguments)), self.one_by_one
        at = int.from_bytes(urandom(4), "big") % changed.size
        asked = self.factors(0 if self.steps_on else calls) * float(changed[at])
        another = iter(asked.tolist()).__next__
        turns = calls // unrolled
        return loop(call, self.synchronize, turns, changed, at, another, *arguments)

    def keep(self, calls: int, arguments: list[Any], answer: Any) -> None:
        """Keep what was asked and answered at the end of a block, should it be looked at."""
        if self.epochs:
            return
        begin = process_time_ns()
        numbers = self.numbers(answer)
        if self.may_compute(answer):
            self.note("converted", begin)
        begin = process_time_ns()
        numbers = numbers.copy()
        self.note("copied", begin)
        if not self.is_shown(self.inputs):
            return
        given = [self.session.to_array(argument).copy() for argument in arguments]
        # An optimizer has been warmed up by two steps.
        self.last = (calls + 2, self.began, numbers) if self.steps_on else (1, given, numbers)

    def shown(self) -> dict[str, Any]:
        """Show the end of the last block, which nobody knew before that it would be looked at.

        Returns what was asked and answered (`asked`, `answer`, after `steps`), unless it is large,
        and the nanoseconds of a processor that are off the clock, the least of all blocks: to hand
        arrays to the contender and to copy such (`handed`, `taken`), to make numbers of an answer,
        where something could be computed there, and to copy such (`converted`, `copied`); and
        those of a call.
        """
        nothing = dict.fromkeys(("handed", "taken", "converted", "copied", "call"), 0)
        found: dict[str, Any] = {**nothing, **self.handling}
        if self.last is None:
            return found | {"steps": 0, "asked": None, "answer": None}
        steps, given, numbers = self.last
        shown = self.session.encoded
        return found | {"steps": steps, "asked": tuple(map(shown, given)), "answer": shown(numbers)}

    def loop(self, unrolled: int, arguments: int) -> Callable[..., tuple[int, Any]]:
        """Return a loop with so many calls in its body, written out: `f(*x)` would cost more."""
        names = ", ".join(f"x{i}" for i in range(arguments))
        result = "x0" if self.steps_on else "y"
        # Each answer is waited for: an asynchronous contender would else be asked for the next one
        # meanwhile, and a lazy one would never compute any but the last.
        waits = self.waits or "synchronize" in self.session.hooks
        waiting = f"; synchronize({result})" if waits else ""
        each = f"{self.asking}{result} = call({names}){waiting}"
        body = "\n        ".join([each] * unrolled)
        return _compiled(FUNCTION.format(arguments=names, body=body, result=result))

    def synchronize(self, value: Any) -> None:
        """Wait for an answer: by the contender's hook, else by making numbers of it."""
        if "synchronize" in self.session.hooks:
            self.session.hooks["synchronize"](value)
        elif self.waits:
            self.numbers(value)

    def is_late(self, answer: Any) -> bool:
        """Whether an answer may be computed later, and nobody waits for it."""
        return not (self.waits or "synchronize" in self.session.hooks or is_here(answer))

    def numbers(self, answer: Any) -> ndarray[Any, Any]:
        """Make numbers of an answer; several arrays are put one behind the other."""
        if isinstance(answer, (tuple, list)) and not all(map(is_number, answer)):
            return concatenate([self.session.to_array(part).ravel() for part in answer])
        array: ndarray[Any, Any] = self.session.to_array(answer)
        return array

    def may_compute(self, answer: Any) -> bool:
        """Whether something of the contender's may run where numbers are made of its answer."""
        return "to_numpy" in self.session.hooks or not is_here(answer)

    # --- what a block does not show ---------------------------------------------------------------

    def probe(self, calls: int) -> dict[str, Any]:
        """Ask differently than in a block; for a function or an optimizer.

        Returns the nanoseconds of a call that asks the same again (`same`) and of one that asks
        something else each time (`anew`), None where that cannot be asked in place, the share of a
        processor that is used when there is nothing to do (`busy`) and meanwhile by processes that
        it has started (`elsewhere`); and what `handing` returns.
        """
        few = max(2, min(MANY, calls))
        busy = min(self.busy_after(few) for _ in range(IDLES))
        begin, others = perf_counter_ns(), used_by_children()
        call, arguments = self.fresh(0, warm=False)
        self.run(few, 1, call, arguments)
        found: dict[str, Any] = {"same": None, "anew": None, "busy": busy}
        if not self.steps_on and "from_numpy" not in self.session.hooks:
            found |= self.anew(call, arguments, few)
        found["elsewhere"] = (used_by_children() - others) / (perf_counter_ns() - begin)
        return found | self.handing()

    def handing(self) -> dict[str, int]:
        """Hand in what is large enough that work shows; the nanoseconds of that, and of copying."""
        first = self.inputs[0]
        large = resize(first, (max(len(first), ENOUGH // first[0].size), *first.shape[1:]))
        large = copy_at(large, 0)  # as in a block: what lies elsewhere may have to be moved
        found = {}
        for what, hand in (("handed", self.session.to_native), ("taken", ndarray.copy)):
            tries = []
            for factor in self.factors(TIMES_HANDED):  # a framework compiles for each new shape
                large.flat[0] *= factor  # what was handed in before could be known
                begin = process_time_ns()
                hand(large)
                tries.append(process_time_ns() - begin)
            found[what] = min(tries)
        return found

    def busy_after(self, calls: int) -> float:
        """Return the share of a processor that is used when so many calls have answered."""
        self.block(calls, 0, 1)
        start, used = perf_counter_ns(), process_time_ns()
        sleep(IDLE)
        return (process_time_ns() - used) / (perf_counter_ns() - start)

    def anew(self, call: Any, arguments: list[Any], few: int) -> dict[str, Any]:
        """Ask something else, and the same again at once, by turns; the typical time of each.

        By turns, since memory that is taken and given back costs more at some times than at others;
        and in the processor's time, in which nothing is of what others do.
        """
        changed = arguments[self.varied]
        first = changed.copy()
        again: list[int] = []
        anew: list[int] = []
        for factor in self.factors(max(9, few)):
            changed[...] = first * factor
            for taken in (anew, again):
                start = process_time_ns()
                self.synchronize(call(*arguments))
                taken.append(process_time_ns() - start)
        return {"same": middle(again), "anew": middle(anew)}

    # --- instructions -----------------------------------------------------------------------------

    def count(self, calls: int) -> dict[str, Any]:
        """Count the instructions of so many calls, each of which asks something else.

        The process counts from its start, so what `calls` calls took is what twice as many took
        more than they did. Returns that (`instructions`), those of making numbers of the last
        answer and of copying such numbers (`converted`, `copied`), and as `probe` what was asked
        and answered: of an optimizer the first weights and every gradient.
        """
        call, first = self.fresh(0, warm=False)
        sets = [first, *(self.fresh(0, warm=False)[1] for _ in range(4 * calls - 1))]
        given = [self.session.to_array(argument).copy() for argument in sets[-1]]
        if self.steps_on:
            slopes = [self.session.to_array(each[1]).copy() for each in sets]
            given = [self.session.to_array(first[0]).copy(), stack(slopes)]
        answer = self.called_on(call, sets[:calls], first[0])  # what is done once is done now
        gc.collect()
        gc.disable()
        try:
            marks = [self.mark()]
            for part in (sets[calls : 2 * calls], sets[2 * calls :]):
                answer = self.called_on(call, part, answer)
                marks.append(self.mark())
            numbers = self.numbers(answer)
            marks.append(self.mark())
            numbers = numbers.copy()
            marks += [self.mark(), self.mark()]
        finally:
            gc.enable()
        read = [self.instructions(mark) for mark in marks]
        once, twice, converted, copied, nothing = (
            after - before
            for before, after in zip(read, read[1:])  # noqa: B905, RUF007 - 3.9 knows neither
        )
        found = {
            "instructions": twice - once,
            "converted": converted - nothing if self.may_compute(answer) else 0,
            "copied": copied - nothing,
        }
        if self.epochs:
            return found | {"asked": None, "answer": None}
        shown = self.session.encoded
        return found | {"asked": tuple(map(shown, given)), "answer": shown(numbers)}

    def called_on(self, call: Callable[..., Any], sets: list[list[Any]], answer: Any) -> Any:
        """Call with each set of arguments; an optimizer goes on from `answer`."""
        waits = self.waits or "synchronize" in self.session.hooks
        steps_on = self.steps_on
        for arguments in sets:
            if steps_on:
                arguments[0] = answer
            answer = call(*arguments)
            if waits:
                self.synchronize(answer)
        return answer

    def mark(self) -> int:
        """Let a copy of this process end, and with it the counter write down how far it is."""
        copy = fork()
        if copy == 0:
            _exit(0)
        waitpid(copy, 0)
        return copy

    def instructions(self, mark: int) -> int:
        """Read how many instructions there were at a mark."""
        written = self.folder / f"instructions.{mark}"
        with written.open("rb") as lines:
            lines.seek(-200, 2)
            total = int(lines.read().rpartition(b"summary:")[2])
        written.unlink()
        return total

    # --- memory -----------------------------------------------------------------------------------

    def memory(self) -> dict[str, Any]:
        """Return the bytes of one call, untimed: peak of the process above its rest, and traced.

        `traced` is what Python and NumPy allocate; a framework's own allocator shows in `peak`
        alone. What the system does not tell is None.
        """
        call, arguments = self.fresh(0)
        gc.collect()
        before = resident() if reset_peak() else None
        self.synchronize(call(*arguments))
        peak = None if before is None else max(0, status("VmHWM") - before)
        tracemalloc.start()
        try:
            self.synchronize(call(*arguments))
            traced = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        return {"peak": peak, "traced": traced}


def training(
    gradients: Callable[..., Any], steps: list[Callable[..., Any]], epochs: int
) -> Callable[..., Any]:
    """Return a training run over all samples at once, as in the article's listing.

    What is passed from gradients to steps is the contender's own: nothing is converted, and nobody
    waits before the end.
    """

    def run(X: Any, y: Any, *parameters: Any) -> Any:
        for _ in range(epochs):
            slopes = gradients(X, y, *parameters)
            turns = zip(steps, parameters, slopes)  # noqa: B905 - 3.9 knows no strict
            parameters = tuple([step(w, slope) for step, w, slope in turns])
        return parameters

    return run


def is_here(answer: Any) -> bool:
    """Whether an answer is there as soon as it is returned: numbers, or PyTorch's on a processor.

    Of other objects nobody knows: they may be computed later, or as they are looked at.
    """
    if isinstance(answer, (tuple, list)):
        return all(map(is_here, answer))
    is_array = type(answer) is ndarray and not answer.dtype.hasobject
    return is_array or is_number(answer) or _is_torch(answer)


def is_number(value: Any) -> bool:
    """Whether it is one number, of Python or NumPy."""
    return isinstance(value, (bool, int, float, generic))


def _is_torch(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and type(value) is torch.Tensor and value.device.type == "cpu"


def middle(taken: list[int]) -> int:
    """Return the one in the middle."""
    return sorted(taken)[len(taken) // 2]


def pin(cpus: tuple[int, ...]) -> None:
    """Keep this process on these processors, with the threads that it has and will have."""
    if hasattr(os, "sched_setaffinity") and cpus:
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - names are all there is to it
            os.sched_setaffinity(int(thread), cpus)


def interruptions() -> int:
    """Return how often this process had to give way to another."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def affinity() -> tuple[int, ...]:
    """Return the processors that this process may run on, where the system tells."""
    return tuple(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else ()


def used_by_children(process: str = "self") -> int:
    """Return the nanoseconds of a processor that the processes it has started have used so far.

    Of each every thread counts, and what it has started itself; where the system tells nothing, 0.
    """
    used = 0
    for children in words(f"/proc/{process}/task/*/children"):
        for child in children:
            used += sum(int(thread[0]) for thread in words(f"/proc/{child}/task/*/schedstat"))
            used += used_by_children(child)
    return used


def words(files: str) -> list[list[str]]:
    """Return the words of each of these files; one that has gone meanwhile is left out."""
    found = []
    for file in glob(files):  # noqa: PTH207 - Path's own fails where a process ends meanwhile
        with suppress(OSError):
            found.append(Path(file).read_text().split())
    return found


def copy_at(array: ndarray[Any, Any], place: int) -> ndarray[Any, Any]:
    """Copy an array to where a page has `place` cache lines before it."""
    room = empty(array.nbytes + 2 * PAGE, "u1")
    start = (LINE * place - room.ctypes.data) % PAGE
    copy: ndarray[Any, Any] = (
        room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    )
    copy[...] = array
    return copy


def clock_cost() -> int:
    """Return the nanoseconds from one reading of the clock to the next."""
    start = perf_counter_ns()
    return perf_counter_ns() - start


def loop_cost(turns: int, asking: str) -> int:
    """Return the nanoseconds that a loop takes which calls nothing."""
    loop = _compiled(
        FUNCTION.format(arguments="x0", body=asking * UNROLLED or "pass", result="None")
    )
    return loop(None, None, turns, empty(1), 0, repeat(0.0).__next__, None)[0]


def reset_peak() -> bool:
    """Let the process's peak start from what it holds now, if the system lets us."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def resident() -> int:
    """Return the bytes that the process holds."""
    return status("VmRSS")


def status(field: str) -> int:
    """Read a field of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return 1024 * int(line.split()[1])
    return 0


def _compiled(source: str) -> Callable[..., tuple[int, Any]]:
    namespace: dict[str, Any] = {"clock": perf_counter_ns, "repeat": repeat}
    exec(source, namespace)
    timed: Callable[..., tuple[int, Any]] = namespace["timed"]
    return timed


def _module(name: str, file: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclasses look for it there
    spec.loader.exec_module(module)
    return module
