"""What a thinking block was: none, empty, closed with text or open, told by text and by token ids alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qwen3_eval.engines.base import Completion
from qwen3_eval.families import Reader
from qwen3_eval.generate.reading import read_text
from qwen3_eval.records.store import generation_line, read_record
from qwen3_eval.thinking import CLOSE, OPEN, QWEN, Marks, Tags, cut_off, split_text, split_tokens
from qwen3_eval.types import Block, Generation, Record, Reply, Unit

TAGS = Tags(open=1, close=2)
EMPTY = f"{OPEN}\n\n{CLOSE}\n\n"
# A reply, whether the prompt opened the block, and what is to be told: block and further opening tag.
CASES: list[tuple[str, bool, Block, bool]] = [
    ("Paris.", False, "none", False),
    ("", False, "none", False),
    (f"{EMPTY}Paris.", False, "empty", False),
    (f"{OPEN}{CLOSE}Paris.", False, "empty", False),
    (f"{OPEN} \t\n{CLOSE}Paris.", False, "empty", False),
    (f"{OPEN}\nhm\n{CLOSE}\n\nParis.", False, "closed", False),
    (f"{OPEN}\nhm\n{CLOSE}", False, "closed", False),
    (f"{OPEN}\nhm", False, "open", False),
    (OPEN, False, "open", False),
    ("\n\n", True, "open", False),
    ("hm\n" + CLOSE + "Paris.", True, "closed", False),
    ("\n" + CLOSE + "Paris.", True, "empty", False),
    ("hm\n" + CLOSE + "Paris.", False, "closed", False),
    (f"Sure.\n{EMPTY}Paris.", False, "empty", False),
    (f"{EMPTY}Paris. {OPEN}hm{CLOSE}", False, "empty", True),
    (f"{EMPTY}{OPEN}\nhm\n{CLOSE}\n\nParis.", False, "empty", True),
    (f"{EMPTY}Paris.\n{OPEN}\nhm", False, "open", True),
    (f"{OPEN}\nhm\n{CLOSE}\n\nIt writes `{OPEN}` first.", False, "closed", True),
    (f"Between `{OPEN}` and `{CLOSE}` it thinks.", False, "none", True),
    (f"{OPEN}\nin `{OPEN}` and out\n{CLOSE}\n\nParis.", False, "closed", False),
]


def tokens_of(text: str) -> list[int]:
    """Tags are tokens, and every other character is one."""
    found: list[int] = []
    for part in QWEN.part(text):
        found += [1] if part == OPEN else [2] if part == CLOSE else [ord(char) + 10 for char in part]
    return found


def decode(tokens: Any) -> str:
    return "".join(OPEN if token == 1 else CLOSE if token == 2 else chr(token - 10) for token in tokens)


@pytest.mark.parametrize(("text", "opened", "block", "tagged"), CASES)
def test_what_a_block_was(text: str, opened: bool, block: Block, tagged: bool) -> None:
    for found in (split_text(text, opened=opened), split_tokens(tokens_of(text), TAGS, decode, opened=opened)):
        assert (found.block, found.tagged) == (block, tagged)


def test_letters_that_look_like_a_tag_are_none_by_token_ids() -> None:
    spelled = [ord(char) + 10 for char in f"{OPEN}hm{CLOSE}"]
    assert split_tokens(spelled, TAGS, decode).block == "none"
    assert split_text(f"{OPEN}hm{CLOSE}").block == "closed"


def test_a_text_without_tags_that_was_cut_tells_nothing() -> None:
    assert split_text("hm", cut=True).block == ""


def test_a_stop_text_closes_the_block() -> None:
    assert [cut_off(thinking, "4", tagged=False).block for thinking in ("hm", "\n")] == ["closed", "empty"]
    assert cut_off("hm", None, tagged=True).block == "open"


def test_channels() -> None:
    marks = Marks("<|channel|>analysis<|message|>", "<|end|>")
    think, answer = "<|channel|>analysis<|message|>hm<|end|>", "<|start|>assistant<|channel|>final<|message|>4"
    found = [split_text(text, marks=marks).block for text in (think + answer, answer, think, "4")]
    assert found == ["closed", "none", "open", "none"]


@pytest.mark.parametrize(
    ("text", "reasoning", "written", "block"),
    [
        # As the model wrote it.
        ("Paris.", None, True, "none"),
        (f"{EMPTY}Paris.", None, True, "empty"),
        (f"{OPEN}\nhm\n{CLOSE}\n\nParis.", None, True, "closed"),
        (f"{OPEN}\nhm", None, True, "open"),
        # A server that may have a parser: tags that are there say what was, and without them nothing does.
        ("Paris.", None, False, ""),
        (f"{EMPTY}Paris.", None, False, "empty"),
        # One that has: what it split off is no proof, empty or not.
        ("Paris.", "hm", False, ""),
        ("Paris.", "\n\n", False, ""),
        (f"{EMPTY}Paris.", "\n", False, ""),
        ("", "hm", False, ""),
        ("Paris.", "hm", True, ""),
    ],
)
def test_a_split_off_field_is_never_believed(text: str, reasoning: str | None, written: bool, block: Block) -> None:
    completion = Completion(text=text, reasoning=reasoning, finish_reason="stop")
    assert read_text(completion, Reader(), opened=False, thinks=True, written=written).block == block


def record(generation: Generation) -> Record:
    return Record("ab" * 16, Unit("t", "1", 0, "thinking"), 7, "cd" * 32, generation)


def test_journals_hold_what_is_known_and_nothing_else() -> None:
    replies = (
        Reply("hm", "4", "closed", tagged=True),
        Reply("", "5", "empty"),
        Reply("", "6"),
        Reply("x", "", "", cut=True),
    )
    told = json.loads(json.dumps(generation_line(record(Generation("", "6", replies=replies, block="none")))))
    assert [{*reply} - {"thinking", "answer"} for reply in told["replies"]] == [
        {"block", "tagged"}, {"block"}, set(), {"cut"},
    ]  # fmt: skip
    assert (told["block"], "tagged" in told) == ("none", False)
    back = read_record(told).generation
    assert [(each.block, each.tagged, each.cut) for each in back.replies] == [
        ("closed", True, False), ("empty", False, False), ("", False, False), ("", False, True),
    ]  # fmt: skip
    assert (back.block, back.tagged) == ("none", False)


def test_a_line_of_an_old_run_is_read_as_before() -> None:
    old = generation_line(record(Generation("hm", "4", replies=(Reply("hm", "4"),))))
    assert not {"block", "tagged"} & {*old}
    found = read_record(old).generation
    assert (found.block, found.replies[0].block, found.replies[0].cut) == ("", "", False)


def test_the_journal_refuses_a_block_that_is_none_of_ours(tmp_path: Path) -> None:
    from qwen3_eval.records.journal import lines
    from qwen3_eval.types import UsageError

    line = {**generation_line(record(Generation())), "block": "half"}
    (tmp_path / "generations.jsonl").write_text(json.dumps(line) + "\n")
    with pytest.raises(UsageError, match="line 1 is damaged"):
        list(lines(tmp_path / "generations.jsonl"))
