r"""PolyMath: 500 problems in 18 languages, four levels of 125 from school to research, weighted by difficulty.

Rows: the authors' first release, the same problems in each language. Asked: the problem and the authors' note in its
language, which asks for a box. Judged: the first ``\boxed{}`` by the authors' own rule, which takes 0.6 and 6000 for
60 and refuses 60^\circ. Beside it ``equivalence`` says what the last box is worth as mathematics, with the digits,
separators and units of the language, and ``disagreement`` in how many samples the two part. Reported: DW-ACC, in which
the levels low, medium, high and top weigh 1, 2, 4 and 8, by language, and the mean of the languages; the levels are
subsets. Translations of one problem are one cluster. Report: Tables 11 to 20, and by language 24 to 35.
"""

import ast
import functools
import re
import warnings
from collections.abc import Mapping
from typing import Any

from qwen3_eval.api import (
    BOXED,
    Doc,
    Paper,
    Prompt,
    Score,
    Source,
    Task,
    boxed,
    languages,
    math_equal,
    metrics,
    reading,
    task,
)

from .rule import first_box, polymath_equal
from .units import scaled, without_unit

FIRST_RELEASE = "fab12d62dd486c605d6da1faef4db93e9e4f22f4"
REVISION = "fbf4e41cae78687d6be7447dbea897357c06aaa7"
LANGUAGES = "ar bn de en es fr id it ja ko ms pt ru sw te th vi zh".split()
WEIGHTS = {"low": 1.0, "medium": 2.0, "high": 4.0, "top": 8.0}
COUNT = re.compile(r"\$?-?\d+(?:\.\d+)?\$?")
NUMBER = re.compile(r"[\d., \u00a0\u202f]+")


def rows(language: str, level: str) -> Source:
    """One level in one language."""
    return Source(
        "github:QwenLM/PolyMath",
        configs=(f"{language}/{level}",),
        config_column="config",
        split="test",
        path="data/{config}.jsonl",
        mirror=f"polymath/{language}.{level}.jsonl",
        revision=FIRST_RELEASE,
        n_rows=125,
    )


@task(
    name="polymath",
    category="multilingual",
    version="2",
    source=tuple(rows(language, level) for language in LANGUAGES for level in WEIGHTS),
    texts={
        "instruction": Source(
            "github:QwenLM/PolyMath",
            split="instruction",
            path="instruction.py",
            mirror="polymath/instruction.jsonl",
            revision=REVISION,
        )
    },
    metric=metrics.Mean(over="languages"),
    languages=tuple(languages.find_language(each).tag for each in LANGUAGES),
    n_docs=9_000,
    prompts=(BOXED,),
    reference=f"QwenLM/PolyMath@{REVISION} instruction.py, eval/run_eval.py, eval/scripts.py",
    paper=Paper(tables=(*range(11, 21), *range(24, 36)), metric="accuracy"),
    suites=("report", "multilingual", "cards"),
    score_seconds=10.0,
    deviations=(
        "the rule is that of 22 May 2025: the code of the report's date calls functions that it lacks, which refuses",
        "a comparison may take as long as judging; the reference gives up after one second, which makes it unequal",
        "over 1,000 characters, numbers of over 20,000 digits and ten brackets deep only the same text is equal",
        "an answer is never run as Python; the reference hands it to eval",
        "integrals, limits, derivatives and matrix commands are not read where sympy's own reader does not",
        "sympy is 1.14 or newer; the reference pins 1.12.1",
        "rows are those of the first release, at a commit; the files on the hub were uploaded anew later",
    ),
)
class PolyMath(Task):
    """Problems on four levels."""

    def doc(self, row: Mapping[str, Any]) -> Doc:
        level, code, number = row["id"].split("-")
        return Doc(
            id=row["id"],
            question=row["question"],
            target=row["answer"],
            language=languages.find_language(code).tag,
            group=f"{level}-{number}",
            subset=level,
            weights=dict.fromkeys(("accuracy", "equivalence"), WEIGHTS[level]),
        )

    def prompt(self, doc: Doc) -> Prompt:
        # A mirror without the authors' notes asks for the box in English.
        found = notes(self.texts["instruction"]) if "instruction" in self.texts else {}
        return Prompt.user(f"{doc.question}\n{found.get(doc.language, BOXED)}")

    def score(self, doc: Doc, answer: str) -> Score:
        first, last = first_box(answer), boxed(answer)
        if first is None and last is None:
            return Score.no_answer("no \\boxed{}")
        official, equal = polymath_equal(first, doc.target), equivalent(last, doc)
        metrics = {"equivalence": float(equal), "disagreement": float(official != equal)}
        return Score(float(official), extracted=last if first is None else first, metrics=metrics)


def equivalent(found: str | None, doc: Doc) -> bool:
    """Whether an answer is the target as mathematics, with numbers as the language writes them.

    Where the target is a number, the word behind a number is its unit, whatever the language.
    """
    if found is None:
        return False
    if COUNT.fullmatch(doc.target):
        if scaled(found):
            return False
        found = without_unit(found)
    plain = reading.plain_numbers(found, doc.language) if NUMBER.fullmatch(found) else found
    return math_equal(found, doc.target) or math_equal(plain, doc.target)


@functools.cache
def notes(module: str) -> dict[str, str]:
    """The note of each language, by its tag, in the authors' ``instruction.py``."""
    with warnings.catch_warnings():
        # The authors write "\\{" in plain strings.
        warnings.simplefilter("ignore")
        tree = ast.parse(module)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "query_dic":
            return {languages.find_language(code).tag: note for code, note in ast.literal_eval(statement.value).items()}
    raise ValueError("there is no query_dic")
