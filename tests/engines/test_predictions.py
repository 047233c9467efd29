"""Predictions that were made elsewhere: which doc each belongs to, under which protocol it is judged, in what time."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from pathlib import Path
from typing import Any

import pytest
from call_templates import written
from opened import summary_of
from places import FIXTURES, TOYS

from qwen3_eval import data
from qwen3_eval.cli import evaluate, main
from qwen3_eval.engines.predictions import PredictionsEngine
from qwen3_eval.families import reader, shelf
from qwen3_eval.families.profile import Profile, Thinking
from qwen3_eval.records.journal import lines
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.thinking import CLOSE, OPEN


def score(folder: Path, task: str, rows: list[dict[str, Any]], *more: str) -> int:
    path = folder / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["score", "--task", task, "--predictions", str(path), "--run-dir", str(folder / "s"), *more]
    return main([*words, "--data-dir", str(FIXTURES)])


def scored(folder: Path) -> dict[str, dict[str, Any]]:
    return {line["id"]: line for _, line in lines(folder / "s" / "scores.jsonl")}


def test_a_row_without_an_identifier_goes_by_its_number(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "test/0", "response": "#### 53"},
        {"id": "1", "response": "#### 6375"},
        {"id": 2, "response": "1"},
    ]
    assert score(tmp_path, "gsm8k", rows) == 0
    assert {name: line["score"] for name, line in scored(tmp_path).items()} == {"test/0": 1, "test/1": 1, "test/2": 0}


def test_predictions_are_forgotten_before_the_summary_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[PredictionsEngine]] = []
    alive: list[bool] = []
    begin = PredictionsEngine.__init__

    def noted(engine: PredictionsEngine, *given: Any) -> None:
        begin(engine, *given)
        made.append(weakref.ref(engine))

    def finish(*_: object) -> None:
        gc.collect()
        alive.extend(engine() is not None for engine in made)

    monkeypatch.setattr(PredictionsEngine, "__init__", noted)
    monkeypatch.setattr(evaluate, "_finish", finish)
    assert score(tmp_path, "gsm8k", [{"id": "0", "response": "#### 53"}]) == 0
    assert alive == [False]


def test_scores_keep_the_id_that_the_caller_gave(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "test/0", "response": "#### 53"},
        {"id": "1", "response": "1"},
        {"id": 2, "response": "1"},
        {"id": 2, "sample": 1, "response": "2"},
    ]
    assert score(tmp_path, "gsm8k", rows) == 0
    given = {(line["id"], line["sample"]): line.get("given_id") for _, line in lines(tmp_path / "s" / "scores.jsonl")}
    assert given == {("test/0", 0): None, ("test/1", 0): "1", ("test/2", 0): "2", ("test/2", 1): "2"}


def test_a_sample_beyond_all_number_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(tmp_path, "gsm8k", [{"id": "test/0", "sample": 10**11, "response": "18"}]) == 2
    assert 'line 1, "sample": Expected `int` <= 9999' in capsys.readouterr().err


def test_calls_that_cannot_be_read_are_told_by_line_and_doc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "single_turn/set_temperature-1", "tool_calls": []},
        {"id": "single_turn/create_event-1", "tool_calls": [{"function": {"name": "f"}}]},
    ]
    assert score(tmp_path, "tooluse", rows) == 2
    said = capsys.readouterr().err
    assert "p.jsonl, line 2: prediction for 'single_turn/create_event-1'" in said
    assert "'f' has no arguments; a call has the form" in said
    assert not (tmp_path / "s" / "scores.jsonl").exists()


def test_an_identifier_is_never_taken_for_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(tmp_path, "aime24", [{"id": "0", "response": "1"}]) == 2
    assert (
        "1 predictions belong to no doc of aime24, the first has id '0'; ids look like '901'" in capsys.readouterr().err
    )


def test_two_names_of_one_doc_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(tmp_path, "gsm8k", [{"id": "test/0", "response": "1"}, {"id": "0", "response": "1"}]) == 2
    assert "two predictions for id 'test/0'" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [{"id": "test/0", "response": "#### 53"}, {"id": "test/1", "responses": ["1", "2"]}]
    assert score(tmp_path, "gsm8k", rows) == 2
    assert 'gsm8k asks for one reply; give it as "response"' in capsys.readouterr().err
    rows[1] = {"id": "test/1", "response": "#### 6375"}
    assert score(tmp_path, "gsm8k", rows) == 0, "the repaired file goes on in the same folder"


def test_a_subset_goes_before_the_number(tmp_path: Path) -> None:
    rows = [{"id": f"boolean_expressions/{number}", "response": "So the answer is True."} for number in range(2)]
    assert score(tmp_path, "bbh", rows) == 0
    assert set(scored(tmp_path)) == {f"boolean_expressions/test/{number}" for number in range(2)}


def test_the_protocol_is_the_tasks_own_or_the_one_asked_for(tmp_path: Path) -> None:
    for number, (words, protocol) in enumerate([((), "chat"), (("--protocol", "base"), "base")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert score(folder, "gsm8k", [{"id": "test/0", "response": "#### 53"}], *words) == 0
        assert {line["protocol"] for line in scored(folder).values()} == {protocol}


@pytest.mark.parametrize(
    "response",
    [
        "",
        " \n",
        "\x00\x01\x1b[31m",
        "\ud800",
        "a" * 1_000_000,
        "\\boxed{" * 50_000,
        bytes(range(256)).decode("latin-1"),
    ],
    ids=["empty", "blank", "control", "surrogate", "megabyte", "boxes", "binary"],
)
def test_any_response_is_scored(tmp_path: Path, response: str) -> None:
    assert score(tmp_path, "math_500", [{"id": "test/algebra/9001.json", "response": response}]) == 0
    [line] = scored(tmp_path).values()
    assert (line["score"], line["outcome"]) in ((0, "no_answer"), (0, "ok"))


def test_one_answer_that_kills_its_worker_costs_no_other(tmp_path: Path) -> None:
    """Answers go to a worker together; where one of them hangs, each is judged by itself."""
    rows = [{"id": name, "response": "1"} for name in toy_ids("toy_picky")]
    assert score(tmp_path, "toy_picky", rows, "--tasks-dir", str(TOYS)) == 0
    outcomes = [line["outcome"] for line in scored(tmp_path).values()]
    assert sorted(outcomes) == ["error"] + ["ok"] * 4 + ["timeout"]


def toy_ids(name: str) -> list[str]:
    from qwen3_eval import data
    from qwen3_eval.task.registry import load_tasks

    return [doc.id for doc in data.docs(load_tasks(TOYS).get(name))]


def test_answers_are_judged_without_the_examples_of_their_prompts(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(FIXTURES / "bbh", mirror / "bbh")
    (mirror / "bbh" / "cot_prompts.jsonl").unlink()
    shutil.copy(FIXTURES / "MANIFEST.json", mirror)
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"id": "boolean_expressions/test/0", "response": "So the answer is True."}) + "\n")
    words = ["score", "--task", "bbh", "--predictions", str(path), "--run-dir", str(tmp_path / "s")]
    assert main([*words, "--data-dir", str(mirror)]) == 0
    assert set(scored(tmp_path)) == {"boolean_expressions/test/0"}
    deviations = json.loads((tmp_path / "s" / "run.json").read_text())["deviations"]
    assert "questions stand for the prompts, because the mirror lacks the examples" in deviations


def test_predictions_for_rows_that_are_not_asked_are_left_out(tmp_path: Path) -> None:
    rows = [{"id": f"astronomy/test/{number}", "response": "**C**"} for number in range(3)]
    rows += [{"id": f"high_school_geography/{number}", "response": "**B**"} for number in range(3)]
    assert score(tmp_path, "mmlu_redux", rows) == 0
    assert {name: line["score"] for name, line in scored(tmp_path).items()} == {
        "astronomy/test/0": 0,
        "astronomy/test/1": 1,
        "high_school_geography/test/2": 1,
    }


@pytest.mark.parametrize(
    ("reason", "outcome", "value"),
    [
        (None, "ok", 1),
        ("stop", "ok", 1),
        ("length", "unfinished", 0),
        ("max_tokens", "unfinished", 0),
        ("abort", "error", 0),
        ("content_filter", "refused", 0),
        ("FINISH_REASON_LENGTH", "unfinished", 0),
        ("transport_exception", "error", 0),
        ("content_policy", "refused", 0),
    ],
)
def test_a_row_may_say_why_its_response_ended(tmp_path: Path, reason: str | None, outcome: str, value: float) -> None:
    assert score(tmp_path, "gsm8k", [{"id": "test/0", "response": "#### 53", "finish_reason": reason}]) == 0
    [line] = scored(tmp_path).values()
    assert (line["outcome"], line["score"]) == (outcome, value)


def test_a_response_that_quotes_tags_is_an_answer(tmp_path: Path) -> None:
    text = f"{OPEN}\nok\n{CLOSE}\n\n```python\n# after the {OPEN} part\nprint(53)\n```\n#### 53"
    assert (
        score(tmp_path, "gsm8k", [{"id": "test/0", "response": text}, {"id": "test/1", "response": "7\n" + CLOSE}]) == 0
    )
    assert [line["outcome"] for line in scored(tmp_path).values()] == ["ok", "no_answer"]


@pytest.fixture
def mistral(monkeypatch: pytest.MonkeyPatch) -> Profile:
    """The only family but Qwen's."""
    found = Profile("mistral-like", "M", "these tests", thinking=Thinking(open="[THINK]", close="[/THINK]"))
    monkeypatch.setattr(reader, "profiles", lambda: {found.name: found})
    monkeypatch.setattr(shelf, "profiles", lambda: {found.name: found})
    return found


