"""What a judge was asked, rendered once more: the journal keeps the digest of a prompt alone.

A prompt that comes out with another digest is not shown. Nothing is fetched: a benchmark whose rows are not on this
machine has no prompts here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qwen3_eval import data
from qwen3_eval.records.formats import GenerationLine, JudgmentLine
from qwen3_eval.records.keys import messages_sha256
from qwen3_eval.records.record import RunRecord
from qwen3_eval.task.judged import Judged
from qwen3_eval.task.registry import Registry
from qwen3_eval.types import Doc, JudgeCall, Message, Prompt, UsageError

# Stands for an answer, to find where it stands in a prompt.
HOLE = "\ue000the answer\ue001"
# A question of so many characters is kept apart, so that all prompts about it share it.
LONG = 200
# What code of a benchmark raises on what it was not made for.
UNRENDERED = (KeyError, IndexError, TypeError, ValueError, AttributeError)
AT_HAND = ("generated", "mirror", "cache", "part of mirror")
# The texts of a message; None stands for the answer.
Pieces = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class ShownPrompt:
    """A prompt of a judge: role and texts of each message, or why it cannot be shown."""

    messages: Sequence[tuple[str, Pieces]] = ()
    why: str = ""


@dataclass(slots=True)
class JudgePrompts:
    """Renders the prompts of a run's judge; the rows of a benchmark are read when one of its prompts is wanted."""

    record: RunRecord
    registry: Registry
    _docs: dict[str, Mapping[str, Doc] | str] = field(default_factory=dict)

    def of(self, answer: GenerationLine, lines: Sequence[JudgmentLine]) -> list[ShownPrompt]:
        """What the judge was asked in each of the calls about an answer; lines: in the order in which they were made.

        Of each call all attempts before one that is shown have to be there.
        """
        task = self.registry.tasks.get(answer["task"])
        if not isinstance(task, Judged):
            return [ShownPrompt(why="the task is not installed here")] * len(lines)
        docs = self._found(task)
        doc = docs.get(answer["id"]) if not isinstance(docs, str) else None
        if doc is None:
            why = docs if isinstance(docs, str) else "its question is not in the rows that are here"
            return [ShownPrompt(why=why)] * len(lines)
        try:
            return list(rendered(task, task.for_sample(doc, answer["sample"]), answer["answer"], lines))
        except UNRENDERED as error:
            return [ShownPrompt(why=f"the task as it is here cannot make it: {type(error).__name__}")] * len(lines)

    def _found(self, task: Judged) -> Mapping[str, Doc] | str:
        name = task.spec.name
        if name not in self._docs:
            self._docs[name] = self._read(task)
        return self._docs[name]

    def _read(self, task: Judged) -> Mapping[str, Doc] | str:
        """The docs of a benchmark by their ids, or why there are none."""
        spec, told = task.spec, self.record.manifest.config
        folder = Path(told.data_dir) if told.data_dir and Path(told.data_dir).is_dir() else None
        sources = [spec.source, *([tuple(spec.tables.values())] if spec.tables else [])]
        try:
            if not all(data.available(each, folder).startswith(AT_HAND) for each in sources):
                return "its rows are not on this machine"
            wanted = {each.id for each in self.record.answered.values() if each.cell.task == spec.name}
            docs = data.docs(task, folder, draw_seed=told.draw_seed)
            return {doc.id: doc for doc in docs if doc.id in wanted}
        except UsageError as error:
            return f"its rows cannot be read: {error}"


def rendered(task: Judged, doc: Doc, answer: str, lines: Iterable[JudgmentLine]) -> Iterable[ShownPrompt]:
    """The prompts of the calls about one answer. Raises what the code of a benchmark may."""
    calls = {call.name: call for call in task.calls(doc, answer)}
    holes = {call.name: call.prompt for call in task.calls(doc, HOLE)}
    replies: dict[str, list[str]] = {}
    for line in lines:
        before = replies.setdefault(line["call"], [])
        call = calls.get(line["call"])
        prompt = _asked(task, doc, call, before[: line["attempt"]]) if call else None
        before.append(line["reply"])
        if prompt is None or messages_sha256(prompt) != line["prompt_sha256"].lower():
            yield ShownPrompt(why="the task as it is here asks otherwise")
        else:
            yield ShownPrompt(list(_messages(prompt, holes.get(line["call"]), answer, doc.question)))


def _asked(task: Judged, doc: Doc, call: JudgeCall, replies: Sequence[str]) -> Prompt | None:
    return task.again(doc, call, replies) if replies else call.prompt


def _messages(prompt: Prompt, hole: Prompt | None, answer: str, question: str) -> Iterable[tuple[str, Pieces]]:
    """Role and texts of each message; where the answer stands is known of the messages that are asked first."""
    known: Sequence[Message] = hole.messages if hole else ()
    for number, message in enumerate(prompt.messages):
        text = known[number].content if number < len(known) else message.content
        yield message.role, list(shared(split(message.content, text, answer), question))


def split(text: str, hole: str, answer: str) -> Pieces:
    """A text in parts, with None for the answer where ``hole``, which is the text for HOLE as an answer, has it."""
    parts = hole.split(HOLE)
    if len(parts) == 1 or not any(said.join(parts) == text for said in (answer, answer.strip())):
        return [text]
    found: list[str | None] = [parts[0]]
    for part in parts[1:]:
        found += [None, part]
    return [part for part in found if part != ""]


def shared(pieces: Pieces, question: str) -> Iterator[str | None]:
    """The same, with a long question in a part of its own."""
    for piece in pieces:
        if piece is None or len(question) < LONG or question not in piece:
            yield piece
            continue
        before, _, after = piece.partition(question)
        yield from filter(None, (before, question, after))
