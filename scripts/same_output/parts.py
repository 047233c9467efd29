"""The parts of a recording: which commands are asked, over which runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from scripts.same_output.recorder import Recorder
from scripts.same_output.views import compare, gate, index, plain, reproduce, view

# As ``make eval`` asks the demo model.
BUDGETS = ("--mode", "both", "--budgets", "8,16,32,48,64,96")
DEMO = ("--model", "demo", "--suite", "demo", *BUDGETS)
MOCK = ("--engine", "mock", "--model", "demo")
DIALOGUE = ("--tasks", "toy_dialogue", "--tasks-dir", "tasks", "--samples", "100")
DIALOGUE_FILE = "toy_dialogue.py"
# So many steps of conversations are made before the run is killed, of 6 docs, 2 modes, 100 samples and 4 steps.
KILLED_AFTER = 800
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

    Raises RuntimeError when the run ends before it is killed.
    """
    [task] = (REPOSITORY / "tests").rglob(DIALOGUE_FILE)
    (recorder.scratch / "tasks").mkdir()
    shutil.copy(task, recorder.scratch / "tasks")
    _killed(recorder)
    shutil.copytree(recorder.scratch / "runs/killed", recorder.scratch / "runs/resumed")
    for name in ("resumed", "unbroken"):
        recorder.run(name, "run", *MOCK, *DIALOGUE)
    runs = [plain(recorder, name) for name in ("resumed", "unbroken")]
    recorder.each(lambda run: view(recorder, run), runs)
    compare(recorder, "resumed", *runs)


def _killed(recorder: Recorder) -> None:
    steps = recorder.scratch / "runs/killed/steps.jsonl"
    argv = ("run", *MOCK, *DIALOGUE, "--run-dir", "runs/killed")
    recorder.note("killed", argv)

    def due() -> bool:
        return steps.is_file() and steps.read_bytes().count(b"\n") >= KILLED_AFTER

    if not recorder.house.kill_when(due, *argv):
        raise RuntimeError("the run of conversations ended before it could be killed; it needs more samples")
