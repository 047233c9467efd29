"""The parts of a recording: which commands are asked, over which runs."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.same_output.recorder import Recorder, own_tasks
from scripts.same_output.views import compare, gate, index, plain, reproduce, view

# As ``make eval`` asks the demo model.
BUDGETS = ("--mode", "both", "--budgets", "8,16,32,48,64,96")
DEMO = ("--model", "demo", "--suite", "demo", *BUDGETS)
MOCK = ("--engine", "mock", "--model", "demo")
DIALOGUE = ("--tasks", "toy_dialogue", "--tasks-dir", "tasks", "--samples", "100")
# A conversation of the toy task has so many steps; the run asks 6 docs in 2 modes with 100 samples.
STEPS = 4
# The run is killed after so many of its steps, and so often at most until the moment is between two steps.
KILLED_AFTER, KILLS = 802, 10
# Conversations whose end is taken away.
LOST = 5
REPOSITORY = Path(__file__).parents[2]


def look(recorder: Recorder) -> None:
    """What can be run: lists, and each task's prompts and settings."""
    listed = recorder.ask("list.json", "list", "--json", "--data-dir", "mirror0")
    recorder.ask("list", "list", "--data-dir", "mirror0")
    recorder.ask("list-further.json", "list", "--json", "--data-dir", "mirror1")
    recorder.ask("languages", "languages")
    recorder.ask("languages.json", "languages", "--json")
    names = [task["name"] for task in json.loads(listed.out)["tasks"]]
    jobs = [(name, number) for name in names for number in (0, 1)]
    recorder.each(lambda job: _show(recorder, *job), jobs)
    recorder.each(lambda job: recorder.ask(f"refused/{job[0]}", *job[1]), REFUSED.items())


def _show(recorder: Recorder, name: str, mirror: int) -> None:
    model = ["--model", "demo"] if mirror else []
    recorder.ask(f"show/{name}-{mirror}", "show", name, "--data-dir", f"mirror{mirror}", *model)


# Requests that are wrong; what each gets is one line and an exit code.
REFUSED: Mapping[str, tuple[str, ...]] = {
    "task": ("run", *MOCK, "--tasks", "gsm9k"),
    "suite": ("run", *MOCK, "--suite", "reports"),
    "budget": ("run", *MOCK, "--tasks", "demo_math", "--budgets", "0"),
    "mode": ("run", *MOCK, "--tasks", "demo_math", "--mode", "thinks"),
    "protocol": ("run", *MOCK, "--tasks", "demo_math", "--protocol", "base"),
    "language": ("run", *MOCK, "--tasks", "demo_multilingual", "--languages", "xx"),
    "data": ("run", *MOCK, "--tasks", "gsm8k", "--data-dir", "nowhere"),
    "tasks-dir": ("list", "--tasks-dir", "nowhere"),
    "predictions": ("score", "--task", "demo_math", "--predictions", "nowhere.jsonl", "--run-dir", "runs/x"),
    "no-run": ("report", "nowhere"),
    "no-runs": ("report", "--all", "--results", "nowhere"),
    "table": ("reproduce", "table9", "--model", "demo"),
    "column": ("reproduce", "table11", "--model", "demo", "--as", "GPT", "--from", "nowhere"),
    "export": ("export", "nowhere", "--format", "csv"),
    "baseline": ("baseline", "nowhere", "--out", "made.json"),
    "gate": ("gate", "nowhere", "--baseline", "nowhere.json"),
    "compare": ("compare", "nowhere", "nowhere"),
    "replay": ("run", "--engine", "replay", "--model", "demo", "--tasks", "demo_math"),
    "show": ("show", "gsm9k"),
}


def demo(recorder: Recorder) -> None:
    """The demo suite by the mock engine: both modes, six budgets; a part of it; and answered again from it."""
    _demo_runs(recorder, "mock", "--slots", "8")
    recorder.run("replay", "run", *DEMO, "--engine", "replay", "--replay-from", "runs/whole")


def vllm(recorder: Recorder) -> None:
    """The demo suite by vLLM, greedy: both modes, six budgets, the first questions of each task; and a part of it."""
    _demo_runs(recorder, "vllm", "--temperature", "0", "--limit", "8", "--slots", "1")


