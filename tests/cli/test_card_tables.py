"""``reproduce card:NAME`` as a user types it: measured, priced, written, and refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from places import FIXTURES

from qwen3_eval.cli import main
from qwen3_eval.cli.reproduce import CARDS, default_run_dir
from qwen3_eval.reproduce import FORMATS
from qwen3_eval.reproduce.tables import card_names

THINKER = "Qwen/Qwen3-30B-A3B-Thinking-2507"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model on the tasks of a column, answered by the mock engine."""
    folder = tmp_path_factory.mktemp("card") / "run"
    common = ["reproduce", "card:qwen3-2507", "--model", "demo", "--as", "Qwen3-4B-Thinking-2507"]
    few = ["--data-dir", str(FIXTURES), "--limit", "1", "--samples", "1"]
    assert main([*common, *few, "--engine", "mock", "--run-dir", str(folder)]) == 0
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["card:qwen35", "--model", THINKER], "no card 'card:qwen35' (did you mean 'card:qwen3.5'?); there are card:"),
        (
            ["card:qwen3.5", "--model", "Qwen/Qwen3-8B"],
            "no column for 'Qwen/Qwen3-8B'; --as one of: Qwen3.5-397B-A17B,",
        ),
        (
            ["card:qwen3.6", "--model", "demo", "--as", "Qwen3.6-28B"],
            "(did you mean 'Qwen3.6-27B'?); there are Qwen3.6",
        ),
        (["card:", "--model", THINKER], "there are card:qwen3-2507, card:qwen3-next, card:qwen3.5, card:qwen3.6"),
        (["cards", "--model", THINKER], "and of later cards card:qwen3-2507"),
    ],
)
def test_bad_input_gets_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", *arguments, "--dry-run"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_card_is_priced(capsys: pytest.CaptureFixture[str]) -> None:
    common = ["reproduce", "card:qwen3-2507", "--model", THINKER, "--data-dir", str(FIXTURES), "--limit", "1"]
    assert main([*common, "--samples", "1", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "mmlu_redux" in said.out
    assert "non-thinking" not in said.out
    assert "81,920" in said.out, "one question of AIME under the limit of the card"
    assert "no task yet: OJBench" in said.err


def test_help_names_every_card() -> None:
    assert tuple(f"card:{name}" for name in CARDS.split(", ")) == card_names()


def test_the_folder_of_a_card_has_no_colon() -> None:
    assert default_run_dir("Qwen/Qwen3.5-27B", "card:qwen3.5") == Path("results/Qwen3.5-27B-card-qwen3.5")


@pytest.mark.parametrize("others", [(), ("--others",)])
@pytest.mark.parametrize("form", FORMATS)
def test_a_run_is_shown_in_every_format(form: str, others: tuple[str, ...], measured: Path, tmp_path: Path) -> None:
    out = tmp_path / "table"
    shown = ["--from", str(measured), "--format", form, "--out", str(out), *others]
    assert main(["reproduce", "card:qwen3-2507", "--model", "demo", "--as", "Qwen3-4B-Thinking-2507", *shown]) == 0
    text = out.read_text("utf-8")
    assert "2025-08" in text
    assert "another model than the card" in text
    assert ("Qwen3-235B-A22B-Instruct-2507" in text) is bool(others)
    if form == "html":
        assert "Technical Report" not in text
        assert "compared with the card." in text


def test_a_card_s_run_asks_what_the_card_prints_for_the_column(measured: Path) -> None:
    manifest = json.loads((measured / "run.json").read_text("utf-8"))
    asked = {entry["task"] for entry in manifest["plan"]}
    assert {"mmlu_redux", "aime25", "ifeval", "multi_if", "polymath"} <= asked
    assert {entry["mode"] for entry in manifest["plan"]} == {"thinking"}
    assert manifest["config"]["suite"] == "card:qwen3-2507"
