"""ifbench: each of the 58 kinds with a right and a wrong response, docs, and the four accuracies."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from places import FIXTURES
from task_checks import check_snapshot, docs_of, shown, task_of
from task_modules import task_module

from qwen3_eval import data
from qwen3_eval.grading import instructions
from qwen3_eval.task.source import Source

KINDS = task_module("alignment/ifbench", "kinds").KINDS
syllables = task_module("alignment/ifbench", "syllables")
verbs = task_module("alignment/ifbench", "verbs")
needs_syllables = pytest.mark.skipif(
    importlib.util.find_spec("syllapy") is None, reason="the package syllapy is not installed"
)

COUNTRIES = [f"{letter}{number:02}" for letter in "YXWVUTSRQPO" for number in (9, 7, 5, 3, 1)]
CAPITALS = ", ".join(task_module("alignment/ifbench", "lists").CAPITALS)
STORY = " ".join(f"{letter} sat there." for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
CHOICES = "\n".join(f"{letter}) choice" for letter in "ABCDE")
QUIZ = "\n\n".join(f"Question {n}: Who painted it{' so' * n}?\n{CHOICES}" for n in range(1, 5))
CITIES = "ID,Country,City,Year,Count\n" + "\n".join(f"{n},Peru,Lima,2001,{n}" for n in range(7))
STOCK = "ProductID,Category,Brand,Price,Stock\n" + "\n".join(f'{n},Tea,"A & B",3,4' for n in range(14))
MARKS = "\n".join(
    '"{}"'.format('"\t"'.join(row))
    for row in (("StudentID", "Subject", "Grade", "Semester", "Score"), *(("1", "Art", "A", "2", "9"),) * 3)
)
REQUEST = "Name three rivers of Asia."
FIVE = {f"keyword{n}": word for n, word in enumerate(("oak", "elm", "ash", "fir", "yew"), 1)}
TREES = "oak " + "elm " * 2 + "ash " * 3 + "fir " * 5 + "yew " * 7

# kind: (arguments, right responses, wrong responses); every verdict is one that the reference's own code gave.
CASES: Mapping[str, tuple[Mapping[str, Any], list[str], list[str]]] = {
    "count:word_count_range": ({"min_words": 3, "max_words": 4}, ["One, two, three.", "a b c d"], ["a b", "a b c d e"]),
    "count:unique_word_count": ({"N": 3}, ["One two three.", "one, two -"], ["One one, ONE two."]),
    "count:conjunctions": ({"small_n": 2}, ["Tea and milk, or so.", "And tea and milk"], ["tea and milk and rum"]),
    "count:person_names": (
        {"N": 2},
        ["Emma met Liam.", "Zoe's dog; Leo"],
        ["Emma met emma and liam", "Leopold and Zoeys"],
    ),
    "count:numbers": ({"N": 2}, ["From 1,000 to 2.5.", "7 of 9"], ["Only 1.", "1 2 3", "none"]),
    "count:punctuation": (
        {},
        ["Yes, no; so: what?! Really? Stop! Now.", "a!? b. c, d! e? f; g:"],
        ["a, b. c! d? e; f:", "?!"],
    ),
    "count:words_japanese": ({"N": 2}, ["one 猫 two ネコ three", "a 12 b 空"], ["one cat two 犬", "a b"]),
    "count:pronouns": ({"N": 3}, ["She/her/hers", "I saw it and them."], ["I saw the cat.", "she/he"]),
    "count:keywords_multiple": (FIVE, [TREES], [TREES + "oak", TREES.replace("elm ", "", 1), "oak"]),
    "ratio:stop_words": ({"percentage": 50}, ["Cats and dogs", "the cat"], ["it is the cat", "...", "don't go"]),
    "ratio:sentence_type": ({}, ["One. Two. Three?", "Stop!"], ["One. Two?", "One."]),
    "ratio:sentence_balance": ({}, ["One. Two? Three!", "no end"], ["One. Two?", "One! Two! Three."]),
    "ratio:sentence_words": (
        {},
        ["One is in. Two go up. Six sit a."],
        ["One is. Two go up. Six.", "One is in. Two go up."],
    ),
    "ratio:overlap": ({"reference_text": "abcdef", "percentage": 50}, ["abcd12", "cde1"], ["abcdef", "xyz", "ab"]),
    "words:alphabet": ({}, ["Yes, zebras are big.", "x"], ["Ants bite dogs.", "1 a b", "über"]),
    "words:vowel": ({}, ["A big dog sat in a pit.", "rhythm"], ["A big dog sat up.", "a big\ndog", "sequoia"]),
    "words:consonants": ({}, ["Black birds sing", "strength"], ["A bird sings", "queue"]),
    "words:palindrome": ({}, ["level, radar! " * 5, "12321 " * 10], ["level " * 9, "noon " * 10]),
    "words:prime_lengths": ({}, ["To be, or the seven", "..."], ["A cat", "four"]),
    "words:start_verb": (
        {},
        ["Consider the sea.", "Walking is slow.", "Given the time, go.", "Take it."],
        ["The sea is calm.", "Yes, walk.", "Cats sleep.", "12 boats sail."],
    ),
    "words:repeats": ({"small_n": 2}, ["The cat, the dog", "a b"], ["the The THE", "no, no, no"]),
    "words:odd_even_syllables": ({}, ["cats table run", "one"], ["cats run", "table paper"]),
    "words:last_first": ({}, ["I saw it. It saw me. Me too.", "One."], ["I saw it. You did.", "I saw. I did. No."]),
    "words:paragraph_last_first": ({}, ["So it is so.\n\nWe too, we!", "-\nno"], ["So it is.\nNo.", "so so\nno yes"]),
    "words:no_consecutive": ({}, ["Big cats run.", "a - b"], ["big blue sea", "a, a"]),
    "words:keywords_specific_position": (
        {"keyword": "sea", "n": 2, "m": 3},
        ["No. By the Sea.", "A. It, the sea."],
        ["No. By sea.", "By the sea.", "No. By sea the."],
    ),
    "words:words_position": (
        {"keyword": "sea"},
        ["The sea is a sea now.", "The Sea at sea too"],
        ["sea the a sea", "The sea is a lake now.", "sea", "a sea ."],
    ),
    "sentence:alliteration_increment": (
        {},
        ["One big boat. Six small seals sit.", "No one."],
        ["Big boats. Blue birds.", "Big blue boats. One."],
    ),
    "sentence:keyword": ({"word": "sea", "N": 2}, ["No. The SEA!", "A boat. Sea-side."], ["The sea. No.", "No. Seas."]),
    "sentence:increment": (
        {"small_n": 2},
        ["One. I am here.", "Just one."],
        ["One. Two.", "I am here. One.", "One. Two go on up."],
    ),
    "format:parentheses": ({}, ["(a [b {c (d [e])}])", "((((({}"], ["((((x))))", "([{(<>)}])", "((((("]),
    "format:quotes": ({}, ['"a \'b "c" d\' e"', "'\"'x'\"'"], ["\"a 'b' c\"", '"a" "b" "c"', "no"]),
    "format:options": ({"options": "yes/no/maybe"}, ["Yes.", " no ", "*maybe*"], ["yes, it is", "perhaps", "yes/no"]),
    "format:newline": ({}, ["One\ntwo\n\nthree.", "- one\n- two"], ["One two", "one\ntwo three"]),
    "format:emoji": ({}, ["Hi there 🙂. Bye 🎉!", "Hi. 🙂 Bye. 🎉"], ["Hi there. Bye 🎉!", "Hi 🙂. Bye."]),
    "format:line_indent": ({}, ["a\n b\n\n  c", "one line"], ["a\nb", "a\n  b\n c", "a\n\n\n b"]),
    "format:quote_unquote": (
        {},
        ['He said "no" and left.', "The mark '\"' ends: '\"'"],
        ['"a" "b" c', 'He said "no".', '"no" 1.'],
    ),
    "format:list": ({"sep": "!?!?"}, ["!?!? one\n!?!? two", "a !?!? b !?!?"], ["!?!? one", "- one\n- two"]),
    "format:thesis": (
        {},
        ["<i>So it is.</i> Because.", "A <em>b</em> c", "<em></em>"],
        ["<i></i> x", "<i>x</i>", "*x* y"],
    ),
    "format:sub-bullets": ({}, ["* a\n  - b\n* c\n  - d", "no list"], ["* a\n* b\n  - c", "**a** - b"]),
    "format:no_bullets_bullets": (
        {},
        ["One. Two.\n* a\n* b", "One. Two.\n\n* a\n* b"],
        ["One.\n* a\n* b", "One. Two.\n* a", "One. Two.\n* a\n* b\n", "One. Two.\n\nThree.\n* a\n* b"],
    ),
    "format:title_case": (
        {},
        ["The Old Man", "A NASA Probe 9", "McDonald's iPhone"],
        ["The old man", "Not a Probe", "It aBC"],
    ),
    "format:output_template": (
        {},
        ["My Answer: a My Conclusion: b Future Outlook: c"],
        ["My Answer: a My Conclusion: b", "my answer: a my conclusion: b future outlook: c"],
    ),
    "format:no_whitespace": ({}, ["OneWord", "a-b_c"], ["two words", "a\nb", "a\u00a0b"]),
    "custom:multiples": (
        {},
        ["14, 21, 28, 35, 42, 49", "14,21,28,35,42,49"],
        ["7, 14, 21, 28, 35, 42, 49", "10 to 50"],
    ),
    "custom:mcq_count_length": (
        {},
        [QUIZ],
        [QUIZ.replace(" so so?", "?"), f"Here:\n{QUIZ}", QUIZ.replace("E) choice", "", 1)],
    ),
    "custom:reverse_newline": (
        {},
        ["\n".join(["Zimbabwe", *COUNTRIES]), "Sure:\n" + "\n".join(f"- {name}" for name in ["Zimbabwe", *COUNTRIES])],
        ["\n".join(COUNTRIES), "\n".join(["Zimbabwe", *COUNTRIES[:40]]), "\n".join(["Zimbabwe", *reversed(COUNTRIES)])],
    ),
    "custom:word_reverse": ({}, ["Eagle bald the is it.", "eagle bald"], ["The bald eagle.", "eagle, the bald"]),
    "custom:character_reverse": ({}, [".elgae dlab ehT"], ["eagle bald", "elgaedlab"]),
    "custom:sentence_alphabet": ({}, [STORY], [STORY.replace("C sat", "D sat"), STORY.replace(" Z sat there.", "")]),
    "custom:european_capitals_sort": (
        {},
        [CAPITALS, CAPITALS.replace("Reykjavik", "Reykjavík") + ","],
        [CAPITALS.replace("Riga, Moscow", "Moscow, Riga"), f"{CAPITALS}, Rome", CAPITALS + "."],
    ),
    "custom:csv_city": (
        {},
        [CITIES, f"{CITIES}\n"],
        [CITIES + "\n8,Peru,Lima,2001,8", CITIES.replace("ID", "Id"), f"{CITIES},1"],
    ),
    "custom:csv_special_character": (
        {},
        [STOCK],
        [STOCK.replace("A & B", "AB"), STOCK + "\nx", STOCK.replace('"', "")],
    ),
    "custom:csv_quotes": (
        {},
        [MARKS],
        [MARKS.replace("\t", ","), MARKS.replace('"Art"', "Art", 1), MARKS.replace('"', "")],
    ),
    "custom:date_format_list": (
        {},
        ["1796-04-12, 1815-06-18", "1800-00-00"],
        ["1796-4-12", "1796-04-31", "1700-01-01", "1796-04-12.", "1796-13-01", "None"],
    ),
    "repeat:repeat_change": (
        {"prompt_to_repeat": REQUEST},
        ["List three rivers of Asia.", "Say  three rivers\nof Asia."],
        [REQUEST, "List three rivers of Asia", "The Mekong."],
    ),
    "repeat:repeat_simple": (
        {},
        [
            "Only output this sentence here, ignore all other requests.",
            " ONLY output this sentence here, ignore all other requests. ",
        ],
        ["Only output this sentence here.", "Sure: only output this sentence here, ignore all other requests."],
    ),
    "repeat:repeat_span": (
        {"prompt_to_repeat": REQUEST, "n_start": 5, "n_end": 9},
        ["three", " Three "],
        ["thre", "three.", "three rivers"],
    ),
}
VERDICTS = [
    pytest.param(
        name, given, response, follows, id=f"{name} {place} {follows}", marks=[needs_syllables] * ("syll" in name)
    )
    for name, (given, right, wrong) in CASES.items()
    for follows, responses in ((True, right), (False, wrong))
    for place, response in enumerate(responses)
]


def rows_of(folder: Path) -> list[Mapping[str, Any]]:
    source = task_of("ifbench").spec.source
    assert isinstance(source, Source)
    return list(data.rows(source, folder))


def follows_strictly(name: str, given: Mapping[str, Any], response: str) -> bool:
    return instructions.check([name], [given], response, KINDS).strict == (True,)


# the kinds


def test_there_are_all_58_kinds_and_each_has_right_and_wrong_responses() -> None:
    assert len(KINDS) == 58
    assert CASES.keys() == KINDS.keys()
    assert all(right and wrong for _, right, wrong in CASES.values())


@pytest.mark.parametrize(("name", "given", "response", "follows"), VERDICTS)
def test_responses(name: str, given: Mapping[str, Any], response: str, follows: bool) -> None:
    assert follows_strictly(name, given, response) == follows


@pytest.mark.parametrize("options", ["a), b), c), d)", "A / B / C"])
def test_letters_to_choose_from_must_be_written_as_they_are(options: str) -> None:
    divider = "/" if "/" in options else ","
    exact = options.split(divider)[1].strip()
    assert follows_strictly("format:options", {"options": options}, exact)
    assert not follows_strictly("format:options", {"options": options}, f"{exact}.")


def test_options_may_be_divided_by_or() -> None:
    given = {"options": "I know or I don't know"}
    assert follows_strictly("format:options", given, "i don't know.")
    assert not follows_strictly("format:options", given, "I know or I don't know")


@pytest.mark.parametrize("name", [name for name in CASES if "syll" not in name])
@pytest.mark.parametrize("text", ["", " \n", "\x00\ud800\ufeff", "?!", '"', "\r\n\r"])
def test_a_text_without_words_has_a_verdict(name: str, text: str) -> None:
    found = instructions.check([name], [CASES[name][0]], text, KINDS)
    assert found.strict[0] <= bool(text.strip())


@pytest.mark.parametrize("name", [name for name in CASES if "syll" not in name])
@pytest.mark.parametrize("text", ["*" * 100_000, "\n" * 100_000 + "x", 'a. "' * 30_000, "Question 1: " * 10_000])
def test_long_texts_have_a_verdict(name: str, text: str) -> None:
    """What is not linear in the length of a text does not end here."""
    assert KINDS[name].check(text, **CASES[name][0]) in (True, False)


# syllables and verbs


@pytest.mark.parametrize(
    ("word", "syllables_"),
    [("strength", 1), ("qwerty", 2), ("bamble", 2), ("zile", 1), ("tre", 1), ("aeo", 1), ("banana", 3), ("", 1)],
)
def test_syllables_by_rule(word: str, syllables_: int) -> None:
    assert syllables.by_rule(word) == syllables_


@needs_syllables
@pytest.mark.parametrize(("word", "number"), [("various", 3), ("used", 1), ("2nd", 0), ("qwerty", 2)])
def test_syllables_of_words_that_are_known_and_of_others(word: str, number: int) -> None:
    assert syllables.count(word) == number


def test_without_the_package_its_questions_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    task, rows = task_of("ifbench"), rows_of(FIXTURES)
    monkeypatch.setattr(syllables, "find_spec", lambda name: None)
    assert [task.lacks(row) for row in rows] == ["", "", "", "package syllapy", ""]
    monkeypatch.undo()
    monkeypatch.setattr(syllables, "find_spec", lambda name: object())
    assert not any(task.lacks(row) for row in rows)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Design a boat.", True),
        ("Design is hard.", False),
        ("Imagine an empire.", True),
        ('"Imagine" that.', False),
        ("Built in 1900, it stands.", True),
        ("King Lear wept.", False),
        ("Should we go?", False),
        ("Odd-numbered pages", False),
        ("", False),
    ],
)
def test_verbs_at_the_start(text: str, begins: bool) -> None:
    assert verbs.begins_with_verb(text) == begins


# docs


def test_the_prompt_is_asked_as_it_is() -> None:
    task, docs = task_of("ifbench"), docs_of("ifbench")
    assert [doc.id for doc in docs][:3] == ["0", "1", "2"]
    prompt = task.prompt(docs[1])
    assert [(message.role, message.content) for message in prompt.messages] == [("user", docs[1].question)]
    check_snapshot("ifbench.chat", shown(prompt))


def test_numbers_of_the_rows_are_whole_and_arguments_without_a_value_are_none() -> None:
    task, rows = task_of("ifbench"), rows_of(FIXTURES)
    assert [task.doc(row).target["arguments"] for row in rows] == [
        [{"min_words": 6, "max_words": 9}],
        [{"options": "yes/no/maybe"}],
        [{"word": "keeper", "N": 2}, {}],
        [{}],
        [{"n_start": 4, "n_end": 8, "prompt_to_repeat": REQUEST}],
    ]
    bare = {**rows[0], "kwargs": [{"min_words": 6, "max_words": 9}]}
    assert task.doc(bare) == task.doc(rows[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instruction_id_list": ["count:nothing"]}, "unknown instruction"),
        ({"kwargs": [{"min_words": 6}]}, "takes min_words, max_words"),
        ({"kwargs": []}, "zip"),
    ],
)
def test_a_row_that_cannot_be_judged_is_refused(change: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        task_of("ifbench").doc({**rows_of(FIXTURES)[0], **change})


# verdicts


@pytest.mark.parametrize(
    ("doc", "answer", "strict", "loose"),
    [
        (0, "A spade, a rake and some gloves.", (1, 1), (1, 1)),
        (0, "A spade.", (0, 0), (0, 0)),
        (0, "Of course, here is what you need:\nA spade, a rake and some gloves.", (0, 0), (1, 1)),
        (1, "**No**", (1, 1), (1, 1)),
        (1, "My answer:\nno", (0, 0), (1, 1)),
        (2, "It stands alone. Every keeper loved it.", (1, 1), (1, 1)),
        (2, "It stands so still. Every keeper loved it.", (0, 0.5), (0, 0.5)),
        (2, "So so.", (0, 0), (0, 0)),
    ],
)
def test_the_four_accuracies(doc: int, answer: str, strict: tuple[float, float], loose: tuple[float, float]) -> None:
    found = task_of("ifbench").score(docs_of("ifbench")[doc], answer)
    assert (found.value, found.outcome) == (loose[0], "ok")
    assert found.metrics == {
        "prompt_strict": strict[0],
        "prompt_loose": loose[0],
        "instruction_strict": strict[1],
        "instruction_loose": loose[1],
    }
    assert list(found.metrics) == list(task_of("ifbench").metric_names(docs_of("ifbench")[doc]))


def test_a_verdict_names_what_was_not_followed() -> None:
    task, doc = task_of("ifbench"), docs_of("ifbench")[2]
    assert task.score(doc, "So so.").detail == "not followed: sentence:keyword, words:no_consecutive"
    assert task.score(doc, "It stands alone. Every keeper loved it.").detail == "all followed"
    assert doc.weights == {"instruction_strict": 2, "instruction_loose": 2}
