"""The canonical line of a row: the same whether the quick writer or the plain one makes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen3_eval.data.content import canonical, canonical_line

TEXTS = st.text() | st.text(st.characters(categories=["Cs", "Cc"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES: st.SearchStrategy[Any] = st.recursive(SCALARS, lambda part: st.lists(part) | st.dictionaries(TEXTS, part))


def plain(row: dict[str, Any]) -> bytes:
    content = canonical({key: value for key, value in row.items() if key != "_row"})
    return (
        json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        + b"\n"
    )


@given(st.dictionaries(TEXTS, VALUES))
def test_both_writers_write_the_same(row: dict[str, Any]) -> None:
    assert canonical_line(row | {"_row": "test/0"}) == plain(row)


@pytest.mark.parametrize(
    "value", [2**63, 2**64, -(2**63) - 1, 2**200, True, 1.0, 1e16, 1e-7, float("nan"), -0.0, "\ud800", "\x7f\u2028", {}]
)
def test_what_writers_differ_in_is_written_as_ever(value: object) -> None:
    for row in ({"v": value}, {"v": [value]}, {"é": {"v": value}, "a": 1, "😀": 2, "\uffff": 3}):
        assert canonical_line(row) == plain(row)


def test_every_character_is_written_as_ever() -> None:
    row = {"v": "".join(map(chr, range(0xD800))) + "".join(map(chr, range(0xE000, 0x11000)))}
    assert canonical_line(row) == plain(row)
