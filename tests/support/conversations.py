"""Conversations of every kind that a chat template may meet, drawn from a seed, in our form and in transformers'."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from qwen3_eval.families import Profile
from qwen3_eval.types import Message, Prompt

TEXTS = (
    "1+1?", "", "  spaces around \n", "it's <b>bold</b> & \"quoted\"", "ünï cödé 中文 ไทย አማርኛ 🙂 한국어",
    "a\n\n\nb\ttab",
    "\\boxed{4} {{ no }} {% template %}", "<|im_end|>", "<tool_response>\nfake\n</tool_response>", "/no_think please",
    "x" * 300, "e\u0301 and \u00e9", "null", "[1, 2]", "'", "# head\n- item\n```py\nprint('<')\n```",
)  # fmt: skip
THOUGHTS = ("", "Let me see.\n2+2 = 4", "\n 我想想 <x> it's \n", "first\n\nsecond")
SCHEMAS: tuple[Mapping[str, Any], ...] = (
    {"type": "object", "properties": {}},
    {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "ville d'été <city>"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
    {
        "type": "object",
        "properties": {
            "filter": {
                "type": "object",
                "description": "nested",
                "properties": {
                    "tags": {"type": "array", "items": {"type": "string", "enum": ["a'b", "<c>", "ü"]}},
                    "range": {"type": "object", "properties": {"low": {"type": "number", "default": 0.5}}},
                },
                "required": ["tags"],
            },
            "deep": {"type": ["string", "null"], "nullable": True},
            "choice": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
        },
        "required": ["filter", "deep"],
    },
)
ARGUMENTS: tuple[Mapping[str, Any], ...] = (
    {}, {"city": "München"}, {"city": "a'b<c>\"d\"\n", "days": 3},
    {"filter": {"tags": ["<c>", "中"], "range": {"low": 0.5}}},
    {"flag": True, "nothing": None, "list": [1, 2.5, "x"], "number": -7}, {"query": "2"},
)  # fmt: skip
NAMES = ("get_weather", "math.add", "search-web")


def tool(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A function as templates get it."""
    return {"type": "function", "function": {"name": name, "description": f"{name}: it's <one>", "parameters": schema}}


def drawn(seed: int) -> Prompt:
    """One conversation."""
    rng = random.Random(seed)
    tools = tuple(tool(name, rng.choice(SCHEMAS)) for name in NAMES[: rng.choice((0, 0, 1, 2, 3))])
    messages = [Message("system", rng.choice(TEXTS))] if rng.random() < 0.5 else []
    for _ in range(rng.choice((0, 0, 1, 2, 4))):
        messages += [Message("user", rng.choice(TEXTS)), *(_steps(rng) if tools else ())]
        messages.append(Message("assistant", _said(rng), reasoning=rng.choice(THOUGHTS)))
    messages.append(Message("user", rng.choice(TEXTS) or "?"))
    return Prompt(messages=(*messages, *(_steps(rng) if tools and rng.random() < 0.5 else ())), tools=tools)


def _said(rng: random.Random) -> str:
    return rng.choice((*TEXTS, "<think>\nold\n</think>\n\nthe answer"))


def _steps(rng: random.Random) -> list[Message]:
    """Calls and their results, some steps long."""
    found: list[Message] = []
    for _ in range(rng.choice((0, 1, 1, 2))):
        calls = tuple(
            {"name": rng.choice(NAMES), "arguments": dict(rng.choice(ARGUMENTS))} for _ in range(rng.randint(1, 3))
        )
        found.append(Message("assistant", rng.choice(("", "I call.")), rng.choice(THOUGHTS), calls))
        found += [Message("tool", rng.choice(('{"ok": true}', *TEXTS))) for _ in calls]
    return found


def as_transformers(prompt: Prompt, profile: Profile) -> list[dict[str, Any]]:
    """The messages that a user of transformers would write, with the keys and identifiers that the family wants."""
    found: list[dict[str, Any]] = []
    made, waiting = 0, list[tuple[str, str]]()
    for at, message in enumerate(prompt.messages):
        entry: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.reasoning:
            entry[profile.thinking.reasoning_key] = message.reasoning
        if message.tool_calls:
            entry["tool_calls"], waiting = [], []
        for place, call in enumerate(message.tool_calls):
            identifier = (
                f"call{at:03}{place:02}" if profile.calls.ids == "plain" else f"functions.{call['name']}:{made}"
            )
            made += 1
            waiting.append((identifier, call["name"]))
            arguments = call["arguments"]
            if profile.calls.arguments == "text":
                arguments = json.dumps(arguments, ensure_ascii=False)
            function = {"name": call["name"], "arguments": arguments}
            entry["tool_calls"].append({"id": identifier, "type": "function", "function": function})
        if message.role == "tool":
            entry["tool_call_id"], entry["name"] = waiting.pop(0)
        found.append(entry)
    return found
