"""What was found before is found again only where nothing that counts has changed."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from gradmark.harness.sources import of_file


@pytest.mark.parametrize(
    "says",
    [
        "from pkg import inner",
        "import pkg.inner",
        "from pkg.inner import slope",
        "import pkg.inner as it",
        "import math; from pkg import (  # that (is),\n    apart_from_it,\n    inner,\n)",
        "if math: from pkg.inner \\\n    import slope",
        "def later():\n    from .pkg import inner\r\n",
        "from ............... import nothing\nmatch [1:=2]:\n    import pkg.inner",
        "from .import pkg;from.pkg.inner import(slope)",
        '"from pkg import inner\\n",',
    ],
)
def test_every_file_that_is_imported_counts(tmp_path: Path, says: str) -> None:
    mine, package = tmp_path / "mine.py", tmp_path / "pkg"
    package.mkdir()
    mine.write_text(f"import math\n{says}\n")
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("from .beside import slope\n")
    (package / "beside.py").write_text("import mine\nslope = 1\n")
    (package / "apart.py").write_text("")
    found = {file.relative_to(tmp_path).as_posix() for file in of_file(mine).texts}
    assert found == {"mine.py", "pkg/__init__.py", "pkg/inner.py", "pkg/beside.py"}


@pytest.mark.parametrize("part", [" ", "."])
def test_no_file_is_long_to_look_through(tmp_path: Path, part: str) -> None:
    (tmp_path / "mine.py").write_text("from " + part * 30_000)
    began = process_time()
    of_file(tmp_path / "mine.py")
    assert process_time() - began < 1.0
