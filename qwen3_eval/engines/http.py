"""JSON over HTTP with aiohttp: one session, patience shared by all requests, server-sent events."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import math
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from email.utils import parsedate_to_datetime
from errno import ECONNREFUSED
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import quote

from qwen3_eval import secrets
from qwen3_eval.engines.address import VERSION, Address
from qwen3_eval.engines.patience import Absence, Again, Away, Breaker, Retry, Tries
from qwen3_eval.engines.refusals import Refusal, code_in, loaded, read_refusal, refusal_in
from qwen3_eval.engines.replies import FailedReply
from qwen3_eval.files import compact
from qwen3_eval.types import Json, JsonValue, UsageError

if TYPE_CHECKING:
    from aiohttp import ClientResponse

T = TypeVar("T")
Head: TypeAlias = dict[str, str] | None
# By which vllm-router and others send what belongs together to one server, where its cache is.
SESSION = "X-Session-ID"
# Bytes; the first event repeats the prompt, in token ids.
LONGEST_EVENT = 1 << 23
# Bytes of an answer, or of a whole stream. A million tokens with their ids are a tenth of it.
LONGEST_BODY = 1 << 26
AWAY = {502, 503, 504}
BUSY = {429, 503}
# A peer that is gone without a word is noticed after about a minute.
KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
# So long may streams of a server that listens again be silent before they are broken off.
GRACE_BEATS = 5
SILENT = "the server fell silent, and nothing there answers"
OVERSIZED = f"the server's answer is longer than {LONGEST_BODY >> 20} MiB"


class Refused(Exception):
    """A request that the server turned down for good."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Client:
    """One server.

    key: sent as a bearer token unless empty; credentials in the address are sent instead of it.
    absence: what is done about a server that goes away.
    """

    def __init__(self, address: Address, key: str, retry: Retry, absence: Absence | None = None) -> None:
        from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

        self._address, self._keyed = address, bool(key)
        self._root = address.usual
        self._retry = retry
        self._absence = absence or Absence()
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if address.user or key:
            headers["Authorization"] = _authorization(address, key)
        self._session, self._door = (
            ClientSession(
                headers=headers,
                connector=TCPConnector(limit=0, ttl_dns_cache=300, socket_factory=_socket, force_close=fresh),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=seconds, sock_connect=30),
            )
            # Whether somebody listens shows a new connection: an open one may reach a server that listens no more.
            for fresh, seconds in ((False, retry.timeout_s), (True, retry.probe_s))
        )
        self.breaker = Breaker(self._probe, retry, address.shown, self._absence)
        # What breaks off each request that waits, and since when nothing came for it; and each that was broken off.
        self._waiting: dict[Callable[[], object], float] = {}
        self._cut: set[Callable[[], object]] = set()
        self._heard = 0.0
        # When nobody listened there; 0 when somebody has answered since.
        self._shut = 0.0
        self._beating: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Closes the connections."""
        beating, self._beating = self._beating, None
        if beating is not None:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        await self.breaker.close()
        await self._session.close()
        await self._door.close()

    async def models(self) -> list[dict[str, JsonValue]] | None:
        """What ``GET /models`` lists, at the first root that has it; None when the server has no such list.

        Raises UsageError when nobody answers, or a key is wanted.
        """
        for root in self._address.roots:
            listed = self._listed(*await self._get(f"{root}/models"))
            if listed is not None:
                self._root = root
                return listed
        return None

    async def lists(self, model: str) -> bool:
        """Whether the server knows a model by a name that its list need not have, such as an alias of a hosted one."""
        try:
            status, body = await self._get(f"{self._root}/models/{quote(model)}")
        except UsageError:
            return False
        found = loaded(body) if status == 200 else None
        return isinstance(found, dict) and isinstance(found.get("id"), str)

    async def facts(self, path: str) -> JsonValue:
        """The JSON that stands at a path beside the server's endpoints; None where there is none."""
        return loaded(await self._stands(path))

    async def text(self, path: str) -> str:
        """The text that stands at a path beside the server's endpoints; empty where there is none."""
        return (await self._stands(path)).decode("utf-8", "replace")

    async def _stands(self, path: str) -> bytes:
        try:
            status, body = await self._get(f"{self._beside}/{path}")
        except UsageError:
            return b""
        return body if status == 200 else b""

    async def told(self, path: str, body: Json, *, beside: bool = True) -> JsonValue:
        """The JSON answer to one request that is made once; None where there is none.

        beside: the path stands beside the server's endpoints, as for ``facts``; else it is one of them.
        """
        from aiohttp import ClientError, ClientTimeout

        url = f"{self._beside}/{path}{self._address.query}" if beside else self._url(path)
        limit = ClientTimeout(total=self._retry.probe_s)
        try:
            async with self._session.post(url, data=compact(body), timeout=limit, allow_redirects=False) as response:
                return loaded(await _body(response)) if response.status == 200 else None
        except (FailedReply, ClientError, TimeoutError, OSError, ValueError):
            return None

    @property
    def _beside(self) -> str:
        """The root without its version: behind a prefix another server may stand at the host itself."""
        path, _, last = self._root.rpartition("/")
        return path if VERSION.fullmatch(last) else self._root

    async def _get(self, url: str) -> tuple[int, bytes]:
        from aiohttp import ClientError, ClientTimeout

        try:
            async with self._session.get(
                url + self._address.query, timeout=ClientTimeout(total=self._retry.probe_s)
            ) as response:
                return response.status, await _body(response)
        except FailedReply:
            return 200, b""
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise UsageError(f"no server answers at {self._address.shown}: {_words(error)}") from error

    def _listed(self, status: int, body: bytes) -> list[dict[str, JsonValue]] | None:
        if status in (401, 403):
            keyed = "takes another key" if self._keyed else "wants a key"
            wants = "takes other credentials" if self._address.user else keyed
            raise UsageError(f"the server at {self._address.shown} {wants} ({status}); set OPENAI_API_KEY")
        answer = loaded(body) if status == 200 else None
        listed = answer.get("data") if isinstance(answer, dict) else None
        found = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        return found or None

    async def _probe(self) -> bool:
        """Whether anybody answers for the server, and does not say that it is away."""
        self._absence.alive()
        return 0 < await self._status() < 500

    async def _status(self) -> int:
        """The status with which the server lists its models; 0 where nobody answers.

        A server that listens again is a new one, or will not remember: what was asked before nobody listened, and says
        nothing for a while after, is broken off. vLLM that is told to end listens no more and keeps such requests, but
        never answers them.
        """
        from aiohttp import ClientError

        try:
            async with self._door.get(f"{self._root}/models{self._address.query}") as response:
                self._open_again()
                return response.status
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            self._note_shut(error)
            return 0

    def _open_again(self) -> None:
        if self._shut:
            asyncio.get_running_loop().call_later(GRACE_BEATS * self._retry.beat_s, self._ask_again, self._shut)
            self._shut = 0.0

    def _ask_again(self, shut: float) -> None:
        if owed := self._break_off(shut):
            shown = self._address.shown
            sys.stderr.write(f"the server at {shown} is back; {owed} requests that it owed are asked again\n")

    def _note_shut(self, error: Exception) -> None:
        from aiohttp import ClientConnectorError

        if isinstance(error, ClientConnectorError) and error.os_error.errno == ECONNREFUSED:
            self._shut = time.monotonic()

    async def post(self, path: str, body: Json, read: Callable[[dict[str, JsonValue]], T], session: str = "") -> T:
        """What ``read`` makes of the JSON answer to a JSON request, with retries.

        session: what belongs together, for a router in front of several servers (``SESSION``). read: may raise
        FailedReply for an answer that another try may mend. Raises Refused, EngineError, Away, and IncompleteError when
        the server is gone.
        """
        data = compact(body)
        tries = self.tries()
        while True:
            await self.ready()
            try:
                found = await self._try(self._url(path), data, read, _headed(session))
            except Again as error:
                await self.recover(tries, error)
            else:
                self.breaker.worked()
                return found

    def tries(self) -> Tries:
        """For one request."""
        return Tries(self._retry, self.breaker.answers)

    async def ready(self) -> None:
        """Waits until the server is there. Raises IncompleteError when it was away for too long.

        One of several servers has been looked at before a request was sent its way.
        """
        if not self._absence.others:
            await self.breaker.passed()

    async def recover(self, tries: Tries, error: Again) -> None:
        """Waits after a failure until it may be tried again. Raises EngineError when that was the last try.

        Raises Away where another server may be tried at once.
        """
        self._absence.alive()
        if error.away:
            self.breaker.failed(error.wanted, said_so=error.busy or error.wanted > 0)
            if self._absence.others:
                raise Away(str(error)) from error
        await tries.again(error)

    def _url(self, path: str) -> str:
        return f"{self._root}/{path}{self._address.query}"

    async def _try(self, url: str, data: bytes, read: Callable[[dict[str, JsonValue]], T], head: Head) -> T:
        from aiohttp import ClientError

        try:
            with self._watched():
                async with self._session.post(url, data=data, headers=head, allow_redirects=False) as response:
                    content = await _body(response)
                    if response.status != 200:
                        raise _refused(response, content)
            answer = loaded(content)
            if answer is None:
                raise FailedReply("the server sent half a body or no JSON")
            return read(_sound(answer))
        except (ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            raise self._again(error) from error

    async def events(self, path: str, body: Json, session: str = "") -> AsyncGenerator[dict[str, JsonValue], None]:
        """Server-sent events of one request; leaving early closes its connection, which aborts it.

        session: as for ``post``. Raises Again when another try may help, Refused when not.
        """
        from aiohttp import ClientError

        data, size = compact(body), 0
        try:
            async with await self._answering(path, data, _headed(session)) as response:
                self._waiting[response.close] = time.monotonic()
                try:
                    async for line in response.content:
                        size += len(line)
                        if size > LONGEST_BODY:
                            raise FailedReply(OVERSIZED)
                        if line.startswith(b"data:") and b"[DONE]" not in line[:16]:
                            self._heard = self._waiting[response.close] = time.monotonic()
                            yield _sound(loaded(line[5:]))
                finally:
                    self._waiting.pop(response.close, None)
                    self._cut.discard(response.close)
        except (ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            raise self._again(error) from error
        self.breaker.worked()

    async def _answering(self, path: str, data: bytes, head: Head) -> ClientResponse:
        """A stream that has begun."""
        url = self._url(path)
        with self._watched():
            response = await self._session.post(
                url, data=data, headers=head, read_bufsize=LONGEST_EVENT, allow_redirects=False
            )
            if response.status != 200:
                async with response:
                    raise _refused(response, await _body(response))
            return response

    def _again(self, error: Exception) -> Again:
        """A failure of the connection, or of what came through it."""
        from aiohttp import ConnectionTimeoutError

        self._note_shut(error)
        if isinstance(error, RecursionError):
            return FailedReply("the server's answer is nested too deep")
        if isinstance(error, ConnectionTimeoutError):
            return Again("no connection within 30 s", away=True)
        if isinstance(error, TimeoutError):
            return FailedReply(f"no answer within {self._retry.timeout_s:g} s")
        if isinstance(error, OSError) or not isinstance(error, ValueError):
            return Again(_words(error), away=True)
        return FailedReply(f"the server's answer is broken: {_words(error)}")

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """This task's request is broken off when the server shows no sign of life, which raises Again."""
        cut = self._watch()
        try:
            yield
        except asyncio.CancelledError as error:
            if not self._was_cut():
                raise
            raise Again(SILENT, away=True) from error
        finally:
            self._waiting.pop(cut, None)
            self._cut.discard(cut)

    def _watch(self) -> Callable[[], object]:
        """Takes this task among those that are broken off when the server shows no sign of life; says how."""
        task = asyncio.current_task()
        assert task is not None
        if not self._waiting:
            self._heard = time.monotonic()
        self._waiting[cut := task.cancel] = time.monotonic()
        if self._beating is None:
            self._beating = asyncio.get_running_loop().create_task(self._beat())
        return cut

    def _was_cut(self) -> bool:
        """Whether it was us who ended this task's request, and nobody who wants the task itself to end."""
        task = asyncio.current_task()
        return task is not None and task.cancel in self._cut and task.uncancel() == 0

    async def _beat(self) -> None:
        """Asks a silent server whether it lives: a long answer is silence too, so nothing is broken off for that."""
        while True:
            await asyncio.sleep(self._retry.beat_s)
            silent = time.monotonic() - self._heard
            if not self._waiting or silent < self._retry.beat_s:
                continue
            if await self._status():
                self._heard = time.monotonic()
            elif time.monotonic() - self._heard >= min(self._retry.dead_s, self._retry.total_s):
                self._break_off(math.inf)
                self._heard = time.monotonic()

    def _break_off(self, before: float) -> int:
        """Breaks off the requests for which nothing has come since before that time; how many."""
        found = [cut for cut, since in self._waiting.items() if since < before]
        self._cut.update(found)
        for cut in found:
            cut()
        return len(found)


def _headed(session: str) -> Head:
    return {SESSION: session} if session else None


def _authorization(address: Address, key: str) -> str:
    """Basic for credentials in the address, which are meant for this server; else the key as a bearer token."""
    if not address.user:
        return f"Bearer {key}"
    return "Basic " + base64.b64encode(f"{address.user}:{address.password}".encode()).decode()


def _socket(info: tuple[int, int, int, str, object]) -> socket.socket:
    found = socket.socket(*info[:3])
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in KEEPALIVE.items():
        if hasattr(socket, name):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
    return found


async def _body(response: ClientResponse) -> bytes:
    """A whole body. Raises FailedReply for one that is too long, compressed or not."""
    length = response.content_length
    if length is not None and length <= LONGEST_BODY and "Content-Encoding" not in response.headers:
        return await response.read()
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > LONGEST_BODY:
            raise FailedReply(OVERSIZED)
    return bytes(body)


def _sound(answer: JsonValue) -> dict[str, JsonValue]:
    """An answer, or an event, that is an object without an error in it.

    Raises Refused for an error that asking again would bring again, FailedReply for another.
    """
    if not isinstance(answer, dict):
        raise FailedReply("the server's answer is no object")
    error = answer.get("error") or (answer if answer.get("object") == "error" else None)
    if not error:
        return answer
    refusal = refusal_in(code_in(error, 500), answer)
    if refusal.kind == "passing":
        raise FailedReply(f"the server failed: {refusal.said}")
    raise Refused(refusal)


def _refused(response: ClientResponse, content: bytes) -> Exception:
    """The exception for a status other than 200: one that asks for another try, or a final one."""
    status = response.status
    if 300 <= status < 400:
        place = secrets.redacted(secrets.shown_address(response.headers.get("Location", "another address")))
        return Refused(Refusal("final", status, f"it has moved to {place}; give that as --base-url"))
    refusal = read_refusal(status, content, response.reason or "")
    if refusal.kind != "passing":
        return Refused(refusal)
    wanted = retry_after(response.headers.get("Retry-After", ""), time.time())
    return Again(str(refusal), wanted, away=status in AWAY, busy=status in BUSY)


def retry_after(value: str, now: float) -> float:
    """Seconds that a ``Retry-After`` asks for, as a number or as a date (RFC 9110, 10.2.3); 0 for anything else."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def _words(error: BaseException) -> str:
    return secrets.redacted(" ".join(str(error).split()) or type(error).__name__)
