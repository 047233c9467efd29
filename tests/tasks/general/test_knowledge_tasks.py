"""mmlu, mmlu_redux, ceval and gpqa_diamond: docs, prompts as a person reads them, verdicts."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from base_protocol import base_settings
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror

from qwen3_eval import data, reference
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Doc, UsageError

NAMES = ("mmlu", "mmlu_redux", "mmlu_redux_2", "ceval", "gpqa_diamond")
CHAT = ("mmlu_redux", "ceval", "gpqa_diamond")
BASE = ("mmlu", "mmlu_redux")
ASKED = 'Please show your choice in the `answer` field with only the choice letter, e.g., `"answer": "C"`.'


# facts


def test_the_suites() -> None:
    suites = load_tasks().suites()
    assert set(CHAT) <= set(suites["report"])
    assert set(BASE) <= set(suites["report-base"])
    assert set(NAMES) <= set(suites["general"])
    assert "mmlu_redux_2" not in suites["report"]


@pytest.mark.parametrize("name", BASE)
def test_base_models_get_the_reports_examples(name: str) -> None:
    spec, stated = task_of(name).spec, base_settings(name)
    assert stated is not None
    assert spec.shots == stated.few_shot == 5
    assert "base" in spec.protocols


def fits(value: float, count: int) -> bool:
    """Whether a percentage with two decimals can come from a whole number of right answers."""
    near = round(value * count / 100)
    return any(f"{100 * right / count:.2f}" == f"{value:.2f}" for right in (near - 1, near, near + 1))


def test_the_reports_accuracies_are_those_of_2778_questions() -> None:
    printed = {row.value for row in reference.results() if row.benchmark == "mmlu_redux" and row.variant == "base"}
    assert len(printed) == 25
    assert [count for count in range(1000, 5001) if all(fits(value, count) for value in printed)] == [2778]


# docs


def test_docs_carry_identifiers_targets_and_subjects() -> None:
    mmlu = docs_of("mmlu")
    assert [doc.id for doc in mmlu] == [f"test/{row}" for row in range(5)]
    assert [doc.target for doc in mmlu] == ["B", "B", "B", "B", "A"]
    assert mmlu[2].subset == "high_school_geography"
    ceval = docs_of("ceval")
    assert [doc.id for doc in ceval] == ["computer_network/0", "computer_network/1", "high_school_geography/0", "law/0"]
    assert [doc.target for doc in ceval] == ["A", "C", "D", "B"]
    assert {doc.language for doc in ceval} == {"zh-Hans"}
    assert [doc.id for doc in docs_of("gpqa_diamond")] == [f"rec0fixture{number}" for number in (1, 2, 3, 4)]


def test_redux_keeps_questions_with_one_right_answer() -> None:
    first = {doc.id: doc.target for doc in docs_of("mmlu_redux")}
    assert first == {"astronomy/test/0": "B", "astronomy/test/1": "C", "high_school_geography/test/2": "B"}
    second = {doc.id: doc.target for doc in docs_of("mmlu_redux_2")}
    assert second == {**first, "astronomy/test/2": "C", "sociology/test/1": "A"}


def redux_row(error: str, answer: int, named: str | None) -> dict[str, Any]:
    return {
        "_row": "virology/test/0",
        "subject": "virology",
        "question": "Which?",
        "choices": ["w", "x", "y", "z"],
        "answer": answer,
        "error_type": error,
        "correct_answer": named,
    }


@pytest.mark.parametrize(
    ("error", "named", "first", "second"),
    [
        ("ok", None, "B", "B"),
        ("ok", "3", "B", "B"),
        ("wrong_groundtruth", "D", "D", "D"),
        ("wrong_groundtruth", " D ", "D", "D"),
        ("wrong_groundtruth", "3", None, "D"),
        ("wrong_groundtruth", None, None, None),
        ("wrong_groundtruth", "A,B", None, None),
        ("wrong_groundtruth", "E", None, None),
        ("wrong_groundtruth", "", None, None),
        ("multiple_correct_answers", "A", None, None),
        ("no_correct_answer", "A", None, None),
        ("bad_question_clarity", None, None, None),
        ("bad_options_clarity", None, None, None),
        ("expert", None, None, None),
    ],
)
def test_which_annotations_leave_one_right_answer(error: str, named: str, first: str, second: str) -> None:
    row = redux_row(error, 1, named)
    for name, target in (("mmlu_redux", first), ("mmlu_redux_2", second)):
        task = task_of(name)
        assert task.keep(row) == (target is not None)
        if target is not None:
            assert task.doc(row).target == target


def test_the_options_of_gpqa_stand_in_an_order_of_their_own() -> None:
    task = task_of("gpqa_diamond")
    rows = [
        {"Record ID": f"rec{number}", "Question": "Q?\n", "High-level domain": "Physics", **columns(number)}
        for number in range(400)
    ]
    docs = [task.doc(row) for row in rows]
    assert docs == [task.doc(row) for row in reversed(rows)][::-1]
    for row, doc in zip(rows, docs, strict=True):
        lines = doc.question.splitlines()
        assert lines[:2] == ["Q?", ""]
        assert [line.partition(". ")[2] for line in lines[2:]] == [row[column].strip() for column in doc.meta["order"]]
        assert lines[2 + "ABCD".index(doc.target)] == f"{doc.target}. right {row['Record ID'][3:]}"
    counts = Counter(doc.target for doc in docs)
    assert min(counts[letter] for letter in "ABCD") > 70


def columns(number: int) -> dict[str, str]:
    wrong = {f"Incorrect Answer {place}": f"wrong {place}" for place in (1, 2, 3)}
    return {"Correct Answer": f"right {number}\n", **wrong}


def test_a_key_beyond_the_options_is_refused() -> None:
    row = json.loads((FIXTURES / "ceval" / "val.jsonl").read_text("utf-8").splitlines()[0])
    with pytest.raises(ValueError, match="column 'answer': expected A to D, got ''"):
        task_of("ceval").doc({**row, "answer": ""})


def archive(folder: Path, member: str) -> Path:
    """A mirror with the fixture's rows as the authors publish them: a CSV file in an archive."""
    rows = [json.loads(line) for line in (FIXTURES / "gpqa" / "gpqa_diamond.jsonl").read_text("utf-8").splitlines()]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    path = folder / "gpqa" / "gpqa_diamond.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archived:
        archived.writestr(member, table.getvalue())
    entry = {"file": "gpqa/gpqa_diamond.zip", "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "n_records": 4}
    (folder / "MANIFEST.json").write_text(json.dumps({"benchmarks": {"gpqa": {"files": [entry]}}}))
    return folder


def test_the_authors_archive_gives_the_same_docs(tmp_path: Path) -> None:
    assert docs_of("gpqa_diamond", archive(tmp_path, "dataset/gpqa_diamond.csv")) == docs_of("gpqa_diamond")


def test_an_archive_without_the_rows_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gpqa_diamond\.zip, member 'dataset/gpqa_diamond\.csv', cannot be read"):
        docs_of("gpqa_diamond", archive(tmp_path, "other.csv"))


# prompts


@pytest.mark.parametrize("name", CHAT)
def test_chat_prompts(name: str) -> None:
    doc = docs_of(name)[0]
    prompt = task_of(name).prompt(doc)
    assert [message.role for message in prompt.messages] == ["user"]
    text = prompt.messages[0].content
    assert text.endswith(f"{doc.question}\n\n{ASKED}")
    assert len(re.findall(r"^[A-D]\. ", text, re.MULTILINE)) == 4
    check_snapshot(f"{name}.chat", shown(prompt))


@pytest.mark.parametrize("name", BASE)
def test_base_prompts(name: str) -> None:
    task, doc = task_of(name), docs_of(name)[0]
    prompt = task.base_prompt(doc, data.Shots(task, FIXTURES).of(doc))
    assert prompt.completion is not None
    assert prompt.completion.startswith(
        "The following are multiple choice questions (with answers) about  astronomy.\n\nWhich planet has the shortest"
    )
    assert prompt.completion.count("\nAnswer: ") == 5
    assert prompt.completion.endswith("\nAnswer:")
    assert prompt.choices == (" A", " B", " C", " D")
    check_snapshot(f"{name}.base", shown(prompt))


def test_examples_are_of_the_questions_subject() -> None:
    task = task_of("mmlu")
    shots = data.Shots(task, FIXTURES)
    for doc in docs_of("mmlu"):
        found = shots.of(doc)
        assert len(found) == 5
        assert {shot.subset for shot in found} == {doc.subset}


def test_the_redux_prompt_is_that_of_mmlu() -> None:
    mmlu, redux = task_of("mmlu"), task_of("mmlu_redux")
    doc = Doc("1", "Which?\nA. w\nB. x\nC. y\nD. z", "A", subset="high_school_geography")
    ours = redux.base_prompt(doc, data.Shots(redux, FIXTURES).of(doc))
    same = Doc("1", f"{doc.question}\nAnswer:", "A", subset=doc.subset)
    assert ours == mmlu.base_prompt(same, data.Shots(mmlu, FIXTURES).of(same))
    assert "about  high school geography." in (ours.completion or "")


def test_ceval_opens_with_the_subjects_name() -> None:
    text = task_of("ceval").prompt(docs_of("ceval")[0]).messages[0].content
    assert text.startswith("以下是中国关于计算机网络考试的单项选择题，请选出其中的正确答案。\n\n")


# verdicts


@pytest.mark.parametrize("name", ["mmlu_redux", "mmlu_redux_2", "ceval", "gpqa_diamond"])
@pytest.mark.parametrize(
    ("answer", "value", "outcome"),
    [
        ('"answer": "C"', 1, "ok"),
        ('Reasons.\n\n```json\n{"answer": "C"}\n```', 1, "ok"),
        ("The answer is **C**.", 1, "ok"),
        ("\\boxed{\\text{C}}", 1, "ok"),
        ("答案：C", 1, "ok"),
        ('"answer": "B"', 0, "ok"),
        ('"answer": "C"\n\nNo: "answer": "A"', 0, "ok"),
        ('"answer": "E"', 0, "no_answer"),
        ("Either A or C.", 0, "no_answer"),
        ("", 0, "no_answer"),
        ("x" * 100_000, 0, "no_answer"),
        ("\ud800\x00", 0, "no_answer"),
    ],
)
def test_verdicts(name: str, answer: str, value: float, outcome: str) -> None:
    found = task_of(name).score(Doc("1", "?", "C", subset="law"), answer)
    assert (found.value, found.outcome) == (value, outcome)


@pytest.mark.parametrize("name", BASE)
def test_the_likeliest_choice_is_judged(name: str) -> None:
    doc = Doc("1", "?", "C", subset="law")
    assert [task_of(name).base_score(doc, f" {letter}").value for letter in "ABCD"] == [0, 0, 1, 0]


def check_golds(name: str, folder: Path) -> int:
    """Every gold scores 1, every other letter 0, with the forms taken in turn."""
    task, docs = task_of(name), docs_of(name, folder)
    forms = ('"answer": "{}"', "So the answer is **{}**.", "\\boxed{{{}}}", "答案：{}", "{}")
    for number, doc in enumerate(docs):
        form = forms[number % len(forms)]
        other = "ABCD"["ABCD".index(doc.target) - 1]
        assert task.score(doc, form.format(doc.target)).value == 1, doc.id
        assert task.score(doc, form.format(other)).value == 0, doc.id
    return len(docs)


@pytest.mark.parametrize("name", NAMES)
def test_golds_of_the_fixtures(name: str) -> None:
    assert check_golds(name, FIXTURES) > 0


# the real rows

COUNTS = {"mmlu": 14_042, "mmlu_redux": 2779, "mmlu_redux_2": 5432, "ceval": 1346, "gpqa_diamond": 198}
SUBSETS = {"mmlu": 57, "mmlu_redux": 30, "mmlu_redux_2": 57, "ceval": 52, "gpqa_diamond": 3}


@with_mirror
@pytest.mark.parametrize("name", NAMES)
def test_golds_of_the_real_rows(name: str) -> None:
    assert check_golds(name, MIRROR) == COUNTS[name]


@with_mirror
@pytest.mark.parametrize("name", NAMES)
def test_subjects_of_the_real_rows(name: str) -> None:
    docs = docs_of(name, MIRROR)
    assert len({doc.subset for doc in docs}) == SUBSETS[name]
    assert len({doc.id for doc in docs}) == len(docs)


@with_mirror
@pytest.mark.parametrize("name", BASE)
def test_every_subject_has_its_examples(name: str) -> None:
    task = task_of(name)
    shots = data.Shots(task, MIRROR)
    by_subject = {doc.subset: doc for doc in docs_of(name, MIRROR)}
    for doc in by_subject.values():
        assert len(shots.of(doc)) == 5


@with_mirror
def test_the_rows_of_redux_differ_from_the_references_by_one() -> None:
    """ZeroEval kept 2,778 of MMLU-Redux 1.0."""
    rows = list(data.rows(task_of("mmlu_redux").spec.sources[0], MIRROR))
    subjects = {doc.subset for doc in docs_of("mmlu_redux", MIRROR)}
    kept = [row for row in rows if row["subject"] in subjects and kept_by_zeroeval(row)]
    assert len(kept) == COUNTS["mmlu_redux"] == 2778 + 1


def kept_by_zeroeval(row: Mapping[str, Any]) -> bool:
    named = row["error_type"] == "wrong_groundtruth" and row["correct_answer"] in list("ABCDEF")
    return row["error_type"] == "ok" or named
