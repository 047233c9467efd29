"""The files of EleutherAI's lm-evaluation-harness: ``samples_<task>_<date>.jsonl`` and ``results_<date>.json``.

Keys and meanings as in its ``lm_eval/result_schema.py`` (0.4.13). A task asked in several modes or at several
budgets is several tasks there, by the names of ``cell_name``. A line of samples is a question with all its
samples: ``resps`` is what the model wrote, ``filtered_resps`` what the scorer took from it, and each metric
the mean over them. Shares are 0 to 1 there, where this project's results are in percent. ``doc_id`` counts the
questions of a task in their natural order. Where answers were judged, a line names the ``judge``, and has in
``judgments`` all that it said of each sample: fields of ours, which the harness passes over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

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
from qwen3_eval.measure.results import metric_of
from qwen3_eval.records.lines import natural
from qwen3_eval.records.manifest import PlanEntry, part_of
from qwen3_eval.thinking import QWEN, Marks
from qwen3_eval.types import OF_THINKING, Cell

FILTER = "none"
HASHES = ("doc_hash", "prompt_hash", "target_hash")


def write(journals: Journals, out: Path) -> Iterator[Path]:
    """Writes into a folder of the model's name, as the harness does. Raises as ``files.replaced`` does."""
    date = start_of(journals).replace(tzinfo=None).isoformat().replace(":", "-")
    folder, hashes = out / file_name(journals.record.model), {}
    for cell in journals.places:
        name = cell_name(cell)
        path = folder / f"samples_{file_name(name)}_{date}.jsonl"
        with replaced(path) as temporary:
            hashes[name] = write_samples(temporary, sample_lines(journals, cell))
        yield path
    path = folder / f"results_{date}.json"
    with replaced(path) as temporary:
        text = json.dumps(utf8({**results(journals), "task_hashes": hashes}), indent=2, ensure_ascii=False)
        temporary.write_text(text, "utf-8")
    yield path


def write_samples(path: Path, samples: Iterator[dict[str, object]]) -> str:
    """Writes the lines and returns the digest of their digests."""
    digest = hashlib.sha256()
    with open(path, "w", encoding="utf-8") as file:
        for line in samples:
            digest.update("".join(str(line[name]) for name in HASHES).encode())
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return digest.hexdigest()


def sample_lines(journals: Journals, cell: Cell) -> Iterator[dict[str, object]]:
    """A line for each question of a cell."""
    cells = [other for other in journals.places if other.task == cell.task]
    asked = {each.id for other in cells for each in journals.answered(other)}
    numbers = {name: number for number, name in enumerate(sorted(asked, key=natural))}
    plan, marks = journals.plan(cell), marks_of(journals)
    judge = judge_of(journals.manifest, cell.task)
    for name, group in groupby(journals.samples(cell), key=lambda sample: sample.generation["id"]):
        samples = list(group)
        judged = {"judge": judge["model"], "judgments": [said_by_judge(each) for each in samples]} if judge else {}
        yield utf8({**sample_line(numbers[name], samples, plan, marks), **judged})


