"""The command: python -m gradmark.harness.records. It writes the JSON schema anew."""

from gradmark.harness.records.schema import FILE, text

FILE.write_text(text(), encoding="utf-8")
