"""What servers say when they do not answer, told apart by kind.

Messages are those of vLLM, SGLang, TGI, llama.cpp, LMDeploy, DashScope, DeepSeek and OpenAI; ``tests`` has a table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from qwen3_eval import secrets
from qwen3_eval.types import Json, JsonValue

# prompt: it fills the context by itself. answer: max_tokens does not fit. filtered: for what it says. quota: nothing
# is left to pay with. final: asking the same again brings the same. passing: it may pass.
Kind = Literal["prompt", "answer", "filtered", "quota", "final", "passing"]
LONGEST = 300
PASSING = {408, 409, 425, 429}
NEVER_PASSING = {413, 501, 505}
# What these say is about the address, the model or the key.
ELSEWHERE = {401, 403, 404, 405}
NUMBER = r"`?([\d,]*\d)`?"
CONTEXTS = (
    rf"context limit: \d+ \+ \d+ > {NUMBER}",
    rf"context length(?: is| of| only|:)* \(?{NUMBER}",
    rf"{NUMBER} maximum context length",
    rf"context (?:size|window|limit)(?: is| of|:)? \(?{NUMBER}",
    rf"max_model_len\W{{0,3}}(?:max_total_tokens\W{{0,3}})?{NUMBER}",
    rf"(?:max_seq_len|session_len|max_num_tokens)\W{{0,3}}{NUMBER}",
    rf"maximum model length(?: of)? {NUMBER}",
    rf"max_new_tokens`? must be <= {NUMBER}",
    rf"must have less than {NUMBER} tokens",
    rf"tokens > {NUMBER} maximum",
)
PROMPTS = (
    rf"{NUMBER} (?:in the (?:messages|prompt)|tokens from the input|of text input|in your prompt)",
    rf"(?:has|contains|passed)(?: at least)? {NUMBER} (?:input|prompt) tokens",
    rf"inputs\b.*given: {NUMBER}",
    rf"(?:input|request|prompt)(?: length)? \((?:length )?{NUMBER}(?: tokens)?\)",
    rf"(?:resulted in|too long:|prompt (?:has|contains)) {NUMBER}(?!\d| char)",
    rf"context limit: {NUMBER} \+",
)
OWN = r"max_(?:completion_|output_|new_)?tokens(?![a-z_])[^.]*?"
# Limits of max_tokens itself, whatever the prompt.
MOST = (
    rf"{OWN}\[\s*[01]\s*,\s*{NUMBER}\s*\]",
    rf"{OWN}(?:less than or equal to|at most|<=|must not exceed|cannot exceed|between 1 and|a maximum of) {NUMBER}",
    rf"at most {NUMBER} (?:completion|output) tokens",
    rf"max_tokens: \d+ > {NUMBER}",
    rf"maximum output tokens \({NUMBER}",
)
ANSWER = ("max_tokens", "max_completion_tokens", "max_new_tokens", "in the completion", "output tokens")
FULL = re.compile(
    r"context.?length|maximum model length|max_model_len|context.?window|context.?size|context.?limit|input length"
    r"|(?:prompt|input|request|messages?)\b.{0,40}\btoo long|max_tokens must be at least 1, got (?:-\d|0)"
    r"|reduce the length of the (?:input|messages|prompt)|kv cache can hold|prompt_too_long"
)
# What a message about room has, whatever its words.
ROOM = re.compile(r"token|length|context|_len\b|too (?:long|large|many)|exceed")
FILTERED = re.compile(
    r"content.?(?:filter|policy|management)|moderation|data_?inspection|inappropriate content"
    r"|sensitive (?:content|information)|safety (?:system|filter|settings)"
)
QUOTA = re.compile(
    r"insufficient.?(?:quota|balance|funds)|exceeded your current quota|(?:out of|more) credits?|arrear|billing"
)
OVERLOADED = re.compile(r"overloaded|try again later|temporarily unavailable|loading model|rate.?limit")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that a server turned down.

    context, prompt: tokens, as far as the message names them. most: the largest max_tokens that is taken.
    exact: ``prompt`` is all of it, not a lower bound.
    """

    kind: Kind
    status: int
    said: str
    context: int | None = None
    prompt: int | None = None
    most: int | None = None
    exact: bool = True

    def __str__(self) -> str:
        return f"HTTP {self.status}: {self.said}"

    @property
    def unclear(self) -> bool:
        """Whether it may be about ``max_tokens`` although it does not say so."""
        if self.kind == "prompt":
            return self.context is None or self.prompt is None
        return self.kind == "final" and self.status not in ELSEWHERE and bool(ROOM.search(self.said.lower()))

    def smaller(self, asked: int, guess: int) -> int | None:
        """max_tokens for another try; None when nothing is left. guess: tokens of the prompt where it is not named."""
        if self.most is not None:
            found = self.most
        elif self.context is not None:
            found = self.context - (self.prompt if self.prompt is not None and self.exact else guess)
        else:
            found = asked // 2
        if found >= asked:
            found = asked - 1 if self.exact and self.prompt is not None else asked * 3 // 4
        return found if found >= 1 else None


