"""The schema of a line of results, as a validator."""

from __future__ import annotations

import json

from jsonschema_rs import Draft202012Validator

from gradmark.harness.resolve import CHECKOUT

SCHEMA = json.loads((CHECKOUT / "harness" / "results.schema.json").read_text(encoding="utf-8"))
RESULTS = Draft202012Validator(SCHEMA)
