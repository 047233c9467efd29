"""Docs that are kept: the same as often as they are asked for, whether they lie in memory or in a file."""

from __future__ import annotations

import tracemalloc

import pytest

from qwen3_eval.data import shelf
from qwen3_eval.data.shelf import Shelf
from qwen3_eval.types import Doc, IncompleteError

DOC = Doc("1", "?", ("a", [1, None, 2.5]), "de", "g", "s/t", {"w": 2.0}, {"deep": {"list": (1, "\ud800")}})


def docs(count: int, size: int = 10) -> list[Doc]:
    return [Doc(f"{number}", "q" * size, number, meta={"n": [number]}) for number in range(count)]


@pytest.mark.parametrize("memory", [0, 1 << 22], ids=["file", "memory"])
@pytest.mark.parametrize("chunk", [1, 200, 1 << 18])
def test_docs_come_back_as_they_were(monkeypatch: pytest.MonkeyPatch, memory: int, chunk: int) -> None:
    monkeypatch.setattr(shelf, "IN_MEMORY", memory)
    monkeypatch.setattr(shelf, "CHUNK", chunk)
    kept, found = Shelf(), [DOC, *docs(50)]
    for doc in found:
        kept.put(doc)
    assert len(kept) == 51
    assert list(kept) == list(kept) == found
    assert [pair for pair in zip(kept, kept, strict=True) if pair[0] != pair[1]] == []


def test_nothing_is_kept_of_nothing() -> None:
    assert (len(Shelf()), list(Shelf())) == (0, [])


def test_many_docs_take_no_more_memory_than_few() -> None:
    kept = Shelf()
    tracemalloc.start()
    for number in range(20_000):
        kept.put(Doc(f"{number}", "q" * 2_000, "1"))
    assert sum(1 for _ in kept) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * shelf.IN_MEMORY < 40_000_000


def test_a_full_disk_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    monkeypatch.setattr(shelf, "IN_MEMORY", 0)
    kept = Shelf()
    with pytest.raises(IncompleteError, match="No space left on device; make room"):
        for doc in docs(1_000, 1_000):
            kept.put(doc)
