"""How files are written: the old content whole, or the new one; and what a full disk says."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_run import Fake, write_run

from qwen3_eval.cli import main
from qwen3_eval.files import read_json, replaced, write_json, write_text
from qwen3_eval.types import IncompleteError, UsageError

FEW = Fake(tasks=("demo_math",), budgets=(16, 32), docs=8, unfinished=0.0, thinking_lines=1)


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file grows beyond ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("size", [0, 1, 4_096, 50_000])
def test_a_full_disk_leaves_the_old_content(tmp_path: Path, size: int) -> None:
    path = tmp_path / "kept.txt"
    write_text(path, "old")
    with small_disk(size), pytest.raises(IncompleteError, match=r"cannot write .*kept\.txt: File too large; make room"):
        write_text(path, "x" * 60_000)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_stay_and_a_link_is_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "a" / "real.txt", tmp_path / "link.txt"
    write_text(path, "old")
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask()
    path.chmod(0o604)
    link.symlink_to("a/real.txt")
    write_text(link, "new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o604
    dangling = tmp_path / "dangling"
    dangling.symlink_to("b/later.txt")
    write_text(dangling, "there")
    assert (tmp_path / "b" / "later.txt").read_text() == "there"


def umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def test_what_fails_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), replaced(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "é through")
    reader.join()
    assert got == ["é through"]
    assert pipe.is_fifo()


def test_stdout_as_a_file(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FEW)
    command = [sys.executable, "-m", "qwen3_eval", "baseline", str(run), "--out", "/dev/stdout"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said[: said.rindex("baseline:")])["model"] == "demo"
    with open(tmp_path / "out.txt", "w") as file:
        subprocess.run(command, stdout=file, check=True)
    assert (tmp_path / "out.txt").read_text().startswith("{")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda folder: folder, "Is a directory"),
        (lambda folder: folder / "file" / "below.txt", "Not a directory"),
        (lambda folder: folder / ("x" * 300), "File name too long"),
    ],
)
def test_a_path_that_cannot_be_is_the_requests_fault(tmp_path: Path, make: object, expected: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=rf"cannot write .*: {expected}; choose another place"):
        write_text(make(tmp_path), "text")  # type: ignore[operator]
    write_text(tmp_path / ("é" * 120), "a long name")


def test_json_holds_what_utf8_cannot(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"é": "\ud800", "b": [1, None]})
    assert read_json(tmp_path / "a.json") == {"é": "\ud800", "b": [1, None]}


# Commands that write, with the files that must stay as they were.
WRITERS = {
    "baseline": ["baseline", "run", "--out", "out.x"],
    "report": ["report", "run", "--out", "out.x"],
    "page over all": ["report", "--all", "--results", "runs", "--out", "out.x"],
    "plots": ["report", "run", "--plots", "plots", "--out", "out.x"],
    "junit": ["gate", "run", "--baseline", "base.json", "--junit", "out.x"],
    "markdown": ["gate", "run", "--baseline", "base.json", "--markdown", "out.x"],
    "compare": ["compare", "run", "other", "--out", "out.x"],
    "reproduce": ["reproduce", "figure2", "--model", "demo", "--from", "run", "--format", "markdown", "--out", "out.x"],
    **{kind: ["export", "run", "--format", kind, "--out", "ex"] for kind in ("csv", "parquet", "lm-eval", "inspect")},
}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", WRITERS)
def test_every_command_keeps_the_old_file_when_the_disk_is_full(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "run", FEW)
    write_run(tmp_path / "runs" / "run", FEW)
    write_run(tmp_path / "other", Fake(**{**vars(FEW), "seed": 1}))
    assert main(["baseline", "run", "--out", "base.json"]) == 0
    gated = main(WRITERS[name])
    before = contents(tmp_path)
    capsys.readouterr()
    for size in (0, 100, 300):
        with small_disk(size):
            assert main(WRITERS[name]) == 3
        err = capsys.readouterr().err
        assert err.count("\n") == 1, err
        assert "cannot write" in err
        assert "make room" in err
        assert contents(tmp_path) == before
    assert main(WRITERS[name]) == gated


def test_a_run_on_a_full_disk_goes_on_when_there_is_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["run", "--engine", "mock", "--model", "demo", "--tasks", "demo_math", "--limit", "6"]
    argv += ["--run-dir", str(tmp_path / "run")]
    for size in (0, 100, 3_000, 3_500, 4_000, 4_500):
        with small_disk(size):
            code = main(argv)
        err = capsys.readouterr().err
        assert "Traceback" not in err
        assert code == 3 or size > 3_000
        assert ("make room" in err) == (code == 3)
    assert main(argv) == 0
    for name in ("generations.jsonl", "scores.jsonl"):
        keys = [json.loads(line)["key"] for line in (tmp_path / "run" / name).read_text().splitlines()]
        assert len(keys) == len(set(keys)) == 12
    read_json(tmp_path / "run" / "summary.json")


def test_stdout_on_a_full_disk(tmp_path: Path) -> None:
    write_run(tmp_path / "run", FEW)
    command = [sys.executable, "-m", "qwen3_eval", "compare", str(tmp_path / "run"), str(tmp_path / "run"), "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "qwen3-eval: the system refused: No space left on device\n"
