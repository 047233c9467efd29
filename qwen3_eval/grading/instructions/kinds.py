"""The 25 kinds of instructions, each with its arguments and its check.

Follows ``instructions.py`` and ``instructions_registry.py`` of instruction_following_eval in
google-research/google-research@3f357bde6df14f1eb8b7d27518072b396b7f8a2a, with their quirks: a bullet list has exactly
as many points as asked, highlights in double asterisks count twice, keywords are regular expressions, a text without
a recognisable language is in every language. Patterns that take more than linear time on long texts are replaced by
ones that give the same verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from qwen3_eval.grading.instructions import text
from qwen3_eval.grading.instructions.punctuation import sentences
from qwen3_eval.grading.patterns import regex

LESS_THAN, AT_LEAST = RELATIONS = ("less than", "at least")
CONSTRAINED_RESPONSES = ("My answer is yes.", "My answer is no.", "My answer is maybe.")

# Each after the white space of its own line: what the reference reads on lines before is blank.
STAR_BULLET = regex(r"^[^\S\n]*\*[^*].*$", re.MULTILINE)
DASH_BULLET = regex(r"^[^\S\n]*-.*$", re.MULTILINE)
HIGHLIGHT = regex(r"\*[^\n*]*\*")
DOUBLE_HIGHLIGHT = regex(r"\*\*[^\n*]*\*\*")
DIVIDER = regex(r"\s?\*\*\*\s?")
POSTSCRIPTS = {"P.P.S": regex(r"p\.\s?p\.\s?s"), "P.S.": regex(r"p\.\s?s\.")}
FENCES = ("```json", "```Json", "```JSON", "```")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the names of its arguments, and whether a text that is not blank follows it."""

    check: Callable[..., bool]
    arguments: tuple[str, ...] = ()


def holds(found: Iterable[object], relation: str, threshold: int) -> bool:
    """The two comparisons of the reference; what is found is counted no further than it matters."""
    enough = sum(1 for _ in islice(found, threshold)) == threshold
    return enough == (relation == AT_LEAST)


# keywords


def existence(response: str, keywords: Sequence[str]) -> bool:
    """Every keyword occurs, in any case, also inside of words."""
    return all(re.search(keyword, response, re.IGNORECASE) for keyword in keywords)


def keyword_frequency(response: str, keyword: str, frequency: int, relation: str) -> bool:
    """The keyword occurs so often, also inside of words."""
    return holds(re.finditer(keyword.strip(), response, re.IGNORECASE), relation, frequency)


def forbidden_words(response: str, forbidden_words: Sequence[str]) -> bool:
    """None of the words occurs as a word of its own."""
    return not any(re.search(rf"\b{word}\b", response, re.IGNORECASE) for word in forbidden_words)


def letter_frequency(response: str, letter: str, let_frequency: int, let_relation: str) -> bool:
    """The character occurs so often, in either case; for more than one character the reference draws one."""
    return holds(re.finditer(re.escape(letter.strip().lower()), response.lower()), let_relation, let_frequency)


# language and case


def response_language(response: str, language: str) -> bool:
    """The detected language is the one that was asked for; a text without any passes."""
    return text.language(response) in (language, None)


def english_capital(response: str) -> bool:
    """English without a lower-case letter."""
    return response.isupper() and response_language(response, "en")


def english_lowercase(response: str) -> bool:
    """English without an upper-case letter."""
    return response.islower() and response_language(response, "en")


def capital_word_frequency(response: str, capital_frequency: int, capital_relation: str) -> bool:
    """So many tokens are in capitals; a hyphenated word is one token."""
    return holds(text.capital_words(response), capital_relation, capital_frequency)


# length


def number_words(response: str, num_words: int, relation: str) -> bool:
    """So many words."""
    return holds(text.words(response), relation, num_words)


def number_sentences(response: str, num_sentences: int, relation: str) -> bool:
    """So many sentences."""
    return holds(sentences(response), relation, num_sentences)


def number_paragraphs(response: str, num_paragraphs: int) -> bool:
    """Exactly so many paragraphs between ``***``; a divider may open and close the text, no two may meet."""
    parts = [part.strip() for part in DIVIDER.split(response)]
    return all(parts[1:-1]) and sum(map(bool, parts)) == num_paragraphs


