"""Training examples: docs of the demo families with a worked solution, as token ids.

Which tokens count towards the loss is decided here: what the assistant writes itself, and neither
the prompt, nor a thinking trace that was cut, nor the stop text.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tokenizers import Tokenizer

from qwen3_eval.data import docs
from qwen3_eval.reference import STOP_TEXTS, stop_text
from qwen3_eval.task.base import Task
from qwen3_eval.thinking import CLOSE, OPEN
from qwen3_eval.types import Doc
from scripts.demo_model.tokenizer import END, ChatTemplate

STOPS = {name: stop_text(name) for name in STOP_TEXTS}
SENTENCE = STOPS["docs"].strip().splitlines()[0]

STATEMENTS = {
    "integer/add": "x + {n}",
    "integer/subtract": "x - {n}",
    "integer/multiply": "x * {n}",
    "integer/divide": "x // {n}",
    "integer/remainder": "x % {n}",
    "integer/square": "x * x",
    "integer/negate": "-x",
    "string/upper": "x.upper()",
    "string/reverse": "x[::-1]",
    "string/repeat": "x * {n}",
    "string/drop": "x[{n}:]",
    "string/keep": "x[:{n}]",
    "string/append": 'x + "{n}"',
    "list/sort": "sorted(x)",
    "list/reverse": "x[::-1]",
    "list/drop": "x[{n}:]",
    "list/keep": "x[:{n}]",
    "list/add": "[v + {n} for v in x]",
    "list/multiply": "[v * {n} for v in x]",
    "list/above": "[v for v in x if v > {n}]",
}


@dataclass(frozen=True)
class Solution:
    """What a perfect model would write: the thinking without its tags, and the answer."""

    thinking: str
    answer: str


def arithmetic(doc: Doc) -> Solution:
    """One line a step, each starting from the result before it."""
    expression = str(doc.meta["expression"])
    result, lines = int(expression[0]), []
    for operator, digit in zip(expression[1::2], map(int, expression[2::2]), strict=True):
        after = {"+": result + digit, "-": result - digit, "*": result * digit}[operator] % 10
        lines.append(f"{result}{operator}{digit}={after}")
        result = after
    return Solution("\n".join(lines), f"\\boxed{{{result}}}")


def code(doc: Doc) -> Solution:
    """The expression of each step, one a line; then the function that assigns them in turn."""
    kind = doc.meta["kind"]
    expressions = [STATEMENTS[f"{kind}/{name}"].format(n=n) for name, n in doc.meta["steps"]]
    body = "".join(f"    x = {expression}\n" for expression in expressions)
    return Solution("\n".join(expressions), f"```python\ndef f(x):\n{body}    return x\n```")


def tools(doc: Doc) -> Solution:
    """Each function with its arguments, one a line; then the calls."""
    plans = [call["name"] + ": " + ", ".join(map(str, call["arguments"].values())) for call in doc.target]
    calls = [f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in doc.target]
    return Solution("\n".join(plans), "\n".join(calls))


SOLVE: Mapping[str, Callable[[Doc], Solution]] = {
    "demo_math": arithmetic,
    "demo_code": code,
    "demo_tools": tools,
    "demo_multilingual": arithmetic,
}
SHARES = {"demo_math": 0.3, "demo_code": 0.12, "demo_tools": 0.36, "demo_multilingual": 0.22}


def problem(doc: Doc) -> str:
    """What makes two docs the same problem: arithmetic is the same in every language."""
    return str(doc.meta.get("expression", doc.question))


def train_docs(task: Task, rng: random.Random, held_out: frozenset[str]) -> Iterator[Doc]:
    """An endless stream of docs whose problems are not held out."""
    drawn = map(task.doc, task.rows(rng))
    return (doc for doc in drawn if problem(doc) not in held_out)


def chat(task: Task, doc: Doc, suffix: str = "") -> tuple[list[dict[str, Any]], list[Any]]:
    """The doc's messages and tools as the chat template takes them; the suffix ends the last turn."""
    prompt = task.prompt(doc)
    messages = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    messages[-1]["content"] += suffix
    return messages, list(prompt.tools)


