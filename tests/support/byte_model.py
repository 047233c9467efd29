"""A model whose tokens end inside characters: its tokenizer, of two kinds, and what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from qwen3_eval import reference
from qwen3_eval.engines.base import Request
from qwen3_eval.engines.mock import MockEngine
from qwen3_eval.prompts import Renderer
from qwen3_eval.thinking import CLOSE, OPEN

Kind = Literal["bytes", "spelled"]
START, END = "<|im_start|>", "<|im_end|>"
SPECIAL = (START, END, OPEN, CLOSE)
TEMPLATE = (
    "{%- for message in messages %}" + START + "{{ message.role }}\n{{ message.content }}" + END + "\n{%- endfor %}"
    "{%- if add_generation_prompt %}" + START + "assistant\n"
    "{%- if enable_thinking is false %}" + f"{OPEN}\n\n{CLOSE}\n\n" + "{%- endif %}{%- endif %}"
)
# Characters of two, three and four bytes, one after the other.
THOUGHT = "先数一数 ขอคิด ሰላም ነው é 🐝蜂 end"
ANSWER = "答案是七 คือเจ็ด ሰባት 🐝"


def tokenizer_of(kind: Kind) -> Tokenizer:
    """bytes: byte-level BPE, as Qwen's, with a token that is a blank and the first byte of a character.

    spelled: characters without a token of their own are spelled in bytes, as by SentencePiece.
    """
    made = _byte_level() if kind == "bytes" else _spelling()
    made.add_special_tokens([AddedToken(text, normalized=False, special=text in (START, END)) for text in SPECIAL])
    return made


def _byte_level() -> Tokenizer:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    lead = "\u00e1"  # byte E1, of Ethiopic
    vocabulary = {name: number for number, name in enumerate([*alphabet, f"\u0120{lead}"])}
    made = Tokenizer(models.BPE(vocabulary, [("\u0120", lead)]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    return made


def _spelling() -> Tokenizer:
    names = [*(f"<0x{value:02X}>" for value in range(256)), "\u2581", *"abcdefghijklmnopqrstuvwxyz", "七", "<unk>"]
    vocabulary = {name: number for number, name in enumerate(names)}
    made = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True, unk_token="<unk>"))
    made.normalizer = normalizers.Replace(" ", "\u2581")
    made.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    return made


def write_model(folder: Path, kind: Kind) -> Path:
    """The tokenizer and chat template as files."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer_of(kind).save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": END, "chat_template": TEMPLATE}), "utf-8")
    return folder


def bytes_in(kind: Kind, tokens: Sequence[int]) -> int:
    """How many bytes tokens stand for, those of special tokens not counted."""
    made = tokenizer_of(kind)
    names = [made.id_to_token(token) or "" for token in tokens]
    return sum(_size(kind, name) for name in names if name not in SPECIAL)


def _size(kind: Kind, name: str) -> int:
    if kind == "bytes":
        return len(name)
    return 1 if name.startswith("<0x") else len(name.replace("\u2581", " ").encode())


def whole_part(text: str, size: int) -> str:
    """What can be read of the first bytes of a text: its whole characters, then U+FFFD for a broken one."""
    return text.encode()[:size].decode("utf-8", "replace")


def trace(renderer: Renderer) -> list[int]:
    """What the model says when nobody cuts it."""
    return renderer.encode(f"{OPEN}\n{THOUGHT}\n{CLOSE}\n\n{ANSWER}{END}")


def speaker(renderer: Renderer, chunk: int = 1) -> MockEngine:
    """Says its trace; where thinking was cut or is not asked for, the answer."""
    stop = tuple(renderer.encode(reference.stop_text("docs")))
    whole, answer = trace(renderer), renderer.encode(f"{ANSWER}{END}")

    def say(request: Request) -> Sequence[int]:
        assert request.token_ids is not None
        return answer if request.mode == "non-thinking" or tuple(request.token_ids[-len(stop) :]) == stop else whole

    return MockEngine(say, renders=False, chunk=chunk)
