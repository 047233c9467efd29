"""ThinkFollow: dialogues from a seed, what each turn expects, verdicts on every kind of block, and whole runs."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from opened import summary_of
from places import ROOT
from switching import THOUGHT, UNTHOUGHT, Talker, flag_in, forgetting, obeying, saying
from task_checks import check_snapshot, task_of

from qwen3_eval import data, run
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines.base import Completion, Request
from qwen3_eval.engines.mock import Answer, MockEngine
from qwen3_eval.engines.replay import ReplayEngine
from qwen3_eval.families import Reader
from qwen3_eval.generate.conversation import reply_of
from qwen3_eval.generate.reading import read_text
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.prepare.given import prepare_predictions
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.journal import lines
from qwen3_eval.records.record import open_run
from qwen3_eval.thinking import CLOSE, OPEN
from qwen3_eval.types import Doc, Message, Prompt, Reply, Score

TASK = task_of("thinkfollow")
TEXTS = json.loads((ROOT / "tasks/alignment/thinkfollow/questions.json").read_text("utf-8"))
DOCS_SHA256 = "2b78a3f3ccbf4784b744ebd07f56432ce1f62f3a51c6d68ef0647f90149b951c"


@cache
def docs() -> list[Doc]:
    return list(data.docs(TASK))


def modes_in(doc: Doc) -> list[bool]:
    """What each turn expects, told from the texts alone."""
    found, thinks = [], True
    for text in (doc.meta["system"], *doc.meta["users"]):
        flag = flag_in(text)
        thinks = flag == "/think" if flag else thinks
        found.append(thinks)
    return found[1:]


# --- the set


def test_the_set_is_the_one_of_its_version() -> None:
    assert data.read(TASK).origin["sha256"] == DOCS_SHA256 == TASK.spec.source.sha256  # type: ignore[union-attr]


def test_dialogues_are_of_the_lengths_and_languages_that_are_stated() -> None:
    assert Counter(doc.language for doc in docs()) == {"en": 75, "zh-Hans": 75}
    assert Counter(len(doc.target) for doc in docs()) == dict.fromkeys(range(4, 9), 30)


def test_half_of_the_turns_carry_a_flag_and_most_at_the_end() -> None:
    users = [user for doc in docs() for user in doc.meta["users"]]
    flags = Counter(map(flag_in, users))
    assert (len(users), flags["/think"], flags["/no_think"]) == (900, 225, 225)
    assert sum(user.endswith(" " + flag_in(user)) for user in users if flag_in(user)) / 450 == pytest.approx(
        0.7, abs=0.03
    )
    assert all(user.count("think") <= 1 for user in users)


def test_one_dialogue_in_ten_has_its_first_flag_in_the_system_message() -> None:
    told = [doc for doc in docs() if doc.meta["system"]]
    assert len(told) == 15
    assert all(flag_in(doc.meta["system"]) == doc.meta["begin"] != "" for doc in told)
    assert {doc.meta["begin"] for doc in docs() if not doc.meta["system"]} == {""}


def test_every_dialogue_switches_at_least_twice() -> None:
    assert all(sum(a != b for a, b in itertools.pairwise(doc.target)) >= 2 for doc in docs())


def test_a_turn_expects_what_the_latest_flag_says() -> None:
    assert [doc.target for doc in docs()] == [modes_in(doc) for doc in docs()]


def plain(user: str) -> str:
    return user.removeprefix("/think ").removeprefix("/no_think ").removesuffix(" /think").removesuffix(" /no_think")


def test_nothing_is_asked_twice_in_a_dialogue_or_often_in_the_set() -> None:
    asked = [[plain(user) for user in doc.meta["users"]] for doc in docs()]
    assert all(len(set(each)) == len(each) for each in asked)
    assert max(Counter(itertools.chain(*asked)).values()) <= 0.05 * 900 / 5


def test_what_goes_on_comes_right_behind_its_question() -> None:
    behind = {q["then"][tag]: q[tag] for q in TEXTS["questions"] if "then" in q for tag in ("en", "zh")}
    asked = [[plain(user) for user in doc.meta["users"]] for doc in docs()]
    found = [(behind[now], before) for each in asked for before, now in itertools.pairwise(each) if now in behind]
    assert len(found) > 60
    assert all(wanted == before for wanted, before in found)
    anything = {text[tag] for text in TEXTS["anything"] for tag in ("en", "zh")}
    assert not {each[0] for each in asked} & {*anything, *behind}


def test_there_are_more_than_300_questions_in_both_languages() -> None:
    for tag in ("en", "zh"):
        texts = [question[tag] for question in TEXTS["questions"]]
        assert len(set(texts)) == len(texts) > 300
    said = [text for each in (*TEXTS["questions"], *TEXTS["anything"], *TEXTS["system"]) for text in flat(each)]
    assert not [text for text in said if "/think" in text or "/no_think" in text]


def flat(row: dict[str, Any]) -> list[str]:
    return [text for value in row.values() for text in ([value] if isinstance(value, str) else value.values())]


def test_another_seed_gives_another_set_of_the_same_kind() -> None:
    rows = list(itertools.islice(TASK.rows(random.Random(1)), 150))
    others = [TASK.doc(row) for row in rows]
    assert sum(len(doc.target) for doc in others) == 900
    assert Counter(turn["flag"] for row in rows for turn in row["turns"]) == {"": 450, "/think": 225, "/no_think": 225}
    assert not {doc.question for doc in others} & {doc.question for doc in docs()}


# --- verdicts


def told(text: str, reason: str = "stop") -> Reply:
    """A reply as the house reads it."""
    completion = Completion(text=text, finish_reason=reason)
    return reply_of(read_text(completion, Reader(), opened=False, thinks=True, written=True))


def talk(doc: Doc, model: Talker) -> list[Reply]:
    """A dialogue to its end."""
    replies, prompt = list[Reply](), TASK.prompt(doc)
    following: Prompt | None = prompt
    while following is not None:
        replies.append(told(model(following.messages)))
        following = TASK.follow(doc, replies)
    return replies


def mean(model: Talker) -> tuple[Fraction, list[Score]]:
    """The benchmark's score of a model, exactly."""
    found = [TASK.score_turns(doc, talk(doc, model)) for doc in docs()]
    return Fraction(sum(Fraction(score.value).limit_denominator(10_000) for score in found), len(found)), found


