from dataclasses import replace
from pathlib import Path

import pytest

from gradmark.conformance.judging.evidence import importing
from gradmark.harness.resolve import (
    SITE,
    Target,
    UsageError,
    place,
    resolve,
    resolve_all,
    shipped,
)


def test_the_reference_is_built_in(tmp_path: Path) -> None:
    assert resolve("reference", tmp_path) == Target(
        "reference", module="gradmark.reference", search_path=(SITE,)
    )


def test_a_path_is_relative_to_where_one_stands(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "my_adam.py"
    path.touch()
    found = resolve("mine/my_adam.py", tmp_path)
    assert found == Target("my_adam", path=path, search_path=(path.parent,))
    assert resolve(str(path), Path("/")) == found


def test_a_missing_file_is_named_in_full(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"there is no file {tmp_path / 'my_adam.py'}"):
        resolve("my_adam.py", tmp_path)
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(UsageError, match="there is no file"):
        resolve("folder.py", tmp_path)


def test_a_bare_name_is_a_file_of_implementations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "implementations").mkdir()
    for name in ("torch", "jax", "_shared"):
        (tmp_path / "implementations" / f"{name}.py").touch()
    monkeypatch.setattr("gradmark.harness.resolve.CHECKOUT", tmp_path)
    assert shipped() == ("jax", "torch")
    assert resolve("torch", Path("/")) == Target(
        "torch", path=tmp_path / "implementations" / "torch.py"
    )


def test_a_manifest_a_folder_with_one_and_a_shipped_name_mean_a_contender_in_another_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "implementations" / "tfjs"
    folder.mkdir(parents=True)
    (folder / "contender.toml").write_text('command = ["node", "x.mjs"]\nsetup = ["npm", "ci"]')
    expected = Target("tfjs", folder=folder, command=("node", "x.mjs"), setup=("npm", "ci"))
    assert resolve("implementations/tfjs/contender.toml", tmp_path) == expected
    assert resolve("implementations/tfjs/", tmp_path) == expected
    assert resolve(".", folder) == expected
    monkeypatch.setattr("gradmark.harness.resolve.CHECKOUT", tmp_path)
    assert shipped() == ("tfjs",)
    assert resolve("tfjs", Path("/")) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "command is missing"),
        ('setup = ["npm", "ci"]', "command is missing"),
        ('command = "node x.mjs"', "command: expected a list of words, got 'node x.mjs'"),
        ('command = ["node", 1]', "command: expected a list of words"),
        ('command = ["node", ""]', "command: expected a list of words"),
        ('command = ["node"]\nsetup = "npm ci"', "setup: expected a list of words, got 'npm ci'"),
        ('command = ["node"]\ncomand = 1', "expected command and setup, got 'comand'"),
        ("command = [", "contender.toml: "),
    ],
)
def test_a_manifest_with_a_mistake_is_a_usage_error(
    tmp_path: Path, text: str, complaint: str
) -> None:
    manifest = tmp_path / "contender.toml"
    manifest.write_text(text)
    with pytest.raises(UsageError, match=f"^{manifest}: ") as caught:
        resolve("contender.toml", tmp_path)
    assert complaint in str(caught.value)


def test_a_missing_manifest_is_named_in_full(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"there is no file {tmp_path / 'contender.toml'}"):
        resolve("contender.toml", tmp_path)


@pytest.mark.parametrize(
    ("typed", "module", "attribute"),
    [
        ("course:Losses", "course", "Losses"),
        ("course.week3:Losses.numpy", "course.week3", "Losses.numpy"),
        ("course.week3", "course.week3", ""),
        ("package", "package", ""),
    ],
)
def test_what_can_be_imported_may_be_named(
    tmp_path: Path, typed: str, module: str, attribute: str
) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    assert resolve(typed, tmp_path) == Target(
        typed, module=module, attribute=attribute, search_path=(tmp_path,)
    )


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("refrence", "did you mean reference"),
        ("zzz", "known: reference"),
        ("my adam:SGD", "known: reference"),
        ("my_adam.txt/", "known: reference"),
        ("", "known: reference"),
    ],
)
def test_an_unknown_name_is_answered_with_known_ones(tmp_path: Path, typed: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no contender is called '{typed}'; {hint}"):
        resolve(typed, tmp_path)


def test_files_that_share_a_name_are_called_by_as_many_folders_as_tell_them_apart(
    tmp_path: Path,
) -> None:
    for folder in ("a/old", "b/old", "new"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "my.py").touch()
    (tmp_path / "other.py").touch()
    typed = ["a/old/my.py", "b/old/my.py", "./a/old/my.py", "new/my.py", "other.py"]
    told = resolve_all(typed, tmp_path)
    assert told == {
        "a/old/my": "a/old/my=a/old/my.py",
        "b/old/my": "b/old/my=b/old/my.py",
        "new/my": "new/my=new/my.py",
        "other": "other.py",
    }
    for label, name in told.items():
        assert resolve(name, tmp_path).name == label


def test_a_label_gives_one_file_a_second_name(tmp_path: Path) -> None:
    (tmp_path / "my.py").touch()
    assert resolve("twin=my.py", tmp_path) == replace(resolve("my.py", tmp_path), name="twin")
    assert list(resolve_all(["my.py", "twin=my.py"], tmp_path)) == ["my", "twin"]


def test_a_file_may_have_an_equals_sign_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "a=b.py").touch()
    assert resolve("a=b.py", tmp_path).name == "a=b"


def test_a_file_and_a_notebook_of_one_name_are_two(tmp_path: Path) -> None:
    names = ["my.py", "my.ipynb", "other/my.py"]
    (tmp_path / "other").mkdir()
    for name in names:
        (tmp_path / name).touch()
    found = resolve_all(names, tmp_path)
    assert [*found] == [f"{tmp_path.name}/my.py", "my.ipynb", "other/my"]
    assert [resolve(each, tmp_path).name for each in found.values()] == [*found]


def test_names_of_folders_and_labels_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    for folder in ("one", "\x1b[31m"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "my.py").touch()
    found = resolve_all(["one/my.py", "\x1b[31m/my.py", "\x1b=one/my.py"], tmp_path)
    assert [*found] == ["one/my", r"\x1b[31m/my", r"\x1b"]


def test_a_link_to_itself_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "my.py").symlink_to("my.py")
    with pytest.raises(UsageError, match=r"there is no file .*my\.py"):
        resolve("my.py", tmp_path)


def test_two_labels_that_are_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two contenders are called twin"):
        resolve_all(["twin=reference", "twin=reference:losses"], tmp_path)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_path_to_a_package_means_the_package(tmp_path: Path, slash: str) -> None:
    for folder in (inner := tmp_path / "my src" / "pkg" / "optim", inner.parent):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    found = resolve(f"my src/pkg/optim{slash}", tmp_path)
    assert (found.name, found.module) == ("my src/pkg/optim", "pkg.optim")
    assert found.search_path == (tmp_path / "my src",)
    assert place(found) == str(inner)
    assert f'sys.path.insert(0, "{tmp_path / "my src"}")' in importing(found)
    assert resolve("pkg.optim", tmp_path / "my src").module == "pkg.optim"
