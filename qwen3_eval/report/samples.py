"""Every sample of the runs, packed for the page's browser.

The page gets one index, which the list and the filters work on, and chunks of texts, which are
unpacked when a sample is opened or searched. Each is JSON, compressed with gzip and written as
base64: no byte that a model wrote stands in the page's source.
"""

from __future__ import annotations

import base64
import gzip
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from qwen3_eval.records.formats import GenerationLine, ScoreLine
from qwen3_eval.records.lines import PromptIndex, condition_of, gold_text, natural, spoken
from qwen3_eval.records.record import RunRecord
from qwen3_eval.report.languages import shown_name
from qwen3_eval.report.lengths import Lengths
from qwen3_eval.types import MODES

# A third less time than level 6 for 4 % more bytes.
GZIP_LEVEL = 5
CHUNK_ITEMS = 400
CHUNK_CHARACTERS = 600_000
PAGE_CHARACTERS = 100_000_000
PROMPT_CHARACTERS = 60_000
VERDICT_CHARACTERS = 4_000
SHORT = 60
MOST_MARKS = 32
JOINER = "\u200d"
CONDITIONS = (*MODES, "base")
VERDICTS = (
    "correct",
    "partly",
    "wrong",
    "no answer",
    "other format",
    "unfinished",
    "truncated",
    "failed",
    "not scored",
)
BY_OUTCOME = {
    "no_answer": "no answer",
    "other_format": "other format",
    "unfinished": "unfinished",
    "truncated": "truncated",
    "error": "failed",
    "timeout": "failed",
    "refused": "failed",
}

