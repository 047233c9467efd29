r"""PolyMath: 500 problems in 18 languages, four levels of 125 from school to research, weighted by difficulty.

Rows: the authors' first release, the same problems in each language. Asked: the problem and the authors' note in its
language, which asks for a box. Judged: the last ``\boxed{}``, as the authors' ``math_equal`` compares it, besides with
the digits and separators of the language. Reported: DW-ACC, in which the levels low, medium, high and top weigh 1, 2,
4 and 8, by language, and the mean of the languages; the levels are subsets. Translations of one problem are one
cluster. Report: Tables 11 to 20, and by language 24 to 35.
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
    find_language,
    math_equal,
    plain_numbers,
    task,
)

FIRST_RELEASE = "fab12d62dd486c605d6da1faef4db93e9e4f22f4"
REVISION = "fbf4e41cae78687d6be7447dbea897357c06aaa7"
LANGUAGES = "ar bn de en es fr id it ja ko ms pt ru sw te th vi zh".split()
WEIGHTS = {"low": 1.0, "medium": 2.0, "high": 4.0, "top": 8.0}
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
    version="1",
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
    average="languages",
    languages=tuple(find_language(each).tag for each in LANGUAGES),
    n_docs=9_000,
    prompts=(BOXED,),
    reference=f"QwenLM/PolyMath@{REVISION} instruction.py, eval/run_eval.py, eval/scripts.py",
    paper=Paper(tables=(*range(11, 21), *range(24, 36)), metric="accuracy"),
    suites=("report", "multilingual"),
    score_seconds=10.0,
    deviations=(
        "the last box counts; the reference takes the first",
        "1.000 is a thousand in languages that write it so, and numbers agree to six digits instead of four",
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
            language=find_language(code).tag,
            group=f"{level}-{number}",
            subset=level,
            weights={"accuracy": WEIGHTS[level]},
        )

    def prompt(self, doc: Doc) -> Prompt:
        # A mirror without the authors' notes asks for the box in English.
        found = notes(self.texts["instruction"]) if "instruction" in self.texts else {}
        return Prompt.user(f"{doc.question}\n{found.get(doc.language, BOXED)}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = boxed(answer)
        if found is None:
            return Score.no_answer("no \\boxed{}")
        plain = plain_numbers(found, doc.language) if NUMBER.fullmatch(found) else found
        return Score(float(math_equal(found, doc.target) or math_equal(plain, doc.target)), extracted=found)


@functools.cache
def notes(module: str) -> dict[str, str]:
    """The note of each language, by its tag, in the authors' ``instruction.py``."""
    with warnings.catch_warnings():
        # The authors write "\\{" in plain strings.
        warnings.simplefilter("ignore")
        tree = ast.parse(module)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "query_dic":
            return {find_language(code).tag: note for code, note in ast.literal_eval(statement.value).items()}
    raise ValueError("there is no query_dic")
