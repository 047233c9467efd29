"""Which models and engines can be asked to follow ``/think`` and ``/no_think``: refused, or left out of a suite."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from family_folders import model_folder
from opened import summary_of
from server_requests import FAST
from stub_server import MODEL, Stub
from switching import THOUGHT, Talker, obeying, saying

from qwen3_eval import run
from qwen3_eval.config import EngineConfig, RunConfig, model_location
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.engines.server import ServerEngine
from qwen3_eval.prepare.prepared import Prepared, prepare
from qwen3_eval.records.journal import lines
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.thinking import CLOSE, OPEN
from qwen3_eval.types import Message, UsageError

TASK = "thinkfollow"


def config(model: str = MODEL, tasks: tuple[str, ...] = (TASK,), **facts: Any) -> RunConfig:
    facts = {"modes": ("thinking",), "limit": 2, "engine": EngineConfig("mock"), **facts}
    return RunConfig(model, tasks, **facts)


# --- budgets and modes


def test_budgets_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^thinkfollow cannot be asked under --budgets: a forced stop would close"):
        prepare(config(budgets=(64,)), tmp_path / "run", engine=MockEngine())
    assert not (tmp_path / "run").exists()


def test_budgets_leave_it_out_of_a_suite(tmp_path: Path) -> None:
    found = prepare(
        config(tasks=(TASK, "demo_math"), suite="alignment", budgets=(64,)), tmp_path / "run", engine=MockEngine()
    )
    assert [each.name for each in found.asked] == ["demo_math"]
    [omission] = [each for each in found.omitted if each.task == TASK]
    assert omission.what.startswith("cannot be asked under --budgets")


def test_it_is_asked_in_thinking_mode_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'thinkfollow' is asked in thinking mode only"):
        prepare(config(modes=("non-thinking",)), tmp_path / "run", engine=MockEngine())
    found = prepare(config(modes=("thinking", "non-thinking")), tmp_path / "run", engine=MockEngine())
    assert [each.mode for each in found.asked[0].conditions] == ["thinking"]


# --- templates, as the model's own files and its family tell


PLAIN = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
OTHER = PLAIN + "{% if not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"


@pytest.mark.parametrize(
    ("template", "family", "refusal"),
    [
        (PLAIN, "", "and the chat template has no soft switch (enable_thinking)"),
        (OTHER, "", ""),
        (None, "", ""),
        (None, "glm-4.5", None),
        (PLAIN, "qwen3-thinking", None),
    ],
)
def test_a_template_without_the_switch_is_refused_in_one_line(
    tmp_path: Path, template: str | None, family: str, refusal: str | None
) -> None:
    model = str(model_folder(tmp_path / "model", template)) if template else model_location("demo")
    asked = config(model, family=family)

    def prepared() -> object:
        return prepare(asked, tmp_path / "run", engine=MockEngine(renders=False))

    if refusal == "":
        assert prepared()
        return
    with pytest.raises(UsageError) as caught:
        prepared()
    assert "\n" not in str(caught.value)
    if refusal:
        assert str(caught.value) == f"{TASK} asks to follow /think and /no_think, {refusal}"


def test_a_family_that_thinks_always_is_refused_whoever_renders(tmp_path: Path) -> None:
    for family, title in (("qwen3-thinking", "Qwen3-Thinking-2507"), ("qwen3.6", "Qwen3.6")):
        with pytest.raises(UsageError, match=f"^thinkfollow asks to follow .*, and {title}.* has no such soft switch$"):
            prepare(config(family=family), tmp_path / "run", engine=MockEngine())
    assert prepare(config(family="qwen3"), tmp_path / "run", engine=MockEngine()).asked


# --- servers


def over_http(folder: Path, stub: Stub, tasks: tuple[str, ...] = (TASK,), **facts: Any) -> dict[str, float]:
    """A run of some dialogues against a server; its figures."""
    engine = EngineConfig("server", stub.url, facts.pop("rendering", "auto"))
    asked = config(tasks=tasks, engine=engine, max_tokens=64, **facts)
    asyncio.run(run.execute(prepare(asked, folder, engine=ServerEngine(asked, FAST))))
    return {line["metric"]: line["score"] for line in summary_of(folder)["results"] if line["task"] == TASK}


def talking(model: Talker) -> Callable[[dict[str, Any]], str]:
    def text(body: dict[str, Any]) -> str:
        return model([Message(each["role"], each["content"]) for each in body.get("messages", ())])

    return text


def parsed(model: Talker) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A server with a reasoning parser: tags are gone, and an empty block with them."""

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        thinking, _, answer = talking(model)(body).removeprefix(OPEN).partition(CLOSE)
        message = {"role": "assistant", "content": answer.strip(), "reasoning_content": thinking.strip() or None}
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    return reply


