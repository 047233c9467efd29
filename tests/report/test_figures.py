"""Budget curves as files for papers."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_run import Fake, write_run
from opened import runs_in

from qwen3_eval.cli import main
from qwen3_eval.report.figures import write_figures


def test_plots_for_papers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("aime24",), budgets=(1024, 2048, 4096), docs=8))
    assert main(["report", str(run), "--out", str(tmp_path / "x.html"), "--plots", str(tmp_path / "a")]) == 0
    assert f"plot: {tmp_path / 'a' / 'aime24-tokens.pdf'}" in capsys.readouterr().out
    assert len(list(write_figures(runs_in(run), tmp_path / "b"))) == 6
    for name in ("aime24", "aime24-tokens"):
        for ending, magic in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
            content = (tmp_path / "a" / f"{name}.{ending}").read_bytes()
            assert content.startswith(magic) and content == (tmp_path / "b" / f"{name}.{ending}").read_bytes()
    pdf, svg = (tmp_path / "a" / "aime24.pdf").read_bytes(), (tmp_path / "a" / "aime24.svg").read_text("utf-8")
    assert b"/CIDFontType2" in pdf and b"/Type3" not in pdf and b"CreationDate" not in pdf
    assert "thinking budget, tokens" in svg and "Qwen3-235B-A22B" in svg and "4K" in svg
    flat = write_run(tmp_path / "flat", Fake(tasks=("aime24",), budgets=(), docs=8))
    assert main(["report", str(flat), "--out", str(tmp_path / "y.html"), "--plots", str(tmp_path / "c")]) == 2
    assert "two or more thinking budgets" in capsys.readouterr().err
