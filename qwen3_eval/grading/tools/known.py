"""The formats that are read, by name."""

from __future__ import annotations

from collections.abc import Mapping

from qwen3_eval.grading.tools.call import Notation
from qwen3_eval.grading.tools.deepseek import DEEPSEEK
from qwen3_eval.grading.tools.gemma import GEMMA
from qwen3_eval.grading.tools.glm import GLM
from qwen3_eval.grading.tools.harmony import HARMONY
from qwen3_eval.grading.tools.hermes import HERMES
from qwen3_eval.grading.tools.invoke import DSML, MINIMAX
from qwen3_eval.grading.tools.kimi import KIMI
from qwen3_eval.grading.tools.minimax_m3 import MINIMAX_M3
from qwen3_eval.grading.tools.mistral import MISTRAL
from qwen3_eval.grading.tools.nemotron import NEMOTRON
from qwen3_eval.grading.tools.xml import QWEN, SEED, XML
from qwen3_eval.toolcalls import CallFormat

# Where marks of several stand in a text, the first is named.
NOTATIONS: Mapping[CallFormat, Notation] = {
    "dsml": DSML,
    "deepseek": DEEPSEEK,
    "glm": GLM,
    "minimax_m3": MINIMAX_M3,
    "minimax": MINIMAX,
    "kimi": KIMI,
    "nemotron": NEMOTRON,
    "gemma": GEMMA,
    "mistral": MISTRAL,
    "harmony": HARMONY,
    "seed": SEED,
    "xml": XML,
    "hermes": HERMES,
}


def notation_of(format: CallFormat | None) -> Notation:
    """How a format is read: that of a family, or both of Qwen's where nothing is known or no functions are shown."""
    return QWEN if format is None else NOTATIONS.get(format, QWEN)


def others(notation: Notation) -> list[Notation]:
    """The formats that a text is not to be in where this one is expected."""
    own = (XML, HERMES, SEED) if notation is QWEN else (notation,)
    return [each for each in NOTATIONS.values() if each not in own]
