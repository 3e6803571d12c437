"""Markdown that no name can break."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gradmark.reports.blocks import (
    Block,
    Code,
    Fold,
    Heading,
    Items,
    Note,
    Picture,
    Table,
    Text,
)

# An underscore between letters or digits opens no emphasis: snake_case stays as it is.
_SPECIAL = re.compile(r"[\\`*\[\]<>~&$]|(?<![^\W_])_|_(?![^\W_])")


def visible(text: str) -> str:
    r"""Spell out what does not show: newlines, controls, marks that turn the direction of text.

    Examples
    --------
    >>> print(visible("a\nb\u202ec"))
    a\nb\u202ec
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def escape(text: str) -> str:
    r"""Write text so that Markdown shows just its `visible` form, in a sentence or a table's cell.

    A pipe becomes an entity, as tables are split before backslashes are read; spaces at either
    end do too, as tables strip them.

    Examples
    --------
    >>> print(escape("a|b *c* compute_loss"))
    a&#124;b \*c\* compute_loss
    """
    escaped = _SPECIAL.sub(r"\\\g<0>", visible(text)).replace("|", "&#124;")
    inner = escaped.strip(" ")
    if not inner:
        return "&#32;" * len(escaped)
    before = len(escaped) - len(escaped.lstrip(" "))
    after = len(escaped) - len(escaped.rstrip(" "))
    return "&#32;" * before + inner + "&#32;" * after


def shorten(text: str, limit: int = 60) -> str:
    """Cut the middle out of a name too long for a table.

    Examples
    --------
    >>> shorten("a" * 50 + "b" * 50, limit=11)
    'aaaaa…bbbbb'
    """
    if len(text) <= limit:
        return text
    half = (limit - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = ":-:") -> str:
    """Lay out cells, which are Markdown already; `align` is for all columns but the first."""
    rule = [":--", *[align] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)) + "\n"


def code(text: str) -> str:
    """Fence a block of code, with a fence longer than any in it.

    Examples
    --------
    >>> print(code("python -c 'print(1)'"))
    ```
    python -c 'print(1)'
    ```
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    shown = "\n".join(visible(line) for line in text.splitlines())
    return f"{fence}\n{shown}\n{fence}"


def render(blocks: Iterable[Block]) -> str:
    """Write blocks as Markdown.

    Examples
    --------
    >>> print(render([Heading("Adam"), Text("It *conforms*.")]))
    ## Adam
    <BLANKLINE>
    It *conforms*.
    <BLANKLINE>
    """
    return "\n".join(map(_rendered, blocks))


def _rendered(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}\n"
        case Text(text):
            return f"{text}\n"
        case Note(text):
            return f"> {text}\n"
        case Items(items):
            return "".join(f"- {item}\n" for item in items)
        case Table(head, rows, align):
            return table(head, rows, align)
        case Code(text):
            return f"{code(text)}\n"
        case Picture(file, about):
            return f"![{about}](figures/{file})\n"
        case Fold(title, inner):
            return f"<details><summary>{title}</summary>\n\n{render(inner)}\n</details>\n"
