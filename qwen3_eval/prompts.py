"""Messages, few-shot examples and the chat template, to token ids.

The template is rendered with jinja2 and encoded with ``tokenizers``: both are light, and both are
what ``transformers`` itself uses underneath.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen3_eval import thinking
from qwen3_eval.config import digest
from qwen3_eval.encoding import Encoder, token_array
from qwen3_eval.families import Evidence, Profile, Recognised, reader_of, recognise
from qwen3_eval.files import json_object
from qwen3_eval.messages import template_messages
from qwen3_eval.task.base import Task
from qwen3_eval.task.spec import NamedPrompt
from qwen3_eval.templates import (
    DEFAULT,
    TEMPLATE_FILES,
    WITH_TOOLS,
    special_tokens,
    template_values,
    templates_of,
)
from qwen3_eval.types import Doc, Json, JsonValue, Message, Mode, Prompt, Protocol, UsageError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BEST_PRACTICES = 'Qwen3 model cards, "Best Practices", point 3: Standardize Output Format'
BOXED = NamedPrompt(
    "boxed", "1", "Please reason step by step, and put your final answer within \\boxed{}.", BEST_PRACTICES
)
CHOICE_LETTER = NamedPrompt(
    "choice-letter",
    "1",
    'Please show your choice in the `answer` field with only the choice letter, e.g., `"answer": "C"`.',
    BEST_PRACTICES,
)
TOKENIZER_CONFIG, GENERATION_CONFIG = "tokenizer_config.json", "generation_config.json"
MODEL_FILES = (
    "tokenizer.json",
    TOKENIZER_CONFIG,
    "special_tokens_map.json",
    GENERATION_CONFIG,
    *TEMPLATE_FILES,
)
ADDED = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")
NOTHING: Json = {}
# What stands for bytes that are no character.
REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt as the model gets it. ``opened``: it ends inside a thinking block.

    token_ids: as ``token_array`` has them. choices: the token that each of ``Prompt.choices`` ends in; ``token_ids``
    then hold what they share.
    """

    text: str
    token_ids: Sequence[int] | None
    sha256: str
    opened: bool
    choices: tuple[int, ...] = ()


def build_prompt(task: Task, doc: Doc, protocol: Protocol, shots: Sequence[Doc], mode: Mode) -> Prompt:
    """The prompt of one doc under a protocol, in one mode. Raises UsageError for a doc that none can be made of."""
    try:
        return task.prompt_for(doc, mode) if protocol == "chat" else task.base_prompt(doc, shots)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"task {task.spec.name}: no prompt can be made of its row {doc.id}: {reason}") from error


def describe_prompt(prompt: Prompt, mode: Mode) -> Rendered:
    """A prompt whose template the server applies: readable text, no token ids."""
    if prompt.completion is not None:
        text = prompt.completion
    else:
        text = "\n\n".join(f"[{message.role}]\n{readable(message)}" for message in prompt.messages)
    said = [_said(message) for message in prompt.messages]
    begun = [prompt.begin] if prompt.begin else []
    return Rendered(text, None, digest([said, prompt.completion, prompt.tools, mode, *begun]), opened=False)


def _said(message: Message) -> list[JsonValue]:
    """A message's part of a digest. Runs keep it, so its form stays."""
    calls: list[JsonValue] = [{"type": "function", "function": dict(call)} for call in message.tool_calls]
    return [
        message.role,
        message.content,
        *([message.reasoning] if message.reasoning else []),
        *([calls] if calls else []),
    ]


def _digest_of(token_ids: Sequence[int]) -> str:
    """SHA-256 of token ids, four bytes each, the lowest first."""
    numbers = token_array(token_ids)
    if sys.byteorder == "big":
        numbers.byteswap()
    return hashlib.sha256(numbers).hexdigest()


def readable(message: Message) -> str:
    """A message's text, then its calls, a line each."""
    calls = [json.dumps(dict(call), ensure_ascii=False) for call in message.tool_calls]
    return "\n".join([message.content, *calls] if message.content or not calls else calls)


def has_chat_template(location: str) -> bool:
    """Whether a model has one; reads no tokenizer. Raises UsageError where there is no such model, or no tokenizer."""
    folder = _tokenizer_folder(location, None)
    _tokenizer_file(folder)
    return bool(templates_of(folder, json_object(folder / TOKENIZER_CONFIG)).sources.get(DEFAULT))


