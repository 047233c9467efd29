"""Chat templates: which a model has, what they read, and their text, as ``transformers`` renders them.

Sources: ``transformers`` 5.19, ``utils/chat_template_utils.py`` (environment, filters, blocks) and
``tokenization_utils_base.py`` (where templates lie, which one is taken, what they are given).
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from qwen3_eval.files import json_object
from qwen3_eval.templates.reads import arguments_read
from qwen3_eval.types import JsonValue, Prompt, UsageError, nearest

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from jinja2.nodes import Node
    from jinja2.parser import Parser

DEFAULT = "default"
# As transformers calls the template that it takes where there are tools.
WITH_TOOLS = "tool_use"
FURTHER = "additional_chat_templates"
TEMPLATE_FILES = ("chat_template.jinja", "chat_template.json", f"{FURTHER}/*.jinja")
# What a run gives every template by itself.
OWN = ("messages", "tools", "add_generation_prompt")
LONGEST_REASON = 300
OF_DICTS = frozenset(dir(dict))
# The sandbox has formatting of its own.
OF_TEXTS = frozenset(name for name in dir(str) if not name.startswith(("_", "format")))


class ChatTemplate:
    """One template. where: what an error calls it."""

    def __init__(self, source: str, where: str) -> None:
        self.source = source
        self.where = where

    def render(self, values: Mapping[str, Any]) -> str:
        """The text. Raises UsageError, a line with template, line number and reason, whatever goes wrong in it."""
        template = self._compiled
        try:
            return template.render(values)
        except Exception as error:  # a template is a program of strangers
            raise self._failure(error) from error

    @cached_property
    def reads(self) -> frozenset[str]:
        """Arguments that the template reads. Raises UsageError for one that is no template."""
        try:
            return arguments_read(_environment(), self.source)
        except Exception as error:  # as above
            raise self._failure(error) from error

    @cached_property
    def _compiled(self) -> Template:
        environment = _environment()
        try:
            code = environment.compile(self.source, filename=self.where)
        except Exception as error:  # jinja2 raises more than TemplateSyntaxError: RecursionError, OverflowError
            raise self._failure(error) from error
        return environment.template_class.from_code(environment, code, dict(environment.globals))

    def _failure(self, error: Exception) -> UsageError:
        line = getattr(error, "lineno", None) or self._line_of(error)
        place = f"the chat template {self.where}" + (f", line {line}," if line else "")
        if isinstance(error, TemplateRefusal):
            return UsageError(f"{place} refuses this conversation: {_one_line(str(error))}")
        from jinja2 import TemplateError

        kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
        reason = getattr(error, "message", None) or str(error)
        return UsageError(f"{place} cannot be used: {kind}{_one_line(str(reason)) or type(error).__name__}")

    def _line_of(self, error: Exception) -> int | None:
        """The last line of the template on the way to an error: jinja2 puts its lines into the trace."""
        frames = traceback.walk_tb(error.__traceback__)
        return max(
            ((at, line) for at, (frame, line) in enumerate(frames) if frame.f_code.co_filename == self.where),
            default=(0, None),
        )[1]


class TemplateRefusal(Exception):
    """What a template says with ``raise_exception``."""


def _one_line(text: str) -> str:
    found = " ".join(text.split())
    return found if len(found) <= LONGEST_REASON else f"{found[:LONGEST_REASON]}..."


@cache
def _environment() -> Environment:
    """The environment of transformers: its options, filter, functions and blocks."""
    from jinja2 import nodes
    from jinja2.ext import Extension, loopcontrols
    from jinja2.runtime import LoopContext
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class GenerationBlock(Extension):
        """``{% generation %}`` marks what a model is trained on. As there, its body is a scope of its own."""

        tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

        def parse(self, parser: Parser) -> Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

        def _body(self, caller: Callable[[], str]) -> str:
            return caller()

    of_loops = frozenset(name for name in dir(LoopContext) if not name.startswith("_"))

    class Sandbox(ImmutableSandboxedEnvironment):
        """The sandbox without its checks of what is always safe: entries of plain dicts, methods of texts, loops."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            if type(obj) is dict and attribute in obj and attribute not in OF_DICTS:
                return obj[attribute]
            if (type(obj) is str and attribute in OF_TEXTS) or (type(obj) is LoopContext and attribute in of_loops):
                return getattr(obj, attribute)
            return super().getattr(obj, attribute)

    environment = Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[GenerationBlock, loopcontrols])
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    return environment


