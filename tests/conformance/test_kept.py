"""Kept truth is the truth: whatever became of the files, the judge says the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import pytest

import gradmark
from gradmark import reference
from gradmark.conformance import cases as corpus
from gradmark.conformance.accuracy import Accuracy, measure
from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import form, variants
from gradmark.conformance.judging import kept as keeping
from gradmark.conformance.judging import provenance as proving
from gradmark.conformance.judging import store
from gradmark.conformance.judging.build import build
from gradmark.conformance.judging.judge import Judgement, judge
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.judging.unfold import Unfolding, unfold
from gradmark.harness.contract import DETERMINED

FORMULA = "huber_loss"  # of which every form is soon evaluated


JUDGE = """
import sys
import numpy as np
from gradmark import reference
from gradmark.conformance.judging.build import build
from gradmark.conformance.judging.judge import judge

def answer(case):
    factor = np.asarray(float(sys.argv[1]), case.dtype)
    return np.asarray(reference.huber_loss(*case.arguments), case.dtype) * factor

for _ in range(3):
    print([repr(judge("huber_loss", dtype, answer)) for dtype in ("float64", "float32")])
"""


def answer(case: Case) -> np.ndarray:
    """Huber's loss of predictions that are off by a little, as in no form: much is compared."""
    y_true, y_pred, *delta = case.arguments
    off = np.asarray(2**-20, case.dtype)
    return np.asarray(reference.huber_loss(y_true, y_pred + off, *delta), case.dtype)


def adagrad(case: Case) -> np.ndarray:
    w, gradients, rates = case.arguments
    hyper: Any = case.hyper
    optimizer, path = reference.Adagrad(lr=rates[0], **hyper), []
    for gradient, optimizer.lr in zip(gradients, rates, strict=True):
        w = optimizer.step(w, gradient + np.asarray(2**-20, case.dtype))
        path.append(w)
    return np.array(path, case.dtype)


def sgd(case: Case) -> np.ndarray:
    w, gradients, rates = case.arguments
    hyper: Any = case.hyper  # options, a switch among them
    optimizer, path = reference.SGD(lr=rates[0], **hyper), []
    for gradient, optimizer.lr in zip(gradients, rates, strict=True):
        w = optimizer.step(w, gradient)
        path.append(w)
    return np.array(path, case.dtype)


def judged(formula: str = FORMULA, its: Callable[[Case], Any] = answer) -> list[Judgement]:
    """Judge in both dtypes as a new process would: with nothing known but what is in files."""
    forget()
    return [judge(formula, dtype, its) for dtype in ("float64", "float32")]


def told(judgements: list[Judgement]) -> list[str]:
    return [repr(judgement) for judgement in judgements]


