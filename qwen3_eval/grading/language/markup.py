r"""What of an answer is written in a language: not its code, formulas, addresses and markup.

Every pattern is linear in the length of the text.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.patterns import regex

# What stands at the beginning and at the end of a longer text is looked at.
LONGEST = 200_000
FENCED = regex(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
INLINE = regex(r"`[^`\n]{1,300}`")
FORMULAS = regex(
    r"\$\$[^$]{1,5000}\$\$|\\\[(?:(?!\\\]).){1,5000}\\\]|\\\((?:(?!\\\)).){1,2000}\\\)"
    # "$5 and $6" is no formula: none begins or ends with a space, nor goes on with a digit.
    r"|\$(?=[^\s$])[^$\n]{1,500}(?<=[^\s$])\$(?!\d)",
    re.DOTALL,
)
# "\begin{aligned}", "\frac", and what is left of a formula that was not closed.
COMMANDS = regex(r"\\(?:begin|end)\{\w{1,20}\*?\}|\\boxed\{[^{}\n]{0,100}\}|\\[A-Za-z]{1,40}")
ADDRESSES = regex(r"\b(?:https?://|www\.)\S{1,2000}|\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}")
TAGS = regex(r"</?[A-Za-z][^<>\n]{0,200}>|&[a-z]{2,8};")


def prose(text: str) -> str:
    """The text without code, formulas, addresses and tags; each leaves a space."""
    if len(text) > 2 * LONGEST:
        text = f"{text[:LONGEST]}\n{text[-LONGEST:]}"
    for pattern in (FENCED, INLINE, FORMULAS, COMMANDS, ADDRESSES, TAGS):
        text = pattern.sub(" ", text)
    return text
