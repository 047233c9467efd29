"""JSON over HTTP with aiohttp: one session, bounded retries, server-sent events."""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qwen3_eval.engines.base import EngineError
from qwen3_eval.types import UsageError

if TYPE_CHECKING:
    from aiohttp import ClientResponse

RETRYABLE = {408, 409, 425, 429}
PROBE_SECONDS = 10.0
LONGEST_ERROR = 300
# Bytes; the first event repeats the prompt, in token ids.
LONGEST_EVENT = 1 << 23
# What servers say in a 400 when prompt and answer do not fit.
CONTEXT = ("context length", "maximum model length", "max_model_len", "context window", "context_length_exceeded")


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with full jitter.

    tries: requests at most, the first included. total_s: no further try starts after so many seconds.
    base_s, cap_s: the longest pause after the first failure, and ever. timeout_s: for one request.
    """

    tries: int = 5
    total_s: float = 3_600.0
    base_s: float = 0.5
    cap_s: float = 30.0
    timeout_s: float = 7_200.0

    @classmethod
    def from_environment(cls) -> Retry:
        """With ``QWEN3_EVAL_HTTP_TRIES``, ``_TOTAL_S`` and ``_TIMEOUT_S``, where they are set.

        Raises UsageError for a value that is not a positive number.
        """
        usual = cls()
        return cls(
            tries=math.ceil(_setting("TRIES", usual.tries)),
            total_s=_setting("TOTAL_S", usual.total_s),
            timeout_s=_setting("TIMEOUT_S", usual.timeout_s),
        )

    async def pause(self, attempt: int, wanted: float = 0.0) -> None:
        """Sleeps after failure number ``attempt`` (from 0), at least as long as the server wanted, in seconds."""
        longest = min(self.cap_s, self.base_s * 2**attempt)
        await asyncio.sleep(max(random.uniform(0, longest), min(wanted, self.total_s)))


def _setting(name: str, usual: float) -> float:
    text = os.environ.get(f"QWEN3_EVAL_HTTP_{name}", "")
    if not text:
        return usual
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value <= 0:
        raise UsageError(f"QWEN3_EVAL_HTTP_{name} must be a positive number, got {text!r}")
    return value


class Again(Exception):
    """A failed request that may be made again, after ``wanted`` seconds where the server said so."""

    def __init__(self, message: str, wanted: float = 0.0) -> None:
        super().__init__(message)
        self.wanted = wanted


class Client:
    """One server. ``root``: its address with ``/v1``; ``key``: sent as a bearer token unless empty."""

    def __init__(self, root: str, key: str, retry: Retry) -> None:
        from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

        self._root = root
        self._retry = retry
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._session = ClientSession(
            headers=headers,
            connector=TCPConnector(limit=0, ttl_dns_cache=300),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=retry.timeout_s, sock_connect=30),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._session.close()

    async def models(self) -> list[dict[str, Any]] | None:
        """What ``GET /models`` lists; None when the server has no such list. Raises UsageError when nobody answers."""
        from aiohttp import ClientError, ClientTimeout

        limit = ClientTimeout(total=PROBE_SECONDS)
        try:
            async with self._session.get(f"{self._root}/models", timeout=limit) as response:
                status, body = response.status, await response.read()
        except (ClientError, TimeoutError, OSError) as error:
            raise UsageError(f"no server answers at {self._root}: {_words(error)}") from error
        if status in (401, 403):
            raise UsageError(f"the server at {self._root} wants a key ({status}); set OPENAI_API_KEY")
        try:
            listed = json.loads(body).get("data") if status == 200 else None
        except (ValueError, AttributeError):
            listed = None
        return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else None

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON answer to a JSON request, with retries. Raises EngineError."""
        url, data = f"{self._root}/{path}", encode(body)
        started = time.monotonic()
        for attempt in range(self._retry.tries):
            try:
                return await self._try(url, data)
            except Again as error:
                late = time.monotonic() - started + error.wanted > self._retry.total_s
                if late or attempt + 1 == self._retry.tries:
                    raise EngineError(f"{error} (after {attempt + 1} tries)") from error
                await self._retry.pause(attempt, error.wanted)
        raise EngineError("no try was allowed")

    async def _try(self, url: str, data: bytes) -> dict[str, Any]:
        from aiohttp import ClientError

        try:
            async with self._session.post(url, data=data) as response:
                content = await response.read()
                if response.status != 200:
                    raise refusal(response, content)
        except (ClientError, TimeoutError, OSError) as error:
            raise Again(_words(error)) from error
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise Again("the server sent half a body or no JSON") from error
        if not isinstance(answer, dict) or not answer.get("choices"):
            raise Again("the server sent an answer without choices")
        return answer

    async def events(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Server-sent events of one request; leaving early closes its connection, which aborts it.

        Raises Again when another try may help, EngineError when not.
        """
        from aiohttp import ClientError

        url = f"{self._root}/{path}"
        try:
            async with self._session.post(url, data=encode(body), read_bufsize=LONGEST_EVENT) as response:
                if response.status != 200:
                    raise refusal(response, await response.read())
                async for line in response.content:
                    if line.startswith(b"data:") and b"[DONE]" not in line[:16]:
                        yield _event(line[5:])
        except (ClientError, TimeoutError, OSError) as error:
            raise Again(_words(error)) from error
        except ValueError as error:
            raise Again(f"the server's stream is broken: {error}") from error


def encode(body: Mapping[str, Any]) -> bytes:
    """Compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _event(data: bytes) -> dict[str, Any]:
    event = json.loads(data)
    if not isinstance(event, dict):
        raise ValueError("the server sent an event that is no object")
    if "error" in event:
        raise Again(f"the server failed while streaming: {_said(event)}")
    return event


def refusal(response: ClientResponse, content: bytes) -> Exception:
    """The exception for a status other than 200: one that asks for another try, or a final EngineError."""
    said = _said_in(content) or response.reason or "no reason given"
    if response.status in RETRYABLE or response.status >= 500:
        return Again(f"HTTP {response.status}: {said}", _retry_after(response.headers.get("Retry-After", "")))
    if any(words in said.lower() for words in CONTEXT):
        return EngineError(f"context: {said}", retryable=False)
    return EngineError(f"HTTP {response.status}: {said}")


def _said_in(content: bytes) -> str:
    """The message in an error's body, on one line."""
    try:
        parsed = json.loads(content)
    except ValueError:
        return " ".join(content.decode(errors="replace").split())[:LONGEST_ERROR]
    return _said(parsed) if isinstance(parsed, dict) else str(parsed)[:LONGEST_ERROR]


def _said(answer: Mapping[str, Any]) -> str:
    error = answer.get("error") or answer
    message = error.get("message", error) if isinstance(error, dict) else error
    return " ".join(str(message).split())[:LONGEST_ERROR]


def _retry_after(value: str) -> float:
    """Seconds; 0 for a date or for nothing."""
    try:
        return max(0.0, float(value))
    except ValueError:
        return 0.0


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
