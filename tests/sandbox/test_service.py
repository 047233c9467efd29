"""A process in the sandbox that answers lines with lines, and all the ways in which it can fail to."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from places import ROOT
from processes import command_lines_with, wait_for

from qwen3_eval.sandbox import (
    Limits,
    Service,
    ServiceDied,
    ServiceFailure,
    ServiceFlood,
    ServiceSilent,
    available,
    interpreter,
)

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}"),
]
ECHO = "import sys\nfor n, line in enumerate(sys.stdin): print(n, line.rstrip('\\n')[::-1], flush=True)"


@contextmanager
def python_service(source: str, **arguments: object) -> Iterator[Service]:
    python, folders = interpreter()
    argv = [str(python), "-s", "-P", "/tmp/service.py"]
    with Service(argv, files={"service.py": source}, read_only=folders, **arguments) as service:  # type: ignore[arg-type]
        yield service


def test_one_line_for_each_line_by_the_same_process() -> None:
    with python_service(ECHO) as service:
        assert service.ask("abc", 20) == "0 cba"
        assert service.ask("", 20) == "1 "
        assert service.ask("ß\u2028" * 100_000, 20) == "2 " + "\u2028ß" * 100_000


def test_several_lines_are_refused() -> None:
    with python_service(ECHO) as service:
        with pytest.raises(ValueError, match="one line"):
            service.ask("a\nb", 20)
        assert service.ask("a", 20) == "0 a"


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        ("import sys\ninput()\nsys.exit('no such thing')", ServiceDied),
        ("import time\ninput()\ntime.sleep(600)", ServiceSilent),
        ("input()\nprint('no end of line', end='', flush=True)\ninput()", ServiceSilent),
        ("input()\nwhile True: print('x' * 1000, end='')", ServiceFlood),
        ("input()\nprint('one\\ntwo', flush=True)\ninput()", ServiceFlood),
        ("print('hello', flush=True)\nwhile True: input()", ServiceFlood),
    ],
)
def test_what_goes_wrong_has_a_name_and_ends_it(source: str, failure: type[ServiceFailure]) -> None:
    wall = 0.5 if failure is ServiceSilent else 20
    with python_service(source, limits=Limits(cpu_seconds=None, output_bytes=5000)) as service:
        if "hello" in source:
            wait_for(lambda: has_said_something(service))
        with pytest.raises(failure):
            service.ask("x", wall)
        with pytest.raises(ServiceDied, match="closed"):
            service.ask("x", 20)


def has_said_something(service: Service) -> bool:
    return bool(select.select([service._running.pipes[1]], [], [], 0)[0])


def test_its_last_words_are_in_the_message() -> None:
    source = "import sys\ninput()\nsys.exit('no such thing')"
    with python_service(source) as service, pytest.raises(ServiceDied, match="no such thing"):
        service.ask("x", 20)


def test_much_talk_on_standard_error_does_not_block_it() -> None:
    with python_service(
        "import sys\nwhile input(): print('x' * 10**6, file=sys.stderr); print(1, flush=True)"
    ) as service:
        assert [service.ask("x", 20) for _ in range(3)] == ["1"] * 3


def test_it_is_isolated(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    source = f"import os\nwhile input(): print(os.path.exists({str(tmp_path)!r}), os.listdir(), flush=True)"
    with python_service(source) as service:
        assert service.ask("x", 20) == "False ['service.py']"


def test_it_reads_the_folders_that_it_is_given(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # root's programs run as another user
    (tmp_path / "data").write_text("4")
    with Service(["/bin/sh", "-c", f"while read x; do cat {tmp_path}/data; echo 2; done"], read_only=[tmp_path]) as it:
        assert it.ask("x", 20) == "42"


def test_closing_ends_what_it_started() -> None:
    marker = f"service-{os.getpid()}-{time.time_ns()}"
    with Service(["/bin/sh", "-c", "sleep 600 & while read x; do echo $x; done", marker]) as service:
        assert service.ask("up", 20) == "up"
        assert command_lines_with(marker)
    wait_for(lambda: not command_lines_with(marker))


def test_it_dies_with_its_parent() -> None:
    marker = f"service-{os.getpid()}-{time.time_ns()}"
    source = (
        "from qwen3_eval.sandbox import Service\n"
        f"service = Service(['/bin/sh', '-c', 'while read x; do echo $x; done', {marker!r}])\n"
        "service.ask('up', 20)\ninput()"
    )
    parent = subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdin=subprocess.PIPE)
    try:
        wait_for(lambda: bool(command_lines_with(marker)))
    finally:
        parent.kill()
        parent.communicate()
    wait_for(lambda: not command_lines_with(marker))
