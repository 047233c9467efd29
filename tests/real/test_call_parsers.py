"""Calls as we read them beside vLLM's own parsers of the same formats, over the same texts. No engine starts."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest
from call_templates import TEMPLATES, drawn_calls, written

from qwen3_eval.grading import tools
from qwen3_eval.toolcalls import TOKENS

pytest.importorskip("vllm", reason="vllm is not installed")

# vLLM's name for the parser of each form; it has none for Nemotron-Nano-v2, and harmony is parsed from token ids.
PARSERS = {
    "hermes": "hermes",
    "xml": "qwen3_coder",
    "seed": "seed_oss",
    "glm": "glm45",
    "glm in one line": "glm47",
    "minimax": "minimax_m2",
    "minimax_m3": "minimax_m3",
    "dsml": "deepseek_v32",
    "deepseek, bare": "deepseek_v31",
    "deepseek, fenced": "deepseek_v3",
    "kimi": "kimi_k2",
    "gemma": "gemma4",
    "mistral": "mistral",
}
OUTER = ("<think>", "</think>", "<｜DSML｜function_calls>", "</｜DSML｜function_calls>")


class Vocabulary:
    """A tokenizer of which the parsers ask nothing but the ids of their marks."""

    chat_template = None

    def get_vocab(self) -> dict[str, int]:
        marks = {*OUTER, *(text for texts in TOKENS.values() for text in texts)}
        return {mark: number for number, mark in enumerate(sorted(marks))}


def theirs(name: str, text: str, schemas: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The calls that vLLM's parser finds."""
    from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
    from vllm.tool_parsers import ToolParserManager

    declared = [
        {"type": "function", "function": {"name": name, "parameters": schema}} for name, schema in schemas.items()
    ]
    request = ChatCompletionRequest.model_validate(
        {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": declared}
    )
    parser: Any = ToolParserManager.get_tool_parser(name)(Vocabulary(), request.tools)
    found = parser.extract_tool_calls(text, request).tool_calls
    return [(call.function.name, json.loads(call.function.arguments)) for call in found]


def as_seed(value: Any) -> Any:
    """What vLLM 0.32 makes of a value that Seed-OSS's template writes, the one format in which it reads otherwise.

    The template writes lists and objects of earlier calls as Python does, which vLLM leaves as texts; and it writes no
    line breaks beside a value, of which vLLM takes one off at either end.
    """
    if isinstance(value, str):
        return value.removeprefix("\n").removesuffix("\n")
    if not isinstance(value, list | dict):
        return value
    try:
        json.loads(str(value))
    except ValueError:
        return str(value)
    return value


@pytest.mark.parametrize("form", PARSERS)
def test_both_read_the_same(form: str) -> None:
    rng = random.Random(form)
    for _ in range(150):
        calls, schemas, said = drawn_calls(rng)
        text = written(form, calls, said)
        with tools.expecting(TEMPLATES[form][0]):
            ours = [(call.name, call.arguments) for call in tools.parse_tool_calls(text, schemas)]
        assert ours == calls
        if form == "seed":
            ours = [(name, {key: as_seed(value) for key, value in given.items()}) for name, given in ours]
        assert theirs(PARSERS[form], text, schemas) == ours
