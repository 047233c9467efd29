"""A run as one typed value: what is read, when, and how often."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from fake_run import Fake, write_run

from qwen3_eval.cli import main
from qwen3_eval.measure.results import results
from qwen3_eval.measure.summary import write_summary
from qwen3_eval.records import journal
from qwen3_eval.records.formats import GENERATIONS, MANIFEST, PROMPTS, SCORES, STEPS
from qwen3_eval.records.record import open_run
from qwen3_eval.types import UsageError

FILES = (MANIFEST, GENERATIONS, SCORES, PROMPTS, STEPS)
WATCHED: list[Path] = []
WATCHING: list[bool] = []


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and WATCHING and isinstance(arguments[0], str | bytes | Path):
        WATCHED.append(Path(str(arguments[0])))


@pytest.fixture(scope="module", autouse=True)
def hooked() -> None:
    sys.addaudithook(watch)


@contextmanager
def opens() -> Iterator[Counter[str]]:
    """How often each file of a run is opened: ``run/scores.jsonl``."""
    found: Counter[str] = Counter()
    WATCHED.clear()
    WATCHING.append(True)
    try:
        yield found
    finally:
        WATCHING.clear()
        found.update(f"{path.parent.name}/{path.name}" for path in WATCHED if path.name in FILES)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, a baseline of the first, and a third in which all got worse."""
    folder = tmp_path_factory.mktemp("runs")
    made = {"tasks": ("demo_math", "demo_code"), "budgets": (16, 64), "docs": 40, "unfinished": 0.0}
    write_run(folder / "one", Fake(**made))  # type: ignore[arg-type]
    write_run(folder / "two", Fake(**made, seed=1))  # type: ignore[arg-type]
    write_run(folder / "worse", Fake(**{**made, "skill": 0.0}))  # type: ignore[arg-type]
    assert main(["baseline", str(folder / "one"), "--out", str(folder / "base.json")]) == 0
    return folder


@pytest.mark.parametrize(
    "command",
    [
        "report {0}/one --out {1}/page.html",
        "report {0}/one {0}/two --out {1}/page.html --plots {1}/plots",
        "report --all --results {0} --out {1}/index.html",
        "reproduce figure2 --model demo --from {0}/one {0}/two",
        "reproduce figure2 --model demo --from {0}/one --dry-run",
        "compare {0}/one {0}/two {0}/worse --out {1}/page.html",
        "baseline {0}/one --out {1}/base.json",
        "gate {0}/worse --baseline {0}/base.json",
        *(f"export {{0}}/one --format {kind} --out {{1}}/out" for kind in ("csv", "parquet", "lm-eval", "inspect")),
    ],
)
def test_a_command_opens_each_file_of_a_run_once(command: str, runs: Path, tmp_path: Path) -> None:
    with opens() as found:
        assert main(command.format(runs, tmp_path).split()) in (0, 1)
    assert {"one/run.json", "one/scores.jsonl"} <= found.keys() or {
        "worse/run.json",
        "worse/prompts.jsonl",
    } <= found.keys()
    assert {name: count for name, count in found.items() if count > 1} == {}


def test_a_resumed_run_reads_each_journal_once_for_its_index_and_its_summary(tmp_path: Path) -> None:
    words = ["run", "--model", "demo", "--engine", "mock", "--tasks", "demo_math", "--limit", "3"]
    words += ["--sandbox", "none", "--run-dir", str(tmp_path / "one")]
    assert main(words) == 0
    summary = (tmp_path / "one" / "summary.json").read_bytes()
    path = tmp_path / "one" / SCORES
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-2]), "utf-8")
    read: Counter[str] = Counter()
    begin = journal.lines_in

    def counted(file: IO[bytes], path: Path, place: journal.Place = journal.START, **how: bool) -> Any:
        end = yield from begin(file, path, place, **how)
        read[path.name] += end.number - place.number
        return end

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "lines_in", counted)
        assert main(words) == 0
    assert (read[GENERATIONS], read[SCORES]) == (6, 6)
    again = json.loads((tmp_path / "one" / "summary.json").read_bytes())
    assert again["results"] == json.loads(summary)["results"]


