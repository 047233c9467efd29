"""Toolchains: what is missing is installed where that is allowed, else named; languages without one are left out."""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path

import pytest
from places import FIXTURES

from qwen3_eval.cli import main
from qwen3_eval.records.journal import lines
from qwen3_eval.records.store import read_manifest
from qwen3_eval.sandbox import available, toolchains
from scripts import toolchains as script
from scripts.setup import SetupError

NEEDY = '''"""A task that nothing here can judge."""
from qwen3_eval.api import Doc, Prompt, Score, Source, Task, task


@task(name="needy", category="code", version="1", reference="none", source=Source(
    "someone/capitals", split="test", mirror="gsm8k/test.jsonl", revision="0" * 40))
class Needy(Task):
    def lacks(self, row):
        return "toolchain for Ada"

    def doc(self, row):
        return Doc(row["question"], row["question"], "")

    def prompt(self, doc):
        return Prompt.user(doc.question)

    def score(self, doc, answer):
        return Score(1.0)
'''


@pytest.mark.sandbox
@pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
def test_versions_are_in_the_words_of_what_compiles_or_runs() -> None:
    found = toolchains.versions()
    assert found["Python"].startswith("Python 3.")
    assert found["Bash"].startswith("GNU bash, version")
    assert set(found) == {language for language in toolchains.TOOLS if not toolchains.lacking_tools(language)}
    assert all(re.search(r"\d\.\d", text) for text in found.values())


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine with Bash, npm and apt-get alone; commands are noted, not run."""
    noted: list[str] = []
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("npm", "apt-get"):
        (folder / name).touch(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("QWEN3_EVAL_TOOLCHAINS", str(tmp_path / "tools"))
    monkeypatch.setattr(toolchains, "found", functools.cache(lambda folder, sandbox: {"bash"}))
    monkeypatch.setattr(script, "command", lambda *words: noted.append(" ".join(words)))
    monkeypatch.setattr(script, "install_system", lambda prefix, names: noted.append(" ".join(names)))
    monkeypatch.setattr(script, "as_root", list)
    return noted


PACKAGES = (
    "g++ default-jdk-headless libjavatuples-java php-cli nodejs mono-mcs libmono-system-numerics4.0-cil mono-runtime"
)


def test_what_is_missing_is_installed(bare: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(once=False) == 3
    assert bare[0] == PACKAGES
    assert bare[1].startswith("npm install")
    assert bare[1].endswith("typescript@5.5.4")
    said = capsys.readouterr().out.splitlines()[-1]
    languages = "C++, Java, PHP, TypeScript, C#, JavaScript"
    assert said == f"toolchains: {languages} cannot be judged; install the system's packages {PACKAGES}"


def test_nothing_is_done_where_nothing_is_missing(
    bare: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(toolchains, "lacking_tools", lambda language: [])
    monkeypatch.setattr(script, "compiler_version", lambda: "g++ 1")
    assert script.main(once=False) == 0
    assert [line.split()[0] for line in bare] == ["g++"]
    bare.clear()
    assert script.main(once=False) == 0
    assert not bare
    assert capsys.readouterr().out.endswith("toolchains: all 8 languages can be judged\n")


def test_headers_are_compiled_anew_for_another_compiler(bare: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "lacking_tools", lambda language: [])
    for version in ("g++ 1", "g++ 1", "g++ 2"):
        monkeypatch.setattr(script, "compiler_version", lambda version=version: version)
        script.compile_headers()
    assert [line.split()[-1].rpartition("/")[2] for line in bare] == ["all.h.gch"] * 2


def test_tests_try_once(bare: list[str]) -> None:
    assert script.main(once=True) == 0
    bare.clear()
    assert script.main(once=True) == 0
    assert not bare
    assert script.main(once=False) == 3
    assert bare


def test_without_root_the_packages_are_named(
    bare: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "as_root", lambda: None)
    assert script.main(once=False) == 3
    assert PACKAGES not in bare
    assert PACKAGES in capsys.readouterr().out


def test_a_failure_is_told_in_a_line_and_stops_no_other(
    bare: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(prefix: list[str], names: list[str]) -> None:
        raise SetupError("apt-get failed: no such package")

    monkeypatch.setattr(script, "install_system", fails)
    assert script.main(once=False) == 3
    assert "toolchains: apt-get failed: no such package\n" in capsys.readouterr().err
    assert any(line.startswith("npm") for line in bare)


@pytest.mark.sandbox
@pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
def test_tools_that_programs_do_not_see_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command in a user's own folder is on PATH, and in no sandbox."""
    tmp_path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("QWEN3_EVAL_TOOLCHAINS", str(tmp_path))
    monkeypatch.setitem(toolchains.TOOLS, "PHP", ("php", "php-of-nobody"))
    (tmp_path / "php-of-nobody").touch(0o755)
    assert "php-of-nobody" in toolchains.lacking_tools("PHP")
    assert "bash" in toolchains.found(tmp_path, "auto")
    assert "tsc" in toolchains.lacking_tools("TypeScript")
    (tmp_path / toolchains.FILES["tsc"]).parent.mkdir(parents=True)
    (tmp_path / toolchains.FILES["tsc"]).touch()
    toolchains.found.cache_clear()
    assert "tsc" not in toolchains.lacking_tools("TypeScript")


def test_doctor_says_which_languages_can_be_judged(
    bare: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(toolchains, "version", lambda language: f"{language} 1.2")
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "ok  programs in Python: Python 1.2\n" in said
    assert "--  programs in Java: no javac, no java, no javatuples; run `make toolchains`\n" in said


@pytest.mark.sandbox
@pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}")
def test_predictions_in_languages_without_a_toolchain_are_left_out_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(toolchains, "lacking_tools", lambda language: ["php"] if language == "PHP" else [])
    monkeypatch.setattr(toolchains, "version", lambda language: "1.2")
    path = tmp_path / "p.jsonl"
    rows = [{"id": name, "response": "no"} for name in ("php/HumanEval_900_sum_of_odds", "py/HumanEval/900")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["score", "--task", "multipl_e", "--predictions", str(path), "--data-dir", str(FIXTURES), "--run-dir"]
    assert main([*words, str(tmp_path / "a")]) == 0
    assert [line["id"] for _, line in lines(tmp_path / "a" / "scores.jsonl")] == ["py/HumanEval/900"]
    reason = "there is no toolchain for PHP (no php; run `make toolchains`) here"
    assert reason in capsys.readouterr().err
    found = read_manifest(tmp_path / "a")
    assert any(reason in text for text in found["deviations"])
    assert any(reason in text for text in found["lacking"])
    assert set(found["toolchains"]) == toolchains.TOOLS.keys() - {"PHP"}
    path.write_text(json.dumps(rows[0]) + "\n")
    assert main([*words, str(tmp_path / "b")]) == 2
    assert "none of the predictions can be judged here; multipl_e: 2 " in capsys.readouterr().err


def test_a_task_of_which_nothing_can_be_judged_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "needy.py").write_text(NEEDY)
    words = ["run", "--model", "demo", "--tasks", "needy", "--engine", "mock", "--run-dir", str(tmp_path / "run")]
    assert main([*words, "--tasks-dir", str(tmp_path), "--data-dir", str(FIXTURES)]) == 2
    assert capsys.readouterr().err.endswith("no question of needy can be judged here: there is no toolchain for Ada\n")
