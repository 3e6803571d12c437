"""The command: python -m gradmark.harness.contract. It writes the page of all formulas anew."""

from gradmark.harness.contract import page

page.FILE.write_text(page.text(), encoding="utf-8")
