"""How well a model uses tools: the intent, the form and the parameters of its calls.

The Qwen3 report says of its own benchmark that "the score includes accuracy in intent recognition, format accuracy,
and parameter accuracy" (section 4.7), and no more. Each of the three is a number from 0 to 1 for each turn of the user:

intent: 1 when the functions called are those that the turn asks for, each as often, or when nothing is called where
    nothing is to be called (T-Eval's ``name``, BFCL's relevance). Nothing said at all is no decision.
format: the share of calls that are of the form that the family's template asks for, name an offered function,
    have every required parameter, no unknown one, and the declared types (T-Eval's ``parse_rate``, the first half of
    BFCL's ``ast_checker``). Without a call it is 1 where none is to be made, else 0.
parameter: the share of the calls asked for that were made with equal arguments, in any order (T-Eval's ``args``). Where
    no call is to be made it is the intent.

Where a turn has several steps, three things are besides the point: lookups that were not asked for; calls that were
refused and then made again in a later step; and the way, if it leads from the right world to the right world and what
was asked for has been looked up, which makes intent and parameter 1 (the state and response checks of BFCL's multi-turn
categories, the database check of tau-bench).

A reply that holds a call in another format than the one that is read gives the doc an outcome of its own: what it
says is not known.

A doc's numbers are the means over its turns, and its score is the mean of the three, as T-Eval averages its abilities.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qwen3_eval.api import Doc, Score, tools

from .conversation import SINGLE, Made, Turn, encodable, play
from .world.domains import DOMAIN_OF, TOOLS
from .world.schema import canonical, folded
from .world.tools import World, copied

METRICS = ("intent", "format", "parameter")
LONGEST = 2_000
Call = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TurnAsked:
    """What a turn asks for, and the worlds before and after it.

    calls: those that count; lookups that only serve them are not. ask: the user must be asked for something.
    answers: results of the lookups that count, by call.
    """

    calls: tuple[Call, ...]
    ask: bool
    before: World
    after: World
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TurnMarks:
    """The three numbers of a turn, and why they are not 1."""

    intent: float = 0.0
    format: float = 0.0
    parameter: float = 0.0
    notes: tuple[str, ...] = field(default_factory=tuple)


def score_of(doc: Doc, answers: Sequence[str]) -> Score:
    """The score of a doc of ``tooluse``, by the answer parts of the replies."""
    if not any(answer.strip() for answer in answers):
        return Score.no_answer("nothing was said")
    turns, asked = play(doc, answers), asked_of(doc)
    if unread := [call.wrong for turn in turns for call in turn.calls if call.wrong.startswith(tools.UNREAD)]:
        return tools.unread_score(unread[0])
    marks = [mark_turn(doc, turns, number, each) for number, each in enumerate(asked)]
    means = {name: sum(getattr(each, name) for each in marks) / len(marks) for name in METRICS}
    solved = float(all(value == 1 for value in means.values()))
    notes = [f"turn {number}: {'; '.join(each.notes)}" for number, each in enumerate(marks, 1) if each.notes]
    return Score(
        sum(means.values()) / len(means),
        extracted=encodable(shown(turns)[:LONGEST]),
        metrics={**means, "solved": solved},
        detail=encodable(" | ".join(notes)[:LONGEST]),
    )


def asked_of(doc: Doc) -> list[TurnAsked]:
    """What each turn asks for: its calls are made on the world, one after the other."""
    world, before, found = copied(doc.meta["world"]), doc.meta["world"], []
    for number, steps in enumerate(doc.target):
        calls, answers = [], {}
        for call in (call for step in steps for call in step):
            result = TOOLS[call["name"]](world[DOMAIN_OF[call["name"]]], call["arguments"])
            if not call.get("lookup"):
                calls.append(call)
                answers[signature(call["name"], call["arguments"])] = json.dumps(result, ensure_ascii=False)
        found.append(TurnAsked(tuple(calls), number in doc.meta["asks"], before, copied(world), answers))
        before = found[-1].after
    return found


def mark_turn(doc: Doc, turns: Sequence[Turn], number: int, asked: TurnAsked) -> TurnMarks:
    """The marks of one turn. A turn that was not reached has 0 in everything."""
    if number >= len(turns) or not turns[number].steps:
        return TurnMarks(notes=("not reached",))
    turn = turns[number]
    if not any(step.answer.strip() for step in turn.steps):
        return TurnMarks(notes=("nothing was said",))
    wrong = tuple(dict.fromkeys(call.wrong for call in turn.calls if call.wrong))
    if not asked.calls:
        return _without_calls(doc, turn, asked, wrong)
    return _with_calls(doc, turns[: number + 1], asked, wrong)


def _without_calls(doc: Doc, turn: Turn, asked: TurnAsked, wrong: tuple[str, ...]) -> TurnMarks:
    may_look = asked.ask and doc.subset != SINGLE
    right = all(may_look and is_lookup(call) for call in turn.calls)
    note = "asked for nothing" if not asked.ask else "the user should have been asked"
    notes = wrong if right else (*wrong, f"{note}, called {names(call.name for call in turn.calls)}")
    return TurnMarks(float(right), form(turn.calls, 1.0), float(right), notes)


def _with_calls(doc: Doc, turns: Sequence[Turn], asked: TurnAsked, wrong: tuple[str, ...]) -> TurnMarks:
    turn, exact = turns[-1], doc.subset == SINGLE
    counted = turn.calls if exact else list(made_good(turn))
    missing = not_made(asked, counted if exact else [*counted, *lookups_before(turns)], exact)
    right = right_functions(asked, counted, exact)
    looked = all(TOOLS[call["name"]].changes for call in missing)
    if (right and not missing) or (not exact and looked and arrived(doc, turns, asked)):
        return TurnMarks(1.0, form(turn.calls, 1.0), 1.0, wrong)
    notes = list(wrong)
    if not right:
        called, wanted = names(call.name for call in counted), names(call["name"] for call in asked.calls)
        notes.append(f"called {called}, asked for {wanted}")
    notes += [f"not made: {written(call['name'], call['arguments'])}" for call in missing]
    parameter = 1 - len(missing) / len(asked.calls)
    return TurnMarks(float(right), form(turn.calls, 0.0), parameter, tuple(notes))


def arrived(doc: Doc, turns: Sequence[Turn], asked: TurnAsked) -> bool:
    """Whether the last turn led from the world in which it should have begun to the one in which it should end."""
    began = turns[-2].world if len(turns) > 1 else doc.meta["world"]
    known = frozenset(_ids(doc.meta["world"]))
    return same(turns[-1].world, asked.after, known) and same(began, asked.before, known)


def form(calls: Sequence[Made], without: float) -> float:
    """The share of calls in the asked form; ``without`` when there is none."""
    return sum(not call.wrong for call in calls) / len(calls) if calls else without


def made_good(turn: Turn) -> Iterator[Made]:
    """The calls of a turn, without those that were refused and then carried out in a later step."""
    for number, step in enumerate(turn.steps):
        later = {call.name for after in turn.steps[number + 1 :] for call in after.calls if not call.refused}
        yield from (call for call in step.calls if not (call.refused and call.name in later))


def lookups_before(turns: Sequence[Turn]) -> list[Made]:
    """Lookups of earlier turns: what is known need not be looked up again."""
    return [call for turn in turns[:-1] for call in turn.calls if is_lookup(call)]


def is_lookup(call: Made) -> bool:
    """Whether a call changes nothing and was carried out."""
    return not call.refused and not TOOLS[call.name].changes


def right_functions(asked: TurnAsked, made: Sequence[Made], exact: bool) -> bool:
    """Whether the functions asked for were called, each as often; further lookups count where ``exact``."""
    wanted, called = Counter(call["name"] for call in asked.calls), Counter(call.name for call in made)
    free = Counter() if exact else Counter(call.name for call in made if is_lookup(call))
    return all(wanted[name] <= called[name] <= wanted[name] + free[name] for name in wanted | called)


def not_made(asked: TurnAsked, made: Sequence[Made], exact: bool) -> list[Call]:
    """The calls asked for without one that is equal; unless ``exact``, a lookup with the same result is."""
    sound = [call for call in made if not call.wrong]
    left = Counter(signature(call.name, call.arguments) for call in sound)
    results = set() if exact else {(call.name, call.result) for call in sound if is_lookup(call)}
    missing = []
    for call in asked.calls:
        sign = signature(call["name"], call["arguments"])
        if left[sign]:
            left[sign] -= 1
        elif asked.answers[sign] == "[]" or (call["name"], asked.answers[sign]) not in results:
            missing.append(call)
    return missing


def signature(name: str, arguments: Mapping[str, object]) -> str:
    """A call as text that is equal for equal calls."""
    return f"{name} {canonical(arguments, TOOLS[name].schema)}"


def same(one: World, other: World, known: frozenset[str]) -> bool:
    """Whether two worlds are the same.

    Free text is compared without case, rows without their order, and new rows without their identifiers, which
    depend on the order in which they were made. known: the identifiers that were there before.
    """
    pairs = [(one[name], other[name]) for name in one if one[name] != other[name]]
    return all(_text(_settled(left, known)) == _text(_settled(right, known)) for left, right in pairs)


def _settled(value: object, known: frozenset[str]) -> object:
    if isinstance(value, dict):
        return {name: _settled(item, known) for name, item in value.items() if not (name == "id" and item not in known)}
    if isinstance(value, list):
        items = [_settled(item, known) for item in value]
        return sorted(items, key=_text) if any(isinstance(item, dict) for item in items) else items
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return folded(value) if isinstance(value, str) else value


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _ids(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (item for name, item in value.items() if name == "id")
        yield from (found for item in value.values() for found in _ids(item))
    elif isinstance(value, list):
        yield from (found for item in value for found in _ids(item))


def names(called: Iterable[str]) -> str:
    """``set_light (2), set_lock``."""
    counts = Counter(name[:80] or "something unreadable" for name in called)
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items()) or "nothing"


def written(name: str, arguments: Mapping[str, object]) -> str:
    """A call for a reader."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def shown(turns: Sequence[Turn]) -> str:
    """All calls that were made, a turn after the other."""
    said = [", ".join(written(call.name or "?", call.arguments) for call in turn.calls) for turn in turns if turn.steps]
    return " | ".join(text or "no call" for text in said)