ROWS: list[dict[str, Any]] = [
    {"id": "test/0", "response": "[THINK]so #### 1[/THINK]#### 53"},
    {"id": "test/1", "response": "[THINK]so #### 6375"},
    {"id": "test/2", "response": {"role": "assistant", "reasoning_content": "so", "content": "#### 1"}},
]


@pytest.mark.usefixtures("mistral")
@pytest.mark.parametrize("named", [True, False])
def test_predictions_of_another_family_are_split_by_its_tags(tmp_path: Path, *, named: bool) -> None:
    assert score(tmp_path, "gsm8k", ROWS, *(["--family", "mistral-like"] if named else [])) == 0
    assert [line["outcome"] for line in scored(tmp_path).values()] == ["ok", "unfinished", "ok"]
    made = [line for _, line in lines(tmp_path / "s" / "generations.jsonl")]
    assert [(line["thinking"], line["answer"]) for line in made] == [
        ("so #### 1", "#### 53"),
        ("so #### 6375", ""),
        ("so", "#### 1"),
    ]
    told = json.loads((tmp_path / "s" / "run.json").read_text())
    assert any("--family mistral-like" in text for text in told["deviations"]) != named
    assert (told["identity"].get("family"), "tags" in told) == (("mistral-like", True) if named else (None, False))