def sample_line(
    number: int, samples: Sequence[JoinedSample], plan: PlanEntry | None, marks: Marks
) -> dict[str, object]:
    """One question. ``plan``: what was planned for its cell."""
    first = samples[0]
    told: Mapping[str, object] = first.score or {}
    doc = {"id": first.generation["id"], **{name: told.get(name) or "" for name in ("language", "subset")}}
    prompt, target = first.prompt_text or "", first.target or ""
    extracted = [(sample.score and sample.score["extracted"]) or "" for sample in samples]
    metrics = means(samples, own_name(plan))
    return {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": generation_arguments(plan)}},
        "resps": [[response(sample, marks) for sample in samples]],
        "filtered_resps": [extracted] if plan and plan.samples > 1 else extracted,
        "filter": FILTER,
        "metrics": list(metrics),
        "doc_hash": sha256(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": sha256(prompt),
        "target_hash": sha256(target),
        **metrics,
    }


def own_name(plan: PlanEntry | None) -> str:
    """What the mean of a question's scores is called: the task's metric, unless that is no mean of scores."""
    if plan is None:
        return "accuracy"
    metric = metric_of(plan)
    return metric.name if metric.of_scores else "score"


def means(samples: Sequence[JoinedSample], own: str) -> dict[str, float]:
    """The mean of each metric over the samples that have it; a sample without a verdict counts 0."""
    scored = [sample.score for sample in samples if sample.score]
    found = {own: [float(score["score"]) for score in scored]} if scored else {}
    for name in sorted({name for score in scored for name in score["metrics"]}):
        absent = [None if score["outcome"] == "ok" or name.startswith(OF_THINKING) else 0.0 for score in scored]
        values = [score["metrics"].get(name, none) for score, none in zip(scored, absent, strict=True)]
        found[name] = [float(value) for value in values if value is not None]
    return {name: sum(values) / len(values) for name, values in found.items()}


def response(sample: JoinedSample, marks: Marks) -> str:
    """Thinking and answer as the model's chat template writes them."""
    thinking, answer = sample.said("thinking"), sample.said("answer")
    if not thinking:
        return answer
    return marks.written(thinking, answer, closed=bool(sample.generation["finished"]))


def marks_of(journals: Journals) -> Marks:
    """The tags of the model; a run says nothing of them where they are Qwen's."""
    told = part_of(journals.manifest.raw, "tags")
    return Marks(str(told["open"]), str(told["close"])) if told else QWEN


def generation_arguments(plan: PlanEntry | None) -> dict[str, object]:
    """Decoding parameters of a cell by the harness's names."""
    sampling = plan.sampling if plan else {}
    limit = {"max_gen_toks": plan.max_tokens} if plan and plan.max_tokens is not None else {}
    return {"until": [], "do_sample": sampling.get("temperature", 0) > 0, **sampling, **limit}


def sha256(text: str) -> str:
    """Digest of a text; half of a surrogate pair counts as a question mark."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def results(journals: Journals) -> dict[str, object]:
    """The file of results without the digests of the samples."""
    manifest, names = journals.manifest, {cell_name(cell): cell for cell in journals.places}
    plans = {name: journals.plan(cell) for name, cell in names.items()}
    found = {name: metric_values(journals, cell) for name, cell in names.items()}
    model, engine, seconds = journals.record.model, manifest.engine.name or "", manifest.wall_seconds
    config = part_of(manifest.raw, "config")
    return {
        "results": found,
        "group_subtasks": {name: [] for name in names},
        "configs": {
            name: task_config(name, plans[name], judge_of(manifest, cell.task)) for name, cell in names.items()
        },
        "versions": {name: plan.version if plan else None for name, plan in plans.items()},
        "n-shot": {name: 0 for name, cell in names.items() if cell.protocol == "chat"},
        "higher_is_better": {name: dict.fromkeys(metric_names(values), True) for name, values in found.items()},
        "n-samples": {
            name: {"original": plan.docs if plan else 0, "effective": found[name]["sample_len"]}
            for name, plan in plans.items()
        },
        "config": {
            "model": engine,
            "model_args": f"pretrained={model}",
            "limit": config.get("limit"),
            "random_seed": config.get("seed"),
        },
        "git_hash": manifest.git_commit or "",
        "date": start_of(journals).timestamp(),
        "model_source": engine,
        "model_name": model,
        "model_name_sanitized": file_name(model),
        "total_evaluation_time_seconds": "" if seconds is None else str(seconds),
    }


def metric_values(journals: Journals, cell: Cell) -> dict[str, str | float]:
    """``<metric>,none`` and ``<metric>_stderr,none`` over all questions of a cell."""
    asked = len({each.id for each in journals.answered(cell)})
    found: dict[str, str | float] = {"alias": cell_name(cell), "sample_len": asked}
    for result in whole_results(journals, cell):
        found[f"{result.metric},{FILTER}"] = share(result, result.score)
        found[f"{result.metric}_stderr,{FILTER}"] = share(result, result.stderr)
    return found


def metric_names(values: Mapping[str, object]) -> list[str]:
    """The metrics among the keys of ``metric_values``."""
    names = (key.partition(",")[0] for key in values if "," in key)
    return [name for name in names if not name.endswith("_stderr")]


def task_config(name: str, plan: PlanEntry | None, judge: Mapping[str, object]) -> dict[str, object]:
    """What the harness says about a task. judge: of one whose answers a model judges."""
    return {
        "task": name,
        "dataset_path": (plan.benchmark or plan.task) if plan else name,
        "output_type": "generate_until",
        "repeats": plan.samples if plan else 1,
        "metric_list": [{"metric": own_name(plan), "aggregation": "mean", "higher_is_better": True}],
        "generation_kwargs": generation_arguments(plan),
        "metadata": {"version": plan.version if plan else None, **({"judge": judge} if judge else {})},
    }