def share(right: Callable[[Doc], Sequence[bool]]) -> Fraction:
    """What a model scores that is right in these turns."""
    return sum((Fraction(sum(right(doc)), len(doc.target)) for doc in docs()), Fraction()) / len(docs())


def right_if_forgotten(doc: Doc) -> list[bool]:
    """Which turns are right of a model that thinks unless the turn itself says otherwise."""
    says = [flag_in(user) != "/no_think" for user in doc.meta["users"]]
    return [thought == thinks for thought, thinks in zip(says, doc.target, strict=True)]


def test_who_obeys_always_has_all() -> None:
    value, scores = mean(obeying)
    assert value == 1
    assert {score.outcome for score in scores} == {"ok"}
    assert all(score.metrics == {**dict.fromkeys(score.metrics, 1.0), "echoed_flags": 0.0} for score in scores)


def test_who_always_thinks_has_the_turns_to_be_thought_about() -> None:
    value, scores = mean(saying(THOUGHT))
    assert value == share(lambda doc: doc.target) < 1
    assert {(score.metrics["followed_think"], score.metrics["followed_no_think"]) for score in scores} == {(1.0, 0.0)}


def test_who_never_thinks_has_the_others() -> None:
    for text in (UNTHOUGHT, "It depends."):
        value, scores = mean(saying(text))
        assert value == share(lambda doc: [not thinks for thinks in doc.target])
        assert {score.metrics["followed_no_think"] for score in scores} == {1.0}


def test_who_forgets_flags_has_what_the_seed_says() -> None:
    value, scores = mean(forgetting)
    assert value == share(right_if_forgotten) < 1
    for doc, score in zip(docs(), scores, strict=True):
        before, right = [doc.meta["begin"] != "/no_think", *doc.target], right_if_forgotten(doc)
        kept = [good for good, was, now in zip(right, before, doc.target, strict=False) if was == now]
        assert score.metrics["followed_switch"] == 1.0
        assert score.metrics["followed_kept"] == pytest.approx(sum(kept) / len(kept) if kept else 0.0)
        assert score.metrics["whole_dialogues"] == all(right)


def test_weights_are_the_turns_that_a_figure_is_of() -> None:
    for doc in docs():
        weights = doc.weights
        assert weights["followed_think"] == sum(doc.target) > 0
        assert weights["followed_think"] + weights["followed_no_think"] == len(doc.target) == weights["echoed_flags"]
        assert weights["followed_switch"] + weights["followed_kept"] == len(doc.target)


EMPTY = f"{OPEN}\n\n{CLOSE}\n\n"
TRICKY = {
    # Reply: right where the turn is to be thought about, and where it is not.
    "It depends.": (False, True),
    f"{EMPTY}It depends.": (False, True),
    f"{OPEN}{CLOSE}It depends.": (False, True),
    f"{OPEN}\n \t\n{CLOSE}\n\nIt depends.": (False, True),
    f"{OPEN}\nhm\n{CLOSE}\n\nIt depends.": (True, False),
    # Behind an opened block, or one whose opening tag got lost.
    f"hm\n{CLOSE}\n\nIt depends.": (True, False),
    # A second block, in the line and on a line of its own; quoted.
    f"{EMPTY}It depends. {OPEN}hm{CLOSE}": (False, False),
    f"{EMPTY}{OPEN}\nhm\n{CLOSE}\n\nIt depends.": (False, False),
    f"{OPEN}\nhm\n{CLOSE}\n\nIt writes `{OPEN}` first.": (True, False),
    f"It writes `{OPEN}` first.": (False, False),
    f"{EMPTY}It ends with `{CLOSE}`.": (False, True),
    # Nothing is said.
    EMPTY: (False, False),
    "": (False, False),
    f"{OPEN}\nhm\n{CLOSE}\n\n": (False, False),
}