CALLS = {
    "glm-4.5": "<tool_call>add_meeting\n<arg_key>person</arg_key>\n<arg_value>Leo</arg_value>\n<arg_key>day</arg_key>\n"
    "<arg_value>Wednesday</arg_value>\n</tool_call>",
    "qwen3-instruct": '<tool_call>\n{"name": "add_meeting", "arguments": {"person": "Leo", "day": "Wednesday"}}\n'
    "</tool_call>",
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_in_predictions_are_read_in_the_format_of_their_family(tmp_path: Path, name: str) -> None:
    row = {"id": "set_alarm+add_meeting+order_food/Plan a meeting with Leo on Wednesday.", "response": CALLS[name]}
    assert score(tmp_path, "demo_tools", [row], "--family", name) == 0
    assert [line["score"] for line in scored(tmp_path).values()] == [1]
    assert json.loads((tmp_path / "s" / "run.json").read_text())["family"]["name"] == name


def test_an_unknown_family_of_predictions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(tmp_path, "gsm8k", ROWS, "--family", "qwen4") == 2
    assert "did you mean" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("family", "outcomes"),
    [
        ("glm-4.7", ["ok", "other_format", "ok"]),
        ("qwen3", ["other_format", "ok", "ok"]),
        ("", ["other_format", "ok", "ok"]),
    ],
)
def test_calls_are_read_in_the_format_of_the_family_that_was_named(
    family: str, outcomes: list[str], tmp_path: Path
) -> None:
    """The calls that are data are read whatever the family is; the manifest says a format that is not Hermes."""
    docs = list(data.docs(load_tasks(None).tasks["demo_tools"]))[:3]
    made = [[(call["name"], call["arguments"]) for call in doc.target] for doc in docs]
    rows: list[dict[str, Any]] = [
        {"id": docs[0].id, "response": written("glm", made[0])},
        {"id": docs[1].id, "response": written("hermes", made[1])},
        {"id": docs[2].id, "tool_calls": docs[2].target},
    ]
    assert score(tmp_path, "demo_tools", rows, *(["--family", family] if family else [])) == 0
    found = scored(tmp_path)
    assert [found[doc.id]["outcome"] for doc in docs] == outcomes
    assert [found[doc.id]["score"] for doc in docs] == [float(outcome == "ok") for outcome in outcomes]
    told = json.loads((tmp_path / "s" / "run.json").read_text())["deviations"]
    assert any("calls are read in the format of" in text for text in told) == (family == "glm-4.7")
    (result,) = summary_of(tmp_path / "s")["results"]
    assert result["health"]["other_format"] == 1 and not result["valid"]
