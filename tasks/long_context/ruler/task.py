"""RULER: thirteen tasks of long contexts, made to each length in tokens of the model that is asked.

Parts: eight of needles in a haystack, one of variables that hand on their values (``vt``), two of words that come most
often (``cwe``, ``fwe``), two of questions about documents (``qa_1``, ``qa_2``). Rows: drawn as the authors' scripts do,
with their word lists, essays and datasets; 500 of each part at each of six lengths, 4,096 to 131,072 tokens.
Asked: the template as the user's message. Where the model does not think, the answer begins with the authors' words and
has their limit; a model that thinks cannot be given these words before its thinking.
Judged: the share of the wanted strings that stand in the answer (``qa``: whether one of them does).
Reported: the mean of the parts at each length, and over the lengths. Report: Table 23, thinking budget 8,192.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from qwen3_eval.api import Doc, Paper, Prompt, Score, fitted, metrics, task

from .cache import Samples
from .fitting import LongPart, Space, Tables
from .grade import doc_of_prediction, score_of
from .published import COMMIT, TABLES
from .supply import Supply, available, file_name, generator, tables_of

LENGTHS = (4096, 8192, 16_384, 32_768, 65_536, 131_072)
SAMPLES, SEED = 500, 42
# Tokens of an answer that begins with no words of the authors, and may say them itself.
FREE_ANSWER = 1024
# Of tables, by name: what is in the place of one that is not at hand.
SUBSTITUTES = {"hotpot": "hotpot_substitute"}


@task(
    name="ruler",
    category="long_context",
    version="1",
    source=fitted.Fitted(seed=SEED, count=SAMPLES, lengths=LENGTHS, yarn=4.0),
    n_docs=13 * SAMPLES * len(LENGTHS),
    tables=TABLES,
    in_turn=True,
    budgets=(8192,),
    answer_tokens=FREE_ANSWER,
    metric=metrics.Mean("accuracy", over="subsets"),
    reference=f"NVIDIA/RULER@{COMMIT} data/synthetic and eval of its scripts",
    paper=Paper(tables=(23,), metric="average_accuracy"),
    suites=("long_context",),
    deviations=(
        "samples are those of the authors' scripts of July 2026; the report's of May 2025 took other random draws",
        "where the smallest size of the authors does not fit (their scripts never end then), a smaller one is drawn",
        "the tokens of the chat template are taken off each length, by the mode that has more of them",
        "a model that thinks gets no beginning of its answer: it would stand before the thinking",
    ),
)
class Ruler(fitted.FittedTask):
    """Its docs are ``<part>/<length>/<number>``."""

    def least(self, length: int) -> int:
        smallest = max(generator(part, self._space(length), self._corpora).smallest() for part in self.parts)
        # What is not room at this length is not at a smaller one.
        return smallest + length - self._space(length).room

    def outlines(self) -> Iterator[Doc]:
        numbers = {part.name: available(part, self._corpora) for part in self.parts}
        for length in self.fitting.lengths:
            for part in self.parts:
                most = numbers[part.name]
                wanted = self.fitting.samples
                for number in range(wanted if most is None else min(wanted, most)):
                    # Questions of a list are the same ones at each length, and their errors go together.
                    group = "" if most is None else f"{part.name}/{number}"
                    yield Doc(f"{part.name}/{length}/{number}", "", None, group=group, subset=f"{length}/{part.name}")

    def filled(self, doc: Doc) -> Doc:
        part, length, number = self._named(doc)
        kept = self._supply(part, length).kept(number)
        meta = {
            "prefix": kept.prefix,
            "limit": part.limit,
            "metric": part.metric,
            "evidence": list(kept.evidence),
        }
        return replace(doc, question=kept.question, target=list(kept.answers), meta=meta)

    def prompt_for(self, doc: Doc, mode: str) -> Prompt:
        doc = doc if doc.target is not None else self.filled(doc)
        part, length, number = self._named(doc)
        prompt = Prompt.user(self._supply(part, length).text(number))
        if mode == "thinking":
            return prompt
        if not self.fitting.begun:
            return replace(prompt, max_tokens=FREE_ANSWER)
        return replace(prompt, begin=doc.meta["prefix"], max_tokens=doc.meta["limit"])

    def evidence(self, doc: Doc) -> Sequence[str]:
        return tuple((doc if doc.target is not None else self.filled(doc)).meta.get("evidence", ()))

    def left_out(self) -> Mapping[str, str]:
        return {
            part.name: f"the table {name!r} is not at hand: `qwen3-eval data pull` gets {TABLES[name].mirror}"
            for part in self._all_parts
            for name in tables_of(part)
            if not self._corpora[name]
        }

    def unmeasured(self) -> Iterator[str]:
        yield from (f"{name}: {reason}" for name, reason in self.left_out().items())
        for name, substitute in SUBSTITUTES.items():
            if self._corpora[name] and not self.tables.get(name):
                of = ", ".join(part.name for part in self._all_parts if name in tables_of(part))
                yield f"{of} with the rows of the benchmark: those of {TABLES[substitute].mirror} are in their place"

    def doc_of_prediction(self, row: Mapping[str, Any]) -> Doc:
        return doc_of_prediction(row)

    def score(self, doc: Doc, answer: str) -> Score:
        return score_of(doc, answer)

    @property
    def parts(self) -> Sequence[LongPart]:
        """Those that can be made here, in the order of the benchmark."""
        left_out = self.left_out()
        return [part for part in self._all_parts if part.name not in left_out]

    @cached_property
    def _all_parts(self) -> Sequence[LongPart]:
        return [LongPart.read(row) for row in self.tables["tasks"]]

    @cached_property
    def _corpora(self) -> Tables:
        """The rows by table, a substitute under the name of what it is in the place of."""
        return {name: self.tables.get(name) or self.tables.get(SUBSTITUTES.get(name, ""), ()) for name in TABLES}

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        return {name: _digest(rows) for name, rows in self._corpora.items()}

    @cached_property
    def _supplies(self) -> dict[tuple[str, int], Supply]:
        return {}

    def _named(self, doc: Doc) -> tuple[LongPart, int, int]:
        name, length, number = doc.id.split("/")
        return next(part for part in self._all_parts if part.name == name), int(length), int(number)

    def _space(self, length: int) -> Space:
        fitting = self.fitting
        room = fitting.room.get(length, length) - fitting.overhead
        return Space(length, room, fitting.count, fitting.seed, fitting.overhead)

    def _supply(self, part: LongPart, length: int) -> Supply:
        place = part.name, length
        if place not in self._supplies:
            space = self._space(length)
            name = file_name(part, space, self.fitting.tokenizer, self._digests)
            samples = Samples(Path(self.fitting.cache) / name)
            self._supplies[place] = Supply(lambda: generator(part, space, self._corpora), samples)
        return self._supplies[place]


def _digest(rows: Sequence[Mapping[str, object]]) -> str:
    found = hashlib.sha256()
    for row in rows:
        content = {name: value for name, value in row.items() if name != "_row"}
        found.update(json.dumps(content, sort_keys=True).encode() + b"\n")
    return found.hexdigest()
