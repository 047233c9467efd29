"""Untrusted programs in containers of Docker or Podman, for who prefers them to bubblewrap.

A program gets a container of its own without network, capabilities and a way to gain any, with a
read-only image and a ``/tmp`` in memory; the engine's own filter of system calls holds. Its files go in
through its input, so that nothing lies on the disk and the engine may be on another machine.

The image must hold what the programs need: ``python3`` with the packages that are asked for, compilers,
``sh``, ``dd`` and ``tar``. It is never pulled without being asked for.

What is otherwise than with bubblewrap: a start takes tenths of a second; a program that forks is bound by
the container's memory and CPU time is known when it has ended by itself; the locks that let a program
run alone hold for this machine, not for the engine's.
"""

from __future__ import annotations

import functools
import io
import os
import re
import selectors
import shlex
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Sequence
from subprocess import DEVNULL, PIPE

from qwen3_eval.sandbox.inside import ENVIRONMENT, EXPENDABLE, PROGRAM, cpu_backstop
from qwen3_eval.sandbox.limits import MEGABYTE, Job, Limits, SandboxUnavailable
from qwen3_eval.sandbox.python import FLAGS, Python
from qwen3_eval.sandbox.running import Running
from qwen3_eval.sandbox.tree import TreeUse
from qwen3_eval.sandbox.watch import failure, watched

IMAGE_VARIABLE = "QWEN3_EVAL_SANDBOX_IMAGE"
DEFAULT_IMAGE = "docker.io/library/python:3.11-slim-bookworm"
ENGINES = ("docker", "podman")
NOBODY = "65534:65534"
ASK_SECONDS = 60
# What a shell says of the CPU time of its children: a line for itself, one for them.
TIMES = re.compile(rb"[0-9ms. ]+\n([0-9]+)m([0-9.]+)s ([0-9]+)m([0-9.]+)s\n\Z")
# Ends the container when our end of its input is closed, which the kernel does however we die. Until the
# container is there the engine does not find it.
GUARD = 'read -r x; for n in 1 2 3 4 5 6 7 8 9 10; do "$0" kill "$1" >/dev/null 2>&1 && exit; sleep 1; done'
KILLS = 30


def image() -> str:
    """The image that programs run in."""
    return os.environ.get(IMAGE_VARIABLE) or DEFAULT_IMAGE


def lacking() -> str | None:
    """None when containers can be had here, else why not and what to do about it."""
    return _engine(image())[1]


@functools.cache
def _engine(image: str) -> tuple[str, str | None]:
    """The command of an engine that runs the image, or why there is none."""
    if sys.platform != "linux":
        return "", "watching containers needs Linux"
    reasons = []
    for command in filter(shutil.which, ENGINES):
        if (reason := _refusal(command, image)) is None:
            return command, None
        reasons.append(reason)
    return "", "; ".join(reasons) or f"it needs {' or '.join(ENGINES)}; install the system's package podman"


def _refusal(command: str, image: str) -> str | None:
    """Why an engine does not run the image."""
    if (said := _ask(command, "version")) is not None:
        return f"{command} has no running engine ({said})"
    if _ask(command, "image", "inspect", image) is not None:
        return f"{command} has no image {image}; get it with `{command} pull {image}` or name one in {IMAGE_VARIABLE}"
    said = failure(lambda job: _start(command, image, job), Job(["true"]))
    return None if said is None else f"{command} cannot run {image} ({said})"


def _ask(*command: str) -> str | None:
    """The last line of a command's complaint, None when it had none."""
    done = subprocess.run(command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, timeout=ASK_SECONDS, check=False)
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return None if done.returncode == 0 else said[-1] if said else f"exit code {done.returncode}"


def python(packages: Sequence[str]) -> Python:
    """The image's own interpreter. Raises SandboxUnavailable when it lacks a package."""
    if packages:
        _check_packages(image(), tuple(packages))
    return Python(("python3", *FLAGS))


@functools.cache
def _check_packages(image: str, packages: tuple[str, ...]) -> None:
    source = f"import importlib.metadata as m\nfor name in {packages!r}: m.version(name)"
    job = Job(["python3", "-c", source])
    result = watched(start(job), "", job.limits)
    if result.exit_code != 0:
        said = (result.stderr.strip().splitlines() or [result.killed])[-1]
        raise SandboxUnavailable(f"programs are to have {', '.join(packages)}, and the image {image} has not: {said}")


def start(job: Job) -> Running:
    """Starts a container. Raises SandboxUnavailable when there is no engine."""
    command, reason = _engine(image())
    if reason is not None:
        raise SandboxUnavailable(reason)
    return _start(command, image(), job)


