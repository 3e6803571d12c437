"""What a user gets: the wheel, alone, among the user's own folders."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath

import pytest
import yaml
from packaging.requirements import Requirement

from gradmark.harness.resolve import CHECKOUT

ROOMS = ("reference", "implementations", "harness", "conformance", "benchmarks", "reports")
ADAM = """
import numpy as np

class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = 0.0
        self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat, v_hat = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + self.epsilon)
"""

Install = Callable[..., Path]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    _build("--outdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The wheel."""
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Make an environment of the wheel and of what it declares that it needs, and of no more."""

    def install(*requirements: str) -> Path:
        folder = tmp_path_factory.mktemp("environment")
        _run("uv", "venv", "--quiet", "--offline", "--python", sys.executable, str(folder))
        python = str(folder / "bin" / "python")
        _run("uv", "pip", "install", "--offline", "--no-deps", "--python", python, str(wheel))
        (packages,) = folder.glob("lib/python*/site-packages")
        (info,) = packages.glob("gradmark-*.dist-info")
        needed = [*(Distribution.at(info).requires or ()), *requirements]
        # Not downloaded anew, but linked: what is in no dependency's list is not there.
        for path in {path for name in needed for path in _files(Requirement(name), set())}:
            (packages / path.name).symlink_to(path)
        return folder / "bin"

    return install


@pytest.fixture(scope="module")
def alone(install: Install) -> Path:
    """The programs of an environment with the wheel and its dependencies."""
    return install()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder with an Adam, and with packages that have the names of our rooms."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text(f'raise ImportError("my own {room}")\n')
    (tmp_path / "my_adam.py").write_text(ADAM, encoding="utf-8")
    return tmp_path


def _files(requirement: Requirement, seen: set[str]) -> Iterator[Path]:
    """List what a requirement and all that it needs have put into this environment."""
    extras = [{"extra": extra} for extra in (requirement.extras or {""})]
    wanted = requirement.marker is None or any(map(requirement.marker.evaluate, extras))
    if not wanted or requirement.name in seen:
        return
    seen.add(requirement.name)
    package = distribution(requirement.name)
    tops = {
        file.parts[0] for file in package.files or () if file.parts[0] not in ("..", "__pycache__")
    }
    for top in tops:
        yield Path(str(package.locate_file(top)))
    for needed in package.requires or ():
        if not (marker := Requirement(needed).marker) or marker.evaluate({"extra": ""}):
            yield from _files(Requirement(needed), seen)


def _build(*arguments: str) -> None:
    _run(sys.executable, "-m", "build", "--no-isolation", *arguments, str(CHECKOUT))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _ask(folder: Path, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of an environment as a user would, who stands in a folder."""
    ours = ("PYTHONPATH", "PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE")
    surroundings = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


# --- what is in it --------------------------------------------------------------------------------


def _kept() -> set[str]:
    """List the files of the rooms and of the front door as the repository keeps them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *ROOMS, "src/gradmark"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    files = {path.removeprefix("src/gradmark/") for path in listed}
    return {f"gradmark/{path}" for path in files - set(ROOMS)}


def test_the_wheel_holds_every_file_of_every_room_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {PurePosixPath(name).parts[0] for name in names} == {
        "gradmark",
        f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info",
    }
    assert {name for name in names if name.startswith("gradmark/")} == _kept()


def test_the_source_distribution_makes_the_same_wheel_as_the_checkout(
    dist: Path, wheel: Path, tmp_path: Path
) -> None:
    _build("--wheel", "--outdir", str(tmp_path))
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {PurePosixPath(name).parts[1] for name in archive.getnames()}
    assert tops == {"src", "LICENSE", "README.md", "pyproject.toml", "PKG-INFO", ".gitignore"}


# --- what it does ---------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_file_is_judged_where_the_rooms_names_are_the_users_own(
    alone: Path, folder: Path
) -> None:
    for program, module in (("gradmark", ()), ("python", ("-m", "gradmark"))):
        found = _ask(folder, alone / program, *module, "check", "my_adam.py", "--formula", "Adam")
        assert found.returncode == 0, found.stdout + found.stderr
        assert "float64: ✓ 1 conforms" in found.stdout


@pytest.mark.thorough
def test_its_page_and_pictures_are_drawn(alone: Path, folder: Path) -> None:
    asked = ("check", "my_adam.py", "--formula", "Adam", "--quick", "--out", "found")
    found = _ask(folder, alone / "gradmark", *asked)
    assert found.returncode == 0, found.stdout + found.stderr
    written = {path.name for path in (folder / "found").iterdir()}
    assert {"conformance.md", "junit.xml", "report.html"} <= written
    assert list(folder.glob("found/**/*.png"))


@pytest.mark.thorough
def test_times_need_no_more_than_verdicts(alone: Path, folder: Path) -> None:
    """What times, and what draws the times, imports nothing else; more is refused in a sentence."""
    code = """
from importlib import import_module
from pkgutil import walk_packages
from gradmark import reports
from gradmark.command import times

for module in walk_packages(reports.__path__, "gradmark.reports."):
    import_module(module.name)
