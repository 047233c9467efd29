"""Whether an announcement states the answer, supposes one, or is a hypothesis, a report, a denial or an example.

Read from the sentence around the letter, through windows of fixed length. What is clear is no announcement at all; what
is open (an "if" with a plain "is", words put into somebody's mouth) is ``supposed`` and counts only where nothing else
is announced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from qwen3_eval.grading.choice.letters import composed
from qwen3_eval.grading.choice.unreal import PARTS, UNREAL
from qwen3_eval.grading.choice.words import LANGUAGES
from qwen3_eval.grading.patterns import regex

Mood = Literal["stated", "supposed", "no"]

WINDOW, RIGHT = 300, 90
ENDS = (". ", "! ", "? ", ".\n", "。", "！", "？", "।", "۔", "؟", "\n")
ASCII_ENDS = tuple(filter(str.isascii, ENDS))
# A line that ends so is continued by the next one.
CONTINUED = (":", ",", "：", "，", "、", "،")
THEN = regex(r"[\W_]*(?:then|in (?:that|this|such a|which) case|under (?:that|this|those|these))\b", re.IGNORECASE)
SPLIT = regex(r"[\s\"`*_~#$\\({\[<|:=,;.!?)\]}。！？、，：「」『』“”„«»।۔،؟–—]+")
# A word that goes on with a clause, and what may lie between a verb of saying and the letter: up to five of them.
WORD = r"(?!(?:but|so|and|because|since|whereas|while|yet|hence|thus|therefore|which|then)\b)[\w'’-]+"
SAID = rf"\b(?:\s+that)?[\s:\"'“*]*(?:{WORD}[\s:\"'“*]+){{0,5}}[\W_]*\Z"

FORCED = regex(
    r"\bif\s+(?:(?:i|we|you|one|it|that|only|absolutely|really|just|a|single|option|answer)\s+)*"
    r"(?:(?:had|have|has|were|was|am|are|is|must|need|needed|may|can|could|should|be|to)\s+)*"
    r"(?:guess|choose|pick|select|bet|decide|answer|give|commit|forced|pressed|required|chosen|picked|correct|right)\b",
    re.IGNORECASE,
)
SUBJECT = r"\s+(?:the|it|this|that|these|we|you|i|they|there|a|an|one|he|she|any|its|our)\b"
# "Had the question asked", and within a sentence "but were it so": the latter may be a plain past.
INVERTED = regex(rf"(?:\A[\W_]*(?i:had|were|should)|\b(?:Had|Were|Should)){SUBJECT}")
INVERTED_LATER = regex(rf"(?:[,;:(–—]|\b(?:but|and|however|also|though|although|that))\s*(?:had|were){SUBJECT}")
CONDITION = regex(
    r"\b(?:if|unless|suppos(?:e|ing)|imagin(?:e|ing)|assum(?:e|ing)|provid(?:ed|ing)|otherwise|or else|hypothetically|"
    r"in (?:that|such a|which) case|under (?:that|those))\b",
    re.IGNORECASE,
)
# Conditions that are none of the answer's: "if we look at the table", "assuming standard pressure".
LOOKING = regex(
    r"\bif\s+(?:we|you|one|i)\s+(?:\w+ly\s+)?(?:look|consider|compare|take|use|apply|follow|examine|analy[sz]e|check|focus|"
    r"think|go|interpret|read|recall|add|count|compute|calculate|plug|substitute)\b|\b(?:assum|provid)(?:e|ed|ing)\b|"
    r"\b(?:in|under) (?:that|those|such a)\b",
    re.IGNORECASE,
)
PLACE = (
    r"\s+(?:\w+\s+)?(?:question|version|case|edition|key|scenario|interpretation|reading|wording|variant|context|problem|"
    r"prompt|test|exam|paper|source|book|textbook|year|formulation|model|manual|world|universe|situation|setting|"
    r"condition|circumstance|assumption)s?\b"
)
IN = r"\b(?:in|for|with|by|to|under|of|from|on|per)\s+(?:(?:an?|the|some|any)\s+)?"
ELSEWHERE = regex(
    rf"{IN}(?:different|another|hypothetical|modified|older?|unofficial){PLACE}|"
    rf"\b(?:opposite|revers\w+|converse|inverse|negat\w+){PLACE}",
    re.IGNORECASE,
)
PERHAPS_ELSEWHERE = regex(
    rf"{IN}(?:other|alternat\w+|original|previous|earlier|second|next|wrong|\d{{4}}){PLACE}|"
    r"\b(?:next|previous|other|last|bonus|following|earlier|another)\s+(?:question|problem|part|item|draft|"
    r"attempt|response|try)\b|"
    r"\banswer\s+(?:to|for)\s+(?:that|those|the (?:other|latter|former)|(?:question|problem|part)\s*\d)",
    re.IGNORECASE,
)
WOULD = regex(r"(?:\b(?:would|could|might)\b|\w['’]d\b)[^,;]{0,60}\Z", re.IGNORECASE)
WOULD_HAVE = regex(r"\b(?:would|could|might|should)(?:n't| not)? have (?:been|said|answered|chosen)\b", re.IGNORECASE)
THOUGHT = (
    r"(?:say|says|said|think|thinks|thought|argue|argues|argued|claim|claims|claimed|believe|believes|believed|assume|"
    r"assumes|assumed|guess|guessed|insist|insists|suppose|object|feel|answer|answered|(?:be|are|is|was) tempted)"
)
OTHERS = regex(
    r"\b(?:(?:some|many|most|others|people|students|critics|they|someone|somebody|everyone|everybody|readers|beginners|"
    r"test-takers|he|she|a (?:student|reader|beginner|colleague|friend)|the user)\s+(?:[\w-]+\s+){0,3}?|"
    r"(?:one|you|we|i)\s+(?:might|may|could)\s+(?:\w+\s+)?|(?:one|you|it)\s+would\s+)"
    rf"{THOUGHT}\b(?:\s+to\s+\w+)?{SAID}",
    re.IGNORECASE,
)
TEMPTING = regex(
    rf"\b(?:misled|fooled|tricked|deceived|lured)\s+into\s+(?:think|say|believ|conclud)ing{SAID}|"
    rf"\b(?:misconception|mistake|error|fallacy|myth)\s+that{SAID}|"
    rf"\b(?:tempting|easy|wrong|incorrect|mistaken|premature)\s+to\s+(?:say|think|conclude|assume|believe|claim){SAID}|"
    r"\b(?:mistake|error|trap|misconception|fallacy|myth)\s+(?:here\s+)?(?:is|was|would be|of|in)\s+(?:to\s+)?"
    rf"(?:(?:say|think|conclude|assum|believ|claim)(?:e|ing)?)?{SAID}",
    re.IGNORECASE,
)
# "says the answer is D": somebody does, unless it is the writer.
SAYS = regex(
    rf"(?<!\bi )(?<!\bwe )\b(?:says|said|claims|claimed|states|stated|argues|argued|insists|insisted|maintains){SAID}",
    re.IGNORECASE,
)
WITHDRAWN = regex(
    r"\b(?:thought|assumed|believed|guessed|suspected|figured|tempted|inclined|misread)\b(?:\s+to\s+\w+)?"
    rf"(?:\s+that)?\s+(?:{WORD}\s+){{0,5}}(?:was|is|were|be|been|:)[^,;.]{{0,20}}\Z",
    re.IGNORECASE,
)
ONCE = regex(
    r"\bat first (?:glance|sight)\b|\bon first reading\b|\bon the surface\b|\bnaively\b|"
    r"\b(?:initially|originally|at first|formerly|previously|earlier|mistakenly|wrongly|erroneously)\b[^;]*"
    rf"\b(?:was|seemed|seems|appeared|appears|looked|looks|thought|said){SAID}",
    re.IGNORECASE,
)
DENIAL = regex(
    r"(?:n['’]t|\b(?:not|never|cannot|hardly|wrong|incorrect|false|untrue|unlikely|mistaken|no))[\s\"'*]+"
    rf"(?:{WORD}[\s\"'*]+){{0,4}}?(?:think|believe|say|mean|imply|true|follow|claim|conclude|case|clear|sure|certain|"
    rf"convinced|correct|right|likely|way|reason|proof|evidence){SAID}|"
    rf"(?<!no )(?<!without )(?<!without a )\b(?:doubt|deny|denies|rather than|instead of){SAID}",
    re.IGNORECASE,
)
# "If we add them, the sum is odd, so the answer is C": the condition is not that of the answer.
CONCLUDED = regex(
    r"(?:\bso\b(?!,)|[,;:–—]\s*so,|\b(?:thus|therefore|hence|consequently|which means|meaning|it follows|"
    r"that is why)\b)[^.;]{0,60}\Z",
    re.IGNORECASE,
)
MAYBE = regex(r"\b(?:perhaps|maybe|possibly|conceivably)\b[^,;]{0,40}\Z", re.IGNORECASE)
# What was is less than what is, unless the writer corrects something.
PAST = regex(r"\b(?:was|were)\b\W*\Z", re.IGNORECASE)
CORRECTING = regex(
    r"\b(?:wait|actually|correct(?:ion|ed|ing)|mistake|mistaken|error|hmm+|reconsider\w*|rethink\w*|second thought|"
    r"recheck\w*|check again|on reflection|oops|sorry|revis\w+)\b",
    re.IGNORECASE,
)
# Without capitals: those begin another sentence.
ONLY_IF = regex(
    r"[ \t\"'”’*_)\]}$,–—-]{0,8}\(?(?:only |but only |even )?(?:if|unless|had|were|provided|assuming|in case)\b",
)
TOLD_AFTER = regex(
    r"[ \t\"'”’*_)\]}$,–—-]{0,8}(?:(?:is|was) what\b|"
    r"(?:some|many|most|you|one|people|critics|others|they)\s+(?:\w+\s+)?(?:say|argue|claim|think|believe|object)\b|"
    r"according to (?:some|others|another|an? )|"
    r"(?:would be|is|was|would have been)\s+(?:an?\s+|also\s+)?(?:common\s+)?(?:wrong|incorrect|mistake|false|mistaken|"
    r"tempting|misreading|error)\b)",
)


BREAK = regex(r"[.!?\n。]")
HYPOTHETICAL = regex(r"\b(?:would|might|could)\b")
# The value of another key of an object right before.
IN_OBJECT = regex(r"(?:[\]\"'}\d]|true|false|null)\s*,\s*\Z")
TEMPLATE = regex(r"\b(?:examples?|placeholder|template)\b", re.IGNORECASE)
TAKEN_BACK = regex(r"\b(?:if|unless|only when|had|were|provided|assuming|otherwise)\b|\bhave been\b")


class _Cues(NamedTuple):
    """One language: its words for "answer", and those that make an announcement unreal."""

    answers: frozenset[str]
    condition: frozenset[str]
    told: frozenset[str]
    would: frozenset[str]


def _cues() -> Iterator[_Cues]:
    for code, unreal in UNREAL.items():
        words = LANGUAGES[code]
        answers = composed(f"{words.answer} {words.linked} {words.option}").replace(",", " ")
        fields = (answers, *map(composed, (unreal.condition, unreal.told, unreal.would)))
        yield _Cues(*(frozenset(field.split()) for field in fields))


CUES = tuple(_cues())
FOREIGN = frozenset(word for cues in CUES for word in cues.condition | cues.told)
# One of these stands in every English sentence that is anything but a statement.
ENGLISH = frozenset(
    "if had were should unless suppose supposing imagine imagining assuming assume provided providing otherwise "
    "hypothetically case would could might may under opposite reverse reversed reversal different another other "
    "hypothetical alternate alternative modified old older previous earlier second next converse inverse negated "
    "negation unofficial wrong say says said think thinks thought argue argues argued claim claims claimed "
    "believe believes believed assumes assumed guess guessed insist insists insisted object feel answered tempted "
    "tempting easy incorrect mistaken premature mistake error trap misconception fallacy myth saying thinking "
    "concluding claiming states stated maintains suspected figured inclined misread first surface naively initially "
    "original "
    "originally formerly previously mistakenly wrongly erroneously not never cannot hardly false untrue unlikely no "
    "was bonus last following question part problem doubt deny denies rather instead perhaps maybe possibly "
    "conceivably".split()
)
WORDS = ENGLISH | FOREIGN
# What follows is no part of the supposition or report before it.
CONTRAST = regex("[；;]|(?=但|然而|不过|不過|可是|が、|しかし|だが|하지만|그러나|แต่)")
PLACES = regex("|".join((r"(?:\A|[，,；;（(])\s*若", *map(re.escape, map(composed, PARTS)))))


def mood(text: str, start: int, end: int) -> Mood:
    """How the sentence around the announced letter from ``start`` to ``end`` means it."""
    left, right = text[max(0, start - WINDOW) : start], text[end : end + RIGHT]
    sentence = _sentence(left)
    words = set(SPLIT.split(sentence.lower()))
    apart = not sentence.isascii() and PLACES.search(CONTRAST.split(sentence.lower())[-1]) is not None
    unreal = apart or not WORDS.isdisjoint(words) or "n't" in sentence or "'d " in sentence or "n’t" in sentence
    found = _english(sentence, right) if unreal else _by_what_follows(right)
    if found == "supposed" and _simply(sentence) and CORRECTING.search(left[: len(left) - len(sentence)]):
        found = "stated"
    if found == "stated" and unreal:
        found = "supposed" if apart else _foreign(words)
    return "supposed" if found == "stated" and _quoted(sentence) else found


def called_mood(text: str, start: int, end: int) -> Mood:
    """The same for a letter that is called correct by the words behind it: "D would be correct"."""
    clause = BREAK.split(text[end : end + RIGHT])[0]
    sentence = _sentence(text[max(0, start - WINDOW) : start])
    if INVERTED.search(sentence) or TAKEN_BACK.search(clause) or ELSEWHERE.search(clause):
        return "no"
    meant = _english(f"{sentence} would " if HYPOTHETICAL.search(clause) else sentence, "")
    return "stated" if meant == "supposed" and _simply(sentence) else meant


def field_mood(text: str, begin: int) -> Mood:
    """The same for a field that begins there: what is said of it in its line may make it ``supposed``, and no less."""
    line = text[max(0, begin - WINDOW) : begin].rpartition("\n")[2].rstrip(" {`")
    if not line.strip(" \t*(-") or IN_OBJECT.search(line):
        return "stated"
    return "supposed" if TEMPLATE.search(line) or _english(_sentence(line), "") != "stated" else "stated"


def _simply(sentence: str) -> bool:
    """Whether nothing in a sentence but "would" or "was" makes it less than a statement."""
    return not any(pattern.search(sentence) for pattern in (CONDITION, PERHAPS_ELSEWHERE, SAYS, MAYBE))


def _sentence(left: str) -> str:
    """What stands between the start of the sentence and the letter; a line that ends with a colon goes on."""
    start = _start(left, len(left))
    while start and left[:start].rstrip().endswith(CONTINUED):
        start = _start(left, len(left[:start].rstrip()))
    if start and THEN.match(left, start):
        start = _start(left, len(left[:start].rstrip().rstrip(".!?。")))
    return left[start:]


def _start(left: str, end: int) -> int:
    start = 0
    for mark in ASCII_ENDS if left.isascii() else ENDS:
        found = left.rfind(mark, start, end)
        if found >= 0:
            start = found + len(mark)
    return start


def _english(sentence: str, right: str) -> Mood:
    if any(pattern.search(sentence) for pattern in (OTHERS, TEMPTING, WITHDRAWN, ONCE, DENIAL)):
        return "no"
    would = WOULD.search(sentence) is not None
    if would and (WOULD_HAVE.search(sentence) or INVERTED_LATER.search(sentence)):
        return "no"
    if not would and CONCLUDED.search(sentence):
        return _by_what_follows(right)
    return _under_condition(sentence, right, would)


def _under_condition(sentence: str, right: str, would: bool) -> Mood:
    """Whether the sentence puts the answer under a condition, or says where else it holds."""
    if INVERTED.search(sentence) or ELSEWHERE.search(sentence):
        return "no"
    condition, elsewhere = CONDITION.search(sentence), PERHAPS_ELSEWHERE.search(sentence)
    if condition and FORCED.search(sentence):
        return "stated"
    if would and (elsewhere or (condition and not LOOKING.search(sentence))):
        return "no"
    follows = _by_what_follows(right, would)
    if follows == "no":
        return "no"
    weak = would or PAST.search(sentence) or not _simply(sentence)
    return "supposed" if weak else follows


def _by_what_follows(right: str, would: bool = False) -> Mood:
    """Whether the words after the letter take the announcement back: "would be D if", '"it is D" is what some say'."""
    if TOLD_AFTER.match(right):
        return "no"
    condition = ONLY_IF.match(right)
    if condition is None or FORCED.match(right, condition.end() - 2):
        return "stated"
    return "no" if would else "supposed"


def _foreign(words: set[str]) -> Mood:
    """By the words of the languages whose word for "answer" the sentence has."""
    for cues in CUES if not FOREIGN.isdisjoint(words) else ():
        if not cues.answers.isdisjoint(words):
            if not cues.condition.isdisjoint(words):
                return "no" if not cues.would.isdisjoint(words) else "supposed"
            if not cues.told.isdisjoint(words):
                return "supposed"
    return "stated"


def _quoted(sentence: str) -> bool:
    """Whether the announcement stands in quotation marks inside a sentence: the words of somebody else."""
    head = sentence.rstrip(" \t\"'`*_~#$\\({[<:=“")
    place = max(head.rfind('"'), head.rfind("“"))
    if place <= 0 or not head[:place].strip(" \t*#>-"):
        return False
    return head[place] == "“" or head.count('"') % 2 == 1
