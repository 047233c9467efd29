"""gpt-oss (harmony): a message to ``functions.name``, in the commentary channel.

Models write ``<|channel|>commentary to=functions.name <|constrain|>json<|message|>{...}<|call|>``, the chat template
``<|start|>assistant to=functions.name<|channel|>commentary json<|message|>{...}<|call|>``. All marks are special
tokens, which a server may drop; ``to=functions.name`` tells enough without them.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import Notation, Read, Schemas, called_at

CHANNEL = r"<\|channel\|>(?:commentary|analysis|final)"
BEGIN = regex(
    rf"(?:<\|start\|>(?:assistant)?\s*)?(?:{CHANNEL}\s*|(?:assistant)?(?:commentary|analysis)\s*)?\bto=functions\.([\w\-]{{1,200}}(?:\.[\w\-]{{1,200}}){{0,9}})"
    rf"(?:\s|{CHANNEL}|<\|constrain\|>|json|code)*(?:<\|message\|>)?"
)
TAIL = regex(r"\s*(?:<\|call\|>|<\|end\|>)?")


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    return called_at(match, match[1], TAIL)


HARMONY = Notation("the commentary channel, as of gpt-oss", BEGIN, _read, regex(r"\bto=functions\.[\w.\-]+"))
