#!/usr/bin/env bash
# xinference 4.1.0: the chat template that it has for DeepSeek-V3.2 writes calls in V3.1's marks, and the tool parser
# that it names for the same model reads DSML tags alone.
# Expected: a call as the template writes those of earlier turns is a call for the parser of that model.
# Seen:     the parser of the model finds no call in it, and the text comes back as the answer; the parser of V3.1,
#           on the same text, finds the call.
# Who meets it: whoever measures calls of DeepSeek-V3.2 through that server: a model that keeps to its prompt scores 0
#           where a call is wanted, and full marks where none is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install --no-deps xinference==4.1.0 2>/dev/null
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install jinja2==3.1.6 2>/dev/null
cat >"$folder/try.py" <<'PY'
import importlib
import json
import sys
from importlib.metadata import distribution, version
from pathlib import Path

import jinja2

room = Path(distribution("xinference").locate_file("xinference/model/llm"))
sys.path.insert(0, str(room))
parsers = importlib.import_module("tool_parsers")


def model(name):
    found = json.loads((room / "models" / f"{name}.json").read_text(encoding="utf-8"))
    return found[0] if isinstance(found, list) else found


def calls(parser, text):
    module = importlib.import_module(f"tool_parsers.{parser.replace('-', '_').replace('.', '_')}_tool_parser")
    [made] = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    return [(name, arguments) for text, name, arguments in made().extract_tool_calls(text) if name]


newer = model("DeepSeek-V3.2")
call = {"type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
messages = [
    {"role": "user", "content": "1 + 1?"},
    {"role": "assistant", "content": "", "tool_calls": [call]},
    {"role": "tool", "content": "2"},
]
environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
prompt = environment.from_string(newer["chat_template"]).render(messages=messages, add_generation_prompt=True)
written = prompt[prompt.index("<\uff5ctool\u2581calls\u2581begin") : prompt.index("<\uff5cend\u2581of\u2581sentence")]
found = {name: calls(name, written) for name in (newer["tool_parser"], "deepseek-v3.1")}
print("xinference", version("xinference"), "of", ascii(written), "read:", found)
assert found == {"deepseek-v3.2": [], "deepseek-v3.1": [("add", {"a": 1})]}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/try.py"
# Output seen: xinference 4.1.0 of '<\uff5ctool\u2581calls\u2581begin ... read: {'deepseek-v3.2': [], 'deepseek-v3.1': [('add', {'a': 1})]}
