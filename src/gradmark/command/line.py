"""From a command line to the verb that carries it out, and from what went wrong to a sentence."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import signal
import sys
import threading
import traceback
from _thread import interrupt_main
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from gradmark.command.options import Parser, check_places
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import ResultsError
from gradmark.harness.worker import escaped

# In the order in which --help lists them; the module of a verb is imported when it is used.
VERBS = {
    "check": "judge contenders: which form each formula follows, how exactly, how fast",
    "merge": "make one results file of all shards of a run",
    "diff": "say why two contenders differ, how much it matters, and what translates",
    "list": "list the formulas, their known forms, or the bundled contenders",
    "explain": "explain a formula, a form or a verdict",
    "tournament": "let optimizers race, each at its tuned rate: who needs how many steps",
    "article": "put what the article states to the test",
    "report": "judge, time and draw the reference, all of it",
    "mutants": "judge the judges: known mistakes must be caught, right code must not",
    "wild": "judge the libraries that people train with: who computes what",
    "gpu": "judge and time the paths that optimizers have on a GPU, where one is at hand",
    "vectors": "write the certified vectors anew, or compare them",
    "calibrate": "put the clock to the test on this machine",
    "bench-self": "time gradmark itself, beside starting Python",
}
SHOWN_ALONE = ("list", "explain")  # nothing is worked out: who has read enough has read all
KILLS = (signal.SIGTERM, signal.SIGHUP)  # of a CI server that cancels, of a terminal that closes
OK, WRONG, USAGE, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130
EPILOG = """\
exit status:
  0    nothing is wrong
  1    something is wrong: a verdict fails, two differ, a claim has turned, one takes too much
  2    a usage error, or nothing there could be judged
  3    something around it failed: no network, a full disk, gradmark itself
  4    all that is there is unbound: how to call it is not certain
  130  interrupted
"""


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line, and return its exit status."""
    if __doc__ is None:
        _tell(
            "ERROR: what gradmark says of a form is its docstring, and Python leaves all out "
            "(-OO, or PYTHONOPTIMIZE=2): expected -O at most"
        )
        return USAGE
    verb, *rest = arguments or ["--help"]
    if verb not in VERBS:
        _parser().parse_args([verb])  # --help, --version, or a word that is no verb
        return USAGE
    module = importlib.import_module(f"gradmark.command.{verb.replace('-', '_')}")
    parser = module.parser()
    asked = parser.parse_intermixed_args(rest)
    try:
        check_places(asked)
        with interruptible():
            status: int = module.run(asked)
        sys.stdout.flush()
    except (UsageError, ResultsError) as error:
        _tell(f"ERROR: {error}")
        return error.status
    except KeyboardInterrupt:
        kept = "resume" in asked and (asked.results or asked.out)
        _tell(f"interrupted{'; --resume goes on with it' if kept else ''}")
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # rich would end the program, as if a verdict failed
        _say_no_more()
        if verb in SHOWN_ALONE:  # the reader has seen enough: `gradmark list | head`
            return OK
        _tell("ERROR: standard output was closed before all was said")
        return BROKEN
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _tell(f"ERROR: {where}{error.strerror or error}")
        _say_no_more()
        return BROKEN
    except Exception:  # 1 means that a verdict fails, and nothing else
        _tell(traceback.format_exc().rstrip())
        _tell("ERROR: gradmark itself failed, as shown above; this is not a verdict")
        return BROKEN
    return status


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a polite kill be an interrupt; interrupt again, a moment later, what could not be ended.

    Python swallows what is raised in a destructor or in a callback of the garbage collector, such
    as Hypothesis has one: Ctrl-C would be told as "ignored", and the run go on.
    """
    tell = sys.unraisablehook

    def again(what: sys.UnraisableHookArgs) -> None:
        if issubclass(what.exc_type, KeyboardInterrupt):
            threading.Timer(0.05, interrupt_main).start()
        else:
            tell(what)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    sys.unraisablehook = again
    heeded = [each for each in KILLS if signal.getsignal(each) is signal.SIG_DFL]  # not of nohup
    if threading.current_thread() is not threading.main_thread():
        heeded = []  # it has no say there
    for each in heeded:
        signal.signal(each, interrupt)
    try:
        yield
    finally:
        sys.unraisablehook = tell
        for each in heeded:
            signal.signal(each, signal.SIG_DFL)


def _tell(text: str) -> None:
    """Write to standard error, if there is anybody to read it; nothing in it is obeyed."""
    with suppress(OSError):
        sys.stderr.writelines(f"{escaped(line)}\n" for line in text.split("\n"))
        sys.stderr.flush()


def _say_no_more() -> None:
    """Let what is still to be written go nowhere: the interpreter would fail at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def open_streams() -> str:
    """Get the standard streams ready, whatever they are; say why where nothing could be told.

    A descriptor below 3 that is closed would be a pipe's next, and what is printed would go there.
    What an encoding lacks is escaped: that a name is Greek is no reason to fail.
    """
    closed = [number for number in range(3) if not _is_open(number)]
    while os.open(os.devnull, os.O_RDWR) < 3:
        pass  # the lowest that is free comes first
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return "standard output is closed: nothing could be told" if 1 in closed else ""


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _parser() -> argparse.ArgumentParser:
    """Describe the verbs."""
    from gradmark import __version__

    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:{width}}  {does}" for verb, does in VERBS.items())
    it = Parser(
        prog="gradmark",
        usage="gradmark VERB …",
        description="Tell whether code computes the formulas neural networks learn by.",
        epilog=f"verbs:\n{verbs}\n\n{EPILOG}\ngradmark VERB --help explains each verb.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    it.add_argument("--version", action="version", version=f"gradmark {__version__}")
    it.add_argument("verb", choices=list(VERBS), metavar="VERB", help=argparse.SUPPRESS)
    return it