def test_a_server_that_gives_raw_text_is_asked(tmp_path: Path) -> None:
    """Of a model that writes no empty blocks."""

    def bare(messages: Any) -> str:
        return text if (text := obeying(messages)) == THOUGHT else "It depends."

    with Stub(text=talking(bare)) as stub:
        assert over_http(tmp_path / "run", stub)["turns_followed"] == 100
    replies = [reply for _, line in lines(tmp_path / "run/generations.jsonl") for reply in line["replies"]]
    assert {reply["block"] for reply in replies} == {"closed", "none"}


@pytest.mark.parametrize("model", [obeying, saying(THOUGHT), saying("It depends.")])
def test_a_server_that_hides_blocks_is_refused(tmp_path: Path, model: Talker) -> None:
    with Stub(reply=parsed(model)) as stub, pytest.raises(UsageError) as caught:
        over_http(tmp_path / "run", stub)
    assert str(caught.value).startswith(f"{TASK} needs each reply with its thinking block as the model wrote it")
    assert "--rendering client" in str(caught.value)
    assert not (tmp_path / "run/generations.jsonl").exists()


def asked_of(stub: Stub, folder: Path, *tasks: str, **facts: Any) -> Prepared:
    """A run as a server that was started lets it be asked."""

    async def started() -> Prepared:
        wanted = config(tasks=tasks, engine=EngineConfig("server", stub.url), **facts)
        engine = ServerEngine(wanted, FAST)
        try:
            await engine.start()
            return await prepare(wanted, folder, engine=engine).with_engine()
        finally:
            await engine.close()

    return asyncio.run(started())


def test_of_a_suite_it_is_left_out_there(tmp_path: Path) -> None:
    with Stub(reply=parsed(obeying)) as stub:
        found = asked_of(stub, tmp_path, TASK, "demo_math", suite="demo")
    assert [each.name for each in found.asked] == ["demo_math"]
    assert [each.task for each in found.omitted] == [TASK]
    assert "thinkfollow" in json.dumps(found.manifest["omissions"])


def test_a_server_is_asked_about_blocks_for_such_tasks_alone(tmp_path: Path) -> None:
    with Stub(text=talking(obeying)) as stub:
        asked_of(stub, tmp_path, "demo_math")
        before = stub.count
        asked_of(stub, tmp_path, TASK)
        assert (before, stub.count) == (0, 1)


def test_a_server_of_which_nothing_is_known_is_refused(tmp_path: Path) -> None:
    def unlike(body: dict[str, Any]) -> dict[str, Any]:
        return {"choices": [{"message": {"role": "assistant", "content": THOUGHT}, "finish_reason": "stop"}]}

    with Stub(template=None, reply=unlike) as stub, pytest.raises(UsageError, match="name its --family"):
        asked_of(stub, tmp_path, TASK)


def test_the_template_that_a_server_tells_is_looked_at(tmp_path: Path) -> None:
    facts = {"props": {"chat_template": PLAIN}}
    with (
        Stub(text=talking(obeying), facts=facts) as stub,
        pytest.raises(UsageError, match="the chat template has no soft switch"),
    ):
        asked_of(stub, tmp_path, TASK)


def test_the_task_says_which_words_it_asks_with() -> None:
    assert load_tasks().get(TASK).spec.soft_switch == ("/think", "/no_think")
