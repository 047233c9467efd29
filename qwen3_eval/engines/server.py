"""Any OpenAI-compatible server over HTTP; without a ``--base-url`` vLLM's own is started here.

Two ways of asking. Where the server applies the chat template: messages to ``/chat/completions``,
text back. Where we do: token ids to ``/completions``, token ids back (vLLM's ``return_token_ids``).

All decoding parameters are sent, those at their neutral value too: a server would otherwise put in
the defaults of the model's ``generation_config.json``.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from qwen3_eval.config import RunConfig, model_location
from qwen3_eval.engines.base import Completion, EngineError, Request
from qwen3_eval.engines.http import Again, Client, Retry
from qwen3_eval.types import IncompleteError, Message, UsageError, nearest

if TYPE_CHECKING:
    from qwen3_eval.engines.launch import LaunchedServer

SLOTS = 128


class ServerEngine:
    """Requests over one pooled HTTP session, retried where asking again may help.

    retry: how often and how long; by default from the environment (see ``Retry``).
    """

    native_budget = False

    def __init__(self, config: RunConfig, retry: Retry | None = None) -> None:
        if config.engine.base_url and config.engine.args:
            raise UsageError("--engine-arg is for a vLLM that is started here; the server at --base-url has its own")
        self._config = config
        self.renders = server_renders(config)
        self.max_context: int | None = None
        self.slots = config.engine.slots or SLOTS
        self._retry = retry or Retry.from_environment()
        self._client: Client | None = None
        self._launched: LaunchedServer | None = None
        self._model = config.model

    async def start(self) -> None:
        """Finds the server, or starts one. Raises UsageError when nobody answers or the model is not served."""
        base = self._config.engine.base_url or await self._launch()
        self._client = Client(api_root(base), os.environ.get("OPENAI_API_KEY", ""), self._retry)
        served = await self._client.models()
        if served is None:
            return
        found = self._served(served)
        self._model = str(found["id"])
        length = found.get("max_model_len")
        self.max_context = length if isinstance(length, int) else None

    async def _launch(self) -> str:
        from qwen3_eval.engines.arguments import default_slots
        from qwen3_eval.engines.launch import LaunchedServer

        self.slots = self._config.engine.slots or default_slots()
        self._launched = LaunchedServer(self._config)
        await self._launched.start()
        return self._launched.url

    def _served(self, models: list[dict[str, Any]]) -> dict[str, Any]:
        """The entry of our model: by the name that was given, or by the folder that it stands for."""
        by_name = {str(entry.get("id")): entry for entry in models}
        for name in (self._config.model, _location(self._config.model)):
            if name in by_name:
                return by_name[name]
        names = ", ".join(sorted(by_name)[:5]) or "nothing"
        hint = nearest(self._config.model, by_name)
        raise UsageError(f"the server does not serve {self._config.model!r}{hint}; it serves {names}")

    async def close(self) -> None:
        """Closes the connections, and stops the server if it was started here."""
        client, self._client = self._client, None
        launched, self._launched = self._launched, None
        if client is not None:
            await client.close()
        if launched is not None:
            await launched.stop()

    def describe(self) -> Mapping[str, Any]:
        """Where the server is, how it is asked, and its arguments where they are ours."""
        own = {"arguments": self._launched.arguments} if self._launched else {}
        return {
            "name": "server",
            "base_url": self._config.engine.base_url or "started here",
            "model": self._model,
            "rendering": "server" if self.renders else "client",
            "max_context": self.max_context,
            "slots": self.slots,
            **own,
        }

    async def generate(self, request: Request) -> Completion:
        """One completion. Raises EngineError, and IncompleteError when a server that was started here has died."""
        path, body = self._question(request)
        try:
            answer = await self._connected().post(path, body)
        except EngineError:
            self._check_alive()
            raise
        return _read(answer, request, text_only=self.renders)

    async def stream(self, request: Request) -> AsyncGenerator[Completion, None]:
        """Growing completions with token ids, one an event of the server. Raises as ``generate`` does."""
        if self.renders:
            yield await self.generate(request)
            return
        so_far = Completion(())
        for attempt in range(self._retry.tries):
            try:
                async with aclosing(self._events(request, so_far)) as parts:
                    async for so_far in parts:
                        yield so_far
                return
            except Again as error:
                self._check_alive()
                broken_off = so_far.token_ids and request.sampling.presence_penalty
                if broken_off or attempt + 1 == self._retry.tries:
                    raise EngineError(f"{error} (after {attempt + 1} tries)") from error
                await self._retry.pause(attempt, error.wanted)

    async def _events(self, request: Request, before: Completion) -> AsyncGenerator[Completion, None]:
        """Streams a request, or what remains of it after ``before``, when a stream broke off there.

        The rest is drawn after the tokens that came, which gives it the same distribution (but for a
        presence penalty, which does not see what stands in the prompt).
        """
        tokens = list(before.token_ids or ())
        cached = before.cached_tokens
        path, body = self._question(_rest(request, tokens))
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        reason = None
        async with aclosing(self._connected().events(path, body)) as events:
            async for event in events:
                for choice in event.get("choices") or ():
                    tokens += _token_ids(choice)
                    reason = choice.get("finish_reason") or reason
                usage = event.get("usage") or {}
                if usage and not before.token_ids:
                    cached = _cached(usage)
                yield _streamed(request, tokens, reason, cached)
        if reason is None:
            raise Again("the server's stream ended early")

    def _question(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Path and body of a request."""
        body: dict[str, Any] = {
            "model": self._model,
            **asdict(request.sampling),
            "repetition_penalty": 1.0,
            "seed": request.seed,
            # Not max_completion_tokens: that is newer, and fewer servers know it.
            "max_tokens": request.max_tokens,
        }
        prompt = request.prompt
        if self.renders and prompt.completion is None:
            return "chat/completions", body | _chat(request)
        if prompt.completion is not None and prompt.stop:
            body["stop"] = list(prompt.stop)
        if self.renders and prompt.choices:
            raise EngineError("choices are compared by token ids; use --rendering client", retryable=False)
        if self.renders:
            return "completions", body | {"prompt": prompt.completion}
        if request.allowed:
            body["allowed_token_ids"] = list(request.allowed)
        if not request.token_ids:
            raise EngineError("a prompt of at least one token is needed")
        return "completions", body | {"prompt": request.token_ids, "return_token_ids": True}

    def _connected(self) -> Client:
        if self._client is None:
            raise EngineError("the engine is not running")
        return self._client

    def _check_alive(self) -> None:
        if self._launched is not None and self._launched.ended():
            reason = self._launched.reason()
            raise IncompleteError(f"the vLLM server died ({reason}); run the same command again to go on")


