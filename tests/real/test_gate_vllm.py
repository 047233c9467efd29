"""The gate on the demo model with real vLLM: planted regressions are caught, an unchanged run passes.

GATE_RUNS says how often each is tried, under another seed each time (default 1).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from running_vllm import OverHttp

from qwen3_eval import reference
from qwen3_eval.cli import main
from qwen3_eval.config import model_location

pytest.importorskip("vllm", reason="vllm is not installed")
pytestmark = [pytest.mark.vllm, pytest.mark.long]

SEEDS = range(1, 1 + int(os.environ.get("GATE_RUNS", "1")))
WHAT = ("--tasks", "demo_math,demo_tools", "--mode", "thinking", "--budgets", "8,64", "--samples", "6")
PASSED, WORSE = 0, 1


@pytest.fixture(scope="module")
def url(over_http: OverHttp) -> str:
    """Of a running vLLM server with the demo model."""
    return over_http.url


def measured(folder: Path, url: str, *more: str) -> Path:
    """A run directory; sampled at temperature 0.6 unless ``more`` says otherwise."""
    options = ["--engine", "server", "--base-url", url, "--run-dir", str(folder), "--temperature", "0.6"]
    assert main(["run", "--model", "demo", *WHAT, *options, *more]) == 0
    return folder


@pytest.fixture(scope="module")
def baseline(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a healthy run of the demo model scored."""
    folder = tmp_path_factory.mktemp("baseline")
    out = folder / "demo.json"
    assert main(["baseline", str(measured(folder / "run", url)), "--out", str(out)]) == 0
    return out


def gate(run: Path, baseline: Path) -> int:
    return main(["gate", str(run), "--baseline", str(baseline), "--detect", "15"])


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unchanged_run_passes(url: str, baseline: Path, tmp_path: Path, seed: int) -> None:
    assert gate(measured(tmp_path / "run", url, "--seed", str(seed)), baseline) == PASSED


@pytest.mark.parametrize("seed", SEEDS)
def test_a_high_temperature_is_caught(url: str, baseline: Path, tmp_path: Path, seed: int) -> None:
    run = measured(tmp_path / "run", url, "--seed", str(seed), "--temperature", "2")
    assert gate(run, baseline) == WORSE


@pytest.mark.parametrize("seed", SEEDS)
def test_a_broken_prompt_is_caught(url: str, baseline: Path, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "tokenizer"
    shutil.copytree(model_location("demo"), folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = folder / "tokenizer_config.json"
    whole = config.read_text("utf-8")
    # A template that cuts the question by which modes are told apart is refused before anything is asked.
    cut = "set text = turn.content if '?' in turn.content else turn.content[:-8] "
    broken = whole.replace("set text = turn.content ", cut)
    assert broken != whole
    config.write_text(broken, "utf-8")
    run = measured(tmp_path / "run", url, "--seed", str(seed), "--tokenizer", str(folder))
    assert gate(run, baseline) == WORSE


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_stop_text_is_caught(
    url: str, baseline: Path, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reference.stop_text("docs")
    monkeypatch.setattr(reference, "stop_text", lambda variant: whole.replace("</think>", ""))
    assert gate(measured(tmp_path / "run", url, "--seed", str(seed)), baseline) == WORSE
