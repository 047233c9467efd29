"""Engines by name: the nearest for a wrong one, those of installed packages, and what one that is broken keeps from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from places import TOYS

from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines import BUNDLED, create_engine, engine_class, is_invented
from qwen3_eval.engines.base import Engine
from qwen3_eval.records.journal import lines
from qwen3_eval.types import UsageError

TOY = '''
"""Adds up what it is asked, in a package of its own."""

from qwen3_eval.engines.base import Completion, Engine


class Adder(Engine):
    renders = True

    def __init__(self, config):
        self.slots = config.engine.slots or 2

    def describe(self):
        return {"name": "adder"}

    async def generate(self, request):
        total = sum(int(part) for part in request.unit.id.split("+"))
        return Completion(text=str(total), finish_reason="stop")

    async def stream(self, request):
        yield await self.generate(request)
'''


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages: ``adder`` works, ``broken`` cannot be imported, ``other`` is no engine."""
    folder = tmp_path / "site"
    metadata = folder / "toy_engines-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-engines\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        "[qwen3_eval.engines]\nadder = toy_adder:Adder\nbroken = toy_broken:Engine\nother = json:dumps\n"
    )
    (folder / "toy_adder.py").write_text(TOY)
    (folder / "toy_broken.py").write_text("import a_library_that_is_not_here\n")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def words(folder: Path, engine: str) -> list[str]:
    names = ["run", "--model", "m", "--tasks", "toy_sum", "--tasks-dir", str(TOYS), "--mode", "non-thinking"]
    return [*names, "--engine", engine, "--run-dir", str(folder / "r")]


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_engine_is_one(name: str) -> None:
    assert issubclass(engine_class(name), Engine)


def test_an_engine_of_a_package_answers(packages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(tmp_path, "adder")) == 0
    assert {line["score"] for _, line in lines(tmp_path / "r" / "scores.jsonl")} == {1.0}
    manifest = json.loads((tmp_path / "r" / "run.json").read_text())
    assert manifest["engine"] == {"name": "adder", "tokens_in_flight": 1_048_576}
    assert manifest["config"]["engine"]["kind"] == "adder"
    capsys.readouterr()


def test_an_unknown_engine_is_refused_with_the_nearest(
    packages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path, "ader")) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "unknown value 'ader' (did you mean 'adder'?)" in said[0]
    assert "vllm, server, ray, replay, mock" in said[0]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("broken", "ModuleNotFoundError: No module named 'a_library_that_is_not_here'"),
        ("other", "which is no class of qwen3_eval.engines.base.Engine"),
    ],
)
def test_an_engine_that_cannot_be_loaded_is_named_in_one_line(
    packages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, why: str
) -> None:
    assert main(words(tmp_path, name)) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert f"engine {name!r}" in said[0]
    assert why in said[0]
    assert not (tmp_path / "r").exists()


def test_a_broken_engine_keeps_no_other_command_from_its_work(packages: Path, tmp_path: Path) -> None:
    assert main(["list"]) == 0
    assert main(words(tmp_path, "mock")) == 0


def test_whose_answers_are_invented(packages: Path) -> None:
    assert {name for name in (*BUNDLED, "adder", "broken", "gone") if is_invented(name)} == {"mock"}


def test_an_unknown_engine_of_a_config_is_refused() -> None:
    with pytest.raises(UsageError, match=r"unknown value 'vlm' \(did you mean 'vllm'\?\)"):
        create_engine(RunConfig("m", ("toy_sum",), engine=EngineConfig("vlm")))
