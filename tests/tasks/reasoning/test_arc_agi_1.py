"""arc_agi_1: docs, the published prompt, and verdicts that are those of QwenLM's scorer, odd layouts among them."""

from __future__ import annotations

import pytest
from places import FIXTURES
from task_checks import docs_of, task_of

from qwen3_eval import data
from qwen3_eval.types import Doc, Sampling, Score

GRID = [[1, 0], [2, 3]]
FLAT = "[[1, 0], [2, 3]]"
SPREAD = "[\n    [1, 0],\n    [2, 3]\n]"
WRONG = "[[1, 0], [2, 4]]"


def verdict(answer: str) -> Score:
    return task_of("arc_agi_1").score(Doc("1", "?", GRID), answer)


def test_each_test_input_is_a_doc_and_a_puzzle_with_two_counts_once() -> None:
    docs = docs_of("arc_agi_1")
    assert [doc.group for doc in docs] == ["fixmirror", "fixturn", "fixturn"]
    assert len({doc.id for doc in docs}) == len(docs)
    weights = [doc.weights.get("accuracy", 1.0) for doc in docs]
    assert weights == [1.0, 0.5, 0.5]


def test_the_prompt_is_the_rows_own() -> None:
    task = task_of("arc_agi_1")
    doc = next(iter(data.docs(task, FIXTURES)))
    (message,) = task.prompt(doc).messages
    assert (message.role, message.content) == ("user", doc.question)
    assert '"output": [\n    []\n  ]' in doc.question
    assert doc.question.endswith("```json\n[\n    [0, 0],\n    [0, 0]\n]\n```")


def test_the_settings_are_those_of_the_published_run() -> None:
    spec = task_of("arc_agi_1").spec
    assert spec.sampling == {"non-thinking": Sampling(0.7, 0.8, 20, 0.0, 1.5)}
    assert (spec.samples, spec.max_tokens, spec.n_docs) == (1, 32_768, 419)


# Each verdict was given by the reference too.
@pytest.mark.parametrize(
    ("answer", "value", "outcome"),
    [
        (FLAT, 1, "ok"),
        (f"\n  {SPREAD}\n", 1, "ok"),
        (f"The output:\n```json\n{SPREAD}\n```", 1, "ok"),
        (f"```python\n{FLAT}\n```\nEach row is kept.", 1, "ok"),
        (f"```json{FLAT}```", 1, "ok"),
        (f"```json\n{WRONG}\n```\nNo:\n```json\n{FLAT}\n```", 1, "ok"),
        (f"```json\n{FLAT}\n```\nor\n```json\n{WRONG}\n```", 0, "ok"),
        (f"```json\n{FLAT}\n```\nThat is {WRONG}.", 1, "ok"),
        (f"The output is {FLAT}.", 1, "ok"),
        (f"First {WRONG}, in the end {FLAT}.", 1, "ok"),
        ("```\n[[1, 0],\n [2, 3]]\n```", 1, "ok"),
        (f"```JSON\n{FLAT}\n```", 1, "ok"),
        ("[[1.0, 0], [2, 3]]", 1, "ok"),
        ("[[true, false], [2, 3]]", 1, "ok"),
        # A right grid in a layout that the reference does not read.
        (f"The output:\n```\n{SPREAD}\n```", 0, "no_answer"),
        (f"The output:\n{SPREAD}", 0, "no_answer"),
        ("The output is [ [1, 0], [2, 3] ].", 0, "no_answer"),
        (f"```python\noutput = {FLAT}\n```", 0, "no_answer"),
        (f"```json\n{FLAT}\n```\n```python\nprint(1)\n```", 0, "no_answer"),
        (f"```json\n{FLAT}\n```json\n{WRONG}\n```", 1, "ok"),
        (f"```json\n{FLAT}", 1, "ok"),
        (f"Input and output: {WRONG}\n{FLAT}", 0, "no_answer"),
        (f"It is {FLAT}, [0]]", 0, "no_answer"),
        ("| 1 | 0 |\n| 2 | 3 |", 0, "no_answer"),
        ("1 0\n2 3", 0, "no_answer"),
        ('```json\n{"output": [[1, 0], [2, 3]]}\n```', 0, "ok"),
        ('[["1", "0"], ["2", "3"]]', 0, "ok"),
        ("[[[1, 0], [2, 3]]]", 0, "ok"),
        ("[]", 0, "ok"),
        ("0", 0, "ok"),
        ("null", 0, "no_answer"),
        ("", 0, "no_answer"),
    ],
)
def test_verdicts(answer: str, value: float, outcome: str) -> None:
    found = verdict(answer)
    assert (found.value, found.outcome) == (value, outcome)


@pytest.mark.parametrize(
    "answer", ["[[" * 300_000, "```json " * 100_000, "```json" + " " * 900_000, "[[" + "]" * 900_000]
)
def test_hostile_answers_are_read_in_linear_time(answer: str) -> None:
    assert verdict(answer).value == 0
