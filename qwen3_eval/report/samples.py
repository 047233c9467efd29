"""Every sample of the runs, packed for the page's browser.

The page gets one index, which the list and the filters work on, and chunks of texts, which are
unpacked when a sample is opened or searched. Each is JSON, compressed with gzip and written as
base64: no byte that a model wrote stands in the page's source.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qwen3_eval.measure.summary import condition
from qwen3_eval.records.formats import GENERATIONS, PROMPTS, SCORES
from qwen3_eval.records.store import lines
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
VERDICTS = ("correct", "partly", "wrong", "no answer", "unfinished", "truncated", "failed", "not scored")
BY_OUTCOME = {
    "no_answer": "no answer",
    "unfinished": "unfinished",
    "truncated": "truncated",
    "error": "failed",
    "timeout": "failed",
    "refused": "failed",
}

Text = str | list[Any]


@dataclass(frozen=True, slots=True)
class Block:
    """One data block of the page: the id of its element, and its JSON."""

    name: str
    content: str


@dataclass(slots=True)
class Chunks:
    """Collects items and packs them whenever enough have come together. ``starts``: first item of each chunk."""

    name: str
    starts: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    count: int = 0
    _items: list[Any] = field(default_factory=list)
    _characters: int = 0

    def add(self, item: Any, characters: int) -> None:
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


def pack(name: str, value: Any) -> Block:
    """A JSON value as a block: gzip, base64, in quotes."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Block(name, f'"{base64.b64encode(gzip.compress(data, GZIP_LEVEL, mtime=0)).decode()}"')


class Names:
    """Gives equal values one small number, in the order of their first use."""

    def __init__(self, *values: Any) -> None:
        self.known: dict[Any, int] = {value: number for number, value in enumerate(values)}

    def __getitem__(self, value: Any) -> int:
        return self.known.setdefault(value, len(self.known))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.known)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a generation stands in the page's list (``rank``) and in its journal (``offset``)."""

    rank: tuple[Any, ...]
    run: int
    offset: int
    characters: int


@dataclass(slots=True)
class Index:
    """What the page's list knows of every sample, by columns."""

    runs: Sequence[str]
    tasks: Names = field(default_factory=Names)
    budgets: Names = field(default_factory=Names)
    docs: Names = field(default_factory=Names)
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, **values: Any) -> None:
        """One sample's values."""
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)

    def json(self, texts: Chunks, prompts: Chunks, golds: Sequence[str]) -> dict[str, Any]:
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


def sample_blocks(runs: Sequence[Path], names: Sequence[str], tasks: Sequence[str], lengths: Lengths) -> list[Block]:
    """Index, texts and prompts of all runs. ``names``: of the runs; ``tasks``: their order.

    The journals are long, so that ``lengths`` is filled on the way.

    Raises UsageError naming file and line where a journal is damaged.
    """
    places = sorted(find_places(runs, tasks), key=lambda place: place.rank)
    limit = character_limit([place.characters for place in places], PAGE_CHARACTERS)
    prompts, golds, numbers = read_prompts(runs)
    index, texts = Index(names), Chunks("texts")
    scores = [{line["key"]: line for _, line in lines(run / SCORES)} for run in runs]
    for run, line in read_places(runs, places):
        score = scores[run].get(line["key"])
        lengths.add(run, line, score or {})
        add_sample(index, texts, run, line, score, numbers[run], limit)
    texts.flush()
    return [pack("index", index.json(texts, prompts, golds)), *texts.blocks, *prompts.blocks]


def find_places(runs: Sequence[Path], tasks: Sequence[str]) -> Iterator[Place]:
    """The latest generation of each key."""
    order = {task: number for number, task in enumerate(tasks)}
    for number, run in enumerate(runs):
        found: dict[str, Place] = {}
        for offset, line in lines(run / GENERATIONS):
            task = order.get(line["task"], len(order))
            budget = float("inf") if line["budget"] is None else line["budget"]
            mode = -CONDITIONS.index(condition_of(line))
            rank = (task, line["task"], natural(line["id"]), line["sample"], number, mode, budget)
            found[line["key"]] = Place(rank, number, offset, len(line["thinking"]) + len(line["answer"]))
        yield from found.values()


def condition_of(line: Mapping[str, Any]) -> str:
    """One of ``CONDITIONS``; a line of any journal tells it."""
    return condition(line.get("protocol", "chat"), line["mode"])


