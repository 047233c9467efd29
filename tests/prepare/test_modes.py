"""A mode that a model does not have is never run under its name."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from family_folders import family_template, model_folder
from places import TOYS
from stub_server import MODEL, Body, Stub, as_prompt

from qwen3_eval import run
from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.engines.patience import Retry
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.families import PROBE, profiles
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.prompts import Renderer
from qwen3_eval.types import MODES, Mode, UsageError

# Says nothing of thinking, and opens nothing.
PLAIN = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
OPENS = PLAIN + "<think>\n"
TOOLLESS = PLAIN + "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"


def settings(model: Path | str, modes: tuple[Mode, ...] = (), *, suite: str = "", family: str = "") -> RunConfig:
    engine = EngineConfig(kind="mock")
    return RunConfig(
        str(model), ("toy_sum",), modes, suite=suite, family=family, tasks_dir=TOYS, limit=2, engine=engine
    )


def prepared_for(folder: Path, config: RunConfig) -> Prepared:
    return prepare(config, folder / "run", engine=MockEngine(_answer, renders=False))


def _answer(request: Request) -> str:
    return "4"


def asked_modes(prepared: Prepared) -> set[Mode]:
    return {group.condition.mode for group in prepared.plan.groups}


@pytest.mark.parametrize(
    ("template", "there"),
    [
        ("qwen3", MODES),
        ("qwen3-thinking", MODES[:1]),
        ("qwen3-instruct", MODES[1:]),
        ("qwq", MODES[:1]),
        (OPENS, MODES[:1]),
    ],
)
def test_a_model_is_asked_in_the_modes_that_it_has(tmp_path: Path, template: str, there: tuple[Mode, ...]) -> None:
    prepared = prepared_for(
        tmp_path, settings(model_folder(tmp_path / "m", template if "{" in template else family_template(template)))
    )
    assert asked_modes(prepared) == set(there)
    assert prepared.manifest["config"]["modes"] == list(there)
    assert {each.why for each in prepared.omitted} == (set() if len(there) == 2 else {"mode"})


@pytest.mark.parametrize(
    ("template", "asked", "said"),
    [
        ("qwen3-instruct", MODES[:1], "has no thinking mode; use --mode non-thinking"),
        ("qwen3-thinking", MODES[1:], "has no non-thinking mode; use --mode thinking"),
        ("qwen3-thinking", MODES, "cannot be asked in non-thinking mode"),
        (OPENS, MODES[1:], "opens a thinking block; use --mode thinking"),
    ],
)
def test_a_task_that_was_named_is_refused(tmp_path: Path, template: str, asked: tuple[Mode, ...], said: str) -> None:
    model = model_folder(tmp_path / "m", template if "{" in template else family_template(template))
    with pytest.raises(UsageError, match=said):
        prepared_for(tmp_path, settings(model, asked))


def test_a_suite_leaves_the_mode_out_by_name(tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", family_template("qwen3-thinking"))
    prepared = prepared_for(tmp_path, settings(model, MODES, suite="toy"))
    assert asked_modes(prepared) == {"thinking"}
    [omission] = prepared.omitted
    assert (omission.task, omission.why) == ("toy_sum", "mode")
    assert sum("non-thinking mode was not asked" in text for text in prepared.manifest["deviations"]) == 1
    with pytest.raises(UsageError, match="cannot be asked in non-thinking mode"):
        prepared_for(tmp_path, settings(model, MODES[1:], suite="toy"))


def test_who_says_nothing_of_thinking_has_to_be_told(tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", PLAIN)
    for modes in ((), MODES):
        with pytest.raises(UsageError, match="renders both modes alike; say which one the model has with --mode"):
            prepared_for(tmp_path, settings(model, modes))
    assert asked_modes(prepared_for(tmp_path, settings(model, MODES[1:]))) == {"non-thinking"}
    assert asked_modes(prepared_for(tmp_path, settings(model, family="instruct"))) == {"non-thinking"}
    assert asked_modes(prepared_for(tmp_path, settings(model, family="reasoner"))) == {"thinking"}


def test_a_family_that_the_template_contradicts_is_refused(tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", PLAIN)
    with pytest.raises(UsageError, match=r"is not as its family says: family qwen3 .* the template never reads"):
        prepared_for(tmp_path, settings(model, family="qwen3"))


def test_budgets_want_a_model_that_thinks(tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", family_template("qwen3-instruct"))
    config = RunConfig(str(model), ("toy_sum",), (), (8,), tasks_dir=TOYS, engine=EngineConfig(kind="mock"))
    with pytest.raises(UsageError, match=r"does not think .* so --budgets has nothing to limit"):
        prepared_for(tmp_path, config)


def test_functions_that_the_template_does_not_show_leave_the_task_out(tmp_path: Path) -> None:
    model, engine = model_folder(tmp_path / "m", TOOLLESS), EngineConfig(kind="mock")
    config = RunConfig(str(model), ("demo_tools",), limit=1, engine=engine)
    with pytest.raises(UsageError, match="demo_tools offers functions that the chat template does not show"):
        prepared_for(tmp_path, config)
    both = RunConfig(str(model), ("demo_tools", "demo_math"), limit=1, suite="demo", engine=engine)
    prepared = prepared_for(tmp_path, both)
    assert [each.name for each in prepared.asked] == ["demo_math"]
    assert "does not show" in prepared.manifest["skipped"]["demo_tools"]


def test_the_identity_of_a_model_with_both_modes_is_as_ever(tmp_path: Path) -> None:
    found = prepared_for(tmp_path, settings(model_folder(tmp_path / "m", family_template("qwen3")))).manifest[
        "identity"
    ]
    assert found["modes"] == list(MODES)
    assert not {"family", "template_args", "sampling_from", "task_modes", "decoding"} & set(found)


@pytest.mark.parametrize("template", [" ", "{# nothing #}", "{{ '<|im_start|>' }}"])
def test_a_template_that_leaves_the_question_out_is_refused(tmp_path: Path, template: str) -> None:
    model = model_folder(tmp_path / "m", template)
    with pytest.raises(UsageError, match=r"the chat template of .* leaves the question out of the prompt"):
        prepared_for(tmp_path, settings(model, MODES[:1]))


def test_a_template_that_fails_whatever_it_is_given_is_no_matter_of_the_family(tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", family_template("qwen3") + "{{ gone.by }}")
    with pytest.raises(UsageError, match=r"^the chat template .*, line \d+, cannot be used: 'gone' is undefined"):
        prepared_for(tmp_path, settings(model))


def test_a_family_s_file_is_part_of_what_a_run_depends_on(tmp_path: Path) -> None:
    model = model_folder(tmp_path / "m", family_template("qwen3"))
    mine = tmp_path / "mine.toml"

    def told(ends: str) -> object:
        mine.write_text(
            f'title = "Mine"\nsource = "here"\n[thinking]\nmodes = ["thinking"]\nends = ["{ends}"]\n'
            "arguments.thinking = { enable_thinking = true }\n"
        )
        return prepared_for(tmp_path, settings(model, family=str(mine))).manifest["identity"]["family_sha256"]

    first = told("<call>")
    assert first == told("<call>") != told("<other>")


@pytest.mark.parametrize("name", ["messages", "add_generation_prompt", "enable_thinking"])
def test_what_a_run_gives_a_template_is_no_argument_where_others_render(tmp_path: Path, name: str) -> None:
    config = replace(settings("m"), template_args={name: True})
    with pytest.raises(UsageError, match=f"--template-arg {name}: "):
        prepare(config, tmp_path / "run")


def test_an_argument_that_no_template_gets_is_refused(tmp_path: Path) -> None:
    config = replace(settings("m"), tasks=("toy_both",), protocol="base", template_args={"effort": "low"})
    with pytest.raises(UsageError, match="--template-arg effort: nothing of this run is asked through a chat template"):
        prepare(config, tmp_path / "run")


# where the server renders


def alike(body: Body) -> str:
    return f"<user>{body['messages'][0]['content']}<assistant>"


def served(stub: Stub, modes: tuple[Mode, ...] = (), *, suite: str = "", family: str = "") -> RunConfig:
    engine = EngineConfig(kind="server", base_url=stub.url)
    return RunConfig(MODEL, ("toy_sum",), modes, suite=suite, family=family, tasks_dir=TOYS, limit=2, engine=engine)


def finished(config: RunConfig, folder: Path) -> dict[str, object]:
    asyncio.run(run.execute(prepare(config, folder)))
    found: dict[str, object] = json.loads((folder / "run.json").read_text("utf-8"))
    return found


def test_a_server_with_both_modes_is_asked_in_both(tmp_path: Path) -> None:
    with Stub() as stub:
        assert finished(served(stub), tmp_path / "r")["omissions"] == []
        assert {body["chat_template_kwargs"]["enable_thinking"] for body in stub.bodies} == {True, False}


def test_a_server_whose_template_opens_a_block_has_one_mode(tmp_path: Path) -> None:
    with Stub(template=lambda body: alike(body) + "<think>\n") as stub:
        manifest = finished(served(stub), tmp_path / "r")
        assert {entry["mode"] for entry in manifest["plan"]} == {"thinking"}  # type: ignore[attr-defined]
        assert all(body["chat_template_kwargs"]["enable_thinking"] for body in stub.bodies)
        with pytest.raises(UsageError, match="opens a thinking block"):
            finished(served(stub, MODES[1:]), tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_server_that_renders_both_modes_alike_is_not_asked_in_both(tmp_path: Path) -> None:
    with Stub(template=alike) as stub:
        with pytest.raises(UsageError, match="say which one the model has"):
            finished(served(stub), tmp_path / "r")
        assert not stub.bodies
        assert finished(served(stub, MODES[1:]), tmp_path / "s")["omissions"] == []


@pytest.mark.parametrize(("longer", "refused"), [(4, False), (0, True)])
def test_a_server_that_shows_no_prompts_is_asked_for_two_lengths(tmp_path: Path, longer: int, refused: bool) -> None:
    def reply(body: Body) -> Body:
        thinks = body["chat_template_kwargs"]["enable_thinking"]
        usage = {"prompt_tokens": 20 if thinks else 20 + longer, "completion_tokens": 1}
        return {"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}], "usage": usage}

    with Stub(template=None, reply=reply) as stub:
        if refused:
            with pytest.raises(UsageError, match="renders both modes alike"):
                finished(served(stub), tmp_path / "r")
        else:
            assert finished(served(stub), tmp_path / "r")["omissions"] == []
        assert [body["max_tokens"] for body in stub.bodies[:2]] == [1, 1]


def opening(body: Body) -> str:
    return alike(body) + "<think>\n"


@pytest.mark.parametrize("kind", ["vllm", "sglang", "llama"])
@pytest.mark.parametrize("prefix", ["/v1", "/models/mine/v1"])
def test_each_kind_of_server_shows_its_prompts(tmp_path: Path, kind: str, prefix: str) -> None:
    with Stub(kind=kind, prefix=prefix, template=opening) as stub:
        with pytest.raises(UsageError, match="opens a thinking block"):
            finished(served(stub, MODES[1:]), tmp_path / "r")
        assert not stub.bodies
    with Stub(kind=kind, prefix=prefix) as stub:
        assert finished(served(stub), tmp_path / "s")["omissions"] == []


def test_prompts_that_differ_far_from_their_end_are_not_alike(tmp_path: Path) -> None:
    def template(body: Body) -> str:
        return f"<system>{'/think' if as_prompt(body).endswith('<assistant>') else '/short'}{'.' * 99}<assistant>"

    with Stub(template=template) as stub:
        assert finished(served(stub), tmp_path / "r")["omissions"] == []


def test_a_switch_in_the_system_message_is_in_both_prompts(tmp_path: Path) -> None:
    with Stub(template=lambda body: "".join(message["content"] for message in body["messages"])) as stub:
        assert finished(served(stub, family="nemotron-nano-v2"), tmp_path / "r")["omissions"] == []
        assert {body["messages"][0]["content"] for body in stub.bodies} == {"/think", "/no_think"}


@pytest.mark.parametrize("family", ["deepseek-v3.1", "kimi-k2.5"])
def test_a_family_that_was_named_says_what_the_servers_template_is_given(tmp_path: Path, family: str) -> None:
    with Stub(template=lambda body: json.dumps(body["chat_template_kwargs"])) as stub:
        finished(served(stub, family=family), tmp_path / "r")
        given = [body["chat_template_kwargs"] for body in stub.bodies]
    assert {json.dumps(each) for each in given} == {'{"thinking": true}', '{"thinking": false}'}


def told_by(family: str) -> Body:
    return {"props": {"chat_template": family_template(family)}}


def test_a_run_that_goes_on_asks_as_it_began(tmp_path: Path) -> None:
    """Its family was found out by what the server told, which it may not tell again."""
    folder = tmp_path / "r"
    with Stub(template=lambda body: json.dumps(body["chat_template_kwargs"])) as stub:
        stub.facts = told_by("deepseek-v3.1")
        begun = finished(served(stub), folder)
        for told in (told_by("deepseek-v3.1"), {}):
            stub.facts = told
            stub.bodies.clear()
            (folder / "generations.jsonl").write_text("")
            (folder / "scores.jsonl").write_text("")
            manifest = finished(served(stub), folder)
            assert {json.dumps(body["chat_template_kwargs"]) for body in stub.bodies} == {
                '{"thinking": true}',
                '{"thinking": false}',
            }
            assert manifest["family"]["name"] == "deepseek-v3.1"  # type: ignore[index]
            assert manifest["identity"] == begun["identity"]
        (folder / "generations.jsonl").write_text("")
        stub.facts = told_by("qwen3")
        with pytest.raises(UsageError, match=r"begun with a model of family deepseek-v3.1.* one of qwen3 now"):
            finished(served(stub), folder)


def test_a_run_that_began_without_a_family_goes_on_without(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    with Stub(template=lambda body: json.dumps(body["chat_template_kwargs"])) as stub:
        finished(served(stub), folder)
        (folder / "generations.jsonl").write_text("")
        (folder / "scores.jsonl").write_text("")
        stub.bodies.clear()
        stub.facts = told_by("deepseek-v3.1")
        assert finished(served(stub), folder).get("family") is None
        assert all("enable_thinking" in body["chat_template_kwargs"] for body in stub.bodies)


@pytest.mark.parametrize(("family", "late"), [("qwen3.5-small", True), ("qwen3", False)])
def test_a_card_that_was_heard_of_too_late_is_a_deviation(tmp_path: Path, family: str, late: bool) -> None:
    with Stub(facts=told_by(family)) as stub:
        told = finished(served(stub), tmp_path / "r")["deviations"]
        named = finished(served(stub, family=family), tmp_path / "s")
    assert any(f"name it with --family {family}" in text for text in told) is late  # type: ignore[attr-defined]
    assert named["sampling"]["from"] == ("card" if late else "report")  # type: ignore[index]
    assert not any("name it with" in text for text in named["deviations"])  # type: ignore[attr-defined]


def test_what_is_left_to_score_needs_no_server(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    with Stub(template=lambda body: json.dumps(body["chat_template_kwargs"])) as stub:
        stub.facts = told_by("deepseek-v3.1")
        config = served(stub)
        begun = finished(config, folder)
    (folder / "scores.jsonl").write_text("")
    manifest = finished(config, folder)
    assert manifest["family"]["name"] == "deepseek-v3.1"  # type: ignore[index]
    assert manifest["plan"] == begun["plan"]


def test_modes_that_a_server_lacks_are_left_out_of_a_run_that_goes_on_without_it(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    with Stub(template=opening) as stub:
        config = served(stub)
        begun = finished(config, folder)
    (folder / "scores.jsonl").write_text("")
    manifest = finished(config, folder)
    assert manifest["plan"] == begun["plan"]
    assert manifest["omissions"] == begun["omissions"] != []


def counted(body: Body, *shown_under: str) -> Body:
    """A reply of a server that shows functions under these words of ``tool_choice``."""
    shows = bool(body.get("tools")) and body["tool_choice"] in shown_under
    usage = {"prompt_tokens": len(as_prompt(body)) + 50 * shows, "completion_tokens": 1}
    return {"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}], "usage": usage}


@pytest.mark.parametrize("shown_under", [("none", "auto"), ("auto",)])
def test_functions_are_offered_so_that_they_are_shown(tmp_path: Path, shown_under: tuple[str, ...]) -> None:
    """SGLang shows none under ``tool_choice`` none."""
    with Stub(reply=lambda body: counted(body, *shown_under)) as stub:
        engine = EngineConfig(kind="server", base_url=stub.url)
        manifest = finished(RunConfig(MODEL, ("demo_tools",), limit=1, engine=engine), tmp_path / "r")
        asked = [body for body in stub.bodies if body["max_tokens"] > 1]
    assert {body["tool_choice"] for body in asked} == {shown_under[0]}
    assert manifest["engine"].get("tool_choice") == (None if shown_under[0] == "none" else "auto")  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["vllm", "llama"])
def test_functions_that_a_server_does_not_show_leave_the_task_out(tmp_path: Path, kind: str) -> None:
    with Stub(kind=kind, reply=counted) as stub:
        engine = EngineConfig(kind="server", base_url=stub.url)
        config = RunConfig(MODEL, ("demo_tools",), limit=1, engine=engine)
        with pytest.raises(UsageError, match="demo_tools offers functions that the chat template does not show"):
            finished(config, tmp_path / "r")
        assert [body["max_tokens"] for body in stub.bodies] == [1] * 4
        both = RunConfig(MODEL, ("demo_tools", "demo_math"), limit=1, suite="demo", engine=engine)
        begun = finished(both, tmp_path / "s")
        assert {entry["task"] for entry in begun["plan"]} == {"demo_math"}  # type: ignore[attr-defined]
        assert "does not show" in begun["skipped"]["demo_tools"]  # type: ignore[index]
        (tmp_path / "s" / "scores.jsonl").write_text("")
    again = finished(both, tmp_path / "s")
    assert (again["plan"], again["skipped"]) == (begun["plan"], begun["skipped"])


@pytest.mark.parametrize(
    ("family", "name", "said"),
    [
        ("", "enable_thinking", "--mode and --budgets set this"),
        ("deepseek-v3.1", "thinking", "--mode and --budgets set this"),
        ("", "messages", "a run gives this to the template by itself"),
    ],
)
def test_what_a_run_gives_a_servers_template_is_not_taken_from_the_user(
    tmp_path: Path, family: str, name: str, said: str
) -> None:
    with Stub() as stub, pytest.raises(UsageError, match=f"--template-arg {name}: {said}"):
        prepare(replace(served(stub, family=family), template_args={name: False}), tmp_path / "r")


def test_an_argument_that_a_servers_template_never_reads_is_refused_where_it_tells_it(tmp_path: Path) -> None:
    with Stub() as stub:
        given = replace(served(stub), template_args={"effort": "low"})
        finished(given, tmp_path / "r")
        assert all(body["chat_template_kwargs"]["effort"] == "low" for body in stub.bodies)
        stub.facts = told_by("qwen3")
        with pytest.raises(UsageError, match="--template-arg effort: the chat template of stub/model never reads it"):
            finished(given, tmp_path / "s")


def test_a_family_that_does_not_think_is_refused_where_the_template_opens_a_block(tmp_path: Path) -> None:
    with Stub(template=opening) as stub, pytest.raises(UsageError, match="family instruct does not think; name"):
        finished(served(stub, family="instruct"), tmp_path / "r")


@pytest.mark.parametrize("family", [name for name, profile in profiles().items() if profile.thinking.same_length])
def test_prompts_of_one_length_say_nothing_of_some_families(tmp_path: Path, family: str) -> None:
    """With its tags as tokens, a template that changes one tag alone makes prompts of one length."""
    renderer = Renderer(str(model_folder(tmp_path / "m", family_template(family))), family=family)
    prompts = [re.findall(r"</?think>|\w+|\s|\S", renderer.render(PROBE, mode).text) for mode in MODES]
    assert prompts[0] != prompts[1] and len(prompts[0]) == len(prompts[1])
    with Stub(template=None) as stub:
        assert finished(served(stub, family=family), tmp_path / "r")["omissions"] == []


def test_a_server_that_ignores_what_its_template_is_told_is_refused(tmp_path: Path) -> None:
    with Stub(template=None) as stub, pytest.raises(UsageError, match=r"family qwen3 has both.*--rendering client"):
        finished(served(stub, family="qwen3"), tmp_path / "r")


@pytest.mark.parametrize("fact", [404, 500, b"<html>", [], {"chat_template": 7}, "hang"])
def test_facts_that_a_server_does_not_have_stop_no_run(tmp_path: Path, fact: object) -> None:
    with Stub(facts={"tokenizer_info": fact, "props": fact}) as stub:
        prepared = prepare(served(stub), tmp_path / "r", engine=ServerEngine(served(stub), Retry(probe_s=0.2)))
        asyncio.run(run.execute(prepared))
        assert {body["chat_template_kwargs"]["enable_thinking"] for body in stub.bodies} == {True, False}


def test_the_command_says_what_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Stub(template=lambda body: alike(body) + "<think>\n") as stub:
        what = ["--model", MODEL, "--suite", "toy", "--tasks-dir", str(TOYS), "--limit", "1", "--base-url", stub.url]
        assert main(["run", *what, "--run-dir", str(tmp_path / "r")]) == 0
    said = capsys.readouterr().err
    assert "left out: toy_slow, toy_sum: non-thinking mode was not asked" in said or "toy_sum, toy_slow: non-" in said