def _to_json(
    x: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """The filter ``tojson`` of transformers, with its arguments and their names."""
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _strftime_now(format: str) -> str:
    return datetime.now().strftime(format)


def _raise_exception(message: object) -> NoReturn:
    raise TemplateRefusal(str(message))


class ChatTemplates:
    """All templates of a model, by name."""

    def __init__(self, templates: Mapping[str, ChatTemplate], location: str) -> None:
        self._templates = templates
        self._location = location

    @property
    def sources(self) -> dict[str, str]:
        """Their texts."""
        return {name: template.source for name, template in self._templates.items()}

    def pick(self, *, tools: bool) -> ChatTemplate:
        """The template of a prompt. Raises UsageError where there is none."""
        name = WITH_TOOLS if tools and WITH_TOOLS in self._templates else DEFAULT
        found = self._templates.get(name)
        if found is None and self._templates:
            raise UsageError(
                f"{self._location} has the chat templates {', '.join(sorted(self._templates))} and none of them is "
                f'called "{DEFAULT}"; rename the one to use, or use --protocol base'
            )
        if found is None or not found.source:
            raise UsageError(f"{self._location} has no chat template; use --protocol base")
        return found

    def check(self, arguments: Collection[str], settled: Collection[str] = ()) -> None:
        """Raises UsageError for an argument that no template reads, or that the run gives.

        settled: names that the family's modes and budgets set.
        """
        check_free(arguments, settled)
        for name in arguments:
            if not self._templates:
                raise UsageError(
                    f"{self._location} has no chat template, so --template-arg {name} has nobody to read it"
                )
            free = sorted(self.reads - {*settled})
            if name not in free:
                known = ", ".join(free) or "none"
                raise UsageError(
                    f"--template-arg {name}: the chat template of {self._location} never reads it"
                    f"{nearest(name, free)}; it reads {known}"
                )

    @property
    def reads(self) -> frozenset[str]:
        """Arguments that any of them reads. Raises UsageError as ``ChatTemplate.reads``."""
        return frozenset(name for template in self._templates.values() for name in template.reads)


def templates_of(folder: Path, config: Mapping[str, Any]) -> ChatTemplates:
    """The templates of a folder: files of their own go before what the tokenizer's settings hold.

    config: of ``tokenizer_config.json``. Raises UsageError for what is no text.
    """
    path = folder / "chat_template.jinja"
    own = {DEFAULT: path} if path.is_file() else {}
    own |= {each.stem: each for each in sorted((folder / FURTHER).glob("*.jinja"))}
    if own:
        return ChatTemplates({name: ChatTemplate(_text(path), str(path)) for name, path in own.items()}, str(folder))
    held, path = config.get("chat_template"), folder / "tokenizer_config.json"
    if not held:
        held, path = _of_processor(folder)
    if not held:
        return ChatTemplates({}, str(folder))
    found = _named(held, path)
    return ChatTemplates(
        {
            name: ChatTemplate(text, f"{name} in {path}" if len(found) > 1 else str(path))
            for name, text in found.items()
        },
        str(folder),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the chat template {path} cannot be read: {error}") from error


def _of_processor(folder: Path) -> tuple[Any, Path]:
    """Where models that see as well used to have theirs; only their processors read it."""
    path = folder / "chat_template.json"
    return json_object(path).get("chat_template"), path


def _named(held: object, path: Path) -> dict[str, str]:
    """A template, a list of named ones, or a mapping, as texts by name."""
    if isinstance(held, list) and all(isinstance(entry, dict) and isinstance(entry.get("name"), str) for entry in held):
        held = {entry["name"]: entry.get("template") for entry in held}
    found = held if isinstance(held, dict) else {DEFAULT: held}
    texts = {name: text for name, text in found.items() if isinstance(name, str) and isinstance(text, str)}
    if len(texts) < len(found):
        raise UsageError(f"the chat template in {path} is neither a text nor texts by name")
    return texts


SPECIAL = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


def special_tokens(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """The tokens that templates may name. Raises UsageError for one that is no text."""
    # Of old folders: transformers reads it where the settings list no added tokens.
    old = {} if "added_tokens_decoder" in config else json_object(folder / "special_tokens_map.json")
    found: dict[str, str] = {}
    for name in SPECIAL:
        value = old.get(name, config.get(name))
        text = value.get("content") if isinstance(value, dict) else value
        if text is not None and not isinstance(text, str):
            raise UsageError(f"{folder}: {name} of the tokenizer is no text")
        found |= {name: text} if text is not None else {}
    return found


def check_free(arguments: Iterable[str], settled: Collection[str]) -> None:
    """Raises UsageError for an argument that the run gives. settled: names that the family's modes and budgets set."""
    for name in arguments:
        if name in OWN:
            raise UsageError(f"--template-arg {name}: a run gives this to the template by itself")
        if name in settled:
            raise UsageError(f"--template-arg {name}: --mode and --budgets set this for the model's family")


def missing_functions(prompt: Prompt, text: str) -> list[str]:
    """Names of a prompt's functions that its rendered text does not show, but for what system and user say of them."""
    said = "\n".join(message.content for message in prompt.messages if message.role in ("system", "user"))
    names = [_function_name(tool) for tool in prompt.tools]
    return [name for name in names if _mentions(name, text) <= _mentions(name, said)]


def _function_name(tool: Mapping[str, Any]) -> str:
    return str(tool.get("function", tool).get("name", ""))


def _mentions(name: str, text: str) -> int:
    forms = {name, json.dumps(name)[1:-1]}
    return sum(len(re.findall(rf"(?<!\w){re.escape(form)}(?!\w)", text)) for form in forms)


def template_values(arguments: Mapping[str, JsonValue], special: Mapping[str, str]) -> dict[str, Any]:
    """What a template is given beside a conversation: arguments go before tokens, and documents are none."""
    return {"documents": None, **special, **arguments}
