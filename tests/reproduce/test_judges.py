"""Tables with answers that a model judged: which figure is compared, on which scale, and when it can be."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from judged_toy import judged_run

from qwen3_eval.engines.base import Request
from qwen3_eval.records.record import open_run
from qwen3_eval.reproduce import runs
from qwen3_eval.reproduce.cards import about, layout_of
from qwen3_eval.reproduce.cells import Sheet, SheetCell, Wanted, fill
from qwen3_eval.reproduce.judges import same_judge
from qwen3_eval.reproduce.write import WRITERS
from qwen3_eval.task.registry import Registry, load_tasks

ALIGNBENCH, WRITINGBENCH, ARENA_2 = "alignbench_v1_1", "writingbench", "arena_hard_v2"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_tasks()


def half_read(request: Request) -> str:
    """Half of the answers have a verdict, 8 of 10."""
    return "[8]" if int(request.unit.id.split("/")[0]) % 2 else "nothing"


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("toys")
    return {"whole": judged_run(folder / "whole"), "half": judged_run(folder / "half", half_read)}


def run_as(toy: Path, out: Path, task: str, of: str = "Qwen/Qwen3-8B", **judge: Any) -> Path:
    """A run of the toy task, as one of a published benchmark by a published model."""
    out.mkdir(parents=True)
    for name in ("scores.jsonl", "generations.jsonl", "judgments.jsonl", "prompts.jsonl"):
        (out / name).write_text((toy / name).read_text("utf-8").replace("toy_judged", task), "utf-8")
    told = json.loads((toy / "run.json").read_text("utf-8").replace("toy_judged", task))
    told["model"] = told["config"]["model"] = of
    told["config"]["engine"]["kind"] = "vllm"
    asked = told["judge"]["tasks"][task]
    told["judge"] |= {name: value for name, value in judge.items() if name not in asked}
    asked |= {name: value for name, value in judge.items() if name in asked}
    (out / "run.json").write_text(json.dumps(told), "utf-8")
    return out


def prescribed(registry: Registry, task: str) -> dict[str, Any]:
    """A judge as the benchmark prescribes it."""
    judge = registry.get(task).spec.judge
    assert judge is not None
    asked = {"prompt": judge.prompt, "rule": judge.rule, "max_tokens": judge.max_tokens}
    return {"model": judge.model, "sampling": asdict(judge.sampling), **asked}


def sheet_of(name: str, run: Path, registry: Registry, model: str = "Qwen/Qwen3-8B") -> Sheet:
    wanted = Wanted(model)
    return fill(about(layout_of(name), wanted), wanted, [runs.measured(open_run(run))], registry)


def cell_of(sheet: Sheet, label: str) -> SheetCell:
    return next(cell for cell in sheet.cells if cell.line.label == label)


def of_judge(cell: SheetCell) -> list[str]:
    return [reason for reason in cell.reasons if "judge" in reason]


def test_another_judge_than_the_report_s_is_named_beside_it(
    tmp_path: Path, toys: Mapping[str, Path], registry: Registry
) -> None:
    sheet = sheet_of("table18", run_as(toys["whole"], tmp_path / "run", ALIGNBENCH), registry)
    cell = cell_of(sheet, "AlignBench v1.1")
    assert cell.verdict == "not comparable"
    assert of_judge(cell) == ["judged by toy-judge, the report by gpt-4-0613"]
    for name in ("terminal", "latex"):
        assert "not comparable: judged by toy-judge, the report by gpt-4-0613" in " ".join(WRITERS[name](sheet).split())


def test_the_report_s_judge_asked_as_it_prescribes_is_no_obstacle(
    tmp_path: Path, toys: Mapping[str, Path], registry: Registry
) -> None:
    run = run_as(toys["whole"], tmp_path / "run", ALIGNBENCH, **prescribed(registry, ALIGNBENCH))
    assert of_judge(cell_of(sheet_of("table18", run, registry), "AlignBench v1.1")) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prompt": "1.0"}, "the judge was asked by version 1.0 of its prompt instead of 1.1"),
        ({"rule": "0"}, "the judge's replies were read by version 0 of the rule instead of 1"),
        ({"parse": "lenient"}, "the judge's replies were read by the lenient rule instead of the official one"),
        ({"max_tokens": 64}, "the judge's replies have at most 64 tokens instead of any number of tokens"),
        ({"sampling": {"temperature": 1.0}}, "the judge's temperature 1.0 instead of 0.0"),
    ],
)
def test_the_report_s_judge_asked_otherwise_is_an_obstacle(
    tmp_path: Path, toys: Mapping[str, Path], registry: Registry, change: dict[str, Any], said: str
) -> None:
    run = run_as(toys["whole"], tmp_path / "run", ALIGNBENCH, **{**prescribed(registry, ALIGNBENCH), **change})
    assert said in of_judge(cell_of(sheet_of("table18", run, registry), "AlignBench v1.1"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("gpt-4.1", "GPT-4.1", True),
        ("openai/gpt-4.1-2025-04-14", "GPT-4.1", True),
        ("claude-3-7-sonnet-20250219", "Claude 3.7 Sonnet", True),
        ("claude-3-7-sonnet-latest", "claude-3-7-sonnet", True),
        ("claude-3-7-sonnet@20250219", "anthropic/claude-3.7-sonnet", True),
        ("/models/Qwen3-32B/", "Qwen/Qwen3-32B", True),
        ("gpt-4", "gpt-4-0613", False),
        ("gpt-4.1-mini", "GPT-4.1", False),
        ("gpt-4.1-2025-04-14", "gpt-4.1-2026-01-01", False),
        ("gpt-4-1106-preview", "gpt-4-0125-preview", False),
    ],
)
def test_spellings_of_one_judge(one: str, other: str, same: bool) -> None:
    assert same_judge(one, other) == same_judge(other, one) == same


def test_a_card_s_judge_is_the_one_that_it_names(tmp_path: Path, toys: Mapping[str, Path], registry: Registry) -> None:
    model, metric = "Qwen/Qwen3-4B-Instruct-2507", {"metric": "win_rate", "unit": "percent"}
    run = run_as(toys["whole"], tmp_path / "run", ARENA_2, model)
    told = json.loads((run / "run.json").read_text("utf-8"))
    told["plan"][0] |= metric
    (run / "run.json").write_text(json.dumps(told), "utf-8")
    cell = cell_of(sheet_of("card:qwen3-2507", run, registry, model), "Arena-Hard v2")
    assert of_judge(cell) == ["judged by toy-judge, the card by GPT-4.1"]
    assert cell.reported == 43.4


def test_a_card_that_names_no_judge_is_not_compared_with(
    tmp_path: Path, toys: Mapping[str, Path], registry: Registry
) -> None:
    model = "Qwen/Qwen3-4B-Instruct-2507"
    run = run_as(toys["whole"], tmp_path / "run", WRITINGBENCH, model, **prescribed(registry, WRITINGBENCH))
    cell = cell_of(sheet_of("card:qwen3-2507", run, registry, model), "WritingBench")
    assert of_judge(cell) == ["judged by claude-3-7-sonnet, the card names no judge"]


def test_the_official_figure_is_compared_and_ours_is_told_where_it_differs(
    tmp_path: Path, toys: Mapping[str, Path], registry: Registry
) -> None:
    sheet = sheet_of("table18", run_as(toys["half"], tmp_path / "run", ALIGNBENCH), registry)
    cell = cell_of(sheet, "AlignBench v1.1")
    assert cell.ours == pytest.approx(8.0)
    [remark] = cell.remarks
    assert remark.startswith("by the official code; with the lowest score for what could not be judged it is ")
    own = float(remark.split()[-1])
    assert 1 < own < 8
    assert remark in " ".join(WRITERS["terminal"](sheet).split())
    rows = {row["benchmark"]: row for row in csv.DictReader(io.StringIO(WRITERS["csv"](sheet)))}
    assert rows[ALIGNBENCH]["remarks"] == remark


def test_nothing_is_told_where_both_figures_are_one(
    tmp_path: Path, toys: Mapping[str, Path], registry: Registry
) -> None:
    sheet = sheet_of("table18", run_as(toys["whole"], tmp_path / "run", ALIGNBENCH), registry)
    assert cell_of(sheet, "AlignBench v1.1").remarks == ()
    assert "remarks" not in WRITERS["csv"](sheet).splitlines()[0]


def test_points_of_ten_stand_beside_the_report_in_its_digits_and_beside_a_card_as_of_a_hundred(
    tmp_path: Path, toys: Mapping[str, Path], registry: Registry
) -> None:
    report = sheet_of("table18", run_as(toys["whole"], tmp_path / "report", WRITINGBENCH), registry)
    cell = cell_of(report, "WritingBench")
    assert cell.ours == pytest.approx(8.0) and cell.reported == 7.15
    [line] = [line for line in WRITERS["terminal"](report).splitlines() if line.startswith("WritingBench")]
    assert line.split()[1] == "8.00"
    model = "Qwen/Qwen3-4B-Instruct-2507"
    card = sheet_of("card:qwen3-2507", run_as(toys["whole"], tmp_path / "card", WRITINGBENCH, model), registry, model)
    cell = cell_of(card, "WritingBench")
    assert cell.ours == pytest.approx(80.0) and cell.reported == 83.4
    assert cell.interval is not None and 0 < cell.interval.low < 80 < cell.interval.high <= 100
