"""``model inspect``: what is found out of a model and why, and what it says of one that cannot be looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from family_folders import FAMILIES, model_folder

from qwen3_eval.cli import main

GENERATION = {"do_sample": True, "temperature": 0.9, "top_p": 0.5}


def folder_of(family: str, folder: Path, generation: Mapping[str, object] | None = None) -> str:
    return str(model_folder(folder, (FAMILIES / f"{family}.jinja").read_text("utf-8"), generation))


def test_the_bundled_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "inspect", "demo"]) == 0
    said = capsys.readouterr().out
    for line in (
        "family: qwen3 (Qwen3 (April 2025)), because its chat template has 'enable_thinking is false'",
        "mode: thinking by enable_thinking = True; where the template is told nothing",
        "mode: non-thinking by enable_thinking = False",
        "thinking is opened: by the model",
        "thinking of earlier turns: steps, as reasoning_content",
        "calls: format hermes, earlier arguments as mapping, ids plain",
        "functions: shown by the template",
        "reads the arguments enable_thinking",
        "sampling of the family, thinking: temperature 0.6, top_p 0.95, top_k 20",
        "sampling of a run: report, because the family is Qwen3 (April 2025)",
        "budget: cut by token ids",
        "--- thinking: ",
        "--- non-thinking: ",
    ):
        assert line in said


@pytest.mark.parametrize("family", sorted(path.stem for path in FAMILIES.glob("*.jinja")))
def test_every_family_can_be_looked_at(tmp_path: Path, family: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["model", "inspect", folder_of(family, tmp_path, GENERATION), "--json"])
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found["family"]["name"] == family
    assert set(found["prompts"]) == set(found["thinking"]["modes"])
    assert found["sampling"]["generation_config"]["temperature"] == 0.9
    assert found["calls"]["shown"] == (found["calls"]["format"] != "none")
    # Tags of its own are no tokens of this tokenizer: that is said, and nothing else.
    assert code == (2 if found["contradictions"] else 0)
    assert all("no token of this tokenizer" in line for line in found["contradictions"])


def test_whose_sampling_a_run_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["model", "inspect", folder_of("qwen3.5", tmp_path / "a", GENERATION)])
    said = capsys.readouterr().out
    assert "sampling of generation_config.json: temperature 0.9, top_p 0.5" in said
    assert "sampling of a run: card, because the family is Qwen3.5" in said
    assert "sampling of a run, thinking: temperature 0.9, top_p 0.5" in said
    main(["model", "inspect", folder_of("qwen3.5", tmp_path / "b")])
    said = capsys.readouterr().out
    assert "sampling of a run: report, because nothing that is known of" in said and "says how to decode" in said


def test_a_mode_by_the_system_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["model", "inspect", folder_of("nemotron-nano-v2", tmp_path)])
    said = capsys.readouterr().out
    assert "mode: non-thinking by system = '/no_think'" in said
    assert "--- thinking: " in said and "ends inside a thinking block" in said


def test_template_arguments_reach_the_prompt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["model", "inspect", folder_of("qwen3.8", tmp_path), "--template-arg", "reasoning_effort=low"])
    said = capsys.readouterr().out
    assert "Effort: low." in said
    assert "reasoning_effort: xhigh, medium, low" in said


def test_a_budget_that_the_template_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["model", "inspect", folder_of("seed-oss", tmp_path)])
    assert "budget argument: thinking_budget, 512, 1024, 2048, 4096, 8192, 16384" in capsys.readouterr().out


def test_a_model_that_nobody_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = model_folder(tmp_path, "{% for m in messages %}{{ m.content }}{% endfor %}")
    assert main(["model", "inspect", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "family: not known (" in said
    assert "functions: not shown by the template" in said
    assert "both modes get the same prompt: the model has one of them only" in said


@pytest.mark.parametrize(
    ("template", "options", "expected"),
    [
        (None, [], "has no chat template"),
        ("{% if %}", [], "cannot be used"),
        ("qwen3", ["--family", "qwen3.55"], "unknown family 'qwen3.55' (did you mean 'qwen3.5'?)"),
        ("qwen3", ["--family", "gone.toml"], "family file gone.toml cannot be read"),
        ("qwen3", ["--family", "qwen3.5"], "family qwen3.5 (qwen3.5.toml): thinking.opened is true"),
        ("qwq", ["--family", "qwen3"], "family qwen3 (qwen3.toml): thinking.arguments gives enable_thinking"),
        ("qwen3", ["--template-arg", "reasoning_effort=low"], "never reads it; it reads none"),
        ("qwen3.8", ["--template-arg", "reasoning_efort=low"], "(did you mean 'reasoning_effort'?)"),
        (
            "qwen3.8",
            ["--template-arg", "reasoning_effort=huge"],
            "reasoning_effort: Qwen3.8-27B, Qwen3.8-Flash-Next knows xhigh, medium, low, not huge",
        ),
        (
            "qwen3",
            ["--family", "seed-oss"],
            "family seed-oss (seed-oss.toml): thinking.arguments gives thinking_budget",
        ),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path, template: str | None, options: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if template is None or "{" in template:
        folder = str(model_folder(tmp_path, template))
    else:
        folder = folder_of(template, tmp_path)
    assert main(["model", "inspect", folder, *options]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.count("\n") == 1


def test_a_folder_that_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "inspect", str(tmp_path)]) == 2
    assert "has no tokenizer.json" in capsys.readouterr().err


def test_a_family_of_the_users_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\nsource = "here"\n[thinking]\nmodes = ["thinking"]\n[budget]\nway = "none"\n')
    assert main(["model", "inspect", folder_of("qwq", tmp_path / "model"), "--family", str(file)]) == 0
    said = capsys.readouterr().out
    assert "family: mine (Mine), because it was named" in said
    assert "--- non-thinking" not in said


def test_without_an_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model"]) == 2
    assert main(["model", "inspct"]) == 2
    assert "invalid choice: 'inspct'" in capsys.readouterr().err


def test_a_family_that_leaves_a_switch_to_the_template_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a model that thinks unless it is told not to would be asked in non-thinking mode, and think."""
    said = "thinking.arguments gives no enable_thinking, by which the template's prompt changes"
    assert main(["model", "inspect", "demo", "--family", "instruct"]) == 2
    assert f"family instruct (instruct.toml): {said}" in capsys.readouterr().err
    run = ["run", "--model", "demo", "--tasks", "demo_math", "--limit", "1", "--run-dir", str(tmp_path / "r")]
    assert main([*run, "--family", "instruct"]) == 2
    assert said in capsys.readouterr().err
    assert main(["model", "inspect", "demo", "--family", "instruct", "--template-arg", "enable_thinking=false"]) == 0


