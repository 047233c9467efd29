"""What cards print as tables: columns, groups, every printed number, verdicts against all of them, refusals."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from places import ROOT

from qwen3_eval.records.record import open_run
from qwen3_eval.reference.cards import card_rows, card_settings, cards
from qwen3_eval.report import table_page
from qwen3_eval.reproduce import runs
from qwen3_eval.reproduce.cards import about, card_layout, layout_of
from qwen3_eval.reproduce.cells import Sheet, SheetCell, Wanted, fill
from qwen3_eval.reproduce.difference import BesideReport
from qwen3_eval.reproduce.needs import needs
from qwen3_eval.reproduce.remarks import where
from qwen3_eval.reproduce.runs import tasks_for
from qwen3_eval.reproduce.tables import Layout, ModelColumn, TableLine, card_names
from qwen3_eval.reproduce.write import WIDTH, WRITERS, terminal
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.types import Interval, UsageError

CSV = ROOT / "qwen3_eval" / "reference" / "later_cards.csv"
THINKER = "Qwen/Qwen3-30B-A3B-Thinking-2507"
SETTINGS = {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "min_p": 0.0, "presence_penalty": 1.0}
# Model, benchmark, and the numbers that two cards print for it, the earlier first.
MOVED = [
    ("Qwen3-235B-A22B-Thinking-2507", "hmmt_feb25", 83.9, 85.1),
    ("Qwen3-235B-A22B-Thinking-2507", "mmlu_prox", 81.0, 77.9),
    ("Qwen3-235B-A22B-Thinking-2507", "ojbench", 32.5, 32.7),
    ("Qwen3-4B-Thinking-2507", "hmmt_feb25", 55.5, 57.5),
    ("Qwen3-4B-Thinking-2507", "mmlu_prox", 64.2, 62.4),
    ("Qwen3.5-397B-A17B", "aime26", 91.3, 93.3),
    ("Qwen3.5-397B-A17B", "swe_bench_verified", 76.4, 76.2),
    ("Qwen3.5-27B", "swe_bench_verified", 72.4, 75.0),
    ("Qwen3.5-27B", "widesearch", 61.1, 66.4),
    ("Qwen3.5-35B-A3B", "widesearch", 57.1, 59.1),
    ("Qwen3.5-27B", "vita_bench", 41.9, 41.8),
    ("Qwen3.5-35B-A3B", "vita_bench", 31.9, 29.1),
]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_tasks()


def measured(tmp_path: Path, task: str, registry: Registry, **changes: Any) -> Path:
    """A run of one task as the card of a thinking model asks it."""
    model, docs = changes.pop("model", THINKER), changes.pop("docs", 30)
    asked = {"max_tokens": changes.pop("max_tokens", 81_920), "sampling": SETTINGS | changes.pop("sampling", {})}
    plan = {"task": task, "mode": changes.pop("mode", "thinking"), "budgets": [None], "docs": docs, "samples": 4}
    plan |= {"metric": registry.get(task).spec.metric.name, **asked}
    fake = Fake(tasks=(task,), budgets=(), docs=docs, samples=4, model=model, unfinished=0.0, extra={"plan": [plan]})
    return write_run(tmp_path / changes.pop("name", task), Fake(**{**vars(fake), **changes}))


def sheet_of(name: str, registry: Registry, *folders: Path, **wanted: Any) -> Sheet:
    asked = Wanted(wanted.pop("model", THINKER), **wanted)
    found = [runs.measured(open_run(each)) for each in folders]
    return fill(about(layout_of(name), asked), asked, found, registry)


def cell(sheet: Sheet, label: str) -> SheetCell:
    return next(each for each in sheet.cells if each.line.label == label)


def lines_of(model: str, benchmark: str) -> list[tuple[TableLine, ModelColumn]]:
    """The lines of all cards in which a model has a number that ours may be held against."""
    return [
        (line, column)
        for name in card_names()
        for block in card_layout(name).blocks
        for line in block.lines
        for column in block.columns
        if (column.model, line.benchmark) == (model, benchmark) and line.printed(column)
    ]


def test_every_printed_number_stands_in_a_card_with_its_source() -> None:
    with CSV.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(card_rows()) == 1032
    assert {row["table"] for row in rows} == {page for _, pages in cards().values() for page in pages}
    printed = {(row["model"], row["mode"], float(row["value"]), row["source"]) for row in rows}
    found = {
        (column.model.removesuffix("-Base"), block.mode, each.value, each.source)
        for name in card_names()
        for block in card_layout(name).blocks
        for line in block.lines
        for column in block.columns
        for each in line.printed(column)
    }
    assert printed <= found
    assert {source for *_, source in found - printed} <= {
        source for *_, source in found if "Technical Report" in source
    }


def test_the_2507_card_has_six_models_and_the_headings_of_the_cards() -> None:
    table = card_layout("card:qwen3-2507")
    assert [block.mode for block in table.blocks] == ["thinking", "non-thinking"]
    own = [[column.title for column in block.columns][:3] for block in table.blocks]
    assert own == [
        [f"Qwen3-{size}-{kind}-2507" for size in ("235B-A22B", "30B-A3B", "4B")] for kind in ("Thinking", "Instruct")
    ]
    groups = list(dict.fromkeys(line.group for line in table.blocks[0].lines))
    assert groups == ["Knowledge", "Reasoning", "Coding", "Alignment", "Agent", "Multilingualism"]
    assert table.title == "Qwen3-2507: what its cards print, 2025-07 to 2025-08"


def test_every_card_is_written_with_all_its_numbers(registry: Registry) -> None:
    for name in card_names():
        table = card_layout(name)
        sheet = fill(table, Wanted(table.columns[0].title, others=True), [], registry)
        rows = list(csv.DictReader(io.StringIO(WRITERS["csv"](sheet))))
        told = [row for row in rows if row["reported"]]
        assert Counter(float(row["reported"]) for row in told) == Counter(
            value for block in table.blocks for line in block.lines for value in (line.values or {}).values()
        )
        assert all("20" in row["remarks"] for row in told)
        assert max(map(len, terminal(sheet).splitlines())) <= WIDTH


def test_a_card_is_cut_to_what_it_prints_for_the_model(registry: Registry) -> None:
    asked = Wanted("Qwen/Qwen3.5-0.8B")
    table = about(layout_of("card:qwen3.5"), asked)
    assert [(block.mode, len(block.lines)) for block in table.blocks] == [("thinking", 17), ("non-thinking", 6)]
    found = needs(table, registry)
    assert (found.protocol, found.modes) == ("chat", ("thinking", "non-thinking"))
    assert found.task_modes["gpqa_diamond"] == ("thinking",)
    assert "mmlu_redux" not in found.task_modes, "printed in both"
    base = about(layout_of("card:qwen3.5"), Wanted("/models/Qwen3.5-397B-A17B-Base/"))
    assert [block.mode for block in base.blocks] == ["base"]
    assert needs(base, registry).protocol == "base"
    assert about(layout_of("table11"), asked) == layout_of("table11")


@pytest.mark.parametrize("name", card_names())
def test_a_line_asks_for_a_figure_that_its_task_has(name: str, registry: Registry) -> None:
    for block in card_layout(name).blocks:
        for line in block.lines:
            for task in tasks_for(registry, line.benchmark, block.mode):
                assert line.metric == task.spec.metric.name, (line.benchmark, line.metric)


def test_a_benchmark_without_a_task_says_so(registry: Registry) -> None:
    sheet = sheet_of("card:qwen3-2507", registry)
    assert cell(sheet, "OJBench").reasons == ("no task yet",)
    lacking = needs(about(layout_of("card:qwen3.5"), Wanted("Qwen/Qwen3.5-27B")), registry).lacking
    assert "SWE-bench Verified" in lacking
    assert not {"IFEval", "GPQA Diamond"} & set(lacking)
    without = [name for name in lacking if name.endswith(" in chat")]
    assert all(not tasks_for(registry, name.removesuffix(" in chat"), "chat") for name in without)


@pytest.mark.parametrize(("model", "benchmark", "earlier", "later"), MOVED)
def test_a_model_in_two_cards_has_both_numbers_with_card_and_month(
    model: str, benchmark: str, earlier: float, later: float
) -> None:
    places = lines_of(model, benchmark)
    assert places
    for line, column in places:
        printed = line.printed(column)
        assert {each.value for each in printed} == {earlier, later}
        assert all(each.date for each in printed)
        text = where(printed, line.decimals)
        assert f"{earlier:.1f} (" in text
        assert f"{later:.1f} (" in text


def test_the_number_of_the_card_asked_for_is_compared() -> None:
    shown = {
        name: cell_value
        for name in ("card:qwen3-2507", "card:qwen3-next", "card:qwen3.5")
        for block in card_layout(name).blocks
        for line in block.lines
        if line.benchmark == "hmmt_feb25"
        and (cell_value := line.reported(ModelColumn("Qwen3-235B-A22B-Thinking-2507", "instruct")))
    }
    assert shown == {"card:qwen3-2507": 83.9, "card:qwen3-next": 83.9, "card:qwen3.5": 85.1}


def beside(ours: float, *printed: float) -> BesideReport:
    """Ours beside printed numbers, each known to one point on either side."""
    first, *others = (
        BesideReport(ours, Interval(ours - 1, ours + 1), each, Interval(each - 1, each + 1), 0.05, "samples")
        for each in printed
    )
    return BesideReport(
        first.ours, first.interval, first.reported, first.printed, first.rounding, "samples", (*others,)
    )


@pytest.mark.parametrize(("model", "benchmark", "earlier", "later"), MOVED)
def test_what_lies_between_or_at_one_of_them_never_differs(
    model: str, benchmark: str, earlier: float, later: float
) -> None:
    for ours in (earlier, later, (earlier + later) / 2):
        assert not beside(ours, earlier, later).differs
    assert beside(max(earlier, later) + 2, earlier, later).differs
    assert beside(min(earlier, later) - 2, earlier, later).differs


def test_a_number_far_from_one_card_and_near_to_another_agrees_and_says_so(tmp_path: Path, registry: Registry) -> None:
    model = "Qwen/Qwen3-4B-Thinking-2507"
    run = measured(tmp_path, "aime25", registry, model=model, docs=30)
    found = cell(sheet_of("card:qwen3-2507", registry, run, model=model), "AIME25")
    assert found.remarks[0].startswith("printed in Model card Qwen3-4B-Thinking-2507, 2025-08")
    far = beside(85.0, 81.0, 85.0)
    assert far.differs_alone
    assert not far.differs


def test_a_run_under_the_card_s_settings_is_compared(tmp_path: Path, registry: Registry) -> None:
    found = cell(sheet_of("card:qwen3-2507", registry, measured(tmp_path, "aime25", registry)), "AIME25")
    assert (found.reported, found.reasons, found.basis) == (85.0, (), "samples")
    assert found.verdict in ("agrees", "differs")
    assert found.remarks[-1] == "not printed by the card: samples a question, presence penalty"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"max_tokens": 38_912}, "at most 38,912 new tokens instead of 81,920"),
        ({"sampling": {"temperature": 1.0}}, "temperature 1.0 instead of 0.6"),
        ({"sampling": {"top_k": -1}}, "top_k -1 instead of 20"),
    ],
)
def test_other_settings_than_the_card_s_are_obstacles(
    changes: dict[str, Any], reason: str, tmp_path: Path, registry: Registry
) -> None:
    found = cell(sheet_of("card:qwen3-2507", registry, measured(tmp_path, "aime25", registry, **changes)), "AIME25")
    assert (found.verdict, found.reasons) == ("not comparable", (reason,))


def test_what_the_cards_leave_open_is_said(tmp_path: Path, registry: Registry) -> None:
    folders = [measured(tmp_path, task, registry, max_tokens=32_768) for task in ("gpqa_diamond", "ifeval")]
    sheet = sheet_of("card:qwen3-2507", registry, *folders)
    assert any("Diamond is taken" in each for each in cell(sheet, "GPQA").remarks)
    assert any("strict by prompt" in each for each in cell(sheet, "IFEval").remarks)
    other = measured(tmp_path, "aime25", registry, model="Qwen/Qwen3-4B", name="earlier")
    earlier = cell(sheet_of("card:qwen3-2507", registry, other, model="Qwen/Qwen3-4B"), "AIME25")
    assert earlier.remarks[-1] == "not printed by the card: samples a question, limit of tokens, decoding"
    assert "Qwen3 Technical Report, Table 17" in earlier.remarks[0]


def test_another_model_is_held_against_a_column_that_was_asked_for(tmp_path: Path, registry: Registry) -> None:
    run = measured(tmp_path, "aime25", registry, model="demo")
    like = "qwen3-30b-a3b-thinking-2507"
    found = cell(sheet_of("card:qwen3-2507", registry, run, model="demo", like=like), "AIME25")
    assert found.reasons == ("another model than the card's",)
    assert (found.reported, found.verdict) == (85.0, "not comparable")


def test_every_format_names_card_and_month(tmp_path: Path, registry: Registry) -> None:
    sheet = sheet_of("card:qwen3-2507", registry, measured(tmp_path, "aime25", registry))
    for text in (*(write(sheet) for write in WRITERS.values()), table_page.html(sheet)):
        assert "2025-07" in text
        assert "Qwen3-30B-A3B-Thinking-2507" in text
    assert "outside of those around all other numbers" in table_page.html(sheet)


def test_the_tokens_of_a_heading_are_those_that_the_cards_print() -> None:
    """Reasoning, coding and PolyMATH have the longer limit of the thinking models, and nothing else has."""
    for row in card_rows():
        found = card_settings(row.model, row.mode, row.benchmark)
        if row.own and found and row.mode == "thinking" and not row.model.startswith("Qwen3.5"):
            longer = row.section in ("Reasoning", "Coding") or row.benchmark == "polymath"
            assert found.max_output_tokens == (81_920 if longer else 32_768), row.benchmark


def unknown(table: Layout, model: str) -> str:
    with pytest.raises(UsageError) as caught:
        about(table, Wanted(model))
    return str(caught.value)


@pytest.mark.parametrize("name", card_names())
def test_a_model_without_a_column_is_told_all_columns(name: str) -> None:
    table = layout_of(name)
    assert all(column.title in unknown(table, "Qwen/Qwen3.5-9B") for column in table.columns)
