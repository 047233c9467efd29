"""Questions that two runs answered differently, with an answer of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qwen3_eval.compare.pairs import Compared, Comparison, common
from qwen3_eval.records.formats import GENERATIONS, PROMPTS, SCORES
from qwen3_eval.records.samples import Cell
from qwen3_eval.records.store import lines
from qwen3_eval.report.samples import gold_text, spoken, verdict, whole_end

PER_TASK = 200
CHARACTERS = 4_000
# A cell and the id of a question.
Place = tuple[Cell, str]


@dataclass(frozen=True, slots=True)
class Side:
    """A sample of one run: mean of the question's samples, verdict, extracted answer, the scorer's reason, answer."""

    mean: float
    verdict: str
    extracted: str | None
    detail: str
    answer: str


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose score moved: ``lost`` or ``won``, prompt and gold, and a sample before and after."""

    id: str
    way: str
    prompt: str
    gold: str
    before: Side
    after: Side


def flips_of(found: Comparison) -> dict[Cell, list[Flip]]:
    """The questions that moved most in each cell, at most ``PER_TASK`` a task over all its cells.

    Of each run the sample that shows it best: of the side that is better a best one, of the other a worst one.
    """
    chosen = {(one.cell, name) for one in found.cells for name in chosen_names(found, one)}
    before = _Samples(found.before.source, chosen, {place: _fell(found, place) for place in chosen})
    after = _Samples(found.after.source, chosen, {place: not _fell(found, place) for place in chosen})
    return {
        one.cell: [_flip(found, (one.cell, name), before, after) for name in chosen_names(found, one)]
        for one in found.cells
    }


def chosen_names(found: Comparison, one: Compared) -> list[str]:
    """The questions of a cell that are shown, those that moved most first."""
    cells = Counter(each.cell.task for each in found.cells)[one.cell.task]
    moved = {name: _change(found, (one.cell, name)) for name in common(*_both(found, one.cell))}
    names = sorted((name for name, by in moved.items() if abs(by) > 1e-9), key=lambda name: (-abs(moved[name]), name))
    return names[: max(1, PER_TASK // cells)]


def _both(found: Comparison, cell: Cell) -> Any:
    return found.before.cells[cell], found.after.cells[cell]


def _change(found: Comparison, place: Place) -> float:
    before, after = _both(found, place[0])
    return float(after.means[place[1]][0] - before.means[place[1]][0])


def _fell(found: Comparison, place: Place) -> bool:
    return _change(found, place) < 0


class _Samples:
    """One sample of each chosen question of a run, with its texts."""

    def __init__(self, run_dir: Path, chosen: set[Place], best: Mapping[Place, bool]) -> None:
        self.scores: dict[Place, dict[str, Any]] = {}
        for _, line in lines(run_dir / SCORES):
            place = place_of(line)
            if place in chosen:
                kept = self.scores.get(place, line)
                self.scores[place] = max(kept, line, key=lambda each: each["score"] * (1 if best[place] else -1))
        keys = {line["key"] for line in self.scores.values()}
        self.generations = {line["key"]: line for _, line in lines(run_dir / GENERATIONS) if line["key"] in keys}
        wanted = {line["prompt_sha256"] for line in self.generations.values()}
        found = (line for _, line in lines(run_dir / PROMPTS) if line["prompt_sha256"] in wanted)
        self.prompts = {line["prompt_sha256"]: (line["text"], gold_text(line["target"])) for line in found}

    def side(self, place: Place, mean: float) -> Side:
        """What is shown of a question's sample."""
        score = self.scores[place]
        generation = self.generations.get(score["key"])
        extracted = score["extracted"]
        return Side(
            mean=mean,
            verdict=verdict(score),
            extracted=None if extracted is None else shortened(extracted),
            detail=shortened(score["detail"] or ""),
            answer=shortened(spoken(generation, "answer")) if generation else "",
        )

    def prompt(self, place: Place) -> tuple[str, str]:
        """Prompt and gold of a question; empty where the run did not keep them."""
        generation = self.generations.get(self.scores[place]["key"], {})
        return self.prompts.get(generation.get("prompt_sha256", ""), ("", ""))


def place_of(line: Mapping[str, Any]) -> Place:
    """What a line of a journal is about."""
    return Cell(line["task"], line["mode"], line["budget"], line.get("protocol", "chat")), line["id"]


def _flip(found: Comparison, place: Place, before: _Samples, after: _Samples) -> Flip:
    one, other = _both(found, place[0])
    prompt, gold = after.prompt(place)
    return Flip(
        id=place[1],
        way="lost" if _fell(found, place) else "won",
        prompt=shortened(prompt),
        gold=shortened(gold),
        before=before.side(place, one.means[place[1]][0]),
        after=after.side(place, other.means[place[1]][0]),
    )


def shortened(text: str) -> str:
    """The text, without its middle where it is long."""
    if len(text) <= CHARACTERS:
        return text
    head = whole_end(text, CHARACTERS - CHARACTERS // 3)
    tail = whole_end(text, len(text) - CHARACTERS // 3)
    return f"{text[:head]}\n[… {tail - head:,} characters left out …]\n{text[tail:]}"


def moved(one: Compared) -> int:
    """How many questions of a cell have another score."""
    return one.difference.wins + one.difference.losses


def shown(flips: Mapping[Cell, Sequence[Flip]], cells: Sequence[Compared]) -> Iterator[tuple[Compared, Sequence[Flip]]]:
    """The cells in which something moved, with what is shown of it."""
    return ((one, flips[one.cell]) for one in cells if flips[one.cell])
