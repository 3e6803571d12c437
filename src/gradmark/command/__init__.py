"""The command line: ``gradmark VERB …``. Each verb is a module; each option is declared once."""

import sys
from collections.abc import Sequence

from gradmark.command.line import BROKEN, open_streams, run
from gradmark.harness.own_process import settle


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line, and return its exit status."""
    if arguments is None:
        if told := open_streams():
            sys.stderr.write(f"ERROR: {told}\n")
            return BROKEN
        arguments = sys.argv[1:]
        settle()
    return run(arguments)
