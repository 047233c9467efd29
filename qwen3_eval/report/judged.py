"""What a judge said about the samples of a run, as the page's browser for samples takes it.

The replies of a sample are read when its turn comes, and forgotten after it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from qwen3_eval.metrics import SCALES
from qwen3_eval.records.formats import GenerationLine, JudgmentLine
from qwen3_eval.records.manifest import Manifest
from qwen3_eval.records.record import RunRecord
from qwen3_eval.report.judge_prompts import JudgePrompts, Pieces, ShownPrompt
from qwen3_eval.report.packed import Chunks, cut
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import Cell, Unread

REPLY_CHARACTERS = 24_000
PIECE_CHARACTERS = 60_000
# A text in a verdict that is no mark but a reason for one.
REASON = 60
SAID_CHARACTERS = 400
FENCE = re.compile(r"^```[a-z]*\s*|\s*```$")
WHY: Mapping[Unread, str] = {
    "refused": "the judge refused",
    "failed": "the call failed",
    "too_long": "the prompt is longer than the judge's context",
    "thinking": "it was still thinking at its token limit",
    "empty": "the reply is empty",
    "cut": "the reply was cut off before a verdict",
    "no_verdict": "the parse rule reads no verdict in it",
}
# How the worst of a sample's calls came out, from bad to good; the last for samples that no judge was asked about.
STATES = ("unread", "read by the lenient rule alone", "read", "not judged")
UNREAD, LENIENT, READ, NOT_JUDGED = range(len(STATES))
# Of one of several answers in a prompt, the letter that its heading gives it.
PLACE = re.compile(r"(?<![A-Za-z])([A-H])(?![A-Za-z])")
THE_ANSWER = -1


@dataclass(slots=True)
class PromptPieces:
    """The texts of all prompts of judges, each once."""

    chunks: Chunks = field(default_factory=lambda: Chunks("pieces"))
    _known: dict[bytes, int] = field(default_factory=dict)

    def numbers(self, pieces: Pieces) -> list[int]:
        """The numbers of some texts; ``THE_ANSWER`` for the answer."""
        return [THE_ANSWER if piece is None else self._number(piece) for piece in pieces]

    def _number(self, text: str) -> int:
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if key not in self._known:
            self._known[key] = self.chunks.count
            self.chunks.add(cut(text, PIECE_CHARACTERS), min(len(text), PIECE_CHARACTERS))
        return self._known[key]


@dataclass(slots=True)
class SampleCalls:
    """What the judge was asked about one sample, as JSON. state: of ``STATES``, the worst of its calls."""

    state: int = NOT_JUDGED
    calls: list[dict[str, object]] = field(default_factory=list)
    characters: int = 0


@dataclass(slots=True)
class RunJudgments:
    """What the judge of a run said, sample by sample."""

    record: RunRecord
    prompts: JudgePrompts
    pieces: PromptPieces

    @classmethod
    def of_run(cls, record: RunRecord, registry: Registry, pieces: PromptPieces) -> RunJudgments | None:
        """None for a run without a judge."""
        return cls(record, JudgePrompts(record, registry), pieces) if record.manifest.judge else None

    @property
    def lenient(self) -> bool:
        """Whether the lenient rule decides."""
        judge = self.record.manifest.judge
        return judge is not None and judge.parse == "lenient"

    def of(self, key: bytes, answer: GenerationLine) -> SampleCalls:
        """What is shown of one sample. Raises UsageError naming file and line of a damaged journal."""
        lines = [self.record.judgment(each.offset) for each in self.record.judgments.get(key, ())]
        found = SampleCalls()
        if not lines:
            return found
        prompts = self.prompts.of(answer, lines)
        by_call: dict[str, list[tuple[JudgmentLine, ShownPrompt]]] = {}
        for line, prompt in zip(lines, prompts, strict=True):
            by_call.setdefault(line["call"], []).append((line, prompt))
        for name, attempts in by_call.items():
            state, call = self._call(name, attempts)
            found.state = min(found.state, state)
            found.calls.append(call)
        found.characters = sum(min(len(line["reply"]) + len(line["thinking"]), REPLY_CHARACTERS) for line in lines)
        return found

    def _call(self, name: str, attempts: Sequence[tuple[JudgmentLine, ShownPrompt]]) -> tuple[int, dict[str, object]]:
        last = attempts[-1][0]
        used = last["lenient"] if self.lenient else last["verdict"]
        only = last["verdict"] is None and last["lenient"] is not None
        state = UNREAD if used is None and not only else LENIENT if only else READ
        value = last["lenient"] if only else used
        shown = shown_verdict(value)
        said = shown.get("said") or reasons_in(last["reply"])
        found: dict[str, object] = {
            "name": name,
            "state": state,
            "used": used is not None,
            "place": place_of(attempts[0][1]),
            **shown,
            "said": [each[:SAID_CHARACTERS] for each in said],
            "attempts": [self._attempt(line, prompt) for line, prompt in attempts],
        }
        return state, {key: value for key, value in found.items() if value not in (None, "", [])}

    def _attempt(self, line: JudgmentLine, prompt: ShownPrompt) -> dict[str, object]:
        thinking = cut(line["thinking"], REPLY_CHARACTERS // 2)
        found = {
            "reply": cut(line["reply"], REPLY_CHARACTERS // 2),
            "thinking": thinking,
            "why": why_unread(line, lenient=self.lenient),
            "asked": [[role, self.pieces.numbers(texts)] for role, texts in prompt.messages],
            "unshown": prompt.why,
            "sha256": line["prompt_sha256"],
            "tokens": {name: count for name, count in line["tokens"].items() if count},
            "seconds": line["latency_s"],
            "finish": line["finish_reason"],
        }
        return {name: value for name, value in found.items() if value not in (None, "", [], {})}


@dataclass(slots=True)
class Judgments:
    """What judges said in all runs of a page, and the texts that they were asked with."""

    runs: Sequence[RunJudgments | None]
    pieces: PromptPieces

    @classmethod
    def of_runs(cls, records: Sequence[RunRecord], registries: Sequence[Registry]) -> Judgments:
        """registries: the tasks as each run knows them."""
        pieces = PromptPieces()
        pairs = zip(records, registries, strict=True)
        return cls([RunJudgments.of_run(record, registry, pieces) for record, registry in pairs], pieces)

    def of(self, run: int, key: bytes, answer: GenerationLine) -> SampleCalls:
        """What is shown of one sample."""
        judged = self.runs[run]
        return judged.of(key, answer) if judged else SampleCalls()


@dataclass(frozen=True, slots=True)
class SaidCall:
    """What came of one call of a judge. label: its verdict in short, or that there is none. why: why there is none."""

    name: str
    label: str
    unread: bool
    why: str
    reply: str


def said_calls(record: RunRecord, key: bytes) -> list[SaidCall]:
    """What the judge said about an answer, of each call the last. Raises UsageError naming file and line of damage."""
    judge = record.manifest.judge
    lenient = judge is not None and judge.parse == "lenient"
    last = {each.call: each for each in record.judgments.get(key, ())}
    return [said_call(record.judgment(each.offset), lenient=lenient) for each in last.values()]


def said_call(line: JudgmentLine, *, lenient: bool) -> SaidCall:
    """A call for reading."""
    used = line["lenient"] if lenient else line["verdict"]
    shown = shown_verdict(used)
    marks = ", ".join(f"{name} {value}" for name, value in shown.get("marks", ()))
    label = "unread" if used is None else str(shown.get("verdict") or marks)
    return SaidCall(line["call"], label, used is None, why_unread(line, lenient=lenient), line["reply"])


def is_judged(manifest: Manifest, task: str) -> bool:
    """Whether a model judged the answers to a task."""
    return manifest.judge is not None and task in manifest.judge.tasks


def scale_in(manifest: Manifest, cell: Cell) -> float | None:
    """What a score of 1 stands for in the unit of its task; None where no judge gave it."""
    entry = manifest.entry(cell)
    return SCALES.get(entry.unit, 100.0) if entry and is_judged(manifest, cell.task) else None


def why_unread(line: JudgmentLine, *, lenient: bool) -> str:
    """Why nothing was read in a reply; empty where something was."""
    if (line["lenient"] if lenient else line["verdict"]) is not None:
        return ""
    if line["lenient"] is not None:
        return "the official rule reads no verdict in it, the lenient one does"
    words = WHY[line.get("unread") or "no_verdict"]
    return f"{words}: {line['error']}" if line["error"] else words


def shown_verdict(value: object) -> dict[str, Any]:
    """A verdict for reading. verdict: in short. marks: names and values of one that has parts. said: its reasons."""
    if not isinstance(value, Mapping):
        return {"verdict": "" if value is None else spelled(value)}
    reasons = [each for each in value.values() if isinstance(each, str) and len(each) > REASON]
    parts = {name: each for name, each in value.items() if isinstance(each, Mapping)}
    own = [(str(name), spelled(each)) for name, each in value.items() if name not in parts and each not in reasons]
    marks = [(str(name), spelled(each)) for part in parts.values() for name, each in part.items()]
    if len(own) == 1:
        return {"verdict": own[0][1], "marks": marks, "said": reasons}
    return {"marks": [*own, *marks], "said": reasons}


def reasons_in(reply: str) -> list[str]:
    """The texts of a reply that is a JSON object, fenced or not; none of another."""
    try:
        found = json.loads(FENCE.sub("", reply.strip()))
    except (ValueError, RecursionError):
        return []
    texts = found.values() if isinstance(found, dict) else ()
    return [each for each in texts if isinstance(each, str) and len(each) > REASON]


def spelled(value: object) -> str:
    """A mark as text."""
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def place_of(prompt: ShownPrompt) -> str:
    """The letter in the heading above the answer, where the judge was shown several answers; else empty."""
    found = set(_places_in(prompt))
    return found.pop() if len(found) == 1 else ""


def _places_in(prompt: ShownPrompt) -> Iterator[str]:
    for _, pieces in prompt.messages:
        for before, piece in itertools.pairwise(pieces):
            if piece is None and before is not None:
                heading = next((line for line in reversed(before.splitlines()) if line.strip()), "")
                yield from PLACE.findall(heading)[-1:]
