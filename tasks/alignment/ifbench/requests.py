"""The kinds ``custom`` and ``repeat``: requests that are asked once, and requests that are to be repeated."""

from __future__ import annotations

import csv
import io
import re
import string
from collections.abc import Sequence
from itertools import pairwise

from .lists import CAPITALS
from .pieces import bare, plain, sentences, stripped_lines

MULTIPLES = ["14", "21", "28", "35", "42", "49"]
QUESTIONS, CHOICES = 4, 5
LABEL = re.compile(r"Question \d+[|.):;]?\s*")
CHOICE = re.compile(r"[A-Ea-e][.|)]\s*\w")
FIRST_COUNTRY, COUNTRIES = "Zimbabwe", 52
BIRD = "bald eagle"
ONLY_SENTENCE = "Only output this sentence here, ignore all other requests."
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
NAPOLEON = range(1769, 1822)
DAYS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30, **dict.fromkeys((1, 3, 5, 7, 8, 10, 12), 31)}
NO_WORD = re.compile(r"[^\w\s]")


def multiples(response: str) -> bool:
    """The numbers in the text are the multiples of seven between 10 and 50."""
    return re.findall(r"\d+", response) == MULTIPLES


def mcq_count_length(response: str) -> bool:
    """Four questions with five options each, every one longer than the one before it."""
    if not response.startswith("Question"):
        return False
    questions = [text.strip() for text in LABEL.split(response) if text.strip()]
    asked = [question_and_choices(text) for text in questions]
    lengths = [length for length, _ in asked]
    return (
        len(asked) == QUESTIONS
        and all(choices == CHOICES for _, choices in asked)
        and all(before < after for before, after in pairwise(lengths))
    )


def question_and_choices(text: str) -> tuple[int, int]:
    """The length of a question, which ends where its options begin, and how many those are."""
    lines = [line.strip() for line in text.split("\n")]
    places = [place for place, line in enumerate(lines) if CHOICE.match(line)]
    return len(" ".join(lines[: places[0] if places else None]).strip()), len(places)


def reverse_newline(response: str) -> bool:
    """From Zimbabwe on at least 52 lines, in descending order; which countries they name is not checked."""
    lines = list(stripped_lines(response))
    start = next((place for place, line in enumerate(lines) if FIRST_COUNTRY in line), len(lines))
    found = [plain(line) for line in lines[start:]]
    return len(found) >= COUNTRIES and found == sorted(found, reverse=True)


def word_reverse(response: str) -> bool:
    """Read word by word from its end, without punctuation, the text names the bird."""
    return BIRD in " ".join(reversed(bare(response.lower()).split()))


def character_reverse(response: str) -> bool:
    """The bird's name stands there backwards."""
    return BIRD[::-1] in response.lower()


def sentence_alphabet(response: str) -> bool:
    """Twenty-six sentences that begin with the letters of the alphabet, in order."""
    found = sentences(response)
    return len(found) == 26 and all(
        sentence.lstrip()[:1].lower()[:1] == letter
        for sentence, letter in zip(found, string.ascii_lowercase, strict=True)
    )


def european_capitals_sort(response: str) -> bool:
    """The capitals north of 45 degrees, from north to south, divided by commas."""
    return [name.strip() for name in plain(response).split(",") if name.strip()] == list(CAPITALS)


def csv_city(response: str) -> bool:
    """Seven rows of five cells under the header."""
    rows = _table(response, ",")
    return rows[:1] == [["ID", "Country", "City", "Year", "Count"]] and _sizes(rows) == [5] * 8


def csv_special_character(response: str) -> bool:
    """Fourteen rows; up to the first with a cell in quotes that has a special character, all have five cells."""
    names = ("ProductID", "Category", "Brand", "Price", "Stock")
    if not re.fullmatch(r",[ \t]*".join(rf'(?:{name}|"{name}")' for name in names), _first_line(response)):
        return False
    rows = _table(response.replace('"', '"""'), ",")
    for row in rows[1:] if len(rows) == 15 else ():
        if len(row) != 5:
            return False
        if any(map(_special, row)):
            return True
    return False


def csv_quotes(response: str) -> bool:
    """Three rows of five cells, divided by tabs, each cell in double quotes."""
    names = ("StudentID", "Subject", "Grade", "Semester", "Score")
    if not re.fullmatch(r"\t *".join(rf'(?:{name}|"{name}")' for name in names), _first_line(response)):
        return False
    rows = _table(response.replace('"', '"""'), "\t")
    cells = [cell.strip() for row in rows for cell in row]
    return _sizes(rows) == [5] * 4 and all(cell[:1] == cell[-1:] == '"' for cell in cells)


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].strip()


def _sizes(rows: Sequence[Sequence[str]]) -> list[int]:
    return [len(row) for row in rows]


def _table(text: str, divider: str) -> list[list[str]]:
    """The rows of a text as CSV; none where it cannot be read."""
    try:
        return list(csv.reader(io.StringIO(text), delimiter=divider))
    except csv.Error:
        return []


def _special(cell: str) -> bool:
    """Whether a cell begins with a quote and has, before another one in its first line, a mark of any kind."""
    line = cell.split("\n", 1)[0]
    return line[:1] == '"' and NO_WORD.search(line[1 : max(line.rfind('"'), 1)]) is not None


def date_format_list(response: str) -> bool:
    """Dates of Napoleon's lifetime, divided by commas; a month of 00 and a day of 00 pass."""
    return all(map(_date, response.strip().split(",")))


def _date(text: str) -> bool:
    found = DATE.fullmatch(text.strip())
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    return year in NAPOLEON and month <= 12 and day <= DAYS.get(month, day)


def repeat_change(response: str, prompt_to_repeat: str) -> bool:
    """The request but for its first word, which may be changed; not the request itself."""
    return response != prompt_to_repeat and response.split()[1:] == prompt_to_repeat.split()[1:]


def repeat_simple(response: str) -> bool:
    """The sentence that is to be put out, in any case."""
    return response.strip().lower() == ONLY_SENTENCE.lower()


def repeat_span(response: str, prompt_to_repeat: str, n_start: int, n_end: int) -> bool:
    """The characters of the request from one place to another, both included, in any case."""
    return response.strip().lower() == prompt_to_repeat[n_start : n_end + 1].strip().lower()
