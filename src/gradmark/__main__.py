"""The door of the command line: ``gradmark``, ``python -m gradmark``; for old Pythons, too."""

import sys

from gradmark.supported import complaint


def main() -> int:
    """Run the command line, where it can run; return its exit status.

    Returns
    -------
    int
        That of the verb; 2 where gradmark does not run, which one sentence tells.
    """
    if complaint():
        sys.stderr.write(complaint() + "\n")
        return 2
    from gradmark.command import main as command  # only here: an old Python could not read it

    return command()


if __name__ == "__main__":
    sys.exit(main())
