"""What a run shows of itself while it goes on: answers, and what a judge makes of them."""

from __future__ import annotations

import asyncio
import io

import pytest

from qwen3_eval.progress import Progress, judging_row, shown


def counted() -> Progress:
    """Of ten essays six are there, one of them failed; three are judged with seven calls. The sums have no judge."""
    progress = Progress()
    progress.plan([("essays", 10), ("sums", 4)], {"essays": 1})
    progress.judges({"essays": 1})
    progress.begin("essays", 5)
    for number in range(5):
        progress.end("essays", tokens=10, failed=number == 4)
    for number in range(7):
        progress.called("essays", unread=number < 2)
    for _ in range(2):
        progress.judged("essays")
    return progress


def last_shown(progress: Progress, stream: io.StringIO) -> str:
    async def once() -> None:
        async with shown(progress, stream):
            pass

    asyncio.run(once())
    return stream.getvalue()


def test_judging_stands_beside_generating() -> None:
    progress = counted()
    assert judging_row(progress, "essays")[:4] == ("3/10", "2", "7", "2")
    assert judging_row(progress, "sums") == ("",) * 5


def test_the_rate_counts_from_when_the_judge_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    progress = counted()
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    progress.start_judging()
    monkeypatch.setattr("time.monotonic", lambda: 1002.0)
    assert judging_row(progress, "essays")[4] == "3.5"


def test_the_plain_line_says_it_of_judged_tasks_alone() -> None:
    line = last_shown(counted(), io.StringIO())
    essays, sums = line.strip().split("; ")
    assert "judged 3/10 (2 waiting, 7 calls, 2 unread, " in essays
    assert "judged" not in sums


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_live_table_has_the_columns_only_where_there_is_a_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert "unread" in last_shown(counted(), Terminal())
    plain = Progress()
    plain.plan([("sums", 4)], {})
    assert "unread" not in last_shown(plain, Terminal())
