import hashlib
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema_rs import ValidationError, meta

from gradmark import __version__
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.results import ResultsError, ResultsWriter, read_results
from tests.schemas import RESULTS, SCHEMA

HEADER = {
    "seed": 20260503,
    "quick": False,
    "fingerprint": fingerprint(),
    "catalogue": "sha256:0",
    "corpus": "sha256:0",
}
VERDICT = {
    "kind": "verdict",
    "implementation": "my_adam",
    "formula": "Adam",
    "dtype": "float32",
    "verdict": "dialect",
    "variant": "ε inside the root",
    "ulp": np.float64(1.5),
    "detail": "",
}
PROPERTY = {
    "kind": "property",
    "implementation": "my_adam",
    "formula": "sigmoid",
    "property": "sigmoid is odd about 1/2",
    "dtype": None,
    "outcome": "absent",
    "detail": "",
    "test": "conformance/test_activations.py::test_sigmoid_is_odd_about_half",
}
SERIES = {"kind": "series", "name": "paths", "data": {"w": np.eye(2), "label": ["Adam", "SGD"]}}
FINDING = {"kind": "finding", "id": "lr-1.2", "statement": "It diverges.", "numbers": {"lr": 1.2}}
SAMPLE = {
    "kind": "sample",
    "group": "Adam",
    "name": "my_adam",
    "params": {"size": 1000},
    "rounds": [1e-5, 2e-5],
    "iterations": 10,
}
STATISTIC = {
    "kind": "statistic",
    "estimator": "ratio of medians",
    "group": "Adam",
    "name": "my_adam",
    "params": {"size": 1000},
    "value": 1.2,
    "low": 1.1,
    "high": math.inf,
    "interval": "95% percentile interval",
    "unit": "1",
}
RECORDS: list[dict[str, Any]] = [VERDICT, PROPERTY, SERIES, FINDING, SAMPLE, STATISTIC]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "results" / "run.jsonl"
    with ResultsWriter(path, HEADER) as results:
        for record in RECORDS:
            results.write(record)
    return path


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def without_sums(text: str) -> str:
    return re.sub(r',"(sha256":"\w{64}|sum":"\w{8})"', "", text)


def test_a_whole_run_is_read_back(path: Path) -> None:
    results = read_results(path)
    assert results.complete
    fixed = {"kind": "header", "schema": 1, "program": "gradmark", "gradmark": __version__}
    assert results.header == {**fixed, **HEADER}
    assert [record["kind"] for record in results.records] == [record["kind"] for record in RECORDS]
    assert results.of_kind("finding") == (FINDING,)
    assert results.of_kind("series")[0]["data"]["w"] == [[1.0, 0.0], [0.0, 1.0]]
    assert results.footer == {
        "kind": "footer",
        "counts": dict.fromkeys(
            ("verdict", "property", "series", "finding", "sample", "statistic"), 1
        ),
        "sha256": hashlib.sha256(path.read_bytes().rpartition(b'{"counts"')[0]).hexdigest(),
    }


