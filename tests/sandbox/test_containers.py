"""Programs of the code tasks under ``--sandbox docker``: by what the image holds, not by this machine's interpreter."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from containers import needs_bubblewrap, own_choice, stub
from task_modules import task_module

from qwen3_eval.grading import code as kind
from qwen3_eval.grading.code import Case, trial
from qwen3_eval.sandbox import SandboxUnavailable, toolchains

checker = task_module("agent/bfcl_v3", "checker")
codeelo, stdio = (task_module("code/codeforces", name) for name in ("codeelo", "stdio"))
verdict = task_module("code/multipl_e", "verdict")
LANGUAGES, multipl_e_score = verdict.LANGUAGES, verdict.multipl_e_score

__all__ = ["own_choice", "stub"]
pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.usefixtures("stub"),
    needs_bubblewrap,
    pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="the stand-in's image has no python3"),
]
ADD = "print(sum(map(int, input().split())))"
TWICE: Mapping[str, Mapping[str, Any]] = {
    "py": {
        "prompt": 'def twice(n):\n    """Two times a number."""\n',
        "tests": "def check(candidate):\n    assert candidate(4) == 8\n",
        "stop_tokens": ["\ndef"],
        "entry_point": "twice",
    },
    "sh": {
        "prompt": "#!/bin/bash\ntwice() {\n",
        "tests": '}\n\ncandidate() {\n    twice "$@"\n}\n\nset -e\n[[ $(candidate "4") = "8" ]]\n',
        "stop_tokens": ["\n}"],
    },
}
BODIES = {"py": "    return {} * n\n", "sh": "    echo $(({} * $1))"}


@pytest.fixture
def no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in's image is this machine's /usr, which need not hold any."""
    for module in (trial, kind):
        monkeypatch.setattr(module, "PACKAGES", ())


def started() -> Iterator[list[str]]:
    """What each container was told."""
    for line in Path(os.environ["STUB_FOLDER"], "log").read_text().splitlines():
        command, *words = json.loads(line)
        if command == "run":
            yield words


def volumes() -> set[str]:
    """Folders of this machine that containers were given."""
    pairs = (pair for words in started() for pair in pairwise(words))
    return {word.partition(":")[0] for option, word in pairs if option == "--volume"}


@pytest.mark.usefixtures("no_packages")
def test_livecodebench() -> None:
    cases = [Case("1 2\n", "3\n"), Case("5 6\n", "11\n")]
    assert trial.failed_test(ADD, None, cases) is None
    assert trial.failed_test(ADD.replace("sum", "max"), None, cases) == "test 1 of 2: wrong answer"
    assert not volumes()
    assert any(words[-4:] == ["python3", "-s", "-P", "/tmp/program.py"] for words in started())


def test_livecodebench_in_an_image_without_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PACKAGES", ("no-such-package",))
    with pytest.raises(SandboxUnavailable, match="are to have no-such-package, and the image localhost/stub:1 has not"):
        trial.failed_test(ADD, None, [Case("1 2\n", "3\n")])


def test_codeforces() -> None:
    program = stdio.built(stdio.LANGUAGES["python"], ADD)
    assert stdio.output_of(program, "20 22\n", 2.0, 256, 3).stdout == "42\n"
    checker_program = (
        "import sys\nours, theirs = (open(name).read() for name in sys.argv[2:])\nprint(int(ours == theirs))"
    )
    assert codeelo.accepts(checker_program, Case("", "a"), "a")
    assert not codeelo.accepts(checker_program, Case("", "a"), "b")
    assert not volumes()


@pytest.mark.usefixtures("no_packages")
@pytest.mark.parametrize("code", [pytest.param("py", id="Python"), pytest.param("sh", id="Bash")])
def test_multipl_e(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LANGUAGES, code, replace(LANGUAGES[code], folders=(tmp_path,)))
    right, wrong = (multipl_e_score(code, TWICE[code], BODIES[code].format(n), completion=True) for n in (2, 3))
    assert right.detail == "OK"
    assert wrong.status in ("Exception", "AssertionError")
    assert volumes() <= {str(toolchains.folder())}


@pytest.mark.skipif(bool(checker.lacking()), reason=checker.lacking() or "-")
def test_the_checker_of_function_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "_running", {})
    assert checker.ask({"job": "calls"})["raised"].startswith("KeyError")
    assert volumes() == {str(checker.folder().resolve())}
    assert any("python3" in words for words in started())
