"""Every chat template renders as transformers renders it; what goes wrong in one is a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conversations import as_transformers, drawn
from places import FIXTURES

from qwen3_eval.demo import model_path
from qwen3_eval.families import Profile, recognise
from qwen3_eval.families.evidence import Evidence
from qwen3_eval.messages import api_messages, template_messages
from qwen3_eval.prompts import Renderer
from qwen3_eval.templates import ChatTemplate, missing_functions, templates_of
from qwen3_eval.types import Message, Mode, Prompt, UsageError

REAL = os.environ.get("QWEN3_EVAL_TEMPLATES", "")
TOKENIZER = os.environ.get("QWEN3_EVAL_QWEN3_TOKENIZER", "")
OWN = sorted(path for room in ("families", "templates") for path in (FIXTURES / room).glob("*.jinja"))
CONVERSATIONS = 200
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
HI = Prompt.user("hi")
MODES: tuple[Mode, ...] = ("thinking", "non-thinking")


def _real() -> list[Path]:
    return sorted(path for name in REAL.split(os.pathsep) if name for path in Path(name).glob("*.jinja"))


def _outcome(text: str | None, error: Exception | None) -> str:
    """The text; errors are alike."""
    return "an error" if error else str(text)


def _theirs(source: str, messages: list[dict[str, Any]], prompt: Prompt, values: Mapping[str, Any]) -> str:
    from transformers.utils.chat_template_utils import render_jinja_template

    tools = [dict(tool) for tool in prompt.tools] or None
    try:
        [text], _ = render_jinja_template(
            [messages], tools=tools, chat_template=source, add_generation_prompt=True, **values
        )
    except Exception as error:  # noqa: BLE001 - whatever a template raises
        return _outcome(None, error)
    return _outcome(text, None)


def _folder(folder: Path, source: str, config: Mapping[str, Any] = TOKENS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.json").write_bytes((model_path() / "tokenizer.json").read_bytes())
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "chat_template.jinja").write_text(source, "utf-8")
    return folder


def _ours(renderer: Renderer, prompt: Prompt, mode: Mode) -> str:
    try:
        return renderer.render(prompt, mode).text
    except UsageError as error:
        assert "\n" not in str(error) and "chat template" in str(error)
        return _outcome(None, error)


def _profile_of(source: str) -> Profile:
    return recognise(Evidence({"default": source}, lambda text: True)).profile


def _differences(folder: Path, path: Path) -> Iterator[str]:
    source = path.read_text("utf-8")
    renderer = Renderer(str(_folder(folder / "model", source)))
    profile = renderer.profile
    for seed in range(CONVERSATIONS):
        prompt, mode = drawn(seed), MODES[seed % 2]
        values = {**TOKENS, **profile.thinking.arguments.get(mode, {})}
        said = replace(prompt, messages=profile.under(prompt.messages, mode))
        expected = _theirs(source, as_transformers(said, profile), prompt, values)
        if _ours(renderer, prompt, mode) != expected:
            yield f"{path.name}, conversation {seed}"


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_templates_render_as_transformers_renders_them(tmp_path: Path, path: Path) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed")
    assert list(_differences(tmp_path, path)) == []


@pytest.mark.skipif(not REAL, reason="QWEN3_EVAL_TEMPLATES names no folder of real chat templates")
@pytest.mark.parametrize("path", _real(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_real_templates_render_as_transformers_renders_them(tmp_path: Path, path: Path) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed")
    assert list(_differences(tmp_path, path)) == []


@pytest.mark.skipif(not TOKENIZER, reason="QWEN3_EVAL_QWEN3_TOKENIZER names no folder of Qwen3's own tokenizer")
def test_qwen3s_tokens_are_those_of_transformers() -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    renderer, theirs = Renderer(TOKENIZER), transformers.AutoTokenizer.from_pretrained(TOKENIZER)
    for seed in range(3 * CONVERSATIONS):
        prompt, mode = drawn(seed), MODES[seed % 2]
        expected = theirs.apply_chat_template(
            as_transformers(prompt, renderer.profile),
            tools=[dict(tool) for tool in prompt.tools] or None,
            add_generation_prompt=True,
            enable_thinking=mode == "thinking",
        )
        assert list(renderer.render(prompt, mode).token_ids or ()) == expected["input_ids"], seed


def _one_line_of(renderer: Renderer, prompt: Prompt = HI) -> str:
    with pytest.raises(UsageError) as caught:
        renderer.render(prompt, "thinking")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a\n{% if %}", 2, "Expected an expression"),
        ("a\n\n{% for m in messages %}{{ m }}", 3, "Unexpected end of template"),
        ("{{ messages | nothing_like_it }}", 1, "No filter named 'nothing_like_it'"),
        ("{% generation %}", 1, "Unexpected end of template"),
        ("{# a\n#}\n{{ who.name.first }}", 3, "'who' is undefined"),
        ("\n{{ messages[0].content + 3 }}", 2, "TypeError: can only concatenate str"),
        ("{% macro again(x) %}\n{{ again(x) }}{% endmacro %}{{ again(1) }}", 2, "RecursionError"),
        ("x\n{{ messages.append(1) }}", 2, "attribute 'append' of 'list' object is unsafe"),
        ("x\n{{ messages.__class__.mro() }}", 2, "unsafe"),
        ("\n\n{{ unknown | tojson }}", 3, "TypeError: Object of type Undefined is not JSON serializable"),
        ("{{ 1 // 0 }}", 1, "ZeroDivisionError"),
        ("{{ messages | tojson(colour=1) }}", 1, "TypeError: "),
        ("{{ 'a' | int | batch('x') | list }}", 1, "TypeError"),
        ("{{ {}['x'].y }}", 1, "has no attribute 'x'"),
        ("{{ '{:d}'.format('x') }}", 1, "ValueError: "),
        ("{% include 'other' %}", 1, "no loader"),
        ("\n{{ raise_exception('first\nsecond') }}", 2, "refuses this conversation: first second"),
        ("{{ raise_exception(3) }}", 1, "refuses this conversation: 3"),
    ],
)
def test_what_goes_wrong_in_a_template_is_a_line(tmp_path: Path, source: str, line: int, reason: str) -> None:
    said = _one_line_of(Renderer(str(_folder(tmp_path, source))))
    assert f"the chat template {tmp_path / 'chat_template.jinja'}, line {line}" in said
    assert reason in said


def test_a_long_reason_is_cut(tmp_path: Path) -> None:
    said = _one_line_of(Renderer(str(_folder(tmp_path, "{{ raise_exception('long ' * 200) }}"))))
    assert said.endswith("...") and len(said) < 500


def test_half_a_surrogate_pair_is_a_line(tmp_path: Path) -> None:
    assert "half of a surrogate pair" in _one_line_of(Renderer(str(_folder(tmp_path, "{{ '\\ud800' }}"))))


def test_a_template_that_is_no_text_is_a_line(tmp_path: Path) -> None:
    (_folder(tmp_path, "") / "chat_template.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"chat_template\.jinja cannot be read"):
        Renderer(str(tmp_path))


def test_a_template_named_in_the_settings_is_named_in_errors(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "")
    (folder / "chat_template.jinja").unlink()
    listed = [{"name": "tool_use", "template": "\n{{ 1 // 0 }}"}, {"name": "default", "template": "x"}]
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": listed}))
    tool = {"type": "function", "function": {"name": "add", "parameters": {}}}
    said = _one_line_of(Renderer(str(folder)), Prompt.user("hi", tools=(tool,)))
    assert f"the chat template tool_use in {folder / 'tokenizer_config.json'}, line 2, cannot be used" in said


def test_only_named_templates_and_none_for_this_prompt(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "", {"chat_template": {"rag": "x", "tool_use": "y"}})
    (folder / "chat_template.jinja").unlink()
    assert "has the chat templates rag, tool_use and none of them is called" in _one_line_of(Renderer(str(folder)))


READS = """{%- set content = messages[0].content %}
{%- if not thinking_style is defined %}{% set thinking_style = "short" %}{% endif %}
{%- macro shown(text) %}{% set inner = text %}{{ inner }}{% endmacro %}
{%- for m in messages %}{% if m.name %}{% set who = m.name %}{% else %}{% set who = m.role %}{% endif %}
{{- who }}{% endfor %}
{{- shown(content) }} {{ thinking_style }} {{ bos_token }} {{ effort | default("low") }}
{%- if enable_thinking is false %} off{% endif %}"""


def test_what_a_template_reads(tmp_path: Path) -> None:
    """Not what it sets itself before it reads it, in a branch or not."""
    expected = {"thinking_style", "effort", "enable_thinking"}
    assert ChatTemplate(READS, "here").reads == expected
    renderer = Renderer(str(_folder(tmp_path, READS)), arguments={"effort": "high", "thinking_style": 3})
    assert renderer.render(Prompt.user("hi"), "thinking").text == "userhi 3 <s> high"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("efort", r"never reads it \(did you mean 'effort'\?\); it reads effort, thinking_style$"),
        ("who", r"it reads effort, thinking_style$"),
        ("messages", "a run gives this to the template by itself"),
        ("add_generation_prompt", "a run gives this to the template by itself"),
        ("tools", "a run gives this to the template by itself"),
        ("enable_thinking", "--mode and --budgets set this"),
    ],
)
def test_arguments_that_a_template_is_not_given(tmp_path: Path, name: str, said: str) -> None:
    folder = str(_folder(tmp_path, READS))
    with pytest.raises(UsageError, match=said):
        Renderer(folder, family="qwen3", arguments={name: True})


def test_arguments_without_a_template(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(UsageError, match="has no chat template, so --template-arg effort"):
        Renderer(str(folder), arguments={"effort": "low"})


def test_templates_are_found_where_transformers_finds_them(tmp_path: Path) -> None:
    """Files before settings, further files beside or without a default one, lists, mappings and texts."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    listed = [{"name": "default", "template": "L"}, {"name": "tool_use", "template": "LT"}]
    cases: list[tuple[object, dict[str, str]]] = [
        ("C", {}),
        (listed, {}),
        ({"default": "M", "rag": "MR"}, {}),
        ("C", {"chat_template.jinja": "F"}),
        (listed, {"chat_template.jinja": "F"}),
        (listed, {"chat_template.jinja": "F", "additional_chat_templates/tool_use.jinja": "FT"}),
        ("C", {"additional_chat_templates/tool_use.jinja": "FT"}),
        ("C", {"chat_template.jinja": "F", "additional_chat_templates/default.jinja": "FD"}),
        ("C", {"chat_template.jinja": "F", "additional_chat_templates/my.tool.jinja": "FM"}),
        (None, {}),
    ]
    tool = {"type": "function", "function": {"name": "add", "parameters": {}}}
    for number, (held, files) in enumerate(cases):
        folder = _folder(
            tmp_path / str(number), "", {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": held}
        )
        (folder / "chat_template.jinja").unlink()
        (folder / "additional_chat_templates").mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        theirs, ours = transformers.AutoTokenizer.from_pretrained(folder), Renderer(str(folder))
        for tools in (None, [tool]):
            prompt = Prompt.user("hi", tools=tuple(tools or ()))
            try:
                expected = theirs.apply_chat_template([{"role": "user", "content": "hi"}], tools=tools, tokenize=False)
            except ValueError:
                assert "template" in _one_line_of(ours, prompt)
            else:
                assert ours.render(prompt, "thinking").text == expected, (number, tools)


def test_special_tokens_are_those_of_transformers(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    source = "{{ [bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token] | tojson }}"
    source = source.replace("token,", "token | default('-'),").replace("token]", "token | default('-')]")
    named = {
        "bos_token": "<|endoftext|>",
        "eos_token": {"content": "<|im_end|>", "__type": "AddedToken"},
        "pad_token": None,
    }
    old = {"eos_token": "<|im_start|>", "mask_token": {"content": "<|im_end|>", "lstrip": False, "normalized": False}}
    for number, (config, map_file) in enumerate(
        [(named, {}), (named, old), ({**named, "added_tokens_decoder": {}}, old)]
    ):
        folder = _folder(tmp_path / str(number), source, {"tokenizer_class": "PreTrainedTokenizerFast", **config})
        (folder / "special_tokens_map.json").write_text(json.dumps(map_file))
        theirs = transformers.AutoTokenizer.from_pretrained(folder)
        expected = theirs.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False)
        assert Renderer(str(folder)).render(Prompt.user("hi"), "thinking").text == expected


CALLS = (
    {"name": "add", "arguments": {"a": 1, "b": "é"}},
    {"name": "sub", "arguments": {}},
)
STEPS = (
    Message("user", "1+1?"),
    Message("assistant", "", "hm", CALLS),
    Message("tool", "2"),
    Message("tool", "0"),
    Message("assistant", "", "", CALLS[:1]),
    Message("tool", "3"),
    Message("tool", "stray"),
)


def _family(**changes: Any) -> Profile:
    import msgspec

    return msgspec.convert({"name": "x", "title": "x", "source": "x", **changes}, Profile)


def test_calls_and_results_are_tied_together() -> None:
    found = template_messages(STEPS, _family())
    first, second = (call["id"] for call in found[1]["tool_calls"])
    assert [len(first), len(second), len({first, second, found[4]["tool_calls"][0]["id"]})] == [9, 9, 3]
    assert first.isalnum()
    assert [(each["tool_call_id"], each.get("name")) for each in found if each["role"] == "tool"] == [
        (first, "add"),
        (second, "sub"),
        (found[4]["tool_calls"][0]["id"], "add"),
        ("call00600", None),
    ]
    assert found[1]["tool_calls"][0]["function"] == CALLS[0]
    assert found[1]["reasoning_content"] == "hm" and "reasoning_content" not in found[4]


def test_identifiers_that_hold_names_are_counted_over_the_conversation() -> None:
    found = template_messages(STEPS, _family(calls={"ids": "functions"}))
    made = [call["id"] for each in found for call in each.get("tool_calls", ())]
    assert made == ["functions.add:0", "functions.sub:1", "functions.add:2"]
    assert [each["tool_call_id"] for each in found if each["role"] == "tool"][:3] == made


def test_arguments_as_text_and_another_key_for_thinking() -> None:
    changes = {"calls": {"arguments": "text"}, "thinking": {"reasoning_key": "thinking"}}
    found = template_messages(STEPS, _family(**changes))
    assert [call["function"]["arguments"] for call in found[1]["tool_calls"]] == ['{"a": 1, "b": "é"}', "{}"]
    assert found[1]["thinking"] == "hm" and "reasoning_content" not in found[1]


def test_the_chat_api_gets_the_same_identifiers() -> None:
    ours, theirs = template_messages(STEPS, _family()), api_messages(STEPS)
    assert [each.get("tool_call_id") for each in ours] == [each.get("tool_call_id") for each in theirs]
    assert theirs[1]["reasoning"] == theirs[1]["reasoning_content"] == "hm"


def test_functions_that_a_template_does_not_show() -> None:
    tools = tuple({"type": "function", "function": {"name": name}} for name in ("add", "größe", "math.sub"))
    prompt = Prompt.user("please add 1, or address me", tools=tools)
    assert missing_functions(prompt, "please add 1, or address me") == ["add", "größe", "math.sub"]
    shown = 'please add 1, or address me {"name": "add"} {"name": "gr\\u00f6\\u00dfe"} functions.math.sub(x)'
    assert missing_functions(prompt, shown) == []
    assert missing_functions(prompt, shown.replace("math.sub", "math.subtract")) == ["math.sub"]
    assert missing_functions(Prompt.user("hi"), "hi") == []


@pytest.mark.parametrize("name", [None, 3, ["default"], {}])
def test_a_name_of_a_template_that_is_no_text(tmp_path: Path, name: object) -> None:
    config = {"chat_template": [{"name": name, "template": "x"}]}
    with pytest.raises(UsageError, match=r"the chat template in .* is neither a text nor texts by name"):
        templates_of(tmp_path, config)
