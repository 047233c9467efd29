"""How answers look: Markdown as the published patterns count it, pieces beside the published token counts."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from places import MIRROR
from task_checks import with_mirror

from qwen3_eval.data.mirror import read_rows
from qwen3_eval.ratings.looks import look, pieces

# Of utils/add_markdown_info.py.
HEADERS = [rf"^#{{{level}}}\s" for level in range(1, 7)]
ITEMS = [r"^\s*\d+\.\s", r"^\s*[-*+]\s"]
BOLD = [r"\*\*[^*\n]+\*\*", r"__[^_\n]+__"]
PIECES = (
    *(
        "\n",
        "\n\n",
        " ",
        "\t",
        "\r",
        "\r\n",
        "#",
        "##",
        "######",
        "#######",
        "1.",
        "12.",
        "-",
        "*",
        "+",
        "**",
        "__",
        "_",
    ),
    *("word", "a b", "- x\n", "1. y\n", "# H\n", "**b**", "__c__", "```", "```sh\n# no\n```", "`", "\u3000", "\u2028"),
)


def published(text: str) -> tuple[int, ...]:
    plain = text
    for block in re.findall(r"```([^`]*)```", text):
        plain = plain.replace(block, "")
    return tuple(
        sum(len(re.findall(each, plain, re.MULTILINE)) for each in patterns) for patterns in (HEADERS, ITEMS, BOLD)
    )


def test_markdown_is_counted_as_published() -> None:
    rng = random.Random(3)
    some = 0
    for _ in range(4000):
        text = "".join(rng.choices(PIECES, k=rng.randrange(12)))
        found = look(text)
        assert (found.headers, found.lists, found.bold) == published(text), repr(text)
        some += any(published(text))
    assert some > 1000


@pytest.mark.parametrize("piece", ["\n", " ", "- ", "**a", "__", "#", "1", "```", "\t\n"])
def test_counting_takes_time_in_proportion(piece: str) -> None:
    text, began = piece * (200_000 // len(piece)), time.process_time()
    look(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("One two three.", 4), ("12345", 2), ("ab  cd", 3), ("it's", 2), ("日本語の文章です", 5)],
)
def test_pieces(text: str, expected: int) -> None:
    assert pieces(text) == expected


@with_mirror
@pytest.mark.parametrize(
    ("name", "of", "correlation"),
    [
        (
            "v0.1.model_answer.gpt-4-0314",
            lambda row: (row["choices"][0]["turns"][0]["content"], row["choices"][0]["turns"][0]["token_len"]),
            0.99,
        ),
        (
            "v2.0.model_answer.o3-mini-2025-01-31",
            lambda row: (row["messages"][-1]["content"]["answer"], row["metadata"]["token_len"]),
            0.97,
        ),
    ],
)
def test_pieces_go_with_the_published_token_counts(
    name: str, of: Callable[[Any], tuple[str, int]], correlation: float
) -> None:
    rows = [of(row) for row in list(read_rows(MIRROR / f"arena_hard/{name}.jsonl.gz"))[::3]]
    ours, theirs = [pieces(text) for text, _ in rows], [count for _, count in rows]
    assert np.corrcoef(ours, theirs)[0, 1] > correlation
    assert np.median(np.asarray(ours) / theirs) == pytest.approx(0.94, abs=0.02)


@with_mirror
def test_markdown_of_published_answers_is_as_published() -> None:
    for row in list(read_rows(MIRROR / "arena_hard/v2.0.model_answer.o3-mini-2025-01-31.jsonl.gz"))[::5]:
        found, told = look(row["messages"][-1]["content"]["answer"]), row["metadata"]
        counts = tuple(sum(told[name].values()) for name in ("header_count", "list_count", "bold_count"))
        assert (found.headers, found.lists, found.bold) == counts
