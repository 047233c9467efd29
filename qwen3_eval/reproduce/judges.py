"""Whether answers were judged as those behind a printed number were, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from qwen3_eval.records.manifest import JudgeUsed, part_of
from qwen3_eval.reproduce.runs import Found
from qwen3_eval.reproduce.stated import Stated
from qwen3_eval.reproduce.tables import TableLine
from qwen3_eval.task.spec import JudgeSpec

# What a vendor's name of a model ends in where it names a state of it: a day, or the last one.
STATE = re.compile(r"-(\d{4}-?\d{2}-?\d{2}|latest)$")


def judge_obstacles(line: TableLine, found: Found, spec: JudgeSpec, said: Stated) -> Iterator[str]:
    """What of the judge keeps a result from being compared with the printed number for a line."""
    used, theirs = found.record.manifest.judge, said.judge if line.card else spec.model
    if used is None:
        yield "the run does not say who judged"
    elif not theirs:
        yield f"judged by {used.model}, the {line.whose} names no judge"
    elif not same_judge(used.model, theirs):
        yield f"judged by {used.model}, the {line.whose} by {theirs}"
    else:
        yield from asked_otherwise(used, part_of(used.tasks, found.result.task), spec)


def same_judge(one: str, other: str) -> bool:
    """Whether two spellings name one model: a folder, a hub id, a title, with or without the day of its state.

    Two states that are both named are two models.
    """
    plain = [re.sub(r"[\s._@]+", "-", name.rstrip("/").rpartition("/")[2].lower()) for name in (one, other)]
    if plain[0] == plain[1]:
        return True
    bare = [STATE.sub("", name) for name in plain]
    return bare[0] == bare[1] and any(name == short for name, short in zip(plain, bare, strict=True))


def asked_otherwise(used: JudgeUsed, asked: Mapping[str, object], spec: JudgeSpec) -> Iterator[str]:
    """Where the judge that a benchmark prescribes was asked otherwise. asked: what the run says of that."""
    if asked.get("prompt") != spec.prompt:
        yield f"the judge was asked by version {asked.get('prompt')} of its prompt instead of {spec.prompt}"
    if asked.get("rule") != spec.rule:
        yield f"the judge's replies were read by version {asked.get('rule')} of the rule instead of {spec.rule}"
    if used.parse != "official":
        yield f"the judge's replies were read by the {used.parse} rule instead of the official one"
    if asked.get("max_tokens") != spec.max_tokens:
        yield f"the judge's replies have at most {_limit(asked.get('max_tokens'))} instead of {_limit(spec.max_tokens)}"
    sampling = part_of(asked, "sampling")
    for name, value in asdict(spec.sampling).items():
        if sampling.get(name) != value:
            yield f"the judge's {name.replace('_', ' ')} {sampling.get(name)} instead of {value}"


def _limit(tokens: object) -> str:
    return "any number of tokens" if tokens is None else f"{tokens} tokens"
