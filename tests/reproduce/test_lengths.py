"""Tables 22 and 23: lengths and their parts, the mean that is the report's and others, rebuilt tasks beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from long_run import PARTS, LongRun, write_long

from qwen3_eval.api import Doc, Generated, Paper, Prompt, Score, Task, fitted, metrics, task
from qwen3_eval.measure.summary import results_text, write_summary
from qwen3_eval.records.record import open_run
from qwen3_eval.report import table_page
from qwen3_eval.report.results import place, table_rows
from qwen3_eval.report.runs import page_runs
from qwen3_eval.report.verdict import answer, checks
from qwen3_eval.reproduce.cells import Part, Sheet, SheetCell, Wanted, fill
from qwen3_eval.reproduce.needs import needs
from qwen3_eval.reproduce.runs import measured
from qwen3_eval.reproduce.tables import layout
from qwen3_eval.reproduce.write import WRITERS
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import COMPARABLE, REBUILT

LENGTHS = (4096, 8192, 16384, 32768, 65536, 131072)
MODEL = "Qwen/Qwen3-8B"
DEVIATION = "of the task itself"
FACTS: dict[str, Any] = {"version": "1", "reference": "this file", "summary": "a toy"}


@task(
    name="ruler",
    category="demo",
    source=fitted.Fitted(seed=1, count=2, lengths=LENGTHS),
    paper=Paper(tables=(23,), metric="accuracy"),
    metric=metrics.Mean(over="subsets"),
    budgets=(8192,),
    deviations=(DEVIATION,),
    **FACTS,
)
class ByLength(fitted.FittedTask):
    def least(self, length: int) -> int:
        return 64

    def outlines(self) -> Iterator[Doc]:
        yield from ()

    def filled(self, doc: Doc) -> Doc:
        return doc

    def prompt_for(self, doc: Doc, mode: str) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        return Score(1.0)


class Drawn(Task):
    def rows(self, rng: object) -> Iterator[dict[str, str]]:
        yield {"id": "1"}

    def doc(self, row: object) -> Doc:
        return Doc("1", "", "")

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user("")

    def score(self, doc: Doc, answer: str) -> Score:
        return Score(1.0)


@task(
    name="tooluse",
    category="demo",
    source=Generated(seed=1, count=1),
    paper=Paper(tables=(22,), metric="score", rebuilt=True),
    metric=metrics.Mean("own_figure"),
    **FACTS,
)
class InBothModes(Drawn):
    pass


@task(
    name="thinkfollow",
    category="demo",
    source=Generated(seed=1, count=1),
    paper=Paper(tables=(22,), metric="score", rebuilt=True),
    metric=metrics.Mean("own_figure"),
    modes=("thinking",),
    **FACTS,
)
class InOneMode(Drawn):
    pass


REGISTRY = Registry({each.spec.name: each() for each in (ByLength, InBothModes, InOneMode)})


def sheet(name: str, *folders: Path, model: str = MODEL, others: bool = False) -> Sheet:
    runs = [measured(open_run(folder)) for folder in folders]
    return fill(layout(name), Wanted(model, others=others), runs, REGISTRY)


def part(found: Sheet, mode: str) -> Part:
    return next(each for each in found.parts if each.block.mode == mode)


def cells(found: Sheet, mode: str) -> dict[str, SheetCell]:
    return {each.line.label: each for each in part(found, mode).cells}


CHANCES = dict(zip(LENGTHS, (0.97, 0.95, 0.9, 0.9, 0.85, 0.75), strict=True))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_long(tmp_path_factory.mktemp("long") / "whole", LongRun(CHANCES))


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    few = {length: CHANCES[length] for length in (4096, 8192)}
    return write_long(tmp_path_factory.mktemp("long") / "some", LongRun({1024: 0.98, **few}))


def test_table_23_asks_for_its_lengths_modes_and_budget() -> None:
    found = needs(layout("table23"), REGISTRY)
    assert (found.tasks, found.lengths, found.budgets) == (("ruler",), LENGTHS, (8192,))
    assert found.modes == ("thinking", "non-thinking")
    assert needs(layout("table22"), REGISTRY).lengths == ()


def test_each_length_stands_beside_the_report_s_in_its_mode(whole: Path) -> None:
    found = sheet("table23", whole)
    thinking, plain = cells(found, "thinking"), cells(found, "non-thinking")
    assert (thinking["32K"].reported, plain["32K"].reported) == (80.8, 91.2)
    assert all(each.ours is not None and each.interval for each in (*thinking.values(), *plain.values()))
    assert {each.block.mode for each in found.parts} == {"thinking", "non-thinking"}
    own = [each.ours or 0.0 for label, each in thinking.items() if label != "Average"]
    assert thinking["Average"].ours == pytest.approx(sum(own) / 6)
    assert (thinking["Average"].reported, thinking["Average"].basis) == (84.4, "others")


def test_numbers_of_models_without_a_mode_stay_as_they_are(whole: Path) -> None:
    found = sheet("table23", whole, others=True)
    assert not part(found, "na").asked
    assert [column.title for column in part(found, "na").others][:1] == ["Qwen2.5-7B-Instruct"]


def test_parts_are_one_click_away(whole: Path) -> None:
    found = sheet("table23", whole)
    cell = cells(found, "thinking")["128K"]
    assert [each.name for each in cell.parts] == sorted(PARTS)
    assert cell.ours == pytest.approx(sum(each.ours for each in cell.parts) / 3)
    assert cells(found, "thinking")["Average"].parts == ()
    markdown = WRITERS["markdown"](found)
    assert markdown.count("<details><summary>128K: 3 parts</summary>") == 2
    assert markdown.count("| three |") == 12
    page = table_page.html(found)
    assert page.count("<summary>4K: 3 parts</summary>") == 2
    assert page.count('<th scope="row">three</th>') == 12
    rows = [row for row in csv.DictReader(io.StringIO(WRITERS["csv"](found))) if row["length"] == "131072/three"]
    assert [row["mode"] for row in rows] == ["non-thinking", "thinking"] and all(row["low"] for row in rows)
    assert [row["reported"] for row in rows] == ["", ""]
    assert "--format html, markdown or csv" in WRITERS["terminal"](found)


def test_lengths_that_were_not_asked_are_named_and_their_mean_is_not_the_report_s(some: Path) -> None:
    found = cells(sheet("table23", some), "thinking")
    assert found["64K"].reasons == ("some did not ask at 65,536 tokens",)
    assert (found["Average"].ours, found["Average"].compared, found["Average"].reported) == (None, None, 84.4)
    assert found["Average"].reasons == ("a mean; 16K, 32K, 64K, 128K not measured",)
    [remark] = found["Average"].remarks
    assert remark.startswith("ours at 1,024, 4,096, 8,192 tokens alone, which is another mean: 9")
    assert found["1K"].ours is not None and len(found["1K"].parts) == 3
    assert (found["1K"].reported, found["1K"].verdict) == (None, "not comparable")
    assert found["1K"].reasons == ("the report prints no number at this length",)
    assert "ours at 1,024" in WRITERS["terminal"](sheet("table23", some)).replace("\n    ", " ")


def test_lengths_of_several_runs_make_the_mean_together(tmp_path: Path, some: Path) -> None:
    rest = LongRun({length: chance for length, chance in CHANCES.items() if length > 8192})
    found = cells(sheet("table23", some, write_long(tmp_path / "rest", rest)), "thinking")["Average"]
    assert found.ours is not None and found.basis == "mean"


def test_a_mean_without_parts_that_the_mirror_lacks_is_not_the_report_s(tmp_path: Path) -> None:
    lacking = [{"task": "ruler", "why": "source", "what": "essays"}]
    run = write_long(tmp_path / "few", LongRun(CHANCES, docs=4, extra={"omissions": lacking}))
    for cell in cells(sheet("table23", run), "thinking").values():
        assert cell.verdict == "not comparable"
        assert "nothing of essays was asked, because the mirror lacks it" in cell.reasons


def test_how_prompts_were_fitted_is_told_where_it_matters(tmp_path: Path) -> None:
    told = (
        "ruler: without YaRN (--yarn off)",
        "ruler: prompts of length 131072 are fitted to 100 tokens",
        "others: no",
    )
    made = {"ruler": {"samples": 5, "begun": False}}
    extra = {"deviations": (*told, f"ruler: {DEVIATION}"), "data": made}
    found = sheet("table23", write_long(tmp_path / "fitted", LongRun(CHANCES, docs=2, extra=extra)))
    yarn, shorter, fewer = (
        "without YaRN (--yarn off)",
        "prompts of length 131072 are fitted to 100 tokens",
        "5 samples of each part instead of 2",
    )
    assert cells(found, "thinking")["64K"].remarks == (yarn, fewer)
    assert (
        cells(found, "thinking")["128K"].remarks
        == (yarn, shorter, fewer)
        == cells(found, "thinking")["Average"].remarks
    )
    assert cells(found, "non-thinking")["4K"].remarks[-1] == "answers do not begin with the benchmark's words"


def test_a_collapse_is_not_valid_anywhere(tmp_path: Path) -> None:
    run = write_long(tmp_path / "bad", LongRun({**CHANCES, 32768: 0.05}))
    found = cells(sheet("table23", run), "thinking")
    for label in ("32K", "Average"):
        assert found[label].verdict == "not comparable"
        assert any("fault of the configuration" in reason for reason in found[label].reasons)
    lines = list(results_text(write_summary(open_run(run)), open_run(run)))
    assert [line for line in lines if line.startswith("ruler 32,768 ") and "NOT VALID" in line]
    assert [line for line in lines if line.startswith("ruler 65,536 ") and "NOT VALID" not in line]
    summary = json.loads((run / "summary.json").read_text("utf-8"))["results"]
    bad = {row["subset"] for row in summary if not row["valid"] and row["mode"] == "thinking"}
    assert {None, "32768"} <= bad <= {None, "32768", *(f"32768/{name}" for name in PARTS)}


def test_printed_lengths_stand_beside_results_and_the_mean_beside_all_of_them_alone(whole: Path, some: Path) -> None:
    values = {}
    for run in (whole, some):
        for row in write_summary(open_run(run)):
            if row.mode == "thinking" and row.reported:
                values[run.name, row.subset] = row.reported.value
    assert values["whole", None] == 84.4 and ("some", None) not in values
    assert values["some", "4096"] == 94.7 and ("some", "1024") not in values
    assert len(values) == 7 + 2


def test_another_budget_is_not_that_of_the_report(tmp_path: Path) -> None:
    run = write_long(tmp_path / "other", LongRun(CHANCES, budget=1024, docs=2))
    found = write_summary(open_run(run))
    assert {row.mode for row in found if row.reported} == {"non-thinking"}
    assert cells(sheet("table23", run), "thinking")["4K"].ours is None


def test_the_page_of_a_run_holds_lengths_against_the_report(whole: Path) -> None:
    [run] = page_runs([open_run(whole)])
    found = {(each.result.mode, each.result.subset): each for each in checks(run, REGISTRY) if each}
    assert set(found) == {
        (mode, length) for mode in ("thinking", "non-thinking") for length in (None, *map(str, LENGTHS))
    }
    assert found["thinking", "4096"].printed == 94.7


def test_lengths_are_rows_of_the_page_of_a_run_in_their_order(whole: Path) -> None:
    [run] = page_runs([open_run(whole)])
    rows = sorted(table_rows(run, checks(run, REGISTRY)), key=lambda row: place(row, ["ruler"]))
    shown = [row.part for row in rows if row.kind in ("main", "length") and row.mode == "thinking"]
    assert shown == ["", *map(str, LENGTHS)]
    assert sum(row.kind == "subset" for row in rows) == 2 * 6 * 3
    text = [line.split("  ")[0] for line in results_text(run.results, run.record)]
    assert text[1:8] == ["ruler", *(f"ruler {length:,}" for length in LENGTHS)]


# rebuilt tasks


def rebuilt(tmp_path: Path, name: str, *modes: str, model: str = "Qwen/Qwen3-32B") -> Path:
    plan = [
        {
            "task": name,
            "mode": mode,
            "budgets": [None],
            "docs": 30,
            "samples": 1,
            "metric": "own_figure",
            "rebuilt": True,
        }
        for mode in modes
    ]
    fake = Fake(tasks=(name,), budgets=(), docs=30, model=model, unfinished=0.0, extra={"plan": plan})
    return write_run(tmp_path / name, fake)


def test_what_is_rebuilt_stands_beside_stage_4_and_says_so(tmp_path: Path) -> None:
    run = rebuilt(tmp_path, "tooluse", "thinking", "non-thinking")
    found = sheet("table22", run, model="Qwen/Qwen3-32B")
    for mode, printed in (("thinking", 85.5), ("non-thinking", 86.5)):
        cell = cells(found, mode)["ToolUse"]
        assert (cell.reported, cell.verdict) == (printed, "not comparable") and cell.ours is not None
        assert cell.compared is None
        assert cell.reasons == (REBUILT,) == ("rebuilt; not comparable number by number",)
    for form in ("terminal", "markdown", "latex"):
        text = " ".join(WRITERS[form](found).split())
        assert REBUILT in text and text.count(COMPARABLE) == 1, form
    assert "order of the modes" in COMPARABLE and "size of a change" in COMPARABLE
    assert REBUILT in WRITERS["csv"](found) and COMPARABLE in table_page.html(found)


def test_one_cell_for_both_modes_has_the_result_of_the_mode_that_is_asked(tmp_path: Path) -> None:
    found = sheet("table22", rebuilt(tmp_path, "thinkfollow", "thinking"), model="Qwen/Qwen3-32B")
    assert part(found, "na").block.title == "Both modes in one cell"
    cell = cells(found, "na")["ThinkFollow"]
    assert (cell.reported, cell.reasons) == (98.9, (REBUILT,)) and cell.ours is not None
    assert "ThinkFollow" not in cells(found, "thinking")


def test_no_printed_number_stands_beside_what_is_rebuilt_elsewhere(tmp_path: Path) -> None:
    record = open_run(rebuilt(tmp_path, "tooluse", "thinking", "non-thinking"))
    assert all(row.reported is None for row in write_summary(record))
    [run] = page_runs([record])
    found = answer(run, checks(run, REGISTRY))
    assert REBUILT in found.long and COMPARABLE in found.long
    assert [row.remark for row in table_rows(run, checks(run, REGISTRY)) if row.kind == "main"] == [REBUILT] * 2
