"""Two files of figures, compared: what moved, and what nobody can tell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from speed.figures import Bench, Figure, compared, moved, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ([1.0, 1.1, 0.9], [0.5, 0.6, 0.4], "MOVED down"),
        ([1.0, 1.1, 0.9], [1.5, 1.6, 1.4], "MOVED up"),
        ([1.0, 1.1, 0.9], [1.05, 1.2, 1.15], "within noise"),
        ([1.0, 1.001, 0.999], [1.02, 1.021, 1.019], "within noise"),
        ([1.0], [9.0, 9.0, 9.0], "too few rounds to tell"),
    ],
)
def test_a_figure_moved_when_its_values_do_not_overlap(old: list[float], new: list[float], said: str) -> None:
    assert moved(old, new) == said


def bench(path: Path, *values: float, name: str = "an ask") -> Path:
    Bench("1", "a machine", [0.5], {name: Figure(name, "ms", "2", list(values))}).write(path)
    return path


def test_two_files_are_compared_by_their_medians(tmp_path: Path) -> None:
    old, new = bench(tmp_path / "old", 1, 2, 3), bench(tmp_path / "new", 10, 20, 30)
    lines = compared(read(old), read(new))
    assert lines[0] == "old: qwen3_eval 1 on a machine; load before each round: 0.5"
    assert lines[2].split() == ["an", "ask", "2", "->", "20", "ms", "10.00", "times", "MOVED", "up"]
    assert compared(read(old), read(bench(tmp_path / "other", 1, name="a token")))[2:] == [
        "only in old: an ask",
        "only in new: a token",
    ]


def speed(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "speed", *words], cwd=ROOT, capture_output=True, text=True)


def test_the_command_explains_itself_and_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    helped = speed("--help")
    assert helped.returncode == 0 and "--compare OLD NEW" in helped.stdout
    assert speed("nothing_like_it").returncode == 2
    (tmp_path / "torn").write_text("{")
    refused = speed("--compare", str(tmp_path / "torn"), str(tmp_path / "torn"))
    assert refused.returncode == 2 and "is no file of figures" in refused.stderr
    assert "Traceback" not in refused.stderr
