"""How a printed number was measured, as far as that is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace

from qwen3_eval import reference
from qwen3_eval.reference.cards import card_settings
from qwen3_eval.reproduce.tables import ModelColumn, TableLine
from qwen3_eval.types import Mode, Sampling

WORDS = {"temperature": "temperature", "presence_penalty": "presence penalty"}


@dataclass(frozen=True, slots=True)
class Stated:
    """The settings behind a printed number; what is not printed is absent.

    samples: of each question. tokens: thinking and answer together. sampling: the printed parameters. judge: the model
    that judged the answers, as a card names it.
    """

    samples: int | None
    tokens: int | None
    sampling: Mapping[str, float]
    judge: str = ""


NOTHING = Stated(None, None, {})
# What a card says of its judge beside a number.
JUDGED_BY = re.compile(r"judge ([^;]+)")


def stated(line: TableLine, mode: Mode, column: ModelColumn | None) -> Stated:
    """What the report, or the card of the column's model, says about a line."""
    if line.card:
        found = card_settings(column.model, mode, line.benchmark) if column else None
        known = Stated(None, found.max_output_tokens, found.sampling) if found else NOTHING
        return replace(known, judge=_judge(line, column))
    report = reference.settings(line.benchmark)
    if report is None:
        return NOTHING
    sampling = asdict(reference.default_sampling(line.benchmark, mode))
    return Stated(report.n_samples, report.max_output_tokens, sampling)


def _judge(line: TableLine, column: ModelColumn | None) -> str:
    """Who judged the answers behind a card's number, by its note; empty where it does not say."""
    named = (JUDGED_BY.search(each.note) for each in line.printed(column)[:1])
    return next((found[1].strip() for found in named if found), "")


def unprinted(said: Stated, protocol: str, *, sampled: bool) -> Iterator[str]:
    """What a card leaves out of the settings. sampled: whether ours are a sample of the questions."""
    if sampled:
        yield "which questions were asked"
    if protocol == "base":
        yield from ("examples", "decoding")
        return
    if said.samples is None:
        yield "samples a question"
    if said.tokens is None:
        yield "limit of tokens"
    lacking = [each.name for each in fields(Sampling) if each.name not in said.sampling]
    yield from (name.replace("_", " ") for name in lacking) if said.sampling else ("decoding",)
