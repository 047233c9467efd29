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

Mood = Literal["stated", "supposed", "none"]

WINDOW, RIGHT = 300, 90
ENDS = (". ", "! ", "? ", ".\n", "。", "！", "？", "।", "۔", "؟", "\n")
# A line that ends so is continued by the next one.
CONTINUED = (":", ",", "：", "，", "、", "،")
THEN = re.compile(r"[\W_]*(?:then|in (?:that|this|such a|which) case|under (?:that|this|those|these))\b", re.IGNORECASE)
SPLIT = re.compile(r"[\s\"`*_~#$\\({\[<|:=,;.!?)\]}。！？、，：「」『』“”„«»।۔،؟–—]+")
# Marks and up to five words, without a comma: what lies between a verb of saying and the letter.
SAID = r"(?:\s+that)?[\s:\"'“*]*(?:[\w'’]+[\s:\"'“*]+){0,5}[\W_]*\Z"

FORCED = re.compile(
    r"\bif\s+(?:(?:i|we|you|one|it|that|only|absolutely|really|just|a|single|option|answer)\s+)*"
    r"(?:(?:had|have|has|were|was|am|are|is|must|need|needed|may|can|could|should|be|to)\s+)*"
    r"(?:guess|choose|pick|select|bet|decide|answer|give|commit|forced|pressed|required|chosen|picked|correct|right)\b",
    re.IGNORECASE,
)
INVERTED = re.compile(
    r"(?:(?:\A|[,;:(–—]|\b(?:but|and|however|also|though|although|that|note))[\W_]*(?:had|were|should)|"
    r"(?-i:\b(?:Had|Were|Should)))\s+(?:the|it|this|that|these|we|you|i|they|there|a|an|one|he|she|any|its|our)\b",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"\b(?:if|unless|suppos(?:e|ing)|imagin(?:e|ing)|assuming|assume|provided|providing|otherwise|else|whether|lest|"
    r"hypothetically|in (?:that|such a|which) case|under (?:that|those)|scenario)\b",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"\b(?:in|for|with|by|to|under|of|from|on|per)\s+(?:(?:an?|the|some|any)\s+)?(?:opposite|revers\w+|different|another|other|hypothetical|alternat\w+|modified|older?|previous|earlier|second|"
    r"next|converse|inverse|negat\w+|unofficial|wrong)\s+(?:\w+\s+)?(?:question|version|case|edition|key|scenario|"
    r"interpretation|reading|wording|variant|context|problem|prompt|test|exam|paper|source|book|textbook|year|answer key|"
    r"formulation|model|solution manual)s?\b",
    re.IGNORECASE,
)
WOULD = re.compile(r"(?:\b(?:would|could|might)\b|\w['’]d\b)[^,;]{0,60}\Z", re.IGNORECASE)
WOULD_HAVE = re.compile(
    r"\b(?:would|could|might|should)(?:n't| not)? have (?:been|said|answered|chosen)\b", re.IGNORECASE
)
THOUGHT = (
    r"(?:say|says|said|think|thinks|thought|argue|argues|argued|claim|claims|claimed|believe|believes|believed|assume|"
)
THOUGHT += (
    r"assumes|assumed|guess|guessed|insist|insists|suppose|object|feel|answer|answered|(?:be|are|is|was) tempted)"
)
OTHERS = re.compile(
    r"\b(?:(?:some|many|most|others|people|students|critics|they|someone|somebody|everyone|everybody|readers|beginners|"
    r"test-takers|he|she|a (?:student|reader|beginner|colleague|friend)|the user)\s+(?:[\w-]+\s+){0,3}?|"
    r"(?:one|you|we|i)\s+(?:might|may|could)\s+(?:\w+\s+)?|(?:one|you|it)\s+(?:would|is tempting to|would be easy to)\s+)"
    rf"{THOUGHT}\b(?:\s+to\s+\w+)?{SAID}",
    re.IGNORECASE,
)
TEMPTING = re.compile(
    r"\b(?:(?:tempting|easy|wrong|incorrect|mistaken|premature|mistake|error|trap|misconception|fallacy|myth)\b"
    rf"[^,;.]{{0,30}}?\b(?:say|saying|think|thinking|conclude|concluding|assume|assuming|believe|claim|claiming|is)\b{SAID})",
    re.IGNORECASE,
)
# "says the answer is D": somebody does, unless it is the writer.
SAYS = re.compile(
    rf"(?<!\bi )(?<!\bwe )\b(?:says|said|claims|claimed|states|stated|argues|argued|insists|insisted|maintains){SAID}",
    re.IGNORECASE,
)
WITHDRAWN = re.compile(
    r"\b(?:thought|assumed|believed|guessed|suspected|figured|tempted|inclined|misread)\b(?:\s+to\s+\w+)?"
    r"(?:\s+that)?\s+(?:[\w'’]+\s+){0,5}(?:was|is|were|be|been|:)[^,;.]{0,20}\Z",
    re.IGNORECASE,
)
ONCE = re.compile(
    r"\bat first (?:glance|sight)\b|\bon first reading\b|\bon the surface\b|\bnaively\b|"
    r"\b(?:initially|originally|at first|formerly|previously|earlier|mistakenly|wrongly|erroneously)\b"
    r".*\b(?:was|seemed|seems|appeared|appears|looked|looks|thought|said)\b",
    re.IGNORECASE,
)
DENIAL = re.compile(
    r"(?:n['’]t|\b(?:not|never|cannot|hardly|wrong|incorrect|false|untrue|unlikely|mistaken|no))[\s\"'*]+(?:[\w'’]+[\s\"'*]+){0,4}?"
    r"(?:think|believe|say|mean|imply|true|follow|claim|conclude|case|clear|sure|certain|convinced|correct|right|likely|"
    rf"way|reason|proof|evidence)\b{SAID}|(?<!no )(?<!without )(?<!without a )\b(?:doubt|deny|denies|rather than|"
    rf"instead of)\b{SAID}",
    re.IGNORECASE,
)
# "If we add them, the sum is odd, so the answer is C": the condition is not that of the answer.
CONCLUDED = re.compile(
    r"\b(?:so|thus|therefore|hence|consequently|which means|meaning|it follows|that is why)\b[^.;]{0,60}\Z",
    re.IGNORECASE,
)
MAYBE = re.compile(r"\b(?:perhaps|maybe|possibly|conceivably)\b[^,;]{0,40}\Z", re.IGNORECASE)
# Without capitals: those begin another sentence.
ONLY_IF = re.compile(
    r"[ \t\"'”’*_)\]}$,–—-]{0,8}\(?(?:only |but only |even )?(?:if|unless|had|were|provided|assuming|in case)\b",
)
TOLD_AFTER = re.compile(
    r"[ \t\"'”’*_)\]}$,–—-]{0,8}(?:(?:is|was) what\b|(?:some|many|most|you|one|people|critics|others|they)\s+(?:\w+\s+)?"
    r"(?:say|argue|claim|think|believe|object)\b|according to (?:some|others|another|an? )|"
    r"(?:would be|is|was|would have been)\s+(?:an?\s+|also\s+)?(?:common\s+)?(?:wrong|incorrect|mistake|false|mistaken|"
    r"tempting|misreading|error)\b)",
)
EXAMPLE = re.compile(
    r"(?:\b(?:e\. ?g\.|eg\.|for example|for instance|such as|something like|z\. ?b\.|zum beispiel|beispielsweise|"
    r"por ejemplo|p\. ?ej\.|par exemple|p\. ?ex\.|por exemplo|ad esempio|per esempio|bijvoorbeeld|bijv\.|till exempel|"
    r"for eksempel|na przykład|np\.|například|например|наприклад|misalnya|contohnya|seperti|ví dụ|chẳng hạn|"
    r"kwa mfano|halimbawa|örneğin|mesela)|مثلا|مثلاً|على سبيل المثال|برای مثال|مثال کے طور پر|उदाहरण के लिए|जैसे|উদাহরণস্বরূপ|যেমন|"
    r"例如|比如|譬如|例えば|たとえば|예를 들어|예컨대|เช่น|ตัวอย่างเช่น)[\s,:：，(（]*(?:```)?(?:json)?\s*[\"'`{*\\<$“「][^\n.!?。]{0,60}"
    r"(?:\n[^\n.!?。]{0,30})?\Z",
    re.IGNORECASE,
)
# The instruction said again: "the output should look like", "in the format".
FORMAT = re.compile(
    r"\b(?:should|must|has to|have to|need to|needs to|asked|asks|instructed|instructions?|required?|requires)\b"
    r"[^\n.!?]{0,60}\b(?:looks? like|format(?:ted)?(?: is| as| of)?|form(?: of)?|written as|shown as)\b[\s:(]*[\"'`{]"
    r"[^\n.!?]{0,40}\Z",
    re.IGNORECASE,
)


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
    "if had were should unless suppose supposing imagine imagining assuming assume provided providing otherwise else "
    "whether lest hypothetically case scenario would could might may under opposite reverse reversed reversal different "
    "another other hypothetical alternate alternative modified old older previous earlier second next converse inverse "
    "negated negation unofficial wrong say says said think thinks thought argue argues argued claim claims claimed "
    "believe believes believed assumes assumed guess guessed insist insists insisted object feel answered tempted "
    "tempting easy incorrect mistaken premature mistake error trap misconception fallacy myth saying thinking "
    "concluding claiming states stated maintains suspected figured inclined misread first surface naively initially "
    "originally formerly previously mistakenly wrongly erroneously not never cannot hardly false untrue unlikely no "
    "doubt deny denies rather instead perhaps maybe possibly conceivably".split()
)
WORDS = ENGLISH | FOREIGN
PLACES = tuple(map(composed, PARTS))


