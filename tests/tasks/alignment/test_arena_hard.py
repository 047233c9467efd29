"""arena_hard: both games as the judge sees them, its labels as the reference reads them, what they come to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from opened import summary_of
from places import FIXTURES, MIRROR
from task_checks import check_snapshot, shown, task_of, with_mirror
from task_modules import task_module

from qwen3_eval import data, run
from qwen3_eval.agreement import agreement
from qwen3_eval.config import EngineConfig, JudgeConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.task.judged import Judged
from qwen3_eval.types import Doc, Score

labels = task_module("alignment/arena_hard", "labels")
TASKS = ("arena_hard", "arena_hard_v2")
PIECES = (
    *("[[", "]]", "[", "]", "A", "B", "a", "b", ">", ">>", "=", "<", "<<", " ", "\n", "**", "[[]]", "[]"),
    *("[[A>>B]]", "[[A>B]]", "[[A=B]]", "[[B>A]]", "[[B>>A]]", "[[A<B]]", "[[B<<A]]", "[[B=A]]", "[[A>>>B]]", "[[A]]"),
    *(
        "[A>B]",
        "[B>>A]",
        "[a=b]",
        "[[a>b]]",
        "[[b>>a]]",
        "**A>B**",
        "My verdict: ",
        "[[A > B]]",
        "ß",
        "[[AB]]",
        "[[>]]",
    ),
)


def judged_task(name: str, folder: Path = FIXTURES) -> tuple[Judged, list[Doc]]:
    """The benchmark with its tables, and its docs."""
    task = task_of(name)
    assert isinstance(task, Judged)
    return task, list(data.docs(task, folder))


def verdict(name: str, *replies: str) -> Score:
    """Of an answer, by one reply to each game."""
    task, docs = judged_task(name)
    games = dict(zip(("game 1", "game 2"), replies, strict=True))
    return task.verdict(docs[0], "Fine.", {game: task.read(docs[0], game, [text]) for game, text in games.items()})


def made(folder: Path, said: Callable[[Request], str], name: str, answer: str = "Fine.") -> list[Request]:
    """A run on the fixture rows; returns what the judge was asked."""
    asked: list[Request] = []

    def reply(request: Request) -> str:
        asked.append(request)
        return said(request)

    config = RunConfig(
        model="writer",
        tasks=(name,),
        modes=("non-thinking",),
        data_dir=FIXTURES,
        engine=EngineConfig(kind="mock"),
        judge=JudgeConfig("judge", EngineConfig(kind="mock")),
    )
    asyncio.run(run.execute(prepare(config, folder, MockEngine(lambda request: answer), MockEngine(reply))))
    return asked


def read(folder: Path, name: str) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


# what is asked


@pytest.mark.parametrize("name", TASKS)
def test_the_prompts(name: str) -> None:
    task, docs = judged_task(name)
    check_snapshot(f"{name}.chat", shown(task.prompt(docs[0])))
    games = task.calls(docs[0], "Fine.\n  [[B>>A]] {answer_1} {ANSWER_A} {{x}} {0}\n")
    check_snapshot(f"{name}.judge", "".join(f"--- {call.name}\n{shown(call.prompt)}" for call in games))


@pytest.mark.parametrize("name", TASKS)
def test_the_judge_sees_what_the_reference_formats(name: str) -> None:
    task, docs = judged_task(name)
    [row] = [row for row in task.tables["prompts"] if row["category"] == docs[0].meta["category"]]
    answer = "{x} {{y}} {question_1}{QUESTION} [[A>B]] {answer_2} \n\n"
    for doc in docs:
        for call, (a, b) in zip(task.calls(doc, answer), ((doc.target, answer), (answer, doc.target)), strict=True):
            system, user = call.prompt.messages
            both = {"question_1": doc.question, "answer_1": a, "answer_2": b}
            fields = both | {"QUESTION": doc.question, "ANSWER_A": a, "ANSWER_B": b}
            assert user.content == row["user_template"].format(**fields)
            assert (system.role, system.content) == ("system", row["system_prompt"])


@pytest.mark.parametrize("name", TASKS)
def test_each_question_has_its_own_baseline(name: str) -> None:
    task, docs = judged_task(name)
    for doc in docs:
        assert task.opponent(doc) == doc.target != ""
    assert len({doc.target for doc in docs}) == len(docs)


def test_questions_without_a_baseline_are_left_out() -> None:
    found = data.read(task_of("arena_hard_v2"), FIXTURES)
    assert found.ungraded == {"answer of the baseline gemini-2.0-flash-001": ["07"]}
    assert [doc.id for doc in found.docs] == ["e5", "f6", "18"]


def test_a_mirror_with_the_other_baseline_has_them_asked(tmp_path: Path) -> None:
    folder = shutil.copytree(FIXTURES / "arena_hard", tmp_path / "arena_hard")
    said = {"uid": "07", "model": "gemini-2.0-flash-001", "messages": [{"content": {"answer": "A lamp by the sea."}}]}
    (folder / "v2.0.model_answer.gemini-2.0-flash-001.jsonl").write_text(json.dumps(said) + "\n")
    files = [
        {"file": f"arena_hard/{path.name}", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in folder.glob("*.jsonl")
    ]
    (tmp_path / "MANIFEST.json").write_text(json.dumps({"benchmarks": {"arena_hard": {"files": files}}}))
    task, docs = judged_task("arena_hard_v2", tmp_path)
    assert [doc.id for doc in docs] == ["e5", "f6", "07", "18"]
    assert docs[2].target == "A lamp by the sea."
    assert "pieces of writing" in task.calls(docs[2], "x")[0].prompt.messages[0].content
    # It is compared with another model, so that it is no battle of the rating.
    assert "battles" not in task.verdict(docs[2], "x", {"game 1": "A>B", "game 2": "A>B"}).counts
    assert "battles" in task.verdict(docs[0], "x", {"game 1": "A>B", "game 2": "A>B"}).counts


# what a reply says


def of_2024(text: str) -> tuple[str | None, bool]:
    """The label by the rule of the first reference, and whether it asks again."""
    found = {each for each in re.compile(r"\[\[([AB<>=]+)\]\]").findall(text) if each != ""}
    return (found.pop(), False) if len(found) == 1 else (None, not found)


def of_2025(text: str) -> str | None:
    """The label by the rule of the second."""
    for pattern in (r"\[\[([AB<>=]+)\]\]", r"\[([AB<>=]+)\]"):
        if found := [each for each in re.findall(pattern, text.upper()) if each != ""]:
            return str(found[-1])
    return None


def texts(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices(PIECES, k=rng.randrange(9))) for _ in range(count)]


def test_labels_are_those_of_the_references() -> None:
    first, second = judged_task("arena_hard"), judged_task("arena_hard_v2")
    read_by_both = 0
    for text in texts(1, 20_000):
        label, again = of_2024(text)
        found = first[0].read(first[1][0], "game 1", [text])
        assert found == (label if label in labels.LABELS else None)
        call = first[0].calls(first[1][0], "x")[0]
        assert found or (first[0].again(first[1][0], call, [text]) is not None) == again
        other = second[0].read(second[1][0], "game 1", [text])
        assert other == (each if (each := of_2025(text)) in labels.MIRRORED else None)
        read_by_both += bool(found and other)
    assert read_by_both > 1000


@pytest.mark.parametrize(
    ("text", "first", "second", "loose"),
    [
        ("[[A>B]]", "A>B", "A>B", "A>B"),
        ("[[A>B]] and [[A>B]]", "A>B", "A>B", "A>B"),
        ("[[A>B]], no, [[B>A]]", None, "B>A", "B>A"),
        ("[[a>b]]", None, "A>B", "A>B"),
        ("[A>>B]", None, "A>>B", "A>>B"),
        ("[[A<B]]", None, "A<B", "A<B"),
        ("[[B=A]]", None, "B=A", "B=A"),
        ("[[A>>>B]]", None, None, None),
        ("[[A]] [[A>B]]", None, "A>B", "A>B"),
        ("[[A>B]] then x[B]", "A>B", "A>B", "A>B"),
        ("it is x[B]", None, None, None),
        ("[A>B] then x[B]", None, None, "A>B"),
        ("[[]] [[ A>B ]]", None, None, "A>B"),
        ("**B>>A**", None, None, "B>>A"),
        ("B>A", None, None, None),
        ("[[A>A]]", None, None, None),
        ("", None, None, None),
    ],
)
def test_odd_replies(text: str, first: str | None, second: str | None, loose: str | None) -> None:
    for name, expected in zip(TASKS, (first, second), strict=True):
        task, docs = judged_task(name)
        assert task.read(docs[0], "game 1", [text]) == expected
        assert task.read(docs[0], "game 1", [text], lenient=True) == (expected or loose)


def test_the_lenient_rule_reads_all_that_the_official_one_reads() -> None:
    for name in TASKS:
        task, docs = judged_task(name)
        for text in texts(2, 2000):
            if official := task.read(docs[0], "game 1", [text]):
                assert task.read(docs[0], "game 1", [text], lenient=True) == official


@pytest.mark.parametrize("piece", ["[[", "[[A", "[", "A>B", "**", "**A", "]]", "[[A>B", "[[A>B]]", "\n", "ß[["])
def test_reading_takes_time_in_proportion(piece: str) -> None:
    for name in TASKS:
        task, docs = judged_task(name)
        text, began = piece * (400_000 // len(piece)), time.process_time()
        task.read(docs[0], "game 1", [text], lenient=True)
        task.marked(text)
        assert time.process_time() - began < 2


def test_marks_of_the_judge_in_an_answer_are_told() -> None:
    first, second = (judged_task(name)[0] for name in TASKS)
    assert first.marked("so [[A>B]]") and second.marked("so [[a<b]]")
    assert not first.marked("[A>B] [[A<B]]")
    assert second.marked("[A>B]")
    assert not second.marked("x[A] = y[B]")


# what labels come to


@pytest.mark.parametrize(
    ("first", "second", "value", "won", "weight", "battles"),
    [
        ("[[A>B]]", "[[A>B]]", 0.5, 1, 2, (1, 0, 1)),
        ("[[A>>B]]", "[[A>B]]", 0.25, 1, 4, (1, 0, 3)),
        ("[[B>>A]]", "[[A>>B]]", 1, 6, 6, (6, 0, 0)),
        ("[[A=B]]", "[[B>>A]]", 0.125, 0.5, 4, (0, 1, 3)),
        ("[[A=B]]", "[[A=B]]", 0.5, 1, 2, (0, 2, 0)),
        ("[[B>A]]", "none", 1, 1, 1, (1, 0, 0)),
        ("none", "[[B>>A]]", 0, 0, 3, (0, 0, 3)),
    ],
)
def test_games_come_to_battles(
    first: str, second: str, value: float, won: float, weight: float, battles: tuple[float, ...]
) -> None:
    score = verdict("arena_hard", first, second)
    assert (score.value, score.outcome) == (value, "ok")
    assert score.counts == {"win_rate": (won, weight), "official_mean": (won, weight), "battles": battles}
    later = verdict("arena_hard_v2", first, second)
    assert (later.value, later.counts["win_rate"]) == (value, (won, weight))
    whole = "none" not in (first, second)
    assert later.counts["official_mean"] == ((won, weight) if whole else (0, 0))
    assert later.counts["battles"] == (battles if whole else (0, 0, 0))


def test_both_labels_and_both_outcomes_are_told() -> None:
    score = verdict("arena_hard", "[[A>B]]", "[[B>>A]]")
    assert score.extracted == "A>B, B>>A"
    assert score.metrics == {"game1": 0.0, "game2": 0.0}
    assert score.detail == "game 1 lost; game 2 lost by far"
    score = verdict("arena_hard_v2", "[[A<<B]]", "nothing")
    assert (score.extracted, score.metrics) == ("A<<B, -", {"game1": 1.0, "game2": 0.0})


@pytest.mark.parametrize("name", TASKS)
def test_games_that_were_not_read(name: str) -> None:
    score = verdict(name, "none", "none")
    assert (score.value, score.outcome, score.extracted) == (0.0, "error", "-, -")
    assert score.counts == {"win_rate": (0, 2), "official_mean": (0, 0), "battles": (0, 0, 0)}


@pytest.mark.parametrize("name", TASKS)
def test_silence_loses_more_than_any_answer_can(name: str) -> None:
    task, docs = judged_task(name)
    score = task.unanswered(docs[0])
    assert (score.value, score.counts["win_rate"], score.counts["official_mean"]) == (0.0, (0, 6), (0, 0))
    assert score.metrics == {"game1": 0.0, "game2": 0.0}


def test_published_judgments_are_read() -> None:
    first, second = (judged_task(name)[0] for name in TASKS)
    games = [{"score": "A>>B", "judgment": "..."}, {"score": "A<B", "judgment": "..."}]
    assert first.published({"question_id": "a1f0", "games": games}) == ("a1f0", {"game 1": "A>>B", "game 2": None})
    assert first.published({"uid": "a1f0", "games": [None, games[0]]}) == ("a1f0", {"game 1": None, "game 2": "A>>B"})
    assert second.published({"uid": "e5", "games": games}) == ("e5", {"game 1": "A>>B", "game 2": "A<B"})
    assert first.published({"id": "a1f0", "response": "..."}) is None


def test_places_of_a_verdict() -> None:
    task = judged_task("arena_hard")[0]
    assert task.placed("game 1", "A>>B") == (1.0, False)
    assert task.placed("game 2", "A>>B") == (1.0, True)
    assert task.placed("game 2", "A=B") == (0.5, True)


# from the run's loop to its files


def test_a_run_of_the_first_version(tmp_path: Path) -> None:
    def said(request: Request) -> str:
        return "[[B>A]]" if request.unit.id.startswith(("a1f0", "b2e1")) else "[[A>>B]]"

    asked = made(tmp_path / "run", said, "arena_hard", "An answer, [[A>>B]].")
    assert len(asked) == 8
    scores = {line["id"]: line for line in read(tmp_path / "run", "scores.jsonl")}
    assert {name: line["extracted"] for name, line in scores.items()} == {
        "a1f0": "B>A, B>A",
        "b2e1": "B>A, B>A",
        "c3d2": "A>>B, A>>B",
        "d4c3": "A>>B, A>>B",
    }
    assert {line["metrics"]["marked_share"] for line in scores.values()} == {1.0}
    figures = {each["metric"]: each for each in summary_of(tmp_path / "run")["results"]}
    # Two questions with one battle won and one lost, two with three of each.
    assert figures["win_rate"]["score"] == figures["official_mean"]["score"] == pytest.approx(50)
    assert figures["game1"]["score"] == figures["game2"]["score"] == pytest.approx(50)
    assert figures["win_rate"]["unit"] == "percent"
    manifest = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert manifest["plan"][0]["games"]["against"] == "gpt-4-0314"


def test_a_reply_without_a_label_is_asked_to_go_on(tmp_path: Path) -> None:
    def said(request: Request) -> str:
        if request.unit.id.startswith("a1f0"):
            return "I lean to [[B>" if request.unit.sample == 0 else "[[A=B]]"
        return {"b2e1": "[[A>B]] or [[B>A]]", "c3d2": "[[A<B]]", "d4c3": "no"}[request.unit.id[:4]]

    asked = made(tmp_path / "run", said, "arena_hard")
    again = [request for request in asked if len(request.prompt.messages) > 2]
    # Different labels, and one that is none, are not asked again.
    assert sorted(request.unit.id[:4] for request in again) == ["a1f0", "a1f0", "d4c3", "d4c3"]
    for request in again:
        roles = [message.role for message in request.prompt.messages]
        assert roles == ["system", "user", "assistant", "user"]
        assert request.prompt.messages[3].content == "go on, and end with a label"
    assert {request.prompt.messages[2].content for request in again} == {"I lean to [[B>", "no"}
    scores = {line["id"]: line for line in read(tmp_path / "run", "scores.jsonl")}
    assert scores["a1f0"]["extracted"] == "A=B, A=B"
    assert {scores[name]["outcome"] for name in ("b2e1", "c3d2", "d4c3")} == {"error"}
    figures = {each["metric"]: each["score"] for each in summary_of(tmp_path / "run")["results"]}
    # One of the four drew both of its two battles, and three have lost two each.
    assert figures["win_rate"] == pytest.approx(100 / 8)
    assert figures["official_mean"] == pytest.approx(50)


def test_both_replies_are_read_together(tmp_path: Path) -> None:
    def said(request: Request) -> str:
        return "no label" if request.unit.sample == 0 else "[[A>B]] or [[B>A]]"

    assert len(made(tmp_path / "run", said, "arena_hard")) == 16
    task, docs = judged_task("arena_hard")
    assert task.read(docs[0], "game 1", ["none", "[[A>B]]"]) == "A>B"
    assert {line["extracted"] for line in read(tmp_path / "run", "scores.jsonl")} == {"-, -"}


def test_the_second_version_asks_once(tmp_path: Path) -> None:
    asked = made(tmp_path / "run", lambda request: "no" if "f6" in request.unit.id else "[[a>b]]", "arena_hard_v2")
    assert len(asked) == 6
    scores = {line["id"]: line for line in read(tmp_path / "run", "scores.jsonl")}
    assert {name: line["extracted"] for name, line in scores.items()} == {
        "e5": "A>B, A>B",
        "f6": "-, -",
        "18": "A>B, A>B",
    }
    omissions = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))["lacking"]
    assert any("gemini-2.0-flash-001" in each for each in omissions)


def test_an_empty_answer_is_not_judged(tmp_path: Path) -> None:
    assert made(tmp_path / "run", lambda request: "[[A>B]]", "arena_hard", "") == []
    figures = {each["metric"]: each["score"] for each in summary_of(tmp_path / "run")["results"]}
    assert figures["win_rate"] == 0


# the real rows

DIGESTS = {
    "judge_prompts": "86bee7c4d905d156c4e2f20215fc9266a757f1080247d637265500c403c13cd4",
    "v0.1.question": "4286540816fdd16ef434281afea7d8b89690a0dfe14c5be060e7391800722bab",
    "v0.1.model_answer.gpt-4-0314": "7ee5dec8795abbbf9d69230ec1ac677017c701c0794dcc86babd0cdb25ef65b6",
    "v2.0.question": "4db663844d882d1ef48d24ed5ea6164f27d1c750bd02c9a8f72bfce3849ff437",
    "v2.0.model_answer.o3-mini-2025-01-31": "8c813f24bda0a64fe881176963336633d8c6fb1b1152e1fa57dce7f56096c2af",
}


@with_mirror
def test_the_rows_are_those_of_the_pinned_commits() -> None:
    """Digests of the rows that the repository holds at the commits which the task names."""
    for name, digest in DIGESTS.items():
        [path] = (MIRROR / "arena_hard").glob(f"{name}.jsonl*")
        assert data.content_sha256(data.mirror.read_rows(path)) == digest


@with_mirror
@pytest.mark.parametrize(("name", "asked", "left_out"), [("arena_hard", 500, 0), ("arena_hard_v2", 500, 250)])
def test_the_real_questions(name: str, asked: int, left_out: int) -> None:
    task = task_of(name)
    assert isinstance(task, Judged)
    found = data.read(task, MIRROR)
    docs = list(found.docs)
    assert len(docs) == asked
    assert sum(map(len, found.ungraded.values())) == left_out
    for doc in docs:
        for call in task.calls(doc, "An answer."):
            assert doc.question in call.prompt.messages[1].content
            assert doc.target in call.prompt.messages[1].content


@with_mirror
@pytest.mark.parametrize(("name", "category"), [("arena_hard", "arena-hard-v0.1"), ("arena_hard_v2", "hard_prompt")])
def test_the_judge_is_asked_as_the_published_settings_say(name: str, category: str) -> None:
    task, _ = judged_task(name, MIRROR)
    spec = task.spec.judge
    assert spec is not None
    [row] = [each for each in task.tables["prompts"] if (each["version"], each["category"]) == (spec.prompt, category)]
    published = (row["judge_model"], row["max_tokens"], row["attempts"], row["temperature"], row["baseline"])
    assert spec.games is not None
    assert published == (spec.model, spec.max_tokens, spec.attempts, spec.sampling.temperature, spec.games.against)
    patterns = {"arena_hard": [labels.DOUBLE], "arena_hard_v2": [labels.DOUBLE, labels.SINGLE]}[name]
    assert row["regex_patterns"] == [each.pattern for each in patterns]


# beside published judgments


@pytest.mark.parametrize(("name", "column"), [("arena_hard", "question_id"), ("arena_hard_v2", "uid")])
def test_published_judgments_are_verdicts_by_game(name: str, column: str) -> None:
    task = task_of(name)
    assert isinstance(task, Judged)
    games = [{"score": "A>>B", "judgment": "so [[A>>B]]"}, {"score": None, "judgment": "hm"}]
    assert task.published({column: "a1f0", "games": games}) == ("a1f0", {"game 1": "A>>B", "game 2": None})
    assert task.published({column: "a1f0", "games": [{"score": "A<<<B"}, None]}) == (
        "a1f0",
        {"game 1": None, "game 2": None},
    )
    assert task.published({column: "a1f0"}) is None
    with pytest.raises(ValueError, match="shorter"):
        task.published({column: "a1f0", "games": games[:1]})
    first, second = task.placed("game 1", "A>>B"), task.placed("game 2", "B>A")
    assert first == (1.0, False) and second == (0.0, True)


def test_a_judge_beside_published_judgments(tmp_path: Path) -> None:
    made(tmp_path / "run", lambda request: "[[A>B]]", "arena_hard", "An answer.")
    docs = [line["id"] for line in read(tmp_path / "run", "generations.jsonl")]
    games = [{"score": "A>B"}, {"score": "B>A"}]
    rows = "".join(json.dumps({"question_id": each, "model": "m", "games": games}) + "\n" for each in docs)
    (tmp_path / "m.jsonl").write_text(rows, "utf-8")
    found = agreement([tmp_path / "run"], tmp_path / "m.jsonl", FIXTURES)
    [pair], [alone] = found.pairs, found.alone
    assert pair.figures["agreement"].value == 0.5 and pair.figures["agreement"].n == 8
    assert pair.figures["score_difference"].value == pytest.approx(-0.5)
    assert alone.figures["follows_place"].value == 1
