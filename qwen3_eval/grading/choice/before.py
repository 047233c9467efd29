r"""What stands before a letter: whether it announces the letter as the answer.

Read from the letter to the left through a window of fixed length, so that a text is judged in linear time.
"""

from __future__ import annotations

import re

from qwen3_eval.grading.choice.letters import composed
from qwen3_eval.grading.choice.words import DOUBT, DOUBT_UNSPACED, LANGUAGES, UNSPACED
from qwen3_eval.grading.patterns import regex

WINDOW = 240
LONGEST_CHAIN = 12
LONGEST_COMMAND = 32
# Colons of Bengali, Devanagari, Armenian, Khmer and Ethiopic included.
MARKUP = " \t\r\n\"'`*_~#$\\({[<>|:=-–—→⇒ঃः՝៖፦】]“”„«»「『【〔《"
LINK_MARKS = frozenset(":=-–—→⇒>ঃः՝៖፦】]")
STOPS = regex(r"[\s\"`*_~#$\\({\[<>|:=,;.!?)\]}៖፦։។၊။，。；！？、「」『』【】《》“”„«»।]")


def _words(field: str) -> frozenset[str]:
    return frozenset(word for words in LANGUAGES.values() for word in composed(getattr(words, field)).split())


def _phrases(field: str) -> frozenset[str]:
    fields = [composed(getattr(words, field)).split(",") for words in LANGUAGES.values()]
    return frozenset(phrase.strip() for phrases in fields for phrase in phrases) - {""}


ANSWERS = frozenset(phrase for phrase in _phrases("answer") if " " not in phrase)
ANSWER_PHRASES = tuple(phrase for phrase in _phrases("answer") if " " in phrase)
LINKED_PHRASES = tuple(f" {phrase}" for phrase in _phrases("linked"))
OPTIONS, CORRECT, LINKS, FILLERS = (_words(field) for field in ("option", "correct", "link", "filler"))
KNOWN = OPTIONS | CORRECT | LINKS | FILLERS
# What may follow the letter after a word for "answer", in the languages whose verb comes last.
VERB_LAST: dict[str, tuple[str, ...]] = {}
for _language in LANGUAGES.values():
    for _phrase in composed(_language.answer).split(",") if _language.after else ():
        VERB_LAST[_phrase.strip()] = (*VERB_LAST.get(_phrase.strip(), ()), *composed(_language.after).split())

VERBS = tuple({verb for verbs in VERB_LAST.values() for verb in verbs})

UNSPACED_HEAD = regex(rf"(?:{composed('|'.join(UNSPACED.values()))})[\s:*\"'`「『（(\[{{$\\=-]*\Z")
COMMAND = regex(
    r"(?:\\(?:text(?:bf|it|rm|sf|tt|sc|up)?|math(?:rm|bf|it|sf|tt|bb|cal)|bm|pmb|boldsymbol|operatorname|"
    r"underline|emph|large|Large|huge|rm|bf|it)|\\(?:text)?color\s*\{[\w!]{1,20}\}?|</?(?:b|i|u|em|p|br|strong|span|code|h[1-6]|li))\Z"
)
BOX = regex(r"\\(?:boxed|fbox|framebox)\Z")
GAP = regex(
    r"\b(?:answer|(?:correct|right|best|accurate|appropriate|likely|suitable|final) (?:answer|option|choice|response|"
    r"statement|selection|alternative))\s+(?:to|for|of|in|here|among|based|from|that|which|according|given|is)\b"
    r"[^.?!;:\n]*\Z",
    re.IGNORECASE,
)
NEGATED = regex(r"\b(?:not|cannot|never|no|none|neither|nor|except|incorrect|wrong)\b|n't\b", re.IGNORECASE)
EXAMPLE = regex(r"\b(?:e\.g\.|eg\.|for example|for instance|such as)[\s,:({\"'`*]*\Z", re.IGNORECASE)
SENTENCES = regex(r"[.!?;:,\n]")
RANGE = regex(r"(?<![A-Za-z])[A-Z] ?[-–—] ?\Z")
CHOOSING = regex(
    r"\b(?:i|we|i'd|i'll|i'm|we'll|we'd|let's|therefore|thus|hence|so)\s+"
    r"(?:(?:i|we|will|would|must|should|have to|therefore|thus|can|am going to|confidently|finally|then)\s+){0,4}"
    r"(?:choose|pick|select|go with|opt for|chose|selected|picked|going with|answer|answer with)\s*\Z",
    re.IGNORECASE,
)
# "I choose B." and not "we choose B to be the base".
CHOSEN = regex(r"[ \t\"'`*_)}\]]*(?:[.,;:!(\n]|\Z|because\b|since\b|as (?:it|this|that|the|my)\b)", re.IGNORECASE)
CHOOSING_WORDS = frozenset("choose pick select with for chose selected picked answer".split())