def nth_paragraph_first_word(response: str, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    """Exactly so many paragraphs between empty lines, and the nth begins with the word.

    Empty parts do not count as paragraphs, but they do count in finding the nth.
    """
    parts = response.split("\n\n")
    count = sum(1 for part in parts if part.strip())
    if not 0 < nth_paragraph <= count or not parts[nth_paragraph - 1].strip():
        return False
    word = parts[nth_paragraph - 1].split(maxsplit=1)[0].lstrip("'").lstrip('"')
    bare = re.split("[.,?!'\"]", word, maxsplit=1)[0]
    # Letter by letter, as in the reference: a capital sigma then never becomes a final one.
    return count == num_paragraphs and "".join(letter.lower() for letter in bare) == first_word.lower()


# content


def number_placeholders(response: str, num_placeholders: int) -> bool:
    """At least so many texts in square brackets, each within a line."""
    return sum(map(_brackets, response.split("\n"))) >= num_placeholders


def _brackets(line: str) -> int:
    """Matches of ``\\[.*?\\]`` in a line, in linear time."""
    count, end = 0, 0
    while (start := line.find("[", end)) >= 0 and (end := line.find("]", start) + 1):
        count += 1
    return count


def postscript(response: str, postscript_marker: str) -> bool:
    """A postscript stands anywhere in the text, even inside of a word."""
    marker = postscript_marker.strip()
    pattern = POSTSCRIPTS.get(marker) or regex(marker.lower() + ".*$", re.MULTILINE)
    return pattern.search(response.lower()) is not None


# format


def number_bullet_lists(response: str, num_bullets: int) -> bool:
    """Exactly so many lines that begin with a dash or with one asterisk."""
    return len(STAR_BULLET.findall(response)) + len(DASH_BULLET.findall(response)) == num_bullets


def constrained_response(response: str) -> bool:
    """One of three sentences occurs."""
    return any(option in response for option in CONSTRAINED_RESPONSES)


def number_highlighted_sections(response: str, num_highlights: int) -> bool:
    """At least so many texts in asterisks; one in double asterisks counts where it stands and once more."""
    single = sum(1 for found in HIGHLIGHT.findall(response) if found.strip("*").strip())
    double = sum(1 for found in DOUBLE_HIGHLIGHT.findall(response) if found[2:-2].strip())
    return single + double >= num_highlights


def multiple_sections(response: str, section_spliter: str, num_sections: int) -> bool:
    """At least so many headings: the word and a number."""
    return len(re.split(rf"\s?{section_spliter.strip()}\s?\d+\s?", response)) - 1 >= num_sections


def json_format(response: str) -> bool:
    """The whole text is JSON, in a fence or bare."""
    found = response.strip()
    for fence in FENCES:
        found = found.removeprefix(fence)
    try:
        json.loads(found.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def title(response: str) -> bool:
    """A text in double angle brackets within a line, and more than brackets and white space in it."""
    return any(map(_title, response.split("\n")))


def _title(line: str) -> bool:
    """The longest match of ``<<.+>>`` in a line, in linear time."""
    start, end = line.find("<<"), line.rfind(">>")
    return 0 <= start < end - 2 and bool(line[start : end + 2].lstrip("<").rstrip(">").strip())


# combination, start and end, punctuation


def two_responses(response: str) -> bool:
    """Two different texts with ``******`` between them; a divider may also open and close the whole."""
    parts = [part.strip() for part in response.split("******")]
    found = list(filter(None, parts))
    return all(parts[1:-1]) and len(found) == 2 and found[0] != found[1]


def repeat_prompt(response: str, prompt_to_repeat: str) -> bool:
    """The text begins with the request, whatever its case."""
    return response.strip().lower().startswith(prompt_to_repeat.strip().lower())


def end_checker(response: str, end_phrase: str) -> bool:
    """The text ends with the phrase, whatever its case; quotation marks may close it."""
    return response.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def quotation(response: str) -> bool:
    """Straight double quotation marks around everything."""
    found = response.strip()
    return len(found) > 1 and found[0] == found[-1] == '"'


def no_comma(response: str) -> bool:
    """No comma of the Latin alphabet."""
    return "," not in response


KINDS: Mapping[str, Kind] = {
    "keywords:existence": Kind(existence, ("keywords",)),
    "keywords:frequency": Kind(keyword_frequency, ("keyword", "frequency", "relation")),
    "keywords:forbidden_words": Kind(forbidden_words, ("forbidden_words",)),
    "keywords:letter_frequency": Kind(letter_frequency, ("letter", "let_frequency", "let_relation")),
    "language:response_language": Kind(response_language, ("language",)),
    "length_constraints:number_sentences": Kind(number_sentences, ("num_sentences", "relation")),
    "length_constraints:number_paragraphs": Kind(number_paragraphs, ("num_paragraphs",)),
    "length_constraints:number_words": Kind(number_words, ("num_words", "relation")),
    "length_constraints:nth_paragraph_first_word": Kind(
        nth_paragraph_first_word, ("num_paragraphs", "nth_paragraph", "first_word")
    ),
    "detectable_content:number_placeholders": Kind(number_placeholders, ("num_placeholders",)),
    "detectable_content:postscript": Kind(postscript, ("postscript_marker",)),
    "detectable_format:number_bullet_lists": Kind(number_bullet_lists, ("num_bullets",)),
    "detectable_format:constrained_response": Kind(constrained_response),
    "detectable_format:number_highlighted_sections": Kind(number_highlighted_sections, ("num_highlights",)),
    "detectable_format:multiple_sections": Kind(multiple_sections, ("section_spliter", "num_sections")),
    "detectable_format:json_format": Kind(json_format),
    "detectable_format:title": Kind(title),
    "combination:two_responses": Kind(two_responses),
    "combination:repeat_prompt": Kind(repeat_prompt, ("prompt_to_repeat",)),
    "startend:end_checker": Kind(end_checker, ("end_phrase",)),
    "startend:quotation": Kind(quotation),
    "change_case:capital_word_frequency": Kind(capital_word_frequency, ("capital_frequency", "capital_relation")),
    "change_case:english_capital": Kind(english_capital),
    "change_case:english_lowercase": Kind(english_lowercase),
    "punctuation:no_comma": Kind(no_comma),
}
