"""Function calls from a request, with the functions listed in the prompt.

qwen3_eval's own family for the bundled demo model: one or two calls, chosen among three listed
functions, with arguments taken from the request.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qwen3_eval.api import Doc, Generated, Prompt, Sampling, Score, Task, task, tools

LISTED = 3
VALUES: dict[str, list[str]] = {
    "city": "Paris London Tokyo Madrid Berlin Jakarta Ankara Beijing Cairo Lima Oslo Rome".split(),
    "person": "Anna Ben Carla David Emma Felix Grace Hugo Iris Jonas Karin Leo".split(),
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "room": "kitchen bedroom office garage garden hall".split(),
    "dish": "soup pizza curry salad pasta rice bread cake".split(),
    "language": "Spanish German Chinese Turkish Indonesian English".split(),
    "word": "house water music friend river mountain summer window".split(),
}
NUMBERS = ("minutes", "people", "amount", "hour")


class ListedTool(NamedTuple):
    """A function that can be called: what it does, and two ways to ask for it, naming its arguments."""

    about: str
    requests: tuple[str, str]
    arguments: tuple[str, ...]


TOOLS: dict[str, ListedTool] = {
    "get_weather": ListedTool(
        "weather in a city", ("What is the weather in {city}?", "Tell me the weather in {city}."), ("city",)
    ),
    "get_time": ListedTool(
        "local time in a city", ("What time is it in {city}?", "Tell me the time in {city}."), ("city",)
    ),
    "set_timer": ListedTool(
        "start a timer", ("Set a timer for {minutes} minutes.", "Wake me in {minutes} minutes."), ("minutes",)
    ),
    "call_person": ListedTool("make a phone call", ("Call {person}.", "Phone {person} for me."), ("person",)),
    "add_meeting": ListedTool(
        "add a meeting to the calendar",
        ("Plan a meeting with {person} on {day}.", "On {day} I meet {person}, add that."),
        ("person", "day"),
    ),
    "set_alarm": ListedTool(
        "set an alarm", ("Set an alarm on {day} at {hour}.", "Wake me on {day} at {hour}."), ("day", "hour")
    ),
    "turn_on_light": ListedTool(
        "turn on the light", ("Turn on the light in the {room}.", "I need light in the {room}."), ("room",)
    ),
    "find_recipe": ListedTool("find a recipe", ("Find a recipe for {dish}.", "How do I cook {dish}?"), ("dish",)),
    "book_table": ListedTool(
        "book a table",
        ("Book a table for {people} people in {city}.", "In {city} I need a table for {people} people."),
        ("city", "people"),
    ),
    "translate": ListedTool(
        "translate a word",
        ("Translate {word} to {language}.", "How do you say {word} in {language}?"),
        ("word", "language"),
    ),
    "order_food": ListedTool(
        "order food", ("Order {amount} portions of {dish}.", "I want {amount} portions of {dish}."), ("dish", "amount")
    ),
}


def schema(name: str) -> dict[str, Any]:
    """The function's declaration, as the chat template takes it."""
    tool = TOOLS[name]
    kinds = {argument: "integer" if argument in NUMBERS else "string" for argument in tool.arguments}
    parameters = {
        "type": "object",
        "properties": {argument: {"type": kind} for argument, kind in kinds.items()},
        "required": list(tool.arguments),
    }
    about = {"name": name, "description": tool.about, "parameters": parameters}
    return {"type": "function", "function": about}


def draw_call(rng: random.Random, name: str) -> tuple[str, dict[str, Any]]:
    """A request for one function, and the call that answers it."""
    values: dict[str, Any] = {}
    for argument in TOOLS[name].arguments:
        values[argument] = rng.randint(1, 23) if argument in NUMBERS else rng.choice(VALUES[argument])
    return rng.choice(TOOLS[name].requests).format(**values), {"name": name, "arguments": values}


def draw(rng: random.Random) -> dict[str, Any]:
    """A row: the listed functions, the request, and the calls that it asks for."""
    listed = rng.sample(list(TOOLS), LISTED)
    wanted = rng.sample(listed, rng.choice((1, 1, 2)))
    pairs = [draw_call(rng, name) for name in wanted]
    request = " ".join(text for text, _ in pairs)
    return {"tools": listed, "request": request, "calls": [call for _, call in pairs]}


def canonical(calls: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Names and arguments of the calls, without the order of either."""
    return sorted(json.dumps([name, arguments], sort_keys=True) for name, arguments in calls)


@task(
    name="demo_tools",
    category="demo",
    version="2",
    source=Generated(seed=20_253, count=60),
    reference="qwen3_eval's own: the same calls with equal arguments, in any order",
    max_tokens=256,
    answer_tokens=128,
    suites=("demo",),
    sampling={"thinking": Sampling(), "non-thinking": Sampling()},
)
class DemoTools(Task):
    """The calls must be those that were asked for, with equal arguments, and no others."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            yield draw(rng)

    def doc(self, row: Mapping[str, Any]) -> Doc:
        name = "+".join(row["tools"]) + "/" + str(row["request"])
        return Doc(name, str(row["request"]), row["calls"], meta={"tools": row["tools"]})

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question, tools=tuple(schema(name) for name in doc.meta["tools"]))

    def calls_text(self, doc: Doc, calls: Sequence[Any]) -> Sequence[str]:
        return [tools.tool_call_text(calls)]

    def score(self, doc: Doc, answer: str) -> Score:
        calls = tools.parse_tool_calls(answer, tools.schemas_of(map(schema, doc.meta["tools"])))
        if not calls:
            return Score.no_answer("no call")
        broken = "; ".join(call.error for call in calls if call.error)
        if broken.startswith(tools.UNREAD):
            return Score.other_format(broken)
        made = canonical((call.name, call.arguments) for call in calls)
        asked = canonical((call["name"], call["arguments"]) for call in doc.target)
        return Score(float(not broken and made == asked), extracted=" ".join(made), detail=broken)
