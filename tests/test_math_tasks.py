"""aime24, math_500 and gsm8k: docs, prompts as a person reads them, verdicts."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from qwen3_eval import data, reference
from qwen3_eval.registry import Task, load_tasks
from qwen3_eval.types import Doc, Prompt, Score

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
SNAPSHOTS = HERE / "snapshots"
MIRROR = Path(os.environ.get("QWEN3_EVAL_DATA") or HERE.parents[1] / "shared" / "data")
NAMES = ("aime24", "math_500", "gsm8k")
BOXED = "Please reason step by step, and put your final answer within \\boxed{}."

with_mirror = pytest.mark.skipif(
    not (MIRROR / "MANIFEST.json").is_file(), reason="no mirror of the real rows beside the repository"
)


def task_of(name: str) -> Task:
    return load_tasks().get(name)


def docs_of(name: str, folder: Path = FIXTURES) -> list[Doc]:
    return list(data.docs(task_of(name), folder))


def score(name: str, answer: str, target: str) -> Score:
    return task_of(name).score(Doc(id="1", question="?", target=target), answer)


def shown(prompt: Prompt) -> str:
    """A prompt as text, with a line for each message and for the stop strings."""
    if prompt.completion is not None:
        return f"{prompt.completion}\n--- stop: {list(prompt.stop)}\n"
    return "".join(f"--- {message.role}\n{message.content}\n" for message in prompt.messages)


def check_snapshot(name: str, text: str) -> None:
    """Compares with ``tests/snapshots``; UPDATE_SNAPSHOTS=1 writes them instead."""
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


# facts


def test_the_suites() -> None:
    suites = load_tasks().suites()
    assert set(NAMES) <= set(suites["math"])
    assert {"aime24", "math_500"} <= set(suites["report"])
    assert "gsm8k" in suites["report-base"]


@pytest.mark.parametrize("name", ["aime24", "math_500"])
def test_lengths_and_samples_are_the_reports(name: str) -> None:
    spec, settings = task_of(name).spec, reference.settings(name)
    assert settings is not None
    assert (spec.samples, spec.max_tokens) == (settings.n_samples or 1, settings.max_output_tokens)


def test_gsm8k_is_asked_of_base_models_as_in_the_report() -> None:
    spec, settings = task_of("gsm8k").spec, reference.base_settings("gsm8k")
    assert settings is not None
    assert (spec.shots, spec.protocols) == (settings.few_shot, ("chat", "base"))


@pytest.mark.parametrize("name", NAMES)
def test_every_task_names_its_reference_by_commit(name: str) -> None:
    assert re.search(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} ", task_of(name).spec.reference)


@pytest.mark.parametrize("name", NAMES)
def test_a_task_file_is_short(name: str) -> None:
    lines = (HERE.parent / "tasks" / "math" / f"{name}.py").read_text().splitlines()
    assert len(lines) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_the_paper_names_the_tables_that_print_the_task(name: str) -> None:
    paper = task_of(name).spec.paper
    assert paper is not None
    printed = {row.table for row in reference.results() if row.benchmark == name and row.variant in reference.RELEASED}
    assert printed <= set(paper.tables)


# docs and prompts


def test_docs_carry_the_datasets_own_identifiers() -> None:
    assert [doc.id for doc in docs_of("aime24")] == ["901", "902", "903", "904"]
    assert docs_of("math_500")[0].id == "test/algebra/9001.json"
    assert [doc.id for doc in docs_of("gsm8k")] == ["test/0", "test/1", "test/2", "test/3"]
    assert [doc.target for doc in docs_of("gsm8k")] == ["53", "6375", "-8", "126"]


@pytest.mark.parametrize("name", NAMES)
def test_chat_prompts(name: str) -> None:
    doc = docs_of(name)[0]
    prompt = task_of(name).prompt(doc)
    assert [message.role for message in prompt.messages] == ["user"]
    assert prompt.messages[0].content == f"{doc.question}\n{BOXED}"
    check_snapshot(f"{name}.chat", shown(prompt))


def test_the_base_prompt_of_gsm8k() -> None:
    task = task_of("gsm8k")
    prompt = task.base_prompt(docs_of("gsm8k")[0], data.shots(task, FIXTURES))
    assert prompt.completion is not None
    assert prompt.completion.count("Question: ") == 5
    assert prompt.completion.endswith("\nAnswer:")
    check_snapshot("gsm8k.base", shown(prompt))


# verdicts


@pytest.mark.parametrize(
    ("answer", "value", "outcome"),
    [
        ("Adding up, we get $\\boxed{204}$.", 1, "ok"),
        ("\\boxed{203} is wrong, so \\boxed{204}", 1, "ok"),
        ("\\boxed{204} no, \\boxed{203}", 0, "ok"),
        ("The answer is 204.", 1, "ok"),
        ("I give up.", 0, "no_answer"),
        ("", 0, "no_answer"),
    ],
)
def test_aime24_verdicts(answer: str, value: float, outcome: str) -> None:
    found = score("aime24", answer, "204")
    assert (found.value, found.outcome) == (value, outcome)


def test_aime24_answers_may_have_leading_zeros() -> None:
    assert score("aime24", "\\boxed{5}", "005").value == 1
    assert score("aime24", "\\boxed{025}", "25").value == 1


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("so it is \\boxed{\\dfrac{7}{4}}", 1),
        ("so it is \\boxed{1\\frac34}", 1),
        ("so it is \\boxed{1.75}", 1),
        ("so it is \\boxed{\\frac{7}{3}}", 0),
        ("so it is \\boxed{x = \\frac74}", 1),
    ],
)
def test_math_500_verdicts(answer: str, value: float) -> None:
    found = score("math_500", answer, "\\frac{7}{4}")
    assert (found.value, found.outcome) == (value, "ok")
    assert found.extracted


@pytest.mark.parametrize(
    ("answer", "value", "extracted"),
    [
        ("She baked \\boxed{6,375} rolls.", 1, "6,375"),
        (" It sold 255.\n255*25 = 6375.\n#### 6,375", 1, "6375"),
        ("#### 6375.", 1, "6375"),
        ("#### 6375\n\n#### 12", 1, "6375"),
        ("So the total is $6,375.00.", 1, "6375.00"),
        ("It took 6375 dollars on 3 evenings", 0, "3"),
    ],
)
def test_gsm8k_verdicts(answer: str, value: float, extracted: str) -> None:
    found = score("gsm8k", answer, "6375")
    assert (found.value, found.extracted) == (value, extracted)


@pytest.mark.parametrize("name", NAMES)
def test_the_gold_of_every_fixture_row_scores_one(name: str) -> None:
    check_golds(name, FIXTURES)


def check_golds(name: str, folder: Path) -> int:
    """Every gold, as a model would put it, scores 1, and the gold of the next doc scores 0."""
    task, docs = task_of(name), docs_of(name, folder)
    for doc, other in zip(docs, docs[1:] + docs[:1], strict=True):
        found = task.score(doc, f"First we think about {other.target}.\n\n**Answer:** \\[ \\boxed{{{doc.target}}} \\]")
        assert (found.value, found.outcome) == (1, "ok"), doc
        if re.findall(r"\d+", doc.target) != re.findall(r"\d+", other.target):
            assert task.score(doc, f"Surely \\boxed{{{other.target}}}").value == 0, doc
    return len(docs)


# the real rows


@with_mirror
@pytest.mark.parametrize(("name", "count"), [("aime24", 30), ("math_500", 500), ("gsm8k", 1319)])
def test_all_golds_score_one_against_themselves(name: str, count: int) -> None:
    assert check_golds(name, MIRROR) == count


@with_mirror
def test_the_worked_solutions_of_gsm8k_score_one() -> None:
    task = task_of("gsm8k")
    assert all(task.score(doc, f" {doc.meta['solution']}\n\n").value == 1 for doc in data.docs(task, MIRROR))


@with_mirror
def test_the_worked_solutions_of_math_500_score_one() -> None:
    task, source = task_of("math_500"), task_of("math_500").spec.source
    rows = data.rows(source, MIRROR)  # type: ignore[arg-type]
    wrong = [row["unique_id"] for row in rows if task.score(task.doc(row), row["solution"]).value != 1]
    assert wrong == []


@with_mirror
@pytest.mark.parametrize(("name", "count"), [("aime24", 30), ("math_500", 500), ("gsm8k", 1319)])
def test_provenance_of_the_real_rows(name: str, count: int) -> None:
    task = task_of(name)
    found = data.provenance(task, MIRROR)
    assert (found["from"], found["n_rows"]) == ("mirror", count)
    assert found["source"]
    assert re.fullmatch(r"[0-9a-f]{64}", found["sha256"])
    assert len(data.shots(task, MIRROR)) == task.spec.shots
