r"""Rules for answers that are words: names, choice letters, numerals, text around mathematics.

Each says True or False where that is certain and None where it is not.
"""

from __future__ import annotations

from qwen3_eval.grading.patterns import regex

WORD = regex(r"(\\text\{)?\s*\(?([A-Za-z]+(?:[ '-][A-Za-z]+)*)\)?\s*(?(1)\}|)")
TEXT = regex(r"\\text\{([^{}]*)\}")
WORDED = regex(r"\\text\{([A-Za-z]+)\}")
NUMBER = regex(r"-?[\d.]+|-?\\frac\{\d+\}\{\d+\}")
NUMERALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
ARTICLE = regex(r"^(?:an?|the) (?=\w{3})| function$")
LETTER = regex(r"(?:\\text\{)?\(?([A-E])\)?\}?")
CALLED = r"(?:\\text\{)?(?:(?:[Cc]hoice|[Oo]ption|[Aa]nswer):? ?\}?)"
LABELLED = regex(rf"{CALLED}?(?:\(([A-E])\)|([A-E])[).:])|(?:\\text\{{)?\(([A-E])\)\}}|{CALLED}([A-E])\}}?\Z")


def texts(left: str, right: str) -> bool | None:
    """The same writing, with ``\\text{}`` around other parts of it."""
    if "\\text" not in left + right:
        return None
    plain, other = (TEXT.sub(r"\1", text).replace(" ", "").rstrip(".") for text in (left, right))
    return True if plain == other else None


def choices(left: str, right: str) -> bool | None:
    """``(A) 5`` against the target ``A``: the letter of a choice, with the text of it."""
    target, answer = LETTER.fullmatch(right), LABELLED.match(left)
    if not target or not answer:
        return None
    return target[1] in answer.groups()


def numerals(left: str, right: str) -> bool | None:
    """``seven`` against ``7``."""
    words = (WORDED.sub(r"\1", text).casefold() for text in (left, right))
    first, second = (str(NUMERALS.index(word)) if word in NUMERALS else "" for word in words)
    if bool(first) == bool(second):
        return None
    return True if (first or left) == (second or right) else None


def words(left: str, right: str) -> bool | None:
    """Names and choice letters, whatever their case. A target in ``\\text`` is one word and no product of letters."""
    if any(NUMBER.fullmatch(one) and WORDED.fullmatch(other) for one, other in ((left, right), (right, left))):
        return False
    answer, target = WORD.fullmatch(left), WORD.fullmatch(right)
    if not answer or not target:
        return None
    said, meant = (ARTICLE.sub("", word.casefold()) for word in (answer[2], target[2]))
    worded = bool(target[1]) or min(len(said), len(meant)) > 3
    if said == meant:
        return True if worded else None
    return False if target[1] and " " not in said + meant else None