def mood(text: str, start: int, end: int) -> Mood:
    """How the sentence around the announced letter from ``start`` to ``end`` means it."""
    left, right = text[max(0, start - WINDOW) : start], text[end : end + RIGHT]
    sentence = _sentence(left)
    words = set(SPLIT.split(sentence.lower()))
    apart = not sentence.isascii() and any(part in sentence for part in PLACES)
    unreal = apart or not WORDS.isdisjoint(words) or "n't" in sentence or "'d " in sentence or "n’t" in sentence
    found = _english(sentence, right) if unreal else _by_what_follows(sentence, right)
    if found == "stated" and unreal:
        found = "supposed" if apart else _foreign(words)
    return "supposed" if found == "stated" and _quoted(sentence) else found


def example(text: str, start: int) -> Mood:
    """Whether the letter at ``start`` is in an example of the form that was asked for: ``none``, or ``supposed``."""
    left = text[max(0, start - 150) : start]
    return "none" if EXAMPLE.search(left) else "supposed" if FORMAT.search(left) else "stated"


def called_mood(text: str, start: int, end: int) -> Mood:
    """The same for a letter that is called correct by the words behind it: "D would be correct"."""
    clause = re.split(r"[.!?\n。]", text[end : end + RIGHT])[0]
    sentence = _sentence(text[max(0, start - WINDOW) : start])
    if not re.search(r"\b(?:would|might|could)\b", clause):
        return "none" if INVERTED.search(sentence) else "stated"
    unreal = INVERTED.search(sentence) or CONDITION.search(sentence) or ELSEWHERE.search(sentence)
    return (
        "none"
        if unreal or re.search(r"\b(?:if|unless|had|were|provided|assuming)\b|\bhave been\b", clause)
        else "stated"
    )