class Renderer:
    """A model's tokenizer and chat template.

    revision: the commit of a model from the hub; None for a folder. family: the profile that the user named; else it is
    recognised. arguments: what the template is given beside what the family's modes give it.
    Raises UsageError when the folder (or hub repository) has no usable tokenizer.
    """

    def __init__(
        self,
        location: str,
        revision: str | None = None,
        *,
        family: str = "",
        arguments: Mapping[str, JsonValue] | None = None,
    ) -> None:
        self.location = location
        self.arguments = dict(arguments or {})
        self._family = family
        folder = _tokenizer_folder(location, revision)
        # The hub's cache names a snapshot by its commit.
        self.revision = None if Path(location).is_dir() else folder.name
        self._settings = json_object(folder / TOKENIZER_CONFIG)
        self._tokenizer = _load_tokenizer(folder, self._settings)
        self._encoder = Encoder(self._tokenizer)
        self._templates = templates_of(folder, self._settings)
        self._generation: Json = json_object(folder / GENERATION_CONFIG)
        if self.arguments:
            self._templates.check(self.arguments, self.profile.settled)
            self.profile.check_effort(self.arguments)
        self._values = template_values(self.arguments, special_tokens(folder, self._settings))

    @property
    def template_source(self) -> str:
        """The chat template; empty when the model has none."""
        return self._templates.sources.get(DEFAULT, "")

    @property
    def reads(self) -> frozenset[str]:
        """Arguments that the chat templates read. Raises UsageError for one that is no template."""
        return self._templates.reads

    @property
    def template_sha256(self) -> str:
        """Digest of the chat template, and of the one for tools where a model has its own; of "" when it has none."""
        own = self._templates.sources.get(WITH_TOOLS)
        return digest([self.template_source, own] if own else self.template_source)

    @cached_property
    def tokenizer_sha256(self) -> str:
        """Digest of the tokenizer: what decides about the tokens of a text."""
        return hashlib.sha256(self._tokenizer.to_str().encode()).hexdigest()

    @cached_property
    def recognised(self) -> Recognised:
        """The family of the model, and why. Raises UsageError for an unknown one that was named."""
        return recognise(Evidence(self._templates.sources, self.has_token, self._generation), self._family)

    @property
    def profile(self) -> Profile:
        """What is different in the model's family."""
        return self.recognised.profile

    @cached_property
    def tags(self) -> thinking.Tags | None:
        """Ids of the thinking tags, or None when they are not single tokens of this tokenizer."""
        return thinking.tags_of(self.profile.marks, self._tokenizer.token_to_id)

    def has_token(self, text: str) -> bool:
        """Whether a text is one token of the tokenizer."""
        return self._tokenizer.token_to_id(text) is not None

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, without the special tokens a tokenizer may add around it."""
        return self._encoder(text)

    def count(self, text: str) -> int:
        """How many tokens ``encode`` finds; faster for long texts that are alike."""
        return self._encoder.count(text)

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of token ids, without special tokens; thinking tags stay, where a tokenizer counts them among those."""
        kept = [token for token in tokens if token not in self._hidden]
        if self._bytes and not self._bytes.keys().isdisjoint(kept):
            text: str = self._tokenizer.decoder.decode([name for run in self._runs(kept) for name in run])
            return text
        return self._tokenizer.decode(kept, skip_special_tokens=False)

    @cached_property
    def _bytes(self) -> Mapping[int, int]:
        """The bytes that tokens stand for where a tokenizer spells characters that it has no token for; else empty."""
        decoder = self._tokenizer.decoder
        if decoder is None or decoder.decode([_byte_token(ord("A"))]) != "A":
            return {}
        numbers = (self._tokenizer.token_to_id(_byte_token(value)) for value in range(256))
        return {number: value for value, number in enumerate(numbers) if number is not None}

    def _runs(self, tokens: Sequence[int]) -> Iterator[Sequence[str]]:
        """Names of tokens, those of bytes that are no character as U+FFFD.

        ``tokenizers`` makes U+FFFD of all bytes of a run where one character in it is broken, as the last one is where
        a trace was cut.
        """
        for spelled, run in groupby(tokens, self._bytes.__contains__):
            if spelled:
                said = bytes(self._bytes[token] for token in run).decode("utf-8", "replace")
                yield [name for char in said for name in _spelling(char)]
            else:
                yield [name for token in run if (name := self._tokenizer.id_to_token(token)) is not None]

    @cached_property
    def _hidden(self) -> frozenset[int]:
        """Ids of the special tokens that are no part of tags or calls; of no family's, where that is unknown."""
        marks, calls = reader_of(self.recognised).marks, self.profile.calls.tokens
        added = self._tokenizer.get_added_tokens_decoder().items()
        special = [(number, token.content) for number, token in added if token.special]
        return frozenset(
            number for number, text in special if text not in calls and not any(each.shows(text) for each in marks)
        )

    def render(self, prompt: Prompt, mode: Mode, budget: int | None = None) -> Rendered:
        """Text and token ids of a prompt in one mode. budget: of thinking, for a template that is told it.

        Raises UsageError without a chat template, and for choices that differ in more than their last token.
        """
        if prompt.choices:
            return self._render_choices(prompt)
        if prompt.completion is not None:
            text = prompt.completion
            ids = self._encode_completion(text)
        else:
            text = self._apply_template(prompt, mode, budget) + prompt.begin
            ids = self._encode_rendered(text)
        tokens = token_array(ids)
        return Rendered(text, tokens, _digest_of(tokens), thinking.opened_by(text, self.profile.marks))

    def _encode_rendered(self, text: str) -> list[int]:
        try:
            return self.encode(text)
        except TypeError as error:  # all that the library says of it
            raise UsageError(
                f"a prompt for {self.location} holds half of a surrogate pair, which is no text"
            ) from error

    def _encode_completion(self, text: str) -> list[int]:
        if self._adds_nothing:
            return self.encode(text)
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=True).ids
        return ids

    @cached_property
    def _adds_nothing(self) -> bool:
        """The tokenizer puts no special tokens around a text."""
        return not self._tokenizer.encode("", add_special_tokens=True).ids

    def _render_choices(self, prompt: Prompt) -> Rendered:
        text = prompt.completion or ""
        # With an end-of-sequence token behind the text, the last tokens would all be that.
        whole = [self._without_end(self._encode_completion(text + choice)) for choice in prompt.choices]
        shared, last = {tuple(ids[:-1]) for ids in whole}, [ids[-1] for ids in whole]
        if len(shared) != 1 or len(set(last)) != len(last):
            raise UsageError(
                f"the choices {', '.join(prompt.choices)} cannot be compared by likelihood: "
                f"in the tokenizer of {self.location} they do not differ in one last token each"
            )
        ids = shared.pop()
        return Rendered(text, token_array(ids), _digest_of([*ids, *last]), opened=False, choices=tuple(last))

    def _without_end(self, ids: list[int]) -> list[int]:
        end = self._tokenizer.token_to_id(self._values.get("eos_token", ""))
        return ids[:-1] if ids and ids[-1] == end else ids

    def _apply_template(self, prompt: Prompt, mode: Mode, budget: int | None, beside: Json = NOTHING) -> str:
        own = {
            "messages": template_messages(self.profile.under(prompt.messages, mode), self.profile),
            "tools": [dict(tool) for tool in prompt.tools] or None,
            "add_generation_prompt": True,
        }
        switches = {**self.profile.thinking.arguments.get(mode, {}), **self.profile.budget.arguments(budget)}
        return self._templates.pick(tools=bool(prompt.tools)).render({**self._values, **beside, **switches, **own})

    def told(self, prompt: Prompt, mode: Mode, arguments: Mapping[str, JsonValue]) -> str:
        """Text of a prompt whose template is told something beside what the mode tells it. Raises as ``render``."""
        return self._apply_template(prompt, mode, None, arguments)


