"""Untrusted programs in bubblewrap: namespaces, a minimal read-only system, and limits.

What a program gets: no network, no other process in sight, a read-only system (``/usr`` and the
Python interpreter, nothing else: no home, no project, no secrets of ``/etc``), an empty private
``/tmp`` as its working folder, a cleared environment, no capabilities and no way to gain any.
Limits hold its CPU time, address space, processes, files and output; whatever it has started dies
with it. There is no fallback: where this cannot be had, ``SandboxUnavailable`` is raised.

A normal user's programs run in a user namespace of their own. Root's programs run as an otherwise
unused user id, because the kernel's limit on processes does not bind root, not even in a user
namespace.

What it does not cover:

- The kernel is shared and no system call is filtered: a hole in the kernel is a way out. For
  programs that were written to attack, put a virtual machine around the whole evaluation.
- CPU time and memory are limited per process, and the number of processes is limited; their
  product, not the single figure, bounds a program that forks. The wall limit ends it.
- Side channels, the time of day, the machine's CPU model and memory size can be seen.
- Before Linux 5.14 the limit on processes counts all processes of a normal user, so that programs
  may be unable to start children.
"""

from __future__ import annotations

import functools
import math
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from qwen3_eval.types import UsageError

# Not handed out by Debian's adduser nor by systemd (see systemd's UIDS-GIDS): 60578 to 61183.
FIRST_UID, UIDS = 60_600, 500
ETC = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types")
MASKED = ("/usr/src", "/usr/local/src")
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
}
# First process of the sandbox: waits for the program, so that its CPU time is accounted, reports its
# exit code (128 + N for a signal) without a word of its own, and takes all that is left with it.
INIT = ("/bin/sh", "-c", 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?', "init")
CHUNK = 65_536
DRAIN_SECONDS = 1.0
MEGABYTE = 2**20


class SandboxUnavailable(UsageError):
    """This machine cannot isolate programs. The message says why and how to change it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use.

    cpu_seconds: per process, rounded up to whole seconds. wall_seconds: None means three times that.
    memory_mb: address space per process; None where a runtime reserves far more than it uses.
    output_bytes: of each of the two output streams. disk_mb: all files together.
    """

    cpu_seconds: float = 10.0
    wall_seconds: float | None = None
    memory_mb: int | None = 512
    output_bytes: int = 65_536
    processes: int = 32
    open_files: int = 256
    disk_mb: int = 64

    @property
    def wall(self) -> float:
        """Wall limit in seconds."""
        return 3 * self.cpu_seconds if self.wall_seconds is None else self.wall_seconds


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """How a program ended.

    exit_code: its own, 128 + N when a signal N ended it; None when the sandbox ended it.
    killed: why the sandbox ended it: ``cpu``, ``wall`` or ``output``; else empty.
    timed_out: ``killed`` is ``cpu`` or ``wall``.
    cpu_seconds: of the program and the children that it waited for; near 0 after ``wall`` and ``output``.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    timed_out: bool
    killed: str
    cpu_seconds: float


def run_program(
    source: str,
    *,
    stdin: str = "",
    cpu_seconds: float = 10.0,
    wall_seconds: float | None = None,
    memory_mb: int = 512,
    output_bytes: int = 65_536,
) -> ProgramResult:
    """Runs a Python program, with the standard library of this interpreter.

    Limits as in ``Limits``. Blocks: call it from a worker process. Raises SandboxUnavailable.
    """
    limits = Limits(cpu_seconds, wall_seconds, memory_mb, output_bytes)
    python, folders = _interpreter()
    argv = [str(python), "-s", "-P", "/tmp/program.py"]
    return run_command(argv, files={"program.py": source}, stdin=stdin, limits=limits, read_only=folders)


def run_command(
    argv: Sequence[str],
    *,
    files: Mapping[str, str] | None = None,
    stdin: str = "",
    limits: Limits | None = None,
    read_only: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
) -> ProgramResult:
    """Runs a command in ``/tmp`` of a fresh sandbox. Raises SandboxUnavailable.

    files: texts to put into ``/tmp``, by name. read_only: further folders that it may read, at
    the paths that they have here. environment: variables beside the fixed ones.
    """
    reason = available()
    if reason is not None:
        raise SandboxUnavailable(reason)
    return _run(argv, files or {}, stdin, limits or Limits(), read_only, environment or {})


@functools.cache
def available() -> str | None:
    """None when programs can be isolated here, else why not and what to do about it.

    Tries a real sandbox once per process (about 20 ms).
    """
    if sys.platform != "linux":
        return "running untrusted programs needs Linux with bubblewrap"
    for tool, package in (("bwrap", "bubblewrap"), ("prlimit", "util-linux"), ("setpriv", "util-linux")):
        if shutil.which(tool) is None:
            return f"running untrusted programs needs {tool}; install the system's package {package}"
    trial = _run(["/usr/bin/env", "true"], {}, "", Limits(cpu_seconds=5), (), {})
    if trial.exit_code == 0:
        return None
    said = (trial.stderr.strip().splitlines() or [f"exit code {trial.exit_code}"])[0]
    return (
        f"bubblewrap cannot isolate programs here ({said}); allow user namespaces "
        "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), "
        "run as root, or give the container CAP_SYS_ADMIN"
    )


def _run(
    argv: Sequence[str],
    files: Mapping[str, str],
    stdin: str,
    limits: Limits,
    read_only: Sequence[Path],
    environment: Mapping[str, str],
) -> ProgramResult:
    sources = [_as_file(text) for text in files.values()]
    descriptors = dict(zip(files, (source.fileno() for source in sources), strict=True))
    command = [
        *_isolation(limits),
        *_system(read_only),
        *_variables({**ENVIRONMENT, **environment}),
        *_scratch(limits, descriptors),
        "--",
        *INIT,
        *_limiter(limits),
        *argv,
    ]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=tuple(descriptors.values()),
        )
    finally:
        for source in sources:
            source.close()
    return _Watch(process, stdin.encode(), limits).result()


def _as_file(text: str) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - _run closes it
    file.write(text.encode("utf-8", "surrogatepass"))
    file.seek(0)
    return file


def _drops_root() -> bool:
    """Root with a full range of user ids: programs get an unused one instead of a user namespace."""
    if os.geteuid() != 0:
        return False
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= FIRST_UID and first + count >= FIRST_UID + UIDS for first, _, count in ranges)


def _isolation(limits: Limits) -> list[str]:
    common = [
        "bwrap",
        *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *(
            "--as-pid-1",
            "--die-with-parent",
            "--new-session",
            "--clearenv",
            "--hostname",
            "sandbox",
            "--cap-drop",
            "ALL",
        ),
    ]
    if _drops_root():
        kept = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")  # given up by setpriv before the program starts
        return [*common, *(word for name in kept for word in ("--cap-add", name))]
    return [*common, "--unshare-user", "--uid", "1000", "--gid", "1000"]


def _system(read_only: Sequence[Path]) -> list[str]:
    """The read-only part of the file tree. Ancestors of a folder are made listable, but empty."""
    words = ["--ro-bind", "/usr", "/usr"]
    for name in MASKED:
        words += ["--tmpfs", name] if Path(name).is_dir() else []
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for name in ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder in read_only:
        for parent in reversed(folder.parents[:-1]):
            words += ["--perms", "0755", "--dir", str(parent)]
        words += ["--ro-bind", str(folder), str(folder)]
    return words


def _variables(environment: Mapping[str, str]) -> list[str]:
    return [word for name, value in environment.items() for word in ("--setenv", name, value)]


def _scratch(limits: Limits, descriptors: Mapping[str, int]) -> list[str]:
    """The writable part: ``/tmp`` and ``/dev/shm``, of limited size; all else is made read-only."""
    size = ["--perms", "1777", "--size", str(limits.disk_mb * MEGABYTE)]
    words = ["--proc", "/proc", "--dev", "/dev", *size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    words += [*size, "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp"]
    for name, descriptor in descriptors.items():
        words += ["--perms", "0644", "--file", str(descriptor), f"/tmp/{name}"]
    return words


def _limiter(limits: Limits) -> list[str]:
    """Sets the limits, and gives up root, inside the sandbox and before the program starts."""
    cpu = math.ceil(limits.cpu_seconds)
    words = ["prlimit", f"--cpu={cpu}:{cpu + 1}", f"--nproc={limits.processes}", f"--nofile={limits.open_files}"]
    words += [f"--fsize={limits.disk_mb * MEGABYTE}", "--core=0"]
    if limits.memory_mb is not None:
        words.append(f"--as={limits.memory_mb * MEGABYTE}")
    words.append("--")
    if _drops_root():
        uid = str(FIRST_UID + os.getpid() % UIDS)
        words += ["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups"]
        words += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]
    return words


@functools.cache
def _interpreter() -> tuple[Path, tuple[Path, ...]]:
    """The interpreter outside any virtual environment, and the folders that it needs."""
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    prefix = Path(sys.base_prefix).resolve()
    folders = [prefix / name for name in ("bin", "lib", "lib64") if (prefix / name).is_dir()]
    return base, tuple(folder for folder in folders if Path("/usr") not in folder.parents)


@dataclass(slots=True)
class _Watch:
    """Feeds a running sandbox, collects its output within the limits, and ends it."""

    process: subprocess.Popen[bytes]
    stdin: bytes
    limits: Limits
    killed: str = ""
    output: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})

    def result(self) -> ProgramResult:
        try:
            self._exchange()
        finally:
            os.kill(self.process.pid, signal.SIGKILL)
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            self._close()
        return self._judge(self.process.returncode, usage.ru_utime + usage.ru_stime)

    def _exchange(self) -> None:
        """Moves data until the output ends, the program ends, or a limit is passed."""
        deadline = time.monotonic() + self.limits.wall
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            exited = os.pidfd_open(self.process.pid)
            try:
                selector.register(exited, selectors.EVENT_READ, "exit")
                while not self.killed and self._wants_more(selector):
                    events = selector.select(max(0.0, deadline - time.monotonic()))
                    if not events:
                        self._out_of_time(selector)
                        break
                    for key, _ in events:
                        if key.data == "exit":
                            selector.unregister(exited)
                            deadline = min(deadline, time.monotonic() + DRAIN_SECONDS)
                        else:
                            self._move(selector, key.data)
            finally:
                os.close(exited)

    def _register(self, selector: selectors.BaseSelector) -> None:
        for name in ("stdin", "stdout", "stderr"):
            pipe = getattr(self.process, name)
            os.set_blocking(pipe.fileno(), False)
            event = selectors.EVENT_WRITE if name == "stdin" else selectors.EVENT_READ
            selector.register(pipe, event, name)

    def _wants_more(self, selector: selectors.BaseSelector) -> bool:
        """Output or the end of the program is still to come."""
        return any(key.data != "stdin" for key in selector.get_map().values())

    def _out_of_time(self, selector: selectors.BaseSelector) -> None:
        """The deadline has passed: of the program, or of reading what it left behind."""
        if any(key.data == "exit" for key in selector.get_map().values()):
            self.killed = "wall"

    def _move(self, selector: selectors.BaseSelector, name: str) -> None:
        pipe = getattr(self.process, name)
        if not (self._write() if name == "stdin" else self._read(name)):
            selector.unregister(pipe)
            pipe.close()

    def _write(self) -> bool:
        assert self.process.stdin is not None
        try:
            sent = os.write(self.process.stdin.fileno(), self.stdin[:CHUNK])
        except BrokenPipeError:
            return False
        self.stdin = self.stdin[sent:]
        return bool(self.stdin)

    def _read(self, name: str) -> bool:
        data = os.read(getattr(self.process, name).fileno(), CHUNK)
        kept = self.output[name]
        room = self.limits.output_bytes - len(kept)
        kept += data[:room]
        if len(data) > room:
            self.killed = "output"
        return bool(data)

    def _close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _judge(self, code: int, used: float) -> ProgramResult:
        ended_by_cpu_limit = code in (128 + signal.SIGXCPU, 128 + signal.SIGKILL)
        if not self.killed and ended_by_cpu_limit and used >= 0.9 * self.limits.cpu_seconds:
            self.killed = "cpu"
        return ProgramResult(
            exit_code=None if self.killed else code,
            stdout=self.output["stdout"].decode("utf-8", "replace"),
            stderr=self.output["stderr"].decode("utf-8", "replace"),
            timed_out=self.killed in ("cpu", "wall"),
            killed=self.killed,
            cpu_seconds=used,
        )
