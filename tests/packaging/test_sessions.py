"""Sessions of nox are thin calls of the command line."""

import re

from gradmark.command.line import VERBS
from gradmark.harness.resolve import CHECKOUT

NOXFILE = (CHECKOUT / "noxfile.py").read_text(encoding="utf-8")


def test_every_session_of_ours_calls_a_verb_that_there_is() -> None:
    called = re.findall(r'^    gradmark\(session, "([\w-]+)"', NOXFILE, re.MULTILINE)
    sessions = re.findall(r"^@nox\.session.*\ndef (\w+)", NOXFILE, re.MULTILINE)
    own = {"tests", "lint", "types", "lock"}
    assert len(called) == len(set(sessions) - own)
    assert set(called) <= set(VERBS)
    # These tell and explain, and need no environment to be kept.
    assert set(VERBS) - set(called) == {"list", "explain", "diff", "merge"}


def test_every_lock_that_a_session_installs_is_there() -> None:
    locks = set(
        re.findall(r'install\(session, "(\w+)"\)|lock="(\w+)"\)|lock: str = "(\w+)"', NOXFILE)
    )
    named = {name for found in locks for name in found if name}
    assert {"run", "calibrate", "tests", "lint", "types"} == named
    for name in (*named, "build"):
        assert (CHECKOUT / "requirements" / f"{name}.lock").is_file()
