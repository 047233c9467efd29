"""What holds for every benchmark: its reference, the report's settings, readable prompts, and answers of any kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from base_protocol import base_settings
from places import FIXTURES
from task_checks import check_snapshot

from qwen3_eval import data, reference
from qwen3_eval.config import model_location
from qwen3_eval.prompts import Renderer, build_prompt
from qwen3_eval.sandbox import available
from qwen3_eval.task.base import Task, is_conversation
from qwen3_eval.task.fitted import FittedTask, Fitting
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.needs import SANDBOX
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import MODES, Doc, Score

BY_COMMIT = r"[\w.-]+/[\w.-]+@[0-9a-f]{40}\b"
BY_PAPER = r"^qwen3_eval's own, after section .* \(arXiv \d{4}\.\d{5}\)"
# Where long prompts are kept that are made here.
CACHE = TemporaryDirectory()
TASKS = {name: task for name, task in load_tasks().tasks.items() if task.spec.category != "demo"}
REPORT = [name for name, task in TASKS.items() if "report" in task.spec.suites]
REPORT_BASE = [name for name, task in TASKS.items() if "report-base" in task.spec.suites]
BASE = [name for name, task in TASKS.items() if "base" in task.spec.protocols]
HOSTILE = {
    "empty": "",
    "blank": " \n\t",
    "control": "\x00\x01\x1b[31m\x7f",
    "surrogate": "\ud800",
    "binary": bytes(range(256)).decode("latin-1"),
    "megabyte": "answer " * 150_000,
    "braces": "{" * 200_000,
    "boxes": "\\boxed{" * 50_000,
    "fences": "```\n" * 100_000,
    "digits": "9" * 1_000_000,
}

# Junk can follow instructions: it has no commas, or many words. It shares letters with a translation. The lowest that a
# judge can say is one of ten.
JUNK = {
    "ifeval": 1,
    "multi_if": 1,
    "flores": 0.2,
    "flores_204": 0.2,
    "alignbench_v1_1": 0.1,
    "writingbench": 0.1,
    "lengthctrl": 0.1,
}

each_task = pytest.mark.parametrize("name", TASKS)


def docs_of(task: Task) -> list[Doc]:
    return fitted_docs(task) if isinstance(task, FittedTask) else list(data.docs(task, FIXTURES))


@cache
def fitted_docs(task: FittedTask) -> list[Doc]:
    """One of each part, in tokens of the demo model."""
    renderer = Renderer(model_location("demo"))
    task.fitting = Fitting((8192,), 1, 42, renderer.count, renderer.tokenizer_sha256, 0, Path(CACHE.name))
    return [task.filled(doc) for doc in data.read(task, FIXTURES).docs]


def test_the_reports_suites() -> None:
    chat = (
        "mmlu_redux gpqa_diamond ceval livebench_2024_11_25 math_500 aime24 aime25 zebralogic autologi ifeval "
        "livecodebench_v5 codeforces bfcl_v3 "
        "multi_if include mmmlu mt_aime2024 polymath mlogiqa "
        "arena_hard alignbench_v1_1 creative_writing_v3 writingbench "
    )
    base = (
        "mmlu mmlu_redux mmlu_pro supergpqa bbh gpqa gsm8k math multipl_e evalplus mbpp_3shot crux_o "
        "include mmmlu mgsm "
    )
    assert set(chat.split()) == set(REPORT)
    assert set(base.split()) == set(REPORT_BASE)


def test_the_suite_of_the_model_cards() -> None:
    """What the cards of later models print in chat, of the report's benchmarks and beside them."""
    found = {name for name, task in TASKS.items() if "cards" in task.spec.suites}
    assert found >= {"arc_agi_1", "ceval", "gpqa_diamond", "ifeval", "mmlu_pro", "mmlu_prox", "mmlu_redux", "supergpqa"}
    assert all("chat" in TASKS[name].spec.protocols for name in found)


@each_task
def test_the_reference_is_a_commit_or_the_paper_that_a_task_of_our_own_rebuilds(name: str) -> None:
    assert re.search(f"{BY_COMMIT}|{BY_PAPER}", TASKS[name].spec.reference)


