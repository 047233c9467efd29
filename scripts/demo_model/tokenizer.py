"""The demo model's tokenizer: byte-level BPE trained on its own families, digits never merged."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from qwen3_eval.thinking import CLOSE, OPEN

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
TAGS = (OPEN, CLOSE, "<tool_call>", "</tool_call>")
VOCABULARY = 2_048
TEMPLATE = Path(__file__).with_name("chat_template.jinja")

# One piece each: a Chinese character, a word with the space before it, a digit, a run of signs with
# the space before it, a newline, other blanks. Merges never cross pieces, and ids of a text do not
# depend on what follows a newline or a digit.
PIECES = r"\p{Han}| ?[\p{L}_&&[^\p{Han}]]+|\p{N}| ?[^\s\p{L}\p{N}_]+|\n|[^\S\n]+(?!\S)|\s"


def build(corpus: Iterable[str]) -> Tokenizer:
    """A tokenizer with all 256 bytes, merges from the corpus, and Qwen3's chat and thinking tokens."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PIECES), "isolated")
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_tokens([AddedToken(text, special=True, normalized=False) for text in (PAD, START, END)])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in TAGS])
    return tokenizer


def to_json(value: Any, **_: Any) -> str:
    """JSON as chat templates expect it: readable characters, keys in their own order."""
    return json.dumps(value, ensure_ascii=False)


class ChatTemplate:
    """Renders a conversation to the text of a prompt."""

    @cached_property
    def _template(self) -> Any:
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.filters["tojson"] = to_json
        return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))

    def render(self, messages: list[dict[str, Any]], *, tools: list[Any] | None = None, thinking: bool = True) -> str:
        """The prompt up to and including the start of the assistant's turn."""
        text: str = self._template.render(
            messages=messages, tools=tools, add_generation_prompt=True, enable_thinking=thinking
        )
        return text


def settings() -> dict[str, Any]:
    """The content of ``tokenizer_config.json``."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": PAD,
        "model_max_length": 1_024,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE.read_text(encoding="utf-8"),
    }
