"""ifeval: docs, the prompt as it is, the four accuracies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, docs_of, shown, task_of, with_mirror

from qwen3_eval import data, reference
from qwen3_eval.grading.instructions.kinds import KINDS
from qwen3_eval.task.source import Source

ARGUMENTS = sorted({name for kind in KINDS.values() for name in kind.arguments})


def rows_of(folder: Path) -> list[Mapping[str, Any]]:
    source = task_of("ifeval").spec.source
    assert isinstance(source, Source)
    return list(data.rows(source, folder))


def as_on_the_hub(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as ``load_dataset`` gives it: every argument of every kind, null where it has no value."""
    return {**row, "kwargs": [dict.fromkeys(ARGUMENTS) | given for given in row["kwargs"]]}


# facts


def test_what_the_report_says() -> None:
    spec, settings = task_of("ifeval").spec, reference.settings("ifeval")
    assert settings is not None
    assert (spec.samples, spec.max_tokens) == (settings.n_samples or 1, settings.max_output_tokens)
    assert {"alignment", "report"} <= set(spec.suites)
    printed = [row for row in reference.results() if row.benchmark == "ifeval"]
    assert {row.metric for row in printed} == {spec.metric.name}
    assert spec.paper is not None
    assert {row.table for row in printed if row.variant in reference.RELEASED} <= set(spec.paper.tables)


def test_the_prompt_is_asked_as_it_is() -> None:
    task, docs = task_of("ifeval"), docs_of("ifeval")
    assert [doc.id for doc in docs] == ["9001", "9002", "9003", "9004"]
    prompt = task.prompt(docs[1])
    assert [(message.role, message.content) for message in prompt.messages] == [("user", docs[1].question)]
    check_snapshot("ifeval.chat", shown(prompt))


def test_rows_of_the_hub_and_of_a_mirror_give_the_same_docs() -> None:
    task = task_of("ifeval")
    for row in rows_of(FIXTURES):
        assert task.doc(as_on_the_hub(row)) == task.doc(row)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instruction_id_list": ["keywords:nothing"], "kwargs": [{}]}, "unknown instruction"),
        ({"kwargs": [{}]}, "zip"),
        ({"kwargs": [{}, {"num_words": 12}]}, "takes num_words, relation"),
    ],
)
def test_a_row_that_cannot_be_judged_is_refused(change: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        task_of("ifeval").doc({**rows_of(FIXTURES)[0], **change})


# verdicts


@pytest.mark.parametrize(
    ("doc", "answer", "strict", "loose"),
    [
        (0, "Mix flour and water and salt then wait and bake it in a hot oven.", (1, 1), (1, 1)),
        (0, "Mix flour, water and salt then wait and bake it in a hot oven.", (0, 0.5), (0, 0.5)),
        (0, "Sure, like this:\nMix flour and water and salt then wait and bake it in the oven.", (0, 0.5), (1, 1)),
        (0, "Bake, eat.", (0, 0), (0, 0)),
        (1, "<<Lisbon>>\n* Belém\n* Alfama", (1, 1), (1, 1)),
        (1, "**Lisbon**\n* Belém\n* Alfama", (0, 0.5), (0, 0.5)),
        (2, "Name a river. The Ebro. That is all.", (1, 1), (1, 1)),
        (2, "The Ebro.", (0, 0), (0, 0)),
        (3, "Im Herbst fallen die Blätter von den Bäumen. Es wird kälter und dunkler.", (1, 1), (1, 1)),
        (3, "In autumn the leaves are falling from the trees. It becomes cold and dark.", (0, 0.5), (0, 0.5)),
    ],
)
def test_the_four_accuracies(doc: int, answer: str, strict: tuple[float, float], loose: tuple[float, float]) -> None:
    found = task_of("ifeval").score(docs_of("ifeval")[doc], answer)
    assert (found.value, found.outcome) == (strict[0], "ok")
    assert found.metrics == {
        "prompt_strict": strict[0],
        "prompt_loose": loose[0],
        "instruction_strict": strict[1],
        "instruction_loose": loose[1],
    }


def test_instructions_weigh_alike_in_the_accuracies_over_instructions() -> None:
    task = task_of("ifeval")
    row = {**rows_of(FIXTURES)[0], "instruction_id_list": ["punctuation:no_comma"] * 3, "kwargs": [{}, {}, {}]}
    assert task.doc(row).weights == {"instruction_strict": 3, "instruction_loose": 3}


def test_a_verdict_names_what_was_not_followed() -> None:
    task, doc = task_of("ifeval"), docs_of("ifeval")[0]
    assert task.score(doc, "Bake, eat.").detail == "not followed: punctuation:no_comma, length_constraints:number_words"
    assert task.score(doc, "word " * 12).detail == "all followed"


@pytest.mark.parametrize("answer", ["", " ", "\x00\ud800\ufeff", "*" * 1_000_000, "a" * 1_000_000])
def test_any_answer_has_a_verdict(answer: str) -> None:
    task = task_of("ifeval")
    assert all(task.score(doc, answer).outcome == "ok" for doc in docs_of("ifeval"))


# the real rows


@with_mirror
def test_all_rows_load_and_every_kind_occurs() -> None:
    docs = docs_of("ifeval", MIRROR)
    assert (len(docs), len({doc.id for doc in docs})) == (541, 541)
    names = [name for doc in docs for name in doc.target["instructions"]]
    assert (len(names), set(names)) == (834, set(KINDS))


@with_mirror
def test_the_real_rows_are_the_same_on_the_hub() -> None:
    task = task_of("ifeval")
    for row in rows_of(MIRROR):
        doc = task.doc(row)
        assert task.doc(as_on_the_hub(row)) == doc
        assert json.loads(json.dumps(doc.target)) == doc.target


@with_mirror
def test_prompts_that_repeat_themselves_are_judged_in_milliseconds() -> None:
    task, docs = task_of("ifeval"), docs_of("ifeval", MIRROR)
    scores = [task.score(doc, f"{doc.question}\n\n{doc.question}") for doc in docs]
    assert 0 < sum(score.value for score in scores) < 200
    assert all(score.metrics["prompt_loose"] >= score.value for score in scores)