def test_the_same_records_give_the_same_bytes_in_any_key_order(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    with ResultsWriter(again, dict(reversed(HEADER.items()))) as results:
        for record in RECORDS:
            results.write(dict(reversed(record.items())))
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("change", ["lost", "twice", "swapped", "a bit", "a verdict"])
def test_a_line_that_was_changed_is_told_and_nothing_goes_on_with_it(
    path: Path, change: str, whole: bool
) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines = lines if whole else lines[:-1]
    if change == "lost":
        del lines[2]
    elif change == "twice":
        lines.insert(2, lines[2])
    elif change == "swapped":
        lines[2:4] = lines[3], lines[2]
    elif change == "a bit":
        lines[5] = lines[5].replace(b"my_adam", b"my_ad`m")
    else:
        lines[1] = lines[1].replace(b"dialect", b"deviate")
    path.write_bytes(b"".join(lines))
    for resume in (lambda: read_results(path), lambda: ResultsWriter(path, HEADER, resume=True)):
        with pytest.raises(ResultsError, match=r"not (as it was|those that were) written|footer"):
            resume()
    assert path.read_bytes() == b"".join(lines)


def test_a_new_run_leaves_nothing_of_the_old_one(path: Path) -> None:
    with ResultsWriter(path, HEADER):
        assert read_results(path).records == ()


@pytest.mark.parametrize(
    "number",
    [math.nan, math.inf, -math.inf, -0.0, 5e-324, 0.1, 2**70, np.float32(0.1), np.int8(-3)],
)
def test_every_number_survives(tmp_path: Path, number: float) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, HEADER) as results:
        results.write({**FINDING, "numbers": {"scalar": number, "array": np.array([number])}})
    back = read_results(path).records[0]["numbers"]
    for value in (float(back["scalar"]), float(back["array"][0])):
        assert np.float64(value).tobytes() == np.float64(number).tobytes()


def test_any_text_survives_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    text = "η, two\nlines\u2028\x00, half a pair \ud800 and a whole one \U0001f600"
    with ResultsWriter(path, HEADER) as results:
        results.write({**FINDING, "statement": text})
    assert read_results(path).records[0]["statement"] == text
    assert "η".encode() in path.read_bytes()


def test_each_record_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, HEADER) as results:
        results.write(FINDING)
        so_far = read_results(path)
    assert so_far.of_kind("finding") == (FINDING,)
    assert not so_far.complete


def test_a_run_that_failed_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"

    def run() -> None:
        with ResultsWriter(path, HEADER) as results:
            results.write(FINDING)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert read_results(path).records == (FINDING,)
    assert not read_results(path).complete


def test_wherever_a_file_is_cut_it_is_not_whole(path: Path) -> None:
    whole = path.read_bytes()
    first_line = whole.index(b"\n") + 1
    for length in range(first_line, len(whole)):
        path.write_bytes(whole[:length])
        results = read_results(path)
        assert not results.complete
        assert len(results.records) == min(whole[:length].count(b"\n") - 1, len(RECORDS))
    for length in (0, 1, first_line - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ResultsError, match="line 1: expected the header of a results file"):
            read_results(path)


@pytest.mark.parametrize(
    ("line", "text", "reason"),
    [
        (3, '{"kind":"verdict"', "line 3: not a line of JSON"),
        (3, "", "line 3: not a line of JSON"),
        (3, '{"kind":"finding","numbers":NaN}', "line 3: .* NaN is not a JSON number"),
        (3, "[]", "line 3: expected an object with a kind"),
        (3, '{"kind":3}', "line 3: expected an object with a kind"),
        (3, '{"kind":"gossip"}', "line 3: a gossip does not belong here"),
        (3, '{"kind":"footer","counts":{}}', "line 3: a footer does not belong here"),
        (3, '{"kind":"sample"}', "line 8: the footer counts .*, the file holds"),
        (1, '{"kind":"header","program":"other","schema":1}', "line 1: expected program gradmark"),
        (1, '{"kind":"header","program":"gradmark","schema":2}', "line 1: .*, got 'gradmark', 2"),
        (1, '{"kind":"verdict"}', "line 1: expected the header"),
    ],
)
def test_what_gradmark_did_not_write_is_refused(
    path: Path, line: int, text: str, reason: str
) -> None:
    written = path.read_text(encoding="utf-8").splitlines()
    written[line - 1] = text
    path.write_text("\n".join(written) + "\n", encoding="utf-8")
    with pytest.raises(ResultsError, match=f"^{path}, {reason}"):
        read_results(path)