def test_a_word_of_effort_that_the_family_does_not_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of("gpt-oss", tmp_path)
    assert main(["model", "inspect", folder, "--template-arg", "reasoning_effort=lwo"]) == 2
    said = "--template-arg reasoning_effort: gpt-oss knows low, medium, high, not lwo (did you mean 'low'?)"
    assert said in capsys.readouterr().err


def test_a_prompt_is_shown_as_a_run_asks_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instruct = folder_of("qwen3-instruct", tmp_path / "a")
    (tmp_path / "a" / "config.json").write_text("{}")
    assert main(["show", "tooluse", "--model", instruct]) == 0
    said = capsys.readouterr().out
    assert "--- chat, thinking" not in said
    assert "--- chat, non-thinking: temperature 0.7, top_p 0.8, top_k 20, min_p 0.0, presence_penalty 0.0," in said
    own = folder_of("qwen3.5", tmp_path / "b", GENERATION)
    (tmp_path / "b" / "config.json").write_text("{}")
    assert main(["show", "tooluse", "--model", own]) == 0
    assert capsys.readouterr().out.count("temperature 0.9, top_p 0.5,") == 2
    assert main(["show", "tooluse", "--model", own, "--sampling", "report"]) == 0
    assert "temperature 0.6, top_p 0.95, top_k 20" in capsys.readouterr().out
    assert main(["show", "tooluse", "--family", "qwen3"]) == 2
    assert "name it with --model" in capsys.readouterr().err
