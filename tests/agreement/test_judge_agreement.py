"""Judges on the same answers: who is compared with whom on what, and what is said of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from judged_run import Said, cut_lines, essay, judge, judged_again, judged_run, marks, read_lines
from places import TOYS

from qwen3_eval.agreement import Agreement, agreement
from qwen3_eval.agreement.raters import kinship
from qwen3_eval.agreement.values import parts
from qwen3_eval.cli import main
from qwen3_eval.engines.base import Request
from qwen3_eval.stats import agreement as stats
from qwen3_eval.types import UsageError


def number_of(request: Request) -> int:
    """What an answer is about, as a number that is the same for all who judge it."""
    return int(request.unit.id.split("/")[0])


def graded(error: int = 0) -> Said:
    """A judge whose marks are those of the question, with an error now and then."""
    return lambda request: f"[{1 + number_of(request) % 7 + (error if number_of(request) % 3 == 0 else 0)}]"


def figures(found: Agreement, at: int = 0) -> Mapping[str, float | None]:
    pair = found.pairs[at]
    return {name: each.value for name, each in {**pair.figures, **pair.order}.items()}


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals are tested where they are made."""
    monkeypatch.setattr(stats, "DRAWS", 40)


@pytest.fixture(scope="module")
def duels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve duels, all won by the first place."""
    return judged_run(tmp_path_factory.mktemp("duels") / "run", lambda request: "A", tasks=("toy_duel",))


@pytest.fixture
def run(duels: Path, tmp_path: Path) -> Path:
    """A copy of them."""
    return Path(shutil.copytree(duels, tmp_path / "run"))


def test_judges_of_one_run_are_compared_on_every_answer(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", graded())
    judged_again(run, graded(1), run / "judges" / "second")
    judged_again(run, graded(), run / "judges" / "third", judge("third"))
    found = agreement([run])
    assert [each.label for each in found.raters] == ["first", "second", "third"]
    assert [(each.first.label, each.second.label, each.answers) for each in found.pairs] == [
        ("first", "second", 6),
        ("first", "third", 6),
        ("second", "third", 6),
    ]
    assert figures(found, 1)["agreement"] == figures(found, 1)["weighted_kappa"] == 1
    lines = [read_lines(folder, "judgments.jsonl") for folder in (run, run / "judges" / "second")]
    by_key = [{(line["id"], line["call"]): line["verdict"] for line in side} for side in lines]
    equal = [by_key[0][each] == by_key[1][each] for each in by_key[0]]
    assert figures(found)["agreement"] == pytest.approx(sum(equal) / len(equal)) and not all(equal)
    assert figures(found)["score_difference"] == pytest.approx((len(equal) - sum(equal)) / len(equal) / 10)
    assert found.pairs[0].figures["kappa"].why == "verdicts are numbers: see the weighted one"


def test_answers_that_differ_are_left_out_and_counted(tmp_path: Path) -> None:
    one = judged_run(tmp_path / "one", graded())
    numbers = sorted({line["id"] for line in read_lines(one, "generations.jsonl")})
    changed = numbers[:2]
    answer: Said = lambda request: "Another." if request.unit.id in changed else essay(request)  # noqa: E731
    two = judged_run(tmp_path / "two", graded(), answer=answer, by="second")
    [pair] = agreement([one, two]).pairs
    assert (pair.answers, pair.differing) == (4, 2)
    other = judged_run(tmp_path / "other", graded(), answer=lambda request: "Else.", by="second")
    with pytest.raises(UsageError, match=r"no two judges have an answer in common: first .*one.* and second .*other"):
        agreement([one, other])


def test_one_judge_over_several_models_is_one_judge(tmp_path: Path) -> None:
    for model, mark in (("bad", 2), ("fair", 5), ("good", 8)):
        run = judged_run(tmp_path / model, marks(mark), model=model)
        judged_again(run, marks(10 - mark if model != "fair" else 3), run / "judges" / "second")
    found = agreement([tmp_path / name for name in ("bad", "fair", "good")])
    assert [each.label for each in found.raters] == ["first", "second"]
    assert [len(each.opinions) for each in found.raters] == [18, 18]
    [pair] = found.pairs
    assert pair.answers == 18 and pair.order["tau_b"].n == 3
    assert figures(found)["tau_b"] == figures(found)["rho"] == -1


def test_a_call_that_was_asked_twice_counts_once_and_an_unread_one_is_counted_apart(tmp_path: Path) -> None:
    first = lambda request: "nothing" if "style" in request.unit.id else "[6]"  # noqa: E731
    run = judged_run(tmp_path / "run", first)
    judged_again(run, marks(6), run / "judges" / "second")
    [pair] = agreement([run]).pairs
    assert (pair.figures["agreement"].n, pair.figures["agreement"].value) == (6, 1)
    assert (pair.alone, pair.neither) == (6, 0)
    judged_again(run, first, run / "judges" / "third", judge("third"))
    assert agreement([run]).pairs[1].neither == 6
    assert pair.figures["pearson"].why == "there is nothing to compare"


def test_the_lenient_rule_is_a_judge_of_its_own(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", lambda request: f"score {number_of(request) % 9}")
    assert main(["score", "--from-run", str(run), "--judge-parse", "lenient"]) == 0
    found = agreement([run])
    assert [each.label for each in found.raters] == ["first", "first (first-lenient)"]
    assert found.pairs[0].alone == 12 and found.pairs[0].figures["agreement"].value is None


def test_a_judge_that_follows_the_place(run: Path) -> None:
    [alone] = agreement([run]).alone
    assert alone.figures["follows_place"].value == alone.figures["first_place"].value == 1
    bounds = alone.figures["follows_place"].interval
    assert bounds is not None and 0.6 < bounds.low < 0.9
    judged_again(run, lambda request: "B" if "behind" in request.unit.id else "A", run / "judges" / "second")
    found = agreement([run])
    fair = found.alone[1].figures
    assert (fair["follows_place"].value, fair["first_place"].value) == (0, 0.5)
    assert figures(found)["agreement"] == 0.5 and found.pairs[0].figures["weighted_kappa"].why == "verdicts are labels"


def test_a_judge_that_takes_the_longer_answer(tmp_path: Path) -> None:
    def answer(request: Request) -> str:
        return "y" * (30 if number_of(request) % 2 else 10)

    def longer(request: Request) -> str:
        first, second, _ = request.prompt.messages[0].content.split("\n")
        return "A" if len(first) > len(second) else "B"

    run = judged_run(tmp_path / "run", longer, answer=answer, tasks=("toy_duel",))
    [alone] = agreement([run]).alone
    won = alone.figures["longer_wins"].value
    assert won is not None and won > 0.3
    assert (alone.figures["length_correlation"].value or 0) == pytest.approx(1)
    cut = judged_run(tmp_path / "even", lambda request: "tie", answer=answer, tasks=("toy_duel",))
    [alone] = agreement([cut]).alone
    assert alone.figures["longer_wins"].why == "there is nothing to compare"
    assert "all of one side" in alone.figures["length_correlation"].why


def test_a_judge_that_prefers_its_own_answers(tmp_path: Path) -> None:
    for model, mark in (("first", 9), ("writer", 5)):
        run = judged_run(tmp_path / model, marks(mark), model=model)
        judged_again(run, marks(4), run / "judges" / "second")
    [own] = agreement([tmp_path / "first", tmp_path / "writer"]).own
    assert (own.rater.label, own.other.label, own.model, own.kin) == ("first", "second", "first", "the model itself")
    assert own.figures["own_difference"].value == pytest.approx(0.5)
    assert own.figures["own_preference"].value == pytest.approx(0.4)
    [alone] = agreement([tmp_path / "first"]).own
    assert alone.figures["own_preference"].why == "there are no answers of other models to tell it from a milder judge"


def test_who_is_kin_to_whom() -> None:
    assert kinship("org/Qwen3-8B", "/models/qwen3 8b/") == "the model itself"
    assert kinship("Qwen3-32B", "Qwen/Qwen3-8B") == kinship("gpt-4.1", "gpt-4o") == "of its family by its name"
    assert kinship("claude-3.7-sonnet", "Qwen3-8B") == kinship("1B", "2B") == kinship("", "x") == ""


def test_verdicts_of_any_form_are_taken_apart() -> None:
    verdict = {"score": 7, "by": {"taste": 8.5, "fit": None}, "labels": ["a", True], "odd": float("nan")}
    assert dict(parts(verdict)) == {".score": 7.0, ".by.taste": 8.5, ".labels.0": "a", ".labels.1": "True"}
    assert dict(parts(3)) == {"": 3.0} and dict(parts(None)) == {}


def against(folder: Path, rows: list[dict[str, Any]] | str) -> Path:
    path = folder / "people.jsonl"
    path.write_text(rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_people_are_compared_with_a_judge(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", graded())
    said = [(line["id"], line["call"], line["verdict"]) for line in read_lines(run, "judgments.jsonl")]
    rows = [{"id": name, "call": call, "verdict": mark + (call == "form")} for name, call, mark in said[:8]]
    [pair] = agreement([run], against(tmp_path, [*rows, {"id": "stranger", "call": "form", "verdict": 1}])).pairs
    assert (pair.first.label, pair.second.label) == ("first", "people.jsonl")
    assert pair.figures["agreement"].value == 0.5
    assert pair.figures["score_difference"].value == pytest.approx(0.5)


def test_published_judgments_are_read_by_the_task(run: Path, tmp_path: Path) -> None:
    names = sorted({line["id"] for line in read_lines(run, "generations.jsonl")})
    rows = [
        {"number": int(name), "duels": [{"winner": "A"}, {"winner": "B" if at else "A"}]}
        for at, name in enumerate(names)
    ]
    found = agreement([run], against(tmp_path, rows))
    assert figures(found)["agreement"] == pytest.approx(13 / 24)
    assert figures(found)["score_difference"] == pytest.approx(-11 / 24)


Rows = Callable[[str], list[dict[str, Any]] | str]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (lambda name: "no JSON\n", "line 1 is not JSON"),
        (lambda name: [{"id": name}], "line 1: Object missing required field `call`; a line is"),
        (lambda name: [{"id": name, "call": "behind", "verdict": "A", "sample": -1}], r"line 1: .* `\$\.sample`"),
        (lambda name: [{"id": name, "call": "x", "verdict": "A"}] * 2, "line 2: a second verdict"),
        (lambda name: [{"id": "9", "call": "x", "verdict": "A"}], "is about no answer of .*run: it has id '9'"),
        (lambda name: "", "is about no answer of"),
        (lambda name: [{"number": 1, "duels": [{}]}], "line 1 is no judgment as toy_duel reads them: KeyError"),
        (lambda name: "7\n", "line 1: Expected `object`, got `int`"),
        (lambda name: b"\xff\n".decode("latin-1"), "is not JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: Rows, why: str
) -> None:
    name = read_lines(run, "generations.jsonl")[0]["id"]
    path = against(tmp_path, rows(name))
    capsys.readouterr()
    assert main(["judge-agreement", str(run), "--against", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    with pytest.raises(UsageError, match=why):
        agreement([run], path)


def test_a_row_that_fits_several_answers_is_refused(tmp_path: Path) -> None:
    run = judged_run(tmp_path / "run", graded(), modes=("thinking", "non-thinking"))
    name = read_lines(run, "generations.jsonl")[0]["id"]
    row = {"id": name, "call": "form", "verdict": 3}
    with pytest.raises(UsageError, match="line 1: several answers fit"):
        agreement([run], against(tmp_path, [row]))
    assert agreement([run], against(tmp_path, [{**row, "mode": "thinking"}])).pairs[0].answers == 1


def test_runs_without_judgments_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = judged_run(tmp_path / "run", graded())
    cut_lines(run, "judgments.jsonl", 0)
    capsys.readouterr()
    assert main(["judge-agreement", str(run)]) == main(["judge-agreement", str(tmp_path)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert "run holds no judgments" in said[0] and "is not a run directory" in said[1] and len(said) == 2


def test_it_is_printed_as_tables_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = judged_run(tmp_path / "run", graded())
    capsys.readouterr()
    assert main(["judge-agreement", str(run)]) == 0
    assert "there is one judge" in capsys.readouterr().out
    judged_again(run, graded(1), run / "judges" / "second")
    capsys.readouterr()
    assert main(["judge-agreement", str(run), "--tasks-dir", str(TOYS)]) == 0
    text = capsys.readouterr().out
    assert "toy_judged: first and second, 6 answers" in text and "equal verdicts" in text and "nan" not in text.lower()
    assert main(["judge-agreement", str(run), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    [pair] = told["pairs"]
    assert pair["judges"] == ["first", "second"] and len(pair["figures"]["agreement"]["ci95"]) == 2
    assert pair["figures"]["kappa"] == {"why": "verdicts are numbers: see the weighted one", "n": 0}
    assert [each["judge"] for each in told["alone"]] == ["first", "second"]