def test_a_text_is_read_when_it_is_shown_and_a_fault_in_it_is_named_then(runs: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(runs / "one", tmp_path / "copy")
    path = copy / GENERATIONS
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert all(line["characters"] == len(line["thinking"]) + len(line["answer"]) for line in lines)
    whole = list(open_run(copy).answered.values())
    lines[1]["answer"] = 5
    path.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    record = open_run(copy)
    answered = list(record.answered.values())
    assert [each.characters for each in answered] == [each.characters for each in whole]
    record.generation(answered[0])
    with pytest.raises(UsageError, match=r"generations\.jsonl, line 2 is damaged: Expected `str`, got `int`"):
        record.generation(answered[1])


def test_lines_that_do_not_say_how_long_their_texts_are_are_read_whole(runs: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(runs / "one", tmp_path / "copy")
    path = copy / GENERATIONS
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in lines:
        del line["characters"]
    path.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    found, whole = open_run(copy).answered, open_run(runs / "one").answered
    assert [each.characters for each in found.values()] == [each.characters for each in whole.values()]


def test_a_text_that_is_no_utf8_is_named_when_it_is_shown(runs: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(runs / "one", tmp_path / "copy")
    path = copy / GENERATIONS
    first, second, *rest = path.read_bytes().splitlines(keepends=True)
    at = second.index(b'"answer":"') + len(b'"answer":"')
    path.write_bytes(first + second[:at] + b"\xff" + second[at:] + b"".join(rest))
    record = open_run(copy)
    _, damaged, *_ = record.answered.values()
    with pytest.raises(UsageError, match=r"generations\.jsonl, line 2 is damaged: it is not JSON"):
        record.generation(damaged)


def test_a_line_that_lost_part_of_a_text_is_found_though_texts_are_not_read(runs: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(runs / "one", tmp_path / "copy")
    path = copy / GENERATIONS
    first, second, *rest = path.read_bytes().splitlines(keepends=True)
    at = second.index(b'"answer":"') + len(b'"answer":"')
    path.write_bytes(first + second[:at] + first + b"".join(rest))
    with pytest.raises(UsageError, match=r"generations\.jsonl, line 2 is damaged"):
        open_run(copy).answered  # noqa: B018 - it is read here


def test_what_is_forgotten_is_read_again(runs: Path) -> None:
    record = open_run(runs / "one")
    before = dict(record.scored)
    record.forget()
    assert record.scored == before


def test_a_table_does_without_the_texts(runs: Path) -> None:
    with opens() as found:
        assert main(["reproduce", "figure2", "--model", "demo", "--from", str(runs / "one")]) == 0
        assert results(open_run(runs / "two"), tokens=False)[0].tokens == {}
    assert set(found) == {"one/run.json", "one/scores.jsonl", "two/run.json", "two/scores.jsonl"}


def test_nothing_is_read_before_it_is_asked_for(runs: Path) -> None:
    with opens() as found:
        record = open_run(runs / "one")
    assert found == {"one/run.json": 1}
    with opens() as found:
        first = record.scored
    assert found == {"one/scores.jsonl": 1} and record.scored is first


def test_lines_are_found_again_with_their_texts(runs: Path) -> None:
    record = open_run(runs / "one")
    for key, answered in record.answered.items():
        line, scored = record.generation(answered), record.scored[key]
        assert (line["key"], line["id"], line["sample"]) == (key.hex(), answered.id, answered.sample)
        assert len(line["thinking"]) + len(line["answer"]) == answered.characters
        assert record.score(scored)["key"] == key.hex() and record.score(scored)["score"] == scored.value
    for asked in record.prompts:
        assert record.prompt(asked)["prompt_sha256"] == asked.sha256


def changed(folder: Path, name: str, change: Callable[[list[str]], list[str]]) -> Path:
    write_run(folder / "run", Fake(tasks=("demo_math",), budgets=(), docs=3))
    path = folder / "run" / name
    path.write_text("".join(change(path.read_text("utf-8").splitlines(keepends=True))), "utf-8")
    return folder / "run"


@pytest.mark.parametrize(("name", "part"), [(GENERATIONS, "answered"), (SCORES, "scored"), (PROMPTS, "prompts")])
def test_a_damaged_line_is_named_by_what_reads_it(tmp_path: Path, name: str, part: str) -> None:
    run = changed(tmp_path, name, lambda lines: [lines[0], "{oops\n", *lines[1:]])
    record = open_run(run)
    for _ in range(2):
        with pytest.raises(UsageError, match=f"{name}, line 2 is damaged: it is not JSON"):
            getattr(record, part)


def test_of_lines_with_one_key_the_last_counts_and_a_torn_end_does_not(tmp_path: Path) -> None:
    again = '"score":0.25,"old":'
    run = changed(tmp_path, SCORES, lambda lines: [*lines, lines[0].replace('"score":', again), '{"key": "torn'])
    record = open_run(run)
    first = next(iter(record.scored.values()))
    assert len(record.scored) == 6 and first.value == record.score(first)["score"] == 0.25


def test_an_unfinished_run_is_read_as_far_as_it_came(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=3))
    for name in (GENERATIONS, SCORES, PROMPTS):
        (run / name).unlink()
    record = open_run(run)
    assert (record.scored, record.answered, list(record.prompts), results(record)) == ({}, {}, [], [])


def test_an_old_manifest_is_read_with_what_it_leaves_out(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=3))
    found = json.loads((run / MANIFEST).read_text("utf-8"))
    lost = "demo_math: nothing of a/b.jsonl was asked, because the mirror lacks it"
    (run / MANIFEST).write_text(json.dumps({**found, "lacking": [lost], "skipped": {"x": "why"}, "later": {"a": 1}}))
    record = open_run(run)
    assert [(each.task, each.why, each.what) for each in record.omissions] == [
        ("x", "task", "why"),
        ("demo_math", "source", "a/b.jsonl"),
    ]
    assert record.manifest.raw["later"] == {"a": 1}
    assert [entry.docs for entry in record.manifest.plan] == [3, 3]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"plan": None}, r"\$\.plan"),
        ({"plan": [{"task": "t"}]}, r"\$\.plan\[0\]"),
        ({"sessions": [{"start": "yesterday"}]}, r"\$\.sessions\[0\]\.start"),
        ({"config": {"limit": "x"}}, r"\$\.config\.limit"),
        ({"omissions": [{"task": "t", "why": "mood"}]}, r"\$\.omissions\[0\]\.why"),
    ],
)
def test_a_damaged_manifest_is_named_with_its_field(tmp_path: Path, change: dict[str, object], where: str) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=3))
    found = json.loads((run / MANIFEST).read_text("utf-8"))
    (run / MANIFEST).write_text(json.dumps({**found, **change}), "utf-8")
    with pytest.raises(UsageError, match=rf"run\.json is damaged: .* - at `{where}`; bring the file back"):
        open_run(run)


