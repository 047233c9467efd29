"""The 25 kinds of instructions, strict and loose, and the splitters under them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from task_modules import task_module

from qwen3_eval.grading.instructions import Kind, arguments, check
from qwen3_eval.grading.instructions.kinds import KINDS
from qwen3_eval.grading.instructions.punctuation import sentences
from qwen3_eval.grading.instructions.responses import variants
from qwen3_eval.grading.instructions.text import capital_words, language, words
from qwen3_eval.grading.instructions.treebank import tokens

MULTI_IF = task_module("multilingual/multi_if", "dialect").KINDS
GERMAN = "Der Herbst ist eine schöne Jahreszeit, und die Blätter fallen leise von den Bäumen."
ENGLISH = "The autumn leaves are falling and the evenings become longer every week"
FOUR = "one two three four"


def follows(kind: str, given: dict[str, Any], response: str, table: Mapping[str, Kind] = KINDS) -> bool:
    """Whether the response, as it is, follows one instruction."""
    return check([kind], [arguments(kind, given, table)], response, table).all_strict


def at_least(count: int, what: str = "num_words") -> dict[str, Any]:
    return {what: count, "relation": "at least"}


def less_than(count: int, what: str = "num_words") -> dict[str, Any]:
    return {what: count, "relation": "less than"}


# kind, arguments, response, followed
CASES: list[tuple[str, dict[str, Any], str, bool]] = [
    ("keywords:existence", {"keywords": ["cat", "DOG"]}, "Cats and a hotdog", True),
    ("keywords:existence", {"keywords": ["cat", "dog"]}, "a cat", False),
    ("keywords:existence", {"keywords": ["c.t"]}, "a cut", True),
    ("keywords:frequency", {"keyword": "war", "frequency": 2, "relation": "at least"}, "War warms", True),
    ("keywords:frequency", {"keyword": " war ", "frequency": 3, "relation": "at least"}, "War warms", False),
    ("keywords:frequency", {"keyword": "war", "frequency": 2, "relation": "less than"}, "war", True),
    ("keywords:frequency", {"keyword": "war", "frequency": 1, "relation": "less than"}, "war", False),
    ("keywords:forbidden_words", {"forbidden_words": ["can", "ride"]}, "a canal and a bride", True),
    ("keywords:forbidden_words", {"forbidden_words": ["can", "ride"]}, "Yes, we CAN.", False),
    ("keywords:letter_frequency", {"letter": "Q", "let_frequency": 2, "let_relation": "at least"}, "Qq", True),
    ("keywords:letter_frequency", {"letter": "q", "let_frequency": 2, "let_relation": "less than"}, "Qq", False),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": "at least"}, "#a #b", True),
    ("keywords:letter_frequency", {"letter": "!", "let_frequency": 2, "let_relation": "at least"}, "Oh!", False),
    ("language:response_language", {"language": "de"}, GERMAN, True),
    ("language:response_language", {"language": "fr"}, GERMAN, False),
    ("language:response_language", {"language": "fr"}, "1234 567", True),
    ("length_constraints:number_sentences", at_least(2, "num_sentences"), "One. Two.", True),
    ("length_constraints:number_sentences", at_least(2, "num_sentences"), "Dr. Smith left.", False),
    ("length_constraints:number_sentences", less_than(2, "num_sentences"), "One. Two.", False),
    ("length_constraints:number_sentences", less_than(3, "num_sentences"), "One. Two.", True),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb", True),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "***a***b\n\n***", True),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\n***\nb", False),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 1}, "a\n***\nb", False),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 1}, "a\n\nb", True),
    ("length_constraints:number_words", at_least(4), FOUR, True),
    ("length_constraints:number_words", at_least(5), FOUR, False),
    ("length_constraints:number_words", less_than(4), FOUR, False),
    ("length_constraints:number_words", less_than(5), FOUR, True),
    ("length_constraints:number_words", at_least(3), "don't x_y", True),
    ("length_constraints:number_words", at_least(0), "a", True),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Weekend"},
        "a\n\n'\"weekend's fun",
        True,
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "weekend"},
        "a\n\nweekends",
        False,
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 3, "nth_paragraph": 1, "first_word": "a"},
        "a\n\nb",
        False,
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "b"},
        "a\n\n\n\nb",
        False,
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] and []", True),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[[a]]", False),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}, "[a\nb]", False),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}, "] [", False),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\np. s. more", True),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "PS: more", False),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P.P. S", True),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P.S.", False),
    ("detectable_content:postscript", {"postscript_marker": " Note "}, "a\nNOTE: b", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "Plan:\n* a\n  - b", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n* b\n* c", False),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "**bold**\n*a", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "---", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "*\n* a", True),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "\n\n\t * a", True),
    ("detectable_format:constrained_response", {}, "Well: My answer is maybe.", True),
    ("detectable_format:constrained_response", {}, "my answer is yes.", False),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and *b*", True),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "**a**", False),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "**a**", True),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "* *", False),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "*a\nb*", False),
    ("detectable_format:multiple_sections", {"section_spliter": "Day", "num_sections": 2}, "Day 1 a\nDay2 b", True),
    ("detectable_format:multiple_sections", {"section_spliter": "Day", "num_sections": 2}, "Day 1\nday 2", False),
    ("detectable_format:multiple_sections", {"section_spliter": "Day", "num_sections": 1}, "Day one", False),
    ("detectable_format:json_format", {}, '{"a": 1}', True),
    ("detectable_format:json_format", {}, '```JSON\n["a"]\n```', True),
    ("detectable_format:json_format", {}, "7", True),
    ("detectable_format:json_format", {}, "{'a': 1}", False),
    ("detectable_format:json_format", {}, 'Here: {"a": 1}', False),
    ("detectable_format:json_format", {}, "[" * 5000, False),
    ("detectable_format:title", {}, "<<A day>>\nIt was", True),
    ("detectable_format:title", {}, "<< >>", False),
    ("detectable_format:title", {}, "<<>>", False),
    ("detectable_format:title", {}, "<<a\nb>>", False),
    ("detectable_format:title", {}, "<<<a>>>", True),
    ("detectable_format:title", {}, ">>a<<", False),
    ("combination:two_responses", {}, "a\n******\nb", True),
    ("combination:two_responses", {}, "******a******b******", True),
    ("combination:two_responses", {}, "a******a ", False),
    ("combination:two_responses", {}, "a******b******c", False),
    ("combination:two_responses", {}, "a************b", False),
    ("combination:two_responses", {}, "a", False),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Name a river. "}, " NAME A RIVER. The Po.", True),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Name a river."}, "Sure! Name a river.", False),
    ("startend:end_checker", {"end_phrase": "Any questions?"}, 'It is. any questions?"', True),
    ("startend:end_checker", {"end_phrase": "Any questions?"}, "Any questions? Yes.", False),
    ("startend:quotation", {}, ' "all of it"\n', True),
    ("startend:quotation", {}, '"', False),
    ("startend:quotation", {}, "“all of it”", False),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "at least"}, "GO NOW", True),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "at least"}, "GO-NOW", False),
    ("change_case:capital_word_frequency", {"capital_frequency": 1, "capital_relation": "less than"}, "go now", True),
    ("change_case:capital_word_frequency", {"capital_frequency": 1, "capital_relation": "less than"}, "I go", False),
    ("change_case:english_capital", {}, ENGLISH.upper(), True),
    ("change_case:english_capital", {}, ENGLISH, False),
    ("change_case:english_capital", {}, GERMAN.upper(), False),
    ("change_case:english_lowercase", {}, ENGLISH.lower(), True),
    ("change_case:english_lowercase", {}, ENGLISH, False),
    ("change_case:english_lowercase", {}, "1234", False),
    ("punctuation:no_comma", {}, "no comma; none、at all，here", True),
    ("punctuation:no_comma", {}, "1,000", False),
]


@pytest.mark.parametrize(("kind", "given", "response", "followed"), CASES)
def test_a_kind_is_followed_or_not(kind: str, given: dict[str, Any], response: str, followed: bool) -> None:
    assert follows(kind, given, response) is followed


def test_every_kind_has_cases_of_both_verdicts() -> None:
    assert len(KINDS) == 25
    assert {(kind, followed) for kind, _, _, followed in CASES} == {
        (kind, each) for kind in KINDS for each in (True, False)
    }


@pytest.mark.parametrize(("kind", "given"), {kind: given for kind, given, _, _ in CASES}.items())
def test_a_blank_response_follows_nothing(kind: str, given: dict[str, Any]) -> None:
    for blank in ("", " \n\t\u3000"):
        found = check([kind], [given], blank)
        assert (found.strict, found.loose) == ((False,), (False,))


# arguments


def test_null_arguments_are_those_of_other_kinds() -> None:
    given = {"keywords": None, "num_words": 3, "relation": "at least", "language": None}
    assert arguments("length_constraints:number_words", given) == {"num_words": 3, "relation": "at least"}
    assert follows("length_constraints:number_words", given, FOUR)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("keywords:nonsense", {}, "unknown instruction 'keywords:nonsense'"),
        ("length_constraints:number_words", {"num_words": 3}, "takes num_words, relation, got num_words"),
        ("punctuation:no_comma", {"num_words": 3}, "takes no arguments, got num_words"),
        ("keywords:existence", {}, "takes keywords, got none"),
        ("length_constraints:number_words", {"num_words": 3, "relation": "at most"}, "relation is 'at most'"),
        ("length_constraints:number_words", {"num_words": -1, "relation": "at least"}, "num_words is -1"),
        ("keywords:existence", {"keywords": ["a", "(b"]}, "'(b' is not a regular expression"),
    ],
)
def test_what_the_reference_would_draw_at_random_or_fail_on_is_refused(
    kind: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message.replace("(", "\\(")):
        check([kind], [given], "text")


def test_as_many_arguments_as_instructions() -> None:
    with pytest.raises(ValueError, match="zip"):
        check(["punctuation:no_comma"], [], "text")


# strict and loose


def test_the_eight_variants() -> None:
    assert variants("a*\n b \n*c") == ("a*\n b \n*c", "a\n b \nc", "b \n*c", "a*\n b", "b", "b \nc", "a\n b")
    assert len(variants("*1\n*2\n*3\n*4")) == 8
    assert variants("one line") == ("one line", "")


@pytest.mark.parametrize(
    ("kind", "given", "response"),
    [
        ("detectable_format:json_format", {}, 'Here it is:\n{"a": 1}'),
        ("detectable_format:json_format", {}, '{"a": 1}\nHope this helps'),
        ("detectable_format:json_format", {}, 'Here:\n{"a": 1}\nBye'),
        ("startend:quotation", {}, '**"all"**'),
        ("startend:end_checker", {"end_phrase": "That is all."}, "It is.\nThat is all.\n(37 words)"),
        ("punctuation:no_comma", {}, "Sure, here:\nNo comma"),
        ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "* note\n- a"),
        ("combination:repeat_prompt", {"prompt_to_repeat": "Name a river."}, "*Name* a river. The Po."),
    ],
)
def test_loose_forgives_a_first_or_last_line_and_asterisks(kind: str, given: dict[str, Any], response: str) -> None:
    found = check([kind], [given], response)
    assert (found.strict, found.loose) == ((False,), (True,))


def test_there_is_one_verdict_an_instruction() -> None:
    names = ["punctuation:no_comma", "startend:quotation", "detectable_format:title"]
    found = check(names, [{}, {}, {}], 'Note:\n"<<a>> b"')
    assert found.strict == (True, False, True)
    assert found.loose == (True, True, True)
    assert (found.all_strict, found.all_loose) == (False, True)


# splitters: what NLTK 3.9.1 with its English model makes of the same text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith went home. He slept.", ["Dr. Smith went home.", "He slept."]),
        ("It cost $3.50. That is 5. a lot", ["It cost $3.50.", "That is 5. a lot"]),
        ("He met J. S. Bach. J. Then left.", ["He met J. S. Bach.", "J.", "Then left."]),
        ("We saw e.g. This. Done", ["We saw e.g.", "This.", "Done"]),
        ("Really?! Yes!!! No", ["Really?!", "Yes!!!", "No"]),
        ("Wow!!!", ["Wow!!", "!"]),
        ('He said "Go." She went. (So.) End', ['He said "Go."', "She went.", "(So.)", "End"]),
        ("Wait . . . what?", ["Wait .", ".", ".", "what?"]),
        ("She paused... And left.", ["She paused... And left."]),
        ("“Stop.” He ran.", ["“Stop.” He ran."]),
        ("a\n\nb. C", ["a\n\nb.", "C"]),
        ("  Lead. Trail.  \n", ["  Lead.", "Trail."]),
        ("", []),
        (" \n", []),
        ("no end", ["no end"]),
        ("Une phrase. «Deux.» Trois.", ["Une phrase.", "«Deux.» Trois."]),
        ("我来了。你好。", ["我来了。你好。"]),
        ("At 5 p.m. the U.S. Senate met. In 1999. 5 came.", ["At 5 p.m. the U.S. Senate met.", "In 1999.", "5 came."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's a well-known U.S. SHIP.", ["It", "'s", "a", "well-known", "U.S.", "SHIP", "."]),
        ("I CAN'T, cannot, gonna!", ["I", "CA", "N'T", ",", "can", "not", ",", "gon", "na", "!"]),
        ('"Go," he said.', ["``", "Go", ",", "''", "he", "said", "."]),
        ("A–B -- (C) [D]: 1,000;", ["A–B", "--", "(", "C", ")", "[", "D", "]", ":", "1,000", ";"]),
        ("wait... «no» 5% 'x'", ["wait", "...", "«", "no", "»", "5", "%", "'", "x", "'"]),
        ("*BOLD* **UP**", ["*", "BOLD", "*", "*", "*", "UP", "*", "*"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_words_and_capital_words() -> None:
    assert list(words("don't x_y 3.14 naïve")) == ["don", "t", "x_y", "3", "14", "naïve"]
    assert list(words("नमस्ते")) == ["नमस", "त"]  # vowel signs are no letters to Python's \w
    assert list(capital_words("NASA said: GO-NOW to Ohio. DON'T.")) == ["NASA", "GO-NOW", "DO", "N'T"]


def test_the_language_of_a_text_never_changes() -> None:
    between = "hotel taxi restaurant"
    assert len({language(between) for _ in range(20)}) == 1
    assert language("... 123 !") is None
    assert language(GERMAN) == "de"


# Multi-IF


@pytest.mark.parametrize(
    ("kind", "given", "response", "followed"),
    [
        ("startend:quotation", {}, "“all”", True),
        ("startend:quotation", {}, "「all」", True),
        ("startend:quotation", {}, "“all」", False),
        ("length_constraints:number_words", at_least(8), "我喜欢在公园里散步。", True),
        ("length_constraints:number_words", at_least(10), "我喜欢在公园里散步。", False),
        ("length_constraints:number_words", at_least(17), "我喜欢在公园里和朋友们一起散步 iPhone 😀", True),
        ("length_constraints:number_words", at_least(18), "我喜欢在公园里和朋友们一起散步 iPhone 😀", False),
        ("length_constraints:number_sentences", at_least(2, "num_sentences"), "今天天气很好。我们去公园吧！", True),
        ("length_constraints:number_sentences", at_least(3, "num_sentences"), "今天天气很好。我们去公园吧！", False),
        ("length_constraints:number_sentences", at_least(2, "num_sentences"), "यह एक किताब है। वह घर गया।", True),
        ("length_constraints:number_sentences", at_least(3, "num_sentences"), "यह एक किताब है। वह घर गया।", False),
        (
            "length_constraints:number_sentences",
            at_least(2, "num_sentences"),
            "Ich gehe heim. Es regnet sehr.",
            True,
        ),
        ("punctuation:no_comma", {}, "eins,zwei", False),
    ],
)
def test_multi_if_counts_by_language(kind: str, given: dict[str, Any], response: str, followed: bool) -> None:
    assert follows(kind, given, response, MULTI_IF) is followed


def test_multi_if_has_the_same_kinds() -> None:
    assert {name: kind.arguments for name, kind in MULTI_IF.items()} == {
        name: kind.arguments for name, kind in KINDS.items()
    }
    assert not follows("startend:quotation", {}, "“all”")


# any text

ARGUMENTS = {kind: given for kind, given, _, _ in CASES}
PARTS = [
    "*",
    "***",
    "******",
    "<<",
    ">>",
    "[",
    "]",
    ".",
    "!",
    " ",
    "\n",
    '"',
    "'",
    "```",
    "a",
    "B",
    "Mr.",
    "\ud800",
    "字",
]
ANY_TEXT = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PARTS), max_size=25).map("".join))


@given(ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_any_text_is_checked_and_strict_implies_loose(response: str) -> None:
    names = list(KINDS)
    found = check(names, [ARGUMENTS[name] for name in names], response)
    assert all(loose or not strict for strict, loose in zip(found.strict, found.loose, strict=True))


@given(ANY_TEXT)
@settings(max_examples=200, deadline=None)
def test_sentences_are_parts_of_the_text_in_order(text: str) -> None:
    found = list(sentences(text))
    ends = [0, *(each for span in found for each in span)]
    assert ends == sorted(ends)
    assert all(text[start:end] for start, end in found)
    assert "".join(text.split()) == "".join("".join(text[start:end] for start, end in found).split())


HOSTILE = [
    "[",
    "<<",
    "<<>>",
    "*",
    "* ",
    "\n",
    "\n ",
    " ",
    ".) ",
    "'",
    "p. ",
    "- a\n",
    "{",
    "a@",
    "\x00",
    "字",
    "words. ",
    "1",
]
SLOW = {"change_case:capital_word_frequency", "language:response_language"}


@pytest.mark.parametrize("part", HOSTILE)
def test_a_megabyte_of_anything_is_checked(part: str) -> None:
    text = part * (1_000_000 // len(part))
    names = [name for name in KINDS if name not in SLOW]
    started = time.process_time()
    check(names, [ARGUMENTS[name] for name in names], text)
    assert time.process_time() - started < 20  # most take 0.1 s; a quadratic pattern would take hours


@pytest.mark.parametrize("part", ["a", "x@", "Ab. ", "The quick brown fox jumped. "])
def test_a_megabyte_has_a_language(part: str) -> None:
    started = time.process_time()
    language(part * (1_000_000 // len(part)))
    assert time.process_time() - started < 5


def test_nothing_heavy_is_imported_with_the_module() -> None:
    code = "import sys, qwen3_eval.grading.instructions; print(*{'langdetect', 'punkt', 'emoji'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
