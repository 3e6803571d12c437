"""The command line: ``gradmark VERB …``. Each verb is a module; each option is declared once."""

import gc
import os
import sys
from collections.abc import Sequence

from gradmark.command.line import BROKEN, open_streams, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line, and return its exit status."""
    if arguments is None:
        if told := open_streams():
            sys.stderr.write(f"ERROR: {told}\n")
            return BROKEN
        arguments = sys.argv[1:]
        _alone()
    return run(arguments)


def _alone() -> None:
    """Make of a process what serves this one program: it is short, and nobody else lives in it."""
    # What else is installed has no say in what is drawn, and loading it takes as long as judging.
    os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")
    # Nearly all that is made stays: looking for garbage at every 700 objects finds none.
    gc.set_threshold(100_000, 50, 50)