@pytest.mark.parametrize(("text", "right"), TRICKY.items())
def test_a_reply_of_every_kind(text: str, right: tuple[bool, bool]) -> None:
    doc = next(doc for doc in docs() if len(doc.target) == 6)
    score = TASK.score_turns(doc, [told(text)] * 6)
    assert (score.metrics["followed_think"], score.metrics["followed_no_think"]) == tuple(map(float, right))
    assert score.outcome == "ok"


def test_a_dialogue_goes_on_after_a_wrong_turn() -> None:
    doc = docs()[0]
    wrong = [told(UNTHOUGHT if thinks else THOUGHT) for thinks in doc.target[:1]]
    following = TASK.follow(doc, wrong)
    assert following is not None
    assert [message.role for message in following.messages][-3:] == ["user", "assistant", "user"]
    assert following.messages[-2].content == "It depends."


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (told(f"{OPEN}\nhm"), "unfinished"),
        (told(f"{OPEN}\nhm", "length"), "unfinished"),
        (told("hm, hm", "length"), "unfinished"),
        (told(f"{OPEN}\nhm\n{CLOSE}\n\nIt dep", "length"), "truncated"),
    ],
)
def test_what_is_not_finished_ends_a_dialogue_and_the_rest_is_wrong(last: Reply, outcome: str) -> None:
    doc = next(doc for doc in docs() if len(doc.target) == 8)
    good = [told(THOUGHT if thinks else UNTHOUGHT) for thinks in doc.target]
    if last.cut:
        assert TASK.follow(doc, [*good[:3], last]) is None
    for replies in ([*good[:3], last], [*good[:3], last, *good[4:]]):
        score = TASK.score_turns(doc, replies)
        assert (score.value, score.outcome, score.metrics["whole_dialogues"]) == (3 / 8, outcome, 0.0)
        assert "turn 4: the reply is not finished; turn 5: was not reached" in score.detail


def test_turns_that_were_never_answered_are_wrong() -> None:
    doc = next(doc for doc in docs() if len(doc.target) == 4)
    good = [told(THOUGHT if thinks else UNTHOUGHT) for thinks in doc.target]
    assert [TASK.score_turns(doc, good[:count]).value for count in range(5)] == [0, 0.25, 0.5, 0.75, 1]
    assert TASK.score_turns(doc, [*good, told("More.")]).value == 1


def test_a_block_that_nobody_knows_is_an_error_and_never_a_verdict() -> None:
    doc = docs()[0]
    good = [told(THOUGHT if thinks else UNTHOUGHT) for thinks in doc.target]
    score = TASK.score_turns(doc, [good[0], Reply("hm", "It depends."), *good[2:]])
    assert (score.value, score.outcome) == (0.0, "error")
    assert "reply 2 cannot be told" in score.detail
    assert TASK.score_replies(doc, ["It depends."]).outcome == "error"


@pytest.mark.parametrize(
    ("answer", "echoed"),
    [
        ("It depends. /no_think", 1.0),
        ("/think It depends.", 1.0),
        ("As you said /no_think, I do not.", 1.0),
        ("`/think`", 1.0),
        (f"It ends with `{CLOSE}`.", 0.0),
        ("See /thinking and and/think.", 0.0),
    ],
)
def test_flags_that_a_reply_says_itself(answer: str, echoed: float) -> None:
    doc = docs()[0]
    replies = [told(f"{EMPTY}{answer}")] * len(doc.target)
    assert TASK.score_turns(doc, replies).metrics["echoed_flags"] == echoed


# --- prompts


def test_prompt_is_unchanged() -> None:
    renderer, said = Renderer(model_location("demo")), []
    told = [next(doc for doc in docs() if bool(doc.meta["system"]) == system) for system in (False, True)]
    for doc in told:
        first = TASK.prompt(doc)
        later = TASK.follow(doc, [Reply("Let me see.", "It depends.", "closed")])
        assert later is not None
        said += [renderer.render(prompt, "thinking").text for prompt in (first, later)]
    check_snapshot("thinkfollow.turns", "\n--- next\n".join(said))


def test_thinking_of_earlier_turns_is_left_out() -> None:
    doc = docs()[0]
    following = TASK.follow(doc, [Reply("secret thoughts", "It depends.", "closed")])
    assert following is not None
    assert Message("assistant", "It depends.") in following.messages


