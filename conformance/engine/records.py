"""What the engine yields: a record of a results file, as a dictionary."""

from __future__ import annotations

from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]
"""One of `harness.records`: a property, a measurement or a verdict, whose `kind` says which."""
