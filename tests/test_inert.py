"""Text of strangers does nothing: no formula in a spreadsheet, no mention, link or syntax in Markdown."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qwen3_eval.inert import csv_cell, csv_text, markdown, plain

WORDS = "=+-@＝＋－＠'\t\r\n \u00a0\u200b\ufeff\"|,;1aH"
INERT = re.compile(r"<code>(?:[^\W_]| |&#\d+;|<!-- -->)*</code>")
FORMULAS = (
    "=1+1", "+1", "-1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u200b+1",
    "\ufeff-1", "＝1", "＋1", "－1", "＠SUM(1)", "'=1", "''@x", "=", "\x00=1",
)  # fmt: skip
TEXTS = ("", "it's", "'quoted'", "1-2", "a=b", "NA", "7", "'", "O'=1", "\u2212 5", " plain")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_no_formula_in_a_cell(text: str) -> None:
    assert csv_cell(text) == f"'{text}"
    assert csv_text(csv_cell(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert csv_cell(text) == csv_text(text) == text


@given(st.text() | st.text(WORDS))
def test_every_text_comes_back_from_its_cell(text: str) -> None:
    cell = csv_cell(text)
    assert csv_text(cell) == text
    assert not cell.startswith(tuple("\t\r\n"))
    assert not cell.lstrip("\ufeff\u200b\u00a0 \t\r\n").startswith(tuple("=+-@＝＋－＠"))


@given(st.lists(st.text(WORDS), min_size=1, max_size=4))
def test_rows_of_cells_come_back(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([csv_cell(text) for text in texts])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [csv_text(cell) for cell in row] == texts


HARMLESS = (
    *("sums thinking", "demo_math thinking, budget 64", "MATH, level 5", "8% of the samples were cut off (2% before)"),
    *("not finished: 3 of 4 samples", "Qwen/Qwen3 8B", "Antwort: 42", "答案 42", "", "non-thinking", "3.5 points"),
)
ACTING = (
    *("@someone", "ask @org/team", "a@example.com", "#12", "GH-12", "owner/repo#3", "owner/repo@0123456", "PROJ-1"),
    *("!12", "$3", "&4", "%1", '%"next week"', "~label", "/label ~bug", "0123456789abcdef", "fix deadbeef"),
    *("https://example.com", "http://x.y", "www.x.y", "ftp://x.y", "mailto:a@b.c", "![x](https://y)", "[x](y)"),
    *("x | y", "```sh\nrm", "`code`", "``", "<b>x", "<!-- x", "*x*", "_x_", "x __y__", "~~x~~", "# head", "> quote"),
    *("- item", "1. item", "2) item", "---", "| - |", "\\", "&amp;", ":tada:", "$`x`$", "[^1]", "[ ]", "<details>"),
    *("\u202e@x", "</code><script>", "-->", "a\n\n# b", "javascript:x"),
)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_stay_readable(text: str) -> None:
    assert markdown(text) == text


@pytest.mark.parametrize("text", ACTING)
def test_what_would_act_becomes_code_of_entities(text: str) -> None:
    assert INERT.fullmatch(markdown(text))
    assert read_back(markdown(text)) == plain(text, 400)


def read_back(shown: str) -> str:
    """What a reader sees."""
    return unescape(re.sub(r"</?code>|<!-- -->", "", shown))


@given(st.text() | st.lists(st.sampled_from(ACTING + HARMLESS)).map(" ".join))
@example("a" * 500 + "@x")
def test_nothing_but_words_and_entities_is_left(text: str) -> None:
    shown = markdown(text)
    assert "\n" not in shown
    assert read_back(shown) == plain(text, 400)
    if not INERT.fullmatch(shown):
        assert not re.search(r"[@#!`*\[\]<>|~\\$&+={}^?]|www\.|//|:\w+:|[^\W\d]-\d|\b[0-9a-f]{7}", shown)


@given(st.text())
def test_a_plain_line_is_one_short_printable_line(text: str) -> None:
    line = plain(text, 80)
    assert len(line) <= 80
    assert line.isprintable()
