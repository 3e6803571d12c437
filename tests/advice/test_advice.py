"""Somebody has a wrong file, and wants to know which line to change."""

import ast
import json
from pathlib import Path

import pytest

from gradmark.command import main
from gradmark.conformance.advice.mending import _gives_up
from gradmark.conformance.edits.repairs import Repair, repairs
from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.contenders import contender, surroundings
from gradmark.harness.links import PAPERS, links
from gradmark.harness.resolve import Target, resolve
from gradmark.harness.results import read_results
from gradmark.harness.sources import Sources
from gradmark.summary import lines

ADAM = """import numpy as np

print("imported")


class Adam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m = self.v = 0.0
        self.t = 0

    def step(self, w, grad):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2  # of squares
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + self.epsilon)
"""
STEP_DECAY = """def step_decay(epoch, initial_lr, drop, epochs_drop):
    return initial_lr * drop ** (epoch // epochs_drop)
"""
MSE = """import numpy as np


def mse_loss(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)
"""


ADAGRAD = """import numpy as np


def make_adagrad(lr=0.01, eps=1e-10):
    kept = {"sum": 0.0}

    def step(w, g):
        kept["sum"] = kept["sum"] + g**2
        return w - lr * g / (np.sqrt(kept["sum"]) + eps)

    return step
"""


@pytest.mark.parametrize(
    ("source", "formula", "right", "wrong"),
    [
        (ADAM, "Adam", "(1 - self.beta1**self.t)", "(1 - self.beta1)"),
        (STEP_DECAY, "step_decay", "drop ** (", "drop * ("),
        (MSE, "mse_loss", "** 2", "** 3"),
        (ADAGRAD, "Adagrad", "+ g**2", "+ g"),  # one that cannot be asked everything
    ],
)  # fmt: skip
@pytest.mark.thorough
def test_the_slip_is_undone_in_its_own_line(
    source: str, formula: str, right: str, wrong: str, tmp_path: Path
) -> None:
    """The edit gives back the very line that was there, comments and all, and the rest is kept."""
    made = tmp_path / "mine.py"
    assert source.count(right) == 1
    made.write_text(source.replace(right, wrong), encoding="utf-8")
    settings = Settings(examples=1, quick=True, advise="float64")
    with contender(resolve(str(made), tmp_path)) as mine:
        verdict = [*examine(mine, formula, "float64", settings)][-1]
    edit = verdict["advice"]["edit"]
    line = next(text for text in source.splitlines() if right in text).strip()
    assert edit["before"] == line.replace(right, wrong)
    assert edit["after"].replace(" ", "") == line.replace(" ", "")
    assert verdict["line"] == edit["line"]
    assert made.read_text(encoding="utf-8") == source.replace(right, wrong)


