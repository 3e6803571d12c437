"""Times the paths of PyTorch's optimizers beside a copy in memory: `python paths.py DEVICE`.

A step reads and writes every weight, gradient and moment once at least: what it needs beyond that
time is its own. This file imports nothing of gradmark, since it is run by an interpreter that has
PyTorch; it prints JSON. The clock is that of `torch.utils.benchmark`, which waits for the device.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
from collections.abc import Iterator, Mapping
from typing import Any

# How many arrays of the weights' size a step reads and writes, at the least.
MOVED: Mapping[str, int] = {
    "SGD": 3, "SGDMomentum": 5, "RMSprop": 5, "Adagrad": 5, "Adam": 7, "AdamW": 7,
}  # fmt: skip
PATHS: Mapping[str, dict[str, bool]] = {
    "for-loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
    "capturable": {"foreach": True, "capturable": True},
}
LAYERS = 64  # parameters, as a network has
SECONDS = 0.5  # of measuring each


def described(torch: Any, device: str) -> dict[str, str]:
    """Tell what the device is, and the versions that matter."""
    if device.startswith("cuda"):
        its = torch.cuda.get_device_properties(device)
        return {"device": its.name, "torch": torch.__version__, "cuda": str(torch.version.cuda)}
    return {"device": f"the CPU, {platform.machine()}", "torch": torch.__version__, "cuda": "none"}


def seconds(bench: Any, call: Any) -> float:
    """Time a call: the median of many, each waited for."""
    timer = bench.Timer("call()", globals={"call": call}, num_threads=1)
    return float(timer.blocked_autorange(min_run_time=SECONDS).median)


def of_path(torch: Any, name: str, options: dict[str, Any], device: str, size: int) -> Any:
    """Return one step of an optimizer over many parameters."""
    kind = torch.optim.SGD if name == "SGDMomentum" else getattr(torch.optim, name)
    options = {**options, **({"momentum": 0.9} if name == "SGDMomentum" else {})}
    held = [torch.nn.Parameter(torch.randn(size, device=device)) for _ in range(LAYERS)]
    optimizer = kind(held, lr=1e-3, **options)
    for each in held:
        each.grad = torch.randn_like(each)
    optimizer.step()  # the first makes the moments
    return optimizer.step


def timed(torch: Any, bench: Any, device: str, size: int) -> Iterator[dict[str, Any]]:
    """Yield a copy's time, then that of each path that is there on this device."""
    whole = torch.randn(size * LAYERS, device=device)
    other = torch.empty_like(whole)
    took = seconds(bench, lambda: other.copy_(whole))
    most = 2 * whole.nbytes / took
    yield {"name": "copy", "path": "", "seconds": took, "bytes_per_second": most, "share": 1.0}
    for name, arrays in MOVED.items():
        for path, options in PATHS.items():
            told = {"name": name, "path": path}
            try:
                step = of_path(torch, name, options, device, size)
            except Exception as reason:  # whatever it raises: this path is not there
                yield {**told, "refused": f"{type(reason).__name__}: {reason}".splitlines()[0]}
                continue
            took = seconds(bench, step)
            rate = arrays * whole.nbytes / took
            yield {**told, "seconds": took, "bytes_per_second": rate, "share": rate / most}


def main(device: str) -> None:
    """Print what was found, as JSON."""
    torch: Any = importlib.import_module("torch")
    bench: Any = importlib.import_module("torch.utils.benchmark")
    torch.manual_seed(0)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    size = 1 << (20 if device.startswith("cuda") else 14)
    rows = list(timed(torch, bench, device, size))
    weights = size * LAYERS
    told = {"on": device, **described(torch, device), "weights": weights, "timed": rows}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:2] or [""])
