"""Answers to a task's questions, made without a model: the same for the same question each time.

Which form an answer has is drawn by the question's id. About half hold the gold answer in some form; the others are
wrong, or in a form that a scorer must refuse.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

OPEN = "<think>"
Response = str | dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A line of ``prompts.jsonl``. draw: a number that belongs to the question, the sample and a salt."""

    text: str
    target: Any
    protocol: str
    draw: int

    @property
    def gold(self) -> str:
        """The gold answer as text."""
        return self.target if isinstance(self.target, str) else json.dumps(self.target, ensure_ascii=False)

    @property
    def letter(self) -> str:
        """A letter from A to J."""
        return "ABCDEFGHIJ"[self.draw // 7 % 10]

    @property
    def number(self) -> int:
        """A number from 0 to 999."""
        return self.draw // 11 % 1000


Form = Callable[[Question], Response]


def drawn(*parts: object) -> int:
    """A number of 48 bits that belongs to the parts."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:6], "big")


def predictions(
    prompts: Sequence[Mapping[str, Any]], *, samples: int, salt: str, forms: Sequence[Form] = ()
) -> Iterator[dict[str, Any]]:
    """A line of a predictions file for each doc and sample. forms: those of the task alone, in place of all others."""
    for row in prompts:
        for sample in range(samples):
            draw = drawn(salt, row["task"], row["id"], sample)
            question = Question(row["text"], row["target"], row["protocol"], draw)
            own = formed(question, row["task"], forms) if forms else answer(question, row["task"])
            yield {"id": row["id"], "sample": sample, **own}


def formed(question: Question, task: str, forms: Sequence[Form]) -> dict[str, Any]:
    """An answer in one of the forms; several replies where the task takes them."""
    if task not in CONVERSATIONS:
        return {"response": forms[question.draw % len(forms)](question)}
    turns = [replace(question, draw=drawn(question.draw, number)) for number in range(1 + question.draw % 4)]
    return {"responses": [forms[turn.draw % len(forms)](turn) for turn in turns]}


def answer(question: Question, task: str) -> dict[str, Any]:
    """The answer's fields in a line of predictions."""
    if task in CONVERSATIONS:
        return {"responses": conversation(question)}
    forms: list[Form] = [*RIGHT[question.protocol], *RIGHT[question.protocol], *OTHERS]
    if calls := list(calls_in(question.target)):
        question = replace(question, target=calls)
        forms = [*[called] * len(OTHERS), *OTHERS]
    elif program(question):
        forms = [*[fenced_program] * len(OTHERS), *OTHERS]
    elif ASKS_FOR_A_PROGRAM.search(question.text):
        forms = [*PROGRAMS, *PROGRAMS, *PROGRAMS, *forms]
    found = forms[question.draw % len(forms)](question)
    cut = {"finish_reason": "length"} if question.draw % 17 == 0 else {}
    return {"response": found, **cut}


def conversation(question: Question) -> list[Response]:
    """Replies to several turns: the calls that are wanted, or texts."""
    turns = question.target if isinstance(question.target, list) else [question.target]
    said: list[Response] = []
    for number, turn in enumerate(turns[:6]):
        calls = list(calls_in(turn))
        kept = (calls, calls, calls, calls[1:], slipped(calls))[(question.draw >> number) % 5]
        text = call_texts(kept) if kept else spoken(question, number)
        said += [text, "Done."] if kept and question.draw % 3 == 0 else [text]
    return said[: 1 + question.draw % 8]


def slipped(calls: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The calls without the last argument of each."""
    return [{**call, "arguments": dict(list(call["arguments"].items())[:-1])} for call in calls]


def spoken(question: Question, number: int) -> str:
    """A text without calls."""
    texts = (
        "it is all done in lower case, and nothing is missing.",
        f"**Highlight**\n\n* one\n* two\n* three\n\nP.S. {question.number}",
        "<<A title>>\n\n" + "words and words " * 60,
        '"{}"'.format("Quoted from end to end"),
        "",
    )
    return texts[(question.draw >> number) % len(texts)]


def calls_in(target: Any) -> Iterator[dict[str, Any]]:
    """The calls that a target names, in any of the ways in which benchmarks write them."""
    if isinstance(target, list):
        for each in target:
            yield from calls_in(each)
    elif isinstance(target, str):
        yield from _python_call(target)
    elif isinstance(target, dict) and {"name", "arguments"} <= set(target):
        yield {"name": target["name"], "arguments": target["arguments"]}
    elif isinstance(target, dict) and len(target) == 1 and isinstance(only := next(iter(target.values())), dict):
        chosen = {name: values[0] for name, values in only.items() if isinstance(values, list) and values}
        yield {"name": next(iter(target)), "arguments": {name: value for name, value in chosen.items() if value != ""}}


def _python_call(text: str) -> Iterator[dict[str, Any]]:
    """A call in Python's notation, where a text is one and no more."""
    if not re.fullmatch(r"[\w.]+\(.*\)", text, re.DOTALL):
        return
    try:
        call = ast.parse(text, mode="eval").body
        if isinstance(call, ast.Call):
            arguments = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
            yield {"name": ast.unparse(call.func), "arguments": arguments}
    except (ValueError, SyntaxError):
        return


def call_texts(calls: Sequence[Mapping[str, Any]]) -> str:
    """Calls as a Qwen3 model writes them."""
    return "\n".join(f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>" for call in calls)


def called(question: Question) -> Response:
    """The calls that are the question's target, as text or as an assistant's message; at times one is missing."""
    calls = (question.target, question.target, question.target[1:], slipped(question.target))[question.draw // 3 % 4]
    if question.draw // 5 % 2:
        return call_texts(calls)
    made = [{"type": "function", "function": {**call, "arguments": json.dumps(call["arguments"])}} for call in calls]
    return {"role": "assistant", "content": "", "reasoning_content": "Which function?", "tool_calls": made}


def program(question: Question) -> str:
    """A program by the target, or empty: a whole function, or the rest of one that the prompt begins."""
    gold = question.target if isinstance(question.target, str) else ""
    if re.match(r"\s*def \w+\(", gold) or (re.match(r"\n*    \S", gold) and question.protocol == "base"):
        return gold
    begun = re.findall(r"```python\n(.*?)```", question.text, re.DOTALL)
    return f"{begun[-1]}{gold}" if begun and re.match(r"\n*    \S", gold) else ""


def fenced_program(question: Question) -> str:
    """The right program, at times with a slip."""
    text = program(question)
    if question.draw // 3 % 4 == 0:
        text = text.replace("return", "return not", 1)
    return text if question.protocol == "base" else f"Here it is:\n\n```python\n{text}\n```\nThat is all."


def small_program(question: Question) -> str:
    """A short function by the name that the prompt has, whatever it should do."""
    names = re.findall(r"(?:def |assert )(\w+)\(", question.text)
    name = names[-1] if names else "f"
    return f"```python\ndef {name}(*args):\n    return args[0] if args else {question.number}\n```"


def small_class(question: Question) -> str:
    """A class for tasks that ask for a method, and a program that reads its input for those that ask for that."""
    names = re.findall(r"def (\w+)\(self", question.text)
    if names:
        return (
            f"```python\nclass Solution:\n    def {names[-1]}(self, *args):\n        return {question.number % 3}\n```"
        )
    return f"```python\nlines = open(0).read().split()\nprint(len(lines) % {2 + question.number % 3})\n```"


def small_cpp(question: Question) -> str:
    """A program in C++ that prints a number."""
    return f'```cpp\n#include <cstdio>\nint main() {{ puts("{question.number % 3}"); }}\n```'


def thought(question: Question) -> Response:
    """A message whose thinking is apart, and ended."""
    return {"role": "assistant", "reasoning_content": "Let me see.", "content": f"\\boxed{{{question.gold}}}"}


def house_grid(question: Question) -> str:
    """A puzzle's solution as JSON, at times with two houses exchanged."""
    rows = question.target
    if isinstance(rows, dict) and len(rows) > 1 and question.draw // 3 % 3 == 0:
        first, second, *_ = rows
        rows = {**rows, first: rows[second], second: rows[first]}
    return f"```json\n{json.dumps({'reasoning': 'by the clues', 'solution': rows}, ensure_ascii=False)}\n```"


CHAT: Sequence[Form] = (
    lambda q: f"So we get\n\n\\boxed{{{q.gold}}}",
    lambda q: f"The final answer is $\\boxed{{{q.gold}}}$.",
    lambda q: f'```json\n{{"answer": {json.dumps(q.gold, ensure_ascii=False)}}}\n```',
    lambda q: f'"answer": "{q.gold}"',
    lambda q: f"**{q.gold}**",
    lambda q: f"The answer is ({q.gold}).",
    lambda q: f"Step 1: think.\nStep 2: answer.\n\n<solution>{q.gold}</solution>",
    lambda q: q.gold,
    lambda q: f"答案是 {q.gold}。",
    thought,
    house_grid,
)
BASE: Sequence[Form] = (
    lambda q: f" {q.gold}\n\nQuestion: what next?",
    lambda q: f" We add. So the answer is {q.gold}.\n\nQ: another",
    lambda q: f" {q.gold}",
    lambda q: f" The answer is ({q.gold}).",
    lambda q: f" The final answer is ${q.gold}$. I hope it is correct.",
    lambda q: f"{q.gold}\n[DONE]",
    lambda q: f"\n#### {q.gold}\n",
)
RIGHT: Mapping[str, Sequence[Form]] = {"chat": CHAT, "base": BASE}
PROGRAMS: Sequence[Form] = (small_program, small_class, small_cpp)
OTHERS: Sequence[Form] = (
    lambda q: f"\\boxed{{{q.number}}}",
    lambda q: f"The answer is \\boxed{{\\frac{{{q.number}}}{{7}}}}.",
    lambda q: f'"answer": "{q.letter}"',
    lambda q: f"The correct option is {q.letter}, not {chr(ord(q.letter) + 1)}.",
    lambda q: f" {q.letter}",
    lambda q: "",
    lambda q: f"{OPEN}\nLet me see: {q.gold}, or",
    lambda q: f"It is {q.number:,}, I am sure.",
    lambda q: call_texts([{"name": "search", "arguments": {"query": q.letter}}]),
    lambda q: "I cannot help with that.",
    lambda q: " ".join(q.text.split()[-40:]),
    *PROGRAMS,
)
ASKS_FOR_A_PROGRAM = re.compile(r"\b(python|function|program)\b", re.IGNORECASE)
# Tasks whose answers are several replies.
CONVERSATIONS = ("bfcl_v3", "multi_if", "tooluse")