def read_refusal(status: int, content: bytes, reason: str = "") -> Refusal:
    """The refusal that a status and the body beside it stand for."""
    parsed = loaded(content)
    if parsed is None:
        said = " ".join(content[: 4 * LONGEST].decode(errors="replace").split())
        return _refusal(status, said or reason or "no reason given", {})
    return refusal_in(status, parsed, reason)


def refusal_in(status: int, parsed: JsonValue, reason: str = "") -> Refusal:
    """As ``read_refusal``, with the body as a JSON value of any form."""
    inner = parsed.get("error") or parsed if isinstance(parsed, Mapping) else parsed
    facts = inner if isinstance(inner, Mapping) else {}
    return _refusal(status, said_in(parsed) or reason or "no reason given", facts)


def loaded(content: bytes) -> JsonValue:
    """A JSON value; None for what is none, and for what is nested deeper than can be read."""
    try:
        found: JsonValue = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found


def said_in(parsed: JsonValue) -> str:
    """The message in an error of any form, on one line, without secrets."""
    value = parsed
    for _ in range(4):
        if not isinstance(value, Mapping):
            break
        value = next((value[name] for name in ("error", "message", "detail", "msg") if value.get(name)), _text(value))
    return secrets.redacted(" ".join(_text(value).split()))[:LONGEST]


def _text(value: JsonValue) -> str:
    try:
        return str(value)
    except RecursionError:
        return "nested too deep"


def code_in(error: JsonValue, usual: int) -> int:
    """The status that an error object names (``code`` or ``status``), else the usual one."""
    facts = error if isinstance(error, Mapping) else {}
    for name in ("code", "status", "status_code"):
        value = facts.get(name)
        if isinstance(value, str) and value.isdecimal() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return usual


def _refusal(status: int, said: str, facts: Json) -> Refusal:
    lower = said.lower()
    words = f"{lower} {facts.get('code')} {facts.get('type')} {facts.get('error_type')}".lower()
    said = secrets.redacted(said)[:LONGEST]
    if _about_length(status, words):
        return _too_long(status, said, lower, facts)
    return Refusal(_other_kind(status, words), status, said)


def _about_length(status: int, words: str) -> bool:
    """Whether a message is about room. One that asks to come again later is about a limit of another sort."""
    if status in ELSEWHERE | {402, 429} or "per minute" in words:
        return False
    return bool(FULL.search(words)) or _first(MOST, words) is not None or _first(CONTEXTS, words) is not None


def _too_long(status: int, said: str, lower: str, facts: Json) -> Refusal:
    context = _first(CONTEXTS, lower) or _whole(facts.get("n_ctx"))
    prompt = _first(PROMPTS, lower) or _whole(facts.get("n_prompt_tokens"))
    most = _first(MOST, lower)
    if context is not None and prompt is not None:
        kind: Kind = "prompt" if prompt >= context else "answer"
    elif most is not None:
        kind = "answer"
    else:
        about_answer = any(word in lower for word in ANSWER) and "must be at least 1" not in lower
        kind = "answer" if about_answer else "prompt"
    limit = most if context is None or prompt is None else None
    return Refusal(kind, status, said, context, prompt, limit, exact="at least" not in lower and "about" not in lower)


def _other_kind(status: int, words: str) -> Kind:
    if status == 402 or QUOTA.search(words):
        return "quota"
    if status not in NEVER_PASSING and (status in PASSING or status >= 500 or OVERLOADED.search(words)):
        return "passing"
    return "filtered" if FILTERED.search(words) else "final"


def _first(patterns: tuple[str, ...], text: str) -> int | None:
    return next(_numbers(patterns, text), None)


def _numbers(patterns: tuple[str, ...], text: str) -> Iterator[int]:
    for pattern in patterns:
        found = re.search(pattern, text)
        if found and len(found[1]) < 16:
            yield int(found[1].replace(",", ""))


def _whole(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