"""
    found = _ask(folder, alone / "python", "-c", code)
    assert found.returncode == 0, found.stdout + found.stderr
    asked = ("check", "my_adam.py", "--time", "--benchmark-json", "a.json")
    refused = _ask(folder, alone / "gradmark", *asked)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "pip install 'gradmark[benchmark]'" in refused.stderr


def test_help_and_version_are_there(alone: Path, folder: Path) -> None:
    helped = _ask(folder, alone / "gradmark", "--help")
    assert helped.returncode == 0
    assert "check" in helped.stdout
    version = _ask(folder, alone / "python", "-c", "import gradmark; print(gradmark.__version__)")
    assert _ask(folder, alone / "gradmark", "--version").stdout.split()[-1:] == [
        version.stdout.strip()
    ]


def test_the_pytest_plugin_is_there_and_does_nothing_unasked(
    install: Install, folder: Path
) -> None:
    python = install("pytest") / "python"
    assert "gradmark" in _ask(folder, python, "-m", "pytest", "-VV").stdout
    (folder / "test_mine.py").write_text(
        "import sys\n"
        "def test_nothing_heavy_was_imported():\n"
        "    heavy = {'numpy', 'gmpy2', 'mpmath', 'hypothesis', 'matplotlib', 'execnet'}\n"
        "    assert not {*heavy, 'rich'} & sys.modules.keys()\n"
        "    assert 'gradmark.plugin' in sys.modules\n"
    )
    asked = ("-m", "pytest", "-q", "-p", "no:hypothesispytest", "test_mine.py")
    found = _ask(folder, python, *asked)
    assert found.returncode == 0, found.stdout


# --- as an action at GitHub -----------------------------------------------------------------------


class Step:
    """A step of the action, as GitHub runs it: expressions filled in, then bash."""

    def __init__(self, name: str, inputs: Mapping[str, str], temp: Path) -> None:
        action = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
        known = {name: its.get("default", "") for name, its in action["inputs"].items()} | dict(
            inputs
        )
        assert known.keys() == action["inputs"].keys()
        (self.step,) = (each for each in action["runs"]["steps"] if each.get("name") == name)
        values = {f"inputs.{key}": value for key, value in known.items()}
        values |= {"runner.temp": str(temp)}
        values["inputs.install || github.action_path"] = known["install"] or str(CHECKOUT)
        self.values = values

    def fill(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: self.values[match[1]], text)

    def run(self, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
        assert "${{" not in self.step["run"]  # an input that is code would be run
        its = {name: self.fill(text) for name, text in self.step["env"].items()}
        ours = {"PYTHONPATH": "", "PYTHONSAFEPATH": ""}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.step["run"]],
            cwd=folder / self.fill(self.step.get("working-directory", ".")),
            env={**os.environ, **ours, **its, **more},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.thorough
def test_the_action_shows_a_wrong_optimizer_at_its_line(
    wheel: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    temp = tmp_path_factory.mktemp("runner")
    (folder / "lib").mkdir()
    (folder / "lib" / "wrong adam.py").write_text(ADAM.replace("self.t = 0", "self.t = 1"))
    (folder / "expected.toml").write_text('[my_adam]\nAdam = "conforms"\n')
    inputs = {"path": "  lib/**/*.py\n\nmy_adam.py ", "formulas": "Adam", "dtypes": "float64"}
    inputs |= {"expected": "expected.toml"}
    inputs |= {"install": str(wheel), "python": sys.executable}
    # Without its dependencies, which need a network: they are linked.
    done = Step("Install gradmark", inputs, temp).run(folder, PIP_NO_DEPS="1", PIP_NO_INDEX="1")
    assert done.returncode == 0, done.stdout + done.stderr
    (packages,) = temp.glob("gradmark/lib/python*/site-packages")
    (info,) = packages.glob("gradmark-*.dist-info")
    needed = Distribution.at(info).requires or ()
    for path in {path for name in needed for path in _files(Requirement(name), set())}:
        (packages / path.name).symlink_to(path)
    told = {"GITHUB_OUTPUT": str(temp / "output"), "GITHUB_STEP_SUMMARY": str(temp / "summary")}
    told |= {"GITHUB_WORKSPACE": str(folder)}

    found = Step("Judge", inputs, temp).run(folder, **told)
    assert found.returncode == 1, found.stdout + found.stderr
    (error,) = (line for line in found.stdout.splitlines() if line.startswith("::error"))
    assert ",file=lib/wrong adam.py,line=8::" in error
    assert "wrong adam, Adam" in (temp / "summary").read_text()
    outputs = dict(line.split("=", 1) for line in (temp / "output").read_text().splitlines())
    assert outputs["status"] == "1"
    assert (folder / outputs["report"] / "report.html").is_file()
    assert (folder / outputs["sarif"]).is_file()
    assert (temp / "gradmark-cache" / "truth").is_dir()

    assert "not as expected: wrong adam Adam float64: expected conforms" in found.stdout
    for named in (" \n", "$(touch hacked)", "--help"):
        nothing = Step("Judge", inputs | {"path": named}, temp).run(folder, **told)
        assert nothing.returncode == 2, named
        assert "::error title=gradmark::" in nothing.stdout
    assert not list(folder.rglob("hacked"))


# --- where it does not run ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pretended", "sentence"),
    [
        ("version_info = (3, 9, 18)", "gradmark needs Python 3.11 or newer; this is Python 3.9.\n"),
        ("platform = 'win32'", "gradmark runs on Linux and macOS, not on Windows itself; .*\n"),
    ],
)
def test_where_it_cannot_run_one_sentence_says_so(
    tmp_path: Path, pretended: str, sentence: str
) -> None:
    (tmp_path / "pretend.py").write_text(
        f"import runpy, sys\nsys.path.insert(0, {str(CHECKOUT / 'src')!r})\nsys.{pretended}\n"
        "runpy.run_module('gradmark', run_name='__main__')\n"
    )
    told = _ask(tmp_path, Path(sys.executable), "pretend.py")
    assert told.returncode == 2
    assert re.fullmatch(sentence, told.stderr)
