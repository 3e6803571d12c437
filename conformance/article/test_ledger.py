"""Every verdict of the ledger, computed anew; it fails if the evidence turns."""

import pytest

from gradmark.conformance.article.ledger import CLAIMS, Scale


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    """How much to compute: --seed and --quick."""
    return Scale(request.config.getoption("--seed"), request.config.getoption("--quick"))


@pytest.mark.parametrize("id_", CLAIMS)
def test_the_evidence_bears_the_verdict_out(id_: str, scale: Scale) -> None:
    """A claim's verdict is what its computation finds."""
    outcome = CLAIMS[id_].compute(scale)
    assert outcome.verdict == CLAIMS[id_].verdict, outcome.says