def forget() -> None:
    keeping.kept.cache_clear()
    keeping.points_met.cache_clear()
    for each in (proving.provenance, proving._sources, proving._arithmetic):
        each.cache_clear()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "SHIPPED", tmp_path / "none")
    forget()
    yield tmp_path / "cache" / "truth"
    forget()


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List what is evaluated of the corpus from here on."""
    asked: list[str] = []

    def noted(variant: Any, case: Case, *, rough: bool) -> Any:
        asked.append(f"{variant.name} {case.id}")
        return unfold(variant, case, rough=rough)

    monkeypatch.setattr(keeping, "unfold", noted)
    return asked


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def of_the_corpus(folder: Path) -> list[str]:
    """List what is kept of forms alone on the corpus, not the points that shrinking met."""
    names = [path.name.rsplit("-", 1)[0] for path in files(folder)]
    return [name for name in names if not name.startswith(("points-", "composed-", "posed-"))]


# --- the same answers -----------------------------------------------------------------------------


def test_what_was_evaluated_once_is_not_evaluated_again(cache: Path, evaluated: list[str]) -> None:
    cold = told(judged())
    assert evaluated
    assert of_the_corpus(cache) == [f"{FORMULA}-float32", f"{FORMULA}-float64"]
    evaluated.clear()
    assert told(judged()) == cold
    assert evaluated == []


def test_nor_is_what_was_changed_for_a_constant_in_the_code(
    cache: Path, evaluated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def baked(epsilon: float) -> str:
        forget()
        poses: Any = lambda case: replace(case, hyper=case.hyper | {"epsilon": epsilon})  # noqa: E731
        return repr(judge("Adagrad", "float64", adagrad, poses=poses))

    cold = baked(1e-6)
    assert evaluated
    evaluated.clear()
    assert baked(1e-6) == cold
    assert evaluated == []
    # The latest stay, where they are too many; within one process, too.
    (path,) = cache.glob("posed-*")
    of_one = store.read([cache], *path.stem.rsplit("-", 1))
    monkeypatch.setattr(keeping, "MOST_POSED", sum(len(its.known) for its in of_one.values()))
    baked(1e-7)
    of_other = store.read([cache], *path.stem.rsplit("-", 1))
    assert of_other
    assert {*of_one}.isdisjoint(of_other)
    assert {*keeping.kept("Adagrad", "float64", "posed")._known} == {*of_other}


def test_another_contender_s_truth_is_the_beginning_of_this_one_s(cache: Path) -> None:
    # Rounded data: every form is refuted elsewhere, and later.
    cold = told(judged())
    for path in files(cache):
        path.unlink()
    judged(its=lambda case: answer(case) + 1)
    assert told(judged()) == cold


def test_what_is_shipped_is_not_evaluated(
    cache: Path, evaluated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = told(judged())
    monkeypatch.setattr(store, "SHIPPED", cache)
    monkeypatch.setenv("GRADMARK_CACHE", str(cache.parent / "another"))
    evaluated.clear()
    assert told(judged()) == cold
    assert evaluated == []
    assert of_the_corpus(cache.parent / "another" / "truth") == []  # there was nothing to add


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _bit_turned(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _foreign(path: Path) -> None:
    path.write_bytes(b"nothing of ours")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _other_arrays(path: Path) -> None:
    np.savez(path, index=np.zeros(3), ends=np.zeros(1), rows=np.zeros((2, 2)))


def _one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _contradiction(path: Path) -> None:
    with np.load(path) as arrays:
        kept = dict(arrays)
    kept["ends"] = kept["ends"] + 1  # more numbers than there are
    np.savez(path, **kept)


def _too_short(path: Path) -> None:
    with np.load(path) as arrays:
        kept = dict(arrays)
    kept["rows"] = kept["rows"][:, :-1]
    np.savez(path, **kept)


def _single(path: Path) -> None:
    with np.load(path) as arrays:
        kept = dict(arrays)
    with np.errstate(over="ignore"):
        kept["rows"] = kept["rows"].astype(np.float32)
    np.savez(path, **kept)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder with all that judging without it evaluated, and what was judged."""
    folder = tmp_path_factory.mktemp("learned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADMARK_CACHE", str(folder))
        patch.setattr(store, "SHIPPED", folder / "none")
        cold = told(judged())
        for dtype in ("float64", "float32"):
            keeping.kept(FORMULA, dtype).keep(late=True)
    return folder / "truth", cold


@pytest.mark.parametrize(
    "spoil",
    [
        _torn,
        _bit_turned,
        _foreign,
        _empty,
        _folder,
        _other_arrays,
        _one_array,
        _contradiction,
        _too_short,
        _single,
    ],
)
@pytest.mark.sweep
def test_a_spoilt_file_is_no_file(
    spoil: Callable[[Path], None],
    learned: tuple[Path, list[str]],
    cache: Path,
    evaluated: list[str],
) -> None:
    folder, cold = learned
    shutil.copytree(folder, cache)
    for path in files(cache):
        spoil(path)
    assert told(judged()) == cold
    assert evaluated


def test_a_cache_that_cannot_be_written_is_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = told(judged())
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path / "file" / "below"))
    assert told(judged()) == cold


def test_a_full_disk_leaves_what_was_there(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Any, **_: np.ndarray) -> None:
        file.write(b"as much as there was room for")
        raise OSError(28, "No space left on device")

    judged(its=lambda case: answer(case) + 1)
    before = {path.name: path.read_bytes() for path in files(cache)}
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        found = told(judged())
        assert {path.name: path.read_bytes() for path in files(cache)} == before
    for path in files(cache):
        path.unlink()
    assert told(judged()) == found


def test_a_little_news_is_written_in_the_end(cache: Path) -> None:
    judged("SGD", lambda case: np.zeros(case.arguments[1].shape))
    its = keeping.kept("SGD", "float64")
    before = [path.read_bytes() for path in files(cache)]
    long = next(case for case in cases("SGD", "float64") if case.id == "long-run")
    news = [its.unfolding(variant, long, rough=False) for variant in variants("SGD")]
    next(one for one in news if not one.whole).more(1)
    its.keep()
    assert [path.read_bytes() for path in files(cache)] == before
    its.keep(late=True)
    assert [path.read_bytes() for path in files(cache)] != before


