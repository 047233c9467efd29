"""Long texts of prompts: kept once, compressed, and read as if they stood in the prompts."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen3_eval.cli import main
from qwen3_eval.records.formats import PROMPTS, TEXTS, PromptLine
from qwen3_eval.records.journal import lines
from qwen3_eval.records.record import open_run
from qwen3_eval.records.repair import examine, repair
from qwen3_eval.records.store import Store
from qwen3_eval.records.texts import LONG, apart, marks_in, parts_of, text_line, unpacked
from qwen3_eval.types import Mode, PromptFacts, Unit, UsageError

MANIFEST = {"plan": [], "identity": {"model": "m"}, "deviations": [], "sessions": []}
NEEDLE = "The magic word of the harbour is heron."
HAY = "".join(f"Line {number} of the harbour book.\n" for number in range(1_500))
SAID = HAY[:20_000] + NEEDLE + HAY[20_000:]
MODES: tuple[tuple[Mode, str], ...] = (("thinking", "<think>\n"), ("non-thinking", "<think>\n\n</think>\n\n"))


def opened(folder: Path) -> Store:
    store = Store(folder)
    store.open(MANIFEST)
    store.write_manifest(MANIFEST)
    return store


def asked(store: Store, said: str = SAID, number: int = 0) -> list[str]:
    """The texts of a question in both modes, which are kept."""
    texts = []
    for at, (mode, opening) in enumerate(MODES):
        texts.append(f"<|user|>\n{said}<|end|>\n{opening}")
        facts = PromptFacts(len(texts[-1]) // 4, (said,), (NEEDLE,))
        store.add_prompt(f"{number:02x}{at:02x}" * 16, texts[-1], Unit("t", str(number), 0, mode), "heron", facts)
    return texts


def read(folder: Path) -> list[PromptLine]:
    return [line for _, line in open_run(folder).prompt_lines()]


def test_a_message_that_stands_in_the_prompts_of_both_modes_is_kept_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    texts = asked(store)
    store.close()
    [kept] = (line for _, line in lines(tmp_path / TEXTS))
    assert unpacked(kept) == SAID and len(kept["deflated"]) < len(SAID) / 3
    assert (tmp_path / PROMPTS).stat().st_size < 1_500
    assert [line["text"] for line in read(tmp_path)] == texts
    run = open_run(tmp_path)
    assert [run.prompt(each)["text"] for each in run.prompts] == texts
    assert [each.characters for each in run.prompts] == list(map(len, texts))


def test_a_message_is_found_where_the_template_stripped_it(tmp_path: Path) -> None:
    said = SAID.strip()
    assert parts_of(f"a{said}b", [f"\n {said}  "]) == ["a", said, "b"]
    assert parts_of(f"a{SAID}b", ["elsewhere" * 2_000]) == [f"a{SAID}b"]
    assert parts_of(SAID[:LONG], [SAID[:LONG]]) == [SAID[:LONG]]
    assert parts_of("", []) == [""]


def test_marks_are_where_the_sentences_stand_in_the_whole_text(tmp_path: Path) -> None:
    store = opened(tmp_path)
    asked(store)
    store.close()
    for line in read(tmp_path):
        [(start, end)] = line["marks"]
        assert line["text"][start:end] == NEEDLE
        assert line["tokens"] == len(line["text"]) // 4


def test_marks_come_in_order_and_do_not_overlap() -> None:
    assert marks_in("abcabc", ["c", "b", "bc", "none", ""]) == [(1, 3), (4, 6)]
    assert len(marks_in("x." * 1_000, ["x"])) == 64


def test_a_short_prompt_stands_in_its_line_as_ever(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.add_prompt("ab" * 32, "x" * LONG, Unit("t", "1", 0, "thinking"), "4", PromptFacts(9, ("x" * LONG,)))
    store.close()
    assert not (tmp_path / TEXTS).exists()
    assert json.loads((tmp_path / PROMPTS).read_text()) == {
        "prompt_sha256": "ab" * 32, "task": "t", "id": "1", "protocol": "chat", "mode": "thinking",
        "text": "x" * LONG, "target": "4",
    }  # fmt: skip


def test_a_long_text_without_a_message_is_kept_too(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.add_prompt("ab" * 32, "é\ud800" * LONG, Unit("t", "1", 0, "thinking"), None)
    store.close()
    assert [line["text"] for line in read(tmp_path)] == ["é\ud800" * LONG]


@given(st.lists(st.text(alphabet="ab\n", min_size=0, max_size=3 * LONG // 2), max_size=4), st.text(max_size=9))
@settings(max_examples=20, deadline=None)
def test_parts_are_the_text(said: list[str], between: str) -> None:
    text = between + between.join(said) + between
    assert "".join(parts_of(text, said)) == text
    assert unpacked(text_line(text)) == text


def test_nothing_is_written_again_when_a_run_goes_on(tmp_path: Path) -> None:
    store = opened(tmp_path)
    texts = asked(store)
    store.close()
    before = {name: (tmp_path / name).read_bytes() for name in (PROMPTS, TEXTS)}
    again = opened(tmp_path)
    asked(again)
    again.close()
    assert before == {name: (tmp_path / name).read_bytes() for name in (PROMPTS, TEXTS)}
    assert [line["text"] for line in read(tmp_path)] == texts


def test_a_run_that_died_between_a_text_and_its_prompt_goes_on(tmp_path: Path) -> None:
    store = opened(tmp_path)
    texts = asked(store)
    store.close()
    (tmp_path / PROMPTS).write_bytes(b"")
    again = opened(tmp_path)
    asked(again)
    again.close()
    assert len(list(lines(tmp_path / TEXTS))) == 1
    assert [line["text"] for line in read(tmp_path)] == texts


@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_text_that_a_crash_lost_is_written_when_its_prompt_is_asked_again(tmp_path: Path, left: int) -> None:
    store = opened(tmp_path)
    texts = asked(store)
    store.close()
    (tmp_path / TEXTS).write_bytes((tmp_path / TEXTS).read_bytes()[:left])
    with pytest.raises(UsageError, match=r"texts\.jsonl is damaged: it lacks the text \w+ of a prompt; .*repair"):
        read(tmp_path)
    again = opened(tmp_path)
    asked(again)
    again.close()
    assert [line["text"] for line in read(tmp_path)] == texts * 2
    assert [each.sha256 for each in open_run(tmp_path).prompts] == ["0000" * 16, "0001" * 16] * 2


def damaged(line: dict[str, Any], how: str) -> dict[str, Any]:
    text = line["deflated"]
    half = len(text) // 2
    return (
        line
        | {
            "letters": {"deflated": text[:half] + "!" + text[half + 1 :]},
            "bytes": {"deflated": text[:half] + ("A" if text[half] != "A" else "B") + text[half + 1 :]},
            "other": {"deflated": text_line(HAY)["deflated"]},
            "short": {"deflated": text[: half - half % 4]},
        }[how]
    )


@pytest.mark.parametrize("how", ["letters", "bytes", "other", "short"])
def test_a_damaged_text_is_named_and_dropped_with_its_prompts(tmp_path: Path, how: str) -> None:
    store = opened(tmp_path)
    asked(store)
    whole = asked(store, SAID[:-500], 1)
    store.close()
    first, second = (tmp_path / TEXTS).read_text().splitlines(keepends=True)
    (tmp_path / TEXTS).write_text(json.dumps(damaged(json.loads(first), how)) + "\n" + second)
    with pytest.raises(UsageError, match=r"texts\.jsonl is damaged: .*repair"):
        read(tmp_path)
    found = examine(tmp_path)
    assert list(found.journals[TEXTS].dropped) == [1]
    assert found.journals[PROMPTS].dropped == dict.fromkeys((1, 2), "a text that it names is lost")
    repair(tmp_path, lambda record: None)
    assert [line["text"] for line in read(tmp_path)] == whole
    assert examine(tmp_path).nothing


def test_texts_that_ran_into_each_other_are_taken_apart(tmp_path: Path) -> None:
    store = opened(tmp_path)
    texts = asked(store) + asked(store, SAID[:-500], 1)
    store.close()
    for name in (TEXTS, PROMPTS):
        (tmp_path / name).write_text((tmp_path / name).read_text().replace("\n", "") + "\n")
    assert main(["repair", str(tmp_path), "--yes"]) == 0
    assert [line["text"] for line in read(tmp_path)] == texts


def test_what_stands_for_a_text_is_its_digest_and_its_length() -> None:
    assert apart("né") == {"text_sha256": text_line("né")["text_sha256"], "characters": 2}


def test_a_reader_holds_no_more_than_one_text(tmp_path: Path) -> None:
    def peak(folder: Path, count: int) -> int:
        store = opened(folder)
        for number in range(count):
            asked(store, f"{number} {SAID}", number)
        store.close()
        tracemalloc.start()
        assert sum(len(line["text"]) for _, line in open_run(folder).prompt_lines()) > count * len(SAID)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(tmp_path / "many", 40) < 2 * peak(tmp_path / "few", 4)
