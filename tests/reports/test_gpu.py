"""On a GPU: the page says what it ran on, and how near each path comes to a copy."""

from pathlib import Path

from gradmark.harness.results import ResultsWriter, read_results
from gradmark.reports.gpu import page
from tests.reports.test_reports import header, verdict

COPY = {"name": "copy", "path": "", "seconds": 0.001, "bytes_per_second": 8e9, "share": 1.0}
FUSED = {"name": "Adam", "path": "fused", "seconds": 0.007, "bytes_per_second": 4e9, "share": 0.5}
REFUSED = {"name": "RMSprop", "path": "fused", "refused": "TypeError: no argument 'fused'"}


def told(folder: Path, on: str, device: str) -> str:
    its = {"on": on, "device": device, "torch": "2.13.0", "cuda": "13.0", "weights": 1000}
    path = folder / "gpu.jsonl"
    with ResultsWriter(path, header(device={**its, "timed": [COPY, FUSED, REFUSED]})) as writer:
        writer.write(verdict(implementation="torch.optim", dtype="bfloat16"))
    return page(read_results(path))


def test_a_run_without_a_gpu_says_so(tmp_path: Path) -> None:
    assert "**No GPU was at hand: all of this ran on the CPU**" in told(tmp_path, "cpu", "the CPU")


def test_a_path_is_held_against_a_copy_in_the_same_memory(tmp_path: Path) -> None:
    page_of_gpu = told(tmp_path, "cuda:0", "a card")
    assert "Ran on a card (PyTorch 2.13.0, CUDA 13.0)." in page_of_gpu
    assert "| `Adam` | fused | 7 ms | 4 GB/s | 50% |" in page_of_gpu
    assert "| formula | PyTorch, bfloat16 |" in page_of_gpu


def test_a_path_that_is_not_there_is_said_so_in_the_librarys_words(tmp_path: Path) -> None:
    page_of_gpu = told(tmp_path, "cuda:0", "a card")
    assert "- `RMSprop`, fused: TypeError: no argument 'fused'" in page_of_gpu
    assert "| `RMSprop` |" not in page_of_gpu
