"""Conversations in the tool world, played again from the replies of a model.

A turn is one message of the user and the replies to it. A reply with calls gets their results, errors among them, and
another reply is asked for; a reply without calls ends the turn. In the part ``single_turn`` the first reply ends it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qwen3_eval.api import Doc, Message, Prompt, Reply, tools

from .world.domains import DOMAIN_OF, TOOLS
from .world.schema import FORM, faults
from .world.tools import World, copied
from .world.words import shown

SINGLE = "single_turn"
# A model that keeps calling is stopped after so many replies with calls; the user then goes on to the next turn.
MOST_STEPS = 8
# Calls beyond these are not carried out, nor are arguments that are nested deeper.
MOST_CALLS = 16
DEEPEST = 16
NO_CALL = "(no call)"
SYSTEM = """\
You are the assistant of one user, and you act through tools. Today is {today}.

- Call the tools for everything they can do, and do no more than the user asks for.
- Put calls that do not depend on each other into one reply.
- The user's word is enough. Never ask for confirmation.
- Copy titles, names and messages exactly as the user writes them, without the quotation marks.
- Leave out optional parameters that the request says nothing about.
- If a tool requires something that neither the user nor another tool has told you, ask the user instead of guessing.
- If no tool can do what is asked, or none is needed, answer in words without any call.
- A weekday means its next occurrence after today. All prices and transfers are in euros."""


@dataclass(frozen=True, slots=True)
class Made:
    """A call that a model made, and what became of it.

    readable: it is in the form that is read. wrong: why it is no call that a declaration allows; empty when it is one.
    refused: it was not carried out. result: what the model gets to read, as JSON.
    """

    name: str
    arguments: Mapping[str, object]
    readable: bool
    wrong: str
    refused: bool
    result: str


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """One reply of a model: its answer part and the calls in it."""

    answer: str
    calls: tuple[Made, ...]


@dataclass(slots=True)
class Turn:
    """The replies to one message of the user, and the world after them."""

    steps: list[PlayedStep] = field(default_factory=list)
    world: World = field(default_factory=dict)

    @property
    def calls(self) -> list[Made]:
        """All calls of the turn."""
        return [call for step in self.steps for call in step.calls]


def play(doc: Doc, answers: Sequence[str]) -> list[Turn]:
    """The turns that these replies make, the last of which may be open; one more than the user has when all is said.

    Answers after the end are left aside.
    """
    world: World = copied(doc.meta["world"])
    schemas = {name: TOOLS[name].schema for name in doc.meta["tools"]}
    turns = [Turn()]
    for answer in answers:
        if len(turns) > len(doc.meta["users"]):
            break
        calls = tools.parse_tool_calls(answer, schemas)[:MOST_CALLS]
        turns[-1].steps.append(PlayedStep(answer, tuple(perform(world, doc.meta["tools"], call) for call in calls)))
        if not calls or doc.subset == SINGLE or len(turns[-1].steps) == MOST_STEPS:
            turns[-1].world = copied(world)
            turns.append(Turn())
    turns[-1].world = world
    return turns


def perform(world: World, offered: Sequence[str], call: tools.ToolCall) -> Made:
    """Carries out a call, unless it is not one that a declaration allows."""
    if call.error or not shallow(call.arguments):
        wrong = call.error or f"arguments of {call.name[:80]} are nested too deeply"
        return Made(call.name, {}, readable=False, wrong=wrong, refused=True, result=_error(wrong))
    wrong, forbidden = _problems(offered, call)
    if wrong or forbidden:
        return Made(call.name, call.arguments, True, wrong, refused=True, result=_error(wrong or forbidden))
    result = TOOLS[call.name](world[DOMAIN_OF[call.name]], call.arguments)
    refused = isinstance(result, dict) and "error" in result
    return Made(call.name, call.arguments, True, "", refused, json.dumps(result, ensure_ascii=False))


def _error(message: str) -> str:
    return json.dumps({"error": message}, ensure_ascii=False)


def _problems(offered: Sequence[str], call: tools.ToolCall) -> tuple[str, str]:
    """What is wrong with the form of a call, and with its values; empty texts for a sound one."""
    if call.name not in offered:
        return f"unknown function {call.name[:80]!r}", ""
    found = list(faults(call.arguments, TOOLS[call.name].schema))
    wrong = [str(fault) for fault in found if fault.kind in FORM]
    values = [str(fault) for fault in found if fault.kind not in FORM]
    return _of(call, wrong), _of(call, values)


def _of(call: tools.ToolCall, problems: Sequence[str]) -> str:
    return f"{', '.join(problems[:5])} in {call.name}" if problems else ""


def shallow(value: object, depth: int = DEEPEST) -> bool:
    """Whether JSON values are nested no deeper than that."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(shallow(each, depth - 1) for each in inner)


def next_prompt(doc: Doc, replies: Sequence[Reply]) -> Prompt | None:
    """What a model is asked after these replies; None when the conversation is over."""
    turns = play(doc, [reply.answer for reply in replies])
    users = doc.meta["users"]
    if len(turns) > len(users):
        return None
    said = iter(replies)
    messages = [Message("system", SYSTEM.format(today=shown_today(doc)))]
    for user, turn in zip(users, turns, strict=False):
        messages.append(Message("user", user))
        for step in turn.steps:
            messages.append(as_message(next(said).thinking, step))
            messages += [Message("tool", encodable(call.result)) for call in step.calls]
    return Prompt(tuple(messages), tools=tuple(TOOLS[name].declaration() for name in doc.meta["tools"]))


def shown_today(doc: Doc) -> str:
    """``Wednesday, 12 March 2025 (2025-03-12)``."""
    return f"{shown(date.fromisoformat(doc.meta['today']))} ({doc.meta['today']})"


def as_message(thinking: str, step: PlayedStep) -> Message:
    """A reply as the chat template takes it; one with a call that cannot be read stands there as it was written."""
    if not step.calls or not all(call.readable for call in step.calls):
        return Message("assistant", step.answer, reasoning=thinking)
    made = tuple(_encodable({"name": call.name, "arguments": call.arguments}) for call in step.calls)
    return Message("assistant", tools.without_calls(step.answer), reasoning=thinking, tool_calls=made)


def encodable(text: str) -> str:
    """A text without lone surrogates, which JSON can bring in and no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _encodable(call: Mapping[str, object]) -> dict[str, Any]:
    return dict(json.loads(encodable(json.dumps(call, ensure_ascii=False))))


def recorded_replies(doc: Doc, calls: Sequence[object]) -> list[str]:
    """The replies that recorded calls stand for.

    calls: of ``single_turn`` a list of calls; of the other parts a list of turns, each a list of steps, each a list
    of calls, in a form in which records hold calls. Raises ValueError for anything else.
    """
    if doc.subset == SINGLE:
        return [tools.tool_call_text(tools.calls_of(calls)) or NO_CALL]
    if len(calls) > len(doc.meta["users"]):
        raise ValueError(f"there are {len(calls)} turns, and the user has {len(doc.meta['users'])}")
    replies: list[str] = []
    for turn in tools.turns_of(calls):
        steps = [tools.tool_call_text(step) for step in turn if step][:MOST_STEPS]
        replies += steps if len(steps) == MOST_STEPS else [*steps, NO_CALL]
    return replies
