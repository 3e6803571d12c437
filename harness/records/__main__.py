"""The command: python -m gradmark.harness.records. It writes the JSON schema and its page anew."""

from gradmark.harness.records import page, schema

for made in (schema, page):
    made.FILE.write_text(made.text(), encoding="utf-8")
