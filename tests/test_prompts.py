"""Rendering: the template as transformers renders it, modes, tools, token ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    folder.mkdir(exist_ok=True)
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


LONG = "one and two and three, ünï 中文 " * 40


def _tokenizer(folder: Path, change: Callable[[dict[str, Any]], None]) -> Renderer:
    """The demo model's tokenizer with something changed in its file."""
    saved = json.loads((model_path() / "tokenizer.json").read_text("utf-8"))
    change(saved)
    (folder / "tokenizer.json").write_text(json.dumps(saved), "utf-8")
    (folder / "tokenizer_config.json").write_bytes((model_path() / "tokenizer_config.json").read_bytes())
    return Renderer(str(folder))


TRUNCATION = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
PADDING = {
    "strategy": {"Fixed": 64},
    "direction": "Left",
    "pad_to_multiple_of": None,
    "pad_id": 1207,
    "pad_type_id": 0,
    "pad_token": "<|endoftext|>",
}


@pytest.mark.parametrize(
    ("truncation", "padding"), [(TRUNCATION, None), (None, PADDING), (TRUNCATION, PADDING), (None, None)]
)
def test_saved_truncation_and_padding_change_no_prompt(
    tmp_path: Path, renderer: Renderer, truncation: object, padding: object
) -> None:
    changed = _tokenizer(tmp_path, lambda saved: saved.update(truncation=truncation, padding=padding))
    for prompt in (Prompt.user("2+2="), Prompt.user(LONG), Prompt.complete(LONG), Prompt.complete("1")):
        assert changed.render(prompt, "thinking") == renderer.render(prompt, "thinking")
    assert changed.decode(changed.encode(LONG)) == LONG


def test_merges_are_not_dropped_by_chance(tmp_path: Path, renderer: Renderer) -> None:
    changed = _tokenizer(tmp_path, lambda saved: saved["model"].update(dropout=0.9))
    assert changed.encode(LONG) == renderer.encode(LONG)


def test_tags_stay_in_the_text_where_they_are_special_tokens(tmp_path: Path) -> None:
    def special(saved: dict[str, Any]) -> None:
        for token in saved["added_tokens"]:
            token["special"] = True

    changed = _tokenizer(tmp_path, special)
    assert changed.decode(changed.encode(f"`{OPEN}` 4{CLOSE}<|im_end|>")) == f"`{OPEN}` 4{CLOSE}"


def test_a_token_that_only_the_config_lists_is_one_token(tmp_path: Path, renderer: Renderer) -> None:
    def without_last(saved: dict[str, Any]) -> None:
        saved["added_tokens"] = [token for token in saved["added_tokens"] if token["content"] != "</tool_call>"]

    last = renderer.encode("</tool_call>")[0]
    for number, said in ((last, ""), (last + 5, "do not belong together")):
        folder = tmp_path / str(number)
        folder.mkdir()
        _tokenizer(folder, without_last)
        listed = {"added_tokens_decoder": {str(number): {"content": "</tool_call>", "special": False}}}
        (folder / "tokenizer_config.json").write_text(json.dumps(listed))
        if said:
            with pytest.raises(UsageError, match=said):
                Renderer(str(folder))
        else:
            assert Renderer(str(folder)).encode("</tool_call>") == [last]


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_every_text_comes_back_as_it_was(renderer: Renderer, text: str) -> None:
    if "<|" not in text:
        assert renderer.decode(renderer.encode(text)) == text


def _show(name: str) -> str:
    return "{% for m in messages %}" + name + ": {{ m.content }}{% endfor %}"


def test_a_template_for_tools_is_taken_where_there_are_tools(tmp_path: Path) -> None:
    """Of the three places in which folders keep several templates."""
    named = {"default": _show("plain"), "tool_use": _show("tools")}
    listed = [{"name": name, "template": template} for name, template in named.items()]
    for number, config in enumerate(({"chat_template": listed}, {"chat_template": named}, {})):
        folder = _copy_without_template(tmp_path / str(number))
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        if not config:
            (folder / "chat_template.jinja").write_text(named["default"])
            (folder / "additional_chat_templates").mkdir()
            (folder / "additional_chat_templates" / "tool_use.jinja").write_text(named["tool_use"])
        made = Renderer(str(folder))
        assert made.render(Prompt.user("hi"), "thinking").text == "plain: hi"
        assert made.render(Prompt.user("hi", tools=(TOOL,)), "thinking").text == "tools: hi"


def test_the_template_of_a_processor_is_the_last_resort(tmp_path: Path) -> None:
    folder = _copy_without_template(tmp_path)
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": _show("old")}))
    assert Renderer(str(folder)).render(Prompt.user("hi"), "thinking").text == "old: hi"
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": _show("own")}))
    assert Renderer(str(folder)).render(Prompt.user("hi"), "thinking").text == "own: hi"


def test_tojson_takes_what_templates_give_it(tmp_path: Path) -> None:
    folder = _copy_without_template(tmp_path)
    source = "{{ tools[0].function | tojson(sort_keys=true, separators=(',', ':')) }}"
    (folder / "chat_template.jinja").write_text(source)
    text = Renderer(str(folder)).render(Prompt.user("hi", tools=(TOOL,)), "thinking").text
    assert text == json.dumps(TOOL["function"], sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    "config",
    [
        {"chat_template": [{"name": "default"}]},
        {"chat_template": ["x"]},
        {"chat_template": {"default": 3}},
        {"chat_template": 7},
        {"added_tokens_decoder": {"x": {"content": "y"}}},
        {"added_tokens_decoder": {"9": {"special": True}}},
        {"added_tokens_decoder": [1]},
    ],
)
def test_settings_that_cannot_be_read_are_one_line(tmp_path: Path, config: dict[str, Any]) -> None:
    (_copy_without_template(tmp_path) / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(UsageError, match=r"chat template in|added_tokens_decoder of"):
        Renderer(str(tmp_path))
