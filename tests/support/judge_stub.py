"""A judge without a model: it answers readably in the form that its prompt asks for, the same to the same prompt.

In tests: ``MockEngine(judge_stub.reply)``, or ``with judge_stub.server() as stub`` for one behind a URL. What it thinks
of a text is drawn from the text, so that an answer is worth the same wherever it stands.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stub_server import Stub

from qwen3_eval.engines.base import Request

# Role and content of each message.
Messages = Sequence[tuple[str, str]]
LABELS = ("A>>B", "A>B", "A=B", "B>A", "B>>A")
UNREADABLE = "I would rather not put a number on that."
ANSWERS = re.compile(r"Start of Assistant [AB]'s Answer\|>\n(.*?)\n<\|The End of Assistant", re.DOTALL)
DIMENSION = re.compile(r"^\d+\. ([^:：\n]+)[:：]", re.MULTILINE)
OVERALL = "综合得分"


def drawn(text: str, most: int) -> int:
    """A number from 1 to ``most`` that belongs to a text."""
    return 1 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % most


def said(messages: Messages, unread: float = 0.0) -> str:
    """The reply to a conversation. unread: share of the prompts that get no verdict, whenever they are asked."""
    system = "\n".join(content for role, content in messages if role == "system")
    asked = next((content for role, content in messages if role == "user"), "")
    if drawn(f"read {system} {asked}", 1000) <= 1000 * unread:
        return UNREADABLE
    form = next(form for belongs, form in FORMS if belongs(system, asked))
    return form(asked)


def game(asked: str) -> str:
    """A label for two answers; the better one is the same in either place."""
    first, second = (drawn(text.strip(), 20) for text in (*ANSWERS.findall(asked), asked, asked)[:2])
    lead = first - second
    label = LABELS[2 if lead == 0 else (0 if lead > 6 else 1) if lead > 0 else (4 if lead < -6 else 3)]
    return (
        f"My own answer would be short.\n\nAssistant A is worth {first} of 20 to me, assistant B {second} of 20. Both "
        f"stay on the topic; the better one says more with fewer words.\n\nMy final verdict is: [[{label}]]"
    )


def dimensions(asked: str) -> str:
    """Marks by the names that the prompt lists, then a dictionary on one line."""
    names = DIMENSION.findall(asked.partition("我们会给您")[0]) or ["事实正确性"]
    marks = {name: drawn(name + asked, 10) for name in names}
    marks[OVERALL] = round(sum(marks.values()) / len(marks))
    told = "\n".join(f"{name}：与参考答案相比，答案大体成立。得分：{mark}" for name, mark in marks.items())
    return f"{told}\n\n{marks}"


def criteria(asked: str) -> str:
    """An analysis, then a mark of 0 to 20 for each criterion that the prompt lists at its end."""
    names = re.findall(r"^- (.+)$", asked[asked.rfind("criteria:") :], re.MULTILINE) or ["Coherent"]
    marks = "\n".join(f"{name}: {drawn(name + asked, 21) - 1}" for name in names)
    return f"[Analysis]\n\nThe piece keeps its voice, and takes its time with the ending.\n\n[Scores]\n\n{marks}"


def scored_json(asked: str) -> str:
    """A fenced object with a mark of 1 to 10 and its reason."""
    reason = "The response meets the criterion in its first half and repeats itself in its second."
    return f'```json\n{{\n    "score": {drawn(asked, 10)},\n    "reason": "{reason}"\n}}\n```'


def bracket(asked: str) -> str:
    """A mark of 1 to 10 in brackets."""
    return f"Plainly written, and to the point. [{drawn(asked, 10)}]"


# What a prompt is known by, and how it is answered; the last takes whatever is left.
FORMS: Sequence[tuple[Callable[[str, str], bool], Callable[[str], str]]] = (
    (lambda system, asked: "[[A>>B]]" in system or "[[A>B]]" in system, game),
    (lambda system, asked: OVERALL in asked, dimensions),
    (lambda system, asked: '"score":' in asked and '"reason":' in asked, scored_json),
    (lambda system, asked: "0-20" in asked, criteria),
    (lambda system, asked: True, bracket),
)


def reply(request: Request) -> str:
    """For ``MockEngine``."""
    return said([(message.role, message.content) for message in request.prompt.messages])


def replies(unread: float) -> Callable[[Request], str]:
    """The same, with a share of replies that cannot be read."""
    return lambda request: said([(message.role, message.content) for message in request.prompt.messages], unread)


def content(body: Mapping[str, Any]) -> str:
    """What a server answers to the body of a request."""
    return said([(message["role"], message["content"]) for message in body["messages"]])


def server(**settings: Any) -> Stub:
    """A judge behind a URL; settings are those of ``Stub``."""
    return Stub(text=content, **settings)
