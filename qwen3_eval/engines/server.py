"""Any OpenAI-compatible server over HTTP; without a ``--base-url`` vLLM's own is started here.

Two ways of asking. Where the server applies the chat template: messages to ``/chat/completions``,
text back. Where we do: token ids to ``/completions``, token ids back (vLLM's ``return_token_ids``).

All decoding parameters are sent, those at their neutral value too: a server would otherwise put in
the defaults of the model's ``generation_config.json``.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import cache
from typing import TYPE_CHECKING, ClassVar, TypeVar

from qwen3_eval import secrets
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines.address import Address, read_address
from qwen3_eval.engines.base import Completion, Engine, EngineError, Request, TwoPrompts
from qwen3_eval.engines.context import LoadingEngine
from qwen3_eval.engines.http import Client, Refused
from qwen3_eval.engines.patience import Absence, Again, Retry
from qwen3_eval.engines.refusals import Refusal
from qwen3_eval.engines.replies import choices_of, count, counts, finish_reason, read_answer, token_ids
from qwen3_eval.engines.served import engines_behind, shows_functions, template_of, two_prompts
from qwen3_eval.engines.verdicts import Arbiter, Room, asked_tokens, context_of
from qwen3_eval.families import EFFORT, PROBE, UNKNOWN, Evidence, Profile, Recognised, recognise
from qwen3_eval.messages import api_messages
from qwen3_eval.types import (
    MODES,
    IncompleteError,
    Json,
    JsonValue,
    Message,
    Mode,
    Prompt,
    Sampling,
    Unit,
    UsageError,
    nearest,
)

if TYPE_CHECKING:
    from qwen3_eval.engines.launch import LaunchedServer

T = TypeVar("T")
SLOTS = 128
# In which a question of the first class is thought over and answered.
PROBE_TOKENS = 2048
# What a server would take from the model's generation_config.json, beside the parameters of ``Sampling``.
NEUTRAL = {"repetition_penalty": 1.0, "frequency_penalty": 0.0}
# The server's parser may take calls out of the text.
AUTO = "auto"


class ServerEngine(LoadingEngine):
    """Requests over one pooled HTTP session, retried where asking again may help.

    engines: of vLLM that answer behind the address, as far as it is told. retry: how often and how long; by default as
    the settings and the environment say (see ``Retry``).
    """

    # What is said where an address has credentials, and there is a key too.
    two_keys: ClassVar[str] = "the credentials in --base-url are sent, and OPENAI_API_KEY is not"

    @classmethod
    def from_config(cls, config: RunConfig) -> Engine:
        """One server, or several that serve the same model."""
        servers = [cls(_at(config, address)) for address in secrets.addresses(config.engine.base_url)]
        if len(servers) == 1:
            return servers[0]
        from qwen3_eval.engines.fleet import Fleet

        return Fleet(config, servers)

    @classmethod
    def needs_model(cls, settings: EngineConfig) -> bool:
        """Where the server is started here."""
        return not settings.base_url

    def __init__(self, config: RunConfig, retry: Retry | None = None) -> None:
        if config.engine.base_url and config.engine.args:
            raise UsageError("--engine-arg is for a vLLM that is started here; the server at --base-url has its own")
        self._address = read_address(config.engine.base_url) if config.engine.base_url else None
        self._config = config
        self.renders = server_renders(config)
        self.verbatim = not (config.engine.base_url or splits_thinking(config.engine.args))
        self.max_context: int | None = None
        self.engines = 1
        self.slots = config.engine.slots or SLOTS
        self._retry = retry or Retry.from_environment(config.engine.wait_s)
        self._others: Callable[[], None] | None = None
        self._client: Client | None = None
        self._launched: LaunchedServer | None = None
        self._model = config.model
        self._room = Room()
        self._arbiter = Arbiter(self._asked_shortly, self.shown)
        self._keys: tuple[str, ...] = ()
        self._template: str | None = None
        self._tool_choice = ""
        self._version = ""

    async def start(self) -> None:
        """Finds the server, or starts one. Raises UsageError when nobody answers or the model is not served."""
        address = self._address or read_address(await self._launch())
        key = self._key()
        if address.user and key:
            sys.stderr.write(f"{self.two_keys}\n")
        if self._launched:
            key = self._launched.key or key
        await self._find(Client(address, key, self._retry, self._when_away()))

    def join(self, changed: Callable[[], None]) -> None:
        """Is told before ``start`` that other servers answer too, and what to call when it goes or is back.

        From then on it raises Away for what it cannot be asked now, and waits for nothing.
        """
        self._others = changed

    @property
    def since(self) -> float:
        """When the server was lost, by the monotonic clock; 0 while it is there."""
        return self._connected().breaker.since

    def admits(self) -> bool:
        """Whether a request may be sent to the server now, as ``Breaker.admits``."""
        return self._connected().breaker.admits()

    def _when_away(self) -> Absence:
        return Absence(self._check_alive, self._tell, self._others)

    def _tell(self, away: bool) -> None:
        """Says once that the server is away, and that it is back."""
        waits = f"the run waits for it up to {self._retry.total_s:g} s (--wait-for-server)"
        rest = f"others do its work; if none is there, {waits}" if self._others else waits
        lost = f"no server answers at {self.shown}; {rest}"
        sys.stderr.write(f"{lost if away else f'the server at {self.shown} is back'}\n")

    def foretold_context(self) -> int | None:
        """Of a running server, which is asked; else by the arguments and the model's ``config.json``."""
        if self._address is None:
            return super().foretold_context()
        return asyncio.run(self._look(self._address))

    async def _look(self, address: Address) -> int | None:
        try:
            await self._find(Client(address, self._key(), self._retry, self._when_away()))
        finally:
            await self.close()
        return self.max_context

    async def _find(self, client: Client) -> None:
        """Our model behind a client, and what the server says of its context."""
        self._client = client
        self._keys = secrets.long_forms()
        served = await client.models()
        if served is None:
            return
        found = await self._entry(served)
        self._model = str(found["id"])
        self.max_context = context_of(found) or await self._context_of_llama(found)
        self._room.context = self.max_context
        told = await client.facts("version")
        self._version = str(told.get("version") or "") if isinstance(told, dict) else ""
        if self._address is not None:
            self.engines = await engines_behind(client)
            self.slots = self._config.engine.slots or SLOTS * self.engines

    def _key(self) -> str:
        """What is sent as a bearer token; empty for nothing."""
        return os.environ.get("OPENAI_API_KEY", "").strip()

    async def _context_of_llama(self, entry: Json) -> int | None:
        """llama.cpp's server lists what the model was trained for; what it holds stands among its properties."""
        if entry.get("owned_by") != "llamacpp":
            return None
        properties = await self._connected().facts("props")
        settings = properties.get("default_generation_settings") if isinstance(properties, dict) else None
        return count(settings.get("n_ctx")) or None if isinstance(settings, dict) else None

    async def recognised(self) -> Recognised | None:
        """The family by the template that the server tells, unless it is known."""
        if self.family is not None or not (source := await self.template()):
            return self.family
        found = recognise(Evidence({"default": source}, lambda token: True))
        return found if found.known else None

    async def template(self) -> str:
        """What the server tells of it, where it renders."""
        if self._template is None:
            self._template = await template_of(self._connected()) if self.renders else ""
        return self._template

    async def two_prompts(self) -> TwoPrompts | None:
        """Where the server renders: from ``/tokenize``, else from the lengths of two prompts."""
        if not self.renders:
            return None
        questions = {mode: {"model": self._model, **self._asked_in(mode, PROBE.messages)} for mode in MODES}
        same_length = self._profile.thinking.same_length
        return await two_prompts(self._connected(), questions, self.reader.marks, same_length=same_length)

    async def finds_blocks(self) -> bool:
        """Where the server renders: by what it makes of a question whose reply has a block; in vain, ``/think`` too."""
        words = self._profile.thinking.words
        for mode in reversed(MODES):
            if await super().finds_blocks():
                return True
            prompt = Prompt.user(f"What is 2 + 2? Answer with the number. {words.get(mode, '')}".rstrip())
            self.verbatim = await self._shows_block(prompt)
        return self.verbatim

    async def _shows_block(self, prompt: Prompt) -> bool:
        """Whether the reply to a question holds a block that was closed; a parser leaves none of its closing tag."""
        request = Request(Unit("", "", 0, "thinking"), prompt, "thinking", Sampling(), 0, PROBE_TOKENS)
        try:
            found = await self.generate(request)
        except EngineError:
            return False
        return found.reasoning is None and self.reader.split(found.text).block in ("empty", "closed")

    async def shows_functions(self) -> bool | None:
        """Where the server renders: under ``tool_choice`` none, else under auto, which is taken from then on."""
        if not self.renders:
            return None
        question = {"model": self._model, **self._asked_in(MODES[0], PROBE.messages)}
        usual = self._usual_choice
        shows = await shows_functions(self._connected(), question, usual)
        if shows is False and usual != AUTO and await shows_functions(self._connected(), question, AUTO):
            self._tool_choice, shows = AUTO, True
        return shows

    @property
    def _usual_choice(self) -> str:
        """None: functions stand in the prompt, and the model's text comes back as it is.

        Not so harmony's: servers always take its channels apart, and under none they drop the calls.
        """
        return AUTO if self._profile.calls.format == "harmony" else "none"

    @property
    def _profile(self) -> Profile:
        return self.family.profile if self.family else UNKNOWN

    def _template_arguments(self, mode: Mode) -> Json:
        """What the server's template is given."""
        return {**self._profile.thinking.arguments.get(mode, {}), **self._config.template_args}

    async def _launch(self) -> str:
        from qwen3_eval.engines.arguments import default_slots
        from qwen3_eval.engines.launch import LaunchedServer

        self.slots = self._config.engine.slots or default_slots(self._config.engine.args)
        self._launched = LaunchedServer(self._config)
        await self._launched.start()
        return self._launched.url

    async def _entry(self, models: list[dict[str, JsonValue]]) -> dict[str, JsonValue]:
        """Our model among those that the server lists. Raises UsageError where it is not served."""
        return self._served(models)

    def _served(self, models: list[dict[str, JsonValue]]) -> dict[str, JsonValue]:
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

    def describe(self) -> Json:
        """Where the server is, how it is asked, and its arguments where they are ours."""
        own = {"arguments": secrets.masked(self._launched.arguments)} if self._launched else {}
        return {
            "name": "server",
            "base_url": self.shown,
            "model": self._model,
            **({"version": self._version} if self._version else {}),
            "rendering": "server" if self.renders else "client",
            "max_context": self.max_context,
            "slots": self.slots,
            **({"engines": self.engines} if self.engines > 1 else {}),
            "deviations": self._room.deviations(),
            **({"tool_choice": self._tool_choice} if self._tool_choice else {}),
            **own,
        }

    @property
    def shown(self) -> str:
        """Where the server is, as it may be printed."""
        return self._address.shown if self._address else "started here"

    async def generate(self, request: Request) -> Completion:
        """One completion. Raises EngineError, Away, and IncompleteError when a server of ours has died."""
        path, body = self._question(request)

        def read(answer: dict[str, JsonValue]) -> Completion:
            return read_answer(answer, request, text_only=self.renders, keys=self._keys)

        while True:
            try:
                found = await self._posted(path, body, read, session_of(request.unit))
            except Refused as error:
                body = await self._smaller(path, body, error.refusal)
            else:
                self._arbiter.worked()
                return found

    async def _posted(self, path: str, body: Json, read: Callable[[dict[str, JsonValue]], T], session: str = "") -> T:
        """The answer to a request. Raises as ``Client.post``."""
        return await self._connected().post(path, body, read, session)

    async def _smaller(self, path: str, body: dict[str, JsonValue], refusal: Refusal) -> dict[str, JsonValue]:
        """The request with a max_tokens that fits, when that was refused. Raises what the refusal means otherwise."""
        refusal = await self._arbiter.about_room(refusal, path, body)
        fitting = self._room.after(refusal, body) if refusal.kind == "answer" else None
        if fitting is None:
            raise await self._arbiter.verdict(refusal, path, body)
        return {**body, "max_tokens": fitting}

    async def _asked_shortly(self, path: str, body: Json) -> Refusal | None:
        """Asks for the sake of the status alone; the refusal when this is turned down as well."""
        try:
            await self._posted(path, body, lambda answer: None)
        except Refused as error:
            return error.refusal
        return None

    async def stream(self, request: Request) -> AsyncGenerator[Completion, None]:
        """Growing completions with token ids, one an event of the server. Raises as ``generate`` does."""
        if self.renders:
            yield await self.generate(request)
            return
        client, so_far = self._connected(), Completion(())
        tries, most = client.tries(), request.max_tokens
        while True:
            await client.ready()
            path, body = self._question(replace(request, max_tokens=most).after(so_far.token_ids or ()))
            try:
                async with aclosing(self._events(request, path, body, so_far)) as parts:
                    async for so_far in parts:
                        yield so_far
                self._arbiter.worked()
                return
            except Refused as error:
                smaller = await self._smaller(path, body, error.refusal)
                most = len(so_far.token_ids or ()) + asked_tokens(smaller)
            except Again as error:
                if so_far.finish_reason is not None:
                    # The answer is whole; what would follow its end is none of it.
                    return
                if so_far.token_ids and request.sampling.presence_penalty:
                    self._check_alive()
                    raise EngineError(str(error)) from error
                await client.recover(tries, error)

    async def _events(
        self, request: Request, path: str, body: dict[str, JsonValue], before: Completion
    ) -> AsyncGenerator[Completion, None]:
        """Streams a request, or what remains of it after ``before``, when a stream broke off there.

        The rest is drawn after the tokens that came, which gives it the same distribution (but for a
        presence penalty, which does not see what stands in the prompt).
        """
        tokens = list(before.token_ids or ())
        cached = before.cached_tokens
        reason = None
        streaming = {**body, "stream": True, "stream_options": {"include_usage": True}}
        if request.together > 1:
            streaming["stream_interval"] = request.together
        async with aclosing(self._connected().events(path, streaming, session_of(request.unit))) as events:
            async for event in events:
                for choice in choices_of(event):
                    reason = finish_reason(choice) or reason
                    tokens += token_ids(choice)
                if event.get("usage") and not before.token_ids:
                    cached = counts(event["usage"]).cached
                yield _streamed(request, tokens, reason, cached)
        if reason is None:
            raise Again("the server's stream ended early", bad=True)

    def _question(self, request: Request) -> tuple[str, dict[str, JsonValue]]:
        """Path and body of a request."""
        body: dict[str, JsonValue] = {
            "model": self._model,
            **_stated(request.sampling),
            "seed": request.seed,
            # Not max_completion_tokens: that is newer, and fewer servers know it.
            "max_tokens": request.max_tokens,
        }
        prompt = request.prompt
        if self.renders and self._has_special(prompt):
            body["skip_special_tokens"] = False
        if self.renders and prompt.completion is None:
            return "chat/completions", self._room.fitted(body | self._chat(prompt, request.mode))
        if prompt.completion is not None and prompt.stop:
            body["stop"] = list(prompt.stop)
        if self.renders and prompt.choices:
            raise EngineError("choices are compared by token ids; use --rendering client", retryable=False)
        if self.renders:
            return "completions", self._room.fitted(body | {"prompt": prompt.completion})
        if request.allowed:
            body["allowed_token_ids"] = list(request.allowed)
        if not request.token_ids:
            raise EngineError("a prompt of at least one token is needed")
        return "completions", self._room.fitted(body | {"prompt": request.token_ids, "return_token_ids": True})

    def _has_special(self, prompt: Prompt) -> bool:
        """Whether tags or calls may be special tokens, which a server leaves out of its texts unless told."""
        return self.reader.special or self.reader.guesses or bool(prompt.tools and self._profile.calls.tokens)

    def _chat(self, prompt: Prompt, mode: Mode) -> dict[str, JsonValue]:
        """The part of a chat request that the server's template gets."""
        chat = self._asked_in(mode, prompt.messages)
        if prompt.tools:
            choice = self._tool_choice or self._usual_choice
            chat |= {"tools": [dict(tool) for tool in prompt.tools], "tool_choice": choice}
        return chat

    def _asked_in(self, mode: Mode, messages: Sequence[Message]) -> dict[str, JsonValue]:
        """A conversation in a mode. vLLM makes harmony's prompts without the template, and reads the effort beside."""
        arguments = self._template_arguments(mode)
        effort = arguments.get(EFFORT)
        return {
            "messages": api_messages(self._profile.under(messages, mode)),
            "chat_template_kwargs": arguments,
            **({EFFORT: effort} if isinstance(effort, str) else {}),
        }

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


def session_of(unit: Unit) -> str:
    """What all requests about one sample have in common: its trace, the answers that branch off, its later turns."""
    said = repr((unit.task, unit.id, unit.sample, unit.mode))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _at(config: RunConfig, address: str) -> RunConfig:
    return replace(config, engine=replace(config.engine, base_url=address))


@cache
def _stated(sampling: Sampling) -> Mapping[str, float]:
    """All decoding parameters, those at their neutral value too."""
    return {**asdict(sampling), **NEUTRAL}


def splits_thinking(arguments: Mapping[str, object]) -> bool:
    """Whether a vLLM with these arguments takes the thinking out of its texts."""
    return any(name.replace("-", "_") == "reasoning_parser" for name in arguments)


def _location(model: str) -> str:
    try:
        return model_location(model)
    except UsageError:
        return model


def _streamed(request: Request, tokens: list[int], reason: str | None, cached: int | None) -> Completion:
    return Completion(
        token_ids=tokens,
        finish_reason=reason,
        prompt_tokens=len(request.token_ids or ()),
        completion_tokens=len(tokens),
        cached_tokens=cached,
    )
