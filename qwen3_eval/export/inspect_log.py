"""Logs of Inspect (``EvalLog`` version 2 as JSON), one for each task, mode and budget.

A repeated sample is an epoch. The value of a score is 0 to 1 and the metrics are shares likewise, where this project's
results are in percent. A log is written sample by sample, so that memory does not grow with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qwen3_eval.config import digest
from qwen3_eval.export.journals import (
    JoinedSample,
    Journals,
    cell_name,
    file_name,
    judge_of,
    said_by_judge,
    share,
    start_of,
    utf8,
    whole_results,
)
from qwen3_eval.files import replaced
from qwen3_eval.records.formats import GenerationLine, ReplyLine, ScoreLine
from qwen3_eval.records.manifest import PlanEntry
from qwen3_eval.records.samples import TOKEN_KINDS
from qwen3_eval.types import Cell, Result

VERSION = 2
# The role of a model that scores, by the name that Inspect gives it.
ROLE = "grader"
STOP_REASONS = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls", "refused": "content_filter"}


def write(journals: Journals, out: Path) -> Iterator[Path]:
    """``<date>_<task>_<id>.json`` for each cell. Raises as ``files.replaced`` does."""
    date = start_of(journals).isoformat().replace(":", "-")
    for cell in journals.places:
        head = log_head(journals, cell)
        path = out / f"{date}_{file_name(cell_name(cell))}_{head['eval']['task_id']}.json"
        models = Models(head["eval"]["model"], judge_of(journals.manifest, cell.task))
        with replaced(path) as temporary:
            write_log(temporary, head, (sample(each, cell, models) for each in journals.samples(cell)))
        yield path


@dataclass(frozen=True, slots=True)
class Models:
    """What answered, and what judged with all that its verdicts depend on; nothing where none did."""

    name: str
    judge: Mapping[str, object]

    @property
    def judge_name(self) -> str:
        """As it was asked for."""
        return str(self.judge["model"])


def write_log(path: Path, head: Mapping[str, object], samples: Iterator[dict[str, object]]) -> None:
    """The log as one JSON object whose samples come last."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{json.dumps(utf8(head), ensure_ascii=False, indent=1).removesuffix('}').rstrip()},\n")
        file.write(' "samples": [')
        for number, each in enumerate(samples):
            file.write(f"{',' if number else ''}\n{json.dumps(utf8(each), ensure_ascii=False)}")
        file.write("\n]}\n")


def log_head(journals: Journals, cell: Cell) -> dict[str, Any]:
    """All of a log but its samples."""
    plan = journals.plan(cell)
    planned = (plan.total if plan else 0) or len(journals.places[cell])
    scored = journals.scored(cell)
    return {
        "version": VERSION,
        "status": "success" if scored >= planned else "started",
        "eval": specification(journals, cell),
        "plan": {"name": "plan", "steps": [], "config": generate_config(plan)},
        "results": {"total_samples": planned, "completed_samples": scored, "scores": scores(journals, cell)},
        "stats": statistics(journals, cell),
    }


def specification(journals: Journals, cell: Cell) -> dict[str, object]:
    """``EvalSpec``: what was evaluated."""
    manifest, plan, name = journals.manifest, journals.plan(cell), cell_name(cell)
    run_id = journals.record.run_id
    ids = list(dict.fromkeys(each.id for each in journals.answered(cell)))
    return {
        "eval_id": digest([run_id, name, "eval"])[:22],
        "run_id": digest([run_id])[:22],
        "task_id": digest([run_id, name])[:22],
        "created": start_of(journals).isoformat(),
        "task": name,
        "task_version": plan.version if plan and plan.version is not None else 0,
        "dataset": {"name": (plan and plan.benchmark) or cell.task, "samples": len(ids), "sample_ids": ids},
        "model": journals.record.model or "unknown",
        **roles(judge_of(manifest, cell.task)),
        "config": {"epochs": plan.samples if plan else 1, "limit": manifest.config.limit},
        "packages": manifest.versions,
        "metadata": {
            "run_id": run_id,
            **cell._asdict(),
            "git_commit": manifest.git_commit,
            "deviations": manifest.deviations,
        },
    }


def roles(judge: Mapping[str, Any]) -> dict[str, object]:
    """The judge as a model with the role that Inspect's own scorers give one; nothing without a judge."""
    if not judge:
        return {}
    config = {**decoding(judge["sampling"]), "max_tokens": judge["max_tokens"]}
    others = {name: value for name, value in judge.items() if name not in ("model", "sampling", "max_tokens")}
    return {"model_roles": {ROLE: {"model": judge["model"], "config": config, "base_url": None, "args": others}}}


def generate_config(plan: PlanEntry | None) -> dict[str, float | None]:
    """``GenerateConfig``: the decoding parameters of a cell."""
    return {**decoding(plan.sampling if plan else {}), "max_tokens": plan.max_tokens if plan else None}


def decoding(sampling: Mapping[str, float]) -> dict[str, float | None]:
    """The decoding parameters that Inspect has names for."""
    names = ("temperature", "top_p", "presence_penalty")
    found: dict[str, float | None] = {name: sampling[name] for name in names if name in sampling}
    if sampling.get("top_k", -1) > 0:
        found["top_k"] = sampling["top_k"]
    return found


