"""Certified vectors: the corpus and its 50-digit truth as files, for use from any language.

``gradmark vectors`` writes them anew, bit for bit; ``--check`` says what differs.
README.md beside this file explains them.
"""

from pathlib import Path

from gradmark.conformance.vectors.document import documents
from gradmark.conformance.vectors.files import differences, spelled, write

FOLDER = Path(__file__).parent

__all__ = ["FOLDER", "differences", "documents", "spelled", "write"]