def test_a_module_of_a_package_is_edited_and_may_follow_a_convention(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .inner import mse_loss\n")
    right = MSE.replace("np.mean(", "0.5 * np.mean(")
    (folder / "inner.py").write_text(right.replace("** 2", "** 3"))
    settings = Settings(examples=1, quick=True, advise="float64")
    with contender(resolve("pack", tmp_path)) as mine:
        verdict = [*examine(mine, "mse_loss", "float64", settings)][-1]
    assert verdict["file"].endswith("pack/inner.py")
    edit = verdict["advice"]["edit"]
    assert edit["after"] == "return 0.5 * np.mean((y_true - y_pred) ** 2)"
    assert edit["follows"].startswith("Half the mean of the squares")
    assert f"then a copy follows another documented form: {edit['follows']}:" in "\n".join(
        lines([verdict])
    )


def test_of_two_edits_the_one_that_keeps_what_is_there_is_told_first() -> None:
    its = Target("mine", path=Path("mine.py"), sources=Sources(texts={Path("mine.py"): b"f(a, b)"}))
    given_up = [
        _gives_up(Repair(source=text, line=1, before="", after=""), its, Path("mine.py"))
        for text in ("f(a, a)", "f(b, a)", "f(a, b, c)")
    ]
    assert given_up == [True, False, False]


def test_a_line_that_is_missing_is_put_in(tmp_path: Path) -> None:
    made = tmp_path / "mine.py"
    made.write_text(ADAM.replace("        self.t += 1\n", ""), encoding="utf-8")
    text = made.read_text(encoding="utf-8")
    found = [r for r in repairs(text, "Adam") if r.after == "self.t += 1"]
    assert any(ast.dump(ast.parse(r.source)) == ast.dump(ast.parse(ADAM)) for r in found)


MEAN = "def average(old, new, b):\n    return b * old + (1 - b) * new\n"
USER = """class Momentum:
    def step(self, w, grad):
        self.v = average(self.v, grad, self.momentum)
        return w - self.lr * self.v
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("b * old + (1 - b) * new", "(1 - b) * old + b * new"),
        ("b * old + (1 - b) * new ** 2", "b * old + ((1 - b) * new) ** 2"),
        ("old.mul_(b).add_(new, alpha=1 - b)", "old.mul_(1 - b).add_(new, alpha=b)"),
        ("(1 - b) * (new ** 2 - old)", "(1 - b) * (new - old) ** 2"),
        ("new * (old > 0)", "new * old"),
        ("b * (new / old)", "b * old"),
        ("torch.exp(-torch.abs(old))", "torch.exp(-old)"),
        ("b * old + 0.044715 * new", "b * old + 0.044751 * new"),
    ],
)
def test_what_a_definition_makes_use_of_is_edited_too(right: str, wrong: str) -> None:
    helper = MEAN.replace("b * old + (1 - b) * new", wrong)
    found = [r for r in repairs(f"{helper}\n\n{USER}", "Momentum") if r.line == 2]
    assert f"return {right}" in [r.after for r in found]


def test_in_a_notebook_it_is_a_line_of_a_cell(tmp_path: Path) -> None:
    cells = [("markdown", "# Losses"), ("code", "import numpy as np\n%matplotlib inline"),
             ("code", MSE.split("\n\n\n")[1].replace("** 2", "** 3"))]  # fmt: skip
    told = [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in cells]
    made = tmp_path / "mine.ipynb"
    made.write_text(json.dumps({"cells": told}), encoding="utf-8")
    settings = Settings(examples=1, quick=True, advise="float32")
    with contender(resolve(str(made), tmp_path)) as mine:
        verdict = [*examine(mine, "mse_loss", "float32", settings)][-1]
    assert (verdict["advice"]["edit"]["cell"], verdict["advice"]["edit"]["line"]) == (3, 2)
    assert "line" not in verdict
    where = f"{verdict['file']}, cell 3, line 2"
    assert any(where in line for line in lines([verdict], advised=True))


def test_the_line_to_change_is_looked_for_where_the_file_runs() -> None:
    wrong = {"formula": "relu", "dtype": "float32", "verdict": "deviates", "variant": None,
             "detail": "", "file": "my relu.py"}  # fmt: skip
    *_, hint = lines([wrong], surroundings("py", ["torch"], ""))
    assert hint.endswith("gradmark check 'my relu.py' --python py --with torch --advise")
    assert not any("--advise" in line for line in lines([wrong], advised=True))


KEPT_IN_A_DICT = """def adam(w, dw, config):
    config['t'] += 1
    config['v'] = config['beta2'] * config['v'] + (1 - config['beta2']) * dw**2
    return w - dw / config['v'] ** 0.5
"""


def test_what_is_kept_in_a_dict_is_corrected_too() -> None:
    found = [r.after for r in repairs(KEPT_IN_A_DICT, "adam")]
    right = "return w - dw / (config['v'] / (1 - config['beta2'] ** config['t'])) ** 0.5"
    assert right in found[: len(found) // 2]


WRONG_TWICE = """import numpy as np


def mse_loss(y_true, y_pred):
    off = y_true - y_pred + (np.size(y_true) > 1000)
    return np.mean(off**2) + 3 * (np.size(y_true) > 1000)
"""


@pytest.mark.parametrize(
    "source",
    [
        "def mse_loss(y_true, y_pred):\n    return 0.0\n",
        WRONG_TWICE,  # for large arrays alone: edits there answer all other questions
    ],
)
@pytest.mark.thorough
def test_what_no_edit_of_a_line_mends_gets_no_edit(source: str, tmp_path: Path) -> None:
    made = tmp_path / "mine.py"
    made.write_text(source, encoding="utf-8")
    settings = Settings(examples=1, quick=True, advise="float64")
    with contender(resolve(str(made), tmp_path)) as mine:
        verdict = [*examine(mine, "mse_loss", "float64", settings)][-1]
    assert verdict["verdict"] == "deviates"
    assert "edit" not in verdict.get("advice", {})


def test_each_edit_is_of_one_line_and_is_python() -> None:
    seen = list(repairs(ADAM, "Adam"))
    assert len({repair.source for repair in seen}) == len(seen)
    for repair in seen[:: len(seen) // 100]:
        ast.parse(repair.source)
        assert "# of squares" in repair.source or "# of squares" in repair.before
        before, after = ADAM.splitlines(), repair.source.splitlines()
        if not repair.above:
            assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


@pytest.mark.thorough
def test_the_command_line_shows_the_line_the_numbers_the_cost_and_where_to_read_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(ADAM.replace("self.t = 0", "self.t = 1"), encoding="utf-8")
    quick = ["--formula", "Adam", "--dtype", "float64", "--examples", "1", "--quiet"]
    assert main(["check", "mine.py", "--advise", "--results", "run.jsonl", *quick]) == 1
    told = capsys.readouterr().out
    assert "change mine.py, line 10" in told
    assert "- self.t = 1" in told
    assert "+ self.t = 0" in told
    assert "in training: visible" in told
    assert "https://arxiv.org/abs/1412.6980" in told
    (verdict,) = read_results(Path("run.jsonl")).of_kind("verdict")
    steps = verdict["advice"]["steps"]
    assert [row["variable"] for row in steps[:4]] == ["t", "m", "v", "step"]
    assert (steps[0]["expected"], steps[0]["got"]) == ("1", "2")
    assert [row["step"] for row in steps][::4] == [1, 2, 3]


def test_explaining_a_form_says_the_same_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "Adam:epsilon-inside-root-of-second-moment"]) == 0
    told = capsys.readouterr().out
    assert "not the formula itself" in told
    assert "https://github.com/google-deepmind/optax/" in told
    assert "√(v / (1 − β₂ᵗ) + ε)" in told
    assert "in training, beside the canonical form" in told


def test_addresses_are_whole_and_of_known_places() -> None:
    places = ("https://arxiv.org/abs/", "https://doi.org/10.", "https://www.cs.toronto.edu/")
    assert all(address.startswith(places) for address in PAPERS.values())
    assert links("a form of one's own") == []
