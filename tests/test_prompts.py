"""Rendering: the template as transformers renders it, modes, tools, token ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qwen3_eval.demo import model_path
from qwen3_eval.prompts import Renderer
from qwen3_eval.thinking import CLOSE, OPEN
from qwen3_eval.types import Message, Prompt, UsageError

TOOL = {
    "type": "function",
    "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {}}},
}
TALK = Prompt(
    messages=(
        Message("system", "Be brief."),
        Message("user", "1+1? ünï 中文 \\boxed{}"),
        Message("assistant", f"{OPEN}\nold thoughts\n{CLOSE}\n\n2"),
        Message("user", "and 2+2?"),
    )
)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(str(model_path()))


@pytest.mark.parametrize("prompt", [Prompt.user("2+2="), Prompt.user("2+2=", system="s", tools=(TOOL,)), TALK])
@pytest.mark.parametrize("mode", ["thinking", "non-thinking"])
def test_the_same_as_transformers(renderer: Renderer, prompt: Prompt, mode: str) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(model_path())
    messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
    expected = tokenizer.apply_chat_template(
        messages,
        tools=list(prompt.tools) or None,
        add_generation_prompt=True,
        enable_thinking=mode == "thinking",
        tokenize=False,
    )
    rendered = renderer.render(prompt, mode)  # type: ignore[arg-type]
    assert rendered.text == expected
    assert list(rendered.token_ids or ()) == tokenizer.encode(expected, add_special_tokens=False)


def test_modes_differ_by_an_empty_block(renderer: Renderer) -> None:
    thinking = renderer.render(Prompt.user("2+2="), "thinking").text
    plain = renderer.render(Prompt.user("2+2="), "non-thinking").text
    assert plain == f"{thinking}{OPEN}\n\n{CLOSE}\n\n"


def test_earlier_thinking_is_dropped(renderer: Renderer) -> None:
    assert "old thoughts" not in renderer.render(TALK, "thinking").text


def test_tags_are_single_tokens(renderer: Renderer) -> None:
    tags = renderer.tags
    assert tags is not None
    assert renderer.encode(OPEN) == [tags.open]
    assert renderer.encode(CLOSE) == [tags.close]


def test_decode_leaves_special_tokens_out(renderer: Renderer) -> None:
    assert renderer.decode(renderer.encode("4 中<|im_end|>")) == "4 中"


def test_a_completion_prompt_is_not_templated(renderer: Renderer) -> None:
    assert renderer.render(Prompt.complete("Q: 1\nA:"), "non-thinking").text == "Q: 1\nA:"


def _copy_without_template(folder: Path) -> Path:
    (folder / "tokenizer.json").write_bytes((model_path() / "tokenizer.json").read_bytes())
    return folder


def test_no_chat_template_says_what_to_do(tmp_path: Path) -> None:
    renderer = Renderer(str(_copy_without_template(tmp_path)))
    with pytest.raises(UsageError, match="--protocol base"):
        renderer.render(Prompt.user("?"), "thinking")


def test_no_tokenizer_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no tokenizer\.json"):
        Renderer(str(tmp_path))


def test_named_templates_and_generation_tags(tmp_path: Path) -> None:
    template = "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"
    config = {"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": template}]}
    (_copy_without_template(tmp_path) / "tokenizer_config.json").write_text(json.dumps(config))
    assert Renderer(str(tmp_path)).render(Prompt.user("hi"), "thinking").text == "hi"


def test_a_template_that_refuses_is_one_clear_line(tmp_path: Path) -> None:
    config = {"chat_template": "{{ raise_exception('no system turn') }}"}
    (_copy_without_template(tmp_path) / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(UsageError, match="refuses this conversation: no system turn"):
        Renderer(str(tmp_path)).render(Prompt.user("hi"), "thinking")
