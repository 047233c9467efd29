"""DeepSeek's marks, in three forms.

V3.1 and V3.2-Exp: ``<｜tool▁call▁begin｜>name<｜tool▁sep｜>{...}<｜tool▁call▁end｜>``. V3-0324, R1-0528: ``function``
before the separator, and behind it the name on a line of its own and the arguments in a fenced block. Templates that
servers ship for V3: one JSON object with ``name`` and ``parameters``.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex
from qwen3_eval.grading.tools.call import NAME, CallForm, Read, Schemas, called_at, listed_at

BEGIN = regex(
    r"(?:<｜tool▁calls▁begin｜>\s*)?<｜tool▁call▁begin｜>\s*"
    rf"(?:\w+\s*<｜tool▁sep｜>\s*(?P<fenced>{NAME})\s*```(?:json)?|(?P<bare>{NAME})\s*<｜tool▁sep｜>|(?=\{{))"
)
TAIL = regex(r"\s*(?:```)?\s*(?:<｜tool▁call▁end｜>)?(?:\s*<｜tool▁calls▁end｜>)?")


def _read(match: re.Match[str], schemas: Schemas) -> Read:
    name = match["fenced"] or match["bare"]
    return called_at(match, name, TAIL) if name else listed_at(match, TAIL, ("parameters", "arguments"))


DEEPSEEK = CallForm(
    "DeepSeek's tool marks",
    BEGIN,
    _read,
    regex(r"<｜tool▁(?:calls?▁begin|sep)｜>|<\|tool_calls?_begin\|>\s*function<"),
)