def scores(journals: Journals, cell: Cell) -> list[dict[str, object]]:
    """``EvalScore`` of the task's own metrics, under the task's name, and of each that its scorer added."""
    found = whole_results(journals, cell)
    own = eval_score(cell.task, [result for result in found if result.metric not in journals.metrics])
    if judge := judge_of(journals.manifest, cell.task):
        own["metadata"] = {"judge": judge}
    return [own, *(eval_score(each.metric, [each]) for each in found if each.metric in journals.metrics)]


def eval_score(name: str, results: Sequence[Result]) -> dict[str, object]:
    """Values and errors over questions of the metrics of one scorer."""
    values = {result.metric: share(result, result.score) for result in results}
    if results:
        values["stderr"] = share(results[0], results[0].stderr)
    metrics = {metric: {"name": metric, "value": value} for metric, value in values.items()}
    return {"name": name, "scorer": name, "metrics": metrics}


def statistics(journals: Journals, cell: Cell) -> dict[str, object]:
    """``EvalStats``: when the run started and ended, and what the judge of a cell took."""
    first, last = journals.manifest.sessions[0], journals.manifest.sessions[-1]
    judged = journals.record.judgments if judge_of(journals.manifest, cell.task) else {}
    calls = (call for key in journals.places[cell] for call in judged.get(key, ()))
    spent = summed(usage({kind: getattr(call, kind) for kind in TOKEN_KINDS}, 0) for call in calls)
    return {
        "started_at": first.start.isoformat(),
        "completed_at": last.end.isoformat() if last.end else "",
        **({"role_usage": {ROLE: spent}} if spent else {}),
    }


def summed(usages: Iterable[Mapping[str, int] | None]) -> dict[str, int]:
    """The usages that were counted, added up; nothing where none was."""
    found = Counter[str]()
    for each in usages:
        found.update(each or {})
    return dict(found)


def sample(joined: JoinedSample, cell: Cell, models: Models) -> dict[str, object]:
    """``EvalSample``: one answer and its score."""
    line, prompt, model = joined.generation, joined.prompt_text or "", models.name
    said: Sequence[ReplyLine] = line.get("replies") or [{"thinking": line["thinking"], "answer": line["answer"]}]
    replies = [assistant(reply, model) for reply in said]
    return {
        "id": line["id"],
        "epoch": line["sample"] + 1,
        "input": prompt,
        "target": joined.target or "",
        "messages": [{"role": "user", "content": prompt, "source": "input"}, *replies],
        "output": output(line, replies[-1], model),
        "scores": sample_scores(joined.score, joined, cell, models) if joined.score else None,
        **judge_usage(joined, models),
        "metadata": {
            name: line.get(name) for name in ("mode", "budget", "seed", "finished", "forced_stop", "prompt_sha256")
        },
        "total_time": line["latency_s"],
        "uuid": line["key"],
        **({"error": eval_error(line["error"])} if line["error"] else {}),
    }


def assistant(reply: ReplyLine, model: str) -> dict[str, object]:
    """A message of the model's, thinking and answer apart."""
    thinking = [{"type": "reasoning", "reasoning": reply["thinking"]}] if reply["thinking"] else []
    content = [*thinking, {"type": "text", "text": reply["answer"]}]
    return {"role": "assistant", "content": content, "source": "generate", "model": model}


def output(line: GenerationLine, message: Mapping[str, object], model: str) -> dict[str, object]:
    """``ModelOutput``: the last message, why it ended and what it cost."""
    reason = STOP_REASONS.get(line["finish_reason"] or "", "unknown")
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


def judge_usage(joined: JoinedSample, models: Models) -> dict[str, object]:
    """What the model and the judge of a sample took, by name, and the judge by its role; nothing without a judge."""
    spent = summed(usage(line["tokens"], 0) for line in joined.judgments)
    if not spent:
        return {}
    own = usage(joined.generation["tokens"], joined.generation.get("cached") or 0)
    each = ((models.name, own), (models.judge_name, spent))
    names = dict.fromkeys(name for name, used in each if used)
    by_name = {name: summed(used for other, used in each if other == name) for name in names}
    return {"model_usage": by_name, "role_usage": {ROLE: spent}}


def sample_scores(score: ScoreLine, joined: JoinedSample, cell: Cell, models: Models) -> dict[str, object]:
    """The verdict under the task's name, and the scorer's further metrics under theirs."""
    judged = {"judge": models.judge, "judgments": said_by_judge(joined)} if models.judge else {}
    own = {
        "value": score["score"],
        "answer": score["extracted"],
        "explanation": "\n\n".join(explained(score, joined)) or None,
        "metadata": {"outcome": score["outcome"], "scorer": score["scorer"], **judged},
    }
    return {cell.task: own, **{name: {"value": value} for name, value in score["metrics"].items()}}


def explained(score: ScoreLine, joined: JoinedSample) -> Iterator[str]:
    """The scorer's reason, then what the judge said to each of its calls in the end."""
    if score["detail"]:
        yield score["detail"]
    last = {line["call"]: line["reply"] for line in joined.judgments}
    yield from (f"{name}:\n{reply}" for name, reply in last.items())


def eval_error(message: str) -> dict[str, str]:
    """``EvalError``; there is no traceback."""
    return {"message": message, "traceback": "", "traceback_ansi": ""}
