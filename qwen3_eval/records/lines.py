"""What the lines of a run's journals say, for a reader."""

from __future__ import annotations

import functools
import json
import re
from typing import Literal

from qwen3_eval.records.formats import AboutLine, AboutPrompt, GenerationLine
from qwen3_eval.records.samples import AskedPrompt
from qwen3_eval.types import condition


def condition_of(line: AboutLine | AboutPrompt) -> str:
    """In what way the model was asked: ``thinking``, ``non-thinking`` or ``base``; a line of any journal tells it."""
    return condition(line.get("protocol", "chat"), line["mode"])


def gold_text(target: object) -> str:
    """A doc's target for reading."""
    return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)


def spoken(line: GenerationLine, part: Literal["thinking", "answer"]) -> str:
    """Thinking or answer of a generation; of a conversation all of them, each under the number of its reply."""
    replies = line.get("replies") or ()
    if len(replies) < 2:
        return line[part]
    parts = [f"[reply {number}]\n{reply[part]}" for number, reply in enumerate(replies, 1) if reply[part]]
    return "\n\n".join(parts)


@functools.lru_cache(maxsize=1 << 17)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which ``test/2`` comes before ``test/10``."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


class PromptIndex:
    """Finds the prompt of a generation: by its digest, else, where it only stands for a question, by what it is about.

    The last of equals counts.
    """

    def __init__(self) -> None:
        self._places: dict[str | tuple[str, str, str], int] = {}

    def add(self, asked: AskedPrompt | AboutPrompt, number: int) -> None:
        """A prompt under a number, such as its offset."""
        if isinstance(asked, AskedPrompt):
            sha256, where = asked.sha256, (asked.task, asked.id, condition(asked.protocol, asked.mode))
        else:
            sha256, where = asked["prompt_sha256"], (asked["task"], asked["id"], condition_of(asked))
        self._places[sha256] = self._places[where] = number

    def find(self, line: GenerationLine) -> int | None:
        """The number of a generation's prompt; None where the run did not keep it."""
        return self._places.get(line["prompt_sha256"], self._places.get((line["task"], line["id"], condition_of(line))))
