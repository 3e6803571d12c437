import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from gradmark.harness import environment as module
from gradmark.harness import installers
from gradmark.harness.announcement import announce
from gradmark.harness.contenders import contender
from gradmark.harness.environment import environment, plan
from gradmark.harness.host import ContenderFailure, ContenderFault
from gradmark.harness.installation import installed
from gradmark.harness.installers import EnvironmentFailure, EnvironmentUnreachable
from gradmark.harness.resolve import CHECKOUT, Target, UsageError, resolve
from gradmark.harness.script_metadata import Metadata, MetadataError, script_metadata


def wheel(folder: Path, name: str, version: str, source: str = "") -> None:
    """Write the smallest wheel that pip takes."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", source)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module", params=["pip", "uv"])
def installer(request: pytest.FixtureRequest) -> str:
    """What builds: pip, where it was told where packages come from, or else uv."""
    return str(request.param)


@pytest.fixture(scope="module")
def index(installer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of wheels that is all the world: a library, and a stand-in for NumPy."""
    folder = tmp_path_factory.mktemp("index")
    wheel(folder, "numpy", "2.0")
    wheel(folder, "lib", "1.0", "version = 1")
    wheel(folder, "lib", "2.0", "version = 2")
    with pytest.MonkeyPatch.context() as patch:
        only(patch, installer)
        patch.setenv(f"{installer.upper()}_NO_INDEX", "1")
        patch.setenv(f"{installer.upper()}_FIND_LINKS", str(folder))
        yield folder


def only(patch: pytest.MonkeyPatch, installer: str) -> None:
    """Have environments built by one installer, that has been told nothing."""
    for name in installers.SOURCES:
        patch.delenv(f"PIP_{name.replace('-', '_').upper()}", raising=False)
    patch.setenv("PIP_CONFIG_FILE", os.devnull)
    if installer == "pip":
        patch.setattr(installers, "uv", lambda _python: None)
    else:
        assert shutil.which("uv"), "these tests need uv"


@pytest.fixture(scope="module")
def whole(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment as it is built, for a file that needs nothing."""
    assert index.is_dir()
    folder = tmp_path_factory.mktemp("whole")
    (folder / "mine.py").write_text("# /// script\n# ///\n")
    python = environment(resolve("mine.py", folder), cache=folder / "cache", say=print)
    return Path(python).parent.parent


@pytest.fixture
def quick_venv(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy that environment where one would be made, which takes a tenth of the time."""

    def copy(_who: str, _python: str, folder: Path) -> None:
        shutil.copytree(whole, folder, symlinks=True)
        (folder / module.STAMP).unlink()

    monkeypatch.setattr(module, "make", copy)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Target]:
    def write(*lines: str, body: str = "") -> Target:
        path = tmp_path / "mine.py"
        block = "".join(f"{line}\n" for line in ("# /// script", *lines, "# ///"))
        path.write_text(block + body)
        return resolve(str(path), tmp_path)

    return write


def run(python: str, code: str) -> str:
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout


# --- metadata -------------------------------------------------------------------------------------


def test_a_block_says_what_a_file_needs(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "#!/usr/bin/env python\n# /// script\n# dependencies = [\n"
        '#   "Torch == 2.13.0",  # the framework\n#\n#   "numpy",\n# ]\n'
        '# requires-python = ">=3.11"\n# [tool.else]\n# x = 1\n# ///\n\nx = "# /// script"\n'
    )
    assert script_metadata(path.read_bytes(), path.name) == Metadata(
        ("Torch==2.13.0", "numpy"), ">=3.11"
    )


def test_a_block_ends_with_the_last_line_that_could_close_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text('# /// script\n# dependencies = ["""\n# ///\n# """, "b"]\n# ///\n')
    with pytest.raises(MetadataError, match=r"^mine\.py:1: ///: Expected"):
        script_metadata(path.read_bytes(), path.name)


