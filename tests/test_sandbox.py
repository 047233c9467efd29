"""The sandbox, probed from inside by programs that misbehave."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qwen3_eval.sandbox import (
    Limits,
    SandboxUnavailable,
    available,
    interpreter,
    run_command,
    run_program,
)
from qwen3_eval.sandbox.python import site_packages

pytestmark = pytest.mark.sandbox
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")


def output_of(source: str, **arguments: object) -> str:
    result = run_program(source, **arguments)  # type: ignore[arg-type]
    assert result.exit_code == 0, result
    return result.stdout.strip()


@needs_sandbox
def test_a_program_runs_with_its_input() -> None:
    result = run_program("import sys\nprint(input()[::-1])\nprint('hm', file=sys.stderr)", stdin="häß\n")
    assert (result.stdout, result.stderr, result.exit_code) == ("ßäh\n", "hm\n", 0)
    assert (result.timed_out, result.killed) == (False, "")
    assert 0 < result.cpu_seconds < 5


@needs_sandbox
@pytest.mark.parametrize("code", [1, 7, 127, 255])
def test_exit_codes_are_the_programs_own(code: int) -> None:
    assert run_program(f"raise SystemExit({code})").exit_code == code


@needs_sandbox
def test_a_signal_is_128_and_its_number() -> None:
    result = run_program("import os\nos.kill(os.getpid(), 11)")
    assert (result.exit_code, result.stderr) == (128 + 11, "")


@needs_sandbox
def test_a_program_that_ignores_a_long_input() -> None:
    assert run_program("print('done')", stdin="x" * 2_000_000).stdout == "done\n"


@needs_sandbox
def test_a_long_input_arrives_whole() -> None:
    assert output_of("import sys; print(len(sys.stdin.read()))", stdin="x" * 2_000_000) == "2000000"


@needs_sandbox
def test_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"""
import socket
for address in ("127.0.0.1", {port}), ("1.1.1.1", 53):
    try:
        socket.create_connection(address, timeout=2)
        print("connected")
    except OSError:
        print("refused")
"""
        assert output_of(source).split() == ["refused", "refused"]


@needs_sandbox
def test_files_outside_cannot_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    secret.chmod(0o666)
    for path in (secret, Path(__file__), Path.home() / ".bashrc", Path("/etc/passwd"), Path("/etc/shadow")):
        assert output_of(f"import os; print(os.path.exists({str(path)!r}))") == "False"


@needs_sandbox
def test_home_and_project_are_empty() -> None:
    source = """
import os, sys
seen = [os.path.join(folder, name) for folder, _, names in os.walk({0!r}) for name in names]
print([path for path in seen if not path.startswith(sys.base_prefix)])
"""
    for folder in (Path.home(), Path(__file__).parent.parent):
        assert output_of(source.format(str(folder))) == "[]"


@needs_sandbox
def test_the_environment_is_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert output_of("import os; print('HF_TOKEN' in os.environ, os.environ['HOME'])") == "False /tmp"


@needs_sandbox
def test_nothing_outside_tmp_can_be_written() -> None:
    source = """
import os
for folder in ("/", "/usr", "/etc", "/dev", "/proc", "/home", os.path.dirname(os.__file__)):
    try:
        open(os.path.join(folder, "x"), "w")
        print(folder)
    except OSError:
        pass
