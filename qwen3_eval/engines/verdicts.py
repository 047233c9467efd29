"""What follows from a refusal: less is asked for, the question has no answer, or the whole run ends.

A reason that holds for every question ends the run with the server's words, so that a thousand questions are not
turned into a thousand errors. Whether it does is found out by asking the shortest question in the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import cast

from qwen3_eval.engines.base import EngineError, TooLong
from qwen3_eval.engines.refusals import Refusal
from qwen3_eval.engines.replies import count
from qwen3_eval.types import IncompleteError, Json, JsonValue, UsageError

# Under these names servers list how many tokens prompt and answer may have together.
CONTEXTS = ("max_model_len", "context_length", "max_context_length", "context_window", "max_total_tokens")
# Bytes of a prompt for one token, on the safe side, and tokens that a template puts around it.
BYTES_PER_TOKEN, AROUND = 2, 64
# Parameters that not every server takes.
UNCOMMON = ("top_k", "min_p", "repetition_penalty", "chat_template_kwargs", "return_token_ids", "allowed_token_ids")
# So many refusals in a row, or one of these, may be the server's in the middle of a run too.
DOUBTFUL, GONE = 3, (403, 404, 405)
# Tokens of a request that states no limit.
NO_LIMIT = 1 << 20
# Not max_completion_tokens: that is newer, and fewer servers know it.
LIMIT = "max_tokens"
TOOL: Json = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


def context_of(entry: Json) -> int | None:
    """Tokens of context that an entry of ``/models`` names."""
    return next((found for name in CONTEXTS if (found := count(entry.get(name)))), None)


class Room:
    """How many tokens a server lets an answer have, as far as it has said.

    context: prompt and answer together. most: the answer alone. guesses: an answer that may have the whole context is
    cut to what is left of it beside the prompt, as far as that can be guessed; else the server says what fits.
    """

    def __init__(self, *, guesses: bool = True) -> None:
        self.guesses = guesses
        self.context: int | None = None
        self.most: int | None = None
        self._asked = self._least = 0

    def fitted(self, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """A request whose ``max_tokens`` is no larger than what can fit at all; one that states none as it is."""
        if LIMIT not in body:
            return body
        asked = fitting = asked_tokens(body)
        if self.most is not None and fitting > self.most:
            fitting = self.most
            self._note(asked, fitting)
        if self.guesses and self.context is not None and fitting >= self.context:
            fitting = max(1, self.context - guessed_tokens(body))
        return body if fitting == asked else {**body, LIMIT: fitting}

    def after(self, refusal: Refusal, body: Json) -> int | None:
        """The ``max_tokens`` to ask for after one was refused; None when none fits."""
        asked = asked_tokens(body)
        found = refusal.smaller(asked, guessed_tokens(body))
        if refusal.most is not None:
            self.most = refusal.most
        if self.context is None and refusal.exact:
            self.context = refusal.context
        if found is not None and LIMIT in body:
            self._note(asked, found)
        return found

    def _note(self, asked: int, fitting: int) -> None:
        self._asked = max(self._asked, asked)
        self._least = min(self._least or fitting, fitting)

    def deviations(self) -> list[str]:
        """That answers had less room than was asked for, in a sentence."""
        if not self._asked:
            return []
        return [f"max_tokens {self._asked} does not fit the server; answers had less room, {self._least} at least"]


def asked_tokens(body: Json) -> int:
    """The ``max_tokens`` of a request of ours."""
    return cast("int", body.get(LIMIT, NO_LIMIT))


def guessed_tokens(body: Json) -> int:
    """Tokens of a request's prompt; rather too many where only its text is known."""
    prompt = body.get("prompt")
    if isinstance(prompt, Sequence) and not isinstance(prompt, str):
        return len(prompt)
    text = prompt if isinstance(prompt, str) else f"{body.get('messages')}{body.get('tools', '')}"
    return len(text.encode(errors="replace")) // BYTES_PER_TOKEN + AROUND


def plain(body: Json) -> dict[str, JsonValue]:
    """The shortest question that has all the parameters of another."""
    short: dict[str, JsonValue] = {"max_tokens": 1}
    if "messages" in body:
        short["messages"] = [{"role": "user", "content": "Hi"}]
    else:
        prompt = body["prompt"]
        short["prompt"] = "Hi" if isinstance(prompt, str) else cast("Sequence[int]", prompt)[:1]
    if "tools" in body:
        short["tools"] = [TOOL]
    return {**body, **short}


class Arbiter:
    """Decides what a refusal means for the question and for the run.

    ask: sends a short request and gives the refusal that it meets. place: the server, as it may be shown.
    """

    def __init__(self, ask: Callable[[str, Json], Awaitable[Refusal | None]], place: str) -> None:
        self._ask = ask
        self._place = place
        self._lock = asyncio.Lock()
        self._answered = False
        self._in_a_row = 0
        self._doubtful = DOUBTFUL

    def worked(self) -> None:
        """A question was answered, so that refusals before it were its own."""
        self._answered = True
        self._in_a_row = 0

    async def about_room(self, refusal: Refusal, path: str, body: Json) -> Refusal:
        """The refusal, as one of ``max_tokens`` where it may be and the same question is taken with one token."""
        if not refusal.unclear or asked_tokens(body) <= 1:
            return refusal
        if await self._ask(path, {**body, "max_tokens": 1}) is not None:
            return refusal
        return replace(refusal, kind="answer", prompt=None, exact=False)

    async def verdict(self, refusal: Refusal, path: str, body: Json) -> Exception:
        """EngineError for a question without an answer; UsageError or IncompleteError when the run has to end."""
        if refusal.kind in ("prompt", "answer"):
            return TooLong(refusal.said, refusal.prompt)
        if refusal.kind == "filtered":
            return EngineError(f"refused: {refusal}", refused=True)
        if refusal.kind == "quota":
            return self._end(refusal)
        general = refusal if refusal.status == 401 else await self._general(refusal, path, body)
        return EngineError(str(refusal), refused=True) if general is None else self._end(general)

    def _end(self, refusal: Refusal) -> Exception:
        if self._answered or refusal.kind == "quota":
            said = f"the server at {self._place} refuses to go on: {refusal}"
            return IncompleteError(f"{said}; when that is settled, run the same command again")
        return UsageError(f"the server at {self._place} refuses every request: {refusal}{_hint(refusal)}")

    async def _general(self, refusal: Refusal, path: str, body: Json) -> Refusal | None:
        """The refusal that the plainest question meets too; None when that is answered, or another was meanwhile."""
        self._in_a_row += 1
        async with self._lock:
            doubtful = not self._answered or refusal.status in GONE or self._in_a_row >= self._doubtful
            if not doubtful or not self._in_a_row:
                return None
            found = await self._ask(path, plain(body))
            if found is None:
                self.worked()
                self._doubtful *= 2
            return found


def _hint(refusal: Refusal) -> str:
    """What to do about it, where that can be told."""
    named = next((name for name in UNCOMMON if name in refusal.said), "")
    if named:
        return f"; every request states {named!r}, and this server does not take it"
    if refusal.status in (401, 403):
        return "; set OPENAI_API_KEY"
    return "; is --base-url right?" if refusal.status in (404, 405) or 300 <= refusal.status < 400 else ""
