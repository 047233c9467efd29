"""An OpenAI-compatible server that answers from a script: latencies, failures and tokens are given.

In tests: ``with Stub(...) as stub: ... stub.url``. On its own, for benchmarks:
``python tests/support/stub_server.py --latency lognormal --mean 0.2`` prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from aiohttp import web

MODEL = "stub/model"
TEXT = "The answer is \\boxed{4}."
TOKENS = (11, 12, 13, 14, 15)
Body = dict[str, Any]


def as_prompt(body: Body) -> str:
    """A prompt as a template with both modes makes it: in non-thinking mode it ends behind an empty block."""
    said = "".join(f"<{message['role']}>{message['content']}" for message in body["messages"])
    thinks = body.get("chat_template_kwargs", {}).get("enable_thinking", True)
    return f"{said}<assistant>" + ("" if thinks else "<think></think>")


@dataclass
class Stub:
    """faults: one word for each request, in order; afterwards all is well.

    ``429``, ``503``, ``400 message``, ``429 after 0.3`` (Retry-After), ``half`` (of a body), ``garbage``, ``empty``,
    ``drop`` (the connection), ``hang``, ``break 3`` (a stream, after 3 events), ``stall 3`` (silence from there on).
    latency: seconds for the i-th request. hold: the first answer waits for ``GET /release``; hold_all: each does.
    context: of each model, in tokens.
    reply: the whole body of an answer, as JSON or bytes, or a status and a body; None for the usual one.
    listing: what ``/models`` answers, as JSON or bytes, or a status; None for the usual list.
    aliases: models that are known by ``/models/NAME`` alone.
    prefix: what stands before the endpoints. basic: ``user:password`` that is wanted.
    template: what the chat template makes of a request, as ``/tokenize`` shows it; None where there is no such path.
    kind: whose words the paths beside the endpoints have. ``sglang`` detokenizes to another field, and leaves special
    tokens out unless told; ``llama`` knows no messages at ``/tokenize``, and answers with no tokens there.
    facts: what stands there to be read, by path, in any form of ``reply``.
    pace: seconds between events. gathers: it knows ``stream_interval``; else each token is an event.
    finish: the reason at the end of a stream, or its last event when it is no text.
    per_tool: tokens that a function counts in a prompt.
    away: every connection is dropped while it is set. deaf: ``/models`` hangs. at: the port; 0 for a free one.
    """

    models: tuple[str, ...] = (MODEL,)
    faults: list[str] = field(default_factory=list)
    latency: Callable[[int], float] | None = None
    tokens: Callable[[Body], tuple[int, ...]] = lambda body: TOKENS
    text: Callable[[Body], str] = lambda body: TEXT
    template: Callable[[Body], str] | None = as_prompt
    kind: str = "vllm"
    facts: Body = field(default_factory=dict)
    message: Body = field(default_factory=dict)
    token_ids: bool = True
    key: str = ""
    hold: bool = False
    hold_all: bool = False
    context: int = 512
    reply: Callable[[Body], Any] | None = None
    listing: Any = None
    prefix: str = "/v1"
    finish: Any = "stop"
    pace: float = 0.005
    gathers: bool = False
    basic: str = ""
    aliases: tuple[str, ...] = ()
    per_tool: int = 0
    at: int = 0

    def __post_init__(self) -> None:
        self.bodies: list[Body] = []
        self.keep_bodies = True
        self.headers: list[dict[str, str]] = []
        self.queries: list[str] = []
        self.away = self.deaf = False
        self.dropped = self.probes = 0
        self.gone = 0
        self.count = 0
        self.running = self.most_running = 0
        self.first = self.last = 0.0
        self.port = 0
        self._release = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def __enter__(self) -> Stub:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self.listen())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close())
        self._loop.close()

    async def listen(self) -> None:
        app = web.Application(client_max_size=1 << 26, middlewares=[self._door])
        app.router.add_get(f"{self.prefix}/models", self._models)
        app.router.add_get(f"{self.prefix}/models/{{name:.+}}", self._model)
        beside = self.prefix.removesuffix("/v1")
        app.router.add_post(f"{beside}/tokenize", self._tokenize)
        app.router.add_post(f"{beside}/detokenize", self._detokenize)
        app.router.add_post(f"{beside}/apply-template", self._apply)
        app.router.add_get(f"{beside}/{{fact:tokenizer_info|props|version|metrics|list_workers|health}}", self._fact)
        app.router.add_get("/stats", self._stats)
        app.router.add_get("/release", self._released)
        app.router.add_post(f"{self.prefix}/chat/completions", self._chat)
        app.router.add_post(f"{self.prefix}/completions", self._complete)
        runner = self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._site = web.TCPSite(runner, "127.0.0.1", self.at, backlog=1024)
        await self._site.start()
        self.port = runner.addresses[0][1]

    def shut(self) -> None:
        """Listens no more, and keeps the connections on which a request waits."""

        async def stop() -> None:
            await self._site.stop()
            assert self._runner.server is not None
            self._runner.server.pre_shutdown()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)

    async def _close(self) -> None:
        await self._runner.cleanup()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    @web.middleware
    async def _door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        self.queries.append(request.query_string)
        if self.away:
            self.dropped += 1
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        found: web.StreamResponse = await handler(request)
        return found

    async def _models(self, request: web.Request) -> web.Response:
        self.probes += 1
        if self.deaf:
            await asyncio.sleep(60)
        if self.basic:
            wanted = "Basic " + base64.b64encode(self.basic.encode()).decode()
            if request.headers.get("Authorization") != wanted:
                return web.json_response({"error": {"message": "who are you?"}}, status=401)
        if self.listing is not None:
            return as_response(self.listing)
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"error": {"message": "no key"}}, status=401)
        return web.json_response(
            {"object": "list", "data": [{"id": name, "max_model_len": self.context} for name in self.models]}
        )

    async def _model(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.json_response({"id": f"{name}-2025"}, status=200 if name in self.aliases else 404)

    async def _tokenize(self, request: web.Request) -> web.Response:
        if self.template is None:
            return web.json_response({"error": {"message": "not found"}}, status=404)
        if self.kind == "llama":
            return web.json_response({"tokens": []})
        tokens = [ord(character) for character in self.template(await request.json())]
        return web.json_response({"count": len(tokens), "max_model_len": self.context, "tokens": tokens})

    async def _detokenize(self, request: web.Request) -> web.Response:
        body = await request.json()
        text = "".join(map(chr, body["tokens"]))
        if self.kind == "sglang":
            return web.json_response({"text": re.sub("<[^<>]*>", "", text) if body["skip_special_tokens"] else text})
        return web.json_response({"prompt": text})

    async def _apply(self, request: web.Request) -> web.Response:
        if self.template is None or self.kind != "llama":
            return web.json_response({"error": {"message": "not found"}}, status=404)
        return web.json_response({"prompt": self.template(await request.json())})

    async def _fact(self, request: web.Request) -> web.Response:
        found = self.facts.get(request.match_info["fact"], 404)
        if found == "hang":
            await asyncio.sleep(60)
        return as_response(found)

    async def _stats(self, request: web.Request) -> web.Response:
        names = ("count", "most_running", "first", "last")
        return web.json_response({name: getattr(self, name) for name in names})

    async def _released(self, request: web.Request) -> web.Response:
        self._release.set()
        return web.json_response({})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, chat=True)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, chat=False)

    async def _answer(self, request: web.Request, *, chat: bool) -> web.StreamResponse:
        body = json.loads(await request.read())
        number = self._arrived(body)
        try:
            if self.hold_all or (self.hold and number == 0):
                await self._release.wait()
            if self.latency is not None:
                await asyncio.sleep(self.latency(number))
            fault = self.faults.pop(0) if self.faults else ""
            if fault and not fault.startswith(("break", "stall")):
                return await self._fail(request, fault)
            reply = self.reply(body) if self.reply else None
            if reply is not None:
                return as_response(reply)
            if body.get("stream"):
                return await self._stream(request, body, fault)
            return web.json_response(self._whole(body, chat))
        except (asyncio.CancelledError, ConnectionError):
            self.gone += 1
            raise
        finally:
            self.running -= 1
            self.last = time.time()

    def _arrived(self, body: Body) -> int:
        self.first = self.first or time.time()
        if self.keep_bodies:
            self.bodies.append(body)
        self.count += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        return self.count - 1

    def _whole(self, body: Body, chat: bool) -> Body:
        offered = self.per_tool * len(body.get("tools") or ())
        usage = {"prompt_tokens": 7 + offered, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 3}}
        if chat:
            message = {"role": "assistant", "content": self.text(body), **self.message}
            return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
        choice: Body = {"index": 0, "text": self.text(body), "finish_reason": "stop"}
        if self.token_ids and body.get("return_token_ids"):
            choice["token_ids"] = list(self.tokens(body)[: body["max_tokens"]])
        return {"choices": [choice], "usage": usage}

    async def _stream(self, request: web.Request, body: Body, fault: str) -> web.StreamResponse:
        word, _, events = fault.partition(" ")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        tokens = self.tokens(body)[: body["max_tokens"]]
        parts = _parts(tokens, body.get("stream_interval", 1) if self.gathers else 1)
        for number, part in enumerate(parts):
            if word == "stall" and number == int(events):
                await asyncio.sleep(60)
            if word == "break" and number == int(events):
                assert request.transport is not None
                request.transport.close()
                return response
            reason = None if number + 1 < len(parts) or not isinstance(self.finish, str) else self.finish
            choice = {"index": 0, "text": "", "token_ids": part, "finish_reason": reason}
            await response.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
            await asyncio.sleep(self.pace)
        if word == "break" and int(events) == len(parts):
            assert request.transport is not None
            request.transport.close()
            return response
        if not isinstance(self.finish, str):
            await response.write(b"data: " + json.dumps(self.finish).encode() + b"\n\n")
        usage = {"prompt_tokens": 7, "completion_tokens": len(tokens), "prompt_tokens_details": {"cached_tokens": 3}}
        await response.write(b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _fail(self, request: web.Request, fault: str) -> web.StreamResponse:
        assert request.transport is not None
        word, _, rest = fault.partition(" ")
        if word == "hang":
            await asyncio.sleep(60)
        if word == "drop":
            request.transport.close()
        if word == "half":
            request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b'{"choices": [{')
            request.transport.close()
        if word == "garbage":
            return web.Response(body=b'{"choices": [{"mess')
        if word == "empty":
            return web.json_response({"choices": []})
        if word.isdigit():
            after = {"Retry-After": rest.split()[1]} if rest.startswith("after") else {}
            error = {"error": {"message": rest or "scripted", "code": int(word)}}
            return web.json_response(error, status=int(word), headers=after)
        return web.Response()


def _parts(tokens: Sequence[int], interval: int) -> list[list[int]]:
    """The tokens of each event, as vLLM sends them: the first alone."""
    begins = [0, *range(1, len(tokens), interval)] if tokens else []
    return [list(tokens[begin:end]) for begin, end in pairwise([*begins, len(tokens)])]


def as_response(reply: Any) -> web.Response:
    """A body, or a status and a body; bytes as they are, everything else as JSON."""
    status, body = (reply, {}) if isinstance(reply, int) else reply if isinstance(reply, tuple) else (200, reply)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.Response(status=status, body=data, content_type="application/json")


def latencies(kind: str, mean: float, count: int, sigma: float = 1.0, seed: int = 0) -> list[float]:
    """Seconds for each request: ``none``, ``equal`` or ``lognormal``, with the given mean."""
    rng = random.Random(seed)
    if kind == "lognormal":
        return [mean * rng.lognormvariate(-sigma * sigma / 2, sigma) for _ in range(count)]
    return [mean if kind == "equal" else 0.0] * count


async def serve(args: argparse.Namespace) -> None:
    said = dict(pair.partition("=")[::2] for pair in args.say)
    stub = Stub(
        hold=args.hold,
        hold_all=args.hold_all,
        context=args.context,
        models=(MODEL, *said),
        text=lambda body: said.get(body["model"], TEXT),
    )
    stub.keep_bodies, stub.per_tool = False, 1
    if args.tokens:
        stub.pace, stub.tokens = args.pace, lambda body: (args.token,) * args.tokens
    if args.latency != "none":
        waits = latencies(args.latency, args.mean, args.count)
        stub.latency = lambda number: waits[number % len(waits)]
    await stub.listen()
    print(stub.url, flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", choices=["none", "equal", "lognormal"], default="none")
    parser.add_argument("--mean", type=float, default=0.2, help="seconds")
    parser.add_argument("--count", type=int, default=100_000, help="requests that have a latency of their own")
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--hold-all", action="store_true")
    parser.add_argument("--context", type=int, default=512, help="tokens")
    parser.add_argument("--tokens", type=int, default=0, help="of an answer, as far as it may be as long")
    parser.add_argument("--token", type=int, default=11, help="each of them")
    parser.add_argument("--pace", type=float, default=0.005, help="seconds between the messages of a stream")
    parser.add_argument("--say", action="append", default=[], help="MODEL=TEXT: another model, and what it says")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