open("/tmp/x", "w").write("fine")
open("/dev/shm/x", "w").write("fine")
"""
    assert output_of(source) == ""


@needs_sandbox
def test_runs_share_nothing() -> None:
    assert output_of("import os; open('left', 'w'); print(sorted(os.listdir()))") == "['left', 'program.py']"
    assert output_of("import os; print(os.listdir())") == "['program.py']"


@needs_sandbox
def test_no_capabilities_and_none_to_gain() -> None:
    source = """
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(*(int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapInh")), int(status["NoNewPrivs"]))
"""
    assert output_of(source) == "0 0 0 0 1"


@needs_sandbox
def test_a_symlink_leads_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    source = f"""
import os
os.symlink({str(secret)!r}, "link")
try:
    print(open("link").read())
except FileNotFoundError:
    print("dangling")
"""
    assert output_of(source) == "dangling"


@needs_sandbox
def test_no_other_process_can_be_seen_or_signalled() -> None:
    source = f"""
import os, signal
for pid in ({os.getpid()}, {os.getppid()}):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
print(sorted(int(name) for name in os.listdir("/proc") if name.isdigit())[:1])
os.kill(-1, signal.SIGTERM)
"""
    assert run_program(source).stdout in ("[1]\n", "")
    assert run_program("print(1)").stdout == "1\n"


@needs_sandbox
def test_an_endless_loop_ends_at_the_cpu_limit() -> None:
    result = run_program("print('started', flush=True)\nwhile True: pass", cpu_seconds=1, wall_seconds=60)
    assert (result.killed, result.timed_out, result.exit_code) == ("cpu", True, None)
    assert (result.stdout, result.stderr) == ("started\n", "")
    assert 1 < result.cpu_seconds < 3


@needs_sandbox
def test_a_loop_that_ignores_the_signal_ends_too() -> None:
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    assert run_program(source, cpu_seconds=1, wall_seconds=60).killed == "cpu"


@needs_sandbox
def test_a_sleeper_ends_at_the_wall_limit() -> None:
    start = time.monotonic()
    result = run_program("import time\nprint(1, flush=True)\ntime.sleep(600)", wall_seconds=0.5)
    assert (result.killed, result.timed_out, result.stdout) == ("wall", True, "1\n")
    assert time.monotonic() - start < 20


@needs_sandbox
def test_a_program_that_closes_its_output_still_ends_at_the_wall_limit() -> None:
    source = "import os, time\nos.close(1); os.close(2)\ntime.sleep(600)"
    assert run_program(source, wall_seconds=0.5).killed == "wall"


@needs_sandbox
def test_memory_is_limited() -> None:
    result = run_program("x = b'x' * 600_000_000", memory_mb=256)
    assert result.exit_code == 1
    assert "MemoryError" in result.stderr


@needs_sandbox
def test_a_fork_bomb_stays_small() -> None:
    source = """
import os, time
children = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except BlockingIOError:
    print(children)
"""
    assert 0 < int(output_of(source)) <= Limits().processes


@needs_sandbox
def test_a_fork_bomb_that_breeds_ends() -> None:
    result = run_program("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", wall_seconds=2)
    assert result.timed_out or result.exit_code != 0


@needs_sandbox
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_is_cut_and_ended(stream: str) -> None:
    source = f"import sys\nwhile True: sys.{stream}.write('x' * 1000)"
    result = run_program(source, output_bytes=5000, wall_seconds=60)
    assert (result.killed, result.timed_out) == ("output", False)
    assert len(getattr(result, stream)) == 5000


@needs_sandbox
def test_a_disk_flood_is_stopped() -> None:
    source = "import os\nfor n in range(1000): open(str(n), 'wb').write(bytes(10**6))"
    result = run_program(source)
    assert result.exit_code == 1
    assert "No space left" in result.stderr


@needs_sandbox
def test_what_is_left_in_the_background_dies() -> None:
    marker = f"left-behind-{os.getpid()}-{time.time_ns()}"
    source = f"""
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", {marker!r}])
    os._exit(0)
print("main is done")
"""
    start = time.monotonic()
    assert output_of(source, wall_seconds=60) == "main is done"
    assert time.monotonic() - start < 30
    deadline = time.monotonic() + 10
    while command_lines_with(marker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def command_lines_with(marker: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if marker in text and "program.py" not in text:
            found.append(text)
    return found


@needs_sandbox
def test_killing_the_caller_ends_the_program() -> None:
    marker = f"orphan-{os.getpid()}-{time.time_ns()}"
    source = (
        "from qwen3_eval.sandbox import Limits, run_command\n"
        f"run_command(['/bin/sh', '-c', 'sleep 600; true', {marker!r}], limits=Limits(wall_seconds=600))"
    )
    caller = subprocess.Popen([sys.executable, "-c", source], cwd=Path(__file__).parent.parent)
    try:
        wait_for(lambda: bool(command_lines_with(marker)))
    finally:
        caller.kill()
        caller.wait()
    wait_for(lambda: not command_lines_with(marker))


def wait_for(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@needs_sandbox
def test_a_command_of_another_language() -> None:
    result = run_command(["/bin/sh", "main.sh"], files={"main.sh": "echo $GREETING; cat data"} | {"data": "42"})
    assert result.stdout == "\n42"
    result = run_command(["/bin/sh", "-c", "echo $GREETING"], environment={"GREETING": "hello"})
    assert result.stdout == "hello\n"


@needs_sandbox
def test_a_missing_command_is_an_exit_code() -> None:
    assert run_command(["/no/such/program"]).exit_code == 127


@needs_sandbox
def test_no_descriptor_leaks_into_the_sandbox() -> None:
    source = "import os; print([n for n in range(3, 256) if os.path.exists(f'/proc/self/fd/{n}')])"
    assert output_of(source) == "[]"


@needs_sandbox
def test_a_package_is_there_when_it_is_asked_for_and_only_that_one() -> None:
    source = """
import importlib
for name in ("numpy", "pandas", "qwen3_eval", "pip"):
    try:
        importlib.import_module(name)
        print(name)
    except ModuleNotFoundError:
        pass
"""
    assert output_of(source, packages=("numpy",)) == "numpy"
    assert output_of(source) == ""
    assert output_of("import numpy; print(numpy.linalg.inv(2 * numpy.eye(2)).sum())", packages=("numpy",)) == "1.0"


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(SandboxUnavailable, match="no-such-package, which is not installed"):
        run_program("print(1)", packages=("no-such-package",))


@needs_sandbox
def test_packages_of_the_system_cannot_be_seen() -> None:
    folders = [str(path) for path in site_packages()]
    source = f"import os; print([os.listdir(path) for path in {folders!r} if os.path.exists(path)])"
    assert set(output_of(source)) <= set("[], ")


@needs_sandbox
def test_the_stack_is_limited_unless_asked_otherwise() -> None:
    source = "import resource; print(resource.getrlimit(resource.RLIMIT_STACK)[0])"
    assert output_of(source) == str(8 * 2**20)
    assert output_of(source, stack_mb=None) == "-1"


@needs_sandbox
def test_memory_is_bounded_where_address_space_is_not() -> None:
    result = run_command(
        [str(interpreter()[0]), "-c", "bytearray(2**30)"],
        limits=Limits(memory_mb=None, data_mb=256),
        read_only=interpreter()[1],
    )
    assert (result.exit_code, "MemoryError" in result.stderr) == (1, True)


@needs_sandbox
def test_a_sandbox_that_does_not_start_is_no_verdict() -> None:
    with pytest.raises(SandboxUnavailable, match="did not start: bwrap"):
        run_command(["true"], read_only=[Path("/no/such/folder")])


@needs_sandbox
@pytest.mark.parametrize("source", ["print('\0')", "print('\ud800')", "def f(:", "x = '" + "y" * 10_000_000 + "'; 1 +"])
def test_what_cannot_be_read_as_python_fails(source: str) -> None:
    assert run_program(source).exit_code == 1
