"""Model folders with a template and no weights, profiles in files, and the conversations that tell families apart."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from places import FIXTURES

from qwen3_eval.demo import model_path
from qwen3_eval.types import Message, Prompt

FAMILIES = FIXTURES / "families"
# Folders with the templates of xinference 4.1.0 and of llama.cpp's models/templates, a file <name>.jinja each, for
# tests that run when they can be had.
REAL = [Path(name) for name in os.environ.get("QWEN3_EVAL_TEMPLATES", "").split(os.pathsep) if name]

# Says what is said, and no more.
SAYING = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
)
# Says the budget that it is told before that.
TELLING = "{% if thinking_budget is defined %}budget {{ thinking_budget }}\n{% endif %}" + SAYING
SEED_LIKE = """
title = "Tells its budget"
source = "these tests"
[thinking]
open = "<seed:think>"
close = "</seed:think>"
arguments.thinking = { thinking_budget = -1 }
arguments.non-thinking = { thinking_budget = 0 }
[budget]
way = "argument"
argument = "thinking_budget"
steps = [512, 1024]
"""
LATER = """
title = "Calls while it thinks"
source = "these tests"
[thinking]
modes = ["thinking"]
opened = true
ends = ["<tool_call>"]
"""


def steps(arguments: object) -> Prompt:
    """Thinking in an earlier turn, and in a tool step behind the last question. arguments: of its call."""
    call = {"name": "add", "arguments": arguments}
    return Prompt(
        messages=(
            Message("user", "1+1?"),
            Message("assistant", "2", reasoning="EARLIER"),
            Message("user", "1+2?"),
            Message("assistant", "", reasoning="STEP", tool_calls=(call,)),
            Message("tool", "3"),
        )
    )


def templates(*folders: Path) -> dict[str, str]:
    """Sources by name."""
    return {path.stem: path.read_text("utf-8") for folder in folders for path in sorted(folder.glob("*.jinja"))}


def family_template(name: str) -> str:
    """The template of a family."""
    return (FAMILIES / f"{name}.jinja").read_text("utf-8")


def model_folder(folder: Path, template: str | None, generation: Mapping[str, Any] | None = None) -> Path:
    """A folder with the tokenizer of the bundled model and a template of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model_path() / "tokenizer.json", folder / "tokenizer.json")
    (folder / "tokenizer_config.json").write_text("{}")
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, "utf-8")
    if generation is not None:
        (folder / "generation_config.json").write_text(json.dumps(generation))
    return folder


def tagged_folder(folder: Path, tokens: Sequence[str] = (), template: str = TELLING, *, special: bool = True) -> Path:
    """The same, whose tokenizer has these tokens beside those of the bundled model."""
    from tokenizers import AddedToken, Tokenizer

    model_folder(folder, template)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_tokens([AddedToken(text, special=special, normalized=False) for text in tokens])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = json.loads((model_path() / "tokenizer_config.json").read_text("utf-8"))
    config.pop("added_tokens_decoder", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    shutil.copy(model_path() / "config.json", folder)
    return folder


def family_file(folder: Path, text: str, name: str = "other") -> str:
    """A profile in a file, as ``--family`` takes it."""
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return str(path)
