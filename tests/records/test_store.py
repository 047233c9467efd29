"""The run directory: journals, torn lines, lock, resume."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qwen3_eval.records.formats import GENERATIONS
from qwen3_eval.records.journal import Journal, lines
from qwen3_eval.records.store import Store, differences, generation_line, read_record
from qwen3_eval.types import (
    Doc,
    Generation,
    IncompleteError,
    Record,
    Reply,
    Score,
    ScoreRecord,
    Tokens,
    Unit,
    UsageError,
)

MANIFEST = {"plan": [], "identity": {"model": "m", "sampling": {"temperature": 0.6}}}


def record(number: int, **facts: object) -> Record:
    unit = Unit("t", f"doc{number}", 0, "thinking", 64)
    generation = Generation("why\n", "é \u2028 answer", tokens=Tokens(3, 4, 5, 0, 9), **facts)  # type: ignore[arg-type]
    return Record(f"{number:032x}", unit, 7, "ab" * 32, generation)


OPEN: list[Store] = []


@pytest.fixture(autouse=True)
def close_stores() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def opened(folder: Path) -> Store:
    store = Store(folder)
    store.open(MANIFEST)
    store.write_manifest(MANIFEST)
    OPEN.append(store)
    return store


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.add_generation(record(1))
    store.add_generation(record(2))
    store.close()
    again = opened(tmp_path)
    assert again.generation(bytes.fromhex(record(2).key)) == record(2)
    assert read_record(generation_line(record(1))) == record(1)


def test_fields_of_another_version_are_passed_over() -> None:
    line: Any = generation_line(record(1))
    line["tokens"] |= {"cached": 3, "drafted": 4}
    line["replies"] = [{"thinking": "t", "answer": "a", "role": "assistant"}]
    found = read_record({**line, "more": 1})
    assert found.generation.tokens == record(1).generation.tokens
    assert found.generation.replies == (Reply("t", "a"),)


def test_the_line_has_the_fields_of_the_contract() -> None:
    fields = {
        "key", "task", "id", "sample", "mode", "budget", "seed", "prompt_sha256", "thinking", "answer",
        "finished", "forced_stop", "finish_reason", "tokens", "latency_s", "error",
    }  # fmt: skip
    assert fields <= set(generation_line(record(1)))


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_line_is_cut_off(tmp_path: Path, cut: int) -> None:
    store = opened(tmp_path)
    store.add_generation(record(1))
    store.add_generation(record(2))
    store.close()
    path = tmp_path / GENERATIONS
    path.write_bytes(path.read_bytes()[:-cut])
    again = opened(tmp_path)
    assert set(again.generated) == {bytes.fromhex(record(1).key)}
    again.add_generation(record(3))
    again.close()
    assert [line["id"] for _, line in lines(path)] == ["doc1", "doc3"]


def test_a_file_that_is_one_torn_line_becomes_empty(tmp_path: Path) -> None:
    (tmp_path / "j.jsonl").write_bytes(b'{"half": ' + b"x" * 200_000)
    journal = Journal(tmp_path / "j.jsonl")
    journal.open()
    journal.close()
    assert (tmp_path / "j.jsonl").read_bytes() == b""


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(UsageError, match="another process is writing"):
        Store(tmp_path).open(MANIFEST)
    store.close()
    opened(tmp_path).close()


def test_other_settings_are_refused_with_what_differs(tmp_path: Path) -> None:
    opened(tmp_path).close()
    other = {"identity": {"model": "m", "sampling": {"temperature": 1.0}}}
    with pytest.raises(UsageError, match=r"sampling\.temperature: 0\.6 -> 1\.0"):
        Store(tmp_path).open(other)


def test_retryable_failures_are_made_again_and_scores_follow_generations(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.add_generation(record(1, error="gone", retryable=True))
    store.add_scores([(ScoreRecord(record(1).key, record(1).unit, Score(0, "error"), "t-1"), Doc("doc1", "?", "4"))])
    store.add_generation(record(2, error="context: too long"))
    store.close()
    again = opened(tmp_path)
    assert set(again.generated) == {bytes.fromhex(record(2).key)}
    assert not again.scored


def test_prompts_are_kept_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for _ in range(3):
        store.add_prompt("ab" * 32, "What?", record(1).unit, "4")
    store.close()
    again = opened(tmp_path)
    again.add_prompt("ab" * 32, "What?", record(1).unit, "4")
    again.close()
    assert len((tmp_path / "prompts.jsonl").read_text().splitlines()) == 1


def test_a_full_disk_stops_cleanly_and_keeps_whole_lines(tmp_path: Path) -> None:
    import resource

    store = opened(tmp_path)
    store.add_generation(record(1))
    size = (tmp_path / GENERATIONS).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, hard))
    try:
        with pytest.raises(IncompleteError, match="make room"):
            store.add_generation(record(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    store.close()
    assert (tmp_path / GENERATIONS).stat().st_size == size
    assert json.loads((tmp_path / GENERATIONS).read_text())["id"] == "doc1"


def test_differences_name_nested_settings() -> None:
    assert differences({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}}) == ["b.c: 2 -> 3"]


def test_half_of_a_surrogate_pair_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    journal.open()
    for text in ("é", "\ud800 é", "\x00\x1b"):
        journal.append({"text": text})
    journal.close()
    assert [line["text"] for _, line in lines(tmp_path / "j.jsonl")] == ["é", "\ud800 é", "\x00\x1b"]
