"""What pytest-benchmark's files say of the machine, whichever clock wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def describe(machine_info: dict[str, Any], fingerprint: Mapping[str, Any]) -> None:
    """Describe the machine as results files do, and drop what differs from run to run.

    pytest-benchmark warns whenever a saved run's machine info differs: the clock rate of the
    moment and a container's random host name would make that every time.

    Parameters
    ----------
    machine_info : dict
        What pytest-benchmark found; is changed.
    fingerprint : mapping
        What `harness.fingerprint` found.

    Examples
    --------
    >>> info = {"node": "a1b2c3", "cpu": {"hz_actual": [2445406000, 0], "bits": 64}}
    >>> describe(info, dict.fromkeys(("machine", "python", "blas", "packages")))
    >>> info["cpu"], sorted(info)
    ({'bits': 64}, ['cpu', 'gradmark'])
    """
    machine_info.pop("node", None)
    for key in ("hz_actual", "hz_actual_friendly"):
        machine_info["cpu"].pop(key, None)
    machine_info["gradmark"] = {
        key: fingerprint[key] for key in ("machine", "python", "blas", "packages")
    }