def _sentence(left: str) -> str:
    """What stands between the start of the sentence and the letter; a line that ends with a colon goes on."""
    start = _start(left, len(left))
    while start and left[:start].rstrip().endswith(CONTINUED):
        start = _start(left, len(left[:start].rstrip()))
    if start and THEN.match(left, start):
        start = _start(left, len(left[:start].rstrip().rstrip(".!?。")))
    return left[start:]


def _start(left: str, end: int) -> int:
    return max(found + len(mark) if (found := left.rfind(mark, 0, end)) >= 0 else 0 for mark in ENDS)


def _english(sentence: str, right: str) -> Mood:
    would = WOULD.search(sentence) is not None
    if INVERTED.search(sentence) or (would and WOULD_HAVE.search(sentence)):
        return "none"
    open_, elsewhere = CONDITION.search(sentence), ELSEWHERE.search(sentence)
    forced = open_ is not None and (FORCED.search(sentence) or CONCLUDED.search(sentence)) is not None
    if (elsewhere and not CONCLUDED.search(sentence)) or (would and open_ and not forced):
        return "none"
    if any(pattern.search(sentence) for pattern in (OTHERS, TEMPTING, WITHDRAWN, ONCE, DENIAL)):
        return "none"
    if (open_ and not forced) or SAYS.search(sentence) or MAYBE.search(sentence):
        return "supposed"
    return _by_what_follows(sentence, right, would)


def _by_what_follows(sentence: str, right: str, would: bool = False) -> Mood:
    """Whether the words after the letter take the announcement back: "would be D if", '"it is D" is what some say'."""
    if TOLD_AFTER.match(right):
        return "none"
    condition = ONLY_IF.match(right)
    if condition is None or FORCED.match(right, condition.end() - 2):
        return "stated"
    return "none" if would else "supposed"


def _foreign(words: set[str]) -> Mood:
    """By the words of the languages whose word for "answer" the sentence has."""
    for cues in CUES if not FOREIGN.isdisjoint(words) else ():
        if not cues.answers.isdisjoint(words):
            if not cues.condition.isdisjoint(words):
                return "none" if not cues.would.isdisjoint(words) else "supposed"
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
