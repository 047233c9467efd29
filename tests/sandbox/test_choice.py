"""Which way of isolating programs is taken, what each says where it cannot be had, and Docker and none at work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from containers import needs_bubblewrap, own_choice, stub
from places import ROOT
from processes import command_lines_with, wait_for

from qwen3_eval.cli import main
from qwen3_eval.data import docs
from qwen3_eval.sandbox import (
    Limits,
    SandboxUnavailable,
    Service,
    available,
    bubblewrap,
    choice,
    docker,
    python_command,
    run_command,
    run_program,
    use,
    ways,
)
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import UsageError

__all__ = ["own_choice", "stub"]
pytestmark = pytest.mark.sandbox


@pytest.fixture
def engine(stub: Path) -> str:
    """Containers by the stand-in."""
    if (reason := bubblewrap.lacking()) is not None:
        pytest.skip(reason)
    return "stand-in"


def test_an_unknown_choice_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(choice.VARIABLE, "chroot")
    with pytest.raises(UsageError, match="QWEN3_EVAL_SANDBOX is 'chroot'; it takes one of auto, bubblewrap"):
        available()


def test_auto_takes_the_first_that_can_be_had_and_never_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(name: str, reason: str | None) -> choice.Backend:
        return choice.Backend(name, lambda: reason, bubblewrap.start, bubblewrap.python)

    monkeypatch.setitem(choice.BACKENDS, "auto", (named("one", "it is broken"), named("two", None)))
    assert choice.backend().name == "two"
    monkeypatch.setitem(choice.BACKENDS, "auto", (named("one", "it is broken"), named("two", "it is not here")))
    with pytest.raises(SandboxUnavailable, match="one: it is broken; two: it is not here; or choose --sandbox none"):
        choice.backend()
    assert "none" not in [each.name for each in choice.BACKENDS["auto"]]


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    docker._engine.cache_clear()
    assert "package bubblewrap" in str(bubblewrap.lacking.__wrapped__())
    assert "package podman" in str(docker.lacking())


def test_what_there_is_has_a_line_each() -> None:
    assert [name for name, _, _ in ways()] == ["bubblewrap", "docker"]


def test_a_program_in_a_container(engine: str) -> None:
    command = ["/bin/sh", "-c", "cat sub/data -; echo hm >&2; exit 3"]
    result = run_command(command, files={"sub/data": "häß\n"}, stdin="more\n")
    assert (result.stdout, result.stderr, result.exit_code, result.killed) == ("häß\nmore\n", "hm\n", 3, "")


def test_a_long_input_and_files_do_not_mix(engine: str) -> None:
    files = {str(n): "x" * n for n in (0, 1, 511, 512, 10_000, 300_000)}
    result = run_command(["/bin/sh", "-c", "wc -c 0 1 511 512 10000 300000; wc -c"], files=files, stdin="y" * 200_000)
    assert result.stdout.split()[::2] == ["0", "1", "511", "512", "10000", "300000", "311024", "200000"]


def test_cpu_time_in_a_container_is_known(engine: str) -> None:
    result = run_command(["/bin/sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"])
    assert 0.01 < result.cpu_seconds < 10
    assert result.stderr == ""


def test_python_of_the_image(engine: str) -> None:
    if engine == "stand-in" and shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin") is None:
        pytest.skip("no python3 in /usr/bin")
    assert run_program("print(input())", stdin="42").stdout == "42\n"
    with pytest.raises(SandboxUnavailable, match="are to have no-such-package, and the image"):
        run_program("print(1)", packages=("no-such-package",))


def test_a_sleeper_in_a_container_ends(engine: str) -> None:
    result = run_command(["/bin/sh", "-c", "echo 1; sleep 600"], limits=Limits(wall_seconds=0.5))
    assert (result.killed, result.stdout) == ("wall", "1\n")


def test_a_flood_in_a_container_ends(engine: str) -> None:
    limits = Limits(output_bytes=5000, wall_seconds=60)
    result = run_command(["/bin/sh", "-c", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxx; done"], limits=limits)
    assert (result.killed, len(result.stdout)) == ("output", 5000)


def test_a_command_that_the_image_has_not_is_no_verdict(engine: str) -> None:
    with pytest.raises(SandboxUnavailable, match="the image has no no-such-compiler"):
        run_command(["no-such-compiler"])


def test_a_service_in_a_container(engine: str) -> None:
    with Service(["/bin/sh", "main.sh"], files={"main.sh": "while read x; do echo $x$x; done"}) as service:
        assert [service.ask(word, 60) for word in ("ab", "c")] == ["abab", "cc"]


def test_a_real_engine_does_all_of_this() -> None:
    docker._engine.cache_clear()
    if docker.lacking() is not None:
        pytest.skip(f"no engine of containers that has the image {docker.image()}")
    use("docker")
    for check in (
        test_a_program_in_a_container,
        test_a_long_input_and_files_do_not_mix,
        test_cpu_time_in_a_container_is_known,
        test_python_of_the_image,
        test_a_sleeper_in_a_container_ends,
        test_a_flood_in_a_container_ends,
        test_a_command_that_the_image_has_not_is_no_verdict,
        test_a_service_in_a_container,
    ):
        check("engine")


@needs_bubblewrap
def test_no_container_outlives_its_parent(stub: Path) -> None:
    source = (
        "from qwen3_eval.sandbox import Limits, run_command, use\n"
        "run_command(['/bin/sh', '-c', 'sleep 600; true'], limits=Limits(wall_seconds=600))"
    )
    parent = subprocess.Popen([sys.executable, "-c", source], cwd=ROOT)
    try:
        wait_for(lambda: bool(command_lines_with("sleep 600; true")), 60)
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not containers(stub), 60)
    wait_for(lambda: not command_lines_with("sleep 600; true"), 60)


def containers(stub: Path) -> list[Path]:
    return list(stub.glob("qwen3-eval-*"))


def log(stub: Path) -> list[list[str]]:
    return [json.loads(line) for line in (stub / "log").read_text().splitlines()]


@needs_bubblewrap
def test_nothing_is_left_of_containers(stub: Path) -> None:
    run_command(["true"])
    run_command(["sleep", "600"], limits=Limits(wall_seconds=0.2))
    wait_for(lambda: not containers(stub))


def test_an_image_that_is_not_here_is_not_pulled(stub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(docker.IMAGE_VARIABLE, "example.org/other:2")
    with pytest.raises(SandboxUnavailable, match=r"no image example.org/other:2; get it with `docker pull example.org"):
        run_program("print(1)")
    assert [call[0] for call in log(stub)] == ["version", "image"]


def test_an_engine_that_does_not_run_is_said(stub: Path) -> None:
    (stub / "no-engine").touch()
    assert "docker has no running engine (Error: Cannot connect to the engine.)" in str(available())


def test_without_a_sandbox_programs_have_limits_and_a_folder() -> None:
    use("none")
    left = set(Path("/tmp").glob("qwen3-eval-*"))
    result = run_program("import os; print(input(), os.listdir(), os.environ['HOME'] == os.getcwd())", stdin="a\n")
    assert (result.stdout, result.exit_code) == ("a ['program.py'] True\n", 0)
    assert run_program("while True: pass", cpu_seconds=1, wall_seconds=60).killed == "cpu"
    assert run_program("x = b'x' * 600_000_000", memory_mb=256).exit_code == 1
    assert run_program("import numpy; print(1)", packages=("numpy",)).stdout == "1\n"
    assert set(Path("/tmp").glob("qwen3-eval-*")) <= left


def test_without_a_sandbox_what_is_left_in_the_background_dies() -> None:
    use("none")
    marker = f"unconfined-{os.getpid()}"
    command = f"sh -c 'sleep 600; true' {marker} & sh -c 'sleep 600; true' {marker} & wait"
    assert run_command(["/bin/sh", "-c", command], limits=Limits(wall_seconds=1)).killed == "wall"
    wait_for(lambda: not command_lines_with(marker))


def test_worker_processes_make_the_same_choice() -> None:
    use("none")
    source = "from qwen3_eval.sandbox import choice; print(choice.chosen())"
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "none\n"


def test_how_a_python_program_starts() -> None:
    use("none")
    command = python_command()
    assert Path(command.argv[0]).exists()
    assert list(command.argv[1:]) == ["-s", "-P"]


@pytest.fixture
def predictions(tmp_path: Path) -> list[str]:
    """The command that scores one program, but for its sandbox."""
    doc = next(docs(load_tasks().get("demo_code"), None))
    row = {"id": doc.id, "response": f"```python\ndef f(x, told=iter({doc.target!r})):\n    return next(told)\n```"}
    (tmp_path / "predictions.jsonl").write_text(json.dumps(row) + "\n")
    argv = ["score", "--task", "demo_code", "--predictions", str(tmp_path / "predictions.jsonl")]
    return [*argv, "--run-dir", str(tmp_path / "run"), "--mode", "non-thinking"]


def test_a_run_without_a_sandbox_is_marked(
    predictions: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*predictions, "--sandbox", "none"]) == 0
    manifest = json.loads((tmp_path / "run" / "run.json").read_text())
    assert "demo_code: programs ran without a sandbox" in manifest["deviations"]
    assert manifest["identity"]["sandbox"] == "none"
    assert json.loads((tmp_path / "run" / "scores.jsonl").read_text())["score"] == 1
    assert main([*predictions, "--sandbox", "bubblewrap"]) == 2
    assert "sandbox" in capsys.readouterr().err


@needs_bubblewrap
def test_a_run_with_one_is_not(predictions: list[str], tmp_path: Path) -> None:
    assert main([*predictions, "--sandbox", "auto"]) == 0
    assert "without a sandbox" not in (tmp_path / "run" / "run.json").read_text()


def test_where_there_is_no_sandbox_code_tasks_say_how_to_get_one(
    predictions: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setitem(choice.BACKENDS, "auto", (choice.DOCKER,))
    docker._engine.cache_clear()
    assert main(predictions) == 2
    said = capsys.readouterr().err
    assert (
        "demo_code runs programs that a model wrote and there is no sandbox: docker: it needs docker or podman" in said
    )
    assert said.count("\n") == 1
    assert "--sandbox none" in said


def test_an_unknown_sandbox_is_one_line(predictions: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*predictions, "--sandbox", "bubblewarp"]) == 2
    assert "unknown value 'bubblewarp' (did you mean 'bubblewrap'?)" in capsys.readouterr().err
