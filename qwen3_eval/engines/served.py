"""What a server says of the model behind it: its chat template, and what that makes of a question in both modes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from qwen3_eval.engines.base import TwoPrompts
from qwen3_eval.engines.http import Client
from qwen3_eval.engines.replies import count, counts
from qwen3_eval.thinking import QWEN, Marks, opened_by
from qwen3_eval.types import MODES, Json, JsonValue, Mode

FUNCTION: Json = {
    "type": "function",
    "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {}}},
}
# Of an engine, in the metrics of vLLM 0.32 and 0.33.
ENGINE = re.compile(r'^vllm:num_requests_running\{(?:[^}]*,)?engine="([^"]*)"', re.MULTILINE)
# Behind a server's address, where a router takes its engines apart.
RANK = re.compile(r"@\d+$")
# Tokens at the end of a prompt that hold an opening tag, or an empty block.
TAIL = 32


class _Shown(NamedTuple):
    """A prompt as a server shows it, in tokens or as text, and the text of its end; None where that is not shown."""

    whole: JsonValue
    end: str | None


async def template_of(client: Client) -> str:
    """The chat template, where the server tells it: vLLM if it was started to, llama.cpp always; else empty."""
    for path in ("tokenizer_info", "props"):
        found = await client.facts(path)
        source = found.get("chat_template") if isinstance(found, dict) else None
        if isinstance(source, str) and source:
            return source
    return ""


async def engines_behind(client: Client) -> int:
    """Engines of vLLM behind one address: those of a server (``--data-parallel-size``), of each behind a router.

    vLLM's metrics have a line for each of a server. vllm-router, which hands them on from one of its servers, lists
    these, each engine by itself if it was told of them. 1 where nobody says.
    """
    engines = len(set(ENGINE.findall(await client.text("metrics")))) or 1
    listed = await client.facts("list_workers")
    urls = listed.get("urls") if isinstance(listed, dict) else None
    servers = {RANK.sub("", str(url)) for url in urls} if isinstance(urls, list) else ()
    return engines * max(1, len(servers))


async def two_prompts(
    client: Client, questions: Mapping[Mode, Json], marks: Sequence[Marks] = (QWEN,), *, same_length: bool = False
) -> TwoPrompts | None:
    """What the server's template makes of one question in both modes; None where it cannot be told.

    questions: bodies of chat requests, without decoding parameters. marks: the tags that may open a block. A server
    that shows no prompts is asked for one token in each mode, and their lengths are compared, which says nothing where
    those of different prompts are the same (same_length).
    """
    if (thinking := await _shown(client, questions["thinking"])) is not None:
        plain = await _shown(client, questions["non-thinking"])
        if plain is not None:
            return TwoPrompts(alike=thinking.whole == plain.whole, opened=_opened(plain.end, marks))
    lengths = [await _length(client, questions[mode]) for mode in MODES]
    alike = lengths[0] == lengths[1]
    return None if not all(lengths) or (alike and same_length) else TwoPrompts(alike=alike, opened=None)


async def shows_functions(client: Client, question: Json, choice: str) -> bool | None:
    """Whether a function stands in the prompt under a ``tool_choice``, by the length of one; None where nobody can say.

    Under ``none`` SGLang leaves all of them out, and vLLM where it was told to (``/tokenize`` shows them even so).
    """
    offering = {**question, "tools": [FUNCTION], "tool_choice": choice}
    lengths = [await _length(client, body) for body in (question, offering)]
    return lengths[0] != lengths[1] if all(lengths) else None


def _opened(end: str | None, marks: Sequence[Marks]) -> bool | None:
    return None if end is None else any(opened_by(end, each) for each in marks)


async def _shown(client: Client, body: Json) -> _Shown | None:
    """As vLLM and llama.cpp show it. The second has other words for ``/tokenize``, and answers with no tokens."""
    found = await client.told("tokenize", {**body, "add_generation_prompt": True})
    tokens = found.get("tokens") if isinstance(found, dict) else None
    if isinstance(tokens, list) and tokens:
        return _Shown(tokens, await _end(client, body["model"], tokens))
    found = await client.told("apply-template", body)
    text = found.get("prompt") if isinstance(found, dict) else None
    return _Shown(text, text) if isinstance(text, str) and text else None


async def _end(client: Client, model: JsonValue, tokens: Sequence[JsonValue]) -> str | None:
    """The text of the last tokens; SGLang leaves special tokens out unless told, and has another name for the rest."""
    body: Json = {"model": model, "tokens": list(tokens[-TAIL:]), "skip_special_tokens": False}
    back = await client.told("detokenize", body)
    text = back.get("prompt", back.get("text")) if isinstance(back, dict) else None
    return text if isinstance(text, str) else None


async def _length(client: Client, body: Json) -> int | None:
    found: JsonValue = await client.told("chat/completions", {**body, "max_tokens": 1}, beside=False)
    return count(counts(found.get("usage")).prompt) if isinstance(found, dict) else None
