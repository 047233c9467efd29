"""A tokenizer with the form, the pattern and the special tokens of Qwen3's, whose merges are made up."""

from __future__ import annotations

import itertools
import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qwen3_eval.demo import model_path

# Of Qwen/Qwen3-8B: tokenizer.json, tokenizer_config.json and config.json.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
WORDS = 151_643
VOCABULARY = 151_936
ADDED = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>", "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>",
    "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>",
    "<think>", "</think>",
)  # fmt: skip
SPECIAL = ADDED.index("<tool_call>")
BLANK = "\u0120"


def _merges(letters: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of letters, then longer and longer words of small letters, some with a blank before them."""
    small = string.ascii_lowercase
    yield from itertools.product(letters[:128], small)
    yield from itertools.product(letters, letters[128:])
    for length in itertools.count(2):
        for head in itertools.product((BLANK, *small), *([small] * (length - 1))):
            yield from (("".join(head), letter) for letter in small)


def write_tokenizer(folder: Path, words: int = WORDS) -> Path:
    """Writes tokenizer and chat template (the demo model's) into a folder; words: entries before the added ones."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(letters)}
    merges: list[tuple[str, str]] = []
    for first, second in _merges(letters):
        if len(vocabulary) == words:
            break
        if first in vocabulary and second in vocabulary and first + second not in vocabulary:
            vocabulary[first + second] = len(vocabulary)
            merges.append((first, second))
    made = Tokenizer(models.BPE(vocabulary, merges))
    made.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    letters_of = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.pre_tokenizer = pre_tokenizers.Sequence([split, letters_of])
    made.decoder = decoders.ByteLevel()
    made.add_tokens([AddedToken(text, special=at < SPECIAL, normalized=False) for at, text in enumerate(ADDED)])
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))
    saved: dict[str, Any] = json.loads((model_path() / "tokenizer_config.json").read_text("utf-8"))
    (folder / "tokenizer_config.json").write_text(json.dumps(saved))
    for path in model_path().glob("*.jinja"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
