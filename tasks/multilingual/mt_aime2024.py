r"""MT-AIME2024: the thirty problems of AIME 2024, translated by a model and checked, in 55 languages.

Rows: one a problem, with a column for each language. Asked: the problem and the boxed-answer instruction of the Qwen3
model cards, in English. Judged: the integer in the last ``\boxed{}``, else an announced answer or the last number, as
in ``aime24``, in the digits of any script. Translations of one problem are one cluster. Reported: the mean of the
languages. Report: Tables 11 to 20, and by language 24 to 35.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from qwen3_eval.api import (
    BOXED,
    Doc,
    Paper,
    Prompt,
    Score,
    Source,
    Task,
    final_answer,
    languages,
    math_equal,
    metrics,
    task,
)

LANGUAGES = (
    "af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml mr ne nl no pa pl pt "
    "ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh-cn zh-tw"
).split()


@task(
    name="mt_aime2024",
    category="multilingual",
    version="2",
    source=Source(
        "amphora/MCLM",
        config="MT-AIME2024",
        split="test",
        mirror="mt_aime2024/test.jsonl",
        revision="aa789e49b04d5ca054c3a2a70d9bacd8a7499106",
        n_rows=30,
    ),
    metric=metrics.Mean(over="languages"),
    languages=tuple(languages.find_language(each).tag for each in LANGUAGES),
    n_docs=30 * len(LANGUAGES),
    prompts=(BOXED,),
    reference="joshbarua/MCLM@045b48a6a0b5d1195a08f09d81abea6de756f822 src/eval.py, src/prompts.py, src/score.py "
    "(a copy of gauss5930/MCLM)",
    paper=Paper(tables=(*range(11, 21), *range(24, 36)), metric="accuracy"),
    suites=("report", "multilingual"),
    deviations=(
        "the instruction stands below the problem, as on the model cards; the reference makes it the system message",
        "an answer must equal the target; for the reference one need only stand in the other",
        "an empty box is passed over, and a chain of equations has one value; the reference compares texts",
        "a problem without a text in a language is not asked in it",
    ),
)
class MtAime2024(Task):
    """Thirty integers in 55 languages."""

    def docs(self, row: Mapping[str, Any]) -> Iterator[Doc]:
        number, target = row["_row"].rpartition("/")[2], str(int(row["answer"]))
        for code in LANGUAGES:
            if question := row[code]:
                tag = languages.find_language(code).tag
                yield Doc(f"{code}/{row['_row']}", question, target, language=tag, group=number)

    def prompt(self, doc: Doc) -> Prompt:
        return Prompt.user(f"{doc.question}\n{BOXED}")

    def score(self, doc: Doc, answer: str) -> Score:
        found = final_answer(answer)
        return Score(float(math_equal(found, doc.target)), extracted=found) if found else Score.no_answer()