def test_a_file_without_a_block_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("# /// other\n# dependencies = [1]\n# ///\n")
    assert script_metadata(path.read_bytes(), path.name) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import x\n# /// script\n# dependencies = []\n", "mine.py:2: the script block is not clo"),
        ("# /// script\n# x = 1\n\n# ///\n", "mine.py:1: the script block is not closed"),
        ("# /// script\n# ///\n\n# /// script\n# ///\n", "mine.py:4: a second script block"),
        ("# /// script\n#\n# x = = 1\n# ///\n", "mine.py:3: not valid TOML: Invalid value"),
        ('# /// script\n# x = """\n# ///\n', "mine.py:3: not valid TOML: "),
        (
            '# /// script\n# dependencies = "numpy"\n# ///\n',
            "mine.py:2: dependencies: expected a list of strings, got 'numpy'",
        ),
        (
            '# /// script\n# dependencies = [\n#  "torch=2",\n# ]\n# ///\n',
            "mine.py:3: torch=2: Expected",
        ),
        (
            "# /// script\n# requires-python = 3.11\n# ///\n",
            "mine.py:2: requires-python: expected a string, got 3.11",
        ),
        (
            '# /// script\n# requires-python = "3.11+"\n# ///\n',
            "mine.py:2: requires-python: expected versions such as '>=3.11', got '3.11+'",
        ),
    ],
)
def test_a_broken_block_is_pointed_at(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(MetadataError) as caught:
        script_metadata(path.read_bytes(), path.name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("path", sorted((CHECKOUT / "implementations").glob("*.py")), ids=str)
def test_what_is_shipped_is_pinned_to_the_version(path: Path) -> None:
    metadata = script_metadata(path.read_bytes(), path.name)
    assert metadata is None or all("==" in pinned for pinned in metadata.dependencies)


# --- which interpreter ----------------------------------------------------------------------------


def test_what_has_no_metadata_runs_with_our_own_python(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "plain.py").write_text("import numpy\n")
    for target in (resolve("reference", tmp_path), resolve("plain.py", tmp_path)):
        assert environment(target, cache=tmp_path / "cache", say=said.append) == sys.executable
    assert said == []
    assert not (tmp_path / "cache").exists()


def test_broken_metadata_is_the_contenders_error(write: Callable[..., Target]) -> None:
    with pytest.raises(EnvironmentFailure, match=r"mine\.py:2: not valid TOML") as caught:
        environment(write("# x = = 1"), say=print)
    assert isinstance(caught.value, ContenderFault)
    assert caught.value.verdict == "error"


def test_a_python_that_is_not_here_is_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Target]
) -> None:
    interpreter(tmp_path / "python3.97", "3.97.1", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    target = write('# requires-python = ">=3.99"')
    version = sys.version.split()[0]
    expected = f"needs Python >=3.99; among .* there is only {version}, 3.97.1$"
    with pytest.raises(EnvironmentFailure, match=expected):
        environment(target, cache=tmp_path / "cache", say=print)


def interpreter(path: Path, version: str, numpy: str) -> Path:
    """Write a program that says what a Python of some version says, and can do no more."""
    path.write_text(
        f"#!/bin/sh\n[ $1 = -s ] || {{ echo ERROR: no more from {version}; exit 3; }}\n"
        f"echo '{version}|{version} (fake)|linux'\necho {numpy}\n"
    )
    path.chmod(0o755)
    return path


def test_the_newest_python_on_the_path_that_will_do_is_asked_to_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Target]
) -> None:
    for minor in (97, 98, 99):
        interpreter(tmp_path / f"python3.{minor}", f"3.{minor}.1", "")
    interpreter(tmp_path / "python3.100", "no version", "").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(EnvironmentFailure, match=r"venv: no more from 3\.98\.1$"):
        environment(
            write('# requires-python = ">=3.97,<3.99"'), cache=tmp_path / "cache", say=print
        )


