"""Where gradmark runs. An old Python must be able to read this file: it is told so by it."""

import sys

OLDEST = (3, 11)


def complaint() -> str:
    """Say in one sentence why gradmark cannot run here; empty where it can.

    Examples
    --------
    >>> complaint()
    ''
    """
    if sys.version_info < OLDEST:
        oldest, here = ["{}.{}".format(*version[:2]) for version in (OLDEST, sys.version_info)]
        return f"gradmark needs Python {oldest} or newer; this is Python {here}."
    if sys.platform == "win32":
        return (
            "gradmark runs on Linux and macOS, not on Windows itself; it does in WSL, "
            "the Windows Subsystem for Linux."
        )
    return ""