def test_nothing_imports_mpmath_to_judge_by_truth_old_or_new(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(gradmark.__path__[0]).parent))
    program = f"{JUDGE}\nimport sys\nprint('mpmath' in sys.modules)"
    said = [
        subprocess.run(
            [sys.executable, "-c", program, "1"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert said[0][:-1] == said[1][:-1]
    assert [lines[-1] for lines in said] == ["False", "False"]
    assert files(cache)


@pytest.mark.thorough
def test_what_is_built_is_enough_for_whoever_is_right(
    tmp_path: Path, evaluated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = build(tmp_path / "built", ["relu", "SGD"])
    assert size == sum(path.stat().st_size for path in files(tmp_path / "built"))
    assert of_the_corpus(tmp_path / "built") == [
        "SGD-float32",
        "SGD-float64",
        "relu-float32",
        "relu-float64",
    ]
    monkeypatch.setattr(store, "SHIPPED", tmp_path / "built")
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path / "another"))
    evaluated.clear()
    found = judged("relu", lambda case: reference.relu(case.arguments[0]))
    found += judged("SGD", sgd)
    assert [its.verdict for its in found] == ["conforms"] * 4
    assert evaluated == []


# --- off the corpus -------------------------------------------------------------------------------


def _measured() -> Accuracy:
    forget()
    found, _ = measure(
        form("sigmoid"), "float64", lambda case: reference.sigmoid(case.arguments[0])
    )
    return found


def test_a_search_that_is_repeated_evaluates_nothing(
    evaluated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = _measured()
    assert _measured() == cold

    def again(*_: Any) -> Any:
        raise AssertionError("this was evaluated before")

    evaluated.clear()
    monkeypatch.setattr(keeping, "evaluate", again)
    assert _measured() == cold
    assert evaluated == []


def test_a_point_is_known_by_what_it_asks() -> None:
    one, other = (Case("relu", "grid", (np.array([z]),)) for z in (1.5, 2.5))
    its = keeping.points_met("relu", "float64")
    assert its.at(form("relu"), one).high.tolist() == [1.5]
    assert its.at(form("relu"), other).high.tolist() == [2.5]
    below = Case("relu", "grid", (np.array([-1.5]),))
    assert len({float(its.at(variant, below).high[0]) for variant in variants("relu")}) > 4


def test_of_many_points_the_latest_are_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 3)
    for start in (0.5, 2.5):
        forget()
        its = keeping.points_met("relu", "float64")
        for z in (start, start + 1):
            its.at(form("relu"), Case("relu", "grid", (np.array([z]),)))
        its.keep()
    (path,) = files(cache)
    known = store.read([cache], *path.stem.rsplit("-", 1))
    assert [its.known.high.tolist() for its in known.values()] == [[1.5], [2.5], [3.5]]


# --- two at once ----------------------------------------------------------------------------------


@pytest.mark.thorough
def test_processes_that_judge_at_once_do_not_disturb_each_other(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(gradmark.__path__[0]).parent))
    running = [
        subprocess.Popen([sys.executable, "-c", JUDGE, scale], stdout=subprocess.PIPE, text=True)
        for scale in ("1", "1", "1.5", "2")
    ]
    said = [process.communicate(timeout=300)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4
    again = [
        subprocess.run(
            [sys.executable, "-c", JUDGE, scale], capture_output=True, text=True, check=True
        ).stdout
        for scale in ("1", "1.5", "2")
    ]
    assert said == [again[0], again[0], again[1], again[2]]
    assert "conforms" in again[0]
    assert of_the_corpus(cache) == [f"{FORMULA}-float32", f"{FORMULA}-float64"]
    assert not list(cache.glob(".*"))


def test_what_two_processes_learned_is_joined(cache: Path) -> None:
    variant, (first, second, *_) = form("SGD"), cases("SGD", "float64")
    truth(variant, first).all()
    mine = keeping.kept("SGD", "float64")
    forget()
    truth(variant, second).all()
    keeping.kept("SGD", "float64").keep()
    mine.keep(late=True)
    (path,) = files(cache)
    known = store.read([cache], *path.stem.rsplit("-", 1))
    assert {case for _, case, _ in known} == {first.id, second.id}


# --- of what make ---------------------------------------------------------------------------------


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what kept truth depends on, to be edited."""
    copy = tmp_path / "conformance"
    for room in ("catalogue", "truth", "judging"):
        for path in (proving.CONFORMANCE / room).rglob("*.py"):
            there = copy / path.relative_to(proving.CONFORMANCE)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())
    monkeypatch.setattr(proving, "CONFORMANCE", copy)
    return copy


def make(formula: str, dtype: str = "float64") -> str:
    forget()
    return proving.provenance(formula, dtype)


@pytest.mark.parametrize(
    ("module", "changed", "same"),
    [
        ("catalogue/optimizers/adam.py", ("Adam",), ("SGD", "RMSprop", "relu")),
        ("catalogue/optimizers/adam_mistakes.py", ("Adam",), ("SGD", "sigmoid")),
        ("catalogue/optimizers/steps.py", ("Adam", "SGD", "RMSprop", "SGDMomentum"), ("relu",)),
        ("catalogue/losses/guards.py", ("binary_cross_entropy", "compute_loss"), ("mse_loss",)),
        ("catalogue/activations/sigmoid.py", ("sigmoid", "compute_gradients"), ("Adam",)),
        ("catalogue/variant.py", ("Adam", "relu", "rosenbrock"), ()),
        ("truth/number.py", ("Adam", "relu", "step_decay"), ()),
        ("judging/unfold.py", ("Adam", "relu", "step_decay"), ()),
    ],
)
@pytest.mark.sweep
def test_an_edit_is_another_make_of_what_depends_on_it(
    module: str, changed: tuple[str, ...], same: tuple[str, ...], sources: Path
) -> None:
    before = {formula: make(formula) for formula in (*changed, *same)}
    assert before == {formula: make(formula) for formula in before}
    with (sources / module).open("a", encoding="utf-8") as file:
        file.write("\n# edited\n")
    after = {formula: make(formula) for formula in before}
    assert {formula for formula in before if after[formula] != before[formula]} == set(changed)


def test_another_case_is_another_make(monkeypatch: pytest.MonkeyPatch) -> None:
    before = make("relu")
    one, *others = cases("relu", "float64")
    (z,) = one.arguments
    moved = Case(one.formula, one.id, (np.nextafter(z, 9),), dtype=one.dtype)
    monkeypatch.setattr(proving, "cases", lambda *_: (moved, *others))
    assert make("relu") != before
    monkeypatch.setattr(proving, "cases", corpus.cases)
    assert make("relu") == before
    assert make("relu", "float32") != before


def test_other_arithmetic_is_another_make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = make("relu")
    (tmp_path / "gmpy2").mkdir()
    (tmp_path / "gmpy2" / "__init__.py").write_text("__version__ = '9'\n")
    spec = type("Spec", (), {"origin": str(tmp_path / "gmpy2" / "__init__.py")})
    monkeypatch.setattr(proving, "find_spec", lambda _: spec)
    first = make("relu")
    (tmp_path / "gmpy2-9.1.dist-info").mkdir()
    second = make("relu")
    (tmp_path / "gmpy2" / "__init__.py").write_text("__version__ = '10'\n")
    assert len({before, first, second, make("relu")}) == 4


def _modules_of(body: Any, found: set[Path], seen: set[int]) -> None:
    """Follow what a body names and encloses, to the files of the catalogue that its code is in."""
    body = getattr(body, "func", body)  # of a partial
    if id(body) in seen or not isinstance(body, FunctionType | type | tuple):
        return
    seen.add(id(body))
    if isinstance(body, tuple):
        for its in body:
            _modules_of(its, found, seen)
    elif isinstance(body, type):
        for its in vars(body).values():
            _modules_of(getattr(its, "fget", its), found, seen)
    elif body.__globals__["__name__"].startswith(proving.CATALOGUE):
        found.add(Path(body.__globals__["__file__"]).resolve())
        for cell in body.__closure__ or ():
            _modules_of(cell.cell_contents, found, seen)
        names = {name for code in _codes(body.__code__) for name in code.co_names}
        for name in names & set(body.__globals__):
            _modules_of(body.__globals__[name], found, seen)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


@pytest.mark.parametrize("formula", DETERMINED)
@pytest.mark.sweep
def test_every_module_that_a_form_runs_is_known(formula: str) -> None:
    needed: set[Path] = set()
    for variant in variants(formula):
        _modules_of(variant.body, needed, set())
    assert needed
    assert needed <= {path.resolve() for path in proving.modules(formula)}


def test_files_of_old_makes_go_but_for_the_latest(cache: Path) -> None:
    unfolding = Unfolding(lambda: iter([]))
    known = {("canonical", "one", False): store.Known(unfolding.known, [], whole=True)}
    for number in range(6):
        store.write(cache, "relu-float64", f"{number}", known)
        store.write(cache, "relu-float32", "other", known)
    names = [path.name for path in files(cache)]
    assert len(names) == store.OLD + 2
    assert {"relu-float32-other.npz", "relu-float64-5.npz", "relu-float64-4.npz"} <= set(names)


def test_a_case_of_the_same_name_is_not_the_corpus_s() -> None:
    one = cases("relu", "float64")[0]
    other = Case(one.formula, one.id, (np.array(7.0),))
    assert truth(form("relu"), other).all().high.tolist() == [7.0]
    assert truth(form("relu"), one).all().high.tolist() == [2.5]