def _byte_token(value: int) -> str:
    """What tokenizers call the token of a byte that stands for itself."""
    return f"<0x{value:02X}>"


def _spelling(char: str) -> list[str]:
    return [REPLACEMENT] if char == REPLACEMENT else [_byte_token(value) for value in char.encode()]


def _tokenizer_file(folder: Path) -> Path:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise UsageError(f"{folder} has no tokenizer.json; give a folder or hub id that has one with --tokenizer")
    return path


def _load_tokenizer(folder: Path, config: Mapping[str, Any]) -> Tokenizer:
    from tokenizers import Tokenizer

    path = _tokenizer_file(folder)
    try:
        found = Tokenizer.from_file(str(path))
    except Exception as error:  # the library has no class of its own
        raise UsageError(f"{path} cannot be read as a tokenizer: {error}") from error
    # What was saved with a tokenizer for training or embedding would cut, pad or vary every prompt.
    found.no_truncation()
    found.no_padding()
    if getattr(found.model, "dropout", None):
        found.model.dropout = None
    _add_listed(folder, found, config)
    return found


def _add_listed(folder: Path, tokenizer: Tokenizer, config: Mapping[str, Any]) -> None:
    """Adds the tokens that tokenizer_config.json lists and tokenizer.json lacks, as transformers does."""
    from tokenizers import AddedToken

    try:
        listed = {int(number): dict(token) for number, token in (config.get("added_tokens_decoder") or {}).items()}
        for number, token in sorted(listed.items()):
            if tokenizer.token_to_id(token["content"]) is None:
                tokenizer.add_tokens([AddedToken(**{name: token[name] for name in ADDED if name in token})])
                _check_id(folder, tokenizer, token["content"], number)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{folder}: added_tokens_decoder of the tokenizer cannot be read: {error!r}") from error


def _check_id(folder: Path, tokenizer: Tokenizer, token: str, wanted: int) -> None:
    if (number := tokenizer.token_to_id(token)) != wanted:
        raise UsageError(
            f"{folder}: tokenizer_config.json gives {token} the id {wanted}, tokenizer.json leaves it {number}; "
            "they do not belong together"
        )


def _tokenizer_folder(location: str, revision: str | None) -> Path:
    if Path(location).is_dir():
        return Path(location)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        return Path(snapshot_download(location, revision=revision, allow_patterns=list(MODEL_FILES)))
    except HFValidationError as error:
        raise UsageError(f"{location!r} is neither a folder nor the name of a model on the hub") from error
    except RepositoryNotFoundError as error:
        raise UsageError(f"there is no model {location!r} on the hub, or it needs a token (HF_TOKEN)") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise UsageError(
            f"the tokenizer of {location} is not here and the hub cannot be reached; "
            "download the model and give its folder as --model or --tokenizer"
        ) from error
