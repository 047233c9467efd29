"""Models of other families, as far as their prompts and tags go: a tokenizer with their tags, a template, a profile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from qwen3_eval.demo import model_path

MESSAGES = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
PLAIN = f"{MESSAGES}<|im_start|>assistant\n"
TEMPLATE = (
    f"{MESSAGES}{{% if thinking_budget is defined %}}budget {{{{ thinking_budget }}}}\n{{% endif %}}"
    "<|im_start|>assistant\n"
)
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


def model_folder(folder: Path, tokens: Sequence[str] = (), template: str = TEMPLATE, *, special: bool = True) -> Path:
    """A folder with a tokenizer that has these tokens of their own beside those of the demo model."""
    from tokenizers import AddedToken, Tokenizer

    folder.mkdir(parents=True)
    tokenizer = Tokenizer.from_file(str(model_path() / "tokenizer.json"))
    tokenizer.add_tokens([AddedToken(text, special=special, normalized=False) for text in tokens])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = json.loads((model_path() / "tokenizer_config.json").read_text("utf-8"))
    config.pop("added_tokens_decoder", None)
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "chat_template": template}), "utf-8")
    shutil.copy(model_path() / "config.json", folder)
    return folder


def family_file(folder: Path, text: str, name: str = "other") -> str:
    """A profile in a file, as ``--family`` takes it."""
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return str(path)
