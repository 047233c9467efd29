"""The bundled demo model: its files, its tokenizer and template, and what it can do."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from qwen3_eval import thinking
from qwen3_eval.data import docs
from qwen3_eval.demo import model_path
from qwen3_eval.prompts import Renderer
from qwen3_eval.task.registry import load_tasks
from qwen3_eval.types import Prompt
from scripts.demo_model.examples import STOPS

USER, BOT, END = "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n"
TOOL = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}


@cache
def renderer() -> Renderer:
    return Renderer(str(model_path()))


@cache
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(model_path() / "tokenizer.json"))


@cache
def reference_tokenizer() -> Any:
    transformers = pytest.importorskip("transformers")
    return transformers.AutoTokenizer.from_pretrained(model_path())


def render(*messages: dict[str, Any], **options: Any) -> str:
    """The template as transformers renders it."""
    text = reference_tokenizer().apply_chat_template(
        list(messages), tokenize=False, add_generation_prompt=True, **options
    )
    return str(text)


def says(role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def test_the_model_is_a_small_qwen3() -> None:
    config = json.loads((model_path() / "config.json").read_text("utf-8"))
    assert config["architectures"] == ["Qwen3ForCausalLM"] and config["model_type"] == "qwen3"
    assert config["tie_word_embeddings"] and config["num_key_value_heads"] < config["num_attention_heads"]
    assert sum(path.stat().st_size for path in model_path().iterdir()) < 6_000_000
    assert config["eos_token_id"] == tokenizer().token_to_id("<|im_end|>")
    assert config["pad_token_id"] == tokenizer().token_to_id("<|endoftext|>")
    assert tokenizer().get_vocab_size() <= config["vocab_size"]


def test_thinking_and_tool_tokens_are_ordinary_text_and_turns_are_not() -> None:
    entries = json.loads((model_path() / "tokenizer.json").read_text("utf-8"))["added_tokens"]
    special = {entry["content"]: entry["special"] for entry in entries}
    turns = dict.fromkeys(("<|endoftext|>", "<|im_start|>", "<|im_end|>"), True)
    assert special == turns | dict.fromkeys(("<think>", "</think>", "<tool_call>", "</tool_call>"), False)


@settings(deadline=None)
@given(st.text())
def test_every_text_survives_the_tokenizer(text: str) -> None:
    ids = tokenizer().encode(text, add_special_tokens=False).ids
    assert tokenizer().decode(ids, skip_special_tokens=False) == text


@settings(deadline=None)
@given(st.text(alphabet="0123456789 +-*=\n", max_size=40))
def test_digits_are_never_merged(text: str) -> None:
    tokens = tokenizer().encode(text).tokens
    assert all(len(token) == 1 for token in tokens if any(sign.isdigit() for sign in token))


@settings(deadline=None)
@given(st.text(alphabet="0123+-*=\nx ab", max_size=30), st.sampled_from(sorted(STOPS)))
def test_stop_texts_have_the_same_tokens_after_any_newline(text: str, variant: str) -> None:
    head, stop = f"{text}\n", STOPS[variant]
    whole = tokenizer().encode(head + stop).ids
    assert whole == tokenizer().encode(head).ids + tokenizer().encode(stop).ids
    assert len(tokenizer().encode(stop).ids) <= 30


def test_both_loaders_give_the_same_tokens() -> None:
    for text in ("3+4*2 = 21 mod 10", "dört çarpı üç", "三加四", "🙂 <think>\n\n</think>\n\n\\boxed{7}<|im_end|>"):
        assert reference_tokenizer().encode(text, add_special_tokens=False) == tokenizer().encode(text).ids
    assert reference_tokenizer().eos_token == "<|im_end|>" and reference_tokenizer().pad_token == "<|endoftext|>"


@pytest.mark.parametrize("mode", ["thinking", "non-thinking"])
def test_the_harness_and_transformers_render_alike(mode: Any) -> None:
    prompt = Prompt.user("What time is it?", system="Be brief.", tools=(TOOL,))
    ours = renderer().render(prompt, mode).text
    theirs = render(
        says("system", "Be brief."), says("user", "What time is it?"), tools=[TOOL], enable_thinking=mode == "thinking"
    )
    assert ours == theirs and ours.startswith("<|im_start|>system\nBe brief.\n\n")
    assert f"<tools>\n{json.dumps(TOOL)}\n</tools>" in ours


def test_the_generation_prompt_of_each_mode() -> None:
    question = says("user", "Hi")
    assert render(question) == render(question, enable_thinking=True) == f"{USER}Hi{END}{BOT}"
    assert render(question, enable_thinking=False) == f"{USER}Hi{END}{BOT}<think>\n\n</think>\n\n"
    assert not thinking.opened_by(render(question))


@pytest.mark.parametrize(
    "turn", [{"content": "<think>\nhm\n</think>\n\nA"}, {"content": "A", "reasoning_content": "hm"}]
)
def test_earlier_thinking_is_dropped(turn: dict[str, Any]) -> None:
    history = (says("user", "1"), {"role": "assistant", **turn}, says("user", "2"))
    assert render(*history) == f"{USER}1{END}{BOT}A{END}{USER}2{END}{BOT}"


def test_thinking_is_kept_while_tools_are_being_called() -> None:
    calls = [{"type": "function", "function": {"name": "get_time", "arguments": {"city": "Lima"}}}]
    made = {"role": "assistant", "content": "", "reasoning_content": "hm", "tool_calls": calls * 2}
    text = render(says("user", "1"), made, says("tool", "08:00"), says("tool", "08:01"))
    call = '<tool_call>\n{"name": "get_time", "arguments": {"city": "Lima"}}\n</tool_call>'
    results = "".join(f"<tool_response>\n{time}\n</tool_response>\n" for time in ("08:00", "08:01"))
    assert text == (f"{USER}1{END}{BOT}<think>\nhm\n</think>\n\n{call}\n{call}{END}{USER}{results.rstrip()}{END}{BOT}")


@cache
def figures() -> dict[str, Any]:
    """What the model scores on all docs of three families."""
    pytest.importorskip("transformers")
    from scripts.demo_model.evaluate import evaluate

    tasks = load_tasks()
    return evaluate(model_path(), [tasks.get("demo_math"), tasks.get("demo_multilingual"), tasks.get("demo_tools")])


@pytest.mark.long
def test_thinking_helps_in_math_and_the_curves_rise() -> None:
    math = figures()["demo_math"]
    assert math.thinking >= 90 and math.thinking - math.non_thinking >= 30
    for curve in math.curves.values():
        points = list(curve.values())
        assert points[-1] - points[0] >= 30
        assert all(later >= earlier - 10 for earlier, later in pairwise(points))


@pytest.mark.long
def test_the_soft_switch_is_obeyed() -> None:
    assert all(measured.obeyed >= 95 for measured in figures().values())


@pytest.mark.long
def test_the_other_families_are_learnt() -> None:
    assert figures()["demo_multilingual"].thinking >= 85
    assert figures()["demo_tools"].thinking >= 85 and figures()["demo_tools"].non_thinking >= 85


def test_messages_of_the_tasks_need_no_more_than_the_context() -> None:
    config = json.loads((model_path() / "config.json").read_text("utf-8"))
    for task in load_tasks().tasks.values():
        if "demo" not in task.spec.suites:
            continue
        longest = max(len(renderer().render(task.prompt(doc), "thinking").token_ids or ()) for doc in docs(task))
        assert longest + task.spec.max_tokens <= config["max_position_embeddings"]