def _start(command: str, image: str, job: Job) -> Running:
    name = f"qwen3-eval-{uuid.uuid4().hex}"
    archive = _archive(job)
    script = [*_options(name, job), "--entrypoint", "/bin/sh", image, "-c", _script(job, len(archive)), "init"]
    process = subprocess.Popen([command, "run", *script, *job.argv], stdin=PIPE, stdout=PIPE, stderr=PIPE)
    return _Container(process, archive, command, name)


def _archive(job: Job) -> bytes:
    """The files as a tar archive, a multiple of ``tarfile.RECORDSIZE`` bytes; empty without files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, text in job.files.items():
            content = text.encode("utf-8", "surrogatepass")
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue() if job.files else b""


def _script(job: Job, archive_bytes: int) -> str:
    """What the first process does: limits, files out of its input, the program, and what that has used.

    It reads not a byte of the program's own input.
    """
    records, memory_mb = archive_bytes // tarfile.RECORDSIZE, job.limits.memory_mb
    steps = [f"dd bs={tarfile.RECORDSIZE} count={records} iflag=fullblock 2>/dev/null | tar xf - || exit"] * bool(
        records
    )
    steps += [f"ulimit -v {memory_mb * 1024} || exit"] if memory_mb is not None else []
    command = shlex.quote(job.argv[0])
    steps.append(f"command -v {command} >/dev/null || {{ echo the image has no {command} >&2; exit 127; }}")
    return "; ".join([*steps, f"{PROGRAM}; code=$?; times >&3; exit $code"])


def _options(name: str, job: Job) -> list[str]:
    limits, size = job.limits, f"{job.limits.disk_mb}m"
    memory = f"{limits.together_mb}m"
    words = ["--rm", "--interactive", "--pull", "never", "--log-driver", "none", "--name", name]
    words += ["--network", "none", "--hostname", "sandbox", "--user", NOBODY, "--workdir", "/tmp"]
    words += ["--read-only", "--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777,size={size}", "--shm-size", size]
    words += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    words += ["--pids-limit", str(limits.processes), "--memory", memory, "--memory-swap", memory]
    words += ["--oom-score-adj", str(EXPENDABLE)]
    words += [word for limit in _ulimits(limits) for word in ("--ulimit", limit)]
    words += [word for path in job.read_only for word in ("--volume", f"{path}:{path}:ro")]
    environment = {**ENVIRONMENT, **job.environment}
    return [*words, *(word for name, value in environment.items() for word in ("--env", f"{name}={value}"))]


def _ulimits(limits: Limits) -> list[str]:
    files, size = limits.open_files, limits.disk_mb * MEGABYTE
    stack = -1 if limits.stack_mb is None else limits.stack_mb * MEGABYTE
    found = [f"nofile={files}:{files}", f"fsize={size}:{size}", "core=1:1", f"stack={stack}:{stack}"]
    cpu = cpu_backstop(limits)
    return found if cpu is None else [*found, f"cpu={cpu}:{cpu + 1}"]


class _Container(Running):
    """A container and the client that speaks for it. A guard ends the container when this process dies."""

    def __init__(self, process: subprocess.Popen[bytes], before: bytes, command: str, name: str) -> None:
        super().__init__(process, before)
        self._command, self._name = command, name
        argv = ["/bin/sh", "-c", GUARD, command, name]
        self._guard = subprocess.Popen(argv, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)

    def kill(self) -> None:
        for _ in range(KILLS):
            if self._ended(0.0):
                return
            _ask(self._command, "kill", self._name)  # in vain until the container is there
            for pipe in self.pipes[1:]:
                pipe.close()  # a client that can say no more would wait for a reader
            if self._ended(1.0):
                return
        super().kill()

    def _ended(self, within_seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            descriptor = os.pidfd_open(self.process.pid)
            try:
                selector.register(descriptor, selectors.EVENT_READ)
                return bool(selector.select(within_seconds))
            finally:
                os.close(descriptor)

    def use(self) -> TreeUse | None:
        return None

    def cpu_seconds(self, waited: float, stderr: bytearray) -> float:
        found = TIMES.search(bytes(stderr))
        if found is None:
            return 0.0
        del stderr[found.start() :]
        minutes, seconds, more_minutes, more_seconds = map(float, found.groups())
        return 60 * (minutes + more_minutes) + seconds + more_seconds

    def clean(self) -> None:
        self._guard.kill()
        self._guard.communicate()
