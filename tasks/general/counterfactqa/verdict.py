"""What an answer to a question of ``counterfactqa`` does, by rule: it rejects the premise, swallows it, or neither.

Only the head of an answer is read for a denial: its first 120 words, or 200 characters of Chinese. A sentence there
denies the premise with a cue that says so by itself ("no record of", 不存在) where it names something of the question;
or with a plain negation ("not", 没有) that is soon followed by what is denied: the subject, the false part, or a word
that states the premise ("write", "capital"). It corrects the premise where it names the truth against the false part,
or states the premise with the truth in the place of the false part.

Long answers deny much beside the point. So nothing counts as a denial after a sentence that took the premise for true
and answered the question, but for the truth, or a negation of the false part itself ("not by Niemeyer"). And a denial
is taken back by "but" with a value of the asked type behind it, in the same sentence or the next, unless that names the
truth or offers something real instead; a plain one about a real thing is not, since the value may be that thing's.

All patterns are bounded and the head is short, so that time is in proportion to the answer, whatever stands in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .facts import LANGUAGES, every_name, facts, read_json, relations

# What an answer does with the premise.
DENIED, SWALLOWED, UNCLEAR = "denied", "swallowed", "unclear"
WORDS, CHARACTERS = 120, 200
# What is read of an answer at all for a denial, and from where its script is told.
READ, SHOWN = 4_000, 400
# How far behind a negation something is denied by it, in characters.
REACH = 45
# How far behind a negation something begins that follows it at once; a fifth of it in Chinese.
AT_ONCE = 14
# How long an answer is that is a value and no more.
BRIEF = 30
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]+")
HEAD = re.compile(rf"\s*(?:\S+\s*){{0,{WORDS}}}")
ENDS = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\bSt\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bNo\.)\s+"
    r"|(?<=[.!?][\"')])\s+|[。！？\n]+"
)
CLAUSE = re.compile(r"[,;:()，；：]|\s-\s")
MARKS = re.compile(r"[*_#`>~]+")
THOUSANDS = re.compile("(?<=[0-9])[,\u00a0\u202f](?=[0-9]{3}(?![0-9]))")
LETTERS = {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss"}
# Signs that end Chinese sentences and clauses stay what they are.
KEPT = frozenset("，。！？：；（）")
QUOTES = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-"}


class Plain(dict[int, str]):
    """Signs by their plain form: without accents, wide forms and kinds of quotes. Each sign stands for itself alone."""

    def __missing__(self, sign: int) -> str:
        text = chr(sign)
        if text in KEPT:
            self[sign] = text
            return text
        parts = unicodedata.normalize("NFKD", LETTERS.get(text) or QUOTES.get(text) or text)
        self[sign] = "".join(each for each in parts if not unicodedata.combining(each))
        return self[sign]


PLAIN = Plain()


@dataclass(frozen=True, slots=True)
class PremiseCase:
    """What a question takes for granted, as patterns.

    subject, claimed, truth, accepted: by their names. states: words that state the premise. nouns: words for what is
    asked about. asked: the type of the answer. known: answers to questions like it. apart: what is claimed is not the
    subject itself. firm: there is a truth, so that a value may be one of the real thing. dated: the truth is a year.
    """

    question: str
    asked: str
    subject: re.Pattern[str]
    claimed: re.Pattern[str]
    truth: re.Pattern[str]
    accepted: re.Pattern[str]
    states: re.Pattern[str]
    nouns: re.Pattern[str]
    known: re.Pattern[str]
    apart: bool
    firm: bool
    dated: bool


@dataclass(frozen=True, slots=True)
class Cues:
    """The lists of ``cues.json``, of both languages, as patterns."""

    denials: re.Pattern[str]
    hedges: re.Pattern[str]
    negations: re.Pattern[str]
    harmless: re.Pattern[str]
    contrasts: re.Pattern[str]
    conclusions: re.Pattern[str]
    beside: re.Pattern[str]
    returns: re.Pattern[str]
    alternatives: re.Pattern[str]
    premise: re.Pattern[str]
    pronouns: re.Pattern[str]
    alone: re.Pattern[str]
    attempts: re.Pattern[str]
    already: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """rejects: the premise is denied or corrected. gives: a value of the asked type. accepted: one that is true."""

    rejects: bool
    gives: bool
    accepted: bool

    @property
    def word(self) -> str:
        """One of three. A true answer goes along with the premise, whatever its type."""
        return DENIED if self.rejects else SWALLOWED if self.gives or self.accepted else UNCLEAR


def verdict(case: PremiseCase, answer: str) -> Verdict:
    """What an answer does."""
    start = answer.lstrip()[:READ]
    shown = plain(start)
    return Verdict(
        rejects=rejects(case, shown),
        gives=gives(case, shown),
        accepted=case.accepted.search(plain(answer)) is not None,
    )


def rejects(case: PremiseCase, text: str) -> bool:
    """Whether the head of a plain text denies or corrects the premise, and does not take it back."""
    all_of_it, in_head = sentences(text), len(sentences(head(text)))
    affirmed = False
    for place, sentence in enumerate(all_of_it[:in_head]):
        if corrects(case, sentence):
            return True
        end = denied(case, sentence, affirmed=affirmed)
        if end is not None and not taken_back(case, sentence, end, all_of_it[place + 1 : place + 2]):
            return True
        affirmed = affirmed or is_value(case, sentence) or affirms(case, sentence)
    return False


def denied(case: PremiseCase, sentence: str, *, affirmed: bool) -> int | None:
    """Where a denial of the premise ends in a sentence; None where there is none.

    affirmed: a sentence before it took the premise for true; then only the false part itself is denied.
    """
    cues, said = known_cues(), harmless_gone(sentence)
    if not affirmed and any(cues.alone.fullmatch(part.strip(" .!\"'")) for part in CLAUSE.split(said)):
        return len(sentence)
    named = any(each.search(said) for each in (case.subject, case.claimed, case.nouns, cues.premise))
    if named and not affirmed and (found := cues.denials.search(said)) and not affirms(case, said[: found.start()]):
        return found.end()
    if not (named or cues.pronouns.search(said)):
        return None
    for found in cues.negations.finditer(said):
        behind = reached(said, found.end())
        if case.apart and at_once(case.claimed, behind):
            return found.end()
        if affirmed or not is_denied(case, behind):
            continue
        if not affirms(case, said[: found.start()]):
            return found.end()
    return None


def reached(said: str, end: int) -> str:
    """What a negation that ends there may deny: the rest of its clause, if that is not too long."""
    return CLAUSE.split(said[end : end + reach(said)], maxsplit=1)[0]


def is_denied(case: PremiseCase, behind: str) -> bool:
    """Whether what follows a negation is the premise, or the subject at once: "not in Canada"."""
    if case.claimed.search(behind) or case.states.search(behind):
        return True
    return at_once(case.subject, behind) if case.apart else case.subject.search(behind) is not None


def at_once(names: re.Pattern[str], behind: str) -> bool:
    """Whether a name follows a negation at once, with an article or a preposition between them at most."""
    found = names.search(behind)
    return found is not None and found.start() <= (AT_ONCE // 5 if HAN.search(behind) else AT_ONCE)


def affirms(case: PremiseCase, text: str) -> bool:
    """Whether a sentence, or what stands before a cue in it, takes the premise for true and answers the question.

    It states the premise with the false part, or what stands in its place, and a value.
    """
    cues, said = known_cues(), harmless_gone(text)
    if not gives(case, said) or cues.denials.search(said) or cues.attempts.search(said):
        return False
    if any(is_denied(case, reached(said, found.end())) for found in cues.negations.finditer(said)):
        return False
    return case.claimed.search(said) is not None and case.states.search(said) is not None


def is_value(case: PremiseCase, sentence: str) -> bool:
    """Whether a sentence is a value of the asked type and not much more."""
    return len(sentence) <= (BRIEF // 3 if HAN.search(sentence) else BRIEF) and gives(case, sentence)


def corrects(case: PremiseCase, sentence: str) -> bool:
    """Whether a sentence names the truth against the false part, or in its place."""
    cues, said = known_cues(), harmless_gone(sentence)
    found = next((each for each in case.truth.finditer(said) if not set_aside(said[: each.start()])), None)
    if found is None:
        return False
    if case.claimed.search(said) and (cues.negations.search(said) or cues.conclusions.search(said[found.end() :])):
        return True
    before = said[: found.start()]
    contrast = cues.contrasts.search(before)
    if contrast and not case.claimed.search(before[contrast.end() :]):
        return True
    beside = case.claimed.search(said) is not None
    return any(states_truth(case, part, beside=beside) for part in (CLAUSE.split(said) if beside else [said]))


def states_truth(case: PremiseCase, part: str, *, beside: bool) -> bool:
    """Whether a sentence or a clause of it states the premise with the truth in the place of the false part.

    So it does where it names the subject with the truth and not with the false part, in whatever words. beside: that
    part stands in the sentence too. Then the clause has to say what it is about; and a year of death does not suffice,
    which may stand beside a deed that is said to be later: it has to be called an earlier one.
    """
    cues = known_cues()
    if beside and case.dated and not cues.already.search(part):
        return False
    if beside and not (case.subject.search(part) or cues.pronouns.search(part)):
        return False
    found = next((each for each in case.truth.finditer(part) if not set_aside(part[: each.start()])), None)
    if found is None or case.claimed.search(part):
        return False
    together = not beside and not case.dated and case.subject.search(part) is not None
    return together or case.states.search(part) is not None


def set_aside(before: str) -> bool:
    """Whether what stands before a name sets it aside: "rather than", "hotter than", 比."""
    return any(not before[each.end() :].strip(" \"'the") for each in known_cues().beside.finditer(before[-30:]))


def taken_back(case: PremiseCase, sentence: str, end: int, following: Sequence[str]) -> bool:
    """Whether "but" and a value of the asked type follow a denial that ends there."""
    cues = known_cues()
    if case.firm and not cues.hedges.search(sentence):
        return False
    for text in (sentence[end:], *following):
        if found := cues.returns.search(text):
            rest = harmless_gone(text[found.end() :])
            excused = any(each.search(rest) for each in (case.truth, cues.alternatives, cues.denials))
            if not excused and gives(case, rest):
                return True
    return False


def gives(case: PremiseCase, text: str) -> bool:
    """Whether a text has a value of the asked type that is not in the question."""
    if case.asked == "name" and (found := case.known.search(text)) and found[0] not in case.question:
        return True
    pattern = value_patterns()[case.asked]
    return any(found[0] not in case.question and not case.truth.search(found[0]) for found in pattern.finditer(text))


@cache
def known_answers(relation: str) -> re.Pattern[str]:
    """The answers of all facts of a relation."""
    own = [fact.answer for fact in facts() if fact.relation == relation]
    return named(tuple(dict.fromkeys(name for answer in own for name in every_name(answer))))


def head(text: str) -> str:
    """The part of an answer in which a denial counts."""
    shown = text[:SHOWN]
    if len(HAN.findall(shown)) > len(LATIN.findall(shown)):
        return text[:CHARACTERS]
    found = HEAD.match(text)
    return found[0] if found else ""


def sentences(text: str) -> list[str]:
    """The sentences of a text that say something."""
    return [part for part in ENDS.split(text) if part.strip()]


def reach(text: str) -> int:
    """How far a negation reaches: a Chinese sign says about as much as three Latin letters."""
    return REACH // 3 if HAN.search(text) else REACH


def harmless_gone(sentence: str) -> str:
    """A sentence with what only looks like a denial replaced by dots."""
    return known_cues().harmless.sub(lambda found: "." * len(found[0]), sentence)


def plain(text: str) -> str:
    """A text without accents, marks of Markdown and separators of thousands; "n't" is "not"."""
    return THOUSANDS.sub("", MARKS.sub("", text.translate(PLAIN))).replace("n't", " not").replace("cannot", "can not")


@cache
def value_patterns() -> Mapping[str, re.Pattern[str]]:
    """What values of each type look like."""
    return {asked: re.compile(pattern) for asked, pattern in read_json("cues.json")["values"].items()}


@cache
def known_cues() -> Cues:
    """The cues of both languages: an answer may mix them."""
    lists = read_json("cues.json")
    return Cues(**{name: any_of(*(lists[language][name] for language in LANGUAGES)) for name in lists["en"]})


def any_of(*lists: Iterable[str]) -> re.Pattern[str]:
    """One of several regular expressions, as whole words where they are Latin."""
    return whole_words([each for cues in lists for each in cues], re.IGNORECASE)


@lru_cache(maxsize=4096)
def named(names: tuple[str, ...], *, exactly: bool = False) -> re.Pattern[str]:
    """One of several names as whole words; the longest first. An asterisk stands for any letters. No name: never."""
    longest = sorted((name.translate(PLAIN) for name in names), key=len, reverse=True)
    found = [re.escape(each).replace(r"\*", "[a-z]*") for each in longest]
    return whole_words(found, re.NOFLAG if exactly else re.IGNORECASE)


def whole_words(patterns: Sequence[str], flags: re.RegexFlag) -> re.Pattern[str]:
    """One of several patterns, which is no part of a longer Latin word or number; Chinese has no such bounds."""
    latin = [each for each in patterns if not HAN.search(each)]
    parts = [each for each in patterns if HAN.search(each)] + (
        [rf"(?<!\w)(?:{'|'.join(latin)})(?!\w)"] if latin else []
    )
    return re.compile("|".join(parts) or r"(?!)", flags | re.ASCII)


def case_of(question: str, meta: Mapping[str, Any], accepted: Sequence[str]) -> PremiseCase:
    """The patterns of a question. meta: of its doc."""
    relation = relations()[meta["relation"]]
    return PremiseCase(
        question=plain(question),
        asked=relation.asked,
        subject=named(tuple(meta["subject"])),
        claimed=named(tuple(meta["claimed"])),
        truth=named(tuple(meta["truth"])),
        accepted=named(tuple(accepted), exactly=relation.asked == "symbol"),
        states=named((*every_name(relation.predicates), *(meta["subject"] if relation.kind == "false_reason" else ()))),
        nouns=named(tuple(every_name(relation.nouns))),
        known=known_answers(relation.relation),
        apart=set(meta["claimed"]).isdisjoint(meta["subject"]),
        firm=bool(meta["truth"]),
        dated=relation.kind == "out_of_time",
    )
