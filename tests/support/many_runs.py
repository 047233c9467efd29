"""Runs of every kind, good and broken, and the page over all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fake_run import Fake, write_run

from qwen3_eval.report import write_index

SMALL = {"tasks": ("demo_math",), "budgets": (16, 32), "docs": 8, "unfinished": 0.0}
HOSTILE = "</script><script>window.hacked = 1</script>"
HOSTILE_FOLDER = "<img src=x onerror='window.hacked = 1'>"


def add(results: Path, name: str, day: int, **fields: Any) -> Path:
    """A run that started on that day of November."""
    extra = fields.pop("extra", {})
    sessions = [{"start": f"2026-11-{day:02}T10:00:00+00:00", "end": f"2026-11-{day:02}T10:05:00+00:00"}]
    return write_run(results / name, Fake(**{**SMALL, **fields}, extra={"sessions": sessions, **extra}))


def cut_line(path: Path, number: int) -> None:
    """Leaves a line of a file unfinished."""
    lines = path.read_text("utf-8").splitlines()
    lines[number] = lines[number][:30]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def index_of_many(root: Path) -> Path:
    """The page over runs that lie in ``root``: of three nights, of other settings, hostile, old, damaged."""
    results, reports = root / "results", root / "reports"
    (results / "baselines").mkdir(parents=True)
    (results / "nothing").mkdir()
    reports.mkdir()
    for day, skill in ((10, 1.0), (12, 0.5), (14, 0.9)):
        add(results, f"nightly-{day}", day, skill=skill)
    add(results, "other-questions", 15, docs=9)
    add(results, "stopped", 16, drop=5)
    add(results, HOSTILE_FOLDER, 11, model=HOSTILE)
    add(results, "old", 9, extra={"schema": 0})
    add(results, "many", 17, model="Qwen/Qwen3-8B", tasks=tuple(f"task{n}" for n in range(9)), docs=2)
    cut_line(add(results, "damaged", 13) / "scores.jsonl", 3)
    (add(results, "no-manifest", 8) / "run.json").write_text("{")
    (reports / "nightly-12.html").write_text("a report")
    return write_index(results, reports / "index.html")
