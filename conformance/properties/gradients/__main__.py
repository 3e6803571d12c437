"""How far the two signals can be trusted.

``python -m gradmark.conformance.properties.gradients --networks 100000``
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from gradmark.conformance.properties.gradients.networks import PLANTED, survey
from gradmark.harness.contract.dtypes import USUAL


def main(arguments: list[str] | None = None) -> int:
    """Survey random networks, print what was found; return 1 where a right one was called wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m gradmark.conformance.properties.gradients",
        description="Check gradients of random networks, right ones and such with one entry wrong.",
    )
    parser.add_argument("--networks", type=int, default=100_000, metavar="N", help="[100000]")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the networks [0]")
    asked = parser.parse_args(arguments)
    if asked.networks < 1:
        parser.error(f"--networks: expected a count, got {asked.networks}")
    alarms = 0
    for dtype in USUAL:
        tally = survey(asked.networks, asked.seed, dtype)
        alarms += tally.alarms
        low, high = np.quantile(tally.orders, [0.01, 0.99]) if tally.orders.size else (np.inf,) * 2
        missed = tally.sizes[~tally.caught]
        sys.stdout.write(
            f"{dtype}, {asked.networks} networks, seed {asked.seed}\n"
            f"  right gradients called otherwise:         {tally.alarms}\n"
            f"  largest difference over its resolution:   {tally.worst:.2g}\n"
            f"  order of the Taylor remainder, 1 to 99 %: {low:.2f} to {high:.2f}"
            f" ({tally.orders.size} measured)\n"
            f"  one entry wrong by {PLANTED[dtype]:.0e}, called wrong:"
            f"    {np.mean(tally.caught):.2%}\n"
            f"  largest entry whose error was missed:     {np.max(missed, initial=0):.2g}\n"
        )
    return int(alarms > 0)


if __name__ == "__main__":
    sys.exit(main())
