"""The course of a BFCL entry: what is asked in each turn, what calls returned, where a turn ends.

Source: ``bfcl_eval/model_handler/base_handler.py`` (``inference_multi_turn_FC``, ``inference_single_turn_FC``),
``bfcl_eval/_llm_response_generation.py`` (``process_multi_turn_test_case``) and ``bfcl_eval/constants`` of the
reference that ``grade`` names. A turn is the user's message and as many steps as the model takes:
its calls are executed and their results given back until a reply holds none that can be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from qwen3_eval.api import Message, Prompt, Reply, tools

from .calls import Call, NotDecoded, NotRead, calls_in, prose
from .schemas import Document, as_tools, schemas_shown

STEP_LIMIT = 20
# DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC
MORE_FUNCTIONS = "I have updated some more functions you can choose from. What about now?"
# What a doc has as its ``meta``; see ``grade``.
Entry = Mapping[str, Any]
Turns = list[list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class TurnStep:
    """One reply. turn: the number of the turn that it belongs to; calls: empty where it ended the turn."""

    turn: int
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A conversation so far. turn: the one that the next reply belongs to; None after the last."""

    steps: tuple[TurnStep, ...]
    turn: int | None

    @property
    def over(self) -> bool:
        """There is no next reply: the last turn has ended, or this one took more steps than it may."""
        return self.turn is None or sum(step.turn == self.turn for step in self.steps) > STEP_LIMIT

    def by_turn(self) -> list[list[tuple[Call, ...]]]:
        """The calls of each step of each turn that was begun, without steps that hold none."""
        turns = groupby(self.steps, key=lambda step: step.turn)
        return [[step.calls for step in steps if step.calls] for _, steps in turns]


def course(answers: Sequence[str], turns: int, schemas: Mapping[str, tools.Schema] | None = None) -> Course:
    """Tells the replies of a conversation apart into its turns. schemas: see ``calls_in``."""
    steps: list[TurnStep] = []
    turn = 0
    for answer in answers:
        if turn == turns:
            break
        calls = made_in(answer, schemas or {})
        steps.append(TurnStep(turn, calls))
        if not calls:
            turn += 1
    return Course(tuple(steps), turn if turn < turns else None)


def made_in(answer: str, schemas: Mapping[str, tools.Schema]) -> tuple[Call, ...]:
    """The calls of a step; none where they cannot be read, which ends the turn."""
    try:
        return tuple(calls_in(answer, schemas, quoted=True))
    except (NotDecoded, NotRead):
        return ()


def not_read(answers: Sequence[str], schemas: Mapping[str, tools.Schema]) -> str:
    """What is said of the first reply with a call in a format that is not read; empty where there is none."""
    for answer in answers:
        try:
            calls_in(answer, schemas, quoted=True)
        except NotDecoded:
            continue
        except NotRead as error:
            return str(error)
    return ""


def schemas_of(entry: Entry) -> dict[str, tools.Schema]:
    """The schemas of all functions of an entry, those that come later included."""
    later = (document for added in entry["later"].values() for document in added)
    return schemas_shown([*entry["documents"], *later], entry["category"])


def documents_at(entry: Entry, turn: int) -> list[Document]:
    """The functions that can be called in a turn: some are held back until the turn that ``later`` names."""
    later = [document for number, added in entry["later"].items() if int(number) <= turn for document in added]
    return [*entry["documents"], *later]


def prompt_at(
    entry: Entry,
    turn: int,
    replies: Sequence[Reply],
    steps: Sequence[TurnStep],
    results: Sequence[list[str]],
) -> Prompt:
    """The prompt for the next reply, in a turn. results: what the calls of each step returned."""
    messages: list[Message] = []
    begun = -1
    for reply, step, returned in zip(replies, steps, results, strict=True):
        messages += asked(entry, begun + 1, step.turn)
        begun = step.turn
        messages += [said(reply, step.calls), *(Message("tool", result) for result in returned)]
    messages += asked(entry, begun + 1, turn)
    return Prompt(tuple(messages), tools=as_tools(documents_at(entry, turn), entry["category"]))


def asked(entry: Entry, first: int, last: int) -> list[Message]:
    """The user's messages of some turns; a turn without one is where functions are added."""
    added = [{"role": "user", "content": MORE_FUNCTIONS}]
    turns: Turns = [entry["question"][turn] or added for turn in range(first, last + 1)]
    return [Message(message["role"], message["content"]) for turn in turns for message in turn]


def said(reply: Reply, calls: Sequence[Call]) -> Message:
    """A reply as part of the conversation."""
    made = tuple({"name": call.name, "arguments": call.arguments} for call in calls)
    return Message("assistant", prose(reply.answer) if made else reply.answer, reply.thinking, made)
