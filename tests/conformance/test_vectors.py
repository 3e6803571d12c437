"""The certified vectors: what is read in the files, in any language, is what gradmark judges by.

The files are read here by hand, with nothing of what wrote them.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from math import copysign, inf, isinf, isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema_rs import Draft202012Validator, ValidationError, meta

from gradmark import reference
from gradmark.command import main
from gradmark.conformance.cases import SEED, Case, cases, corpus_hash
from gradmark.conformance.cases.left_out import LEFT_OUT
from gradmark.conformance.catalogue import variants
from gradmark.conformance.judging.unfold import evaluate, unfold
from gradmark.conformance.truth import REAL, real
from gradmark.conformance.truth.reals import digits
from gradmark.conformance.vectors import differences, spelled, write
from gradmark.conformance.vectors.certificate import certified
from gradmark.conformance.vectors.document import certificates, head, listed
from gradmark.conformance.vectors.numerals import decimal, nearest
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.resolve import CHECKOUT
from tests.conformance.in_mpmath import in_mpmath, mp

FOLDER = CHECKOUT / "conformance" / "vectors"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
DTYPES = ("float64", "float32")
OPTIMIZERS = [name for name, formula in CONTRACT.items() if formula.kind == "optimizer"]

every_formula = pytest.mark.parametrize("formula", DETERMINED)


DIGIT = Fraction(1, 10**49)  # one unit of the fiftieth digit, at most, of what has fifty


@cache
def read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


# --- a reader's own loader ------------------------------------------------------------------------


def load_number(spelled: str | int) -> float | int:
    return float.fromhex(spelled) if isinstance(spelled, str) else spelled


def load_array(array: dict[str, Any]) -> np.ndarray:
    data = array["data"]
    texts = [data[place] for place in array["at"]] if "at" in array else data
    wide = np.array([float.fromhex(text) for text in texts], dtype=float)
    values = wide.astype(array["dtype"])
    assert np.array_equal(values.astype(float), wide, equal_nan=True)  # each fits its dtype
    return values.reshape(array["shape"])


def load_argument(given: Any) -> Any:
    if isinstance(given, list):
        return [load_argument(item) for item in given]
    return load_array(given) if isinstance(given, dict) else load_number(given)


def load_case(formula: str, case: dict[str, Any]) -> Case:
    arguments = {name: load_argument(given) for name, given in case["arguments"].items()}
    hyper = {name: load_number(given) for name, given in case.get("hyper", {}).items()}
    if "rates" in arguments:
        rates = arguments["rates"]
        assert isinstance(rates, np.ndarray)
        return Case(
            formula,
            case["id"],
            (arguments["w"], arguments["gradients"], rates.tolist()),
            hyper,
            case["dtype"],
        )
    return Case(formula, case["id"], tuple(arguments.values()), hyper, case["dtype"])


def allowed(document: dict[str, Any], dtype: str, error: float | str) -> Fraction:
    tolerance = document["tolerance"]
    u, tiny = (Fraction(float.fromhex(tolerance[name][dtype])) for name in ("roundoff", "tiny"))
    return Fraction(tolerance["factor"]) * u * Fraction(error) + tiny


def parts(answer: Any) -> Iterator[np.ndarray]:
    if not isinstance(answer, tuple | list):
        yield np.asarray(answer)
        return
    for part in answer:
        yield from parts(part)


def answers(case: Case) -> list[np.ndarray]:
    """Ask the reference: one array, one for each gradient, or one for each step."""
    body = getattr(reference, case.formula)
    if case.formula not in OPTIMIZERS:
        answer = body(*case.arguments)
        return list(parts(answer))
    w, gradients, rates = case.arguments
    optimizer, path = body(lr=rates[0], **case.hyper), []
    for gradient, optimizer.lr in zip(gradients, rates, strict=True):
        w = optimizer.step(w, gradient)
        path.append(w)
    return path


def outputs(formula: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for case in read(formula)["cases"]:
        for output in case["outputs"]:
            yield case, output


# --- what the files say ---------------------------------------------------------------------------


@every_formula
def test_what_is_read_back_is_what_contenders_are_asked(formula: str) -> None:
    document = read(formula)
    asked = [case.canonical_bytes() for dtype in DTYPES for case in listed(formula, dtype)]
    assert [load_case(formula, case).canonical_bytes() for case in document["cases"]] == asked
    assert document["provenance"]["corpus"] == {"seed": SEED, "hash": corpus_hash(formula)}


@every_formula
@pytest.mark.sweep
def test_the_reference_agrees_with_every_output(formula: str) -> None:
    document = read(formula)
    for case in document["cases"]:
        got = answers(load_case(formula, case))
        for place, output in enumerate(case["outputs"]):
            part = got[output.get("step", place + 1) - 1]
            assert list(part.shape) == output["shape"]
            columns = (output["data"], output["value"], output["error"])
            for x, data, value, error in zip(part.ravel().tolist(), *columns, strict=True):
                where = f"{case['id']}, {case['dtype']}, {output.get('step', place)}: {value}"
                if not np.isfinite(float.fromhex(data)):
                    np.testing.assert_equal(x, float.fromhex(data), err_msg=where)
                    continue
                truth, rounded = Fraction(value), Fraction(float.fromhex(data))
                limit = allowed(document, case["dtype"], error) + DIGIT * abs(truth)
                assert abs(Fraction(x) - truth) <= limit, where
                # Whoever compares with what is rounded to the dtype is not misled.
                assert abs(rounded - truth) <= limit, where
                assert abs(Fraction(x) - rounded) <= limit, where


def _named(returns: str, count: int, arguments: Any) -> list[str | None]:
    """Name what comes back, by the row: in parentheses several, else a list like its argument."""
    if returns.startswith("("):
        names = [part.split(" like ")[0] for part in returns.strip("()").split(", ")]
        lists = [(name, arguments.get(name.removeprefix("d"))) for name in names]
        return [
            f"{name}[{i}]" if isinstance(given, list) else name
            for name, given in lists
            for i in range(len(given) if isinstance(given, list) else 1)
        ]
    if returns.startswith("list like "):
        return [f"{returns.removeprefix('list like ')}[{i}]" for i in range(count)]
    return [None] * count


@every_formula
def test_the_outputs_are_named_as_the_contract_names_them(formula: str) -> None:
    for case in read(formula)["cases"]:
        names = [output.get("name") for output in case["outputs"]]
        steps = [output.get("step") for output in case["outputs"]]
        assert names == _named(CONTRACT[formula].returns, len(steps), case["arguments"])
        if formula not in OPTIMIZERS:
            assert steps == [None] * len(names)
            continue
        last = len(load_array(case["arguments"]["rates"]))
        if last <= 32:
            assert steps == list(range(1, last + 1))
    if formula in OPTIMIZERS:
        (long,) = {
            tuple(output["step"] for output in case["outputs"])
            for case in read(formula)["cases"]
            if case["id"] == "long-run"
        }
        assert long == (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1098, 1099, 1100)


@every_formula
@pytest.mark.sweep
def test_the_rounded_value_is_the_nearest_number_of_the_dtype(formula: str) -> None:
    for case, output in outputs(formula):
        dtype = case["dtype"]
        step = np.float32 if dtype == "float32" else np.float64
        for data, value in zip(output["data"], output["value"], strict=True):
            x = float.fromhex(data)
            if isnan(x) or isinf(x):
                assert value in (data, "nan") or abs(Fraction(value)) > np.finfo(dtype).max
                continue
            # Fifty digits do not tell what is exactly half-way.
            miss = abs(Fraction(x) - Fraction(value)) - DIGIT * abs(Fraction(value))
            for direction in (-inf, inf):
                with np.errstate(over="ignore"):
                    beside = float(np.nextafter(step(x), step(direction)))
                if not isinf(beside):
                    assert miss <= abs(Fraction(beside) - Fraction(value)), (case["id"], data)


@every_formula
@pytest.mark.sweep
def test_another_evaluation_with_thirty_more_digits_has_the_same_fifty(formula: str) -> None:
    canonical = variants(formula)[0]
    for case in (case for dtype in DTYPES for case in listed(formula, dtype)):
        if case.formula in OPTIMIZERS and len(case.arguments[2]) > 32:
            continue
        (written,) = [
            entry
            for entry in read(formula)["cases"]
            if (entry["id"], entry["dtype"]) == (case.id, case.dtype)
        ]
        values = [value for output in written["outputs"] for value in output["value"]]
        with digits(80):
            truth = [number for part in unfold(canonical, case) for number in part]
            for value, number in zip(values, truth, strict=True):
                if not number.value.is_finite():
                    assert float(value) == float(number.value) or isnan(float(value))
                    continue
                # Half a unit of the fiftieth digit by rounding; ten spare digits leave room for
                # 10⁹ roundings of the evaluation, so that another half is plenty.
                true = in_mpmath(number.value)
                scale = max(mp.mpf(number.scale), abs(true))
                digit = mp.mpf(10) ** (mp.floor(mp.log10(scale)) - 49) if scale else 0
                assert abs(mp.mpf(value) - true) <= digit, (case.id, value)


# --- what the cases tell apart --------------------------------------------------------------------


def told_apart(formula: str, case: str, dtype: str = "float64") -> set[str]:
    (found,) = [c for c in read(formula)["cases"] if (c["id"], c["dtype"]) == (case, dtype)]
    return set(found["tells_apart"])


@every_formula
def test_every_flag_names_a_variant_of_the_file_and_of_the_catalogue(formula: str) -> None:
    document = read(formula)
    known = {v.name: {d: v.kind(d) for d in DTYPES} for v in variants(formula)[1:]}
    listed = {name: {d: v[d] for d in DTYPES} for name, v in document["variants"].items()}
    assert listed == known
    assert {name for case in document["cases"] for name in case["tells_apart"]} <= set(known)


@every_formula
@pytest.mark.sweep
def test_a_flag_means_that_the_answer_of_that_form_is_further_off_than_allowed(
    formula: str,
) -> None:
    document = read(formula)
    asked = {case.id: case for case in cases(formula, "float32")}
    small = [case for case in document["cases"] if case["dtype"] == "float32"][:4]
    for case in small:
        numbers = [
            entry
            for output in case["outputs"]
            for entry in zip(output["value"], output["error"], strict=True)
        ]
        for variant in variants(formula)[1:]:
            with np.errstate(over="ignore"):
                answer = [float(np.float32(float(n))) for n in evaluate(variant, asked[case["id"]])]
            refused = not all(
                isclose(x, float(value), allowed(document, "float32", error))
                for x, (value, error) in zip(answer, numbers, strict=True)
            )
            assert refused == (variant.name in case["tells_apart"]), (case["id"], variant.name)


def isclose(x: float, truth: float, limit: Fraction) -> bool:
    truth = truth if isnan(truth) or abs(truth) < 2.0**128 else copysign(inf, truth)
    if isnan(truth) or isinf(truth) or isnan(x) or isinf(x):
        return x == truth or (isnan(x) and isnan(truth))
    return abs(Fraction(x) - Fraction(truth)) <= limit


def test_flags_are_what_a_reader_can_work_out_by_hand() -> None:
    # At 0 alone the conventions of ReLU' differ.
    at_zero = {"half-at-zero", "one-at-zero"}
    assert at_zero <= told_apart("relu_derivative", "kink")
    assert not at_zero & told_apart("relu_derivative", "ordinary")
    # A first step knows nothing of momentum, and a constant rate nothing of where it stands.
    assert "velocity-forgotten" not in told_apart("SGDMomentum", "first-step")
    assert "velocity-forgotten" in told_apart("SGDMomentum", "two-steps")
    assert "lr-outside-velocity" not in told_apart("SGDMomentum", "two-steps")
    assert "lr-outside-velocity" in told_apart("SGDMomentum", "rate-changes")
    # −log 0 is infinite without a guard, and log ½ needs none.
    assert "unguarded" in told_apart("binary_cross_entropy", "sure-and-wrong-at-1")
    assert "unguarded" not in told_apart("binary_cross_entropy", "column")


# --- the schema, and the documentation ------------------------------------------------------------

SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    meta.validate(SCHEMA)


@pytest.mark.parametrize("name", [*DETERMINED, "index"])
def test_every_file_is_as_the_schema_says(name: str) -> None:
    VALIDATOR.validate(read(name))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2),
        (("formulae",), "Adam"),
        (("tolerance", "factor"), 0),
        (("cases", 0, "arguments", "w", "data"), [0.5]),
        (("cases", 0, "arguments", "w", "data"), ["0x2.0p+0"]),
        (("cases", 0, "arguments", "w", "dtype"), "float16"),
        (("cases", 0, "outputs", 0, "value"), ["0x1.0p+0"]),
        (("cases", 0, "outputs", 0, "error"), [-1]),
        (("cases", 0, "outputs"), []),
        (("cases", 0, "tells_apart"), ["amsgrad", "amsgrad"]),
        (("cases", 0, "hyper", "beta1"), 0.9),
    ],
)
def test_the_schema_refuses_anything_else(path: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy({**read("Adam"), "cases": read("Adam")["cases"][:1]})
    VALIDATOR.validate(document)
    *way, last = path
    place = document
    for key in way:
        place = place[key]
    place[last] = value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


def _fields(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _fields(inner)


def test_every_field_is_explained() -> None:
    fields = set(_fields(SCHEMA))
    assert len(fields) > 20
    assert {field for field in fields if f"`{field}`" not in README} == set()


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (FOLDER / link).exists()] == []


(EXAMPLE,) = re.findall(r"^```js\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def _numerals() -> list[str]:
    """Every binary number in the files, and those at the ends of the range."""
    texts = {
        "nan",
        "inf",
        "-inf",
        *(x.hex() for x in (-0.0, 5e-324, 2.0**-1022, np.finfo(float).max)),
    }
    for path in FOLDER.glob("*.json"):
        texts |= set(re.findall(r'"(-?0x[^"]+)"', path.read_text(encoding="utf-8")))
    texts.discard("")
    return sorted(text for text in texts if re.fullmatch(r"[-+.0-9a-fxpin]+", text))


def test_the_example_outside_python_reads_every_number_and_finds_what_is_wrong() -> None:
    pattern = re.findall(r"/(\^.*\$)/\.exec", EXAMPLE)[0]
    texts = _numerals()
    assert len(texts) > 1000
    for text in texts:  # the example's own pattern, so that it is tried where there is no Node too
        if match := re.fullmatch(pattern, text):
            sign, one, rest, power = match.groups()
            number = float(sign + "1") * int(one + rest, 16) * 2.0 ** (int(power) - 4 * len(rest))
            assert struct.pack("<d", number) == struct.pack("<d", float.fromhex(text))
        else:
            assert text in ("nan", "inf", "-inf")
    node = shutil.which("node")
    if node is None:
        return

    def run(program: str, given: str = "") -> str:
        command = [node, "--input-type=module", "--eval", program]
        done = subprocess.run(
            command, input=given, cwd=CHECKOUT, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert run(EXAMPLE) == ""
    wrong = EXAMPLE.replace("Math.exp(-z)", "Math.exp(z)")
    assert "near-zero: sigmoid(-1e-8) is 0.4999999975, got 0.5000000025\n" in run(wrong)
    inexact = EXAMPLE.replace("1 / (1 +", "(1 + 1e-14) / (1 +")
    assert "zero: sigmoid(0) is 0.5, got 0.50000000000000" in run(inexact)
    # Every number, by the bits that JavaScript makes of it.
    bits = """
    for (const text of readFileSync(0, "utf8").split(" ")) {
      const buffer = Buffer.alloc(8);
      buffer.writeDoubleLE(number(text));
      console.log(buffer.toString("hex"));
    }"""
    expected = [struct.pack("<d", float.fromhex(text)).hex() for text in texts]
    assert run(EXAMPLE + bits, " ".join(texts)).split() == expected


# --- how numbers are spelled ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "dtype", "rounded"),
    [
        (Fraction("0.1"), "float64", 0.1),
        (Fraction("-0.1"), "float64", -0.1),
        (0, "float32", 0.0),
        # Ties go to the even neighbour, and what is just beyond a tie does not.
        (1 + Fraction(2) ** -53, "float64", 1.0),
        (1 + 3 * Fraction(2) ** -53, "float64", 1 + 2.0**-51),
        (1 + Fraction(2) ** -53 + Fraction(2) ** -150, "float64", 1 + 2.0**-52),
        # Once: by way of float64 this would be a tie, and would go down.
        (1 + Fraction(2) ** -24 + Fraction(2) ** -60, "float32", 1 + 2.0**-23),
        # Subnormal numbers have fewer digits.
        (Fraction(2) ** -1075 * Fraction("1.01"), "float64", 5e-324),
        (Fraction(2) ** -1075, "float64", 0.0),
        (3 * Fraction(2) ** -150, "float32", 2.0**-148),
        # Overflow begins half a unit beyond the largest number.
        (Fraction(2) ** 128 - Fraction(2) ** 103 - 1, "float32", float(np.finfo("float32").max)),
        (Fraction(2) ** 128 - Fraction(2) ** 103, "float32", inf),
        (-(Fraction(2) ** 5000), "float64", -inf),
        (inf, "float64", inf),
        (nan, "float32", nan),
    ],
)
def test_a_value_is_rounded_once_to_the_nearest(value: Any, dtype: str, rounded: float) -> None:
    np.testing.assert_equal(nearest(real(value), dtype), rounded)


@pytest.mark.parametrize(
    ("top", "bottom", "text"),
    [
        (1, 2, "0.5"),
        (0, 1, "0"),
        (-(2**70), 1, "-1180591620717411303424"),
        (1, 3, "0." + 50 * "3"),
        (2, 3 * 10**30, "6." + 48 * "6" + "7E-31"),
        (nan, 1, "nan"),
        (inf, 1, "inf"),
        (inf, -1, "-inf"),
    ],
)
def test_a_decimal_has_fifty_digits_at_most(top: Any, bottom: int, text: str) -> None:
    with digits(60):
        assert decimal(REAL.div(top, bottom)) == text


def test_numbers_that_json_lacks_are_kept() -> None:
    odd = np.array([nan, inf, -inf, -0.0, 5e-324])
    document = certified(Case("relu", "odd", (odd,)))
    text = json.dumps(document, allow_nan=False)
    assert document["arguments"]["z"]["data"] == [
        *("nan", "inf", "-inf", "-0x0.0p+0", "0x0.0000000000001p-1022")
    ]
    (case,) = [load_case("relu", json.loads(text))]
    np.testing.assert_array_equal(case.arguments[0], odd)
    assert copysign(1, case.arguments[0][3]) == -1
    (output,) = document["outputs"]
    assert output["data"][:3] == ["nan", "inf", "0x0.0p+0"]
    assert output["value"][:3] == ["nan", "inf", "0"]


def test_an_array_without_entries_keeps_its_shape() -> None:
    empty = np.zeros((0, 3), "float32")
    document = certified(Case("sigmoid", "empty", (empty,), dtype="float32"))
    assert document["arguments"]["z"] == {"dtype": "float32", "shape": [0, 3], "data": []}
    assert load_case("sigmoid", document).arguments[0].shape == (0, 3)
    (output,) = document["outputs"]
    assert (output["shape"], output["data"], output["value"]) == ([0, 3], [], [])


def test_what_float32_cannot_hold_is_infinite_beside_its_value() -> None:
    far = np.array([1e25, 0.0], "float32")
    (output,) = certified(Case("rosenbrock", "far", (far,), dtype="float32"))["outputs"]
    assert output["data"] == ["inf"]
    x = Fraction(float(far[0]))
    exact = (1 - x) ** 2 + 100 * x**4
    assert abs(Fraction(output["value"][0]) - exact) <= DIGIT * exact
    assert output["ulp"] == [None]


# --- how the files are made -----------------------------------------------------------------------


@every_formula
@pytest.mark.sweep
def test_the_first_case_of_each_dtype_is_made_again_bit_for_bit(formula: str) -> None:
    document = read(formula)
    assert {name: document[name] for name in document if name != "cases"} == head(formula)
    for dtype in DTYPES:
        written = next(case for case in document["cases"] if case["dtype"] == dtype)
        assert certified(cases(formula, dtype)[0]) == written


def test_the_index_knows_every_file_by_its_bytes() -> None:
    files = {path.name for path in FOLDER.glob("*.json")} - {"index.json", "schema.json"}
    index = read("index")
    assert files == set(index["files"]) == {f"{formula}.json" for formula in DETERMINED}
    for name, entry in index["files"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == entry["sha256"]
        assert f"{entry['formula']}.json" == name
        assert len(read(entry["formula"])["cases"]) == entry["cases"]


def test_the_files_stay_small() -> None:
    sizes = [path.stat().st_size for path in FOLDER.glob("*.json")]
    assert max(sizes) < 500_000
    assert sum(sizes) < 100_000 * len(DETERMINED)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let the command make one small file."""
    document = {**read("relu"), "cases": read("relu")["cases"][:2]}
    monkeypatch.setattr("gradmark.conformance.vectors.documents", lambda **_: {"relu": document})
    return document


