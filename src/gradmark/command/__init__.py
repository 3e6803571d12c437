"""The command line: ``gradmark VERB …``. Each verb is a module; each option is declared once."""

import sys
from collections.abc import Sequence

from gradmark.command.line import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line, and return its exit status."""
    return run(sys.argv[1:] if arguments is None else arguments)
