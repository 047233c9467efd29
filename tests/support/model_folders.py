"""Folders of models that differ in what their files say: the demo model's tokenizer with another chat template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from places import FIXTURES

from qwen3_eval.demo import model_path
from qwen3_eval.types import JsonValue

FAMILIES = FIXTURES / "families"


def model_folder(folder: Path, template: str, generation: Mapping[str, JsonValue] | None = None) -> Path:
    """A folder that a renderer reads; it has no weights.

    template: its source, or the name of a family. generation: its ``generation_config.json``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = FAMILIES / f"{template}.jinja"
    settings = json.loads((model_path() / "tokenizer_config.json").read_text("utf-8"))
    source = own.read_text("utf-8") if "{" not in template and own.is_file() else template
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": source}), "utf-8")
    for name in ("tokenizer.json", "config.json"):
        (folder / name).write_bytes((model_path() / name).read_bytes())
    if generation is not None:
        (folder / "generation_config.json").write_text(json.dumps(generation), "utf-8")
    return folder