# Names of a JSON field that holds the answer, besides words for "answer".
FIELDS = frozenset(("choice", "selection"))
# Words that may stand right before a letter that is announced as the answer.
BEFORE_LETTER = KNOWN | ANSWERS | CHOOSING_WORDS | {phrase.split()[-1] for phrase in LINKED_PHRASES + ANSWER_PHRASES}


def declared(text: str, start: int, end: int) -> bool:
    r"""Whether what stands before the letter from ``start`` to ``end`` announces it as the answer.

    ``\boxed{``, ``"answer": "``, ``the correct answer is option``, ``答案是`` and their like do.
    """
    return _Chain(text, start, end).leads_to_answer()


class _Chain:
    """The words before a letter, taken off one by one."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.end = text, end
        self.left = text[max(0, start - WINDOW) : start]
        # link: "is" or a colon was met. newline: the letter stands below. option, correct: such words left of the link.
        self.link = self.newline = self.option = self.correct = False

    def leads_to_answer(self) -> bool:
        if RANGE.search(self.left[-4:]):
            return False
        for _ in range(LONGEST_CHAIN):
            bare = self._without_marks()
            if not bare:
                return False
            if command := COMMAND.search(bare, max(0, len(bare) - LONGEST_COMMAND)):
                self.left = bare[: command.start()]
                continue
            found = self._decide(bare)
            if found is not None:
                return found
        return False

    def _without_marks(self) -> str:
        bare = self.left.rstrip(MARKUP)
        beside, newline, _ = self.left[len(bare) :].partition("\n")
        self.newline = self.newline or bool(newline)
        self.link = self.link or not LINK_MARKS.isdisjoint(beside)
        return bare

    def _decide(self, bare: str) -> bool | None:
        """True or False when the last word settles it; None when the words before it must be read."""
        if BOX.search(bare, max(0, len(bare) - 12)):
            return True
        if bare[-1] >= "\u0e00" and _ends_unspaced(bare):
            return True
        word = STOPS.split(bare[-40:])[-1].lstrip("'")
        lower, rest = word.lower(), bare[: len(bare) - len(word)]
        if lower in ANSWERS and (self._linked(rest) or self._verb_follows(lower)):
            return not _doubted(rest)
        if self.link and lower in FIELDS and rest[-1:] in ('"', "'"):
            return True
        ending = f" {' '.join(bare[-40:].lower().split())}"
        if (self._linked(rest) and ending.endswith(ANSWER_PHRASES)) or ending.endswith(LINKED_PHRASES):
            return True
        if lower in CHOOSING_WORDS and CHOOSING.search(bare[-60:]):
            return CHOSEN.match(self.text, self.end) is not None
        if (lower not in KNOWN and lower not in ANSWERS) or (len(word) == 1 and word != lower):
            return self.link and _across_gap(bare)
        return self._pass_over(lower, rest)

    def _pass_over(self, lower: str, rest: str) -> bool | None:
        if lower in LINKS:
            self.link, self.option, self.correct = True, False, False
        self.option, self.correct = self.option or lower in OPTIONS, self.correct or lower in CORRECT
        named = self.option and self.correct and (lower in OPTIONS or lower in CORRECT)
        if named and (self.link or self._followed_by(VERBS)):
            return not _doubted(rest)
        self.left = rest
        return None

    def _linked(self, rest: str) -> bool:
        return self.link or (self.newline and _heads_a_line(rest))

    def _verb_follows(self, lower: str) -> bool:
        """Whether the verb of a language like Hindi stands right behind the letter."""
        return lower in VERB_LAST and self._followed_by(VERB_LAST[lower])

    def _followed_by(self, verbs: tuple[str, ...]) -> bool:
        return self.text[self.end : self.end + 24].lstrip(" \"'*)]}.-").startswith(verbs)


def _heads_a_line(rest: str) -> bool:
    """Whether a word for "answer" is all that its line says, as in a heading."""
    line = rest.rpartition("\n")[2]
    return all(word.lower() in KNOWN or word.rstrip(".").isdigit() for word in STOPS.split(line) if word)


def _doubted(rest: str) -> bool:
    """Whether what stands right before "answer" makes it something else: "if the answer is C", "e.g. answer: C"."""
    rest = rest[-60:]
    if EXAMPLE.search(rest):
        return True
    words = [word for word in STOPS.split(SENTENCES.split(rest)[-1].lower()) if word]
    while words and words[-1] in KNOWN and words[-1] not in DOUBT:
        words.pop()
    return bool(words) and words[-1] in DOUBT and words[-2:] != ["is", "why"]


def _ends_unspaced(bare: str) -> bool:
    tail = bare[-40:]
    head = UNSPACED_HEAD.search(tail)
    return head is not None and not tail[: head.start()].endswith(DOUBT_UNSPACED)


def _across_gap(bare: str) -> bool:
    """Whether words that are not known one by one lead to "answer": "the correct answer to this question is"."""
    gap = GAP.search(bare)
    return gap is not None and not NEGATED.search(gap[0]) and not _doubted(bare[: gap.start()])