@pytest.mark.parametrize(
    ("version", "numpy", "message"),
    [
        ("3.8.19", "1.24", r"expected Python >=3.9, got .*/fake with 3\.8\.19"),
        ("3.12.1", "", r"expected an interpreter with NumPy, got .*/fake without"),
    ],
)
def test_a_chosen_python_must_do(tmp_path: Path, version: str, numpy: str, message: str) -> None:
    fake = interpreter(tmp_path / "fake", version, numpy)
    with pytest.raises(UsageError, match=f"^--python: {message}"):
        environment(resolve("reference", tmp_path), python=str(fake), say=print)


@pytest.mark.parametrize("python", ["no-such-python", "/bin/true", "/"])
def test_a_chosen_python_must_be_one(tmp_path: Path, python: str) -> None:
    with pytest.raises(UsageError, match="--python: expected an interpreter that runs, got"):
        environment(resolve("reference", tmp_path), python=python, say=print)


def test_a_chosen_python_is_taken_whatever_the_file_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Target]
) -> None:
    target = write('# dependencies = ["no-such-package"]')
    (tmp_path / "link").symlink_to(interpreter(tmp_path / "fake", "3.12.1", "2.0"))
    monkeypatch.chdir(tmp_path)
    # The worker stands elsewhere: a path from here must hold there, and a link must stay one.
    assert environment(target, python="./link", say=print) == str(tmp_path / "link")


# --- building -------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_an_environment_holds_numpy_unasked(whole: Path) -> None:
    assert run(f"{whole}/bin/python", "import numpy; print('here')") == "here\n"


@pytest.mark.usefixtures("quick_venv")
@pytest.mark.thorough
def test_an_environment_is_built_once_and_again_for_other_metadata(
    tmp_path: Path, write: Callable[..., Target]
) -> None:
    cache, said = tmp_path / "cache", list[str]()

    first = environment(write('# dependencies = ["lib==1.0"]'), cache=cache, say=said.append)
    assert said[0] == "building the environment of mine: lib==1.0, numpy"
    assert re.fullmatch(rf"built the environment of mine: [0-9.]+ MB in {cache}/.*", said[1])
    assert run(first, "import lib, numpy; print(lib.version)") == "1\n"

    respelt = write('# dependencies = [ "lib == 1.0" ]', body="x = 1")
    assert environment(respelt, cache=cache, say=said.append) == first
    assert len(said) == 2

    second = environment(write('# dependencies = ["lib==2.0"]'), cache=cache, say=said.append)
    assert second != first
    assert run(second, "import lib; print(lib.version)") == "2\n"
    assert run(first, "import lib; print(lib.version)") == "1\n"


@pytest.mark.usefixtures("index")
@pytest.mark.thorough
def test_a_build_that_was_cut_off_is_built_anew(
    tmp_path: Path, whole: Path, quick_venv: None, write: Callable[..., Target]
) -> None:
    del quick_venv
    target, cache, said = write('# dependencies = ["lib"]'), tmp_path / "cache", list[str]()
    # The first installer never ends, and is killed half-way.
    code = (
        "import shutil, sys, time; from pathlib import Path\n"
        "from gradmark.harness import environment as e\n"
        "from gradmark.harness.resolve import resolve\n"
        "def make(who, python, folder):\n"
        "    shutil.copytree(sys.argv[1], folder, symlinks=True)\n"
        "    Path(folder, e.STAMP).unlink()\n"
        "def fill(who, python, folder, requirements, builds):\n"
        "    print('half'); time.sleep(60)\n"
        "e.make, e.fill = make, fill\n"
        "e.environment(resolve('mine.py', Path(sys.argv[2])), cache=Path(sys.argv[3]), say=print)"
    )
    command = [sys.executable, "-u", "-c", code, str(whole), str(tmp_path), str(cache)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as build:
        assert build.stdout is not None
        while (line := build.stdout.readline()) != "half\n":
            assert line
        build.kill()

    python = environment(target, cache=cache, say=said.append)
    assert said[0] == "building the environment of mine: lib, numpy"
    assert run(python, "import lib; print('whole')") == "whole\n"


def test_two_runs_do_not_build_the_same_one_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Target]
) -> None:
    def make(_who: str, _python: str, folder: Path) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").touch()

    fillings: list[Sequence[str]] = []
    monkeypatch.setattr(module, "make", make)
    monkeypatch.setattr(module, "fill", lambda _w, _p, _f, what, **_: fillings.append(what))
    target, cache, said = write('# dependencies = ["lib"]'), tmp_path / "cache", list[str]()
    environment(target, cache=cache, say=said.append)
    (built,) = (path for path in cache.iterdir() if path.is_dir())
    (built / "complete").unlink()

    with built.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiter = threading.Thread(
            target=environment, args=(target,), kwargs={"cache": cache, "say": said.append}
        )
        waiter.start()
        while len(said) < 3:
            time.sleep(0.01)
        module.stamp(built)  # the other run is done
    waiter.join()
    assert said[2:] == ["waiting for another run that builds the environment of mine"]
    assert fillings == [("lib", "numpy")]