@functools.lru_cache(maxsize=1 << 17)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which ``test/2`` comes before ``test/10``."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def read_places(runs: Sequence[Path], places: Iterable[Place]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Run number and journal line of each place."""
    files = [open(run / GENERATIONS, "rb") if (run / GENERATIONS).is_file() else None for run in runs]  # noqa: SIM115
    try:
        for place in places:
            file = files[place.run]
            if file is not None:
                file.seek(place.offset)
                yield place.run, json.loads(file.readline())
    finally:
        for file in files:
            if file is not None:
                file.close()


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
    """The text, or ``[head, number of characters left out, tail]`` when it is longer than ``limit``.

    No mark is cut from its letter.
    """
    if len(text) <= limit:
        return text
    head = whole_end(text, limit * 2 // 3)
    tail = whole_end(text, len(text) - (limit - limit * 2 // 3))
    return [text[:head], tail - head, text[tail:]]


def whole_end(text: str, at: int) -> int:
    """The last place up to ``at`` before a letter with all its marks; ``at`` itself where marks go on and on."""
    for place in range(at, max(at - MOST_MARKS, 0), -1):
        joined = text[place - 1] == JOINER or text[place] == JOINER
        if not joined and not unicodedata.category(text[place]).startswith("M"):
            return place
    return at


def read_prompts(runs: Sequence[Path]) -> tuple[Chunks, list[str], list[dict[Any, int]]]:
    """Prompt texts with their gold answers, the golds in short, and for each run the prompts' numbers."""
    prompts, golds = Chunks("prompts"), []
    numbers: list[dict[Any, int]] = []
    known: dict[str, int] = {}
    for run in runs:
        of_run: dict[Any, int] = {}
        for _, line in lines(run / PROMPTS):
            sha256 = line["prompt_sha256"]
            if sha256 not in known:
                known[sha256] = prompts.count
                gold = gold_text(line["target"])
                golds.append(gold[:SHORT])
                prompts.add([cut(line["text"], PROMPT_CHARACTERS), cut(gold, VERDICT_CHARACTERS)], len(line["text"]))
            of_run[sha256] = of_run[line["task"], line["id"], condition_of(line)] = known[sha256]
        numbers.append(of_run)
    prompts.flush()
    return prompts, golds, numbers


def gold_text(target: Any) -> str:
    """A doc's target for reading."""
    return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)


def verdict(score: Mapping[str, Any] | None) -> str:
    """One of ``VERDICTS``."""
    if score is None:
        return "not scored"
    if score["outcome"] != "ok":
        return BY_OUTCOME[score["outcome"]]
    return "correct" if score["score"] >= 1 else "partly" if score["score"] > 0 else "wrong"


def add_sample(
    index: Index,
    texts: Chunks,
    run: int,
    line: Mapping[str, Any],
    score: Mapping[str, Any] | None,
    numbers: Mapping[Any, int],
    limit: int,
) -> None:
    """Adds one generation and its score to the index and to the texts."""
    score = score or {}
    where = (line["task"], line["id"], condition_of(line))
    prompt = numbers.get(line["prompt_sha256"], numbers.get(where, -1))
    extracted = score.get("extracted")
    doc = (line["id"], score.get("language") or "", prompt)
    index.add(
        run=run,
        task=index.tasks[line["task"]],
        mode=CONDITIONS.index(condition_of(line)),
        budget=index.budgets[line["budget"]],
        doc=index.docs[doc],
        sample=line["sample"],
        verdict=VERDICTS.index(verdict(score or None)),
        score=round(1000 * score["score"]) if score else None,
        extracted=None if extracted is None else extracted[:SHORT],
    )
    thinking, answer = spoken(line, "thinking"), spoken(line, "answer")
    longest = max(limit // 2, limit - len(thinking), 1)
    shown = [cut(thinking, max(limit - len(answer), limit // 2)), cut(answer, longest)]
    item = [*shown, None if extracted is None else cut(extracted, VERDICT_CHARACTERS), facts(line, score)]
    texts.add(item, min(limit, len(thinking) + len(answer)) + 200)


def spoken(line: Mapping[str, Any], part: str) -> str:
    """Thinking or answer of a generation; of a conversation all of them, each under the number of its reply."""
    replies = line.get("replies") or ()
    if len(replies) < 2:
        return str(line[part])
    parts = [f"[reply {number}]\n{reply[part]}" for number, reply in enumerate(replies, 1) if reply[part]]
    return "\n\n".join(parts)


def facts(line: Mapping[str, Any], score: Mapping[str, Any]) -> dict[str, Any]:
    """What the details pane says about a sample besides its texts; what is unknown or empty is left out."""
    found = {
        "outcome": score.get("outcome"),
        "score": score.get("score"),
        "metrics": score.get("metrics"),
        "detail": cut(score.get("detail") or "", VERDICT_CHARACTERS),
        "scorer": score.get("scorer"),
        "error": cut(line["error"], VERDICT_CHARACTERS),
        "forced": line["forced_stop"],
        "finish": line["finish_reason"],
        "tokens": line["tokens"],
        "seconds": line["latency_s"],
        "seed": line["seed"],
        "key": line["key"],
    }
    return {name: value for name, value in found.items() if value not in (None, "", {}, False)}
