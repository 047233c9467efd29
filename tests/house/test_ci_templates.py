"""The CI jobs that users copy: each is read as YAML, and its commands are run through bash with a mock model."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from places import ROOT

from qwen3_eval.cli import main

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
FOLDER = ROOT / "docs" / "ci"
COMMAND = Path(sys.executable).parent / "qwen3-eval"
# A model that always says 0: 60 questions are few, so that only losing most of them would show.
VALUES = {
    "MODEL": "demo",
    "RUN_ARGS": "--engine mock --tasks demo_math --mode non-thinking",
    "GATE_ARGS": "--detect 50",
    "BASELINE": "baseline.json",
}
pytestmark = pytest.mark.skipif(not COMMAND.is_file() or not shutil.which("bash"), reason="qwen3-eval is not installed")


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def run(folder: Path, commands: Sequence[str], values: Mapping[str, str]) -> int:
    """Exit code of commands in one shell that stops at the first failure, as both services start theirs."""
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **values, "PATH": path, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(commands)]
    done = subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.returncode


def mock_baseline(folder: Path, scores: str) -> None:
    """A baseline of the mock model; ``scores`` 1 for one in which it was always right."""
    argv = ["run", "--model", VALUES["MODEL"], *VALUES["RUN_ARGS"].split(), "--run-dir", str(folder / "first")]
    assert main(argv) == 0
    assert main(["baseline", str(folder / "first"), "--out", str(folder / "baseline.json")]) == 0
    text = (folder / "baseline.json").read_text()
    (folder / "baseline.json").write_text(re.sub(r": \[[01], 1\]", f": [{scores}, 1]", text) if scores else text)


def check(folder: Path, commands: Sequence[str], scores: str, expected: int) -> None:
    mock_baseline(folder, scores)
    *before, gate = commands
    assert run(folder, before, VALUES) == 0
    assert run(folder, [gate], VALUES) == expected
    suite = ElementTree.parse(folder / "reports" / "gate.xml").getroot()
    assert suite.get("failures") == str(int(expected == 1))
    assert "demo_math" in (folder / "reports" / "gate.md").read_text() or expected == 0


@pytest.mark.parametrize(("scores", "expected"), [("", 0), ("1", 1)])
def test_github_workflow(tmp_path: Path, scores: str, expected: int) -> None:
    content = read("github-actions.yml")
    assert set(VALUES) < set(content["env"])
    assert "pull_request" in content[True]  # YAML 1.1 reads the key `on` as true
    steps = content["jobs"]["gate"]["steps"]
    scripts = {step["name"]: step["run"] for step in steps if "run" in step}
    assert list(scripts) == ["Install", "Evaluate", "Gate", "Summary", "Report"]
    check(tmp_path, [scripts["Evaluate"], scripts["Gate"]], scores, expected)
    assert run(tmp_path, [scripts["Summary"]], VALUES) == 0
    assert (tmp_path / "summary.md").read_text() == (tmp_path / "reports" / "gate.md").read_text()
    always = [step for step in steps if step.get("if") == "always()"]
    assert [step.get("name", step.get("uses")) for step in always] == [
        "Summary",
        "Report",
        "actions/upload-artifact@v4",
    ]
    assert always[-1]["with"]["path"] == "reports/"


@pytest.mark.parametrize(("scores", "expected"), [("", 0), ("1", 1)])
def test_gitlab_job(tmp_path: Path, scores: str, expected: int) -> None:
    job = read("gitlab-ci.yml")["gate"]
    assert set(VALUES) < set(job["variables"])
    check(tmp_path, job["script"], scores, expected)
    assert job["artifacts"]["when"] == "always"
    assert (tmp_path / job["artifacts"]["reports"]["junit"]).is_file()


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_values_of_the_templates_are_ones_that_the_commands_take(name: str) -> None:
    from qwen3_eval.cli import parser

    content = read(name)
    values = content.get("env") or content["gate"]["variables"]
    parse = parser().parse_args
    assert parse(["run", "--model", values["MODEL"], *values["RUN_ARGS"].split()]).tasks == ("gsm8k", "math_500")
    assert parse(["gate", "r", "--baseline", values["BASELINE"], *values["GATE_ARGS"].split()]).margin == 1.0
