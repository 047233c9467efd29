"""What the report says of answers that a model judged: who did, what was said, and with which prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from judge_stub import UNREADABLE, replies, reply
from judged_rows import judged_rows
from judged_run import judge, judged_again
from judged_toy import JUDGE, judged_config, judged_run
from opened import runs_in
from places import FIXTURES
from unpacked import Unpacked

from qwen3_eval.cli import main
from qwen3_eval.engines.base import Request
from qwen3_eval.records.keys import messages_sha256
from qwen3_eval.records.record import open_run
from qwen3_eval.report import judged, write_report
from qwen3_eval.report.judge_prompts import ShownPrompt
from qwen3_eval.types import Message, Prompt

NASTY = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
FOUR = ("alignbench_v1_1", "arena_hard", "creative_writing_v3", "writingbench")


def page(*folders: Path) -> Unpacked:
    """The report of some runs."""
    return Unpacked(write_report(runs_in(*folders), folders[0].parent / "report.html").read_text("utf-8"))


def journal(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "judgments.jsonl").read_text("utf-8").splitlines()]


def rewrite(run: Path, **fields: Any) -> None:
    """Sets fields of the first line of the judge's journal."""
    first, *others = journal(run)
    lines = [{**first, **fields}, *others]
    (run / "judgments.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def calls_of(found: Unpacked) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The answer and the JSON of every call on the page."""
    for item in found.items("texts"):
        for call in item[4] if len(item) > 4 else ():
            yield item[1], call


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some replies cannot be read."""
    return judged_run(tmp_path_factory.mktemp("judged") / "run", replies(0.3), answer=lambda r: f"Of {r.unit.id}.")


@pytest.fixture(scope="module")
def found(run: Path) -> Unpacked:
    return page(run)


def test_every_reply_stands_beside_its_answer_with_what_was_read(run: Path, found: Unpacked) -> None:
    lines = journal(run)
    shown = [(call["name"], each["reply"]) for _, call in calls_of(found) for each in call["attempts"]]
    assert sorted(shown) == sorted((line["call"], line["reply"]) for line in lines)
    read = {call["verdict"] for _, call in calls_of(found) if call["state"] == judged.READ}
    assert read == {str(line["verdict"]) for line in lines if line["verdict"]}
    unread = [call for _, call in calls_of(found) if call["state"] == judged.UNREAD]
    assert unread and all(len(call["attempts"]) == 2 and "verdict" not in call for call in unread)
    assert {each["why"] for call in unread for each in call["attempts"]} == {"the parse rule reads no verdict in it"}


def asked_again(found: Unpacked, asked: list[Any], answer: str) -> str:
    """The digest of a prompt as the page has it."""
    texts = found.items("pieces")
    said = (
        Message(role, "".join(answer if number < 0 else texts[number] for number in numbers)) for role, numbers in asked
    )
    return messages_sha256(Prompt(messages=tuple(said)))


def test_prompts_of_the_judge_are_those_that_were_asked(run: Path, found: Unpacked) -> None:
    attempts = [(answer, each) for answer, call in calls_of(found) for each in call["attempts"]]
    assert len(attempts) == len(journal(run))
    for answer, each in attempts:
        assert asked_again(found, each["asked"], answer) == each["sha256"]
        assert any(number < 0 for _, numbers in each["asked"] for number in numbers)
    # The strict system prompt, what stands before the answer in each of the two calls.
    assert len(found.items("pieces")) == 3


@pytest.mark.parametrize("task", FOUR)
def test_prompts_of_the_benchmarks_are_rendered_again(tmp_path: Path, task: str) -> None:
    if not (FIXTURES / task).is_dir():
        pytest.skip(f"no rows of {task}")
    answer = "The river keeps what it was given.\n" * 20
    asked = judged_rows(tmp_path / "run", task, lambda request: answer, replies(0.3))
    shown = page(tmp_path / "run")
    attempts = [each for _, call in calls_of(shown) for each in call["attempts"]]
    digests = [asked_again(shown, each["asked"], answer.strip() if "creative" in task else answer) for each in attempts]
    assert digests == [each["sha256"] for each in attempts]
    assert sorted(digests) == sorted(messages_sha256(request.prompt) for request in asked)


def test_games_say_in_which_place_the_answer_stood(tmp_path: Path) -> None:
    if not (FIXTURES / "arena_hard").is_dir():
        pytest.skip("no rows of arena_hard")
    judged_rows(tmp_path / "run", "arena_hard", lambda request: "An answer.", reply)
    assert {(call["name"], call["place"]) for _, call in calls_of(page(tmp_path / "run"))} == {
        ("game 1", "B"),
        ("game 2", "A"),
    }


def test_a_prompt_that_cannot_be_rendered_leaves_its_digest_and_why(tmp_path: Path) -> None:
    again = judged_run(tmp_path / "run", "[8]")
    rewrite(again, prompt_sha256="ab" * 32)
    attempts = [each for _, call in calls_of(page(again)) for each in call["attempts"]]
    [changed] = [each for each in attempts if "asked" not in each]
    assert (changed["sha256"], changed["unshown"]) == ("ab" * 32, "the task as it is here asks otherwise")
    told = json.loads((again / "run.json").read_text("utf-8"))
    told["config"]["tasks_dir"] = None
    (again / "run.json").write_text(json.dumps(told), "utf-8")
    missing = page(again)
    assert {each["unshown"] for _, call in calls_of(missing) for each in call["attempts"]} == {
        "the task is not installed here"
    }
    assert "the task is not installed here" in missing.html


def test_the_head_names_the_judge_and_what_keeps_it_from_the_report(run: Path, tmp_path: Path) -> None:
    shown = " ".join(re.sub(r"<[^>]+>", "", page(run).html).split())
    assert "Judged by toy-judge · non-thinking · replies read by the official rule · " in shown
    share = sum(call["state"] == judged.UNREAD for _, call in calls_of(page(run))) / 12
    assert f"{100 * share:.1f} % of verdicts unread" in shown
    assert "not comparable: judged by" not in shown
    other = judged_run(tmp_path / "run", "[8]", judged_config(replace(JUDGE, model="another", lenient=True)), "[1]")
    shown = " ".join(re.sub(r"<[^>]+>", "", page(other).html).split())
    marked = "100.0 % of answers hold the judge&#39;s marker"
    assert f"Judged by another · non-thinking · replies read by the lenient rule · {marked} · not comparable" in shown
    assert shown.count("judged by another, the report by toy-judge") == 2


def test_a_run_without_a_judge_says_nothing_of_one(tmp_path: Path) -> None:
    shown = page(write_run(tmp_path / "run", Fake(tasks=("demo_math",), docs=2, budgets=())))
    assert "Judged by" not in shown.html.partition("<script>")[0] and 'id="judges"' not in shown.html
    assert {len(item) for item in shown.items("texts")} == {4}
    assert set(shown.block("index")["columns"]["judgment"]) == {judged.NOT_JUDGED}


def test_the_list_tells_apart_what_was_read_and_how(tmp_path: Path) -> None:
    def said(request: Request) -> str:
        return {"0": "[7]", "1": "score 7", "2": "hm"}[str(int(request.unit.id.split("/")[0]) % 3)]

    run = judged_run(tmp_path / "run", said, answer=lambda request: "x")
    states = page(run).block("index")["columns"]["judgment"]
    lines = journal(run)
    wanted = [(line["verdict"], line["lenient"]) for line in lines if line["call"] == "style" and not line["attempt"]]
    assert sorted(states) == sorted(
        judged.READ if official else judged.LENIENT if lenient else judged.UNREAD for official, lenient in wanted
    )


def test_judged_samples_have_a_verdict_of_their_own(found: Unpacked) -> None:
    index = found.block("index")
    names = [index["verdicts"][number] for number in index["columns"]["verdict"]]
    points = [item[3]["points"] for item in found.items("texts")]
    assert set(names) == {"judged", "failed"}
    assert [each for name, each in zip(names, points, strict=True) if name == "failed"] == [[1, 10]] * names.count(
        "failed"
    )


def test_nothing_that_a_judge_wrote_is_markup(tmp_path: Path) -> None:
    nasty = replace(JUDGE, model=NASTY)
    run = judged_run(tmp_path / "run", f"{NASTY} [8]", judged_config(nasty), answer=NASTY)
    shown = page(run)
    assert "<script>window" not in shown.html and "<img" not in shown.html
    assert all(each["reply"] == f"{NASTY} [8]" for _, call in calls_of(shown) for each in call["attempts"])


def test_answers_that_several_judged_stand_side_by_side(run: Path) -> None:
    judged_again(run, lambda request: "[3]", run / "judges" / "second", judge("second"))
    assert "<bdi>judges/second</bdi>" in page(run).html
    shown = page(run, run / "judges" / "second")
    assert "<bdi>judges/second</bdi>" not in shown.html
    assert shown.block("index")["judges"] == ["toy-judge", "second"]
    assert shown.html.count("Judged by <strong>") == 2
    answers = [item[1] for item in shown.items("texts")]
    assert answers[::2] == answers[1::2]


def test_flips_show_what_the_judge_said_of_both(tmp_path: Path) -> None:
    def answer(request: Request) -> str:
        return f"One essay on {request.unit.id}."

    before = judged_run(tmp_path / "before", reply, answer=answer)
    after = judged_run(tmp_path / "after", replies(0.4), answer=lambda request: f"Another {answer(request)}")
    out = tmp_path / "x.html"
    assert main(["compare", str(before), str(after), "--out", str(out)]) == 0
    shown = out.read_text("utf-8")
    assert shown.count("<h5>Judged by <bdi>toy-judge</bdi></h5>") == 2 * shown.count('<details class="flip"') > 0
    assert '<span class="label unread"><bdi>unread</bdi></span> the parse rule reads no verdict in it' in shown
    assert UNREADABLE in shown and "Plainly written" in shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, {"verdict": ""}),
        ("A>>B", {"verdict": "A>>B"}),
        (7, {"verdict": "7"}),
        (7.5, {"verdict": "7.5"}),
        ({"score": 7, "reason": "r" * 61}, {"verdict": "7", "marks": [], "said": ["r" * 61]}),
        ({"score": 7, "rating": {"a": 8, "b": 6.0}}, {"verdict": "7", "marks": [("a", "8"), ("b", "6")], "said": []}),
        ({"Coherent": 15.0, "Meandering": 3.0}, {"marks": [("Coherent", "15"), ("Meandering", "3")], "said": []}),
        ([1, 2], {"verdict": "[1, 2]"}),
    ],
)
def test_a_verdict_of_any_form_is_told(value: object, shown: dict[str, Any]) -> None:
    assert judged.shown_verdict(value) == shown


@pytest.mark.parametrize("text", ['{"score": 7, "reason": "%s"}', '```json\n{"reason": "%s"}\n```', '  {"r":"%s"} '])
def test_the_reason_is_found_in_a_reply_that_is_an_object(text: str) -> None:
    assert judged.reasons_in(text % ("so " * 30)) == ["so " * 30]


@pytest.mark.parametrize("text", ["", "[1]", "so", '{"a": "short"}', "[" * 100_000, "{" * 100_000])
def test_another_reply_has_no_reasons(text: str) -> None:
    assert judged.reasons_in(text) == []


@pytest.mark.parametrize(
    ("heading", "place"),
    [
        ("<|The Start of Assistant B's Answer|>\n", "B"),
        ("[Assistant A]\n\n", "A"),
        ("[TEST MODEL RESPONSE]\n", ""),
        ("An AI wrote I and Z:\n", ""),
        ("", ""),
    ],
)
def test_the_place_is_the_letter_in_the_heading(heading: str, place: str) -> None:
    shown = ShownPrompt([("user", [f"Assistant C\n{heading}" if heading else "", None, "\nend of B"])])
    assert judged.place_of(shown) == place


def test_the_thinking_of_a_judge_and_what_it_took_stand_behind_its_reply(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", "[8]")
    rewrite(run, thinking="Hm, a mark.", tokens={"prompt": 20, "thinking": 4, "answer": 0}, finish_reason="length")
    [told] = [each for _, call in calls_of(page(run)) for each in call["attempts"] if "thinking" in each]
    assert (told["thinking"], told["finish"]) == ("Hm, a mark.", "length")
    assert told["tokens"] == {"prompt": 20, "thinking": 4}


def test_the_words_for_what_was_not_read(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", "nothing to read")
    record = open_run(run)
    line = record.judgment(next(iter(record.judgments.values()))[0].offset)
    assert judged.why_unread(line, lenient=False) == "the parse rule reads no verdict in it"
    late: Any = {**line, "unread": "thinking"}
    assert judged.why_unread(late, lenient=False) == "it was still thinking at its token limit"
    failed: Any = {**line, "unread": "too_long", "error": "context: 9 of 8"}
    assert judged.why_unread(failed, lenient=False) == "the prompt is longer than the judge's context: context: 9 of 8"
    only: Any = {**line, "lenient": 7}
    assert judged.why_unread(only, lenient=False).endswith("the lenient one does")
    assert judged.why_unread(only, lenient=True) == ""


def test_scores_in_points_stand_on_their_scale_beside_the_official_figure(tmp_path: Path) -> None:
    def said(request: Request) -> str:
        return UNREADABLE if request.unit.id.startswith("1") else "[8]"

    run = judged_run(tmp_path / "run", said)
    lost = {line["id"] for line in journal(run) if line["reply"] == UNREADABLE}
    assert 0 < len(lost) < 6
    shown = page(run).html
    row = shown.partition('<table class="glance">')[2].partition("</table>")[0]
    cells = [" ".join(cell.split()) for cell in re.findall(r"<td class=\"number[^>]*>(.*?)</td>", row, re.DOTALL)]
    mean = (8 * (6 - len(lost)) + len(lost)) / 6
    assert cells[0] == f"{mean:.2f}<small>of 10</small><small>8.00 by the official code</small>"
    [dot] = re.findall(r'<circle class="dot non-thinking" cx="([0-9.]+)%"', row)
    assert float(dot) == pytest.approx(4 + 0.92 * 10 * mean, abs=0.01)