@pytest.mark.parametrize("name", sorted({*REPORT, *REPORT_BASE}))
def test_the_paper_names_every_table_that_prints_the_task(name: str) -> None:
    paper = TASKS[name].spec.paper
    assert paper is not None
    rows = [row for row in reference.results() if row.benchmark == name]
    assert {row.table for row in rows} == set(paper.tables)
    released = [row for row in rows if row.variant in reference.RELEASED]
    assert {row.metric for row in released} - {"percentile"} == {paper.metric} == {TASKS[name].spec.metric.name}


@pytest.mark.parametrize("name", REPORT)
def test_lengths_and_samples_are_the_reports(name: str) -> None:
    spec, settings = TASKS[name].spec, reference.settings(name)
    assert settings is not None
    samples = settings.n_samples or (1 if name != "creative_writing_v3" else 3)
    assert (spec.samples, spec.max_tokens) == (samples, settings.max_output_tokens)


@pytest.mark.parametrize("name", REPORT_BASE)
def test_base_models_get_as_many_examples_as_in_the_report(name: str) -> None:
    spec, settings = TASKS[name].spec, base_settings(name)
    assert settings is not None
    assert spec.shots == settings.few_shot


@pytest.mark.parametrize("name", BASE)
def test_letters_are_compared_where_no_reasoning_is_asked_for(name: str) -> None:
    """The report asks for reasoning (CoT) or not; without it the likelihood of letters decides."""
    settings, task = base_settings(name), TASKS[name]
    docs = docs_of(task)
    prompt = build_prompt(task, docs[0], "base", data.Shots(task, FIXTURES).of(docs[0]), "non-thinking")
    assert prompt.stop or prompt.choices
    if settings is not None and task.spec.category != "code":
        assert bool(prompt.choices) != settings.cot


@each_task
def test_prompts(name: str) -> None:
    """The first fixture doc in every mode and protocol, as a model with the Qwen3 chat format gets it."""
    check_snapshot(f"rendered/{name}", "".join(rendered(TASKS[name])))


def rendered(task: Task) -> Iterator[str]:
    renderer, doc, shots = Renderer(model_location("demo")), docs_of(task)[0], data.Shots(task, FIXTURES)
    for protocol in task.spec.protocols:
        for mode in MODES if protocol == "chat" else MODES[1:]:
            asked = task.for_sample(doc, 0)
            prompt = build_prompt(task, asked, protocol, shots.of(doc) if protocol == "base" else (), mode)
            text = renderer.render(prompt, mode).text if prompt.completion is None else prompt.completion
            yield f"--- {protocol}, {mode}\n{text}\n"
            yield f"--- stop: {list(prompt.stop)}\n" if prompt.stop else ""
            yield f"--- choices: {list(prompt.choices)}\n" if prompt.choices else ""


@each_task
def test_the_examples_do_not_give_the_answer_away(name: str) -> None:
    task = TASKS[name]
    docs = docs_of(task)
    assert docs
    assert docs[0].question not in {shot.question for shot in data.Shots(task, FIXTURES).of(docs[0])}


@each_task
@pytest.mark.parametrize("kind", HOSTILE)
def test_any_answer_gets_a_verdict(name: str, kind: str) -> None:
    task = TASKS[name]
    if SANDBOX in task.spec.needs and available() is not None:
        pytest.skip("no sandbox")
    doc, answer = docs_of(task)[0], HOSTILE[kind]
    if is_conversation(task):
        verdicts = [task.score_replies(doc, (answer,))]
    elif isinstance(task, Judged):
        read = {call.name: task.read(doc, call.name, (answer,)) for call in task.calls(doc, answer)}
        verdicts = [task.verdict(doc, answer, read), task.unanswered(doc)]
    else:
        verdicts = [task.score(doc, answer), task.base_score(doc, answer)]
    for found in verdicts:
        assert isinstance(found, Score)
        assert found.value <= JUNK.get(name, 0)