# --- whole runs


def config(**facts: Any) -> RunConfig:
    return RunConfig("stub", ("thinkfollow",), modes=("thinking",), engine=EngineConfig("mock"), **facts)


def execute(folder: Path, answer: Callable[[Request], Answer], **facts: Any) -> dict[str, float]:
    asyncio.run(run.execute(prepare(config(**facts), folder, engine=MockEngine(answer))))
    return figures(folder)


def figures(folder: Path) -> dict[str, float]:
    return {line["metric"]: line["score"] for line in summary_of(folder)["results"] if line["language"] is None}


def journal(folder: Path, name: str) -> list[dict[str, Any]]:
    return [line for _, line in lines(folder / name)]


def as_asked(model: Talker) -> Callable[[Request], Answer]:
    return lambda request: model(request.prompt.messages)


def test_a_run_from_question_to_summary_and_again_from_its_journals(tmp_path: Path) -> None:
    found = execute(tmp_path / "a", as_asked(forgetting), limit=6)
    asked = {line["id"] for line in journal(tmp_path / "a", "scores.jsonl")}
    right = {doc.id: right_if_forgotten(doc) for doc in docs() if doc.id in asked}
    assert len(right) == 6
    assert found["turns_followed"] == pytest.approx(100 * sum(sum(r) / len(r) for r in right.values()) / 6)
    turns = [turn for doc in docs() if doc.id in asked for turn in zip(right[doc.id], doc.target, strict=True)]
    for name, among in (("followed_think", True), ("followed_no_think", False)):
        # Over turns, not over dialogues: the denominators differ.
        of = [good for good, thinks in turns if thinks == among]
        assert found[name] == pytest.approx(100 * sum(of) / len(of))
    blocks = {reply["block"] for line in journal(tmp_path / "a", "generations.jsonl") for reply in line["replies"]}
    assert blocks == {"closed", "empty"} == {line["block"] for line in journal(tmp_path / "a", "steps.jsonl")}
    replaying = replace(config(limit=6), engine=EngineConfig("replay", replay_from=tmp_path / "a"))
    asyncio.run(run.execute(prepare(replaying, tmp_path / "b", engine=ReplayEngine(tmp_path / "a"))))
    assert figures(tmp_path / "b") == found
    write_summary(open_run(tmp_path / "b"))


def test_unfinished_dialogues_keep_what_they_are_worth_and_are_counted(tmp_path: Path) -> None:
    def stops(request: Request) -> Answer:
        if sum(message.role == "assistant" for message in request.prompt.messages) == 2:
            return Completion(text=f"{OPEN}\nhm", finish_reason="length")
        return obeying(request.prompt.messages)

    found = execute(tmp_path, stops, limit=2)
    scores = journal(tmp_path, "scores.jsonl")
    asked = {doc.id: doc for doc in docs()}
    assert {line["outcome"] for line in scores} == {"unfinished"}
    assert {line["id"]: line["score"] for line in scores} == {
        line["id"]: 2 / len(asked[line["id"]].target) for line in scores
    }
    assert found["turns_followed"] > 0
    [line] = [line for line in summary_of(tmp_path)["results"] if line["language"] is None][:1]
    assert not line["valid"]


def score(folder: Path, rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    path = folder / "given.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asyncio.run(run.execute(prepare_predictions(RunConfig("m", ("thinkfollow",)), path, folder / "run")))
    return {line["id"]: line for line in journal(folder / "run", "scores.jsonl")}


def test_predictions_as_the_model_wrote_them(tmp_path: Path) -> None:
    raw, bare, apart, cut = docs()[:4]
    texts = {doc.id: [THOUGHT if thinks else UNTHOUGHT for thinks in doc.target] for doc in docs()[:4]}
    rows: list[dict[str, Any]] = [{"id": raw.id, "responses": texts[raw.id]}]
    rows.append({"id": bare.id, "responses": [t if t == THOUGHT else "It depends." for t in texts[bare.id]]})
    message = {"role": "assistant", "content": "It depends.", "reasoning_content": "hm"}
    rows.append({"id": apart.id, "responses": [message for _ in apart.target]})
    rows.append({"id": cut.id, "responses": [*texts[cut.id][:-1], f"{OPEN}\nhm"], "finish_reason": "length"})
    found = score(tmp_path, rows)
    assert [(found[doc.id]["score"], found[doc.id]["outcome"]) for doc in (raw, bare, apart, cut)] == [
        (1, "ok"), (1, "ok"), (0, "error"), ((len(cut.target) - 1) / len(cut.target), "unfinished"),
    ]  # fmt: skip
    assert found[raw.id]["extracted"].split() == ["closed" if thinks else "empty" for thinks in raw.target]
