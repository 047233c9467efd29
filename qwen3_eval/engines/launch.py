"""Starts vLLM's OpenAI-compatible server on this machine, and never leaves an engine behind.

Between us and the server stands a keeper, this module run as a program. It holds the server in a
process group of its own, and ends the whole group when its standard input closes: when we stop it,
and also when we die, however that happens.

vLLM in process starts processes of its own, which outlive a parent that is killed (seen in 0.32)
and would keep their memory. A second kind of keeper (``Guard``) knows them, and ends them when we
are gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from qwen3_eval import secrets
from qwen3_eval.config import RunConfig
from qwen3_eval.engines.arguments import check_names, command_line, engine_arguments, vllm_environment
from qwen3_eval.engines.log import EngineLog
from qwen3_eval.types import Json, JsonValue, UsageError

LOOPBACK = "127.0.0.1"
START_SECONDS = 1_800.0
GRACE_SECONDS = 5.0
POLL_SECONDS = 0.2
GUARD = "--guard"
# What an owner says to its guard; silence means that it died.
CLOSED, ABANDONED = b"all is well", b"end what came later"
# A key goes to vLLM by this variable: everybody on the machine can read a command line.
KEY = "VLLM_API_KEY"
GUARD_SECONDS = 0.5
UNKNOWN = re.compile(r"unrecognized arguments?: --(?:no-)?([\w-]+)")


class LaunchedServer:
    """``python -m vllm.entrypoints.openai.api_server`` on a free port of the loopback interface."""

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self._keeper: subprocess.Popen[bytes] | None = None
        self._log = EngineLog()
        self.arguments: dict[str, JsonValue] = {}
        self.port = 0
        self.key = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Starts the server and waits until it is healthy. Raises UsageError with its reason when it ends instead."""
        self.port = free_port()
        self.arguments = engine_arguments(self._config)
        self.key = str(self.arguments.get("api_key") or os.environ.get(KEY, ""))
        self._spawn(server_command(self._config, self.arguments, self.port))
        try:
            await asyncio.wait_for(self._healthy(), START_SECONDS)
        except TimeoutError as error:
            raise UsageError(f"the vLLM server was not ready after {START_SECONDS:.0f} s") from error

    def _spawn(self, command: Sequence[str]) -> None:
        output = self._log.open()
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", __name__, *command],
            stdin=subprocess.PIPE,
            stdout=output or sys.stderr,
            stderr=output or sys.stderr,
            env={**os.environ, **vllm_environment(), **({KEY: self.key} if self.key else {})},
        )

    async def _healthy(self) -> None:
        while not await _answers(self.port):
            if self.ended():
                raise UsageError(f"the vLLM server cannot start: {self._explained()}")
            await asyncio.sleep(POLL_SECONDS)

    def _explained(self) -> str:
        reason = self.reason()
        unknown = UNKNOWN.search(reason)
        if unknown:
            with contextlib.suppress(ImportError):
                from vllm.engine.arg_utils import AsyncEngineArgs

                check_names([unknown[1]], AsyncEngineArgs.__dataclass_fields__)
        return reason

    def ended(self) -> bool:
        """Whether the server is not running (any more)."""
        return self._keeper is None or self._keeper.poll() is not None

    def reason(self) -> str:
        """What the server said before it ended."""
        return secrets.redacted(self._log.reason()) or "it ended without a word; see it with QWEN3_EVAL_VLLM_LOG=info"

    async def stop(self) -> None:
        """Ends the server with all its processes; safe to call twice."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.stdin is not None:
            keeper.stdin.close()
            await asyncio.to_thread(keeper.wait)
        self._log.close()


class Guard:
    """Ends all processes that descend from this one if it dies without ``close()``."""

    def __init__(self) -> None:
        self._keeper: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Begins to watch."""
        owner = os.getpid()
        command = [sys.executable, "-m", __name__, GUARD, str(owner), *map(str, descendants(owner))]
        self._keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        """Ends the watch, and nothing else; safe to call twice and before ``open``."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            with contextlib.suppress(BrokenPipeError):
                keeper.communicate(CLOSED)

    def abandon(self) -> None:
        """Ends now those that were started since ``open``; safe to call twice and before ``open``."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            with contextlib.suppress(BrokenPipeError):
                keeper.communicate(ABANDONED)


def guard(owner: int, *earlier: int) -> int:
    """Remembers what descends from a process; kills it when our standard input closes without a word.

    earlier: what descended from it before, which is spared where the owner lives and lets go of the rest alone.
    """
    _overhear()
    known: dict[int, str] = {}
    while not select.select([sys.stdin], [], [], GUARD_SECONDS)[0]:
        known = {pid: born(pid) for pid in descendants(owner)}
    word = sys.stdin.buffer.read()
    if word != CLOSED:
        spared = {os.getpid(), *(earlier if word == ABANDONED else ())}
        known |= {pid: born(pid) for pid in descendants(owner)}
        for pid, birth in known.items():
            if birth and birth == born(pid) and pid not in spared:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    return 0


def descendants(pid: int) -> Iterator[int]:
    """The processes that a process has started, and those that these have started; any may end while it is read."""
    with contextlib.suppress(OSError):
        for path in Path("/proc", str(pid), "task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in map(int, path.read_text().split()):
                    yield child
                    yield from descendants(child)


def born(pid: int) -> str:
    """When a process started, in the system's ticks; empty when there is none. It tells a number used again."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def server_command(config: RunConfig, arguments: Json, port: int) -> list[str]:
    """The command that serves a config's model under the name that the run uses for it."""
    own: dict[str, JsonValue] = {
        "served_model_name": config.model,
        "host": LOOPBACK,
        "port": port,
        "uvicorn_log_level": "warning",
        "disable_uvicorn_access_log": True,
        "enable_prompt_tokens_details": True,
    }
    flags = command_line({**own, **{name: value for name, value in arguments.items() if name != "api_key"}})
    return [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *flags]


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


async def _answers(port: int) -> bool:
    """Whether ``GET /health`` gives 200."""
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    try:
        writer.write(f"GET /health HTTP/1.0\r\nHost: {LOOPBACK}\r\n\r\n".encode())
        status = await asyncio.wait_for(reader.readline(), 5)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
    return b" 200 " in status


def keep(command: Sequence[str]) -> int:
    """Runs a command in a process group of its own until it ends, or until our standard input closes.

    Returns its exit code. Signals that would end us are left to the closing of the input, so that a
    Ctrl-C on the terminal does not take the server away while answers are still coming in.
    """
    _overhear()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    while child.poll() is None:
        if select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
            break
    _end_group(child)
    return child.wait()


def _overhear() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _overheard)


def _overheard(number: int, frame: object) -> None:
    """Does nothing. (A handler, unlike an ignored signal, is not handed down to the server.)"""


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Asks the whole group to end, and ends what is left of it after a while."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            child.poll()
            os.killpg(child.pid, 0)
            time.sleep(0.05)
        os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(guard(*map(int, sys.argv[2:])) if sys.argv[1] == GUARD else keep(sys.argv[1:]))
