"""Why a result cannot be held against a printed number, in words; nothing when it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from qwen3_eval import data
from qwen3_eval.engines import is_invented
from qwen3_eval.languages import find_language
from qwen3_eval.records.omissions import Omission
from qwen3_eval.reference import FAMILY
from qwen3_eval.reproduce.judges import judge_obstacles
from qwen3_eval.reproduce.runs import Found
from qwen3_eval.reproduce.stated import Stated
from qwen3_eval.reproduce.tables import TableLine
from qwen3_eval.task.base import Task
from qwen3_eval.types import REBUILT, UsageError


def obstacles(line: TableLine, found: Found, task: Task, said: Stated) -> Iterator[str]:
    """What keeps a result from being compared with the printed number for a line. said: how that was measured."""
    if line.card and line.card.unlike:
        yield line.card.unlike
    if task.spec.rebuilt:
        yield REBUILT
    if not found.result.valid:
        yield found.result.reason
    if is_invented(found.record.manifest.config.engine.kind):
        yield "the answers are those of the mock engine"
    if task.spec.judge is not None:
        yield from judge_obstacles(line, found, task.spec.judge, said)
    yield from _subset(line, found, task)
    yield from _settings(line, found, said)


def _subset(line: TableLine, found: Found, task: Task) -> Iterator[str]:
    """Whether fewer or other questions were asked than the benchmark has."""
    manifest, result = found.record.manifest, found.result
    config = manifest.config
    for limit, words in ((config.limit, ""), (config.limit_per_language, " in each language")):
        if limit:
            yield f"a subset: only the first {limit} questions{words}"
    asked = set(manifest.identity.languages)
    if asked and not line.language and not set(task.spec.languages) <= asked:
        yield f"a subset: only questions in {', '.join(sorted(asked))}"
    if afresh := data.drawn_afresh(task, manifest.data.get(result.task, {})):
        yield afresh
    yield from _lacking([each for each in manifest.omissions if each.task == result.task], line)
    if manifest.left_out:
        yield f"a subset: {manifest.left_out} questions without a prediction"
    known = _whole(line, task)
    if known and result.n_docs < known and not config.limit:
        yield f"a subset: {result.n_docs:,} of {known:,} questions"


def _whole(line: TableLine, task: Task) -> int | None:
    """How many questions a line has, where the task says; the same ones are asked in each of several languages."""
    spec = task.spec
    if spec.n_docs is None or spec.share is not None or line.language.startswith(FAMILY) or line.length:
        return None
    whole = spec.n_docs // spec.metric.together
    return whole // len(spec.languages) if line.language else whole


def _lacking(omissions: Sequence[Omission], line: TableLine) -> Iterator[str]:
    """What was left out, as far as it concerns a line; the parts that a mirror lacks in one sentence."""
    concerned = [each for each in omissions if each.why not in ("task", "prediction") and _concerns(each, line)]
    parts = [each.what for each in concerned if each.why == "source"]
    if len(parts) > 1:
        yield f"a subset: the mirror lacks {len(parts)} parts, such as {parts[0]}"
        concerned = [each for each in concerned if each.why != "source"]
    yield from (each.sentence().removeprefix(f"{each.task}: ") for each in concerned)


def _concerns(omission: Omission, line: TableLine) -> bool:
    """Whether something that was left out belongs to the language or the family of a line."""
    if omission.why != "source" or not line.language:
        return True
    try:
        language = find_language(PurePosixPath(omission.what).name.split(".")[0])
    except UsageError:
        return True
    return line.language in (language.tag, f"{FAMILY}{language.family}")


def _settings(line: TableLine, found: Found, said: Stated) -> Iterator[str]:
    """Whether samples, lengths or decoding were others than those that are printed."""
    planned = found.planned
    if found.result.protocol == "base" or planned is None:
        return
    if said.samples and planned.samples != said.samples:
        yield f"{_count(planned.samples, 'sample')} a question instead of {said.samples}"
    tokens = planned.max_tokens
    if line.budget is None and tokens and said.tokens and tokens != said.tokens:
        yield f"at most {tokens:,} new tokens instead of {said.tokens:,}"
    for name, value in planned.sampling.items():
        if value != said.sampling.get(name, value):
            yield f"{name} {value} instead of {said.sampling[name]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
