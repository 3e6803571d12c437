"""Installers: what makes environments and fills them; uv where it is there, else venv and pip."""

import os
import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Sequence
from functools import cache as once
from pathlib import Path

from gradmark.harness.host import ContenderFault
from gradmark.harness.network import reaches_nobody
from gradmark.harness.process import PASSED_ON, run_kept
from gradmark.harness.resolve import UsageError

LONGEST = 1800.0  # seconds that an installer may take
MEMORY = 8 * 2**30  # bytes of each of its processes
# What an installer needs of the environment beside what contenders see: where packages come from.
# What only the user's shell should know is not passed on: code of a package may run.
SETTINGS = re.compile(
    r"(PIP|UV|NPM_CONFIG)_.*|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS"
    r"|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NETRC|XDG_.*",
    re.IGNORECASE,
)
# What pip and uv say of a package that has no wheel; pip says no more than that there is none.
NO_WHEEL = re.compile(r"No matching distribution|no usable wheels|Building source distributions")
HINT = " (wheels alone are taken, but with --allow-builds)"
LINES = 20  # of an installer's output that are kept
# Where packages come from, as pip is told it; uv does not read that.
SOURCES = ("index-url", "extra-index-url", "find-links", "no-index")


class EnvironmentFailure(ContenderFault):
    """A contender's environment cannot be had: an error of that contender, not of the run."""

    def __init__(self, contender: str, reason: str, output: str = "") -> None:
        super().__init__(contender, "", reason, output)


class EnvironmentUnreachable(UsageError):  # noqa: N818  # as its siblings are called
    """No package registry answers: nothing that a contender can be blamed for."""

    status = 3

    def __init__(self, contender: str, program: str) -> None:
        super().__init__(
            f"{contender} needs packages that are not here yet, and {program} reaches no package"
            " registry; is there a network?"
        )


def uv(python: str) -> str | None:
    """Return where uv is; None where pip has been told of other packages than uv would find.

    Parameters
    ----------
    python : str
        The interpreter whose pip would be used instead.
    """
    variables = {f"PIP_{name.replace('-', '_').upper()}" for name in SOURCES}
    if variables & os.environ.keys() or shutil.which("uv") is None:
        return None
    with _ASKING:  # once, however many ask
        configured = _configured(python, os.environ.get("PIP_CONFIG_FILE"))
    return None if configured else shutil.which("uv")


_ASKING = threading.Lock()


@once
def _configured(python: str, _file: str | None) -> bool:
    """Tell whether pip's configuration files name a source; asking takes pip a second."""
    command = [python, "-I", "-m", "pip", "--disable-pip-version-check", "config", "list"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return any(f".{name}=" in done.stdout for name in SOURCES)


def make(contender: str, python: str, folder: Path) -> None:
    """Make a virtual environment with an interpreter."""
    if program := uv(python):
        command = [program, "venv", "--quiet", "--no-project", "--python", python, str(folder)]
    else:
        command = [python, "-I", "-m", "venv", str(folder)]
    install(contender, command, folder.parent)


def surroundings() -> dict[str, str]:
    """Return what an installer sees of the environment."""
    return {n: v for n, v in os.environ.items() if n in PASSED_ON or SETTINGS.fullmatch(n)}


def fill(
    contender: str, python: str, folder: Path, requirements: Sequence[str], *, builds: bool = False
) -> None:
    """Install packages into a virtual environment, with their bytecode.

    Wheels alone are taken, of which nothing is run as they are installed, but where `builds` are
    asked for.
    """
    there = str(folder / "bin" / "python")
    if program := uv(python):
        # An import that compiles a framework anew each time would count as a slow contender.
        command = [program, "pip", "install", "--compile-bytecode", "--python", there]
        # Linked, its files would be those of other environments, too.
        command += ["--link-mode=copy", *([] if builds else ["--no-build"])]
    else:
        command = [there, "-I", "-m", "pip", "install", "--no-input", "--progress-bar=off"]
        command += ["--disable-pip-version-check"]
        command += [] if builds else ["--only-binary=:all:"]
    install(contender, [*command, *requirements], folder.parent, hint="" if builds else HINT)


def download(python: str, requirements: Sequence[str]) -> int | None:
    """Ask uv how many bytes the packages have that requirements mean; None where it cannot say.

    Its cache may hold some of them already.
    """
    program = uv(python)
    if program is None:
        return None
    done = subprocess.run(
        [
            *(program, "pip", "compile", "--quiet", "--format=pylock.toml", "--no-build"),
            *("--python", python, "-"),
        ],
        input="\n".join(requirements),
        capture_output=True,
        text=True,
        cwd="/",  # no project's settings are meant
        env=surroundings()
        | {"UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "10"},  # a size may be missing
    )
    try:
        packages = tomllib.loads(done.stdout).get("packages", [])
        return sum((each.get("wheels") or [each["sdist"]])[0]["size"] for each in packages) or None
    except (tomllib.TOMLDecodeError, KeyError):  # what lies in a local folder has no size
        return None


def install(
    contender: str,
    command: Sequence[str],
    folder: Path,
    *,
    failure: str = "cannot build its environment",
    hint: str = "",
) -> None:
    """Run an installer in a folder, under a keeper: with limits, and without the user's secrets.

    Raises
    ------
    EnvironmentUnreachable
        It found no network.
    EnvironmentFailure
        It failed otherwise; with its last lines as `output`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    program = _program(command)
    try:
        status, said = run_kept(
            command,
            folder=str(folder),
            environment=surroundings(),
            memory=MEMORY,
            seconds=LONGEST,
        )
    except TimeoutError:
        told = f"{failure}: {program} took longer than {LONGEST:g} s"
        raise EnvironmentFailure(contender, told) from None
    if status == 0:
        return
    if reaches_nobody(said):
        raise EnvironmentUnreachable(contender, program)
    lines = said.strip().splitlines()
    more = hint if NO_WHEEL.search(said) else ""
    raise EnvironmentFailure(
        contender,
        f"{failure}: {program}: {_said(lines, status)}{more}",
        "\n".join(lines[-LINES:]),
    )


def _program(command: Sequence[str]) -> str:
    """Name what a command runs: pip, where that is `python -m pip`."""
    if "-m" in command:
        return command[command.index("-m") + 1]
    return os.path.basename(command[0])  # noqa: PTH119  # of a word, which need not be a path


def _said(lines: Sequence[str], status: int) -> str:
    """Choose what says most: pip's last error, another's first with its cause, the last line."""
    ours = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    if ours:
        return ours[-1]
    errors = [line.strip() for line in lines if "error" in line.lower()] or lines[-1:]
    _, told, rest = "\n".join(lines).rpartition("cause: ")
    causes = [" ".join(rest.partition("\n\n")[0].split())] if told else []
    return ": ".join([f"exit status {status}", *errors[:1], *causes])