@pytest.mark.usefixtures("quick_venv")
@pytest.mark.thorough
def test_a_package_that_cannot_be_had_is_the_contenders_error(
    installer: str, tmp_path: Path, write: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path / "cache"))
    with (
        contender(write('# dependencies = ["no-such-package==1.0"]')) as mine,
        pytest.raises(EnvironmentFailure) as caught,
    ):
        mine.call("relu", 1.0)
    said = {
        "pip": r"No matching distribution found for no-such-package==1.0 \(wheels alone .*\)",
        "uv": "exit status 1: error: No solution found .*: Because no-such-package was not found "
        ".*unsatisfiable.",
    }
    reason = f"cannot build its environment: {installer}: {said[installer]}"
    assert re.fullmatch(reason, caught.value.reason)
    assert "no-such-package==1.0" in caught.value.output
    assert not list((tmp_path / "cache" / "environments").glob("*/complete"))


@pytest.mark.thorough
def test_where_nobody_answers_the_run_ends_and_nobody_is_blamed(
    installer: str, tmp_path: Path, write: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, installer)
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")  # the port that discards; nobody is there
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    if installer == "uv":
        monkeypatch.delenv("PIP_INDEX_URL")
    target = write('# dependencies = ["lib"]')
    expected = f"^mine needs packages that are not here yet, and {installer} reaches no package reg"
    with pytest.raises(EnvironmentUnreachable, match=expected) as caught:
        environment(target, cache=tmp_path / "cache", say=print)
    assert isinstance(caught.value, UsageError)
    assert not isinstance(caught.value, ContenderFailure)


def test_npm_without_a_network_is_told_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "contender.toml").write_text(
        'command = ["node"]\nsetup = ["sh", "-c", "echo npm error code EAI_AGAIN; exit 1"]\n'
    )
    with pytest.raises(EnvironmentUnreachable, match=r"^mine needs packages .* sh reaches no"):
        installed(resolve("mine", tmp_path), say=print)


# --- what others may do to it ---------------------------------------------------------------------

BACKEND = """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "made-1.0-py3-none-any.whl"
    files = {
        "made.py": f"seen = {os.environ.get('GRADMARK_TEST_SECRET')!r}",
        "made-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: made\\nVersion: 1.0\\n",
        "made-1.0.dist-info/WHEEL":
            "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "made-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return name
"""


