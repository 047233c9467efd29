"""Untrusted programs in bubblewrap: namespaces, a minimal read-only system, a filter of calls, and limits.

What a program gets: no network, no other process in sight, a read-only system (``/usr`` and the
Python interpreter, nothing else: no home, no project, no packages, no secrets of ``/etc``), an empty
private ``/tmp`` as its working folder, a cleared environment, no capabilities and no way to gain any,
and only the system calls that programs need (``seccomp.py``). Limits hold its CPU time, memory,
processes, files and output; whatever it has started dies with it.

A normal user's programs run in a user namespace of their own. Root's programs run as an otherwise
unused user id, because the kernel's limit on processes does not bind root, not even in a user
namespace; what they are to read must be readable for everybody.

Limits of one process are the kernel's own (``setrlimit``), exact and at once. What all processes of a
program use together, CPU time and memory, is looked up four times a second (``watch.py``). Control
groups would bound it exactly, but moving a process into one costs milliseconds under a lock of the
whole machine, takes rights that few users have, and leaves groups behind when the parent is killed.

What it does not cover:

- The kernel is shared: a hole in it is a way out, though the filter keeps most of it out of reach. For
  programs that were written to attack, put a virtual machine around the whole evaluation.
- A program may hold more memory than all of it may for a quarter of a second; what the kernel keeps for
  it (empty files, page tables, full sockets) is bounded by its CPU time and its number of files alone.
  Where memory runs out, the kernel is asked to end programs first.
- Side channels, the time of day, the machine's CPU model, load and memory size can be seen.
- On machines other than x86_64 and arm64 no system call is filtered.
- Before Linux 5.14 the limit on processes counts all processes of a normal user, so that programs
  may be unable to start children.
"""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import PIPE

from qwen3_eval.sandbox import seccomp
from qwen3_eval.sandbox.inside import ENVIRONMENT, INIT, expendable, rlimits
from qwen3_eval.sandbox.limits import MEGABYTE, Job, Limits
from qwen3_eval.sandbox.python import Python, own_python, site_packages
from qwen3_eval.sandbox.running import Running
from qwen3_eval.sandbox.watch import failure

# Not handed out by Debian's adduser nor by systemd (see systemd's UIDS-GIDS): 60578 to 61183.
FIRST_UID, UIDS = 60_600, 500
_started = itertools.count(os.getpid())
ETC = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types")
SOURCES = (Path("/usr/src"), Path("/usr/local/src"))


@functools.cache
def lacking() -> str | None:
    """None when bubblewrap can isolate programs here, else why not and what to do about it.

    Tries a real sandbox once per process (about 20 ms).
    """
    if sys.platform != "linux":
        return "bubblewrap needs Linux"
    for tool, package in (("bwrap", "bubblewrap"), ("prlimit", "util-linux"), ("setpriv", "util-linux")):
        if shutil.which(tool) is None:
            return f"it needs {tool}; install the system's package {package}"
    said = failure(start, Job(["/usr/bin/env", "true"], limits=Limits(cpu_seconds=5)))
    if said is None:
        return None
    return (
        f"bubblewrap cannot isolate programs here ({said}); allow user namespaces "
        "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), "
        "run as root, or give the container CAP_SYS_ADMIN"
    )


def python(packages: Sequence[str]) -> Python:
    """This interpreter, with the packages where they lie here."""
    return own_python(tuple(packages))


def start(job: Job) -> Running:
    """Starts a sandbox.

    The kernel ends all of it when its outermost process ends, and that when the thread ends that
    called this (``PR_SET_PDEATHSIG``), so when this process dies, however it dies.
    """
    contents = {name: _as_file(name, text.encode("utf-8", "surrogatepass")) for name, text in job.files.items()}
    filters = [_as_file("seccomp", program)] if (program := seccomp.filter_program()) else []
    command = _command(job, contents, filters)
    descriptors = (*contents.values(), *filters)
    try:
        return Running(subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, pass_fds=descriptors))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _command(job: Job, contents: Mapping[str, int], filters: Sequence[int]) -> list[str]:
    return [
        *expendable(),
        *_isolation(),
        *_system(),
        *_variables({**ENVIRONMENT, **job.environment}),
        *_scratch(job.limits),
        *_contents(job.read_only, contents),
        *(word for descriptor in filters for word in ("--seccomp", str(descriptor))),
        "--",
        *rlimits(job.limits),
        *INIT,
        *_setpriv(),
        *job.argv,
    ]


def _as_file(name: str, content: bytes) -> int:
    """A descriptor from which the content is read; it lies in memory."""
    descriptor = os.memfd_create(name)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _drops_root() -> bool:
    """Root with a full range of user ids: programs get an unused one instead of a user namespace."""
    if os.geteuid() != 0:
        return False
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= FIRST_UID and first + count >= FIRST_UID + UIDS for first, _, count in ranges)


def _isolation() -> list[str]:
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


def _system() -> list[str]:
    """The read-only part of the file tree that every program sees."""
    words = _readable(Path("/usr"))
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    # bwrap itself would make it a folder of root alone, and programs are not root.
    words += ["--perms", "0755", "--dir", "/etc"]
    for name in ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return words


def _readable(path: Path) -> list[str]:
    """A folder or file to be read, without what is hidden below it."""
    words = ["--ro-bind", str(path), str(path)]
    for folder in hidden_folders():
        words += ["--tmpfs", str(folder), "--remount-ro", str(folder)] if path in folder.parents else []
    return words


@functools.cache
def hidden_folders() -> tuple[Path, ...]:
    """Folders of the system that no program needs: sources, and packages, each of which is asked for by name."""
    return tuple(folder for folder in (*SOURCES, *site_packages()) if folder.is_dir())


def _variables(environment: Mapping[str, str]) -> list[str]:
    return [word for name, value in environment.items() for word in ("--setenv", name, value)]


def _scratch(limits: Limits) -> list[str]:
    """The writable part: ``/tmp`` and ``/dev/shm``, of limited size."""
    size = ["--perms", "1777", "--size", str(limits.disk_mb * MEGABYTE)]
    shared = [
        "--proc",
        "/proc",
        "--remount-ro",
        "/proc",
        "--dev",
        "/dev",
        *size,
        "--tmpfs",
        "/dev/shm",
        "--remount-ro",
        "/dev",
    ]
    return [*shared, *size, "--tmpfs", "/tmp", "--chdir", "/tmp"]


def _contents(read_only: Sequence[Path], files: Mapping[str, int]) -> list[str]:
    """What is laid into it. Ancestors of a folder are made listable, but empty; no more can be made."""
    words = []
    for path in sorted(read_only, key=lambda path: len(path.parts)):
        for parent in reversed(path.parents[:-1]):
            words += ["--perms", "0755", "--dir", str(parent)]
        words += _readable(path)
    words += ["--remount-ro", "/"]
    for name, descriptor in files.items():
        words += ["--perms", "0644", "--file", str(descriptor), f"/tmp/{name}"]
    return words


def _setpriv() -> list[str]:
    """Gives up root, inside the sandbox and before the program starts."""
    if not _drops_root():
        return []
    uid = str(FIRST_UID + next(_started) % UIDS)  # one's own, because the kernel counts processes by it
    words = ["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups"]
    return [*words, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]
