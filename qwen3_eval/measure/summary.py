"""A run directory's journals as ``summary.json``: its lines, how they are read back, and what a terminal shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qwen3_eval.files import read_json, write_json
from qwen3_eval.measure import health
from qwen3_eval.measure.cost import cost
from qwen3_eval.measure.results import cell_results, cells
from qwen3_eval.records.formats import GENERATIONS, SCORES, SUMMARY, Summary
from qwen3_eval.records.plans import model_name, wall_seconds
from qwen3_eval.records.samples import read_scores, read_spent
from qwen3_eval.records.store import checked, read_manifest
from qwen3_eval.types import Interval, Reported, Result

SCHEMA = 1


def write_summary(run_dir: Path) -> dict[str, Any]:
    """Writes ``summary.json`` of a run, finished or not, and returns it. Raises as ``summarise``."""
    summary = summarise(run_dir)
    write_json(run_dir / SUMMARY, summary)
    return summary


def summarise(run_dir: Path) -> dict[str, Any]:
    """``summary.json`` of a run as JSON values.

    Raises UsageError when the folder is not a run, or naming file and line where a journal is damaged.
    """
    manifest = read_manifest(run_dir)
    scored = read_scores(run_dir / SCORES)
    spent = read_spent(run_dir / GENERATIONS)
    model = model_name(manifest)
    rows = [result for cell in cells(manifest, scored, spent) for result in cell_results(cell, model)]
    return {
        "schema": SCHEMA,
        "run_id": manifest.get("run_id") or run_dir.resolve().name,
        "model": model,
        "results": [result_json(result, reason) for result, reason in rows],
        "cost": cost(spent.values(), wall_seconds(manifest)),
    }


def read_summary(path: Path) -> dict[str, Any]:
    """A ``summary.json`` that was written before. Raises UsageError naming file and field where it is damaged."""
    found: dict[str, Any] = checked(read_json(path), Summary, path)
    return found


def result_json(result: Result, reason: str) -> dict[str, Any]:
    """A ``Result`` as a line of ``summary.json``; ``reason`` says why it is not valid."""
    line = asdict(result)
    line["ci95"] = _pair(line.pop("interval"))
    line["ci95_samples"] = _pair(line.pop("interval_samples"))
    return {**line, "health_reason": reason}


def _pair(bounds: Mapping[str, float] | None) -> list[float] | None:
    return [bounds["low"], bounds["high"]] if bounds else None


def condition(protocol: str, mode: str) -> str:
    """How a reader tells apart in what way a model was asked: ``thinking``, ``non-thinking`` or ``base``."""
    return "base" if protocol == "base" else mode


def results(summary: Mapping[str, Any]) -> list[Result]:
    """The results of a ``summary.json`` that was read back."""
    return [read_result(line) for line in summary["results"]]


def read_result(line: Mapping[str, Any]) -> Result:
    """A line of ``summary.json`` as a ``Result``."""
    known = {name: line[name] for name in Result.__dataclass_fields__ if name in line}
    known["interval"] = Interval(*line["ci95"])
    known["interval_samples"] = Interval(*line["ci95_samples"]) if line.get("ci95_samples") else None
    known.setdefault("stderr_samples", None)
    known["reported"] = Reported(**line["reported"]) if line.get("reported") else None
    return Result(**known)


def summary_text(summary: Mapping[str, Any]) -> list[str]:
    """The results over all questions as lines for a terminal: score, interval, health."""
    whole = [line for line in summary["results"] if line["language"] is None and line["subset"] is None]
    rows = [line for line in whole if line["metric"] == "pass@1" or not line["metric"].startswith("pass@")]
    widths = [max((len(line[name]) for line in rows), default=0) for name in ("task", "metric")]
    head = f"{'task':<{widths[0]}}  {'mode':<12}  budget  {'metric':<{widths[1]}}   score  [95 % interval]"
    return [head, *(_text_line(line, *widths) for line in rows)]


def _text_line(line: Mapping[str, Any], task_width: int, metric_width: int) -> str:
    budget = "-" if line["budget"] is None else str(line["budget"])
    mode = condition(line["protocol"], line["mode"])
    low, high = line["ci95"]
    score = f"{line['score']:6.1f}  [{low:5.1f}, {high:5.1f}]"
    head = f"{line['task']:<{task_width}}  {mode:<12}  {budget:>6}  {line['metric']:<{metric_width}}  {score}"
    counts = ", ".join(f"{count} {health.WORDS[name]}" for name, count in line["health"].items() if name != "ok")
    notes = [counts] if counts else []
    warned = health.warning(line["health"])
    notes += ([f"WARNING: {warned}"] if warned else []) if line["valid"] else [f"NOT VALID: {line['health_reason']}"]
    return "  ".join([head, f"{line['n_docs']} docs", *notes])
