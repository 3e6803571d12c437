"""From a command line to the verb that carries it out, and from what went wrong to a sentence."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

from gradmark.harness.resolve import UsageError
from gradmark.harness.results import ResultsError

# In the order in which --help lists them; the module of a verb is imported when it is used.
VERBS = {
    "check": "judge contenders: which form each formula follows, how exactly, how fast",
    "diff": "say why two contenders differ, how much it matters, and what translates",
    "list": "list the formulas, their known forms, or the bundled contenders",
    "explain": "explain a formula, a form or a verdict",
    "article": "put what the article states to the test",
    "report": "judge, time and draw the reference, all of it",
    "mutants": "judge the judges: known mistakes must be caught, right code must not",
    "wild": "judge the libraries that people train with: who computes what",
    "vectors": "write the certified vectors anew, or compare them",
    "calibrate": "put the clock to the test on this machine",
    "bench-self": "time gradmark itself, beside starting Python",
}
OK, WRONG, USAGE, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130
EPILOG = """\
exit status:
  0    nothing is wrong
  1    something is wrong: a verdict fails, two differ, a claim has turned, a clock says "slower"
  2    a usage error, or nothing there could be judged
  3    something around it failed: no network, a full disk, gradmark itself
  4    all that is there is unbound: how to call it is not certain
  130  interrupted
"""


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line, and return its exit status."""
    verb, *rest = arguments or ["--help"]
    if verb not in VERBS:
        _parser().parse_args([verb])  # --help, --version, or a word that is no verb
        return USAGE
    module = importlib.import_module(f"gradmark.command.{verb.replace('-', '_')}")
    parser = module.parser()
    asked = parser.parse_intermixed_args(rest)
    try:
        status: int = module.run(asked)
    except (UsageError, ResultsError) as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return error.status
    except KeyboardInterrupt:
        kept = "resume" in asked and (asked.results or asked.out)
        sys.stderr.write(f"interrupted{'; --resume goes on with it' if kept else ''}\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough: `gradmark list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"ERROR: {where}{error.strerror or error}\n")
        return BROKEN
    except Exception:  # 1 means that a verdict fails, and nothing else
        traceback.print_exc()
        sys.stderr.write("ERROR: gradmark itself failed, as shown above; this is not a verdict\n")
        return BROKEN
    return status


def _parser() -> argparse.ArgumentParser:
    """Describe the verbs."""
    from gradmark import __version__

    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:{width}}  {does}" for verb, does in VERBS.items())
    it = argparse.ArgumentParser(
        prog="gradmark",
        usage="gradmark VERB …",
        description="Tell whether code computes the formulas neural networks learn by.",
        epilog=f"verbs:\n{verbs}\n\n{EPILOG}\ngradmark VERB --help explains each verb.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    it.add_argument("--version", action="version", version=f"gradmark {__version__}")
    it.add_argument("verb", choices=list(VERBS), metavar="VERB", help=argparse.SUPPRESS)
    return it