def test_a_file_of_bytes_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"diverges", b"\xff\xfe"))
    with pytest.raises(ResultsError, match="line 5: not a line of JSON"):
        read_results(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=f"{tmp_path / 'none.jsonl'}: No such file"):
        read_results(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"id": "no kind"}, "kind: expected one of verdict, .* got None"),
        ({"kind": "footer"}, "kind: expected one of .* got 'footer'"),
        ({"kind": "finding", "numbers": {1: 2}}, "keys are strings, got 1"),
        ({"kind": "finding", "path": Path("x")}, "cannot hold PosixPath"),
        ({"kind": "finding", "numbers": 1j}, "cannot hold complex"),
    ],
)
def test_what_json_has_no_form_for_is_refused_and_not_half_written(
    tmp_path: Path, record: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, HEADER) as results:
        with pytest.raises(ResultsError, match=reason):
            results.write(record)
        results.write(FINDING)
    assert read_results(path).records == (FINDING,)


def test_nothing_follows_the_footer(tmp_path: Path) -> None:
    results = ResultsWriter(tmp_path / "run.jsonl", HEADER)
    results.close()
    results.close()
    with pytest.raises(ResultsError, match="nothing can be written after the footer"):
        results.write(FINDING)
    assert len(lines(tmp_path / "run.jsonl")) == 2


def test_the_schema_is_a_schema_and_every_line_follows_it(path: Path) -> None:
    meta.validate(SCHEMA)
    for line in lines(path):
        RESULTS.validate(line)


@pytest.mark.parametrize("number", range(8))
def test_the_schema_misses_no_field_that_is_missing(path: Path, number: int) -> None:
    line = lines(path)[number]
    for field in line.keys() - {"sum"}:  # earlier versions had none
        mutilated = {key: value for key, value in line.items() if key != field}
        with pytest.raises(ValidationError):
            RESULTS.validate(mutilated)


@pytest.mark.parametrize(
    ("number", "field", "value"),
    [
        (0, "schema", 2),
        (0, "program", "other"),
        (0, "seed", "0"),
        (0, "fingerprint", {}),
        (1, "kind", "gossip"),
        (1, "verdict", "fine"),
        (1, "dtype", "float8"),
        (1, "ulp", -1.0),
        (1, "ulp", "many"),
        (1, "implementation", ""),
        (1, "detail", None),
        (2, "outcome", "skipped"),
        (3, "data", {"w": None}),
        (3, "data", {"w": [None]}),
        (4, "numbers", [1.2]),
        (5, "rounds", []),
        (5, "rounds", [-1.0]),
        (5, "iterations", 0),
        (6, "estimator", ""),
        (6, "value", None),
        (7, "counts", {"verdict": 0}),
        (7, "counts", {"gossip": 1}),
    ],
)
def test_the_schema_sees_a_wrong_value(path: Path, number: int, field: str, value: object) -> None:
    line = lines(path)[number]
    with pytest.raises(ValidationError):
        RESULTS.validate({**line, field: value})


@pytest.mark.parametrize("ulp", [None, 0, "NaN", "Infinity"])
def test_an_error_that_is_no_number_may_be_written(path: Path, ulp: object) -> None:
    RESULTS.validate({**lines(path)[1], "ulp": ulp})


def test_a_run_that_was_cut_off_is_resumed_with_nothing_lost_or_doubled(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    records = [{"kind": "finding", "id": str(i), "statement": "…", "numbers": {}} for i in range(5)]
    for path in (whole, cut):
        with ResultsWriter(path, HEADER) as results:
            for record in records:
                results.write(record)
    lines = cut.read_bytes().splitlines(keepends=True)
    cut.write_bytes(b"".join(lines[:3]) + lines[3][:10])  # killed within the third record

    with ResultsWriter(cut, HEADER, resume=True) as results:
        assert [record["id"] for record in results.kept] == ["0", "1"]
        for record in records[len(results.kept) :]:
            results.write(record)
    assert cut.read_bytes() == whole.read_bytes()


def test_a_whole_run_is_resumed_by_doing_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, HEADER) as results:
        results.write({"kind": "finding", "id": "a", "statement": "…", "numbers": {}})
    before = path.read_bytes()
    with ResultsWriter(path, HEADER, resume=True) as results:
        assert len(results.kept) == 1
    assert path.read_bytes() == before