def _demo_runs(recorder: Recorder, engine: str, *further: str) -> None:
    options = {"whole": (), "part": ("--limit", "4", "--stop-text", "report")}
    for name, own in options.items():
        recorder.run(name, "run", *DEMO, "--engine", engine, *further, *own)
    runs = [plain(recorder, name) for name in options]
    recorder.each(lambda run: view(recorder, run, plots=True), runs)
    compare(recorder, "part-whole", *reversed(runs))
    compare(recorder, "whole-part", *runs)
    gate(recorder, "part", "plain/part", "whole")
    reproduce(recorder, "demo", runs, ("table11", "table12", "figure2"))
    prices = ("reproduce", "table11", "--model", "demo", "--dry-run", "--data-dir", "mirror0")
    recorder.ask("dry-run", *prices, "--from", *runs)
    recorder.ask("report-both", "report", *runs, "--out", "made/both.html")
    recorder.keep_page("report-both.html", recorder.scratch / "made/both.html")
    index(recorder, "plain")


def suites(recorder: Recorder) -> None:
    """Suites and tables asked by the mock engine, of which some tasks lack their rows."""
    few = ("--limit", "2", "--data-dir", "mirror0")
    for suite in ("report", "report-base", "languages-119"):
        recorder.run(suite, "run", *MOCK, "--suite", suite, "--samples", "2", *few)
    for table in ("table8", "table19", "table24"):
        recorder.run(table, "reproduce", table, *MOCK, "--format", "csv", *few)
    runs = [plain(recorder, name) for name in ("report", "report-base", "languages-119", "table24")]
    recorder.each(lambda run: view(recorder, run), runs)


def conversation(recorder: Recorder) -> None:
    """Conversations that are killed in their midst, and resumed to the end; beside a run that was not killed.

    Raises RuntimeError when no kill comes at a moment that can be repeated.
    """
    own_tasks(recorder)
    runs = recorder.scratch / "runs"
    argv = ("run", *MOCK, *DIALOGUE)
    _kill(recorder, argv)
    shutil.copytree(runs / "killed", runs / "resumed")
    for name in ("resumed", "unbroken"):
        recorder.run(name, *argv)
    shutil.copytree(runs / "unbroken", runs / "late")
    lose_ends(runs / "late")
    recorder.run("late", *argv)
    made = [plain(recorder, name) for name in ("resumed", "unbroken", "late")]
    recorder.each(lambda run: view(recorder, run), made)
    compare(recorder, "resumed", *made)


def _kill(recorder: Recorder, argv: tuple[str, ...]) -> None:
    """A run killed between two steps, ``runs/killed``."""
    run = recorder.scratch / "runs/killed"
    whole = (*argv, "--run-dir", "runs/killed")
    recorder.note("killed", whole)
    for _ in range(KILLS):
        shutil.rmtree(run, ignore_errors=True)
        killed = recorder.house.kill_when(lambda: len(_lines(run / "steps.jsonl")) >= KILLED_AFTER, *whole)
        if killed and not ended_unnoted(_lines(run / "steps.jsonl"), _lines(run / "generations.jsonl")):
            return
    raise RuntimeError("no run of conversations could be killed between two steps; it needs more samples")


def _lines(path: Path) -> list[str]:
    """The whole lines of a journal that may be cut off."""
    text = path.read_text("utf-8") if path.is_file() else ""
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]


def _key(line: str) -> str:
    return str(json.loads(line)["key"])


def ended_unnoted(steps: Iterable[str], generations: Iterable[str]) -> set[str]:
    """Conversations whose steps are all there and whose generation is not: a moment that a kill rarely meets."""
    made = Counter(map(_key, steps))
    return {key for key, count in made.items() if count == STEPS} - set(map(_key, generations))


def lose_ends(run: Path) -> None:
    """Takes generations and their scores out of a run of conversations, as if it had been killed before them."""
    lost = sorted(map(_key, _lines(run / "generations.jsonl")))[:LOST]
    for name in ("generations.jsonl", "scores.jsonl"):
        (run / name).write_text("".join(line for line in _lines(run / name) if _key(line) not in lost), "utf-8")
