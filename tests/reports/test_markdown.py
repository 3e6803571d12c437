"""No name breaks a page: what a Markdown parser shows is what was meant, cell by cell."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gradmark.reports.markdown import code, escape, shorten, table, visible

ODD = "`|\\*_~<>[]()!&#$:;-+='\" \n\r\t\0\x1b\u202e\u200f\u2028\xa0éλ中א0aZ"
NAMES = st.text(max_size=40) | st.text(ODD, max_size=40)


def shown(inline: Token) -> str:
    """Read what is seen: text, and nothing else."""
    children = inline.children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children)


def cells(markdown: str) -> list[list[str]]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    assert (tokens[0].type, tokens[-1].type) == ("table_open", "table_close")
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline":
            rows[-1].append(shown(token))
    return rows


@settings(max_examples=300)
@given(head=NAMES, rows=st.lists(st.tuples(NAMES, NAMES, NAMES), max_size=4))
@example(head="a|b", rows=[("\\|", "\\", "`|`"), ("<b>x</b>", "&amp;", "_a_b__c_")])
@example(head=" ", rows=[("  two  ", "", "https://example.org/*"), ("\x7f", "\ud800", "***")])
def test_a_table_of_any_names_shows_them_in_their_cells(
    head: str, rows: list[tuple[str, str, str]]
) -> None:
    # a row of empty cells only is still a row, as its pipes are there
    markdown = table([escape(head), "b", "c"], [[escape(name) for name in row] for row in rows])
    assert cells(markdown) == [
        [visible(head), "b", "c"],
        *([visible(name) for name in row] for row in rows),
    ]


@settings(max_examples=300)
@given(NAMES)
@example("# heading")
def test_a_sentence_shows_any_name_as_text_in_one_paragraph(name: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"Name: {escape(name)}.\n")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert shown(tokens[1]) == f"Name: {visible(name)}."


@given(NAMES)
def test_what_shows_is_printable_and_printable_text_is_left_alone(name: str) -> None:
    assert visible(name).isprintable()
    if name.isprintable():
        assert visible(name) == name


@settings(max_examples=300)
@given(st.text(ODD + "`" * 40, max_size=40))
@example("```\n# out of the fence\n```")
def test_a_line_to_paste_stays_inside_its_fence(line: str) -> None:
    first, *rest = MarkdownIt("commonmark").parse(code(line))
    assert (first.type, rest) == ("fence", [])
    assert first.content == "".join(f"{visible(part)}\n" for part in line.splitlines() or [""])


@pytest.mark.parametrize("length", [59, 60, 61, 100_000])
def test_a_long_name_keeps_its_ends(length: int) -> None:
    name = "a" * (length - 1) + "z"
    short = shorten(name)
    assert len(short) <= 60
    assert (short[0], short[-1]) == ("a", "z")
    assert (short == name) == (length <= 60)
