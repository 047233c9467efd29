"""A stand-in for ``docker`` where no engine runs: just the commands and options that the sandbox uses, by bubblewrap.

    stub_docker.py version | image inspect IMAGE | run OPTIONS IMAGE ARGUMENTS | kill NAME

It knows one image, STUB_IMAGE, which is this machine's ``/usr``, and refuses what it does not know, as an engine does.
STUB_FOLDER holds a file for each container, with the id of its process, and ``log``, the arguments of each call.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

STUB_IMAGE = "localhost/stub:1"
FOLDER = Path(os.environ.get("STUB_FOLDER", "/nonexistent"))


def main() -> int:
    with open(FOLDER / "log", "a") as log:
        print(json.dumps(sys.argv[1:]), file=log)
    if (FOLDER / "no-engine").exists():
        return fail("Cannot connect to the engine.")
    command, *rest = sys.argv[1:]
    if command == "version":
        return 0
    if command == "image" and rest[0] == "inspect":
        return 0 if rest[1:] == [STUB_IMAGE] else fail(f"no such image: {rest[1]}")
    return run(rest) if command == "run" else kill(rest[0])


def fail(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 125


def kill(name: str) -> int:
    try:
        os.kill(int((FOLDER / name).read_text()), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return fail(f"no such container: {name}")
    return 0


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for flag in ("--rm", "--interactive", "--read-only"):
        parser.add_argument(flag, action="store_true", required=True)
    for name, value in (
        ("--pull", "never"),
        ("--log-driver", "none"),
        ("--network", "none"),
        ("--workdir", "/tmp"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--entrypoint", "/bin/sh"),
    ):
        parser.add_argument(name, choices=[value], required=True)
    for name in (
        "--name",
        "--hostname",
        "--user",
        "--tmpfs",
        "--shm-size",
        "--memory",
        "--memory-swap",
        "--oom-score-adj",
    ):
        parser.add_argument(name, required=True)
    parser.add_argument("--pids-limit", type=int, required=True)
    for name in ("--ulimit", "--volume", "--env"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("image", choices=[STUB_IMAGE])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    inside = isolated(options)
    # As with an engine, the container is no child of the client: it lives on when only that is killed.
    client = os.getpid()
    if os.fork() == 0:
        os.setsid()
        (FOLDER / options.name).write_text(str(os.getpid()))
        os.execvp(inside[0], inside)
    status = os.waitstatus_to_exitcode(os.wait()[1])
    assert os.getpid() == client
    (FOLDER / options.name).unlink()
    return status if status >= 0 else 128 - status


def isolated(options: argparse.Namespace) -> list[str]:
    """The container as a command."""
    uid = options.user.partition(":")[0]
    words = ["bwrap", "--unshare-all", "--unshare-user", "--uid", uid, "--gid", uid, "--as-pid-1", "--clearenv"]
    words += ["--hostname", options.hostname, "--cap-drop", "ALL", "--ro-bind", "/usr", "/usr", "--proc", "/proc"]
    for name in ("bin", "lib", "lib64"):
        words += ["--symlink", f"usr/{name}", f"/{name}"] if Path("/", name).is_symlink() else []
        words += ["--ro-bind", f"/{name}", f"/{name}"] if not Path("/", name).is_symlink() else []
    folder, _, settings = options.tmpfs.partition(":")
    size = dict(each.partition("=")[::2] for each in settings.split(","))["size"]
    words += ["--dev", "/dev", "--size", str(2**20 * int(size.removesuffix("m"))), "--tmpfs", folder]
    for volume in options.volume:
        outside, inside, mode = volume.split(":")
        assert mode == "ro"
        words += ["--ro-bind", outside, inside]
    words += ["--remount-ro", "/", "--chdir", options.workdir]
    for variable in options.env:
        name, _, value = variable.partition("=")
        words += ["--setenv", name, value]
    limits = [f"--{name}={value}" for name, value in (limit.split("=") for limit in options.ulimit)]
    limits = [limit.replace("-1", "unlimited") for limit in limits] + [f"--nproc={options.pids_limit}"]
    return [*words, "--", "prlimit", *limits, "--", options.entrypoint, *options.command]


if __name__ == "__main__":
    sys.exit(main())
