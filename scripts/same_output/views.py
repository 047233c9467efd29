"""All that the commands make of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.same_output.normal import plain_run
from scripts.same_output.recorder import Recorder

EXPORTS = ("parquet", "csv", "lm-eval", "inspect")
FORMATS = ("terminal", "markdown", "csv", "latex", "html")
# The reported model that ours is held against, for each table.
COLUMNS = {
    "Qwen3-235B-A22B": (3, 11, 12),
    "Qwen3-32B": (4, 13, 14, *range(23, 36), 37),
    "Qwen3-14B": (5, 15, 16),
    "Qwen3-8B": (6, 17, 18),
    "Qwen3-4B": (7,),
    "Qwen3-1.7B": (8, 19, 20),
    "Qwen3-8B off_policy_distillation": (21,),
    "Qwen3-32B stage2": (22,),
}
TABLES = {f"table{number}": column for column, numbers in COLUMNS.items() for number in numbers}
# One of each layout: in these all formats are taken, in the others one.
IN_ALL_FORMATS = ("table3", "table11", "table23", "table24", "table37", "figure2")


def plain(recorder: Recorder, name: str) -> str:
    """Makes ``plain/<name>`` of ``runs/<name>`` and says where it is, as the commands see it."""
    plain_run(recorder.scratch / "runs" / name, recorder.scratch / "plain" / name)
    return f"plain/{name}"


def view(recorder: Recorder, run: str, exports: Sequence[str] = EXPORTS, *, plots: bool = False) -> None:
    """The page of a run, its baseline and exports. run: relative to the scratch folder."""
    name, made = f"views/{Path(run).name}", Path("made") / Path(run).name
    for folder in (made, Path("made/plots")):
        (recorder.scratch / folder).mkdir(parents=True, exist_ok=True)
    further = ["--plots", f"{made}/plots"] if plots else []
    recorder.ask(f"{name}/report", "report", run, "--out", f"{made}/page.html", *further)
    recorder.keep_page(f"{name}/page.html", recorder.scratch / made / "page.html")
    recorder.ask(f"{name}/baseline", "baseline", run, "--out", f"{made}/baseline.json")
    if (path := recorder.scratch / made / "baseline.json").is_file():
        recorder.keep(f"{name}/baseline.json", path.read_text("utf-8"))
    for kind in exports:
        recorder.ask(f"{name}/export-{kind}", "export", run, "--format", kind, "--out", f"{made}/{kind}")
        recorder.keep_folder(f"{name}/{kind}", recorder.scratch / made / kind)
    if plots:
        recorder.keep_folder(f"{name}/plots", recorder.scratch / made / "plots")


def compare(recorder: Recorder, name: str, *runs: str) -> None:
    """Runs compared: as text with the page, and as JSON."""
    page = Path("made") / f"{name}.html"
    (recorder.scratch / "made").mkdir(exist_ok=True)
    recorder.ask(f"compare/{name}.text", "compare", *runs, "--out", str(page))
    recorder.ask(f"compare/{name}.json", "compare", *runs, "--json")
    recorder.keep_page(f"compare/{name}.html", recorder.scratch / page)


def gate(recorder: Recorder, name: str, run: str, baseline: str) -> None:
    """A run held against the baseline of another (its view comes first), in all that a gate writes."""
    made = Path("made") / f"gate-{name}"
    (recorder.scratch / made).mkdir(parents=True, exist_ok=True)
    wrote = ["--junit", f"{made}/junit.xml", "--markdown", f"{made}/gate.md"]
    against = ("gate", run, "--baseline", f"made/{baseline}/baseline.json", *wrote)
    recorder.ask(f"gate/{name}", *against)
    recorder.ask(f"gate/{name}.json", *against, "--json")
    recorder.keep_folder(f"gate/{name}", recorder.scratch / made)


def reproduce(recorder: Recorder, model: str, runs: list[str], tables: tuple[str, ...] | None = None) -> None:
    """Tables and the figure out of runs, and what the tables would cost."""
    jobs = [
        (table, kind)
        for table in (tables or (*TABLES, "figure2"))
        for kind in (FORMATS if table in IN_ALL_FORMATS else ("csv",))
    ]
    recorder.each(lambda job: _table(recorder, model, runs, *job), jobs)


def _table(recorder: Recorder, model: str, runs: list[str], table: str, kind: str) -> None:
    column = ["--as", TABLES[table]] if table in TABLES else []
    others = ["--others"] if table in IN_ALL_FORMATS else []
    argv = ["reproduce", table, "--model", model, "--format", kind, *column, *others]
    recorder.ask(f"reproduce/{table}.{kind}", *argv, "--from", *runs)


def index(recorder: Recorder, folder: str) -> None:
    """The page over all runs in a folder."""
    recorder.ask("index", "report", "--all", "--results", folder, "--out", "made/index.html")
    recorder.keep_page("index.html", recorder.scratch / "made" / "index.html")
