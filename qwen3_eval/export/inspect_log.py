"""Logs of Inspect (``EvalLog`` version 2 as JSON), one for each task, mode and budget.

A repeated sample is an epoch. The value of a score is 0 to 1 and the metrics are shares likewise, where this project's
results are in percent. A log is written sample by sample, so that memory does not grow with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qwen3_eval.config import digest
from qwen3_eval.export.journals import (
    Journals,
    Sample,
    cell_name,
    file_name,
    share,
    start_of,
    utf8,
    whole_results,
)
from qwen3_eval.files import replaced
from qwen3_eval.records.samples import Cell

VERSION = 2
STOP_REASONS = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls", "refused": "content_filter"}


def write(journals: Journals, out: Path) -> Iterator[Path]:
    """``<date>_<task>_<id>.json`` for each cell. Raises as ``files.replaced`` does."""
    date = start_of(journals).isoformat().replace(":", "-")
    for cell in journals.places:
        head = log_head(journals, cell)
        path = out / f"{date}_{file_name(cell_name(cell))}_{head['eval']['task_id']}.json"
        with replaced(path) as temporary:
            write_log(temporary, head, (sample(each, cell, head["eval"]["model"]) for each in journals.samples(cell)))
        yield path


def write_log(path: Path, head: Mapping[str, Any], samples: Iterator[dict[str, Any]]) -> None:
    """The log as one JSON object whose samples come last."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{json.dumps(utf8(head), ensure_ascii=False, indent=1).removesuffix('}').rstrip()},\n")
        file.write(' "samples": [')
        for number, each in enumerate(samples):
            file.write(f"{',' if number else ''}\n{json.dumps(utf8(each), ensure_ascii=False)}")
        file.write("\n]}\n")


def log_head(journals: Journals, cell: Cell) -> dict[str, Any]:
    """All of a log but its samples."""
    places, plan = journals.places[cell], journals.plan(cell)
    planned = plan.get("docs", 0) * plan.get("samples", 1) or len(places)
    scored = sum(place.score is not None for place in places)
    return {
        "version": VERSION,
        "status": "success" if scored >= planned else "started",
        "eval": specification(journals, cell),
        "plan": {"name": "plan", "steps": [], "config": generate_config(plan)},
        "results": {"total_samples": planned, "completed_samples": scored, "scores": scores(journals, cell)},
        "stats": statistics(journals),
    }


def specification(journals: Journals, cell: Cell) -> dict[str, Any]:
    """``EvalSpec``: what was evaluated."""
    manifest, plan, name = journals.manifest, journals.plan(cell), cell_name(cell)
    run_id = journals.summary["run_id"]
    ids = list(dict.fromkeys(place.id for place in journals.places[cell]))
    return {
        "eval_id": digest([run_id, name, "eval"])[:22],
        "run_id": digest([run_id])[:22],
        "task_id": digest([run_id, name])[:22],
        "created": start_of(journals).isoformat(),
        "task": name,
        "task_version": plan.get("version", 0),
        "dataset": {"name": plan.get("benchmark") or cell.task, "samples": len(ids), "sample_ids": ids},
        "model": journals.summary["model"] or "unknown",
        "config": {"epochs": plan.get("samples", 1), "limit": manifest.get("config", {}).get("limit")},
        "packages": manifest.get("versions", {}),
        "metadata": {
            "run_id": run_id,
            **cell._asdict(),
            "git_commit": manifest.get("git_commit"),
            "deviations": manifest.get("deviations", []),
        },
    }


def generate_config(plan: Mapping[str, Any]) -> dict[str, Any]:
    """``GenerateConfig``: the decoding parameters of a cell that Inspect has names for."""
    sampling = plan.get("sampling", {})
    names = ("temperature", "top_p", "presence_penalty")
    found = {name: sampling[name] for name in names if name in sampling}
    if sampling.get("top_k", -1) > 0:
        found["top_k"] = sampling["top_k"]
    return {**found, "max_tokens": plan.get("max_tokens")}


