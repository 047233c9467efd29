"""The report's numbers and settings, as the loader gives them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from base_protocol import BaseSettings, base_settings
from places import ROOT

from qwen3_eval import reference
from qwen3_eval.types import Reported, Sampling, UsageError

THINKING = Sampling(temperature=0.6, top_p=0.95, top_k=20)
NON_THINKING = Sampling(temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5)


def test_the_settings_of_section_4_6() -> None:
    found = reference.settings("aime24")
    assert found == reference.ReportSettings(64, 38_912, {"thinking": THINKING, "non-thinking": NON_THINKING})
    found = reference.settings("math_500")
    assert found is not None
    assert (found.n_samples, found.max_output_tokens) == (None, 32_768)
    found = reference.settings("gpqa_diamond")
    assert found is not None
    assert found.n_samples == 10


def test_benchmarks_of_base_models_have_their_own_settings() -> None:
    assert reference.settings("gsm8k") is None
    assert base_settings("gsm8k") == BaseSettings(few_shot=4, cot=True)
    assert base_settings("aime24") is None


def test_sampling_follows_mode_benchmark_and_protocol() -> None:
    assert reference.default_sampling("math_500", "thinking") == THINKING
    assert reference.default_sampling("anything", "non-thinking") == NON_THINKING
    for name in ("creative_writing_v3", "writingbench"):
        assert reference.default_sampling(name, "thinking").presence_penalty == 1.5
    assert reference.default_sampling("gsm8k", "thinking", "base") == Sampling()


@pytest.mark.parametrize(
    ("task", "metric", "mode", "model", "value", "table"),
    [
        ("aime24", "accuracy", "thinking", "Qwen3-235B-A22B", 85.7, 11),
        ("aime24", "avg@64", "thinking", "Qwen/Qwen3-235B-A22B", 85.7, 11),
        ("aime24", "accuracy", "non-thinking", "Qwen/Qwen3-8B", 29.1, 18),
        ("math_500", "accuracy", "thinking", "/models/qwen3-0.6b/", 77.6, 19),
        ("gsm8k", "accuracy", "non-thinking", "Qwen/Qwen3-8B-Base", 89.84, 6),
        ("gsm8k", "accuracy", "thinking", "Qwen/Qwen2.5-7B", 85.36, 6),
        ("mmlu", "accuracy", "thinking", "google/gemma-3-27b-pt", 78.69, 4),
        ("math_500", "accuracy", "thinking", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", 94.3, 15),
        ("ifeval", "strict_prompt_accuracy", "thinking", "Qwen/Qwen3-32B", 85.0, 13),
        ("codeforces", "rating", "thinking", "Qwen/Qwen3-8B", 1785, 17),
    ],
)
def test_reported(task: str, metric: str, mode: str, model: str, value: float, table: int) -> None:
    found = reference.reported(task, metric, mode, model)  # type: ignore[arg-type]
    assert found is not None
    assert (found.value, found.table) == (value, table)


def test_reported_by_language() -> None:
    found = reference.reported("polymath", "accuracy", "thinking", "Qwen/Qwen3-8B", "es")
    assert found == Reported(43.7, 24, "Qwen3-8B")
    assert reference.reported("polymath", "accuracy", "thinking", "Qwen/Qwen3-8B", "spa_Latn") == found
    assert reference.reported("polymath", "accuracy", "thinking", "Qwen/Qwen3-8B", "so") is None
    family = reference.reported("belebele", "accuracy", "thinking", "Qwen/Qwen3-14B", "family:Turkic")
    assert family is not None
    assert (family.value, family.table) == (83.8, 37)


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("gsm8k", "Qwen/Qwen3-8B"),
        ("aime24", "Qwen/Qwen3-8B-Base"),
        ("aime24", "Qwen/Qwen3-8B-FP8"),
        ("aime24", "demo"),
        ("nothing", "Qwen/Qwen3-8B"),
    ],
)
def test_what_is_not_printed_is_none(task: str, model: str) -> None:
    assert reference.reported(task, "accuracy", "thinking", model) is None


def test_training_stages_are_no_released_models() -> None:
    """Tables 21 and 22 print further numbers under the names of released models."""
    stages = {row.value for row in reference.results() if row.benchmark == "aime24" and row.variant == "stage2"}
    found = reference.reported("aime24", "accuracy", "thinking", "Qwen3-32B")
    assert stages == {83.8}
    assert found == Reported(81.4, 13, "Qwen3-32B")


def test_figure_2() -> None:
    points = reference.curve("aime24")
    assert [budget for budget, _ in points] == [1024, 2048, 4096, 8192, 16384, 32768]
    assert points[-1] == (32768, 86.667)
    assert reference.non_thinking_level("aime24") == 40.1
    assert reference.curve("gsm8k") == []
    assert reference.non_thinking_level("gsm8k") is None


def test_the_two_stop_texts_are_as_printed() -> None:
    sentence = (
        "Considering the limited time by the user, I have to give the solution based on the thinking directly now."
    )
    assert reference.stop_text() == reference.stop_text("docs") == f"\n\n{sentence}\n</think>\n\n"
    assert reference.stop_text("report") == f"{sentence}\n</think>.\n\n"
    with pytest.raises(UsageError, match="unknown stop text 'other'"):
        reference.stop_text("other")


def test_the_languages_of_a_benchmark() -> None:
    assert reference.benchmark_languages("multi_if") == ("en", "es", "fr", "hi", "it", "pt", "ru", "zh")
    assert len(reference.benchmark_languages("mt_aime2024")) == 55
    assert reference.benchmark_languages("aime24") == ()
    assert reference.report_languages("multi_if") == ("en", "es", "fr", "hi", "it", "pt", "ru", "zh-Hans")
    assert "nb" in reference.report_languages("mt_aime2024")
    assert len(reference.report_languages("belebele")) == 80
    assert reference.report_languages("aime24") == ()


def test_every_number_of_the_score_tables_is_there() -> None:
    rows = reference.results()
    assert {row.table for row in rows} == {*range(3, 9), *range(11, 36), 37}
    assert len(rows) == 3342


def test_loading_is_light() -> None:
    code = (
        "import sys, json; from qwen3_eval import reference; reference.results(); reference.settings('aime24');"
        "print(json.dumps(sorted({'pandas', 'numpy', 'datasets', 'torch'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
