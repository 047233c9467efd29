"""Questions that two runs answered differently, with an answer of each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qwen3_eval.compare.baseline import CellScores
from qwen3_eval.compare.pairs import Comparison, PairedCell, common
from qwen3_eval.records.lines import spoken
from qwen3_eval.records.record import RunRecord
from qwen3_eval.report.judged import SaidCall, is_judged, said_calls
from qwen3_eval.report.packed import whole_end
from qwen3_eval.report.samples import gold_of, verdict
from qwen3_eval.types import Cell, Scored

PER_TASK = 200
CHARACTERS = 4_000
# A cell and the id of a question, or of a doc.
Place = tuple[Cell, str]


@dataclass(frozen=True, slots=True)
class FlipSide:
    """A sample of one run: mean of the question's samples, verdict, extracted answer, the scorer's reason, answer.

    judge, calls: who judged it, and what was said; empty where nobody did.
    """

    mean: float
    verdict: str
    extracted: str | None
    detail: str
    answer: str
    judge: str = ""
    calls: Sequence[SaidCall] = ()


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose score moved: ``lost`` or ``won``, prompt and gold, and a sample before and after."""

    id: str
    way: str
    prompt: str
    gold: str
    before: FlipSide
    after: FlipSide


def flips_of(found: Comparison) -> dict[Cell, list[Flip]]:
    """The questions that moved most in each cell, at most ``PER_TASK`` a task over all its cells.

    Of each run the sample that shows it best: of the side that is better a best one, of the other a worst one.
    """
    chosen = {one.cell: chosen_names(found, one) for one in found.cells}
    docs = _docs(found, chosen)
    before = _Samples(found.before.record, {doc: _fell(found, place) for place, doc in docs.items()})
    after = _Samples(found.after.record, {doc: not _fell(found, place) for place, doc in docs.items()})
    return {
        cell: [_flip(found, (cell, name), docs[cell, name], before, after) for name in names]
        for cell, names in chosen.items()
    }


def _docs(found: Comparison, chosen: Mapping[Cell, Sequence[str]]) -> dict[Place, Place]:
    """The doc that is shown of each question: of several that are one, the lowest of the run that is worse."""
    places = {(cell, name) for cell, names in chosen.items() for name in names}
    lowest: dict[Place, tuple[float, str]] = {}
    for run, fell in ((found.before, False), (found.after, True)):
        assert run.record is not None, "runs are compared, not files"
        for row in run.record.scored.values():
            if row.cell not in chosen:
                continue
            place = row.cell, run.cells[row.cell].metric.question_of(row.question)
            if place in places and _fell(found, place) == fell:
                lowest[place] = min(lowest.get(place, (math.inf, "")), (row.value, row.question.id))
    return {place: (place[0], doc) for place, (_, doc) in lowest.items()}


def chosen_names(found: Comparison, one: PairedCell) -> list[str]:
    """The questions of a cell that are shown, those that moved most first."""
    cells = Counter(each.cell.task for each in found.cells)[one.cell.task]
    moved = {name: _change(found, (one.cell, name)) for name in common(*_both(found, one.cell))}
    names = sorted((name for name, by in moved.items() if abs(by) > 1e-9), key=lambda name: (-abs(moved[name]), name))
    return names[: max(1, PER_TASK // cells)]


def _both(found: Comparison, cell: Cell) -> tuple[CellScores, CellScores]:
    return found.before.cells[cell], found.after.cells[cell]


def _change(found: Comparison, place: Place) -> float:
    before, after = _both(found, place[0])
    return after.means[place[1]][0] - before.means[place[1]][0]


def _fell(found: Comparison, place: Place) -> bool:
    return _change(found, place) < 0


class _Samples:
    """One sample of each chosen question of a run, with its texts."""

    def __init__(self, record: RunRecord | None, best: Mapping[Place, bool]) -> None:
        assert record is not None, "runs are compared, not files"
        kept: dict[Place, tuple[bytes, Scored]] = {}
        for key, scored in record.scored.items():
            place = scored.cell, scored.question.id
            if place in best:
                sign = 1 if best[place] else -1
                kept[place] = max(kept.get(place, (key, scored)), (key, scored), key=lambda each: sign * each[1].value)
        self.scores = {place: record.score(scored) for place, (_, scored) in kept.items()}
        keys = (key for key, _ in kept.values() if key in record.answered)
        self.generations = {key.hex(): record.generation(record.answered[key]) for key in keys}
        wanted = {line["prompt_sha256"] for line in self.generations.values()}
        found = (record.prompt(each) for each in record.prompts if each.sha256 in wanted)
        self.prompts = {line["prompt_sha256"]: (shortened(line["text"]), gold_of(line)) for line in found}
        self.manifest = record.manifest
        self.said = {key.hex(): said_calls(record, key) for key, _ in kept.values()} if self.manifest.judge else {}
        record.forget()

    def side(self, place: Place, mean: float) -> FlipSide:
        """What is shown of a question's sample."""
        score = self.scores[place]
        generation = self.generations.get(score["key"].lower())
        extracted = score["extracted"]
        return FlipSide(
            mean=mean,
            verdict=verdict(score, judged=is_judged(self.manifest, score["task"])),
            extracted=None if extracted is None else shortened(extracted),
            detail=shortened(score["detail"] or ""),
            answer=shortened(spoken(generation, "answer")) if generation else "",
            judge=self.manifest.judge.model if self.manifest.judge else "",
            calls=[replace(call, reply=shortened(call.reply)) for call in self.said.get(score["key"].lower(), ())],
        )

    def prompt(self, place: Place) -> tuple[str, str]:
        """Prompt and gold of a question; empty where the run did not keep them."""
        generation = self.generations.get(self.scores[place]["key"].lower())
        return self.prompts.get(generation["prompt_sha256"], ("", "")) if generation else ("", "")


def _flip(found: Comparison, place: Place, doc: Place, before: _Samples, after: _Samples) -> Flip:
    one, other = _both(found, place[0])
    prompt, gold = after.prompt(doc)
    return Flip(
        id=doc[1],
        way="lost" if _fell(found, place) else "won",
        prompt=prompt,
        gold=shortened(gold),
        before=before.side(doc, one.means[place[1]][0]),
        after=after.side(doc, other.means[place[1]][0]),
    )


def shortened(text: str) -> str:
    """The text, without its middle where it is long."""
    if len(text) <= CHARACTERS:
        return text
    head = whole_end(text, CHARACTERS - CHARACTERS // 3)
    tail = whole_end(text, len(text) - CHARACTERS // 3)
    return f"{text[:head]}\n[… {tail - head:,} characters left out …]\n{text[tail:]}"


def moved(one: PairedCell) -> int:
    """How many questions of a cell have another score."""
    return one.difference.wins + one.difference.losses


def shown(
    flips: Mapping[Cell, Sequence[Flip]], cells: Sequence[PairedCell]
) -> Iterator[tuple[PairedCell, Sequence[Flip]]]:
    """The cells in which something moved, with what is shown of it."""
    return ((one, flips[one.cell]) for one in cells if flips[one.cell])