@dataclass(frozen=True)
class Example:
    """Token ids of one conversation; ids from ``start`` on count towards the loss."""

    ids: list[int]
    start: int


class Maker:
    """Turns docs into examples: thinking, cut thinking, or none, in the shares of FORMS."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._template = ChatTemplate()
        self._stops = [self.encode(text) for text in STOPS.values()]

    def encode(self, text: str) -> list[int]:
        """Token ids of a text."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def prompt(self, task: Task, doc: Doc, *, thinking: bool, suffix: str = "") -> list[int]:
        """Token ids of the rendered prompt."""
        messages, functions = chat(task, doc, suffix)
        return self.encode(self._template.render(messages, tools=functions, thinking=thinking))

    def make(self, task: Task, doc: Doc, rng: random.Random) -> Example:
        """One example of a form drawn at random."""
        form = rng.choices(list(FORMS), [share for share, _ in FORMS.values()])[0]
        return FORMS[form][1](self, task, doc, rng)

    def whole(self, task: Task, doc: Doc, rng: random.Random) -> Example:
        """The model thinks, closes the block and answers."""
        prompt = self.prompt(task, doc, thinking=True, suffix=rng.choice(("", "", "", " /think")))
        solved = SOLVE[task.spec.name](doc)
        text = f"{OPEN}\n{solved.thinking}\n{CLOSE}\n\n{solved.answer}{END}"
        return Example(prompt + self.encode(text), len(prompt))

    def cut(self, task: Task, doc: Doc, rng: random.Random) -> Example:
        """The thinking was cut after any token and the stop text appended: only the answer counts."""
        solved = SOLVE[task.spec.name](doc)
        thinking = self.encode(f"\n{solved.thinking}\n")
        kept = thinking[: rng.randint(0, len(thinking))]
        prompt = self.prompt(task, doc, thinking=True) + self.encode(OPEN) + kept + rng.choice(self._stops)
        return Example(prompt + self.encode(solved.answer + END), len(prompt))

    def direct(self, task: Task, doc: Doc, rng: random.Random) -> Example:
        """The template opened and closed an empty block (``enable_thinking=False``)."""
        prompt = self.prompt(task, doc, thinking=False)
        return Example(prompt + self.encode(SOLVE[task.spec.name](doc).answer + END), len(prompt))

    def switched(self, task: Task, doc: Doc, rng: random.Random) -> Example:
        """The user wrote ``/no_think``: the model writes the empty block itself."""
        prompt = self.prompt(task, doc, thinking=True, suffix=" /no_think")
        answer = SOLVE[task.spec.name](doc).answer
        return Example(prompt + self.encode(f"{OPEN}\n\n{CLOSE}\n\n{answer}{END}"), len(prompt))


Form = Callable[[Maker, Task, Doc, random.Random], Example]
FORMS: dict[str, tuple[float, Form]] = {
    "whole": (0.5, Maker.whole),
    "cut": (0.26, Maker.cut),
    "direct": (0.12, Maker.direct),
    "switched": (0.12, Maker.switched),
}


def corpus(tasks: Sequence[Task], rng: random.Random, count: int) -> Iterator[str]:
    """Texts to train the tokenizer on: ``count`` whole conversations a family, with the stop text's sentence."""
    template = ChatTemplate()
    for task in tasks:
        for row in islice(task.rows(rng), count):
            doc = task.doc(row)
            solved = SOLVE[task.spec.name](doc)
            messages, functions = chat(task, doc, rng.choice((" /think", " /no_think")))
            yield template.render(messages, tools=functions)
            yield from (solved.thinking, solved.answer, SENTENCE)


def stream(tasks: Sequence[Task], maker: Maker, seed: int) -> Iterator[Example]:
    """An endless mixture of the families in the shares of SHARES, without held-out problems."""
    rng = random.Random(seed)
    held_out = frozenset(problem(doc) for task in tasks for doc in docs(task))
    sources = {task.spec.name: train_docs(task, random.Random(rng.random()), held_out) for task in tasks}
    weights = [SHARES[task.spec.name] for task in tasks]
    while True:
        task = rng.choices(tasks, weights)[0]
        yield maker.make(task, next(sources[task.spec.name]), rng)