MINUTE = {"start": "2026-11-23T10:00:00+00:00", "end": "2026-11-23T10:01:00+00:00"}
HERE, THERE = {"name": "vllm", "version": "1", "slots": 4}, {"name": "server", "version": "1"}


@pytest.mark.parametrize(
    ("engines", "seconds"),
    [
        ([HERE], 60),
        ([HERE, None, {**HERE, "slots": 8}], 120),
        ([HERE, THERE], None),
        ([None], None),
        ([], None),
    ],
)
def test_time_with_the_engine_is_not_known_of_a_run_that_moved(
    tmp_path: Path, engines: list[dict[str, object] | None], seconds: int | None
) -> None:
    sessions = [{**MINUTE, "engine": engine} for engine in engines]
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=1, extra={"sessions": sessions}))
    manifest = open_run(run).manifest
    assert manifest.engine_seconds == seconds
    assert manifest.wall_seconds == (60 * len(engines) or None)


def test_time_with_the_engine_of_runs_of_earlier_versions(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=1, extra={"sessions": [MINUTE] * 2}))
    assert open_run(run).manifest.engine_seconds == 120


def test_a_summary_is_current_until_a_journal_changes(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", Fake(tasks=("demo_math",), budgets=(), docs=3))
    assert not open_run(run).summary_is_current() and open_run(run).summary() is None
    write_summary(open_run(run))
    assert open_run(run).summary_is_current()