Text = str | tuple[str, int, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DataBlock:
    """One data block of the page: the id of its element, and its JSON."""

    name: str
    content: str


@dataclass(slots=True)
class Chunks:
    """Collects items and packs them whenever enough have come together. ``starts``: first item of each chunk."""

    name: str
    starts: list[int] = field(default_factory=list)
    blocks: list[DataBlock] = field(default_factory=list)
    count: int = 0
    _items: list[object] = field(default_factory=list)
    _characters: int = 0

    def add(self, item: object, characters: int) -> None:
        """Takes one item of about that size."""
        self._items.append(item)
        self._characters += characters
        self.count += 1
        if len(self._items) >= CHUNK_ITEMS or self._characters >= CHUNK_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Packs what has come together since the last chunk."""
        if self._items:
            self.starts.append(self.count - len(self._items))
            self.blocks.append(pack(f"{self.name}-{len(self.blocks)}", self._items))
            self._items, self._characters = [], 0


def pack(name: str, value: object) -> DataBlock:
    """A JSON value as a block: gzip, base64, in quotes."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return DataBlock(name, f'"{base64.b64encode(gzip.compress(data, GZIP_LEVEL, mtime=0)).decode()}"')


class Names(Generic[T]):
    """Gives equal values one small number, in the order of their first use."""

    def __init__(self) -> None:
        self.known: dict[T, int] = {}

    def __getitem__(self, value: T) -> int:
        return self.known.setdefault(value, len(self.known))

    def __iter__(self) -> Iterator[T]:
        return iter(self.known)


class Listed(NamedTuple):
    """A generation in the order of the page's list."""

    rank: tuple[object, ...]
    run: int
    key: bytes


@dataclass(slots=True)
class Index:
    """What the page's list knows of every sample, by columns."""

    runs: Sequence[str]
    tasks: Names[str] = field(default_factory=Names)
    budgets: Names[int | None] = field(default_factory=Names)
    docs: Names[tuple[str, str, int]] = field(default_factory=Names)
    columns: dict[str, list[int | str | None]] = field(default_factory=dict)

    def add(self, row: Mapping[str, int | str | None]) -> None:
        """One sample's values."""
        for name, value in row.items():
            self.columns.setdefault(name, []).append(value)

    def json(self, texts: Chunks, prompts: Chunks, golds: Sequence[str]) -> dict[str, object]:
        """The index as the script reads it."""
        return {
            "runs": list(self.runs),
            "tasks": list(self.tasks),
            "modes": list(CONDITIONS),
            "budgets": list(self.budgets),
            "verdicts": list(VERDICTS),
            "docs": [list(doc) for doc in self.docs],
            "languages": [[tag, shown_name(tag)] for tag in dict.fromkeys(doc[1] for doc in self.docs) if tag],
            "golds": list(golds),
            "columns": self.columns,
            "texts": texts.starts,
            "prompts": prompts.starts,
            "count": texts.count,
        }


def sample_blocks(
    runs: Sequence[RunRecord], names: Sequence[str], tasks: Sequence[str], lengths: Lengths
) -> list[DataBlock]:
    """Index, texts and prompts of all runs. ``names``: of the runs; ``tasks``: their order.

    ``lengths`` is filled on the way.

    Raises UsageError naming file and line where a journal is damaged.
    """
    limit = character_limit([each.characters for run in runs for each in run.answered.values()], PAGE_CHARACTERS)
    prompts, golds, found = read_prompts(runs)
    index, texts = Index(names), Chunks("texts")
    for listed in sorted(in_order(runs, tasks), key=lambda listed: listed.rank):
        run = runs[listed.run]
        answered, scored = run.answered[listed.key], run.scored.get(listed.key)
        lengths.add(listed.run, answered, scored)
        line, score = run.generation(answered), run.score(scored) if scored else None
        index.add(row_of(index, listed.run, line, score, found[listed.run].find(line)))
        texts.add(texts_of(line, score, limit), min(limit, spoken_characters(line)) + 200)
    texts.flush()
    return [pack("index", index.json(texts, prompts, golds)), *texts.blocks, *prompts.blocks]


def in_order(runs: Sequence[RunRecord], tasks: Sequence[str]) -> Iterator[Listed]:
    """Every generation with its place in the list: by task, question and sample, then by run, mode and budget."""
    order = {task: number for number, task in enumerate(tasks)}
    for number, run in enumerate(runs):
        for key, each in run.answered.items():
            cell = each.cell
            task, budget = order.get(cell.task, len(order)), float("inf") if cell.budget is None else cell.budget
            mode = -CONDITIONS.index(cell.condition)
            yield Listed((task, cell.task, natural(each.id), each.sample, number, mode, budget), number, key)


def character_limit(lengths: Sequence[int], total: int) -> int:
    """The largest length at which cutting every text keeps their sum within ``total``."""
    longest = max(lengths, default=0)
    if sum(lengths) <= total:
        return longest
    low, high = 0, longest
    while low < high:
        middle = (low + high + 1) // 2
        fits = sum(min(length, middle) for length in lengths) <= total
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def cut(text: str, limit: int) -> Text:
    """The text, or its head, the number of characters left out and its tail when it is longer than ``limit``.

    No mark is cut from its letter.
    """
    if len(text) <= limit:
        return text
    head = whole_end(text, limit * 2 // 3)
    tail = whole_end(text, len(text) - (limit - limit * 2 // 3))
    return text[:head], tail - head, text[tail:]


def whole_end(text: str, at: int) -> int:
    """The last place up to ``at`` before a letter with all its marks; ``at`` itself where marks go on and on."""
    for place in range(at, max(at - MOST_MARKS, 0), -1):
        joined = text[place - 1] == JOINER or text[place] == JOINER
        if not joined and not unicodedata.category(text[place]).startswith("M"):
            return place
    return at


def read_prompts(runs: Sequence[RunRecord]) -> tuple[Chunks, list[str], list[PromptIndex]]:
    """Prompt texts with their gold answers, the golds in short, and for each run where its prompts are found."""
    prompts, golds = Chunks("prompts"), []
    indexes: list[PromptIndex] = []
    known: dict[str, int] = {}
    for run in runs:
        index = PromptIndex()
        for _, line in run.prompt_lines():
            sha256 = line["prompt_sha256"]
            if sha256 not in known:
                known[sha256] = prompts.count
                gold = gold_text(line["target"])
                golds.append(gold[:SHORT])
                prompts.add([cut(line["text"], PROMPT_CHARACTERS), cut(gold, VERDICT_CHARACTERS)], len(line["text"]))
            index.add(line, known[sha256])
        indexes.append(index)
    prompts.flush()
    return prompts, golds, indexes


def verdict(score: ScoreLine | None) -> str:
    """One of ``VERDICTS``."""
    if score is None:
        return "not scored"
    if score["outcome"] != "ok":
        return BY_OUTCOME[score["outcome"]]
    return "correct" if score["score"] >= 1 else "partly" if score["score"] > 0 else "wrong"


def row_of(
    index: Index, run: int, line: GenerationLine, score: ScoreLine | None, prompt: int | None
) -> dict[str, int | str | None]:
    """What the list knows of one generation and its score."""
    extracted = score["extracted"] if score else None
    doc = (line["id"], (score.get("language") if score else None) or "", -1 if prompt is None else prompt)
    return {
        "run": run,
        "task": index.tasks[line["task"]],
        "mode": CONDITIONS.index(condition_of(line)),
        "budget": index.budgets[line["budget"]],
        "doc": index.docs[doc],
        "sample": line["sample"],
        "verdict": VERDICTS.index(verdict(score)),
        "score": round(1000 * score["score"]) if score else None,
        "extracted": None if extracted is None else extracted[:SHORT],
    }


def texts_of(line: GenerationLine, score: ScoreLine | None, limit: int) -> list[object]:
    """Thinking, answer and extracted answer, each no longer than the page has room for, and the facts beside them."""
    thinking, answer = spoken(line, "thinking"), spoken(line, "answer")
    extracted = score["extracted"] if score else None
    longest = max(limit // 2, limit - len(thinking), 1)
    shown = [cut(thinking, max(limit - len(answer), limit // 2)), cut(answer, longest)]
    return [*shown, None if extracted is None else cut(extracted, VERDICT_CHARACTERS), facts(line, score)]


def spoken_characters(line: GenerationLine) -> int:
    """How much was said."""
    return len(spoken(line, "thinking")) + len(spoken(line, "answer"))


def facts(line: GenerationLine, score: ScoreLine | None) -> dict[str, object]:
    """What the details pane says about a sample besides its texts; what is unknown or empty is left out."""
    told: Mapping[str, object] = score or {}
    found = {
        "outcome": told.get("outcome"),
        "score": told.get("score"),
        "metrics": told.get("metrics"),
        "detail": cut((score and score["detail"]) or "", VERDICT_CHARACTERS),
        "scorer": told.get("scorer"),
        "error": cut(line["error"], VERDICT_CHARACTERS),
        "forced": line["forced_stop"],
        "finish": line["finish_reason"],
        "tokens": line["tokens"],
        "seconds": line["latency_s"],
        "seed": line["seed"],
        "key": line["key"],
    }
    return {name: value for name, value in found.items() if value not in (None, "", {}, False)}