def server_renders(config: RunConfig) -> bool:
    """Whether the server applies the chat template: a given one does, unless budgets or base prompts need token ids."""
    if config.engine.rendering != "auto":
        return config.engine.rendering == "server"
    return bool(config.engine.base_url) and not config.budgets and config.protocol == "chat"


def api_root(base_url: str) -> str:
    """The server's address up to and including ``/v1``. Raises UsageError for what is no HTTP address."""
    if not base_url.startswith(("http://", "https://")):
        raise UsageError(f"--base-url must begin with http:// or https://, got {base_url!r}")
    root = base_url.rstrip("/")
    return root if root.endswith("/v1") else f"{root}/v1"


def _location(model: str) -> str:
    try:
        return model_location(model)
    except UsageError:
        return model


def _chat(request: Request) -> dict[str, Any]:
    """The part of a chat request that the server's template gets.

    ``tool_choice`` none: the functions stand in the prompt, and the model's text comes back as it is.
    """
    switches = {"enable_thinking": request.mode == "thinking"}
    chat: dict[str, Any] = {"messages": _messages(request.prompt.messages), "chat_template_kwargs": switches}
    if request.prompt.tools:
        chat |= {"tools": [dict(tool) for tool in request.prompt.tools], "tool_choice": "none"}
    return chat


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The conversation as the chat API has it: calls and their results are tied together by identifiers.

    Thinking goes under both names that servers read.
    """
    found: list[dict[str, Any]] = []
    waiting: list[str] = []
    for number, message in enumerate(messages):
        entry: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.reasoning:
            entry |= {"reasoning": message.reasoning, "reasoning_content": message.reasoning}
        if message.tool_calls:
            waiting = [f"call_{number}_{place}" for place in range(len(message.tool_calls))]
            entry["tool_calls"] = [_call(*pair) for pair in zip(waiting, message.tool_calls, strict=True)]
        if message.role == "tool":
            entry["tool_call_id"] = waiting.pop(0) if waiting else f"call_{number}"
        found.append(entry)
    return found


def _call(identifier: str, call: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": json.dumps(call["arguments"], ensure_ascii=False)}
    return {"id": identifier, "type": "function", "function": function}


def _rest(request: Request, tokens: list[int]) -> Request:
    if not tokens:
        return request
    prompt = (*(request.token_ids or ()), *tokens)
    return replace(request, token_ids=prompt, max_tokens=max(1, request.max_tokens - len(tokens)))


def _read(answer: Mapping[str, Any], request: Request, *, text_only: bool) -> Completion:
    """A whole answer. Raises EngineError when the server gives no token ids where they are needed."""
    choice, usage = answer["choices"][0], answer.get("usage") or {}
    message = choice.get("message")
    text = choice.get("text") if message is None else message.get("content")
    needs_text = text_only or bool(request.prompt.stop)
    return Completion(
        token_ids=None if text_only else tuple(_token_ids(choice)),
        text=(text or "") if needs_text else "",
        reasoning=None if message is None else message.get("reasoning_content") or message.get("reasoning"),
        finish_reason=choice.get("finish_reason") or "stop",
        prompt_tokens=usage.get("prompt_tokens"),
        completion_tokens=usage.get("completion_tokens"),
        cached_tokens=_cached(usage),
    )


def _token_ids(choice: Mapping[str, Any]) -> list[int]:
    found = choice.get("token_ids")
    if found is None:
        raise EngineError("the server returns no token ids (vLLM does); use --rendering server, without --budgets")
    tokens: list[int] = found
    return tokens


def _cached(usage: Mapping[str, Any]) -> int | None:
    found = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    return found if isinstance(found, int) else None


def _streamed(request: Request, tokens: list[int], reason: str | None, cached: int | None) -> Completion:
    return Completion(
        token_ids=tokens,
        finish_reason=reason,
        prompt_tokens=len(request.token_ids or ()),
        completion_tokens=len(tokens),
        cached_tokens=cached,
    )
