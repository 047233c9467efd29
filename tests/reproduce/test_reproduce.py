"""Tables of the report with our results in them: layout, verdicts, price, formats, and what bad input gets."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_run import Fake, write_run
from places import FIXTURES, ROOT

from qwen3_eval import inert, stats
from qwen3_eval.cli import main
from qwen3_eval.config import RunConfig
from qwen3_eval.inert import csv_text, plain
from qwen3_eval.prepare.asked import resolve
from qwen3_eval.records.record import open_run
from qwen3_eval.report import table_page
from qwen3_eval.reproduce import runs
from qwen3_eval.reproduce.cells import Sheet, SheetCell, Wanted, fill
from qwen3_eval.reproduce.difference import Basis, BesideReport, compare
from qwen3_eval.reproduce.needs import needs
from qwen3_eval.reproduce.price import count_docs, prices, spending
from qwen3_eval.reproduce.runs import measured_runs, tasks_for
from qwen3_eval.reproduce.tables import NAMES, Layout, layout
from qwen3_eval.reproduce.write import WIDTH, WRITERS, number, terminal
from qwen3_eval.task.registry import Registry, load_tasks
from qwen3_eval.types import REBUILT, Interval, Result, UsageError

CSV = ROOT / "qwen3_eval" / "reference" / "reported_results.csv"
MODEL = "Qwen/Qwen3-235B-A22B"
TABLES = [name for name in NAMES if name != "figure2"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_tasks()


def measured(tmp_path: Path, task: str, registry: Registry, **changes: Any) -> Path:
    """A run of one task as the report asked it; ``docs``, ``samples``, ``drop`` and ``config`` may be changed."""
    spec = registry.get(task).spec
    docs, samples = changes.pop("docs", 30), changes.pop("samples", spec.samples)
    plan = [
        {"task": task, "mode": mode, "budgets": [None], "docs": docs, "samples": samples, "metric": spec.metric.name}
        | {"max_tokens": spec.max_tokens}
        for mode in ("thinking", "non-thinking")
    ]
    extra = {"plan": plan, **changes.pop("extra", {})}
    name = changes.pop("name", task)
    fake = Fake(tasks=(task,), budgets=(), docs=docs, samples=samples, model=MODEL, unfinished=0.0, extra=extra)
    return write_run(tmp_path / name, Fake(**{**vars(fake), **changes}))


def cell(sheet: Sheet, label: str) -> SheetCell:
    return next(each for each in sheet.cells if each.line.label == label)


def table(name: str, registry: Registry, *folders: Path, **wanted: Any) -> Sheet:
    return fill(
        layout(name),
        Wanted(wanted.pop("model", MODEL), **wanted),
        [runs.measured(open_run(each)) for each in folders],
        registry,
    )


def laid_out(table: Layout) -> Counter[tuple[str, ...]]:
    return Counter(
        (line.benchmark, line.metric, line.length, block.mode, *column, number(line, value).replace(",", ""))
        for block in table.blocks
        for line in block.lines
        for column, value in (line.values or {}).items()
    )


@pytest.mark.parametrize("name", TABLES)
def test_every_printed_number_stands_in_its_table_once_as_it_is_printed(name: str) -> None:
    columns = ("benchmark", "metric", "context_length", "mode", "model", "variant", "value")
    with CSV.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if f"table{row['table']}" == name]
    # One number is printed with a decimal less than its column: 5.3 for 5.30.
    spelled = [tuple(row[column] for column in columns) for row in rows]
    found = laid_out(layout(name))
    assert found == Counter((*place, text + "0" * ((*place, text) not in found)) for *place, text in spelled)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_written_with_all_its_numbers(name: str, registry: Registry) -> None:
    for model in ("demo", "Qwen/Qwen3-32B"):
        sheet = table(name, registry, model=model, others=True)
        assert max(map(len, terminal(sheet).splitlines())) <= WIDTH
        found = Counter(
            row["reported"] for row in csv.DictReader(io.StringIO(WRITERS["csv"](sheet))) if row["reported"]
        )
        printed = list(laid_out(sheet.layout).elements())
        assert found == Counter(numbers[-1] for numbers in printed)


def test_figure_2_is_the_curves_and_the_levels(registry: Registry) -> None:
    thinking, flat = layout("figure2").blocks
    assert [len(block.lines) for block in (thinking, flat)] == [24, 4]
    assert {line.budget for line in thinking.lines} == {1024, 2048, 4096, 8192, 16384, 32768}
    found = needs(layout("figure2"), registry)
    assert found.budgets == (1024, 2048, 4096, 8192, 16384, 32768)
    assert found.modes == ("thinking", "non-thinking")


@pytest.mark.parametrize("name", NAMES)
def test_a_line_asks_for_a_figure_that_its_task_has(name: str, registry: Registry) -> None:
    for block in layout(name).blocks:
        for line in block.lines:
            for task in tasks_for(registry, line.benchmark):
                known = {task.spec.metric.name, "percentile", f"pass@{task.spec.samples}"}
                assert line.in_house or line.averages or line.metric in known, (line.benchmark, line.metric)
                assert ("base" if block.mode == "base" else "chat") in task.spec.protocols


def test_needs_are_the_tasks_modes_protocol_and_languages_of_a_table(registry: Registry) -> None:
    german = needs(layout("table34"), registry)
    assert german.tasks == ("include", "mmmlu", "mt_aime2024", "polymath")
    assert (german.languages, german.modes) == (("de",), ("thinking", "non-thinking"))
    base = needs(layout("table6"), registry)
    assert (base.protocol, base.modes, base.lacking) == ("base", ("non-thinking",), ())
    assert needs(layout("table11"), registry).modes == ("thinking",)
    with pytest.raises(UsageError, match="there is no task yet for MMLU"):
        needs(layout("table6"), Registry({}))


def test_a_cell_is_ours_beside_the_reported_number(tmp_path: Path, registry: Registry) -> None:
    run = measured(tmp_path, "aime24", registry, skill=0.9)
    found = cell(table("table11", registry, run), "AIME'24")
    assert (found.reported, found.basis, found.run) == (85.7, "samples", "aime24")
    assert found.ours == pytest.approx(85.5, abs=2)
    assert found.verdict == "agrees"
    worse = measured(tmp_path, "aime24", registry, skill=0.8, name="worse")
    assert cell(table("table11", registry, worse), "AIME'24").verdict == "differs"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task": "aime24", "docs": 3, "samples": 16}, "16 samples a question instead of 64"),
        ({"drop": 10}, "incomplete"),
        ({"unfinished": 0.5}, "samples"),
        ({"extra": {"config": {"limit": 5}}}, "only the first 5 questions"),
        ({"extra": {"config": {"engine": {"kind": "mock"}}}}, "mock engine"),
        ({"extra": {"lacking": ["math_500: 3 left out, because there is no mono here: a, b, c"]}}, "there is no mono"),
        ({"extra": {"left_out": 4}}, "4 questions without a prediction"),
    ],
)
def test_what_cannot_be_compared_says_why(
    changes: dict[str, Any], reason: str, tmp_path: Path, registry: Registry
) -> None:
    task = changes.get("task", "math_500")
    others = {name: value for name, value in changes.items() if name != "task"}
    sheet = table("table11", registry, measured(tmp_path, task, registry, **others))
    found = next(each for each in sheet.cells if each.line.benchmark == task)
    assert found.verdict == "not comparable"
    assert any(reason in each for each in found.reasons)
    assert found.compared is not None


def test_what_was_not_measured_says_why(tmp_path: Path, registry: Registry) -> None:
    run = measured(tmp_path, "math_500", registry, extra={"skipped": {"autologi": "there is no sandbox"}})
    sheet = table("table11", registry, run)
    assert cell(sheet, "AutoLogi").reasons == ("left out of math_500: there is no sandbox",)
    assert cell(sheet, "C-Eval").reasons == ("no run has it",)
    without = fill(layout("table11"), Wanted(MODEL), [], Registry({}))
    assert {each.reasons for each in without.cells} == {("no task yet",)}


def test_another_model_is_shown_beside_the_qwen3_models_and_never_compared(tmp_path: Path, registry: Registry) -> None:
    run = measured(tmp_path, "math_500", registry, model="demo", docs=500)
    (part,) = table("table15", registry, run, model="demo").parts
    assert [column.title for column in part.others] == ["Qwen3-14B", "Qwen3-30B-A3B"]
    (picked,) = table("table15", registry, run, model="demo", like="qwen3-14b").parts
    found = next(each for each in picked.cells if each.line.label == "MATH-500")
    assert (found.reported, found.verdict) == (96.8, "not comparable")
    assert found.reasons == ("another model than the report's",)
    base = table("table3", registry, model="Qwen/Qwen3-235B-A22B")
    assert base.parts[0].column is None, "the post-trained model is not the base model of the table"
    assert table("table3", registry, model=f"{MODEL}-Base").parts[0].column is not None


def test_parts_that_a_mirror_lacks_concern_their_own_language_or_family(tmp_path: Path, registry: Registry) -> None:
    names = ("deu_Latn", "fra_Latn", "fin_Latn")
    lost = "was asked, because the mirror lacks it"
    lacking = [f"belebele_80: nothing of belebele/{name}.test.jsonl {lost}" for name in names]
    run = measured(tmp_path, "belebele_80", registry, model="Qwen/Qwen3-32B", extra={"lacking": lacking})
    scores = run / "scores.jsonl"
    lines = [json.loads(line) for line in scores.read_text("utf-8").splitlines()]
    families = ("Indo-European", "Uralic", "Turkic")
    told = [{**line, "subset": families[place % 3]} for place, line in enumerate(lines)]
    scores.write_text("".join(json.dumps(line) + "\n" for line in told), "utf-8")
    sheet = table("table37", registry, run, model="Qwen/Qwen3-32B")
    assert [part.block.mode for part in sheet.parts] == ["thinking", "non-thinking"]
    assert cell(sheet, "Indo-European").reasons == (
        "a subset: the mirror lacks 2 parts, such as belebele/deu_Latn.test.jsonl",
    )
    assert cell(sheet, "Uralic").reasons == (f"nothing of belebele/fin_Latn.test.jsonl {lost}",)
    assert cell(sheet, "Turkic").reasons == ()
    assert cell(sheet, "Turkic").verdict != "not measured"
    assert {part.asked for part in table("table37", registry, model="Qwen/Qwen3-32B", others=True).parts} == {
        True,
        False,
    }


def test_stage_4_is_the_published_model_and_in_house_questions_are_not_compared(
    tmp_path: Path, registry: Registry
) -> None:
    run = measured(tmp_path, "tooluse", registry, model="Qwen/Qwen3-32B")
    found = cell(table("table22", registry, run, model="Qwen/Qwen3-32B"), "ToolUse")
    assert (found.reported, found.verdict) == (85.5, "not comparable")
    assert REBUILT in found.reasons
    extra = {"data": {"tooluse": {"from": "generated", "seed": 5, "sha256": "a" * 64}}}
    fresh = measured(tmp_path, "tooluse", registry, model="Qwen/Qwen3-32B", name="fresh", extra=extra)
    found = cell(table("table22", registry, fresh, model="Qwen/Qwen3-32B"), "ToolUse")
    assert "a set drawn with seed 5, not the fixed one" in found.reasons


def test_the_last_run_counts_and_one_of_another_model_is_refused(tmp_path: Path, registry: Registry) -> None:
    first, last = (measured(tmp_path, "math_500", registry, name=name) for name in ("first", "last"))
    assert cell(table("table11", registry, first, last), "MATH-500").run == "last"
    with pytest.raises(UsageError, match="first evaluated Qwen/Qwen3-235B-A22B, not demo"):
        measured_runs([open_run(first)], "demo")


def test_languages_of_one_run_fill_their_tables_and_the_mean_follows(tmp_path: Path, registry: Registry) -> None:
    german = {"identity": {"languages": ["de"]}}
    folders = [
        measured(tmp_path, task, registry, docs=docs, extra=german)
        for task, docs in (("include", 14), ("mmmlu", 40), ("mt_aime2024", 30), ("polymath", 40))
    ]
    sheet = table("table34", registry, *folders)
    thinking = sheet.parts[0].cells
    parts = [each for each in thinking if not each.line.averages]
    assert [each.verdict for each in parts[2:]] != ["not measured"] * 2
    assert thinking[-1].ours == pytest.approx(sum(each.ours or 0 for each in parts) / 4)
    assert thinking[-1].reported == 74.0
    assert [each.basis for each in thinking] == ["others", "others", "once", "once", "mean"]
    small = measured(
        tmp_path, "mt_aime2024", registry, docs=20, extra={"identity": {"languages": ["de"]}}, name="small"
    )
    assert "a subset: 20 of 30 questions" in cell(table("table34", registry, small), "MT-AIME2024").reasons


def test_bad_input_gets_one_line(tmp_path: Path, registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    run = measured(tmp_path, "math_500", registry)
    damaged = measured(tmp_path, "math_500", registry, name="damaged")
    lines = (damaged / "scores.jsonl").read_text("utf-8").splitlines()
    (damaged / "scores.jsonl").write_text("\n".join([*lines[:6], "{broken", *lines[7:]]) + "\n", "utf-8")
    older = measured(tmp_path, "math_500", registry, name="older", extra={"schema": 0})
    for arguments, message in [
        (["table2"], "there are table3 to table8, table11 to table35, table37 and figure2"),
        (["table11", "--from", str(tmp_path)], "is not a run directory"),
        (["table11", "--from", str(damaged)], "scores.jsonl, line 7"),
        (["table11", "--from", str(older)], "has schema 0"),
        (["table11", "--from", str(run), "--as", "Qwen3-9B"], "has no column 'Qwen3-9B'"),
        (["table11", "--from", str(run), "--throughput", "fast"], "--throughput takes tokens a second"),
    ]:
        assert main(["reproduce", "--model", MODEL, *arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


def test_an_unfinished_run_shows_what_is_there(
    tmp_path: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    run = measured(tmp_path, "math_500", registry, drop=4)
    assert main(["reproduce", "table11", "--model", MODEL, "--from", str(run)]) == 0
    assert "incomplete: 28 of 30 samples" in " ".join(capsys.readouterr().out.split())


def test_a_table_is_measured_resumed_and_priced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    common = ["reproduce", "table34", "--model", "demo", "--data-dir", str(FIXTURES)]
    measure = [*common, "--engine", "mock", "--run-dir", str(tmp_path / "run")]
    assert main(measure) == 0
    said = capsys.readouterr().out
    assert "not measured" not in said
    assert "another model" in said
    journal = (tmp_path / "run" / "generations.jsonl").read_bytes()
    assert main([*measure, "--format", "html", "--out", str(out)]) == 0
    assert (tmp_path / "run" / "generations.jsonl").read_bytes() == journal
    assert "Table 34" in out.read_text("utf-8")
    capsys.readouterr()
    assert main([*common, "--dry-run", "--throughput", "100", "--limit", "2"]) == 0
    priced = capsys.readouterr().out
    assert "in all: 16 completions" in priced
    assert "assumed: thinking takes 25% of the limit" in priced
    assert "at 100.0 tokens a second" in priced


def test_a_price_is_questions_times_samples_times_tokens(tmp_path: Path, registry: Registry) -> None:
    config = RunConfig(model="m", tasks=("aime24",), data_dir=FIXTURES, budgets=(1024, 4096))
    thinking, plain = prices(config, registry, [])
    assert (thinking.docs, thinking.samples, thinking.completions) == (4, 64, 4 * 64 * 2)
    assert thinking.most == 4096 + 2 * registry.get("aime24").spec.answer_tokens
    assert thinking.expected == pytest.approx(4096 + 2 * 38912 / 32)
    assert plain.most == 38912
    spent = spending(open_run(measured(tmp_path, "aime24", registry, samples=1)))
    (again, _) = prices(config, registry, [spent])
    assert again.source == "as in aime24"
    assert 9 < again.expected < 200
    assert spent.speed == pytest.approx(sum_decoded(tmp_path / "aime24") / 200, rel=0.01)


def test_a_sample_of_rows_that_are_not_at_hand_has_a_price(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QWEN3_EVAL_DATA", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    config = RunConfig(model="m", tasks=("mmmlu",))
    counted = {count_docs(resolve(each, registry.get("mmmlu"))) for each in (config, replace(config, full=True))}
    assert counted == {round(14 * 14_042 * 0.1), 14 * 14_042}
    assert count_docs(resolve(replace(config, languages=("de",)), registry.get("mmmlu"))) is None


def sum_decoded(run: Path) -> int:
    lines = (run / "generations.jsonl").read_text("utf-8").splitlines()
    return sum(json.loads(line)["decoded"] for line in lines)


TEXT_HEADS = ("model", "run", "reasons", "error", "verdict")


def test_formats_escape_what_a_user_named(tmp_path: Path, registry: Registry) -> None:
    name = "</style><script>alert(1)</script>|50%_a\\b$"
    run = measured(
        tmp_path, "math_500", registry, model=name, extra={"skipped": {"ceval": "<img src=x onerror=alert(1)>"}}
    )
    sheet = table("table11", registry, run, model=name)
    page = table_page.html(sheet)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert re.search(r'Content-Security-Policy" content="default-src &#39;none&#39;', page)
    tex = WRITERS["latex"](sheet)
    assert r"50\%\_a\textbackslash{}b\$" in tex
    head, row = tex.splitlines()[5], next(row for row in tex.splitlines() if row.startswith("MATH-500"))
    assert row.count(" & ") == head.count(" & ") > 3
    assert "<script" not in WRITERS["markdown"](sheet)
    rows = list(csv.DictReader(io.StringIO(WRITERS["csv"](sheet))))
    assert [row["model"] for row in rows] == [name] * 24 + [""] * 24


@pytest.mark.parametrize(
    "name",
    ["=HYPERLINK(1)", "@someone #12 www.x.y\n\\input{/etc/passwd}", "~^&{}|`$_%#\\", "ᵃ\r\x00\u2028\\write18{x}", "-1"],
)
def test_no_format_acts_on_a_name(tmp_path: Path, registry: Registry, name: str) -> None:
    run = measured(tmp_path, "math_500", registry, model=name, extra={"skipped": {"ceval": name}})
    sheet = table("table11", registry, run, model=name)
    rows = list(csv.DictReader(io.StringIO(WRITERS["csv"](sheet), newline="")))
    shown = " ".join(plain(name, 400).split())
    assert [csv_text(row["model"]) for row in rows[:24]] == [shown] * 24
    assert not [row for row in rows if any((row[key] or "").startswith(("=", "@", "+")) for key in TEXT_HEADS)]
    told = [line for line in WRITERS["markdown"](sheet).splitlines() if line.startswith("Model: ")]
    assert told == [f"Model: {inert.markdown(name)}"]
    tex = [line for line in WRITERS["latex"](sheet).splitlines() if "Model: " in line]
    assert len(tex) == 1
    left = re.sub(
        r"\\text(backslash|asciitilde|asciicircum|asciigrave|less|greater)\{\}|\\[&%$#_{}]|\{[\[\]]\}", "", tex[0]
    )
    assert not re.search(r"[\\&%$#_{}~^`<>\[\]\x00]", left)


def result(questions: list[stats.Question], score_unit: float = 100.0) -> Result:
    """The ``Result`` of a task of questions, as ``summary`` makes it."""
    asked, again = stats.over_questions(questions), stats.over_samples(questions)

    def scaled(bounds: Interval) -> Interval:
        return Interval(score_unit * bounds.low, score_unit * bounds.high)

    draws = sum(question.count for question in questions)
    return Result(
        *("t", "thinking", None, None, "accuracy", "percent", score_unit * asked.mean, score_unit * asked.stderr),
        scaled(asked.interval),
        score_unit * again.stderr if again else None,
        scaled(again.interval) if again else None,
        *(len(questions), draws, {}, True, {}),
    )


def asked(rng: random.Random, chances: list[float], samples: int) -> list[stats.Question]:
    """Questions answered with these chances."""
    return [
        stats.question(place, [float(rng.random() < chance) for _ in range(samples)])
        for place, chance in enumerate(chances)
    ]


def once_more(rng: random.Random, chances: list[float], samples: int, drop: float, basis: Basis) -> BesideReport:
    """Ours against a report that asked the same questions; ``drop`` is how much worse we are."""
    theirs = 100 * stats.mean(asked(rng, chances, samples))
    ours = result(asked(rng, [max(0.0, chance - drop) for chance in chances], samples))
    return compare(ours, round(theirs, 1), 1, basis, 1.0, 100.0)


@pytest.mark.parametrize(
    ("docs", "samples", "basis", "drop", "least"),
    [(30, 64, "samples", 0.1, 0.9), (198, 10, "samples", 0.06, 0.9), (500, 1, "once", 0.15, 0.9)],
)
def test_an_equal_model_hardly_ever_differs_and_a_worse_one_does(
    docs: int, samples: int, basis: Basis, drop: float, least: float
) -> None:
    rng = random.Random(f"{docs}×{samples}")
    chances = [rng.betavariate(2, 1) for _ in range(docs)]
    equal = [once_more(rng, chances, samples, 0.0, basis).differs for _ in range(200)]
    assert sum(equal) / len(equal) <= 0.08
    worse = [once_more(rng, chances, samples, drop, basis).differs for _ in range(60)]
    assert sum(worse) / len(worse) >= least


def test_a_sample_that_the_report_does_not_name_has_other_questions() -> None:
    rng = random.Random(3)
    differing = 0
    for _ in range(200):
        theirs, ours = ([rng.betavariate(1, 1) for _ in range(300)] for _ in range(2))
        reported = round(100 * stats.mean(asked(rng, theirs, 1)), 1)
        differing += compare(result(asked(rng, ours, 1)), reported, 1, "others", 1.0, 100.0).differs
    assert 0.01 <= differing / 200 <= 0.095


def test_verdicts_hold_at_the_ends_of_the_scale() -> None:
    flat = result(asked(random.Random(0), [1.0] * 30, 1))
    assert not compare(flat, 100.0, 1, "once", 1.0, 100.0).differs
    assert not compare(flat, 96.7, 1, "once", 1.0, 100.0).differs
    assert compare(flat, 60.0, 1, "once", 1.0, 100.0).differs
    assert compare(flat, 60.0, 1, "greedy", 1.0, 100.0).differs


def test_a_judge_s_points_are_compared_in_their_own_unit() -> None:
    rng = random.Random(1)
    percent = result(asked(rng, [0.8] * 400, 1))
    found = compare(percent, 8.0, 2, "once", 1.0, 10.0)
    assert found.ours == pytest.approx(percent.score / 10)
    assert not found.differs
    wide = compare(percent, 80.0, 2, "once", 1.0, 100.0)
    assert found.bounds.high - found.bounds.low == pytest.approx((wide.bounds.high - wide.bounds.low) / 10, abs=0.01)