def test_the_check_passes_on_what_was_written_and_writes_nothing(
    few: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vectors", "--check", f"--folder={tmp_path}"]) == 1
    assert capsys.readouterr().err == "relu.json: missing\nindex.json: missing\n"
    assert list(tmp_path.iterdir()) == []
    assert main(["vectors", f"--folder={tmp_path}"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"relu.json", "index.json"}
    assert json.loads((tmp_path / "relu.json").read_text(encoding="utf-8")) == few
    assert main(["vectors", "--check", f"--folder={tmp_path}"]) == 0
    assert capsys.readouterr().err == ""


def test_a_quick_check_tries_one_case_in_four_with_the_other_forms_and_computes_every_number(
    tmp_path: Path,
) -> None:
    forged = copy.deepcopy(read("relu"))
    for case in forged["cases"]:
        case["tells_apart"], case["outputs"] = ["forged"], []
    (tmp_path / "relu.json").write_text(json.dumps(forged), encoding="utf-8")
    written = [case for case in read("relu")["cases"] if case["dtype"] == "float64"]
    found = certificates("relu", "float64", tmp_path)
    assert [case["outputs"] for case in found] == [case["outputs"] for case in written]
    believed = [case["id"] for case in found if case["tells_apart"] == ["forged"]]
    assert 0 < len(believed) < len(found)
    others = [case["id"] for case in written if case["id"] not in believed]
    assert [case for case in found if case["id"] in others] == [
        case for case in written if case["id"] in others
    ]


def test_files_that_are_not_there_are_not_believed(tmp_path: Path) -> None:
    written = [case for case in read("relu")["cases"] if case["dtype"] == "float64"]
    assert certificates("relu", "float64", tmp_path) == written


def test_what_is_written_is_computed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vectors", "--quick"]) == 2
    assert "--quick: expected --check beside it" in capsys.readouterr().err


def test_the_check_names_the_very_number_that_differs(few: dict[str, Any], tmp_path: Path) -> None:
    files = spelled({"relu": few})
    write(tmp_path, files)
    path = tmp_path / "relu.json"
    text = path.read_text(encoding="utf-8")
    first = few["cases"][0]

    def named(changed: str) -> str:
        path.write_text(changed, encoding="utf-8")
        (line,) = differences(tmp_path, files)
        return line

    value = first["outputs"][0]["value"][0]
    assert named(text.replace(f'"value": ["{value}"]', '"value": ["3"]', 1)) == (
        f"relu.json: cases/one in float64/outputs/0/value/0: expected {value!r}, got '3'"
    )
    assert named(text.replace('"id": "one"', '"id": "uno"')) == (
        "relu.json: cases/one in float64: missing"
    )
    assert named(text.replace('"kind":', '"sort":')) == "relu.json: kind: missing"
    assert named(text.replace("\n", "\r\n")) == "relu.json: the same, spelled otherwise"
    assert named(text[:-10]).startswith("relu.json: no JSON (")
    path.write_text(text, encoding="utf-8")
    (tmp_path / "gelu.json").touch()
    assert differences(tmp_path, files) == ["gelu.json: belongs to no formula"]


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "relu.json").write_text("old")

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", cut_off)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, {"relu.json": "new"})
    assert (tmp_path / "relu.json").read_text() == "old"


# --- what is left out -----------------------------------------------------------------------------

PAIR = np.array([0.0, 1.0])
LEFT_OUT_EXAMPLES: tuple[tuple[Any, ...], ...] = (
    ("mse_loss", PAIR[:0], PAIR[:0]),
    ("mse_loss", np.array(0.5), PAIR),
    ("mse_loss", PAIR[None, None], PAIR),
    ("mse_loss", PAIR, np.array([1, inf])),
    ("rosenbrock", -inf * np.ones(2)),
    ("relu_derivative", np.array([1, nan])),
    ("sigmoid_derivative", 2 * PAIR),
    ("relu_derivative", np.array([1e-40], "float32")),
    ("SGD", PAIR, np.zeros((0, 2)), []),
    ("exponential_decay", -1, 0.1, 0.5),
    ("cosine_annealing", 1, 0.1, 0),
    ("warmup_cosine", 1, 0.1, 5, 5),
    ("categorical_cross_entropy", PAIR, np.array([1, nan])),
    ("relu", np.array([1, -inf])),
    ("mse_loss", np.array([1, 0], "uint8"), np.array([0, 1], "uint8")),
    ("sigmoid", np.zeros((1, 1, 1, 1, 2))),
    ("SGD", PAIR[:1], np.zeros((33009, 1)), [0.1] * 33009),
    ("noam", 0, 64, 10),
    ("cosine_restarts", 1, 0.1, 0, 2),
    ("polynomial_decay", 1, 0.1, 0.0, 0, 1.0),
    ("warmup_stable_decay", 1, 0.1, 2, 3, 0),
    ("silu", np.array([1, -inf])),
    ("focal_loss", PAIR, PAIR, 2.0, 0.25),
    ("kl_divergence_grad", PAIR, PAIR),
    ("kl_divergence", PAIR, PAIR),
    ("hinge_loss", PAIR, PAIR),
    ("nll_loss", PAIR, PAIR),
    ("softmax", np.array(1.0)),
    ("softmax", np.zeros((1, 1, 2))),
    ("rms_norm", np.array(1.0), np.ones(1), 1e-5),
    ("clip_by_value", np.array([1, nan]), 1.0),
    ("multi_step_decay", 1, 0.1, [20, 10], 0.5),
    ("batch_norm_running", PAIR, PAIR, PAIR[None], 0.1),
    ("Muon", PAIR, np.zeros((1, 2)), [0.1]),
)


def test_what_is_said_to_be_left_out_is() -> None:
    for gap in LEFT_OUT:
        asked = [case for name in gap.formulas for dtype in DTYPES for case in cases(name, dtype)]
        assert [case.id for case in asked if gap.covers(case)] == [], gap.inputs
        examples = [Case(name, "", tuple(given)) for name, *given in LEFT_OUT_EXAMPLES]
        assert any(gap.covers(example) for example in examples), gap.inputs


def test_the_index_lists_what_is_left_out() -> None:
    *gaps, large = read("index")["left_out"]
    assert gaps == [
        {"formulas": list(gap.formulas), "inputs": gap.inputs, "why": gap.why} for gap in LEFT_OUT
    ]
    assert large["inputs"] == "more than 1200 numbers at once"
    assert [
        name for name in DETERMINED if len(listed(name, "float64")) < len(cases(name, "float64"))
    ] == (large["formulas"])