def scores(journals: Journals, cell: Cell) -> list[dict[str, Any]]:
    """``EvalScore`` of the task's own metrics, under the task's name, and of each that its scorer added."""
    lines = whole_results(journals.summary, cell)
    found = [eval_score(cell.task, [line for line in lines if line["metric"] not in journals.metrics])]
    return found + [eval_score(line["metric"], [line]) for line in lines if line["metric"] in journals.metrics]


def eval_score(name: str, lines: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Values and errors over questions of the metrics of one scorer."""
    values = {line["metric"]: share(line, line["score"]) for line in lines}
    if lines:
        values["stderr"] = share(lines[0], lines[0]["stderr"])
    metrics = {metric: {"name": metric, "value": value} for metric, value in values.items()}
    return {"name": name, "scorer": name, "metrics": metrics}


def statistics(journals: Journals) -> dict[str, Any]:
    """``EvalStats``: when the run started and ended."""
    sessions = journals.manifest["sessions"]
    return {"started_at": sessions[0]["start"], "completed_at": sessions[-1].get("end") or ""}


def sample(sample: Sample, cell: Cell, model: str) -> dict[str, Any]:
    """``EvalSample``: one answer and its score."""
    line, prompt = sample.generation, sample.prompt_text or ""
    replies = [assistant(reply, model) for reply in line.get("replies") or [line]]
    return {
        "id": line["id"],
        "epoch": line["sample"] + 1,
        "input": prompt,
        "target": sample.target or "",
        "messages": [{"role": "user", "content": prompt, "source": "input"}, *replies],
        "output": output(line, replies[-1], model),
        "scores": sample_scores(sample.score, cell) if sample.score else None,
        "metadata": {
            name: line.get(name) for name in ("mode", "budget", "seed", "finished", "forced_stop", "prompt_sha256")
        },
        "total_time": line["latency_s"],
        "uuid": line["key"],
        **({"error": eval_error(line["error"])} if line["error"] else {}),
    }


def assistant(reply: Mapping[str, Any], model: str) -> dict[str, Any]:
    """A message of the model's, thinking and answer apart."""
    thinking = [{"type": "reasoning", "reasoning": reply["thinking"]}] if reply["thinking"] else []
    content = [*thinking, {"type": "text", "text": reply["answer"]}]
    return {"role": "assistant", "content": content, "source": "generate", "model": model}


def output(line: Mapping[str, Any], message: Mapping[str, Any], model: str) -> dict[str, Any]:
    """``ModelOutput``: the last message, why it ended and what it cost."""
    reason = STOP_REASONS.get(line["finish_reason"], "unknown")
    return {
        "model": model,
        "choices": [{"message": message, "stop_reason": reason}],
        "completion": line["answer"],
        "usage": usage(line["tokens"], line.get("cached") or 0),
        "time": line["latency_s"],
        **({"error": line["error"]} if line["error"] else {}),
    }


def usage(tokens: Mapping[str, int | None], cached: int) -> dict[str, int] | None:
    """``ModelUsage``, which counts cached input apart; None where the server did not count."""
    prompt, thinking, answer = (tokens.get(kind) for kind in ("prompt", "thinking", "answer"))
    if prompt is None or thinking is None or answer is None:
        return None
    return {
        "input_tokens": max(prompt - cached, 0),
        "input_tokens_cache_read": min(cached, prompt),
        "output_tokens": thinking + answer,
        "reasoning_tokens": thinking,
        "total_tokens": prompt + thinking + answer,
    }


def sample_scores(score: Mapping[str, Any], cell: Cell) -> dict[str, Any]:
    """The verdict under the task's name, and the scorer's further metrics under theirs."""
    own = {
        "value": score["score"],
        "answer": score["extracted"],
        "explanation": score["detail"] or None,
        "metadata": {"outcome": score["outcome"], "scorer": score["scorer"]},
    }
    return {cell.task: own, **{name: {"value": value} for name, value in score["metrics"].items()}}


def eval_error(message: str) -> dict[str, str]:
    """``EvalError``; there is no traceback."""
    return {"message": message, "traceback": "", "traceback_ansi": ""}