def sdist(folder: Path) -> None:
    """Write a package that is built by code of its own."""
    whole = folder / "made-1.0"
    whole.mkdir()
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (whole / "pyproject.toml").write_text(project + '[project]\nname = "made"\nversion = "1.0"\n')
    (whole / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: made\nVersion: 1.0\n")
    (whole / "backend.py").write_text(BACKEND)
    shutil.make_archive(str(whole), "gztar", folder, "made-1.0")
    shutil.rmtree(whole)


@pytest.mark.usefixtures("quick_venv")
@pytest.mark.thorough
def test_code_of_a_package_is_run_only_where_asked_and_sees_no_secret(
    index: Path, tmp_path: Path, write: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADMARK_TEST_SECRET", "2")
    if not (index / "made-1.0.tar.gz").exists():
        sdist(index)
    target, cache = write('# dependencies = ["made"]'), tmp_path / "cache"
    with pytest.raises(EnvironmentFailure, match="wheels alone are taken, but with --allow-builds"):
        environment(target, cache=cache, say=print)
    python = environment(target, cache=cache, builds=True, say=print)
    assert run(python, "import made; print(made.seen)") == "None\n"


def test_a_build_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installers, "LONGEST", 0.5)
    hangs = ["sh", "-c", "setsid sleep 600 & echo $! > child; sleep 600"]
    with pytest.raises(EnvironmentFailure, match=r"sh took longer than 0\.5 s"):
        installers.install("mine", hangs, tmp_path)
    child = Path("/proc", (tmp_path / "child").read_text().strip())
    assert not child.exists()


@pytest.mark.usefixtures("quick_venv")
@pytest.mark.thorough
def test_what_was_written_into_an_environment_is_not_the_next_ones(
    tmp_path: Path, write: Callable[..., Target]
) -> None:
    target, cache, said = write('# dependencies = ["lib==1.0"]'), tmp_path / "cache", list[str]()
    python = environment(target, cache=cache, say=said.append)
    assert module.packages(python)["lib"] == "1.0"
    (library,) = Path(python).parent.parent.glob("lib/python*/site-packages/lib.py")

    def change_in_secret() -> None:
        its = library.stat()
        library.write_text("version = 9")
        os.utime(library, ns=(its.st_atime_ns, its.st_mtime_ns))

    def add() -> None:
        library.with_name("other.pth").write_text("import os")

    for spoil in (add, change_in_secret):
        spoil()
        assert environment(target, cache=cache, say=said.append) == python
        assert said[-3] == "the environment of mine was changed since it was built"
        assert run(python, "import lib; print(lib.version)") == "1\n"
        assert not library.with_name("other.pth").exists()
    assert environment(target, cache=cache, say=said.append) == python
    assert said[-1].startswith("built the environment")


# --- announcing -----------------------------------------------------------------------------------


def test_what_will_be_built_is_announced_together_and_what_is_there_is_not(
    tmp_path: Path, write: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "download", lambda _python, requirements: 10**9 * len(requirements))
    cache, said = tmp_path / "cache", list[str]()
    mine = write('# dependencies = ["lib==1.0"]')
    (tmp_path / "plain.py").write_text("import numpy\n")
    (tmp_path / "broken.py").write_text("# /// script\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "contender.toml").write_text('command = ["a"]\nsetup = ["npm", "ci"]\n')
    names = ("plain.py", "broken.py", "other", "reference")
    targets = [mine, *(resolve(name, tmp_path) for name in names)]

    announce(targets, cache=cache, say=said.append)
    assert said == [
        f"2 environments to be built first, once, in {cache}, up to 2.0 GB to download without "
        "other:",
        "  mine (2.0 GB): lib==1.0, numpy",
        "  other: npm ci",
    ]

    planned = plan(mine, cache=cache)
    assert planned is not None
    planned.python.parent.mkdir(parents=True)
    planned.python.touch()
    (planned.folder / module.STAMP).touch()
    said.clear()
    announce([mine], cache=cache, say=said.append)
    announce(targets, python=sys.executable, cache=cache, say=said.append)
    assert said == [f"1 environment to be built first, once, in {cache}:", "  other: npm ci"]


def test_sizes_are_those_that_the_index_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = (
        '[[packages]]\nname = "a"\nwheels = [{ url = "u", size = 30 }]\n'
        '[[packages]]\nname = "b"\nsdist = { url = "u", size = 12 }\n'
    )
    only(monkeypatch, "uv")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=answer))
    assert installers.download(sys.executable, ["a", "b"]) == 42


@pytest.mark.usefixtures("index")
def test_what_lies_in_a_folder_has_no_size_to_download() -> None:
    assert installers.download(sys.executable, ["lib==1.0"]) is None