def test_a_run_that_another_version_began_is_not_resumed(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    other = written.replace(f'"gradmark":"{__version__}"', '"gradmark":"0.0.1"')
    path.write_text(without_sums(other))
    with pytest.raises(ResultsError, match=f"gradmark: 0.0.1 there, {__version__} now"):
        ResultsWriter(path, HEADER, resume=True)


def test_a_file_from_before_versions_were_named_is_still_read(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    for late in (f'"gradmark":"{__version__}",', '"catalogue":"sha256:0",'):
        assert late in written
        written = written.replace(late, "")
    path.write_text(without_sums(written), encoding="utf-8")
    assert read_results(path).complete


def test_a_run_made_with_another_seed_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, {**HEADER, "seed": 1}):
        pass
    before = path.read_bytes()
    with pytest.raises(ResultsError, match="seed: 1 there, 2 now"):
        ResultsWriter(path, {**HEADER, "seed": 2}, resume=True)
    assert path.read_bytes() == before


def test_a_run_that_is_not_resumed_names_what_differs_and_nothing_around_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.jsonl"
    began = {**HEADER, "contenders": {"mine": "0ld", "theirs": "a"}, "margin": 0.05}
    with ResultsWriter(path, began):
        pass
    now = {**HEADER, "contenders": {"mine": "new", "theirs": "a"}, "budget": 20.0}
    with pytest.raises(ResultsError) as refused:
        ResultsWriter(path, now, resume=True)
    told = str(refused.value).partition("other settings ")[2]
    assert told == (
        "(contenders.mine: 0ld there, new now; margin: 0.05 there, None now; "
        "budget: None there, 20.0 now)"
    )


@pytest.mark.parametrize("content", [None, b"", b'{"kind": "hea'])
def test_where_there_is_nothing_to_resume_a_run_starts_anew(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "run.jsonl"
    if content is not None:
        path.write_bytes(content)
    with ResultsWriter(path, HEADER, resume=True) as results:
        assert results.kept == ()
    assert read_results(path).complete


# --- what befalls a file --------------------------------------------------------------------------


def test_a_file_that_is_being_written_is_nobody_else_s(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, HEADER) as first:
        first.write(FINDING)
        for resume in (False, True):
            with pytest.raises(ResultsError, match=r"run\.jsonl: another run is writing it"):
                ResultsWriter(path, HEADER, resume=resume)
        first.write(FINDING)
    assert read_results(path).of_kind("finding") == (FINDING, FINDING)
    ResultsWriter(path, HEADER).close()  # afterwards it may be replaced


def test_a_file_that_is_removed_while_it_is_written_is_no_whole_run(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    results = ResultsWriter(path, HEADER)
    path.unlink()
    with pytest.raises(ResultsError, match="was removed while it was written"):
        results.close()


def test_a_flipped_bit_or_exchanged_lines_are_noticed(path: Path) -> None:
    *records, footer = path.read_bytes().splitlines(keepends=True)
    flipped = [records[0].replace(b"scipy", b"scipx"), *records[1:]]
    exchanged = [records[0], records[2], records[1], *records[3:]]
    for spoiled in (flipped, exchanged):
        assert spoiled != records
        path.write_bytes(b"".join([*spoiled, footer]))
        with pytest.raises(ResultsError, match="are not those that were written"):
            read_results(path)


def test_a_disk_that_is_full_leaves_a_file_that_is_not_whole(tmp_path: Path) -> None:
    program = """
import resource, signal, sys
from pathlib import Path
from gradmark.harness.results import ResultsWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
with ResultsWriter(Path(sys.argv[1]), {"seed": 0}) as results:
    for _ in range(100):
        results.write({"kind": "finding", "id": "i", "statement": "s" * 50, "numbers": {}})
"""
    path = tmp_path / "run.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "OSError" in done.stderr
    assert not read_results(path).complete
