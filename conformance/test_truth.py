"""Every formula against 50-digit arithmetic: does it follow a known form, and how exactly?"""

from __future__ import annotations

import pytest

from gradmark.conformance.subject import Subject
from gradmark.harness.contract import CONTRACT


@pytest.mark.parametrize("formula", CONTRACT)
def test_agrees_with_fifty_digits(subject: Subject, formula: str) -> None:
    judgement = subject.judgement(formula)
    if judgement.verdict == "absent":
        pytest.skip(f"absent: {subject.name} provides no {formula}")
    if judgement.fails:
        pytest.fail(f"{judgement.verdict}: {judgement.detail}", pytrace=False)
