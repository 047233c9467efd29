"""What a server says of the model behind it: its chat template, and what that makes of a question in both modes."""

from __future__ import annotations

from collections.abc import Sequence

from qwen3_eval.engines.base import TwoPrompts
from qwen3_eval.engines.http import Client
from qwen3_eval.engines.replies import count, counts
from qwen3_eval.thinking import QWEN, Marks, opened_by
from qwen3_eval.types import Json, JsonValue

# Tokens at the end of a prompt that hold an opening tag, or an empty block.
TAIL = 32


async def template_of(client: Client) -> str:
    """The chat template, where the server tells it: vLLM if it was started to, llama.cpp always; else empty."""
    for path in ("tokenizer_info", "props"):
        found = await client.facts(path)
        source = found.get("chat_template") if isinstance(found, dict) else None
        if isinstance(source, str) and source:
            return source
    return ""


async def two_prompts(client: Client, bodies: Sequence[Json], marks: Marks = QWEN) -> TwoPrompts | None:
    """What the server's template makes of one question in both modes; None where it cannot be told.

    bodies: how it is asked in each of ``MODES``. A server that shows no prompts is asked for one token in each mode,
    and their lengths are compared.
    """
    shown = [await _shown(client, body) for body in bodies]
    if all(prompt is not None for prompt in shown):
        return TwoPrompts(alike=shown[0] == shown[1], opened=opened_by(str(shown[1]), marks))
    lengths = [await _length(client, body) for body in bodies]
    if all(lengths):
        return TwoPrompts(alike=lengths[0] == lengths[1], opened=None)
    return None


async def _shown(client: Client, body: Json) -> str | None:
    """The end of a rendered prompt behind its length, as vLLM and llama.cpp show it."""
    found = await client.told("tokenize", {**body, "add_generation_prompt": True})
    tokens = found.get("tokens") if isinstance(found, dict) else None
    if isinstance(tokens, list) and tokens:
        back = await client.told("detokenize", {"model": body["model"], "tokens": tokens[-TAIL:]})
        text = back.get("prompt") if isinstance(back, dict) else None
        return f"{len(tokens)} {text}" if isinstance(text, str) else None
    found = await client.told("apply-template", body)
    text = found.get("prompt") if isinstance(found, dict) else None
    return text if isinstance(text, str) else None


async def _length(client: Client, body: Json) -> int | None:
    found: JsonValue = await client.told("chat/completions", {**body, "max_tokens": 1}, of_host=False)
    return count(counts(found.get("usage")).prompt) if isinstance(found, dict) else None
