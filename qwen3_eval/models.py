"""Turns a published GGUF file into a model folder that vLLM loads.

The weights are dequantised to bfloat16; the tokenizer and the chat template come out of the file
itself, or from the files that lie beside it. Nothing is fetched.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from qwen3_eval.types import UsageError

MAGIC = b"GGUF"
NEEDED = ("torch", "transformers", "accelerate", "gguf")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")


def import_gguf(source: Path, out: Path) -> None:
    """Writes the model in ``source`` to the new folder ``out``; either whole or not at all.

    source: a ``.gguf`` file, or a folder (such as an installed package's) that holds exactly one.
    Takes about 30 s for 135 M parameters, and memory of twice the result's size.
    Raises UsageError for a source that holds no usable model, a result that is there already, and
    packages that are missing.
    """
    file = find_gguf(source)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already; name a new folder")
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"import-gguf needs {', '.join(missing)}; pip install 'qwen3-eval[gguf]' and an engine extra")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
        made = Path(scratch, "model")
        _convert(file, made)
        made.replace(out)


def find_gguf(source: Path) -> Path:
    """The one GGUF file at or below ``source``. Raises UsageError when there is none, or more than one."""
    if not source.exists():
        raise UsageError(f"{source} does not exist")
    found = sorted(source.rglob("*.gguf")) if source.is_dir() else [source]
    if len(found) != 1:
        names = ", ".join(path.name for path in found[:5])
        raise UsageError(
            f"{source} holds several models ({names}); name one" if found else f"no .gguf file in {source}"
        )
    with found[0].open("rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise UsageError(f"{found[0]} is not a GGUF file")
    return found[0]


def _convert(file: Path, out: Path) -> None:
    os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        model = _dequantised(file)
        tokenizer = _tokenizer(file)
    except (ValueError, KeyError, NotImplementedError, OSError) as error:
        raise UsageError(f"{file.name} cannot be converted: {error}") from error
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    for name in TOKENIZER_FILES:
        if (file.parent / name).is_file():
            shutil.copyfile(file.parent / name, out / name)


def _dequantised(file: Path) -> Any:
    """The model in bfloat16, with the marks of its quantisation taken off, so that it can be saved."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(str(file.parent), gguf_file=file.name, dtype=torch.bfloat16)
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    return model


def _tokenizer(file: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
