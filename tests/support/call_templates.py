"""Chat templates of our own that write an assistant's calls as each format does, and what they are given.

Each writes the thinking, the text, and the calls of the messages; prompts around them do not matter here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from qwen3_eval.templates import ChatTemplate
from qwen3_eval.toolcalls import CallFormat

HEAD = "{{ said }}{% for f in calls %}"
BARE = "{{ value if value is string else value | tojson }}"
TEMPLATES: Mapping[str, tuple[CallFormat, str]] = {
    "hermes": (
        "hermes",
        HEAD
        + '\n<tool_call>\n{"name": "{{ f.name }}", "arguments": {{ f.arguments | tojson }}}\n</tool_call>{% endfor %}',
    ),
    "xml": (
        "xml",
        HEAD
        + "{{ '\n' if loop.first }}<tool_call>\n<function={{ f.name }}>\n{% for key, value in f.arguments.items() %}"
        "{{ '<parameter=' + key + '>\n' }}" + BARE + "{{ '\n</parameter>\n' }}{% endfor %}</function>\n</tool_call>\n"
        "{% endfor %}",
    ),
    "xml, Python values": (
        "xml",
        HEAD + "<tool_call>\n<function={{ f.name }}>\n{% for key, value in f.arguments.items() %}"
        "{{ '<parameter=' + key + '>\n' + value | string + '\n</parameter>\n' }}{% endfor %}</function>\n</tool_call>\n"
        "{% endfor %}",
    ),
    "seed": (
        "seed",
        HEAD + "\n<seed:tool_call>\n<function={{ f.name }}>\n{% for key, value in f.arguments.items() %}"
        "{{ '<parameter=' + key + '>' + value | string + '</parameter>\n' }}{% endfor %}</function>\n"
        "</seed:tool_call>{% endfor %}",
    ),
    "glm": (
        "glm",
        HEAD + "\n<tool_call>{{ f.name }}\n{% for key, value in f.arguments.items() %}"
        "<arg_key>{{ key }}</arg_key>\n<arg_value>" + BARE + "</arg_value>\n{% endfor %}</tool_call>{% endfor %}",
    ),
    "glm in one line": (
        "glm",
        HEAD + "<tool_call>{{ f.name }}{% for key, value in f.arguments.items() %}"
        "<arg_key>{{ key }}</arg_key><arg_value>" + BARE + "</arg_value>{% endfor %}</tool_call>{% endfor %}",
    ),
    "minimax": (
        "minimax",
        "{{ said }}\n<minimax:tool_call>\n{% for f in calls %}"
        '<invoke name="{{ f.name }}">\n{% for key, value in f.arguments.items() %}'
        '<parameter name="{{ key }}">' + BARE + "</parameter>\n{% endfor %}</invoke>\n{% endfor %}</minimax:tool_call>",
    ),
    "minimax_m3": (
        "minimax_m3",
        (
            "{% macro element(value) %}{% if value is mapping %}{% for key, inner in value.items() %}"
            "{{ M }}<{{ key }}>{{ element(inner) }}{{ M }}</{{ key }}>{% endfor %}"
            "{% elif value is string or value is number and value is not boolean %}{{ value }}"
            "{% elif value is boolean %}{{ value | tojson }}"
            "{% else %}{% for inner in value %}{{ M }}<item>{{ element(inner) }}{{ M }}</item>{% endfor %}{% endif %}"
            "{% endmacro %}{{ said }}{{ M }}<tool_call>\n{% for f in calls %}"
            '{{ M }}<invoke name="{{ f.name }}">{{ element(f.arguments) }}{{ M }}</invoke>\n{% endfor %}'
            "{{ M }}</tool_call>"
        ),
    ),
    "dsml": (
        "dsml",
        "{{ said }}\n\n<{{ D }}function_calls>\n{% for f in calls %}"
        '<{{ D }}invoke name="{{ f.name }}">\n{% for key, value in f.arguments.items() %}'
        "<{{ D }}parameter name=\"{{ key }}\" string=\"{{ 'true' if value is string else 'false' }}\">"
        + BARE
        + "</{{ D }}parameter>\n{% endfor %}</{{ D }}invoke>\n{% endfor %}</{{ D }}function_calls>",
    ),
    "deepseek, bare": (
        "deepseek",
        (
            "{{ said }}<｜tool▁calls▁begin｜>{% for f in calls %}<｜tool▁call▁begin｜>{{ f.name }}<｜tool▁sep｜>"
            "{{ f.arguments | tojson }}<｜tool▁call▁end｜>{% endfor %}<｜tool▁calls▁end｜>"
        ),
    ),
    "deepseek, fenced": (
        "deepseek",
        (
            "{{ said }}<｜tool▁calls▁begin｜>{% for f in calls %}<｜tool▁call▁begin｜>{{ f.type }}<｜tool▁sep｜>"
            "{{ f.name }}\n```json\n{{ f.arguments | tojson }}\n```<｜tool▁call▁end｜>\n"
            "{% endfor %}<｜tool▁calls▁end｜>"
        ),
    ),
    "deepseek, objects": (
        "deepseek",
        (
            "{{ said }} <｜tool▁calls▁begin｜> {% for f in calls %}<｜tool▁call▁begin｜> "
            '{"name": "{{ f.name }}", "parameters": {{ f.arguments | tojson }}} <｜tool▁call▁end｜> '
            "{% endfor %}<｜tool▁calls▁end｜>"
        ),
    ),
    "kimi": (
        "kimi",
        (
            "{{ said }}<|tool_calls_section_begin|>{% for f in calls %}"
            "<|tool_call_begin|>functions.{{ f.name }}:{{ loop.index0 }}<|tool_call_argument_begin|>"
            "{{ f.arguments | tojson }}<|tool_call_end|>{% endfor %}<|tool_calls_section_end|>"
        ),
    ),
    "kimi, without marks": (
        "kimi",
        (
            "{{ said }}{% for f in calls %} functions.{{ f.name }}:{{ loop.index0 }}"
            "{{ f.arguments | tojson }}{% endfor %}"
        ),
    ),
    "nemotron": (
        "nemotron",
        (
            "{{ said }}\n\n<TOOLCALL>[{% for f in calls %}"
            '{"name": "{{ f.name }}", "arguments": {{ f.arguments | tojson }}}'
            "{{ ', ' if not loop.last }}{% endfor %}]</TOOLCALL>"
        ),
    ),
    "gemma": (
        "gemma",
        (
            "{% macro shown(value) %}{% if value is string %}{{ Q + value + Q }}{% elif value is boolean %}"
            "{{ 'true' if value else 'false' }}{% elif value is mapping %}{ {%- for key, inner in value | dictsort -%}"
            "{{ ',' if not loop.first }}{{ key }}:{{ shown(inner) }}{%- endfor -%} }"
            "{% elif value is sequence %}[{% for inner in value %}{{ ',' if not loop.first }}{{ shown(inner) }}"
            "{% endfor %}]"
            "{% else %}{{ value }}{% endif %}{% endmacro %}"
            "{% for f in calls %}<|tool_call>call:{{ f.name }}{{ shown(f.arguments) }}<tool_call|>"
            "{% endfor %}{{ said }}"
        ),
    ),
    "mistral": (
        "mistral",
        ("{{ said }}{% for f in calls %}[TOOL_CALLS]{{ f.name }}[ARGS]{{ f.arguments | tojson }}{% endfor %}</s>"),
    ),
    "mistral, a list": (
        "mistral",
        (
            "{{ said }}[TOOL_CALLS][{% for f in calls %}"
            '{"name": "{{ f.name }}", "arguments": {{ f.arguments | tojson }}}'
            "{{ ', ' if not loop.last }}{% endfor %}]</s>"
        ),
    ),
    "harmony, as written": (
        "harmony",
        (
            "{{ said }}{% for f in calls %}<|start|>assistant<|channel|>commentary to=functions.{{ f.name }} "
            "<|constrain|>json<|message|>{{ f.arguments | tojson }}<|call|>{% endfor %}"
        ),
    ),
    "harmony, as shown": (
        "harmony",
        (
            "{{ said }}{% for f in calls %}<|start|>assistant to=functions.{{ f.name }}<|channel|>commentary "
            "json<|message|>{{ f.arguments | tojson }}<|call|>{% endfor %}"
        ),
    ),
    "harmony, without marks": (
        "harmony",
        (
            "{{ said }}{% for f in calls %}assistantcommentary to=functions.{{ f.name }} "
            "json{{ f.arguments | tojson }}{% endfor %}"
        ),
    ),
}
Call = tuple[str, Mapping[str, Any]]


MARKS = {"M": "]<]minimax[>[", "D": "｜DSML｜", "Q": '<|"|>'}
_COMPILED = {form: ChatTemplate(source, form) for form, (_, source) in TEMPLATES.items()}


def as_calls(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Calls as messages hold them."""
    return [
        {"type": "function", "id": f"functions.{name}:{number}", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(calls)
    ]


def written(form: str, calls: Sequence[Call], said: str = "") -> str:
    """What a model of the format writes."""
    flat = [{"type": "function", "name": name, "arguments": arguments} for name, arguments in calls]
    return _COMPILED[form].render({"calls": flat, "said": said, **MARKS})


ODD = (
    *("2", "true", "null", "None", "a < b > c", "<b>x</b>", 'say "hi"', "it's", "a\nb\n\n c", "{'a': 1}", "[1]", ""),
    *("\\n", "a, b: c", "é 中 ไทย 😀", "```json\n{}\n```", "&lt;", " x ", "\n"),
)


def drawn_calls(rng: random.Random) -> tuple[list[Call], dict[str, Any], str]:
    """Calls, the schemas of their functions, and what is said before them."""
    calls: list[Call] = []
    schemas = {}
    for number in range(rng.choice((1, 1, 2, 3))):
        name = rng.choice(("get_x", "ns.do", "a-b")) + str(number)
        schemas[name], arguments = _object(rng)
        calls.append((name, arguments))
    return calls, schemas, rng.choice(("", "Let me see.", "好的。 <x>"))


def _object(rng: random.Random, depth: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = {f"k{number}": _value(rng, depth) for number in range(rng.randint(0, 3))}
    properties = {name: schema for name, (schema, _) in parts.items()}
    return {"type": "object", "properties": properties}, {name: value for name, (_, value) in parts.items()}


def _value(rng: random.Random, depth: int) -> tuple[dict[str, Any], Any]:
    kind = rng.choice(["string"] * 3 + ["integer", "number", "boolean", "array"] + ["object"] * (depth < 2))
    if kind == "object":
        return _object(rng, depth + 1)
    if kind == "array":
        inner = rng.choice(("string", "integer"))
        return {"type": kind, "items": {"type": inner}}, [_scalar(rng, inner) for _ in range(rng.randint(0, 3))]
    return {"type": kind}, _scalar(rng, kind)


def _scalar(rng: random.Random, kind: str) -> Any:
    drawn = {
        "string": rng.choice(ODD),
        "integer": rng.randint(-(10**6), 10**12),
        "number": rng.choice((1.5, -0.25, 1e20, 3.0, 12345.678, 7)),
        "boolean": rng.random() < 0.5,
    }
    return drawn[kind]
