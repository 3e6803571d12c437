"""What pages are made of. Pages return blocks; `markdown` and `html` are renderers of them.

Texts and cells are inline Markdown in which whatever comes from outside went through
`markdown.escape`: both renderers read the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Heading:
    """A title; the page's own has level 1."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph that must not be overlooked."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list, its items short."""

    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """Cells; `align` is for all columns but the first."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str = ":-:"


@dataclass(frozen=True)
class Code:
    """Lines to copy, plain text."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A picture: a file in the folder of figures, or drawn in the page, as SVG, where it can be."""

    file: str
    about: str
    svg: str = ""


@dataclass(frozen=True)
class Fold:
    """What only some readers want to see, under a title; links may lead to its name."""

    title: str
    blocks: Sequence[Block]
    name: str = ""


Block: TypeAlias = Heading | Text | Note | Items | Table | Code | Picture | Fold
