"""Blocks as HTML. Their texts are inline Markdown, read by markdown-it; HTML in it stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

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
from gradmark.reports.markdown import visible

_INLINE = MarkdownIt("commonmark", {"html": False}).disable("image")


def render(blocks: Iterable[Block]) -> Markup:
    """Write blocks as HTML.

    Examples
    --------
    >>> print(render([Text("It *conforms*, and <b> is text.")]))
    <p>It <em>conforms</em>, and &lt;b&gt; is text.</p>
    """
    return Markup("\n").join(map(_rendered, blocks))


@cache
def inline(text: str) -> Markup:
    """Write one text or cell.

    Examples
    --------
    >>> print(inline("a&#124;b<br>`c`"))
    a|b<br>
    <code>c</code>
    """
    # Cells break their lines with <br>, the one tag that blocks may hold.
    return Markup(_INLINE.renderInline(text.replace("<br>", "  \n")).replace("<br />", "<br>"))


def anchor(text: str) -> str:
    """Name a heading as GitHub does, so that one link leads to it on both.

    Examples
    --------
    >>> anchor("Where this comes from")
    'where-this-comes-from'
    """
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _rendered(block: Block) -> Markup:
    match block:
        case Heading(text, level):
            return Markup('<h{0} id="{1}">{2}</h{0}>').format(level, anchor(text), inline(text))
        case Text(text):
            return Markup("<p>{}</p>").format(inline(text))
        case Note(text):
            return Markup('<p class="note">{}</p>').format(inline(text))
        case Items(items):
            listed = Markup("").join(Markup("<li>{}</li>").format(inline(item)) for item in items)
            return Markup("<ul>{}</ul>").format(listed)
        case Table(head, rows, align):
            return _table(head, rows, "c" if align == ":-:" else "l")
        case Code(text):
            text = "\n".join(visible(line) for line in text.splitlines())
            return Markup('<pre tabindex="0">{}</pre>').format(text)
        case Picture(_, about, svg) if svg:
            shown = Markup(svg)  # our own, made in reports.onepage.svg
            return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(
                shown, inline(about)
            )
        case Picture(file, about):
            return Markup('<p>Picture: <a href="figures/{}">{}</a></p>').format(file, inline(about))
        case Fold(title, inner, name):
            body = render(inner)
            return Markup('<details id="{}"><summary>{}</summary>\n{}\n</details>').format(
                name or anchor(title), inline(title), body
            )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str) -> Markup:
    top = Markup("").join(Markup('<th scope="col">{}</th>').format(inline(cell)) for cell in head)
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(inline(cell)) for cell in row)
        )
        for row in rows
    )
    inner = Markup("<thead><tr>{}</tr></thead><tbody>{}</tbody>").format(top, body)
    return Markup('<div class="wide"><table class="{}">{}</table></div>').format(kind, inner)
