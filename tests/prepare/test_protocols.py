"""Chat and base protocol: which a task is asked under, choices by likelihood, subsets and weights in the summary."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from family_folders import model_folder
from opened import summary_of
from places import TOYS
from preparing import selected

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, ProtocolChoice, RunConfig, model_location
from qwen3_eval.demo import model_path
from qwen3_eval.engines.base import Completion, Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.engines.vllm import VllmEngine
from qwen3_eval.measure.summary import read_result, results_text
from qwen3_eval.prepare.asked import protocols_of, resolve
from qwen3_eval.prepare.model import base_because, settle_protocol
from qwen3_eval.prepare.prepared import prepare
from qwen3_eval.prepare.selection import choose, with_data
from qwen3_eval.prompts import Renderer
from qwen3_eval.records.journal import lines
from qwen3_eval.records.omissions import skipped
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Prompt, UsageError


def config(*tasks: str, protocol: ProtocolChoice = "both", suite: str = "") -> RunConfig:
    engine = EngineConfig(kind="mock")
    return RunConfig("demo", tasks, protocol=protocol, tasks_dir=TOYS, engine=engine, suite=suite)


def answer(request: Request) -> str:
    """The right digit for sums below 100; a wrong one for the others."""
    total = sum(int(part) for part in request.unit.id.split("+"))
    digit = total % 10 if total < 100 else (total + 1) % 10
    return f" {digit}" if request.unit.protocol == "base" else f"It is {digit}"


def execute(settings: RunConfig, folder: Path) -> dict[str, Any]:
    prepared = prepare(settings, folder, engine=MockEngine(answer))
    asyncio.run(run.execute(prepared))
    return summary_of(folder)


def by_place(summary: Mapping[str, Any], metric: str = "accuracy") -> dict[tuple[Any, ...], dict[str, Any]]:
    found = [line for line in summary["results"] if line["metric"] == metric]
    return {(line["task"], line["protocol"], line["mode"], line["subset"]): line for line in found}


# which protocol


def test_both_protocols_in_one_run(tmp_path: Path) -> None:
    found = by_place(execute(config("toy_both", "toy_base"), tmp_path / "r"))
    whole = {place[:3] for place in found if place[3] is None}
    assert whole == {
        ("toy_both", "chat", "thinking"),
        ("toy_both", "chat", "non-thinking"),
        ("toy_both", "base", "non-thinking"),
        ("toy_base", "base", "non-thinking"),
    }
    journal = [line for _, line in lines(tmp_path / "r" / "generations.jsonl")]
    assert len({line["key"] for line in journal}) == len(journal) == 4 * 21
    plan = json.loads((tmp_path / "r" / "run.json").read_text())["plan"]
    assert all(entry["prompts"] == {"digit": "3"} for entry in plan)
    assert {(entry["protocol"], entry["max_tokens"]) for entry in plan} == {("chat", 64), ("base", 4)}


@pytest.mark.parametrize(
    ("choice", "both", "base"),
    [
        ("auto", ("chat",), ("base",)),
        ("chat", ("chat",), ()),
        ("base", ("base",), ("base",)),
        ("both", ("chat", "base"), ("base",)),
    ],
)
def test_which_protocols_a_task_is_asked_under(choice: ProtocolChoice, both: Any, base: Any) -> None:
    registry = load_tasks(TOYS)
    settings = config("toy_both", protocol=choice)
    assert protocols_of(settings, registry.get("toy_both").spec) == both
    assert protocols_of(settings, registry.get("toy_base").spec) == base


def test_a_completion_is_not_asked_twice_for_two_modes() -> None:
    task = load_tasks(TOYS).get("toy_base")
    found = resolve(config("toy_base"), task).conditions
    assert [(each.protocol, each.mode) for each in found] == [("base", "non-thinking")]


def test_a_suite_leaves_out_what_lacks_the_protocol_and_says_so() -> None:
    settings = config("toy_both", "toy_base", protocol="chat", suite="toy_protocols")
    chosen = choose(settings, load_tasks(TOYS))
    assert [each.name for each in chosen.asked] == ["toy_both"]
    assert skipped(chosen.omitted) == {"toy_base": "has no chat protocol, only base"}
    with pytest.raises(UsageError, match="task 'toy_base' has no chat protocol, only base"):
        choose(replace(settings, suite=""), load_tasks(TOYS))


def test_base_is_chosen_for_a_model_without_a_chat_template(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(model_path(), plain)
    settings_file = plain / "tokenizer_config.json"
    known = json.loads(settings_file.read_text())
    settings_file.write_text(json.dumps({name: value for name, value in known.items() if name != "chat_template"}))
    settings = replace(config("toy_both", protocol="auto"), engine=EngineConfig(kind="vllm"))
    assert settle_protocol(settings, str(plain), VllmEngine).protocol == "base"
    assert settle_protocol(settings, model_location("demo"), VllmEngine).protocol == "auto"
    forced = replace(settings, protocol="chat")
    assert settle_protocol(forced, str(plain), VllmEngine).protocol == "chat"
    assert "chat_template.jinja" in base_because(settings, str(plain), VllmEngine)
    with pytest.raises(UsageError, match="no base protocol, only chat; it has no template"):
        choose(config("toy_sum", protocol="base"), load_tasks(TOYS), "it has no template")


def test_a_task_of_chats_alone_says_why_base_was_taken(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", None)
    (folder / "config.json").write_text("{}")
    settings = replace(config("toy_sum", protocol="auto"), model=str(folder), engine=EngineConfig(kind="vllm"))
    with pytest.raises(UsageError, match=r"only chat; .* has no chat template \(no chat_template.jinja"):
        prepare(settings, tmp_path / "run")


def test_base_is_chosen_for_a_model_that_calls_itself_base() -> None:
    """The Qwen3 base models come with the chat template of their siblings."""
    settings = replace(config("toy_both", protocol="auto"), model="Qwen/Qwen3-8B-Base")
    assert settle_protocol(settings, "Qwen/Qwen3-8B-Base", MockEngine).protocol == "base"


def test_a_suite_of_base_models_is_asked_as_completions() -> None:
    settings = config("toy_both", protocol="auto", suite="report-base")
    assert settle_protocol(settings, model_location("demo"), MockEngine).protocol == "base"
    assert settle_protocol(replace(settings, protocol="chat"), model_location("demo"), MockEngine).protocol == "chat"


def test_a_suite_leaves_out_what_the_mirror_lacks_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.json").write_text('{"benchmarks": {}}')
    registry = load_tasks(TOYS)
    tasks = [registry.get("toy_both"), registry.get("gsm8k")]
    settings = replace(config("toy_both", "gsm8k", suite="toy_protocols"), data_dir=tmp_path)
    chosen = with_data(selected(settings, *tasks))
    assert [each.name for each in chosen.asked] == ["toy_both"]
    assert "lacks gsm8k/test.jsonl" in skipped(chosen.omitted)["gsm8k"]
    with pytest.raises(UsageError, match="lacks gsm8k/test"):
        with_data(selected(replace(settings, suite=""), *tasks))


# choices


def test_choices_share_their_prompt_and_differ_in_one_token() -> None:
    renderer = Renderer(model_location("demo"))
    rendered = renderer.render(Prompt.complete("1+1=", choices=(" 2", " 3")), "non-thinking")
    assert rendered.token_ids is not None
    assert renderer.decode(rendered.token_ids) == "1+1= "
    assert [renderer.decode([token]) for token in rendered.choices] == ["2", "3"]


@pytest.mark.parametrize("choices", [(" 12", " 34"), (" 1", " 1")])
def test_choices_of_several_tokens_are_refused(choices: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="cannot be compared by likelihood"):
        Renderer(model_location("demo")).render(Prompt.complete("1+1=", choices=choices), "non-thinking")


def test_the_answer_is_the_choice_that_the_engine_took(tmp_path: Path) -> None:
    asked: list[Request] = []

    def second(request: Request) -> Completion:
        asked.append(request)
        return Completion(token_ids=(request.allowed[1],), finish_reason="length", prompt_tokens=4)

    settings = replace(config("toy_base"), engine=EngineConfig(kind="mock"))
    engine = MockEngine(second, renders=False)
    prepared = prepare(replace(settings, model=str(model_path())), tmp_path / "r", engine=engine)
    asyncio.run(run.execute(prepared))
    journal = [line for _, line in lines(tmp_path / "r" / "generations.jsonl")]
    assert {line["answer"] for line in journal} == {" 1"}
    assert {line["finish_reason"] for line in journal} == {"stop"}
    assert all((len(each.allowed), each.max_tokens, each.sampling.temperature) == (10, 1, 0.0) for each in asked)


def test_an_engine_that_takes_another_token_is_an_error(tmp_path: Path) -> None:
    engine = MockEngine(lambda request: Completion(token_ids=(3,), finish_reason="length"), renders=False)
    prepared = prepare(replace(config("toy_base"), model=str(model_path())), tmp_path / "r", engine=engine)
    asyncio.run(run.execute(prepared))
    journal = [line for _, line in lines(tmp_path / "r" / "generations.jsonl")]
    assert all("allowed_token_ids" in line["error"] for line in journal)


# subsets and weights


def test_the_mean_of_subsets(tmp_path: Path) -> None:
    found = by_place(execute(config("toy_both", "toy_base"), tmp_path / "r"))
    parts = {
        subset: line for (name, protocol, _, subset), line in found.items() if (name, protocol) == ("toy_both", "base")
    }
    assert set(parts) == {None, "small", "large", "large/odd", "large/even"}
    assert (parts["small"]["score"], parts["large"]["score"]) == (100.0, 0.0)
    assert parts[None]["score"] == pytest.approx(50.0)
    assert parts["large/odd"]["n_docs"] + parts["large/even"]["n_docs"] == parts["large"]["n_docs"]
    over_docs = found["toy_base", "base", "non-thinking", None]
    small = found["toy_base", "base", "non-thinking", "small"]["n_docs"]
    assert over_docs["score"] == pytest.approx(100 * small / 21)
    assert over_docs["score"] != pytest.approx(50.0)


def test_a_metric_is_weighted_by_its_denominators(tmp_path: Path) -> None:
    summary = execute(config("toy_both", protocol="chat"), tmp_path / "r")
    small = by_place(summary, "by_length")["toy_both", "chat", "thinking", "large"]
    assert small["score"] == 0.0
    scores = [line for _, line in lines(tmp_path / "r" / "scores.jsonl") if line["mode"] == "thinking"]
    wanted = {
        subset: sum(line["score"] * len(line["id"]) for line in scores if line["subset"].startswith(subset))
        / sum(len(line["id"]) for line in scores if line["subset"].startswith(subset))
        for subset in ("small", "large/odd", "large/even")
    }
    mean = fmean([wanted["small"], fmean([wanted["large/odd"], wanted["large/even"]])])
    assert by_place(summary, "by_length")["toy_both", "chat", "thinking", None]["score"] == pytest.approx(100 * mean)


def test_the_terminal_shows_base_as_a_mode_of_its_own(tmp_path: Path) -> None:
    shown = list(results_text([read_result(line) for line in execute(config("toy_both"), tmp_path / "r")["results"]]))
    assert [line.split()[1] for line in shown[1:] if "accuracy" in line] == ["non-thinking", "thinking", "base"]
