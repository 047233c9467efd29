"""Chains of arithmetic modulo 10 asked in words of six languages.

qwen3_eval's own family for the bundled demo model: the same arithmetic as demo_math in chains of
2 to 6 operations, with number and operator words of English, Spanish, German, Indonesian,
Chinese and Turkish.
"""

import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from qwen3_eval.api import Doc, Generated, Prompt, Sampling, Score, Task, boxed, languages, task

SHORTEST, LONGEST = 2, 6


class Phrasing(NamedTuple):
    """One language's way to ask: the frame, the digits 1 to 9, the operators ``+ - *``, what joins them."""

    question: str
    digits: str
    operators: str
    joint: str = " "

    def ask(self, expression: str) -> str:
        """The question for a chain of digits and operators."""
        names = dict(zip("123456789+-*", (self.digits + " " + self.operators).split(), strict=True))
        return self.question.format(self.joint.join(names[sign] for sign in expression))


LANGUAGES = {
    "en": Phrasing(
        "Compute from left to right, modulo ten: {}",
        "one two three four five six seven eight nine",
        "plus minus times",
    ),
    "es": Phrasing(
        "Calcula de izquierda a derecha, módulo diez: {}",
        "uno dos tres cuatro cinco seis siete ocho nueve",
        "más menos por",
    ),
    "de": Phrasing(
        "Rechne von links nach rechts, modulo zehn: {}",
        "eins zwei drei vier fünf sechs sieben acht neun",
        "plus minus mal",
    ),
    "id": Phrasing(
        "Hitung dari kiri ke kanan, modulo sepuluh: {}",
        "satu dua tiga empat lima enam tujuh delapan sembilan",
        "tambah kurang kali",
    ),
    "zh": Phrasing("从左到右计算，模十：{}", "一 二 三 四 五 六 七 八 九", "加 减 乘", ""),
    "tr": Phrasing(
        "Soldan sağa hesapla, mod on: {}",
        "bir iki üç dört beş altı yedi sekiz dokuz",
        "artı eksi çarpı",
    ),
}


def value(expression: str) -> int:
    """The chain's value, reduced modulo 10 after each operation; no operator binds tighter."""
    result = int(expression[0])
    for operator, digit in zip(expression[1::2], map(int, expression[2::2]), strict=True):
        result = {"+": result + digit, "-": result - digit, "*": result * digit}[operator] % 10
    return result


@task(
    name="demo_multilingual",
    category="demo",
    version="2",
    source=Generated(seed=20_254, count=60),
    reference="qwen3_eval's own: exact match of the boxed digit",
    max_tokens=160,
    answer_tokens=24,
    languages=tuple(languages.find_language(code).tag for code in LANGUAGES),
    suites=("demo",),
    sampling={"thinking": Sampling(), "non-thinking": Sampling()},
)
class DemoMultilingual(Task):
    """The digit in the last ``\\boxed{}`` must be the chain's value; the languages take turns."""

    def rows(self, rng: random.Random) -> Iterator[Mapping[str, Any]]:
        while True:
            for language in LANGUAGES:
                operations = rng.randint(SHORTEST, LONGEST)
                digits = [str(rng.randint(1, 9)) for _ in range(operations + 1)]
                tail = "".join(rng.choice("+-*") + digit for digit in digits[1:])
                yield {"language": language, "expression": digits[0] + tail}

    def doc(self, row: Mapping[str, Any]) -> Doc:
        language, expression = str(row["language"]), str(row["expression"])
        return Doc(
            f"{language}/{expression}",
            LANGUAGES[language].ask(expression),
            str(value(expression)),
            language=languages.find_language(language).tag,
            meta={"expression": expression},
        )

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(doc.question)

    def score(self, doc: Doc, answer: str) -> Score:
        found = boxed(answer)
        if found is None:
            return Score.no_answer("no \\boxed{}")
        return Score(float(found.strip() == doc.target), extracted=found)
